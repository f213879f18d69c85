"""Intervals and p-values that may be looked at after every day, or every observation, and the test stopped at will.

An interval at level .95 holds the truth at all times at once with 95%: whoever stops when it leaves 0 is wrong at most once in twenty. The price is length.
`rate`, `ratio`, `lift` and `exact_p_value` are exact for independent units; `difference` and `p_value` lean on the central limit theorem, and wait for
`BURN_IN` successes in each arm. Which units depend on each other (one person's clicks) it cannot know: count people then, not impressions.
"""

from __future__ import annotations

from math import exp, inf, lgamma, log, sqrt

from oscine.errors import InputError
from oscine.experiments.fixed import Counts, Interval, checked

JEFFREYS = (0.5, 0.5)  # the Beta that rates are mixed over, where nothing is known
BURN_IN = 20  # successes, and failures, of each arm before a normal approximation is believed
STEPS = 60  # of bisection
EFFECT = 0.2  # relative changes that a test is made for, about

Prior = tuple[float, float]


def rate(counts: Counts, level: float = 0.95, prior: Prior = JEFFREYS) -> Interval:
    """A confidence sequence of a rate, exact at every number of trials.

    All rates against which `evidence` is below log(1 / (1 - level)), whatever the prior, if it was chosen beforehand. Robbins 1970, "Statistical
    methods related to the law of the iterated logarithm"; Howard et al. 2021, arXiv:1810.08240, on mixtures.
    """
    successes, trials = checked(counts, level)
    share, bound = (successes / trials if trials else float("nan")), -log(1 - level)
    top = share if trials else 0.5
    low = _crossing(counts, top, 0.0, bound, prior) if successes else 0.0
    return Interval(share, low, _crossing(counts, top, 1.0, bound, prior) if successes < trials else 1.0)


def evidence(counts: Counts, rate: float, prior: Prior = JEFFREYS) -> float:
    """The logarithm of an e-value against `rate`: how many times better a Beta mixture of rates foretold the counts, one after the other.

    Under `rate` it is ever above log(1 / a) with a probability of at most a, by Ville's inequality.
    """
    successes, failures = counts.successes, counts.trials - counts.successes
    mixed = _log_beta(successes + prior[0], failures + prior[1]) - _log_beta(*prior)
    return mixed - _log_likelihood(rate, successes, failures)


def ratio(one: Counts, other: Counts, share: float, level: float = 0.95, effect: float = EFFECT) -> Interval:
    """One rate over another, at any time, where each unit was put into the first arm with probability `share`, at random and independently.

    Of units with an outcome, the share in the first arm is then share·r₁ / (share·r₁ + (1 − share)·r₀), whatever the rates do from day to day as long as their
    ratio stays: an exact confidence sequence of that share is one of the ratio. It reads successes only; `trials` give the value. `effect` is the relative
    change for which it is shortest, chosen beforehand.
    """
    checked(one, level), checked(other, level)
    _, low, high = rate(_successes(one, other), level, _about(share, effect))
    value = one.rate / other.rate if other.successes and one.trials else float("nan")
    return Interval(value, *(_odds(end) * (1 - share) / share for end in (low, high)))


def lift(treated: Counts, held: Counts, share: float, level: float = 0.95, effect: float = EFFECT) -> Interval:
    """By what share the rate is above that of a randomised holdout, at any time: .1 for a tenth more. `share` as in `ratio`."""
    return Interval(*(end - 1 for end in ratio(treated, held, share, level, effect)))


def exact_p_value(one: Counts, other: Counts, share: float, effect: float = EFFECT) -> float:
    """The p-value that two rates are the same, at any time, from the same evidence and under the same conditions as `ratio`."""
    return min(1.0, exp(-evidence(_successes(checked(one), checked(other)), share, _about(share, effect))))


def difference(one: Counts, other: Counts, level: float = 0.95, effect: float = EFFECT) -> Interval:
    """One rate less another, at any time: an asymptotic confidence sequence; from -1 to 1 before the burn-in.

    Waudby-Smith et al. 2021, arXiv:2103.06476, with the normal mixture of `p_value`. `effect` is the relative change for which it is shortest.
    """
    checked(one, level), checked(other, level)
    value = one.rate - other.rate if one.trials and other.trials else float("nan")
    if not _warm(one, other):
        return Interval(value, -1.0, 1.0)
    found = estimate(value, sqrt(_variance(one, other)), sqrt(_mixing(one, other, effect)), level)
    return Interval(value, max(-1.0, found.low), min(1.0, found.high))


def estimate(value: float, error: float, effect: float, level: float = 0.95) -> Interval:
    """An estimate with its standard error `error`, at any time: the asymptotic confidence sequence of `difference` for other means, as of a weighted log.

    Each new term may depend on all that came before, as in a log whose policy learned, while weights are bounded (Waudby-Smith et al. 2021, on
    martingales). `effect` is the difference for which it is shortest. Whether there is enough for a normal approximation, the caller judges.
    """
    if not (error > 0 and effect > 0 and 0 < level < 1):
        raise InputError(f"An error of {error} or an effect of {effect} is none, or a level of {level}.", "Give what is above 0, and .95.")
    variance, mixing = error**2, effect**2
    reach = sqrt(variance * (variance + mixing) / mixing * (log((variance + mixing) / variance) - 2 * log(1 - level)))
    return Interval(value, value - reach, value + reach)


def p_value(one: Counts, other: Counts, effect: float = EFFECT) -> float:
    """The p-value of the mixture sequential probability ratio test that two rates are the same, at this look; 1 before the burn-in.

    The smallest of all looks is a p-value too. Johari, Koomen, Pekelis, Walsh 2017, "Peeking at A/B tests", eq. 6; arXiv:1512.04922.
    """
    if not _warm(checked(one), checked(other)):
        return 1.0
    variance, mixing = _variance(one, other), _mixing(one, other, effect)
    against = mixing * (one.rate - other.rate) ** 2 / (2 * variance * (variance + mixing)) - log((variance + mixing) / variance) / 2
    return min(1.0, exp(-against))


def _successes(one: Counts, other: Counts) -> Counts:
    return Counts(one.successes, one.successes + other.successes)


def _about(share: float, effect: float) -> Prior:
    """A Beta around `share`, as wide as ratios that differ from 1 by about `effect` make it."""
    if not (0 < share < 1 and effect > 0):
        raise InputError(
            f"A share of {share} and an effect of {effect} are no experiment.", "Give the first arm's probability, and an effect above 0."
        )
    units = max(1.0, 1 / (share * (1 - share) * effect**2) - 1)
    return units * share, units * (1 - share)


def _warm(one: Counts, other: Counts) -> bool:
    return min(one.successes, one.trials - one.successes, other.successes, other.trials - other.successes) >= BURN_IN


def _variance(one: Counts, other: Counts) -> float:
    return sum(arm.rate * (1 - arm.rate) / arm.trials for arm in (one, other))


def _mixing(one: Counts, other: Counts, effect: float) -> float:
    """The variance of differences that the test is made for."""
    if not effect > 0:
        raise InputError(f"An effect of {effect} cannot be looked for.", "Give the relative change that matters, .1 for a tenth.")
    return (effect * (one.successes + other.successes) / (one.trials + other.trials)) ** 2


def _crossing(counts: Counts, inner: float, outer: float, bound: float, prior: Prior) -> float:
    """The rate between `inner`, against which there is little evidence, and `outer`, where the evidence reaches `bound`."""
    for _ in range(STEPS):
        middle = (inner + outer) / 2
        inner, outer = (middle, outer) if evidence(counts, middle, prior) < bound else (inner, middle)
    return outer


def _log_likelihood(rate: float, successes: int, failures: int) -> float:
    return (successes * _log(rate) if successes else 0.0) + (failures * _log(1 - rate) if failures else 0.0)


def _log(share: float) -> float:
    return log(share) if share > 0 else -inf


def _log_beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else inf
