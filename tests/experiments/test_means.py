"""Means over people, looked at every day: the promise is kept for numbers far from normal, and a difference is found."""

from __future__ import annotations

from math import inf, isnan
from typing import Any

import numpy as np
import pytest

from oscine.errors import InputError
from oscine.experiments import means, sequential
from oscine.experiments.fixed import Counts
from oscine.experiments.means import Sample, sample


def likes(rng: np.random.Generator, people: int, mean: float) -> np.ndarray:
    """What people do in a week: most little, a few much."""
    return rng.poisson(rng.gamma(0.5, mean / 0.5, people))


def ever_apart(rng: np.random.Generator, lift: float, days: int = 30, a_day: int = 40) -> bool:
    """Whether the interval left 0 on any day."""
    one, other = likes(rng, days * a_day, 3 * (1 + lift)), likes(rng, days * a_day, 3.0)
    looks = (means.difference(sample(one[: day * a_day]), sample(other[: day * a_day])) for day in range(1, days + 1))
    return any(found.low > 0 or found.high < 0 for found in looks)


def test_looking_every_day() -> None:
    """400 tests without a difference: at most one in twenty alarms. Of 100 with a third more, most are found."""
    rng = np.random.default_rng(0)
    assert np.mean([ever_apart(rng, 0.0) for _ in range(400)]) <= 0.05
    assert np.mean([ever_apart(rng, 1 / 3) for _ in range(100)]) > 0.75


def test_of_zeros_and_ones_it_says_what_sequential_says() -> None:
    one, other = np.repeat([1, 0], [300, 700]), np.repeat([1, 0], [240, 760])
    found, known = means.difference(sample(one), sample(other)), sequential.difference(Counts(300, 1000), Counts(240, 1000))
    assert found == pytest.approx(known, abs=1e-4)


def test_it_waits_for_enough() -> None:
    few, enough = np.repeat([1, 0], [10, 9990]), np.repeat([1, 0], [30, 9970])
    assert not sample(few).warm and sample(enough).warm
    assert means.difference(sample(few), sample(enough))[1:] == (-inf, inf)
    assert not sample([2.0] * 500).warm, "where nobody deviates nothing is known of how they might"
    assert not sample([]).warm and isnan(sample([]).mean) and not sample([3.0]).warm


def test_a_multiple_is_that_of_each_persons_number() -> None:
    values = np.random.default_rng(1).exponential(size=200)
    assert sample(values).times(1.1) == pytest.approx(sample(values * 1.1))
    assert isinstance(sample(values).times(2), Sample)


@pytest.mark.parametrize("values", [[[1.0]], [np.nan, 1.0]])
def test_what_is_no_row_of_numbers_is_refused(values: Any) -> None:
    with pytest.raises(InputError, match="no row of finite numbers"):
        sample(values)
