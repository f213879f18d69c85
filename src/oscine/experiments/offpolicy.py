"""What another policy would have earned a round, estimated from a log with propensities. `rounds.rounds` makes the log ready.

The first choice is `snips` where there is no model of rewards and `dr` where there is one; `switch_dr` where weights are large. An interval says how far chance
may have led the estimate astray; it knows nothing of propensities that are wrong, nor of rounds that depend on each other. The bias that clipping, switching,
shrinking or a model bring has no interval of its own: theirs is stretched to hold that of the same estimator without. Intervals are normal approximations:
with few rewards that are not 0, or a small `effective` number of rounds, they are too short, and `bootstrap` is better.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from oscine.errors import InputError
from oscine.experiments.rounds import Floats, Rounds, warnings

LEVEL = 0.95
QUANTILES = (0.999, 0.99, 0.975, 0.95, 0.9, 0.8, 0.65, 0.5)  # of the weights: where a switch is tried


class Estimate(NamedTuple):
    """A reward a round, with its interval, and how much the log had to say.

    `error` is the standard error. `effective` is Kish's effective number of rounds, (Σw)² / Σw²; `largest` the largest weight; `clipped` the share of
    rounds whose weight was cut, or dropped for the model; `warnings` are sentences on what the log cannot say.
    """

    value: float
    low: float
    high: float
    error: float
    effective: float
    largest: float
    clipped: float
    warnings: tuple[str, ...]


Estimator = Callable[[Rounds], Estimate]


def ips(log: Rounds, level: float = LEVEL, clip: float = inf) -> Estimate:
    """Inverse propensity scores: the mean of weight times reward; unbiased without `clip`, the most that a weight may be.

    Horvitz and Thompson 1952; for logged policies Strehl et al. 2010, arXiv:1003.0120; clipped: Ionides 2008.
    """
    whole = _mean(log, log.weights * log.rewards, level)
    return whole if clip == inf else _stretched(_mean(log, np.minimum(log.weights, clip) * log.rewards, level, clip), whole)


def snips(log: Rounds, level: float = LEVEL) -> Estimate:
    """Self-normalised IPS: divided by the sum of weights, so that it stays among the rewards. A bias of order 1/n; interval by linearisation.

    Swaminathan and Joachims 2015, "The self-normalized estimator for counterfactual learning".
    """
    shares = _shares(log)
    value = float((shares * log.rewards).mean())
    return told(log, value, shares * (log.rewards - value), level)


def direct(log: Rounds, level: float = LEVEL) -> Estimate:
    """The direct method: what the model expects under the other policy. As biased as the model; the interval holds that of `dr`.

    Beygelzimer and Langford 2009, arXiv:0812.4044.
    """
    return switch_dr(log, 0.0, level)


def dr(log: Rounds, level: float = LEVEL) -> Estimate:
    """Doubly robust: the model's expectation, corrected by weighted residuals. Unbiased if either propensities or the model are right.

    Dudík, Langford, Li 2011, arXiv:1103.4601. The model must not have learned from the round that it is used in: see `rates`.
    """
    expected, residuals = _modelled(log)
    return _mean(log, expected + log.weights * residuals, level)


def sndr(log: Rounds, level: float = LEVEL) -> Estimate:
    """Doubly robust with the correction divided by the sum of weights; interval by linearisation.

    Thomas and Brunskill 2016, arXiv:1604.00923 (as weighted doubly robust); Kallus and Uehara 2019, arXiv:1906.03735.
    """
    expected, residuals = _modelled(log)
    shares = _shares(log)
    base, correction = float(expected.mean()), float((shares * residuals).mean())
    return told(log, base + correction, expected - base + shares * (residuals - correction), level)


def switch_dr(log: Rounds, tau: float | None = None, level: float = LEVEL) -> Estimate:
    """Doubly robust where the weight is at most `tau`, the model alone above it. Without `tau`, `tuned` chooses it among the weights' quantiles.

    Wang, Agarwal, Dudík 2017, arXiv:1612.01205. SWITCH on plain IPS is not here: it needs the logging policy's chance of every action.
    """

    def switched(at: float) -> Estimate:
        return _mean(log, expected + np.where(log.weights <= at, log.weights, 0.0) * residuals, level, at)

    expected, residuals = _modelled(log)
    return _stretched(switched(tuned(switched, _candidates(log)) if tau is None else tau), dr(log, level))


def shrunk_dr(log: Rounds, strength: float | None = None, level: float = LEVEL) -> Estimate:
    """Doubly robust with each weight w shrunk to λw / (w² + λ), λ being `strength`. Without it, `tuned` chooses λ among squared quantiles of the weights.

    Optimistic shrinkage: Su, Dimakopoulou, Krishnamurthy, Dudík 2020, arXiv:1907.09623.
    """

    def shrunk(at: float) -> Estimate:
        kept = 1.0 / (log.weights**2 / at + 1.0) if at else np.zeros_like(log.weights)
        return _mean(log, expected + kept * log.weights * residuals, level)

    expected, residuals = _modelled(log)
    chosen = tuned(shrunk, [weight**2 for weight in _candidates(log)]) if strength is None else strength
    return _stretched(shrunk(chosen), dr(log, level))


def tuned(estimate: Callable[[float], Estimate], settings: Sequence[float]) -> float:
    """Of `settings`, the unbiased one first, that with the least estimated squared error: its variance, and the square of what it is away from the first.

    Tuning by an estimate of the mean squared error: Wang, Agarwal, Dudík 2017, where the bias is bounded by the largest reward. Estimated from the
    log, as in Su et al. 2020, it is noisy, and so careful: it gains less than the best setting could, and a bad model costs little.
    """
    found = [estimate(setting) for setting in settings]
    expected = [one.error**2 + (one.value - found[0].value) ** 2 for one in found]
    return settings[expected.index(min(expected))]


def bootstrap(estimator: Estimator, log: Rounds, rng: np.random.Generator, times: int = 1000, level: float = LEVEL) -> Estimate:
    """The estimate with a studentised interval from `times` resamples of rounds: better than the normal one where few rounds carry the reward.

    Bootstrap-t: Efron 1981; Hall 1988, "Theoretical comparison of bootstrap confidence intervals". For `ips`, `snips`, `dr` and `sndr`: of bias it knows
    nothing. The model of rewards is held as it is.
    """
    found, count = estimator(log), len(log.rewards)
    if not found.error:
        return found
    drawn = [estimator(log.taken(rng.integers(count, size=count))) for _ in range(times)]
    off = [(one.value - found.value) / (one.error or np.nan) for one in drawn]
    low, high = np.nanquantile(off, [(1 - level) / 2, (1 + level) / 2])
    return found._replace(low=found.value - float(high) * found.error, high=found.value - float(low) * found.error)


def _stretched(found: Estimate, whole: Estimate) -> Estimate:
    """With an interval that holds the other's too."""
    return found._replace(low=min(found.low, whole.low), high=max(found.high, whole.high))


def _candidates(log: Rounds) -> list[float]:
    return [inf, *map(float, np.quantile(log.weights, QUANTILES)), 0.0]


def _modelled(log: Rounds) -> tuple[Floats, Floats]:
    """What the model expects under the other policy, and by how much it missed the logged rewards."""
    if log.expected is None or log.predicted is None:
        raise InputError("The log has no estimated rewards.", "Give `estimated`, for example from `rates.crossfitted`.")
    return log.expected, log.rewards - log.predicted


def _shares(log: Rounds) -> Floats:
    """Weights divided by their mean; a resample without any weight says nothing (nan)."""
    return log.weights / (log.weights.mean() or np.nan)


def _mean(log: Rounds, values: Floats, level: float, most: float = inf) -> Estimate:
    value = float(values.mean())
    return told(log, value, values - value, level, most)


def told(log: Rounds, value: float, influence: Floats, level: float, most: float = inf) -> Estimate:
    """The record of an estimate whose rounds pull it by `influence`, which is 0 on average."""
    if not 0 < level < 1:
        raise InputError(f"The level {level} is not between 0 and 1.", "Give .95 for an interval of 95%.")
    count, weights = len(influence), log.weights
    error = sqrt(float((influence**2).sum()) / (count * (count - 1)))
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    effective = float(weights.sum() ** 2 / ((weights**2).sum() or np.nan))
    return Estimate(
        value, value - reach, value + reach, error, effective, float(weights.max()), float((weights > most).mean()), warnings(log)
    )
