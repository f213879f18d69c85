"""Measures against values worked out by hand or published, and properties that must hold of any numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.evals import metrics

GRADES = {"a": 2, "b": 1, "c": 0}


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 240, 0.0007, 0.0232), (0, 0, 0.0, 1.0)],
)
def test_wilson(hits: int, n: int, low: float, high: float) -> None:
    found = metrics.wilson(hits, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@settings(deadline=None)
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_its_share_and_narrows(counted: tuple[int, int]) -> None:
    hits, n = counted
    one, more = metrics.wilson(hits, n), metrics.wilson(100 * hits, 100 * n)
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert more.high - more.low < one.high - one.low


def test_bootstrap_is_the_normal_interval_where_that_is_right() -> None:
    values = [float(i % 10) for i in range(1_000)]
    found = metrics.bootstrap(values)
    half = metrics.Z * math.sqrt(8.25 / 1_000)
    assert (found.value, found.low, found.high) == (4.5, pytest.approx(4.5 - half, abs=0.02), pytest.approx(4.5 + half, abs=0.02))
    assert metrics.bootstrap(values) == found, "the same values give the same interval"
    assert metrics.bootstrap([]) == (0.0, 0.0, 0.0) and metrics.bootstrap([3.0]) == (3.0, 3.0, 3.0)


def test_pairs_are_drawn_together() -> None:
    ours, theirs = [0.2, 0.9, 0.4, 0.7], [0.1, 0.8, 0.3, 0.6]
    found = metrics.paired(ours, theirs)
    assert found.low == pytest.approx(0.1) and found.high == pytest.approx(0.1), "every pair differs by as much"
    ratio = metrics.paired([2.0, 4.0, 8.0], [1.0, 2.0, 4.0], "ratio")
    assert ratio == (2.0, 2.0, 2.0)
    with pytest.raises(ValueError, match="shorter"):
        metrics.paired([1.0], [])


def test_rankings() -> None:
    assert metrics.ndcg(["a", "b"], GRADES) == 1.0
    assert metrics.ndcg(["b", "a"], GRADES) == pytest.approx((1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)))
    assert metrics.average_precision(["c", "a", "b"], GRADES) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert metrics.precision(["a", "c"], GRADES, 2) == 0.5
    assert metrics.ndcg(["a"], {}) == metrics.average_precision(["a"], {}) == 0.0


@pytest.mark.parametrize(
    ("said", "right", "f1"),
    [
        ("the Night Ferry", ["night ferry"], 1.0),
        ("at 23:40 tonight", ["23:40"], 2 * 2 / (4 + 2)),
        ("no", ["yes", "No."], 1.0),
        ("", ["x"], 0.0),
    ],
)
def test_token_f1(said: str, right: list[str], f1: float) -> None:
    assert metrics.token_f1(said, right) == pytest.approx(f1)


def test_percentile() -> None:
    assert [metrics.percentile([4, 1, 3, 2], share) for share in (0.01, 0.5, 0.99)] == [1, 2, 4]


def test_recall_is_the_share_of_the_right_words_that_were_said() -> None:
    assert metrics.recall("It leaves at seven, from the pier.", "the pier at seven") == 1.0
    assert metrics.recall("At seven.", "at seven or at eight") == 0.4, "a word counts as often as it is said"
    assert metrics.recall("SEVEN", "seven") == 1.0 and metrics.recall("eight", "seven") == 0.0
    assert metrics.recall("", "seven") == metrics.recall("the", "the") == metrics.recall("seven", "") == 0.0
