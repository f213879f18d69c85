"""Which creative is shown, in a simulator whose tastes drift and on Open Bandit's log; and how well clicks are foretold (calibration.py).

python -m benchmarks.learning [--campaigns 24] [--networks 3] [--data FOLDER]

**Choice of creatives**, one campaign at a time. What is assumed:

- 50,000 impressions, evenly over 28 days, in three placements (a half, three tenths, a fifth), of five creatives: a test of Upworthy's had 4.8 on average.
- The logit of a click is -3.5 (2.9%), the placement's own (deviation .4), the creative's and the placement's together (.1, for good), and the creative's,
  which drifts: an Ornstein-Uhlenbeck process of deviation .25 (what the arms of Upworthy's 2,655 tests differ by, by the method of moments, is .22 to .25) that
  forgets half of what it was in 14 days. How fast tastes really drift is not known here: other drifts and deviations are in the second table.
- Clicks are known after every 25 impressions (20 minutes). Creatives have no score to begin with.
- The oracle knows each creative's rate in each placement at each moment. Whether an impression is clicked is drawn once, the same for all: the same luck.

Peers: even rotation; greedy (the best rate so far, after 25 impressions in rotation); the same but one in ten at random; Thompson sampling that never forgets.
Intervals are 95%, normal, over campaigns; how far ours is ahead is told campaign by campaign. *Late* are the last 10,000 impressions.

**Open Bandit** (Saito et al. 2021; --data): the random log of 10,000 rounds, of which 46 have a click. Chances are learned from its first half, and what they
would earn in the second is estimated off-policy. Its intervals are wide, and nothing is claimed beyond them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import calibration
from benchmarks import offpolicy as logs
from benchmarks.calibration import MONDAY, Floats, drifting, sigmoid
from oscine.ads.decision.choice import Arms
from oscine.ads.decision.place import Place
from oscine.ads.decision.rates import Rates, Table
from oscine.advertising import Campaign, Caps, Creative, Targeting
from oscine.experiments import offpolicy, rates
from oscine.experiments.rounds import rounds

USUAL, SHOWN, DAYS, BATCH, LATE = -3.5, 50_000, 28.0, 25, 10_000
CREATIVES, PLACEMENTS = 5, (0.5, 0.3, 0.2)
TASTE, FORGETS = 0.25, 14.0  # deviation of a creative's logit; days in which it forgets half
DRIFTS = ((0.25, 3.5), (0.25, 7.0), (0.25, 28.0), (0.25, 1e9), (0.5, 14.0), (0.1, 14.0))


class World(NamedTuple):
    """A campaign: of each batch the rates (batches, creatives, placements); of each impression the placement, and its luck: clicked if the rate is above."""

    rates: Floats
    placements: NDArray[np.int64]
    luck: Floats


def world(rng: np.random.Generator, taste: float, forgets: float) -> World:
    """A campaign with its drift."""
    steps = SHOWN // BATCH
    own = drifting(rng, steps, DAYS / steps, CREATIVES, taste, forgets)[:, :, None]
    found = sigmoid(USUAL + rng.normal(0, 0.4, len(PLACEMENTS)) + rng.normal(0, 0.1, (CREATIVES, len(PLACEMENTS))) + own)
    return World(found, rng.choice(len(PLACEMENTS), (steps, BATCH), p=PLACEMENTS), rng.random((steps, BATCH)))


def campaign(number: int = CREATIVES) -> Campaign:
    """The campaign's record, with so many creatives."""
    creatives = tuple(
        Creative(id=id_, campaign=1, headline="", body="", action="", link="", brand="", lang="", generated=True, review=0, accepted=True, created_at=MONDAY)
        for id_ in range(number)
    )  # fmt: skip
    return Campaign(
        id=1, advertiser=1, name="", objective="clicks", placements=(), tier="standard", targeting=Targeting(), caps=Caps(), pace="even",
        holdout=0.0, state="running", created_at=MONDAY, creatives=creatives,
    )  # fmt: skip


class Learner:
    """Chooses a creative for each impression of a batch, then is told what was clicked. This one rotates evenly."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.shown, self.clicked = np.zeros(CREATIVES), np.zeros(CREATIVES)

    def choose(self) -> NDArray[np.int64]:
        """A batch of creatives."""
        return (self.shown.sum().astype(int) + np.arange(BATCH)) % CREATIVES

    def told(self, at: datetime, chosen: NDArray[np.int64], clicks: NDArray[np.bool_]) -> None:
        """What was clicked."""
        np.add.at(self.shown, chosen, 1)
        np.add.at(self.clicked, chosen, clicks)


class Greedy(Learner):
    """The best so far, after a batch of even rotation; `random` of the impressions are of any."""

    random = 0.0

    def choose(self) -> NDArray[np.int64]:
        """The best, but now and then any."""
        if not self.shown.any():
            return super().choose()
        anyone = self.rng.random(BATCH) < self.random
        return np.where(anyone, self.rng.integers(CREATIVES, size=BATCH), (self.clicked / np.maximum(self.shown, 1)).argmax())


class Often(Greedy):
    """Greedy, but one in ten at random."""

    random = 0.1


class Ours(Learner):
    """`choice.Arms` as it stands: a batch is drawn from its chances."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__(rng)
        self.arms, self.campaign = self.learner(), campaign()

    def learner(self) -> Arms:
        """With its usual settings."""
        return Arms()

    def choose(self) -> NDArray[np.int64]:
        """By its chances."""
        return self.rng.choice(CREATIVES, size=BATCH, p=list(self.arms.chances(self.campaign).values()))

    def told(self, at: datetime, chosen: NDArray[np.int64], clicks: NDArray[np.bool_]) -> None:
        """Creative by creative."""
        shown, clicked = np.bincount(chosen, minlength=CREATIVES), np.bincount(chosen, clicks, CREATIVES)
        for one in np.flatnonzero(shown).tolist():
            self.arms.learn(1, one, float(shown[one]), float(clicked[one]), at)


class Remembers(Ours):
    """Thompson sampling that never forgets."""

    def learner(self) -> Arms:
        """With a half-life without end."""
        return Arms(half_life=1e9)


LEARNERS: dict[str, type[Learner]] = {
    "ours": Ours,
    "even rotation": Learner,
    "greedy": Greedy,
    "greedy, one in ten at random": Often,
    "Thompson sampling that never forgets": Remembers,
}


def clicks(given: World, learner: Learner | None) -> NDArray[np.bool_]:
    """(impressions,) What was clicked; without a learner, by the oracle."""
    found = np.zeros(given.luck.shape, bool)
    for step, (rate, placements, luck) in enumerate(zip(*given, strict=True)):
        chosen = rate.argmax(0)[placements] if learner is None else learner.choose()
        found[step] = luck < rate[chosen, placements]
        if learner is not None:
            learner.told(MONDAY + timedelta(days=DAYS * step * BATCH / SHOWN), chosen, found[step])
    return found.ravel()


def shares(names: Sequence[str], campaigns: int, taste: float, forgets: float) -> dict[str, tuple[Floats, Floats]]:
    """For each learner the clicks over the oracle's, by campaign: of all impressions, and of the late ones."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for seed in range(campaigns):
        given = world(np.random.default_rng(seed), taste, forgets)
        best = clicks(given, None)
        for name in names:
            own = clicks(given, LEARNERS[name](np.random.default_rng(seed)))
            found[name].append((own.sum() / best.sum(), own[-LATE:].sum() / best[-LATE:].sum()))
    return {name: (np.array(one)[:, 0], np.array(one)[:, 1]) for name, one in found.items()}


def interval(values: Floats) -> str:
    """A mean and its 95% interval."""
    reach = 1.96 * values.std(ddof=1) / len(values) ** 0.5
    return f"{values.mean():.1%} ({values.mean() - reach:.1%} to {values.mean() + reach:.1%})"


def choices(campaigns: int) -> Iterator[str]:
    """The tables of creative choice."""
    yield f"Clicks as a share of the oracle's, {campaigns} campaigns\n"
    yield "| creatives by | all 50,000 | late | ours is ahead by, of all |\n| --- | --- | --- | --- |"
    found = shares(list(LEARNERS), campaigns, TASTE, FORGETS)
    for name, (whole, late) in found.items():
        ahead = "" if name == "ours" else interval(found["ours"][0] - whole)
        yield f"| {name} | {interval(whole)} | {interval(late)} | {ahead} |"
    names, few = [name for name in LEARNERS if name != "greedy"], max(campaigns // 3, 2)
    yield f"\nOther drifts, all impressions, {few} campaigns each\n"
    yield f"| deviation | half forgotten in | {' | '.join(names)} |\n| --- | --- |{' --- |' * len(names)}"
    for taste, forgets in DRIFTS:
        found = shares(names, few, taste, forgets)
        days = f"{forgets:g} days" if forgets < 1e6 else "never"
        yield f"| {taste} | {days} | {' | '.join(interval(found[name][0]) for name in names)} |"


def real(folder: Path) -> Iterator[str]:
    """What the chances learned from the first half of the log would earn in the second, and how well its clicks are foretold."""
    log = logs.read(folder / "open_bandit" / logs.LOGS["random"])
    half, arms = len(log.clicks) // 2, Arms()
    for item in range(logs.ITEMS):
        rows = log.items[:half] == item
        arms.learn(1, item, float(rows.sum()), float(log.clicks[:half][rows].sum()), MONDAY)
    chances = arms.chances(campaign(logs.ITEMS))
    policy = np.array([chances[item] for item in range(logs.ITEMS)])
    late = log._replace(**{name: values[half:] for name, values in log._asdict().items()})
    model = rates.crossfitted(late.clicks, late.items, logs.ITEMS, np.random.default_rng(0))
    found = rounds(late.clicks, late.items, late.propensities, policy, estimated=model)
    even = offpolicy.ips(rounds(late.clicks, late.items, late.propensities, np.full(logs.ITEMS, 1 / logs.ITEMS)))
    yield f"\nOpen Bandit, random log: learned from {half:,} rounds, estimated on {len(late.clicks):,} with {late.clicks.sum():.0f} clicks; 95% by bootstrap\n"
    yield "| items chosen | click rate | 95% |\n| --- | --- | --- |"
    yield f"| evenly, as logged | {even.value:.2%} | {logs.ends(even)} |"
    for name in ("IPS", "SNIPS", "DR"):
        drawn = offpolicy.bootstrap(logs.ESTIMATORS[name], found, np.random.default_rng(0), 1000)
        yield f"| by ours, {name} | {logs.ESTIMATORS[name](found).value:.2%} | {logs.ends(drawn)} |"
    for name, file in logs.LOGS.items():
        foretold, clicked = replayed(logs.read(folder / "open_bandit" / file))
        reach = 1.96 * clicked**0.5
        yield f"\nClicks predicted round by round, {name} log: {foretold:.1f}; clicked: {clicked:.0f} ({clicked - reach:.0f} to {clicked + reach:.0f})."


def replayed(log: logs.Log) -> tuple[float, float]:
    """Each round predicted, by item and position, then learned: the clicks predicted, and those there were."""
    learner, foretold = Rates(), 0.0
    for click, item, position in zip(log.clicks, log.items, log.positions, strict=True):
        place = Place(str(position), MONDAY)
        foretold += float(Table(learner, [int(item)]).at(place).mean[0])
        learner.learn(int(item), place, 1.0, float(click))
    return foretold, float(log.clicks.sum())


def main() -> None:
    """Print the assumptions and the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning")
    parser.add_argument("--campaigns", type=int, default=24)
    parser.add_argument("--networks", type=int, default=3)
    parser.add_argument("--data", type=Path, help="folder with open_bandit/")
    asked = parser.parse_args()
    print((__doc__ or "").partition("\n\n")[2].partition("\n\n")[2], calibration.__doc__, sep="\n")
    for line in chain(choices(asked.campaigns), calibration.predictions(asked.networks), real(asked.data) if asked.data else ()):
        print(line, flush=True)


if __name__ == "__main__":
    main()
