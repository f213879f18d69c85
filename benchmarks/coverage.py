"""Off-policy estimators on logs whose truth is known: error, bias, and how often 95% intervals hold the truth.

python -m benchmarks.coverage [--logs 1000]

Eight actions, click rates of 2 to 20%, in two kinds of rounds; the log favours the bad actions of each kind, the other policy the good ones.
Once with a model of clicks that knows actions but not kinds, which is wrong, and once with one that knows both.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from benchmarks.offpolicy import ESTIMATORS, table
from oscine.experiments import rates
from oscine.experiments.rounds import Rounds, rounds

ROUNDS = 5000
CLICKS = np.stack([np.linspace(0.02, 0.2, 8), np.linspace(0.02, 0.2, 8)[::-1] ** 1.2])  # (kinds, actions)
LOGGING = 0.6 * (1 / CLICKS) / (1 / CLICKS).sum(1, keepdims=True) + 0.4 / 8
OTHER = CLICKS**1.5 / (CLICKS**1.5).sum(1, keepdims=True)
TRUTH = float((CLICKS * OTHER).sum(1).mean())


def simulated(rng: np.random.Generator, informed: bool) -> Rounds:
    """A log, beside the other policy, with a model that is `informed` of kinds or not."""
    kinds = rng.integers(2, size=ROUNDS)
    actions = (rng.random(ROUNDS)[:, None] > LOGGING.cumsum(1)[kinds]).sum(1).clip(max=7)
    clicks = (rng.random(ROUNDS) < CLICKS[kinds, actions]).astype(float)
    cells = rates.crossfitted(clicks, actions + 8 * kinds * informed, 16, rng)
    model = np.where(kinds[:, None] * informed, cells[:, 8:], cells[:, :8])
    return rounds(clicks, actions, LOGGING[kinds, actions], OTHER[kinds], estimated=model)


def rows(logs: int, informed: bool, seed: int = 0) -> Iterator[list[str]]:
    """For each estimator: root mean squared error and bias relative to the truth, and coverage."""
    rng = np.random.default_rng(seed)
    drawn = [simulated(rng, informed) for _ in range(logs)]
    for name, estimator in ESTIMATORS.items():
        found = [estimator(log) for log in drawn]
        off = np.array([one.value for one in found]) / TRUTH - 1
        held = np.mean([one.low <= TRUTH <= one.high for one in found])
        yield [name, f"{np.sqrt((off**2).mean()):.1%}", f"{off.mean():+.1%}", f"{held:.1%}"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage")
    parser.add_argument("--logs", type=int, default=1000)
    asked = parser.parse_args()
    weights = OTHER / LOGGING
    print(f"{asked.logs} logs of {ROUNDS:,} rounds; the other policy's click rate is {TRUTH:.2%}; largest weight {weights.max():.1f}")
    for informed in (False, True):
        print(f"\nThe model knows {'actions and kinds' if informed else 'actions only'}.\n")
        print(table(["estimator", "error", "bias", "95% intervals that hold"], rows(asked.logs, informed)))


if __name__ == "__main__":
    main()
