"""Means over people of two arms, compared after every day, and the test stopped at will: what `sequential` does for rates, for any number a person has.

A person counts once, with a number that will not change any more (what they did in their first week, say): whoever counts people again every day while their
numbers grow looks at one draw many times over. Asymptotic: an interval says nothing before each arm has deviated often enough for a normal approximation.
"""

from __future__ import annotations

from math import inf, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from oscine.errors import InputError
from oscine.experiments import sequential
from oscine.experiments.fixed import Interval
from oscine.experiments.sequential import BURN_IN, EFFECT


class Sample(NamedTuple):
    """What is known of an arm: how many people, their mean, variance, and kurtosis (the fourth moment over the squared variance)."""

    people: int
    mean: float
    variance: float
    kurtosis: float

    @property
    def warm(self) -> bool:
        """Whether a normal approximation is believed. Of numbers that are 0 or 1, seldom 1, it asks for `BURN_IN` times 1, as `sequential` does."""
        return self.variance > 0 and self.people >= BURN_IN * self.kurtosis

    def times(self, factor: float) -> Sample:
        """Of the same people, a multiple of their numbers."""
        return self._replace(mean=self.mean * factor, variance=self.variance * factor**2)


def sample(values: ArrayLike) -> Sample:
    """What is known from a number a person. Raises `InputError` for what is no row of finite numbers."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise InputError("The values are no row of finite numbers.", "Give one number for each person.")
    if len(found) < 2:
        return Sample(len(found), float(found.mean()) if len(found) else nan, 0.0, inf)
    variance = float(found.var(ddof=1))
    fourth = float(((found - found.mean()) ** 4).mean())
    return Sample(len(found), float(found.mean()), variance, fourth / variance**2 if variance else inf)


def difference(one: Sample, other: Sample, level: float = 0.95, effect: float = EFFECT) -> Interval:
    """One mean less another, at any time: an asymptotic confidence sequence; without end before the burn-in.

    Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2021, arXiv:2103.06476. `effect` is the relative change for which it is shortest, chosen beforehand.
    """
    value = one.mean - other.mean
    aimed = effect * abs(one.people * one.mean + other.people * other.mean) / max(one.people + other.people, 1)
    if not (one.warm and other.warm and aimed > 0):
        return Interval(value, -inf, inf)
    return sequential.estimate(value, sqrt(one.variance / one.people + other.variance / other.people), aimed, level)
