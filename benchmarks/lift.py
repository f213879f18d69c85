"""What looking every day costs where people were kept from ads, and where the better ad was shown more: false alarms, power, coverage; beside naive ways.

python -m benchmarks.lift [--campaigns 400] [--tests 200]

Lift: people who come more often see the ad sooner and convert more often, with the ad or without. 20% are kept from it. `ads.measure.lift` compares
them with those it was shown to; the naive way compares those who were shown it with everybody who was not.
Creatives: Thompson sampling learns once a day while tastes change from day to day. `ads.measure.compare` weighs; the naive way compares click counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.offpolicy import table
from oscine.ads.measure.compare import compare
from oscine.ads.measure.lift import held, lift
from oscine.advertising import Campaign, Caps, Targeting
from oscine.experiments import fixed, thompson
from oscine.experiments.fixed import Counts, Interval
from oscine.store.outcomes import Group, Log, Sides

DAYS, PEOPLE, HOLDOUT = 28, 30_000, 0.2
EFFECTS = (0.0, 0.2)
CONVERT = 0.1  # of people with the mean activity, within `DAYS` of being chosen for
ALPHA = 0.05
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)

TESTS_DAYS, A_DAY = 14, 2_000
ALIKE, APART = (0.03, 0.03), (0.03, 0.045)


class Look(NamedTuple):
    """What is known at the end of a day: both sides of the holdout, and everybody who was not shown the ad."""

    sides: Sides
    unshown: Counts


def campaign(number: int) -> Campaign:
    """One with a holdout."""
    return Campaign(id=number, advertiser=1, name="", objective="conversions", placements=(), tier="open", targeting=Targeting(), caps=Caps(),
                    pace="even", holdout=HOLDOUT, state="running", created_at=BEGAN)  # fmt: skip


def looks(number: int, effect: float, rng: np.random.Generator) -> list[Look]:
    """A campaign, day by day. Whoever is chosen for converts within `DAYS`, at any time alike, `effect` more often with the ad than without."""
    activity = rng.gamma(2.0, 0.5, PEOPLE)
    kept = np.array([held(str(person), number, HOLDOUT) for person in range(PEOPLE)])
    chosen = rng.exponential(20 / activity)  # the day, from 0
    shown = ~kept & (chosen < DAYS)
    converts = rng.random(PEOPLE) < CONVERT * activity * np.where(shown, 1 + effect, 1.0)
    at = np.where(converts, np.where(chosen < DAYS, chosen, 0.0) + rng.uniform(0, DAYS, PEOPLE), np.inf)
    return [_look(day, kept, chosen, at) for day in range(1, DAYS + 1)]


def _look(day: int, kept: NDArray[np.bool_], chosen: NDArray[np.float64], at: NDArray[np.float64]) -> Look:
    there, converted = chosen < day, at < day
    shown, ghosts = (Group(int((there & side).sum()), int((there & side & converted).sum())) for side in (~kept, kept))
    others = kept | ~there
    return Look(Sides(shown, ghosts, 0, BEGAN), Counts(int((others & converted).sum()), int(others.sum())))


def randomised(number: int, look: Look) -> Interval | None:
    """What `ads.measure.lift` tells."""
    return lift(campaign(number), look.sides).interval


def naive(_: int, look: Look) -> Interval | None:
    """Who was shown it against all who were not."""
    shown = Counts(look.sides.shown.converted, look.sides.shown.people)
    return fixed.lift(shown, look.unshown) if shown.successes and look.unshown.successes else None


def once(_: int, look: Look) -> Interval | None:
    """Both sides, with an interval made for one look."""
    shown, ghosts = (Counts(side.converted, side.people) for side in (look.sides.shown, look.sides.held))
    return fixed.lift(shown, ghosts) if shown.successes and ghosts.successes else None


WAYS = {"holdout, always-valid": randomised, "holdout, interval for one look": once, "shown against not shown": naive}


def lifts(campaigns: int, seed: int = 0) -> Iterator[list[str]]:
    """For each way: false alarms and power at daily looks, how often the truth is held at every look, and the median estimate on the last day."""
    rng = np.random.default_rng(seed)
    ran = {effect: [looks(number, effect, rng) for number in range(1, campaigns + 1)] for effect in EFFECTS}
    for name, way in WAYS.items():
        cells = [name]
        for effect in EFFECTS:
            found = [[way(number, look) for look in days] for number, days in enumerate(ran[effect], 1)]
            alarms = [any(told and not told.low <= 0 <= told.high for told in days) for days in found]
            always = [all(told is None or told.low <= effect <= told.high for told in days) for days in found]
            last = [days[-1].value for days in found if days[-1]]
            cells += [f"{np.mean(alarms):.1%}", f"{np.mean(always):.1%}", f"{np.median(last):+.0%}"]
        yield cells


def log(rates: Iterable[float], rng: np.random.Generator) -> Log:
    """A test of creatives by Thompson sampling, a tenth explored, learning once a day; how many click changes from day to day, for all creatives alike."""
    truth = np.array(list(rates))
    count, parts = len(truth), []
    wins, losses = np.zeros(count), np.zeros(count)
    for day in range(TESTS_DAYS):
        chances = thompson.chances(wins, losses, explore=0.1).values
        actions = rng.choice(count, A_DAY, p=chances)
        clicked = rng.random(A_DAY) < truth[actions] * (1 + 0.7 * np.sin(day))
        wins, losses = wins + np.bincount(actions, clicked, count), losses + np.bincount(actions, ~clicked, count)
        parts.append((actions, chances[actions], np.tile(chances, (A_DAY, 1)), clicked, np.full(A_DAY, day)))
    return Log(tuple(range(count)), np.zeros(count, bool), *(np.concatenate(part) for part in zip(*parts, strict=True)), True)


def weighed(told: Log) -> bool:
    """Whether `ads.measure.compare` is sure of a difference."""
    return compare(1, told).pairs[0].sure


def counted(told: Log) -> bool:
    """Whether a z test of plain counts is."""
    arms = [Counts(int(told.clicked[told.actions == arm].sum()), int((told.actions == arm).sum())) for arm in (0, 1)]
    return fixed.p_value(*arms) <= ALPHA


def tests(count: int, seed: int = 0) -> Iterator[list[str]]:
    """For each way: how often daily looks find a difference where there is none, and where one clicks half as well again."""
    rng = np.random.default_rng(seed)
    ran = [[log(rates, rng) for _ in range(count)] for rates in (ALIKE, APART)]
    for name, way in (("weighted, always-valid", weighed), ("plain counts, z test", counted)):
        found = [np.mean([any(way(each.taken(each.days <= day)) for day in range(TESTS_DAYS)) for each in logs]) for logs in ran]
        yield [name, *(f"{share:.1%}" for share in found)]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lift")
    parser.add_argument("--campaigns", type=int, default=400)
    parser.add_argument("--tests", type=int, default=200)
    asked = parser.parse_args()
    print(f"{asked.campaigns} campaigns an effect, {PEOPLE:,} people, {HOLDOUT:.0%} held, a look at the end of each of {DAYS} days\n")
    heads = [
        f"{head}, {effect:+.0%}" for effect in EFFECTS for head in ("called a difference", "truth held at every look", "median estimate")
    ]
    print(table(["way", *heads], lifts(asked.campaigns)))
    print(f"\n{asked.tests} tests of two creatives, {A_DAY:,} impressions a day, a look at the end of each of {TESTS_DAYS} days\n")
    print(table(["way", "found a difference where there is none", "where one clicks 50% better"], tests(asked.tests)))


if __name__ == "__main__":
    main()
