"""Creatives beside each other, from a log whose shares changed while it ran: no interval says more than the log does."""

from __future__ import annotations

import numpy as np
import pytest

from oscine.ads.measure.compare import alone, compare
from oscine.experiments import thompson
from oscine.store.outcomes import Log

DAYS, A_DAY = 14, 1_500


def learned(rates: list[float], seed: int = 0, drift: float = 0.0, late: int | None = None, made: int = 0) -> Log:
    """A log of Thompson sampling that learns once a day, exploring a tenth; tastes rise by `drift` a day, and the creative `late` begins in the
    middle; the last `made` are generated.
    """
    rng, count = np.random.default_rng(seed), len(rates)
    wins, losses = np.zeros(count), np.zeros(count)
    parts: list[tuple[np.ndarray, ...]] = []
    for day in range(DAYS):
        there = np.array([number != late or day >= DAYS // 2 for number in range(count)])
        chances = np.zeros(count)
        chances[there] = thompson.chances(wins[there], losses[there], explore=0.1).values
        actions = rng.choice(count, A_DAY, p=chances)
        clicked = rng.random(A_DAY) < np.array(rates)[actions] * (1 + drift * day)
        wins += np.bincount(actions, clicked, count)
        losses += np.bincount(actions, ~clicked, count)
        parts.append((actions, chances[actions], np.tile(chances, (A_DAY, 1)), clicked, np.full(A_DAY, day)))
    actions, propensities, chances, clicked, days = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Log(tuple(range(1, count + 1)), np.arange(count) >= count - made, actions, propensities, chances, clicked, days, True)


def test_a_creative_that_is_clearly_better() -> None:
    found = compare(1, learned([0.02, 0.08]))
    assert [arm.name for arm in found.arms] == ["2", "1"] and found.pairs[0].sure
    difference = found.pairs[0].difference
    assert difference is not None and 0 < difference.low < 60 < difference.high
    assert found.pairs[0].sentence.startswith("Creative 2 gets more clicks than 1:") and found.pairs[0].needed is None
    assert all(
        arm.per_thousand and arm.per_thousand.low < truth < arm.per_thousand.high for arm, truth in zip(found.arms, (80, 20), strict=True)
    )


def test_creatives_that_are_alike() -> None:
    found = compare(1, learned([0.05, 0.05, 0.05]))
    assert not any(pair.sure for pair in found.pairs) and all("Too early to say" in pair.sentence for pair in found.pairs)


def test_shares_that_follow_a_drift_do_not_mislead() -> None:
    """Both are alike, but one was shown more on the days when everybody clicked: plain rates differ, weighted ones do not."""
    rng = np.random.default_rng(0)
    chances = np.repeat([[0.9, 0.1], [0.1, 0.9]], 20_000, 0)
    actions = (rng.random(40_000) < chances[:, 1]).astype(np.intp)
    clicked = rng.random(40_000) < np.repeat([0.02, 0.08], 20_000)
    log = Log((1, 2), np.zeros(2, bool), actions, chances[np.arange(40_000), actions], chances, clicked, np.repeat([0, 1], 20_000), True)
    plain = [clicked[actions == arm].mean() for arm in (0, 1)]
    assert plain[1] > 2.5 * plain[0]
    assert not compare(1, log).pairs[0].sure
    assert [alone(log, np.arange(2) == arm)[0] for arm in (0, 1)] == pytest.approx([0.05, 0.05], abs=0.005)


def test_a_creative_that_came_later_is_compared_over_the_days_that_both_had() -> None:
    """Clicks are three times as many in the second half: the one that was there for it only is no better."""
    found = compare(1, learned([0.03, 0.03], drift=0.3, late=1))
    assert not found.pairs[0].sure


def test_few_clicks_give_no_interval() -> None:
    found = compare(1, learned([0.0004, 0.0004]))
    pair = found.pairs[0]
    assert (pair.difference, pair.sure) == (None, False) and pair.needed and f"about {pair.needed:,} more impressions" in pair.sentence
    nobody = compare(1, learned([0.0, 0.0])).pairs[0]
    assert (nobody.needed, nobody.sentence.startswith("Nobody has clicked")) == (None, True)


def test_original_and_generated() -> None:
    found = compare(1, learned([0.02, 0.02, 0.07, 0.07], made=2))
    assert [kind.name for kind in found.kinds] == ["generated", "original"] and found.between is not None and found.between.sure
    assert found.between.difference is not None and found.between.difference.low < 50 < found.between.difference.high
    alike = compare(1, learned([0.05, 0.05], made=2))
    assert (alike.kinds, alike.between) == ((), None), "no original to compare with"


def test_an_empty_log() -> None:
    none = Log((), np.zeros(0, bool), np.zeros(0, np.intp), np.zeros(0), np.zeros((0, 0)), np.zeros(0, bool), np.zeros(0, np.int64), True)
    assert (compare(1, none).arms, compare(1, none).pairs) == ((), ())


def test_daily_looks_at_creatives_that_are_alike_alarm_seldom() -> None:
    """20 adaptive tests, a look at the end of each day; at one alarm in twenty, more than 3 would be one case in sixty. `benchmarks.lift` has more."""
    alarms = 0
    for seed in range(20):
        log = learned([0.05, 0.05], seed)
        alarms += any(compare(1, log.taken(log.days <= day)).pairs[0].sure for day in range(DAYS))
    assert alarms <= 3
