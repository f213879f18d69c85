"""What people preferred, as pairs."""

from __future__ import annotations

import json
import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from oscine.teach.pairs import Arm, Pair, Rating, difference, from_ratings, from_tests, write

ASKED, ELSE = ({"role": "user", "content": "When?"},), ({"role": "user", "content": "Where?"},)


def rated(answer: str, up: bool, prompt: object = ASKED) -> Rating:
    return Rating(prompt, answer, up, "chat")  # type: ignore[arg-type]


def arm(text: str, clicks: int, impressions: int = 3000, test: str = "t", package: str = "image") -> Arm:
    return Arm(test, package, ASKED, text, impressions, clicks)


def test_what_more_liked_than_not_is_before_what_more_disliked() -> None:
    ratings = [rated("a", True), rated("a", True), rated("a", False), rated("b", False), rated("c", True), rated("c", False)]
    assert list(from_ratings(ratings)) == [Pair(ASKED, "a", "b", "chat")]


def test_answers_to_two_questions_are_no_pair() -> None:
    assert list(from_ratings([rated("a", True), rated("b", False, ELSE)])) == []


def test_a_pair_is_a_difference_that_chance_seldom_makes() -> None:
    """By hand: rates .02 and .03 of 3,000 each, pooled .025, are √(.025·.975·2/3000) = .00403 apart by chance; z = 2.48."""
    few, many, between = arm("few", 60), arm("many", 90), arm("between", 75)
    assert math.isclose(difference(many, few), 2.48, abs_tol=0.01)
    assert list(from_tests([few, many, between])) == [Pair(ASKED, "many", "few", "t")]


def test_only_texts_that_stood_in_one_package_of_one_test_are_compared() -> None:
    few = arm("few", 10)
    assert not list(from_tests([few, arm("many", 90, test="u"), arm("many", 90, package="other image"), arm("few", 90)]))


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_difference_has_two_sides(clicks: int, more: int, others: int, others_more: int) -> None:
    one, other = arm("a", clicks, clicks + more), arm("b", others, others + others_more)
    assert math.isclose(difference(one, other), -difference(other, one), abs_tol=1e-9)


def test_pairs_are_lines(tmp_path: Path) -> None:
    assert write([Pair(ASKED, "sì", "no", "chat")], tmp_path / "pairs.jsonl") == 1
    told = json.loads((tmp_path / "pairs.jsonl").read_text())
    assert told == {"prompt": [{"role": "user", "content": "When?"}], "chosen": "sì", "rejected": "no", "source": "chat"}
