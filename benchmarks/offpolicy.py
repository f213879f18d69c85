"""What each of two policies would have earned, from the other's log: Open Bandit's random and Thompson-sampling logs, beside the truth and beside obp.

python -m benchmarks.offpolicy --data FOLDER [--times 1000]

Each policy was really run, so its own log says what it earns. The Thompson policy changed through the week; here it is its share of each item at
each position, counted in its own log. The data is Open Bandit (Saito et al. 2021, arXiv:2008.07146), Apache-2.0: two logs of 10,000, of which 46
and 69 rounds have a click, so that the truth itself has a wide interval.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.experiments import fixed, offpolicy, rates
from oscine.experiments.offpolicy import Estimate
from oscine.experiments.rounds import Rounds, rounds

ITEMS, POSITIONS = 34, 3
LOGS = {"random": "random_men.csv.gz", "Thompson": "bts_men.csv.gz"}
ESTIMATORS: dict[str, Callable[[Rounds], Estimate]] = {
    "IPS": offpolicy.ips,
    "SNIPS": offpolicy.snips,
    "direct": offpolicy.direct,
    "DR": offpolicy.dr,
    "self-normalised DR": offpolicy.sndr,
    "Switch-DR": offpolicy.switch_dr,
    "shrunk DR": offpolicy.shrunk_dr,
}
UNBIASED = ("IPS", "SNIPS", "DR", "self-normalised DR")  # or nearly


class Log(NamedTuple):
    """A policy's log: a round each."""

    clicks: NDArray[np.float64]
    items: NDArray[np.int64]
    positions: NDArray[np.int64]
    propensities: NDArray[np.float64]


def read(path: Path) -> Log:
    """A file of the Open Bandit Dataset."""
    with gzip.open(path, "rt", encoding="utf8", newline="") as file:
        lines = [(line["click"], line["item_id"], line["position"], line["propensity_score"]) for line in csv.DictReader(file)]
    clicks, items, positions, propensities = (np.array(column, dtype=float) for column in zip(*lines, strict=True))
    return Log(clicks, items.astype(int), positions.astype(int) - 1, propensities)


def policy(log: Log) -> NDArray[np.float64]:
    """(items, positions) the share of each item at each position."""
    counts = np.zeros((ITEMS, POSITIONS))
    np.add.at(counts, (log.items, log.positions), 1)
    return counts / counts.sum(0)


POLICIES: dict[str, Callable[[Log], NDArray[np.float64]]] = {
    "random": lambda log: np.full((ITEMS, POSITIONS), 1 / ITEMS),
    "Thompson": policy,
}


def beside(log: Log, other: NDArray[np.float64]) -> tuple[Rounds, NDArray[np.float64]]:
    """The log beside another policy, and the model of its clicks, (rounds, items, positions)."""
    model = rates.crossfitted(log.clicks, log.items, ITEMS, np.random.default_rng(0))
    model = np.repeat(model[:, :, None], POSITIONS, axis=2)
    return rounds(log.clicks, log.items, log.propensities, other, positions=log.positions, estimated=model), model


def peers(log: Log, other: NDArray[np.float64], model: NDArray[np.float64]) -> dict[str, float]:
    """The same by obp, where it is installed; those with a setting to choose stay out."""
    try:
        from obp import ope
    except ImportError:
        return {}
    given: dict[str, Any] = {
        "reward": log.clicks,
        "action": log.items,
        "pscore": log.propensities,
        "position": log.positions,
        "action_dist": np.broadcast_to(other, (len(log.clicks), ITEMS, POSITIONS)),
        "estimated_rewards_by_reg_model": model,
    }
    theirs = {
        "IPS": ope.InverseProbabilityWeighting(),
        "SNIPS": ope.SelfNormalizedInverseProbabilityWeighting(),
        "direct": ope.DirectMethod(),
        "DR": ope.DoublyRobust(),
        "self-normalised DR": ope.SelfNormalizedDoublyRobust(),
    }
    return {name: float(estimator.estimate_policy_value(**given)) for name, estimator in theirs.items()}


def rows(logs: dict[str, Log], source: str, target: str, times: int) -> Iterator[list[str]]:
    """What the policy `target` would have earned, from the log of `source`: estimates, errors, intervals, and the peer's."""
    other = POLICIES[target](logs[target])
    log, model = beside(logs[source], other)
    truth, theirs = float(logs[target].clicks.mean()), peers(logs[source], other, model)
    for name, estimator in ESTIMATORS.items():
        found = estimator(log)
        drawn = [offpolicy.bootstrap(estimator, log, np.random.default_rng(0), times)] if name in UNBIASED else []
        peer = f"{theirs[name]:.3%} ({abs(theirs[name] / truth - 1):.0%})" if name in theirs else ""
        ends = [f"{100 * one.low:.2f} to {100 * one.high:.2f}%" for one in (found, *drawn)]
        yield [name, f"{found.value:.3%}", f"{abs(found.value / truth - 1):.0%}", ends[0], *ends[1:], *[""] * (2 - len(ends)), peer]


def coverage(logs: dict[str, Log], source: str, target: str, times: int, inner: int = 200) -> Iterator[list[str]]:
    """How often 95% intervals, normal and bootstrap, hold the truth of a log's resamples: what the whole log says."""
    other = POLICIES[target](logs[target])
    log, _ = beside(logs[source], other)
    rng = np.random.default_rng(1)
    drawn = [log.taken(rng.integers(len(log.rewards), size=len(log.rewards))) for _ in range(times)]
    for name in UNBIASED:
        estimator = ESTIMATORS[name]
        found = [(estimator(one), offpolicy.bootstrap(estimator, one, rng, inner)) for one in drawn]
        truth = estimator(log).value
        yield [name, *(f"{np.mean([one.low <= truth <= one.high for one in side]):.1%}" for side in zip(*found, strict=True))]


def table(head: list[str], body: Iterator[list[str]]) -> str:
    """Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *body])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.offpolicy", description="Off-policy estimates on Open Bandit; see docs/guides/experiments.md."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with open_bandit/")
    parser.add_argument("--times", type=int, default=1000, help="resamples of an interval")
    parser.add_argument("--logs", type=int, default=200, help="resampled logs, to see how often intervals hold")
    asked = parser.parse_args()
    logs = {name: read(asked.data / "open_bandit" / file) for name, file in LOGS.items()}
    head = ["estimator", "click rate", "off by", "95%, normal", "95%, bootstrap", "obp (off by)"]
    for source, target in (("random", "Thompson"), ("Thompson", "random")):
        own, log = (
            fixed.rate(fixed.Counts(int(logs[target].clicks.sum()), len(logs[target].clicks))),
            beside(logs[source], POLICIES[target](logs[target]))[0],
        )
        found = offpolicy.ips(log)
        print(f"\n**{target}, from the {source} log.** In its own log: {own.value:.2%} ({100 * own.low:.2f} to {100 * own.high:.2f}%).")
        print(f"Effective rounds {found.effective:.0f}, largest weight {found.largest:.0f}. {' '.join(found.warnings)}\n")
        print(table(head, rows(logs, source, target, asked.times)))
        print(
            "\n"
            + table(
                ["estimator", f"holds, of {asked.logs} resampled logs: normal", "bootstrap"], coverage(logs, source, target, asked.logs)
            )
        )


if __name__ == "__main__":
    main()
