"""Intervals for one look, at a time that was planned: shorter than those of `sequential`, and wrong for who looks twice and stops at will.

All count units (people, say) that were drawn at random and do not bear on each other, each with an outcome or none.
"""

from __future__ import annotations

from math import erfc, exp, inf, sqrt
from statistics import NormalDist
from typing import NamedTuple

from oscine.errors import InputError


class Counts(NamedTuple):
    """How many of `trials` units had the outcome."""

    successes: int
    trials: int

    @property
    def rate(self) -> float:
        """The share; nan without trials."""
        return self.successes / self.trials if self.trials else float("nan")


class Interval(NamedTuple):
    """An estimate and the ends of its interval."""

    value: float
    low: float
    high: float


def checked(counts: Counts, level: float = 0.95) -> Counts:
    """The counts; raises `InputError` where they are none, or `level` is no level."""
    if not 0 <= counts.successes <= counts.trials:
        raise InputError(f"{counts.successes} successes of {counts.trials} trials cannot be.", "Give 0 ≤ successes ≤ trials.")
    if not 0 < level < 1:
        raise InputError(f"The level {level} is not between 0 and 1.", "Give .95 for an interval of 95%.")
    return counts


def rate(counts: Counts, level: float = 0.95) -> Interval:
    """Wilson's score interval of a rate (Wilson 1927)."""
    (successes, trials), z = checked(counts, level), _normal(level)
    if not trials:
        return Interval(float("nan"), 0.0, 1.0)
    share, pull = successes / trials, z * z / trials
    centre, reach = share + pull / 2, z * sqrt((share * (1 - share) + pull / 4) / trials)
    low = (centre - reach) / (1 + pull) if successes else 0.0
    return Interval(share, low, (centre + reach) / (1 + pull) if successes < trials else 1.0)


def difference(one: Counts, other: Counts, level: float = 0.95) -> Interval:
    """One rate less another, by Newcombe's hybrid of two Wilson intervals (Newcombe 1998, method 10)."""
    first, second = rate(one, level), rate(other, level)
    if not (one.trials and other.trials):
        return Interval(float("nan"), -1.0, 1.0)
    value = first.value - second.value
    down = sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2)
    up = sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2)
    return Interval(value, value - down, value + up)


def ratio(one: Counts, other: Counts, level: float = 0.95) -> Interval:
    """One rate over another, by the delta method on logarithms (Katz et al. 1978). From 0 to infinity where an arm has no success."""
    checked(one, level), checked(other, level)
    if not (one.successes and other.successes):
        return Interval(one.rate / other.rate if other.successes else float("nan"), 0.0, inf)
    value = one.rate / other.rate
    error = sqrt(1 / one.successes - 1 / one.trials + 1 / other.successes - 1 / other.trials)
    reach = _normal(level) * error
    return Interval(value, value * exp(-reach), value * exp(reach))


def lift(treated: Counts, held: Counts, level: float = 0.95) -> Interval:
    """By what share the rate is above that of a randomised holdout: .1 for a tenth more."""
    return Interval(*(end - 1 for end in ratio(treated, held, level)))


def p_value(one: Counts, other: Counts) -> float:
    """The pooled two-sided z test that two rates are the same."""
    trials, both = checked(one).trials + checked(other).trials, one.successes + other.successes
    if not (one.trials and other.trials) or both in (0, trials):
        return 1.0
    share = both / trials
    return erfc(abs(one.rate - other.rate) / sqrt(2 * share * (1 - share) * (1 / one.trials + 1 / other.trials)))


def needed(rate: float, change: float, power: float = 0.8, level: float = 0.95) -> int:
    """Units in each of two arms, to see a rate `change` (relative) above `rate` with that power, looking once."""
    if not (0 < rate < 1 and 0 < rate * (1 + change) < 1 and change and 0 < power < 1 and 0 < level < 1):
        raise InputError(f"A rate of {rate} cannot change by {change:+.0%} so.", "Give rates between 0 and 1, and a change that is not 0.")
    changed, normal = rate * (1 + change), NormalDist()
    reach = normal.inv_cdf((1 + level) / 2) + normal.inv_cdf(power)
    return int(reach**2 * (rate * (1 - rate) + changed * (1 - changed)) / (changed - rate) ** 2) + 1


def _normal(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
