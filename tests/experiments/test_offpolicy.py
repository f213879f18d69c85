"""Estimates of another policy: by hand, beside a peer, unbiased and covered in simulation, and honest about what the log lacks."""

from __future__ import annotations

import csv
import gzip
import sys
from math import inf, sqrt
from pathlib import Path

import numpy as np
import pytest

from oscine.errors import InputError
from oscine.experiments import offpolicy, rates
from oscine.experiments.rounds import Rounds, rounds

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import offpolicy as benchmark

# obp 0.4.1 (Open Bandit Pipeline, Saito et al. 2021), `estimate_policy_value` on `peer_log()`
OBP = {
    "ips": 0.15211284553805726,
    "snips": 0.200229602350749,
    "direct": 0.4735016941164993,
    "dr": 0.20557874170437432,
    "sndr": 0.12082861096983859,
    "switch 1": 0.34858319861508263,
    "switch .5": 0.4320288228206168,
    "shrunk 2": 0.3140025208209655,
}
ESTIMATORS = {
    "ips": offpolicy.ips,
    "snips": offpolicy.snips,
    "direct": offpolicy.direct,
    "dr": offpolicy.dr,
    "sndr": offpolicy.sndr,
    "switch 1": lambda log: offpolicy.switch_dr(log, 1.0),
    "switch .5": lambda log: offpolicy.switch_dr(log, 0.5),
    "shrunk 2": lambda log: offpolicy.shrunk_dr(log, 2.0),
}


def peer_log() -> Rounds:
    """60 rounds of 4 actions in 3 positions, the same for everybody: no generator makes them."""
    i, cells = np.arange(60), np.arange(60 * 4 * 3)
    raw = 1.0 + ((cells * 37) % 19).reshape(60, 4, 3)
    return rounds(
        (i * i + 3 * i) % 11 < 4,
        (i * 7 + i // 5) % 4,
        0.1 + 0.05 * ((i * 5) % 13),
        raw / raw.sum(1, keepdims=True),
        positions=(i // 3) % 3,
        estimated=(((cells * 29) % 23) / 23).reshape(60, 4, 3),
    )


RATES = np.array([0.1, 0.2, 0.3, 0.4, 0.05, 0.5])
LOGGING = np.array([0.3, 0.3, 0.2, 0.1, 0.05, 0.05])
OTHER = np.array([0.05, 0.05, 0.2, 0.3, 0.1, 0.3])
TRUTH = float(RATES @ OTHER)
BIAS = {"snips": 0.001, "sndr": 0.001, "switch": 0.01}  # that they may have at 1,500 rounds
MODEL = np.array([0.12, 0.18, 0.3, 0.35, 0.1, 0.45])  # near, not right


def simulated(rng: np.random.Generator, count: int = 1500, model: np.ndarray = MODEL) -> Rounds:
    actions = rng.choice(6, count, p=LOGGING)
    return rounds(rng.random(count) < RATES[actions], actions, LOGGING[actions], OTHER, estimated=model)


@pytest.mark.parametrize("name", OBP)
def test_it_agrees_with_a_peer(name: str) -> None:
    assert ESTIMATORS[name](peer_log()).value == pytest.approx(OBP[name], abs=1e-9)


def test_by_hand() -> None:
    log = rounds([1.0, 0.0, 1.0], [0, 1, 1], [0.5, 0.5, 0.25], [0.25, 0.75], estimated=[0.5, 0.6])
    assert log.weights.tolist() == [0.5, 1.5, 3.0]
    found = offpolicy.ips(log)
    assert found.value == pytest.approx(3.5 / 3)
    assert found.error == pytest.approx(np.std([0.5, 0.0, 3.0], ddof=1) / sqrt(3))
    assert (found.high - found.value) / found.error == pytest.approx(1.959964, abs=1e-6)
    assert (found.effective, found.largest) == (pytest.approx(25 / 11.5), 3.0)
    assert offpolicy.snips(log).value == pytest.approx(3.5 / 5)
    assert offpolicy.direct(log).value == pytest.approx(0.25 * 0.5 + 0.75 * 0.6)
    assert offpolicy.dr(log).value == pytest.approx(0.575 + (0.25 - 0.9 + 1.2) / 3)
    clipped = offpolicy.ips(log, clip=1.0)
    assert (clipped.value, clipped.clipped) == (pytest.approx(0.5), pytest.approx(2 / 3))


def test_the_same_policy_earns_what_was_earned() -> None:
    actions = np.array([0, 1, 2, 0, 1, 2])
    log = rounds([1, 0, 0, 1, 1, 0], actions, [1 / 3] * 6, [1 / 3] * 3, estimated=[0.2, 0.3, 0.4])
    assert [offpolicy.ips(log).value, offpolicy.snips(log).value, offpolicy.sndr(log).value] == pytest.approx([0.5] * 3)
    assert offpolicy.ips(log).warnings == (
        "Only 3 of the rounds that the other policy might choose have a reward: the interval is too short.",
    )


def test_without_a_reward_it_says_so() -> None:
    found = offpolicy.bootstrap(offpolicy.ips, rounds([0] * 30, [0, 1] * 15, [0.5] * 30, [0.5, 0.5]), np.random.default_rng(0), 10)
    assert (found.low, found.value, found.high) == (0.0, 0.0, 0.0)
    assert found.warnings[0].startswith("Only 0 of the rounds")


def test_limits_meet() -> None:
    log = peer_log()
    assert offpolicy.switch_dr(log, inf).value == pytest.approx(offpolicy.dr(log).value)
    assert offpolicy.switch_dr(log, 0.0).value == pytest.approx(offpolicy.direct(log).value)
    assert offpolicy.switch_dr(log, 0.0).clipped == 1.0
    assert offpolicy.shrunk_dr(log, inf).value == pytest.approx(offpolicy.dr(log).value)
    assert offpolicy.shrunk_dr(log, 0.0).value == pytest.approx(offpolicy.direct(log).value)


def test_intervals_cover_and_doubly_robust_errs_less() -> None:
    """1,000 logs: means within 3 standard errors of the truth, 95% intervals over it in 93 to 97%, and the error of DR below that of IPS."""
    rng = np.random.default_rng(1)
    logs = [simulated(rng) for _ in range(1000)]
    errors, estimators = {}, {**ESTIMATORS, "switch": offpolicy.switch_dr}
    for name in ("ips", "snips", "dr", "sndr", "switch"):
        found = [estimators[name](log) for log in logs]
        values = np.array([one.value for one in found])
        assert abs(values.mean() - TRUTH) < 3 * values.std() / sqrt(1000) + BIAS.get(name, 0.0), name
        assert 0.93 <= np.mean([one.low <= TRUTH <= one.high for one in found]) <= 0.97, name
        errors[name] = np.mean((values - TRUTH) ** 2)
    assert max(errors["dr"], errors["switch"]) < 0.75 * errors["ips"] and errors["snips"] < errors["ips"]


def test_doubly_robust_with_either_part_right() -> None:
    rng = np.random.default_rng(8)
    actions = rng.choice(6, 40_000, p=LOGGING)
    rewards = rng.random(40_000) < RATES[actions]
    wrong_model = rounds(rewards, actions, LOGGING[actions], OTHER, estimated=np.full(6, 0.9))
    wrong_chances = rounds(rewards, actions, np.full(40_000, 1 / 6), OTHER, estimated=RATES)
    for log in (wrong_model, wrong_chances):
        found = offpolicy.dr(log)
        assert abs(found.value - TRUTH) < 4 * found.error
    assert abs(offpolicy.direct(wrong_model).value - TRUTH) > 0.3
    assert abs(offpolicy.ips(wrong_chances).value - TRUTH) > 0.05


def test_bootstrap_intervals() -> None:
    rng = np.random.default_rng(9)
    log = simulated(rng, 4000)
    for estimator in (offpolicy.ips, offpolicy.snips, offpolicy.dr):
        plain, resampled = estimator(log), offpolicy.bootstrap(estimator, log, np.random.default_rng(1), 400)
        assert resampled.value == plain.value
        assert (resampled.low, resampled.high) == pytest.approx((plain.low, plain.high), abs=0.5 * plain.error)
    again = offpolicy.bootstrap(offpolicy.ips, log, np.random.default_rng(2), 50)
    assert again == offpolicy.bootstrap(offpolicy.ips, log, np.random.default_rng(2), 50)


def test_a_bootstrap_covers_where_clicks_are_few() -> None:
    """About 15 clicks of 1,500 rounds, under weights of up to 6: 200 logs."""
    rng, missed = np.random.default_rng(11), {"plain": 0, "resampled": 0}
    truth = float(RATES / 20 @ OTHER)
    for _ in range(200):
        actions = rng.choice(6, 1500, p=LOGGING)
        log = rounds(rng.random(1500) < RATES[actions] / 20, actions, LOGGING[actions], OTHER)
        found = {"plain": offpolicy.ips(log), "resampled": offpolicy.bootstrap(offpolicy.ips, log, rng, 100)}
        for name, one in found.items():
            missed[name] += not one.low <= truth <= one.high
    assert missed["resampled"] < missed["plain"] and missed["resampled"] <= 16


def test_a_bias_does_not_hide_in_a_short_interval() -> None:
    rng = np.random.default_rng(12)
    log = simulated(rng, 4000, model=np.full(6, 0.6))
    for found in (offpolicy.direct(log), offpolicy.switch_dr(log, 0.5), offpolicy.shrunk_dr(log, 0.1), offpolicy.ips(log, clip=0.5)):
        assert abs(found.value - TRUTH) > 5 * found.error
        assert found.low <= TRUTH <= found.high


def squared_errors(model: np.ndarray) -> dict[str, float]:
    """Over 200 logs in which the other policy's favourite is rare: sums of squared errors."""
    rng, truth = np.random.default_rng(10), 0.45
    logging, means, other = np.array([0.48, 0.48, 0.04]), np.array([0.2, 0.3, 0.5]), np.array([0.1, 0.1, 0.8])
    errors = dict.fromkeys(("dr", "switch", "shrunk"), 0.0)
    for _ in range(200):
        actions = rng.choice(3, 400, p=logging)
        log = rounds(rng.random(400) < means[actions], actions, logging[actions], other, estimated=model)
        for name, estimator in (("dr", offpolicy.dr), ("switch", offpolicy.switch_dr), ("shrunk", offpolicy.shrunk_dr)):
            errors[name] += (estimator(log).value - truth) ** 2
    return errors


def test_tuning_gains_with_a_good_model_and_loses_little_with_a_bad_one() -> None:
    good, bad = squared_errors(np.array([0.22, 0.32, 0.5])), squared_errors(np.array([0.2, 0.2, 0.2]))
    assert good["switch"] < 0.9 * good["dr"] and good["shrunk"] < 0.9 * good["dr"]
    assert bad["switch"] < 1.4 * bad["dr"] and bad["shrunk"] < 1.4 * bad["dr"]


def test_tuning_weighs_variance_against_bias() -> None:
    settings = {3.0: (0.0, 1.0), 2.0: (0.5, 0.5), 1.0: (4.0, 0.1)}

    def estimate(setting: float) -> offpolicy.Estimate:
        value, error = settings[setting]
        return offpolicy.Estimate(value, value - error, value + error, error, 1, 1, 0, ())

    assert offpolicy.tuned(estimate, [3.0, 2.0, 1.0]) == 2.0
    assert offpolicy.tuned(estimate, [3.0, 1.0]) == 3.0


def test_a_model_does_not_see_the_round_it_is_asked_of() -> None:
    rng = np.random.default_rng(3)
    rewards, actions = np.zeros(10), np.zeros(10, int)
    rewards[4] = 1.0
    found = rates.crossfitted(rewards, actions, 2, rng, folds=10, strength=0.5)
    assert found[4].tolist() == [0.0, 0.0]
    assert (found[np.arange(10) != 4] > 0).all()
    with pytest.raises(InputError, match="folds"):
        rates.crossfitted(rewards, actions, 2, rng, folds=11)


def test_what_the_log_cannot_say_is_told() -> None:
    never = offpolicy.ips(rounds([1, 0, 1, 0], [0, 1, 0, 1], [0.5] * 4, [0.4, 0.4, 0.2]))
    assert never.warnings[0].startswith("20.0% of the other policy's choices are actions that the log never took")
    rng = np.random.default_rng(4)
    actions = rng.choice(2, 5000, p=[0.9, 0.1])
    doubled = rounds(rng.random(5000) < 0.5, actions, np.where(actions, 0.2, 1.0), [0.5, 0.5])
    assert any("Weights are" in warning for warning in offpolicy.ips(doubled).warnings)
    right = rounds(rng.random(5000) < 0.5, actions, np.where(actions, 0.1, 0.9), [0.5, 0.5])
    assert offpolicy.ips(right).warnings == ()


GOOD = {"rewards": [1, 0, 1], "actions": [0, 1, 1], "propensities": [0.5, 0.5, 0.5], "policy": [0.5, 0.5]}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"propensities": [0.5, 0.0, 0.5]}, "propensity"),
        ({"propensities": [0.5, 1.5, 0.5]}, "propensity"),
        ({"propensities": [0.5, 0.5]}, "2 propensities for 3"),
        ({"rewards": [1, float("nan"), 0]}, "rewards"),
        ({"actions": [0, 1]}, "actions"),
        ({"actions": [0, 1, -1]}, "actions"),
        ({"actions": [0.0, 1.0, 1.0]}, "actions"),
        ({"actions": [0, 1, 2]}, "policy has 2 actions"),
        ({"policy": [0.5, 0.6]}, "not 1 together"),
        ({"policy": [1.5, -0.5]}, "not 1 together"),
        ({"policy": [[0.5, 0.5]] * 2}, "shape"),
        ({"policy": 1.0}, "shape"),
        ({"rewards": [[1, 0, 1]]}, "shape"),
        ({"rewards": ["yes", "no", "yes"]}, "not numbers"),
        ({"policy": [[0.5, 0.5], [1.0]]}, "not numbers"),
        ({"policy": [float("nan"), 1.0]}, "finite"),
        ({"policy": [0.0, 0.0, 1.0]}, "none of the logged"),
        ({"positions": [0, 1, 0]}, "shape"),
        ({"positions": [0, 1, 2], "policy": [[0.5, 0.5], [0.5, 0.5]]}, "positions"),
        ({"estimated": [0.1, 0.2, 0.3]}, "estimated rewards"),
    ],
)
def test_what_cannot_be_is_refused(change: dict, told: str) -> None:
    with pytest.raises(InputError, match=told):
        rounds(**{**GOOD, **change})


def test_more_that_is_refused() -> None:
    log = rounds(**GOOD)
    with pytest.raises(InputError, match="no estimated rewards"):
        offpolicy.dr(log)
    with pytest.raises(InputError, match="level"):
        offpolicy.ips(log, level=95)
    with pytest.raises(InputError, match="at least two"):
        rounds([1], [0], [1.0], [1.0])


def test_the_benchmark_reads_open_bandit_and_finds_what_was_put_there(tmp_path: Path) -> None:
    """Two logs in its format, where item 3 alone is clicked: half of the times the random policy shows it, and the other shows it twice as often."""
    rng, shares = np.random.default_rng(13), np.full((2, benchmark.ITEMS), 1 / benchmark.ITEMS)
    shares[1] = 32 / 33 / benchmark.ITEMS
    shares[1, 3] = 2 / benchmark.ITEMS
    logs = {}
    for (name, file), chances in zip(benchmark.LOGS.items(), shares, strict=True):
        items = rng.choice(benchmark.ITEMS, 6000, p=chances)
        lines = [(item, number % 3 + 1, int(item == 3 and rng.random() < 0.5), chances[item]) for number, item in enumerate(items)]
        with gzip.open(tmp_path / file, "wt", newline="") as out:
            csv.writer(out).writerows([("item_id", "position", "click", "propensity_score"), *lines])
        logs[name] = benchmark.read(tmp_path / file)
    given = benchmark.case(logs, "random", "Thompson")
    found = offpolicy.snips(given.rounds)
    assert given.truth.value == pytest.approx(1 / benchmark.ITEMS, rel=0.2)
    assert found.low <= given.truth.value <= found.high
    told = "\n".join(benchmark.report(logs, "random", "Thompson", 20, 5))
    assert f"| SNIPS | {found.value:.3%} |" in told and "intervals that hold, of 5 resampled logs" in told
