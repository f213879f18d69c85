"""What if another policy had chosen the creatives? Clicks of a thousand impressions that it would have had, estimated from the log of those that were chosen.

    even     each creative that was to be had, alike: rotation
    best     always the one that had clicked best until the day before; evenly until there is one
    only:7   creative 7, whenever it was to be had; the impressions at which it was not are left out, of what was and of what might have been

The estimators are `experiments.offpolicy`'s, with their intervals and their warnings; what the log cannot support is refused. It changes the creative and
nothing else: not who sees it, what it costs, nor what a person got used to. The looks are single ones: the intervals hold for one look.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oscine.ads.measure.phrases import said
from oscine.errors import InputError
from oscine.experiments import offpolicy, rates
from oscine.experiments.fixed import Interval
from oscine.experiments.offpolicy import Estimate, Estimator
from oscine.experiments.rounds import FEW, Floats, Rounds, rounds
from oscine.records import Record
from oscine.store.outcomes import Log

POLICIES = ("even", "best", "only:NUMBER")
ESTIMATORS: dict[str, Estimator] = {"ips": offpolicy.ips, "snips": offpolicy.snips, "dr": offpolicy.dr, "switch_dr": offpolicy.switch_dr}
CHOSEN = "dr"
SEED = 7  # of the folds of the model of clicks: the same log gives the same answer
STRENGTH = rates.STRENGTH  # impressions that the mean of all creatives counts for, in which one is best
LEAST = 100  # effective rounds, below which a log is said not to tell


class WhatIf(Record, frozen=True):
    """Clicks per thousand impressions: `actual` ones, and those of the policy by estimator; `difference` is the policy less what was, by `CHOSEN`."""

    campaign: int
    policy: str
    impressions: int
    actual: Interval
    estimates: dict[str, Interval]
    difference: Interval
    effective: float  # impressions that the weights leave
    largest: float  # weight
    sentence: str
    warnings: tuple[str, ...]


def whatif(campaign: int, log: Log, policy: str) -> WhatIf:
    """What `policy` would have had from the impressions of a log. Raises `InputError` for a policy that is none, and where the log does not tell."""
    log, chances = _chances(log, policy)
    found = _rounds(log, chances, policy)
    estimates = {name: estimator(found) for name, estimator in ESTIMATORS.items()}
    chosen = estimates[CHOSEN]
    _supported(found, chosen, policy)
    difference, actual = _difference(found), _mean(found.rewards)
    name = "unclear" if difference.low <= 0 <= difference.high else "more" if difference.value > 0 else "fewer"
    sentence = said("whatif", name, policy=policy, value=1000 * chosen.value, actual=actual.value, low=difference.low, high=difference.high)
    return WhatIf(
        campaign=campaign, policy=policy, impressions=len(found.rewards), actual=actual, estimates={name: _interval(one) for name, one in estimates.items()},
        difference=difference, effective=chosen.effective, largest=chosen.largest, sentence=sentence,
        warnings=(*chosen.warnings, *(() if log.whole else (said("whatif", "newest", impressions=len(found.rewards)),))),
    )  # fmt: skip


def _chances(log: Log, policy: str) -> tuple[Log, Floats]:
    """(n, k) the chance that the policy gives each creative, of those that were to be had; and the impressions that it can be asked about."""
    possible = log.chances > 0
    if policy == "even":
        return log, possible / np.maximum(possible.sum(1, keepdims=True), 1)
    if policy == "best":
        return log, _best(log, possible)
    kind, _, number = policy.partition(":")
    if kind != "only" or not number.isdecimal():
        raise InputError(f"There is no policy {policy[:40]!r}.", f"Ask for {', '.join(POLICIES)}.")
    these = np.array([str(creative) == number for creative in log.creatives], dtype=np.bool_)
    taken = log.taken(log.chances @ these > 0)
    return taken, np.broadcast_to(these.astype(np.float64), taken.chances.shape)


def _best(log: Log, possible: NDArray[np.bool_]) -> Floats:
    """By the counts of the days before only: a policy that knew of today's clicks could not have been followed."""
    days, start = np.unique(log.days, return_inverse=True)
    cells = start * len(log.creatives) + log.actions
    size = len(days) * len(log.creatives)
    clicks, shown = (_before(np.bincount(cells, weights, size).reshape(len(days), -1)) for weights in (log.clicked, None))
    mean = clicks.sum(1, keepdims=True) / np.maximum(shown.sum(1, keepdims=True), 1)
    rate = np.where(possible, ((clicks + STRENGTH * mean) / (shown + STRENGTH))[start], -1.0)
    leading = (rate == rate.max(1, keepdims=True)) & possible
    found: Floats = leading / np.maximum(leading.sum(1, keepdims=True), 1)
    return found


def _before(by_day: NDArray[Any]) -> Floats:
    """Sums of the days before each."""
    sums: Floats = by_day.cumsum(0) - by_day
    return sums


def _rounds(log: Log, chances: Floats, policy: str) -> Rounds:
    if len(log.actions) < LEAST:
        raise InputError(
            f"The log has {len(log.actions)} impressions at which `{policy[:40]}` could have chosen.",
            f"Ask again when it has {LEAST} or more.",
        )
    clicks = log.clicked.astype(np.float64)
    model = rates.crossfitted(clicks, log.actions, len(log.creatives), np.random.default_rng(SEED))
    try:
        return rounds(clicks, log.actions, log.propensities, chances, estimated=model)
    except InputError as wrong:
        raise InputError(f"The log cannot tell what `{policy[:40]}` would have had. {wrong.what}", wrong.fix) from None


def _supported(found: Rounds, chosen: Estimate, policy: str) -> None:
    carried = np.count_nonzero(found.rewards * found.weights)
    if chosen.effective < LEAST or carried < FEW:
        raise InputError(
            f"The log says too little of `{policy[:40]}`: {carried} clicks, {chosen.effective:.0f} impressions' worth of what it would have chosen.",
            f"Ask again when there are {FEW} clicks and {LEAST} impressions of it.",
        )


def _difference(found: Rounds) -> Interval:
    """The policy less what was, over the same impressions: doubly robust, so that what both share falls out."""
    assert found.expected is not None and found.predicted is not None
    return _mean(found.expected + found.weights * (found.rewards - found.predicted) - found.rewards)


def _mean(values: Floats) -> Interval:
    alike = Rounds(values, np.ones_like(values), None, None, 0.0)
    return _interval(offpolicy.ips(alike))


def _interval(found: Estimate) -> Interval:
    """For a thousand impressions."""
    return Interval(1000 * found.value, 1000 * found.low, 1000 * found.high)
