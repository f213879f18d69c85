"""A campaign's creatives as a test that may be looked at every day, and original beside generated ones.

Their shares change while the test runs, because the better ones are shown more: a plain click rate would mix creatives with the days on which they were
shown. Each impression is therefore weighted by the chance that its creative had (self-normalised, `offpolicy.snips`), and two creatives are compared over
those impressions only where either could have been chosen. Intervals hold at all looks at once, and for all pairs at once (Bonferroni). The draw is anew
for each impression, so impressions are what is counted, whoever sees them. It does not know why one is better.
"""

from __future__ import annotations

from itertools import combinations
from math import ceil, hypot

import numpy as np
from numpy.typing import NDArray

from oscine.ads.measure.phrases import said
from oscine.errors import InputError
from oscine.experiments import fixed, offpolicy, sequential
from oscine.experiments.fixed import Interval
from oscine.experiments.rounds import rounds
from oscine.records import Record
from oscine.store.outcomes import Log

LEVEL = 0.95
ENOUGH = sequential.BURN_IN  # clicks of each, before an interval is given
Mask = NDArray[np.bool_]


class Arm(Record, frozen=True):
    """A creative, or a kind of them. `per_thousand` are clicks of a thousand impressions had it alone been shown; None before it has `ENOUGH` clicks."""

    name: str  # the creative's number, `original` or `generated`
    impressions: int
    clicks: int
    per_thousand: Interval | None


class Pair(Record, frozen=True):
    """`one` less `other` in clicks per thousand impressions; `sure` where the interval leaves out 0; `needed` impressions more where it does not, about."""

    one: str
    other: str
    difference: Interval | None
    sure: bool
    needed: int | None
    sentence: str


class Comparison(Record, frozen=True):
    """Creatives by what is estimated of them, the best first, each against the first of them; and `kinds`, generated against original ones."""

    campaign: int
    arms: tuple[Arm, ...]
    pairs: tuple[Pair, ...]
    kinds: tuple[Arm, ...]
    between: Pair | None
    method: str
    whole: bool  # whether all impressions were read, not the newest only


def compare(campaign: int, log: Log) -> Comparison:
    """All creatives of a log, as it is today."""
    each = {str(number): np.array(log.creatives) == number for number in log.creatives}
    kinds = {"generated": log.generated, "original": ~log.generated} if 0 < log.generated.sum() < len(log.creatives) else {}
    level = 1 - (1 - LEVEL) / max(1, len(list(combinations(each, 2))))
    arms = sorted((_arm(log, name, these) for name, these in each.items()), key=_estimated, reverse=True)
    pairs = [_pair(log, arms[0].name, other.name, each, level) for other in arms[1:]]
    return Comparison(
        campaign=campaign, arms=tuple(arms), pairs=tuple(pairs), kinds=tuple(_arm(log, name, these) for name, these in kinds.items()),
        between=_pair(log, "generated", "original", kinds, LEVEL) if len(kinds) == 2 else None, method=said("compare", "method"), whole=log.whole,
    )  # fmt: skip


def alone(log: Log, these: Mask) -> tuple[float, float]:
    """The click rate had `these` (k,) been shown alone, evenly among them, and its standard error; nan where the log does not tell."""
    possible = (log.chances[:, these] > 0).sum(1)
    kept = possible > 0
    policy = (log.chances[kept] > 0) * these / possible[kept, None]
    try:
        found = offpolicy.snips(rounds(log.clicked[kept], log.actions[kept], log.propensities[kept], policy))
    except InputError:  # fewer than two impressions, or none of these
        return float("nan"), float("nan")
    return found.value, found.error


def _arm(log: Log, name: str, these: Mask) -> Arm:
    impressions, clicks = _seen(log, these)
    value, error = alone(log, these)
    told = sequential.estimate(value, error, sequential.EFFECT * value, LEVEL) if clicks >= ENOUGH and error > 0 else None
    return Arm(name=name, impressions=impressions, clicks=clicks, per_thousand=told and _thousands(told, 0.0))


def _pair(log: Log, one: str, other: str, masks: dict[str, Mask], level: float) -> Pair:
    first, second = masks[one], masks[other]
    both = log.taken((log.chances @ first > 0) & (log.chances @ second > 0))
    counts = [_seen(both, these) for these in (first, second)]
    found = _difference(both, first, second, level) if min(clicks for _, clicks in counts) >= ENOUGH else None
    sure = found is not None and not found.low <= 0 <= found.high
    needed = None if sure else _needed(counts)
    name = "early" if found is None else "unclear" if not sure else "better" if found.value > 0 else "worse"
    numbers = {"low": found.low, "high": found.high, "value": found.value} if found else {}
    sentence = said("compare", name if needed is not None or sure else "nothing", one=one, other=other, needed=needed, **numbers)
    return Pair(one=one, other=other, difference=found, sure=sure, needed=needed, sentence=sentence)


def _difference(log: Log, one: Mask, other: Mask, level: float) -> Interval | None:
    """Their estimates have no impression in common, so that their errors add up by squares."""
    (first, error), (second, off) = alone(log, one), alone(log, other)
    if not hypot(error, off) > 0:
        return None
    return _thousands(sequential.estimate(first - second, hypot(error, off), sequential.EFFECT * float(log.clicked.mean()), level), -1000.0)


def _needed(counts: list[tuple[int, int]]) -> int | None:
    """Impressions that both together lack for `ENOUGH` clicks and for one planned look at a change of a fifth; None without a click."""
    impressions, clicks = (sum(part) for part in zip(*counts, strict=True))
    base = clicks / impressions if impressions else 0.0
    if not 0 < base * (1 + sequential.EFFECT) < 1:  # no click, or hardly anything else
        return None
    wanted = max(fixed.needed(base, sequential.EFFECT), ceil(ENOUGH / base))
    return sum(max(0, wanted - shown) for shown, _ in counts)


def _seen(log: Log, these: Mask) -> tuple[int, int]:
    chosen = these[log.actions]
    return int(chosen.sum()), int(log.clicked[chosen].sum())


def _estimated(arm: Arm) -> tuple[bool, float]:
    """Those with an estimate before those without."""
    return (arm.per_thousand is not None, arm.per_thousand.value if arm.per_thousand else arm.clicks / max(1, arm.impressions))


def _thousands(rate: Interval, least: float) -> Interval:
    return Interval(1000 * rate.value, max(least, 1000 * rate.low), min(1000.0, 1000 * rate.high))
