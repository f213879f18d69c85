"""Intervals that may be looked at every day keep their promise, and those for one look do not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import comb, exp, inf, isnan, log
from pathlib import Path

import numpy as np
import pytest

from oscine.errors import InputError
from oscine.experiments import fixed, sequential
from oscine.experiments.fixed import Counts, Interval

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import peeking


def ever(rate: float, alarm: Callable[[Counts], bool], observations: int) -> float:
    """The probability, to the last digit, that the alarm sounds after any of so many observations, looked at after each."""
    alive, sounded = np.array([1.0]), 0.0
    for trials in range(1, observations + 1):
        alive = np.append(alive * (1 - rate), 0.0) + np.append(0.0, alive * rate)
        for successes in np.flatnonzero(alive > 1e-12):
            if alarm(Counts(int(successes), trials)):
                sounded, alive[successes] = sounded + alive[successes], 0.0
    return float(sounded)


def test_evidence_by_hand() -> None:
    assert sequential.evidence(Counts(1, 1), 0.2) == pytest.approx(log(0.5 / 0.2))
    assert sequential.evidence(Counts(0, 0), 0.2) == pytest.approx(0.0)
    assert sequential.evidence(Counts(1, 2), 1.0) == inf


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.8])
@pytest.mark.parametrize("prior", [(0.5, 0.5), (2.0, 30.0)])
def test_evidence_is_1_on_average(rate: float, prior: tuple[float, float]) -> None:
    mean = sum(comb(40, s) * rate**s * (1 - rate) ** (40 - s) * exp(sequential.evidence(Counts(s, 40), rate, prior)) for s in range(41))
    assert mean == pytest.approx(1.0)


@pytest.mark.parametrize("rate", [0.05, 0.5])
def test_looking_after_every_observation(rate: float) -> None:
    """Not simulated: every path of 400 observations is counted. The promise is 5%; an interval for one look breaks it many times over."""
    always = ever(rate, lambda seen: sequential.evidence(seen, rate) >= log(20), 400)
    once = ever(rate, lambda seen: seen.trials > 10 and not within(fixed.rate(seen), rate), 400)
    assert 0.001 < always <= 0.05
    assert once > 0.2


def within(found: Interval, truth: float) -> bool:
    return found.low <= truth <= found.high


@pytest.mark.parametrize("counts", [Counts(0, 50), Counts(50, 50), Counts(3, 1000), Counts(500, 1000), Counts(40_000, 1_000_000)])
def test_the_ends_of_a_rate_are_where_evidence_is_enough(counts: Counts) -> None:
    found, wilson = sequential.rate(counts), fixed.rate(counts)
    assert 0 <= found.low <= found.value <= found.high <= 1
    for end in (found.low, found.high):
        if 0 < end < 1:
            assert sequential.evidence(counts, end) == pytest.approx(log(20), abs=1e-6)
    assert found.high - found.low > wilson.high - wilson.low


def test_without_trials_nothing_is_known() -> None:
    none, some = Counts(0, 0), Counts(3, 10)
    for found in (sequential.rate(none), fixed.rate(none)):
        assert isnan(found.value) and (found.low, found.high) == (0.0, 1.0)
    for module in (fixed, sequential):
        assert module.difference(none, some)[1:] == (-1.0, 1.0)
        assert module.p_value(none, some) == 1.0
    assert fixed.ratio(some, Counts(0, 10))[1:] == (0.0, inf)
    found = sequential.ratio(some, Counts(0, 10), 0.5)
    assert isnan(found.value) and found.high == inf and 0 < found.low < 3
    assert sequential.ratio(none, none, 0.5)[1:] == (0.0, inf)


def test_intervals_of_one_look_by_hand() -> None:
    """Newcombe 1998, his example of 56/70 and 48/80; Wilson of 81/263 as there; Katz by its formula."""
    assert fixed.rate(Counts(81, 263))[1:] == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert fixed.difference(Counts(56, 70), Counts(48, 80)) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    found = fixed.ratio(Counts(30, 100), Counts(20, 100))
    reach = 1.959964 * (1 / 30 - 1 / 100 + 1 / 20 - 1 / 100) ** 0.5
    assert found == pytest.approx((1.5, 1.5 * exp(-reach), 1.5 * exp(reach)))
    assert fixed.lift(Counts(30, 100), Counts(20, 100)) == pytest.approx([end - 1 for end in found])
    assert fixed.p_value(Counts(30, 100), Counts(20, 100)) == pytest.approx(0.1025, abs=1e-4)
    assert fixed.needed(0.02, 0.1) == pytest.approx(80_680, abs=5)


def test_p_values_and_intervals_say_the_same() -> None:
    for one in range(60, 141, 4):
        arms = Counts(one, 2000), Counts(100, 2000)
        assert (sequential.p_value(*arms) < 0.05) == (not within(sequential.difference(*arms), 0.0))
        assert (sequential.exact_p_value(*arms, 0.5) < 0.05) == (not within(sequential.ratio(*arms, 0.5), 1.0))


def test_the_guide_says_what_comes_out() -> None:
    new, old = Counts(260, 10_000), Counts(200, 10_000)
    assert sequential.rate(new) == pytest.approx((0.026, 0.0202, 0.0328), abs=5e-5)
    assert sequential.difference(new, old) == pytest.approx((0.006, -0.0005, 0.0125), abs=5e-5)
    assert sequential.p_value(new, old) == pytest.approx(0.088, abs=5e-4)
    assert sequential.lift(new, old, share=0.5) == pytest.approx((0.3, -0.02, 0.73), abs=5e-3)


def test_a_ratio_at_any_time_under_drift() -> None:
    """The rates of both arms rise and fall together; only their ratio, 1.3, stays. 150 tests of 60 days, looked at every sixth."""
    rng = np.random.default_rng(5)
    missed = 0
    for _ in range(150):
        rates = 0.03 * (1 + 0.8 * np.sin(np.arange(60) / 4))
        first = rng.binomial(500, 0.8, 60)
        wins, others = np.cumsum(rng.binomial(first, 1.3 * rates)), np.cumsum(rng.binomial(500 - first, rates))
        sizes, held = np.cumsum(first), np.cumsum(500 - first)
        looks = [(Counts(int(a), int(b)), Counts(int(c), int(d))) for a, b, c, d in zip(wins, sizes, others, held, strict=True)][::6]
        missed += any(not within(sequential.lift(one, other, 0.8), 0.3) for one, other in looks)
    assert missed <= 0.05 * 150


def test_peeking_every_day() -> None:
    """False alarms stay below 5% where tests are made for looking, and do not where they are not; the price is power."""
    found = {name: shares for name, shares, _ in peeking.rows(300, seed=1)}
    once, daily, mixture, exact = found.values()
    assert once[0] < 0.09 and daily[0] > 0.15
    assert mixture[0] <= 0.05 and exact[0] <= 0.05
    assert mixture[1] < once[1] and mixture[2] > 0.95 and exact[2] > 0.95


def test_a_small_holdout() -> None:
    found = {name: shares for name, shares, _ in peeking.rows(300, seed=2, share=0.9)}
    assert found["mixture SPRT, every day"][0] <= 0.05 and found["exact mixture, every day"][0] <= 0.05
    assert found["z test, every day"][0] > 0.15


def test_an_estimate_with_its_error_at_any_time() -> None:
    """Means of 2,000 numbers whose spread depends on what came before; a look after every 20th. An interval of one look fails four times as often, and more."""
    rng, always, once, ran = np.random.default_rng(0), 0, 0, 400
    for _ in range(ran):
        noise = rng.standard_normal(2_000)
        values = noise * np.where(np.append(0.0, noise[:-1]) > 0, 2.0, 0.5)
        sums, squares, counts = values.cumsum()[199::20], (values**2).cumsum()[199::20], np.arange(200, 2_001, 20)
        means, errors = sums / counts, np.sqrt(squares / counts - (sums / counts) ** 2) / np.sqrt(counts)
        found = [sequential.estimate(mean, error, 0.1) for mean, error in zip(means.tolist(), errors.tolist(), strict=True)]
        always += any(not within(each, 0.0) for each in found)
        once += bool((abs(means) > 1.96 * errors).any())
    assert always / ran <= 0.05 and once / ran > 0.2


@pytest.mark.parametrize(
    "call",
    [
        lambda: sequential.rate(Counts(3, 2)),
        lambda: sequential.rate(Counts(-1, 2)),
        lambda: sequential.rate(Counts(1, 2), level=95),
        lambda: sequential.ratio(Counts(1, 2), Counts(1, 2), share=1.0),
        lambda: sequential.lift(Counts(1, 2), Counts(1, 2), share=0.5, effect=0.0),
        lambda: sequential.difference(Counts(100, 200), Counts(100, 200), effect=-1),
        lambda: sequential.estimate(0.1, 0.0, 0.1),
        lambda: sequential.estimate(0.1, 0.1, 0.0),
        lambda: sequential.estimate(0.1, 0.1, 0.1, level=95),
        lambda: fixed.needed(0.5, 1.5),
    ],
)
def test_what_cannot_be_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        call()
