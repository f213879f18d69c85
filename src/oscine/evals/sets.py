"""The sets that evaluations run on: those that come with the package, and public ones from a folder given (`docs/guides/evals.md`)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from oscine import sample

Line = dict[str, Any]


def lines(path: Path) -> Iterator[Line]:
    """The lines of a JSONL file, plain or gzipped."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf8") as file:
        for line in file:
            yield json.loads(line)


def posts(path: Path) -> list[Line]:
    """Those of the lines that are posts."""
    return [line for line in lines(path) if "text" in line]


def tweets() -> list[Line]:
    """The posts of TweetQA that come with the sample."""
    return posts(sample.files()[0])


def questions(fit: bool | None = None) -> list[Line]:
    """TweetQA questions about one post in ten, which no model was trained on: `qid, post_id, question, answers`.

    When answers are enough was fitted on every second (`fit` True); what is said of answering is measured on the others (False).
    """
    return [line for line in suite("tweetqa.jsonl") if fit is None or line["fit"] is fit]


def translated() -> list[Line]:
    """Questions in seven languages, those of the held half: `qid, post_id`, and a question a language."""
    return [line for line in suite("cross_lingual.jsonl") if line["held"]]


def suite(name: str) -> list[Line]:
    """The lines of a file of `suites/`."""
    return list(lines(Path(str(resources.files("oscine.evals").joinpath("suites", name)))))


def spread(cases: list[Line], sample: int) -> list[Line]:
    """About `sample` cases, evenly spread; all for 0."""
    return cases[:: max(1, len(cases) // sample)] if sample else cases


def trec(data: Path, year: int) -> tuple[list[Line], dict[str, dict[str, int]]]:
    """Topics and graded judgements of a year of the TREC Microblog track."""
    folder = data / "trec_microblog"
    judged: dict[str, dict[str, int]] = {}
    for line in (folder / f"{year}.qrels.txt").read_text().splitlines():
        topic, _, post, grade = line.split()
        judged.setdefault(topic, {})[post] = int(grade)
    return [topic for topic in lines(folder / f"{year}.topics.jsonl.gz") if topic["qid"] in judged], judged
