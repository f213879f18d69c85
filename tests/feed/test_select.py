"""The order: diverse, and where it is left to chance, by chances that are what they are said to be."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feed.made import NOW, candidates
from oscine.feed.pipeline import Ask, Candidates, Pick
from oscine.feed.reader import Reader
from oscine.feed.select import DRAWN, Diverse

NOTHING = np.zeros(2, np.float32)
AUTHORS = np.array([1, 1, 2, 2, 3])
VECTORS = np.array([[1, 0], [0.8, 0.6], [0, 1], [0, 0], [-1, 0]], np.float32)
POINTS = np.array([300_000, 290_000, 280_000, 100_000, -50_000])
FIVE = candidates(range(1, 6), authors=AUTHORS, vectors=VECTORS)


def ordered(
    found: Candidates, points: np.ndarray, limit: int = 50, temperature: float = 0.0, seed: int = 0, **weights: float
) -> list[Pick]:
    select = Diverse(weights.get("diversity", 0.0), weights.get("author", 0.0), NOTHING)
    return select(Ask(Reader(), NOW, limit, temperature), found, points, np.random.default_rng(seed))


def lost(above: tuple[int, ...], place: int, diversity: float, author: float) -> int:
    """What a post of the five loses, by the definition."""
    near = max((max(0.0, float(VECTORS[place] @ VECTORS[each])) for each in above), default=0.0)
    kept = (1 - author) ** sum(AUTHORS[each] == AUTHORS[place] for each in above) * (1 - diversity * near)
    return round(max(0, int(POINTS[place])) * (1 - kept))


def chance(above: tuple[int, ...], place: int, temperature: float, diversity: float, author: float) -> float:
    """The chance of a post of the five to come next, by the definition."""
    left = [each for each in range(5) if each not in above]
    raised = {each: math.exp((POINTS[each] - lost(above, each, diversity, author)) / 1e6 / temperature) for each in left}
    return raised[place] / sum(raised.values())


def test_without_diversity_points_alone_decide() -> None:
    assert [pick.place for pick in ordered(FIVE, POINTS)] == [0, 1, 2, 3, 4]
    assert all(pick.moved == 0 and pick.propensity == 1 for pick in ordered(FIVE, POINTS))


def test_newer_numbers_come_first_among_equals() -> None:
    assert [pick.place for pick in ordered(FIVE, np.zeros(5, np.int64))] == [4, 3, 2, 1, 0]


def test_what_is_like_those_above_stands_back() -> None:
    picks = ordered(FIVE, POINTS, diversity=0.5)
    assert [pick.place for pick in picks] == [0, 2, 1, 3, 4]
    assert picks[2].moved == -lost((0, 2), 1, 0.5, 0.0) == -116_000


def test_an_authors_second_post_stands_back() -> None:
    picks = ordered(FIVE, POINTS, author=0.3)
    assert [pick.place for pick in picks] == [0, 2, 1, 3, 4]
    assert [pick.moved for pick in picks] == [0, 0, -87_000, -30_000, 0]


def test_no_post_twice_and_no_more_than_asked_for() -> None:
    assert [pick.place for pick in ordered(FIVE, POINTS, limit=2)] == [0, 1]
    assert ordered(candidates([]), np.empty(0, np.int64)) == []
    assert ordered(FIVE, POINTS, limit=0) == []


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=40), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(0, 9)
)
def test_whatever_it_is_asked_it_is_an_order(points: list[int], diversity: float, author: float, temperature: float, seed: int) -> None:
    found = candidates(
        range(len(points)), authors=np.arange(len(points)) % 3, vectors=np.random.default_rng(seed).normal(size=(len(points), 2))
    )
    weights = {"diversity": diversity, "author": author}
    picks = ordered(found, np.array(points), len(points), temperature, seed, **weights)
    assert sorted(pick.place for pick in picks) == list(range(len(points)))
    assert all(0 < pick.propensity <= 1 for pick in picks) and all(pick.propensity == 1 for pick in picks[DRAWN:])
    assert all(-max(0, points[pick.place]) <= pick.moved <= 0 for pick in picks)
    assert picks == ordered(found, np.array(points), len(points), temperature, seed, **weights)


@pytest.mark.parametrize(("diversity", "author"), [(0.0, 0.0), (0.5, 0.3)])
def test_chances_are_what_they_are_said_to_be(diversity: float, author: float) -> None:
    pages, temperature = Counter[tuple[int, ...]](), 0.1
    exact = {
        order: math.prod(chance(order[:at], place, temperature, diversity, author) for at, place in enumerate(order))
        for order in itertools.permutations(range(5), 3)
    }
    assert math.isclose(sum(exact.values()), 1)
    for seed in range(2_000):
        picks = ordered(FIVE, POINTS, 3, temperature, seed, diversity=diversity, author=author)
        order = tuple(pick.place for pick in picks)
        pages[order] += 1
        for at, pick in enumerate(picks):
            assert math.isclose(pick.propensity, chance(order[:at], pick.place, temperature, diversity, author), rel_tol=1e-9)
    deviations = [(pages[order] - 2_000 * p) / math.sqrt(2_000 * p * (1 - p)) for order, p in exact.items() if 2_000 * p > 5]
    assert len(deviations) > 10 and max(map(abs, deviations)) < 4.5
