"""`oscine explain` and `oscine summary` as processes of their own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_cli import line, oscine


@pytest.fixture(scope="module")
def town() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="oscine-town-") as folder:  # not under pytest's: see `folder` in conftest.py
        fill(Path(folder))
        yield Path(folder)


def fill(data: Path) -> None:
    posts = line("1", "Is the Isabella bridge open today?", author="carla") + line(
        "2", "@carla No, it is closed\x1b[2J until noon.", author="ed", reply_to="1"
    )
    hidden = line("3", "I hide under the Isabella bridge.", author="shy", visibility="followers", reply_to="1")
    assert oscine(data, "import", "-", stdin=posts + hidden).returncode == 0


def test_explain(town: Path) -> None:
    done = oscine(town, "explain", "2", "--lang", "fr")
    assert done.returncode == 0, done.stderr
    assert "Il répond à carla (1er mai 2024)\u00a0: «\u00a0Is the Isabella bridge open today?\u00a0» [1]" in done.stdout
    assert "[1] carla, 2024-05-01, 1" in done.stdout and "\x1b" not in done.stdout


def test_explain_for_programs_and_what_is_not_there(town: Path) -> None:
    told = json.loads(oscine(town, "explain", "1", "--json").stdout)
    assert [point["kind"] for point in told["points"]] == ["author", "author", "replies"] and "shy" not in str(told)
    hidden = oscine(town, "explain", "3")
    assert (hidden.returncode, hidden.stdout) == (1, "") and "There is no post '3' here" in hidden.stderr


@pytest.mark.parametrize(("of", "subject"), [("search", "Isabella bridge"), ("thread", "2"), ("day", "2024-05-01"), ("account", "carla")])
def test_summary(town: Path, of: str, subject: str) -> None:
    done = oscine(town, "summary", of, subject)
    assert done.returncode == 0, done.stderr
    assert "carla (1 May 2024): “Is the Isabella bridge open today?” [" in done.stdout and "hide" not in done.stdout


def test_what_cannot_be_summed_up(town: Path) -> None:
    assert oscine(town, "summary", "world", "x").returncode == 2
    assert "is no day" in oscine(town, "summary", "day", "soon").stderr
