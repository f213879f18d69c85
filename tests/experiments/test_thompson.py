"""Chances of arms: closed forms, what sampling gives, and a log of them that can be evaluated."""

from __future__ import annotations

import numpy as np
import pytest

from oscine.errors import InputError
from oscine.experiments import offpolicy, thompson
from oscine.experiments.rounds import rounds


def test_closed_forms() -> None:
    assert thompson.chances([5] * 4, [9] * 4).values == pytest.approx([0.25] * 4)
    assert thompson.chances([3], [4]).values.tolist() == [1.0]
    found = thompson.chances([0, 4], [0, 0], error=1e-8)  # uniform against Beta(5, 1): the integral of x^5 is 1/6
    assert found.values == pytest.approx([1 / 6, 5 / 6], abs=1e-6) and found.error <= 1e-8


@pytest.mark.parametrize(
    ("successes", "failures"),
    [
        ([1, 3, 0], [5, 2, 0]),
        ([50, 40, 0, 3], [9950, 9960, 0, 300]),
        ([10_000, 10_100, 3], [1e6, 1e6, 400]),
        ([0] * 5, [0, 10, 100, 1000, 10_000]),
    ],
)
def test_it_is_what_sampling_gives(successes: list[float], failures: list[float]) -> None:
    found, draws = thompson.chances(successes, failures), 200_000
    best = np.random.default_rng(0).beta(np.add(successes, 1), np.add(failures, 1), (draws, len(successes))).argmax(1)
    assert found.values == pytest.approx(np.bincount(best, minlength=len(successes)) / draws, abs=5 * 0.5 / draws**0.5)
    assert found.values.sum() == pytest.approx(1.0) and found.error <= 1e-5


def test_exploration_bounds_chances() -> None:
    found = thompson.chances([500, 0, 0], [500, 900, 900], explore=0.06)
    assert found.values.min() == pytest.approx(0.02) and found.values.sum() == pytest.approx(1.0)


def test_its_log_can_be_evaluated() -> None:
    """What always showing the second arm would have earned, from the log of a learner that ends up with the third; 50 logs, adaptively made."""
    rng, rates, values = np.random.default_rng(6), np.array([0.1, 0.2, 0.4]), []
    for _ in range(50):
        wins, losses = np.zeros(3), np.zeros(3)
        actions, propensities, rewards = [], [], []
        for _ in range(15):
            found = thompson.chances(wins, losses, explore=0.3, error=1e-3)
            for arm, propensity in [thompson.choose(found, rng) for _ in range(20)]:
                reward = int(rng.random() < rates[arm])
                wins[arm], losses[arm] = wins[arm] + reward, losses[arm] + 1 - reward
                actions.append(arm), propensities.append(propensity), rewards.append(reward)
        values.append(offpolicy.ips(rounds(rewards, actions, propensities, [0.0, 1.0, 0.0])).value)
    assert abs(np.mean(values) - 0.2) < 3 * np.std(values) / 50**0.5


@pytest.mark.parametrize(
    ("successes", "failures", "explore"), [([1], [1, 2], 0), ([], [], 0), ([-2], [1], 0), ([float("nan")], [1], 0), ([1], [1], 2)]
)
def test_what_cannot_be_is_refused(successes: list[float], failures: list[float], explore: float) -> None:
    with pytest.raises(InputError):
        thompson.chances(successes, failures, explore=explore)
