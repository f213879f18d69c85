"""`oscine ads score` as a process: lines in, the same lines with scores out, and each bad line named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = [
    {"headline": "She Opened The Box And Could Not Stop Crying.", "test": "box", "lede": None, "mine": [1, {"a": "b"}]},
    {"headline": "Report on boxes \x1b[2J", "test": 7},
    {"headline": "Ein Bericht über Kisten", "image": "x", "audience": "parents", "excerpt": "y"},
]
BAD = [
    "nonsense",
    '{"headline": 5}',
    '{"headline": "  "}',
    '{"lede": "none"}',
    "[]",
    '"text"',
    "[" * 20_000,
    '{"headline": "' + "a" * 1_000_000 + '"}',
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    folder = tmp_path_factory.mktemp("score")
    (folder / "models").symlink_to(models)
    return folder


def score(data: Path, *words: str, stdin: bytes = b"") -> tuple[int, str, str]:
    told = {**os.environ, "OSCINE_DATA": str(data), "OSCINE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    done = subprocess.run([sys.executable, "-m", "oscine", "ads", "score", *words], input=stdin, capture_output=True, timeout=120, env=told)
    stderr = done.stderr.decode()
    assert "Traceback" not in stderr, stderr
    return done.returncode, done.stdout.decode(), stderr


def test_lines_come_back_in_order_with_their_scores(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "ads.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + "\n".join(map(json.dumps, GOOD)).encode() + b"\n\n")
    code, printed, _ = score(data, str(file), "--json")
    assert code == 0
    assert "\x1b" not in printed
    found = [json.loads(line) for line in printed.splitlines()]
    assert [{key: value for key, value in line.items() if key not in ("score", "spread")} for line in found] == GOOD
    assert found[0]["score"] > found[1]["score"]
    assert all(line["spread"] > 0 for line in found)
    assert list(data.iterdir()) == [data / "models"], "nothing but the model is opened"


def test_each_line_that_cannot_be_used_is_named_and_the_others_are_scored(data: Path) -> None:
    lines = [json.dumps(GOOD[0]).encode(), *map(str.encode, BAD), b'{"headline": "\xff"}', json.dumps(GOOD[1]).encode()]
    code, printed, said = score(data, "-", stdin=b"\n".join(lines))
    assert code == 1
    assert [line.partition("  ")[2] for line in printed.splitlines()] == [GOOD[0]["headline"], "Report on boxes �[2J"]
    assert [f"Line {number} is left out" in said for number in range(1, len(lines) + 1)] == [False, *[True] * (len(BAD) + 1), False]


def test_a_file_that_is_not_there_is_said(data: Path) -> None:
    code, printed, said = score(data, "/nowhere/ads.jsonl")
    assert (code, printed) == (1, "")
    assert "/nowhere/ads.jsonl cannot be read" in said
