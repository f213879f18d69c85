"""What another policy would have earned a round, estimated from a log with propensities. `rounds.rounds` makes the log ready.

The first choice is `snips` where there is no model of rewards and `dr` where there is one; `switch_dr` where weights are large. An interval says how far chance
may have led the estimate astray; it knows nothing of propensities that are wrong, of rounds that depend on each other, nor of the bias that
clipping, switching, shrinking or a model bring. Intervals are normal approximations: with few rewards that are not 0, or a small `effective`
number of rounds, they are too short; `bootstrap` is little better there.
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
    return _mean(log, np.minimum(log.weights, clip) * log.rewards, level, clip)


def snips(log: Rounds, level: float = LEVEL) -> Estimate:
    """Self-normalised IPS: divided by the sum of weights, so that it stays among the rewards. A bias of order 1/n; interval by linearisation.

    Swaminathan and Joachims 2015, "The self-normalized estimator for counterfactual learning".
    """
    shares = _shares(log)
    value = float((shares * log.rewards).mean())
    return _told(log, value, shares * (log.rewards - value), level)


def direct(log: Rounds, level: float = LEVEL) -> Estimate:
    """The direct method: what the model expects under the other policy. As biased as the model; the interval does not see that.

    Beygelzimer and Langford 2009, arXiv:0812.4044.
    """
    expected, _ = _modelled(log)
    return _mean(log, expected, level, 0.0)


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
    return _told(log, base + correction, expected - base + shares * (residuals - correction), level)


def switch_dr(log: Rounds, tau: float | None = None, level: float = LEVEL) -> Estimate:
    """Doubly robust where the weight is at most `tau`, the model alone above it. Without `tau`, `slope` chooses it among the weights' quantiles.

    Wang, Agarwal, Dudík 2017, arXiv:1612.01205. SWITCH on plain IPS is not here: it needs the logging policy's chance of every action.
    """

    def switched(at: float) -> Estimate:
        return _mean(log, expected + np.where(log.weights <= at, log.weights, 0.0) * residuals, level, at)

    expected, residuals = _modelled(log)
    return switched(slope(switched, _candidates(log)) if tau is None else tau)


def shrunk_dr(log: Rounds, strength: float | None = None, level: float = LEVEL) -> Estimate:
    """Doubly robust with each weight w shrunk to λw / (w² + λ), λ being `strength`. Without it, `slope` chooses λ among squared quantiles of the weights.

    Optimistic shrinkage: Su, Dimakopoulou, Krishnamurthy, Dudík 2020, arXiv:1907.09623.
    """

    def shrunk(at: float) -> Estimate:
        kept = 1.0 / (log.weights**2 / at + 1.0) if at else np.zeros_like(log.weights)
        return _mean(log, expected + kept * log.weights * residuals, level)

    expected, residuals = _modelled(log)
    return shrunk(slope(shrunk, [weight**2 for weight in _candidates(log)]) if strength is None else strength)


def slope(estimate: Callable[[float], Estimate], settings: Sequence[float]) -> float:
    """Of `settings`, the least biased first, the last whose interval, doubled, still meets those of all before it.

    Balances bias against variance without knowing the bias: its error is at most a constant times that of the best setting.
    Su, Srinath, Krishnamurthy 2020, arXiv:2002.07729 (SLOPE), with normal intervals in place of its concentration bound.
    """
    chosen, low, high = settings[0], -inf, inf
    for setting in settings:
        found = estimate(setting)
        low, high = max(low, 2 * found.low - found.value), min(high, 2 * found.high - found.value)
        if low > high:
            break
        chosen = setting
    return chosen


def bootstrap(estimator: Estimator, log: Rounds, rng: np.random.Generator, times: int = 1000, level: float = LEVEL) -> Estimate:
    """The estimate with its interval from the quantiles of `times` resamples of rounds (Efron 1979, percentile method). The model is held as it is."""
    count = len(log.rewards)
    values = [estimator(log.taken(rng.integers(count, size=count))).value for _ in range(times)]
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return estimator(log)._replace(low=float(low), high=float(high), error=float(np.nanstd(values, ddof=1)))


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
    return _told(log, value, values - value, level, most)


def _told(log: Rounds, value: float, influence: Floats, level: float, most: float = inf) -> Estimate:
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
