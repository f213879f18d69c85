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


class Case(NamedTuple):
    """One policy's log beside the other policy: what obp is given, what we are, and what the other policy's own log says."""

    log: Log
    policy: NDArray[np.float64]
    model: NDArray[np.float64]
    rounds: Rounds
    truth: fixed.Interval


def case(logs: dict[str, Log], source: str, target: str) -> Case:
    """The policy `target` from the log of `source`; clicks are modelled by item."""
    log, own, other = logs[source], logs[target].clicks, POLICIES[target](logs[target])
    model = rates.crossfitted(log.clicks, log.items, ITEMS, np.random.default_rng(0))[:, :, None].repeat(POSITIONS, axis=2)
    found = rounds(log.clicks, log.items, log.propensities, other, positions=log.positions, estimated=model)
    return Case(log, other, model, found, fixed.rate(fixed.Counts(int(own.sum()), len(own))))


def peers(given: Case) -> dict[str, float]:
    """The same by obp, where it is installed; estimators with a setting to choose stay out."""
    try:
        from obp import ope
    except ImportError:
        return {}
    log = given.log
    arguments: dict[str, Any] = {
        "reward": log.clicks,
        "action": log.items,
        "pscore": log.propensities,
        "position": log.positions,
        "action_dist": np.broadcast_to(given.policy, given.model.shape),
        "estimated_rewards_by_reg_model": given.model,
    }
    theirs = {
        "IPS": ope.InverseProbabilityWeighting(),
        "SNIPS": ope.SelfNormalizedInverseProbabilityWeighting(),
        "direct": ope.DirectMethod(),
        "DR": ope.DoublyRobust(),
        "self-normalised DR": ope.SelfNormalizedDoublyRobust(),
    }
    return {name: float(estimator.estimate_policy_value(**arguments)) for name, estimator in theirs.items()}


def estimates(given: Case, times: int) -> Iterator[list[str]]:
    """A row for each estimator: its estimate and how far that is off, its intervals, and the peer's estimate."""
    theirs, truth = peers(given), given.truth.value
    for name, estimator in ESTIMATORS.items():
        found = estimator(given.rounds)
        drawn = offpolicy.bootstrap(estimator, given.rounds, np.random.default_rng(0), times) if name in UNBIASED else None
        peer = f"{theirs[name]:.3%} ({theirs[name] - found.value:+.0e})" if name in theirs else ""
        yield [name, f"{found.value:.3%}", f"{abs(found.value / truth - 1):.0%}", ends(found), ends(drawn) if drawn else "", peer]


def ends(found: Estimate | fixed.Interval) -> str:
    """An interval, in words."""
    return f"{100 * found.low:.2f} to {100 * found.high:.2f}%"


def coverage(given: Rounds, resamples: int, times: int = 200) -> Iterator[list[str]]:
    """How often 95% intervals, normal and bootstrap, of a log's resamples hold the truth of those: what the whole log says."""
    rng = np.random.default_rng(1)
    drawn = [given.taken(rng.integers(len(given.rewards), size=len(given.rewards))) for _ in range(resamples)]
    for name in UNBIASED:
        estimator = ESTIMATORS[name]
        found = [(estimator(one), offpolicy.bootstrap(estimator, one, rng, times)) for one in drawn]
        truth = estimator(given).value
        yield [name, *(f"{np.mean([one.low <= truth <= one.high for one in side]):.1%}" for side in zip(*found, strict=True))]


def table(head: list[str], body: Iterator[list[str]]) -> str:
    """Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *body])


def report(logs: dict[str, Log], source: str, target: str, times: int, resamples: int) -> Iterator[str]:
    """What is said of the policy `target`, from the log of `source`."""
    given = case(logs, source, target)
    known = offpolicy.ips(given.rounds)
    yield f"\n**{target}, from the {source} log.** In its own log: {given.truth.value:.2%} ({ends(given.truth)})."
    yield f"Effective rounds {known.effective:.0f}, largest weight {known.largest:.0f}. {' '.join(known.warnings)}\n"
    yield table(["estimator", "click rate", "off by", "95%, normal", "95%, bootstrap", "obp (less ours)"], estimates(given, times))
    yield "\n" + table(
        ["estimator", f"intervals that hold, of {resamples} resampled logs: normal", "bootstrap"], coverage(given.rounds, resamples)
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.offpolicy", description="Off-policy estimates on Open Bandit, beside obp.")
    parser.add_argument("--data", type=Path, required=True, help="folder with open_bandit/")
    parser.add_argument("--times", type=int, default=1000, help="resamples of an interval")
    parser.add_argument("--logs", type=int, default=200, help="resampled logs, to see how often intervals hold")
    asked = parser.parse_args()
    logs = {name: read(asked.data / "open_bandit" / file) for name, file in LOGS.items()}
    for source, target in (("random", "Thompson"), ("Thompson", "random")):
        for part in report(logs, source, target, asked.times, asked.logs):
            print(part)


if __name__ == "__main__":
    main()
