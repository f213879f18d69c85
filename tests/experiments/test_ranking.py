"""Off-policy estimates of rankings: by hand, and on simulated logs whose truth is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from oscine.errors import InputError
from oscine.experiments import ranking

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import ranking_offpolicy as simulation


def test_by_hand() -> None:
    """Two pages of two places; weights are products down to a place, divided by their mean over pages."""
    log = ranking.pages([[1, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]], [[0.75, 0.5], [0.25, 0.5]])
    assert log.weights.tolist() == [[1.5, 1.5], [0.5, 0.5]]
    assert ranking.rips(log).value == pytest.approx(1.5 / 2 + 0.5 / 2)
    assert ranking.rips(log, change=True).value == pytest.approx(0.0)
    assert ranking.iips(log, log.steps).value == pytest.approx(1.5 / 2 + 1 / 2)


def test_the_same_table_earns_what_was_earned() -> None:
    rng = np.random.default_rng(0)
    rewards, chances = rng.random((50, 4)), rng.uniform(0.1, 1, (50, 4))
    log = ranking.pages(rewards, chances, chances)
    found, change = ranking.rips(log), ranking.rips(log, change=True)
    assert (found.value, found.effective, found.largest) == pytest.approx((rewards.sum(1).mean(), 50, 1))
    assert found.error == pytest.approx(rewards.sum(1).std(ddof=1) / 50**0.5)
    assert (change.value, change.low, change.high) == pytest.approx((0, 0, 0))


def test_pages_of_one_person_are_not_independent() -> None:
    """Each page ten times over says nothing new: the interval stays as long."""
    rng = np.random.default_rng(0)
    rewards, logged, other = rng.random((200, 3)), rng.uniform(0.3, 0.6, (200, 3)), rng.uniform(0.3, 0.6, (200, 3))
    once = ranking.rips(ranking.pages(rewards, logged, other))
    many = [np.repeat(each, 10, axis=0) for each in (rewards, logged, other)]
    often = ranking.rips(ranking.pages(many[0], many[1], many[2], np.repeat(np.arange(200), 10)))
    assert (often.value, often.error) == pytest.approx((once.value, once.error))


def test_where_the_other_ranks_too_differently_it_says_so() -> None:
    chances = np.full((300, 5), 0.1)
    other = np.where(np.arange(300)[:, None] < 20, 1.0, 0.01) * np.ones((300, 5))
    found = ranking.rips(ranking.pages(np.ones((300, 5)), chances, other))
    assert found.effective == pytest.approx(20)
    assert found.warnings[-1].startswith("Of 300 pages, 20 are left in effect")


@pytest.mark.parametrize(
    ("rewards", "logged", "other", "units", "says"),
    [
        ([1, 0], [1, 1], [1, 1], None, "shapes"),
        ([[1, 0]], [[1, 1]], [[1]], None, "shapes"),
        ([[1], [0]], [[0], [1]], [[1], [1]], None, "a chance is none"),
        ([[1], [0]], [[1], [1]], [[1], [1.1]], None, "a chance is none"),
        ([[np.nan], [0]], [[1], [1]], [[1], [1]], None, "a chance is none"),
        ([[1]], [[1]], [[1]], None, "not two people"),
        ([[1], [1]], [[1], [1]], [[1], [1]], ["ann", "ann"], "not two people"),
    ],
)
def test_what_is_no_log_is_refused(rewards: object, logged: object, other: object, units: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        ranking.pages(rewards, logged, other, units)  # type: ignore[arg-type]


def test_intervals_cover() -> None:
    """30 logs of the benchmark, where people tire: no bias beyond three standard errors, and intervals that hold mostly; 500 logs stand in the docs."""
    other, rng = simulation.OTHERS["more"], np.random.default_rng(3)
    known = simulation.truth(other, tiring=True, count=40_000)
    found = [ranking.rips(simulation.simulated(rng, other, tiring=True).pages) for _ in range(30)]
    values = np.array([one.value for one in found])
    assert abs(values.mean() / known - 1) < 3 * values.std() / known / len(found) ** 0.5 + 0.007, "the truth itself is known to .7%"
    assert np.mean([one.low <= known <= one.high for one in found]) > 0.85
