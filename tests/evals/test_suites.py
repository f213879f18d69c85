"""The suites that ship: well-formed, and in the languages they claim. Whether a translation is a good one no test here can tell."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from oscine import evals, sample
from oscine.text import language

SUITES = Path(evals.__file__).with_name("suites")
TRANSLATIONS = ("fr", "it", "de", "es", "pt", "nl")
LONG_ENOUGH = 30  # characters; a shorter question is often little but a name


@cache
def questions() -> list[dict[str, Any]]:
    """The lines of the cross-lingual suite."""
    return [json.loads(line) for line in (SUITES / "cross_lingual.jsonl").read_text(encoding="utf8").splitlines()]


def test_every_question_has_its_keys_and_no_empty_text() -> None:
    assert len(questions()) == 240
    for row in questions():
        assert row.keys() == {"qid", "post_id", "held", "en", *TRANSLATIONS}
        assert all(row[key].strip() for key in row.keys() - {"held"}), row


def test_every_other_question_is_held() -> None:
    assert [row["held"] for row in questions()] == [True, False] * 120


@pytest.mark.parametrize("key", ["qid", "post_id", "en", *TRANSLATIONS])
def test_no_question_comes_twice(key: str) -> None:
    assert len({row[key] for row in questions()}) == len(questions())


def test_every_question_is_about_a_post_of_the_sample() -> None:
    with gzip.open(sample.files()[0], "rt", encoding="utf8") as lines:
        posts = {json.loads(line)["id"] for line in lines}
    assert {row["post_id"] for row in questions()} <= posts


def test_the_texts_of_a_question_differ() -> None:
    for row in questions():
        assert len({row[key].casefold() for key in ("en", *TRANSLATIONS)}) == 1 + len(TRANSLATIONS), row


@pytest.mark.parametrize("key", TRANSLATIONS)
def test_a_translation_is_in_its_language(key: str) -> None:
    told = [language(row[key]) == key for row in questions() if len(row[key]) >= LONG_ENOUGH]
    assert len(told) >= 150
    assert sum(told) / len(told) >= 0.85
