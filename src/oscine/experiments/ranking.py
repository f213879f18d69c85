"""What another way of ranking would have earned a page, estimated from a log of pages whose first K places were dealt by chance.

Places are dealt one after the other, each post with a chance given those above it (Plackett–Luce, with whatever diversity): the log keeps these conditional
chances, and the other way's chances are computed for the same order. Below the K places nothing was left to chance, so that nothing is said of them.

    rips      what a post earns depends on it, its place and those above it: the first choice
    iips      what a post earns depends on it and its place alone: shorter intervals, and wrong where people tire, or stop at what they liked

Both are self-normalised at every place: a bias of order 1/n, and values among those that were seen. Intervals are linearised and normal, over units (people,
say) that do not bear on each other; they know nothing of chances that were logged wrong. Where `effective` is small they are too short, and a warning says so.
A doubly robust cascade (Kiyohara et al. 2022, arXiv:2202.01562) is not here: likes are rare, and even a perfect model of them shortened no interval.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from oscine.errors import InputError
from oscine.experiments import offpolicy
from oscine.experiments.offpolicy import LEVEL, Estimate
from oscine.experiments.rounds import Floats, Rounds

FEW = 100.0  # effective pages, below which a normal interval is too short


class Pages(NamedTuple):
    """n pages of K places. `steps` (n, K) are the other way's conditional chances over the logged ones; `units` (n,) say whose a page is, from 0."""

    rewards: Floats
    steps: Floats
    units: NDArray[np.intp]

    @property
    def weights(self) -> Floats:
        """(n, K) how much likelier the other way puts these posts here, down to each place."""
        return self.steps.cumprod(axis=1)


def pages(rewards: ArrayLike, logged: ArrayLike, other: ArrayLike, units: ArrayLike | None = None) -> Pages:
    """A log of n pages beside another way of ranking; all (n, K), but `units` (n,), anything that tells people apart.

    A page that ends before K has chances of 1 and rewards of 0 from there. Raises `InputError` where shapes do not agree, a logged chance is not above 0
    and at most 1, another's not from 0 to 1, or there are fewer than two units.
    """
    gained, before, now = (np.asarray(values, dtype=np.float64) for values in (rewards, logged, other))
    if gained.ndim != 2 or not gained.shape == before.shape == now.shape:
        raise InputError(
            f"Rewards and chances have the shapes {gained.shape}, {before.shape}, {now.shape}.", "Give pages by places, of each."
        )
    if not np.isfinite(gained).all() or not ((before > 0) & (before <= 1)).all() or not ((now >= 0) & (now <= 1)).all():
        raise InputError("A reward or a chance is none.", "Logged chances are above 0 and at most 1, the other way's from 0 to 1.")
    whose = np.arange(len(gained)) if units is None else np.unique(np.asarray(units), return_inverse=True)[1]
    if whose.shape != (len(gained),) or len(gained) == 0 or whose.max() < 1:
        raise InputError(f"There are {len(gained)} pages and not two people.", "Give whose each page is; an interval needs at least two.")
    return Pages(gained, now / before, whose)


def rips(log: Pages, level: float = LEVEL, change: bool = False) -> Estimate:
    """Reward interaction: each place's reward weighed by the chances down to it. With `change`, how much more than the log itself earned.

    McInerney, Brost, Chandar, Mehrotra, Carterette 2020, "Counterfactual evaluation of slate recommendations with sequential reward interactions",
    arXiv:2007.12986.
    """
    return _told(log, *_weighed(log.rewards, log.weights), log.weights, level, change)


def iips(log: Pages, marginal: Floats, level: float = LEVEL, change: bool = False) -> Estimate:
    """Item and position: each place's reward weighed by `marginal` (n, K), the chance that the other way puts the post at this very place, whatever stands
    above, over the logging way's. Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay, Wen 2018, arXiv:1804.10488."""
    return _told(log, *_weighed(log.rewards, marginal), marginal, level, change)


def _weighed(rewards: Floats, weights: Floats) -> tuple[float, Floats]:
    """The sum over places of the self-normalised means, and how each page pulls it."""
    shares = weights / np.maximum(weights.mean(axis=0), np.finfo(float).tiny)
    means = (shares * rewards).mean(axis=0)
    return float(means.sum()), (shares * (rewards - means)).sum(axis=1)


def _told(log: Pages, value: float, pulls: Floats, weights: Floats, level: float, change: bool) -> Estimate:
    """The record of an estimate, its error that of sums over units."""
    earned = log.rewards.sum(axis=1)
    if change:
        value, pulls = value - float(earned.mean()), pulls - (earned - earned.mean())
    sums = np.bincount(log.units, pulls).astype(np.float64)
    told = offpolicy.told(Rounds(earned, weights[:, -1], None, None, 0.0), value, len(sums) / len(pulls) * sums, level)
    return told._replace(warnings=told.warnings + _few(told.effective, len(pulls)))


def _few(effective: float, count: int) -> tuple[str, ...]:
    if effective >= FEW:
        return ()
    return (
        f"Of {count:,} pages, {effective:.0f} are left in effect: the other way ranks too differently for this log, and the interval is too short.",
    )
