"""The public sets that the benchmarks read, from a folder given by whoever runs them (`docs/guides/benchmarks.md` says where each is had)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def posts(path: Path) -> list[dict[str, Any]]:
    """The lines of a JSONL file, plain or gzipped, that are posts."""
    return [line for line in lines(path) if "text" in line]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a JSONL file, plain or gzipped."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf8") as file:
        for line in file:
            yield json.loads(line)


def trec(data: Path, year: int) -> tuple[list[dict[str, Any]], dict[str, dict[str, int]]]:
    """Topics and graded judgements of a year of the TREC Microblog track."""
    folder = data / "trec_microblog"
    judged: dict[str, dict[str, int]] = {}
    for line in (folder / f"{year}.qrels.txt").read_text().splitlines():
        topic, _, post, grade = line.split()
        judged.setdefault(topic, {})[post] = int(grade)
    return list(lines(folder / f"{year}.topics.jsonl.gz")), judged
