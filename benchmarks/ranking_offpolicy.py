"""Off-policy estimates of rankings on logs whose truth is known: error, bias, and how often 95% intervals hold the truth.

python -m benchmarks.ranking_offpolicy [--logs 500]

A log has 2,000 pages of 400 people, each page dealt over its first ten places from thirty posts of ten authors, by a table of weights that sees half of what
people like; a post loses for each post of its author above it. The other table weighs what both see anew, by a little or by more. People like more or less in
general; they look at lower places less. In the second world they also tire: what they like makes them like less of what stands below.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.offpolicy import table
from oscine.experiments import ranking
from oscine.experiments.offpolicy import Estimate
from oscine.experiments.ranking import Pages
from oscine.experiments.rounds import Floats

PEOPLE, PAGES, POSTS, PLACES, AUTHORS = 400, 2000, 30, 10, 10
AGAIN = 0.5  # what a post loses for each of its author's above it, in temperatures
LOOKED_AT = 0.85 ** np.arange(PLACES)
LIVE = np.array([1.0, 0.3, 0.0])
OTHERS = {"a little": np.array([1.0, 0.45, 0.1]), "more": np.array([0.8, 0.6, 0.3])}
DEALS = 30  # for marginal chances

Ints = NDArray[np.intp]
Choose = Callable[[int, Floats], Ints]


class World(NamedTuple):
    """n pages: `seen` (n, posts, 3) is what the tables weigh, `liked` (n, posts) the chance of a like at the first place, `people` (n,) whose pages."""

    seen: Floats
    liked: Floats
    authors: Ints
    people: Ints


def world(rng: np.random.Generator, count: int = PAGES) -> World:
    """Pages as they might be."""
    seen = rng.normal(size=(count, POSTS, 3))
    people = rng.integers(PEOPLE, size=count)
    lively = np.exp(rng.normal(size=PEOPLE) * 0.5)[people]
    taste = seen @ np.array([0.4, 0.4, 0.2]) + 0.6 * rng.normal(size=(count, POSTS))
    return World(seen, np.minimum(0.08 * lively[:, None] * np.exp(taste), 0.9), rng.integers(AUTHORS, size=(count, POSTS)), people)


def walk(scores: Floats, given: World, choose: Choose) -> tuple[Ints, list[Floats]]:
    """Orders (n, places) as `choose` makes them from each place's chances (n, posts), and these chances."""
    rows, points = np.arange(len(scores)), scores.copy()
    order, met = np.empty((len(scores), PLACES), int), []
    for place in range(PLACES):
        chances = np.exp(points - points.max(axis=1, keepdims=True))
        met.append(chances / chances.sum(axis=1, keepdims=True))
        order[:, place] = choose(place, met[-1])
        points -= AGAIN * (given.authors == given.authors[rows, order[:, place]][:, None])
        points[rows, order[:, place]] = -np.inf
    return order, met


def by_chance(rng: np.random.Generator) -> Choose:
    """Draw a post for each page."""
    return lambda place, chances: (chances.cumsum(axis=1) > rng.random(len(chances))[:, None]).argmax(axis=1)


def of(order: Ints, met: list[Floats]) -> Floats:
    """(n, places) the chances of the posts that stand there."""
    return np.stack([chances[np.arange(len(order)), order[:, place]] for place, chances in enumerate(met)], axis=1)


def likes(rng: np.random.Generator, given: World, order: Ints, tiring: bool) -> Floats:
    """(n, places) which were liked."""
    chances = given.liked[np.arange(len(order))[:, None], order] * LOOKED_AT
    found = np.zeros_like(chances)
    for place in range(PLACES):
        tired = 0.5 ** found[:, :place].sum(axis=1) if tiring else 1.0
        found[:, place] = rng.random(len(order)) < chances[:, place] * tired
    return found


def truth(other: Floats, tiring: bool, count: int = 400_000) -> float:
    """What the other table earns a page, to a thousandth or so."""
    rng = np.random.default_rng(99)
    parts = [world(rng, 20_000) for _ in range(count // 20_000)]
    orders = (walk(part.seen @ other, part, by_chance(rng))[0] for part in parts)
    return float(np.mean([likes(rng, part, order, tiring).sum(axis=1).mean() for part, order in zip(parts, orders, strict=True)]))


class Log(NamedTuple):
    """One log beside the other table, and the ratio of marginal chances (none where nobody asks)."""

    pages: Pages
    marginal: Floats


def simulated(rng: np.random.Generator, other: Floats, tiring: bool, deals: int = 0) -> Log:
    """A log; marginal chances are taken from so many deals."""
    given = world(rng)
    live, new = given.seen @ LIVE, given.seen @ other
    order, met = walk(live, given, by_chance(rng))
    again = walk(new, given, lambda place, _: order[:, place])[1]
    log = ranking.pages(likes(rng, given, order, tiring), of(order, met), of(order, again), given.people)
    return Log(log, _marginal(rng, new, given, order, deals) / _marginal(rng, live, given, order, deals))


def _marginal(rng: np.random.Generator, scores: Floats, given: World, order: Ints, deals: int) -> Floats:
    """(n, places) the chance of each post at its place whatever stands above: the mean of its conditional chances, over its own order and others dealt."""
    chooses: list[Choose] = [lambda place, _: order[:, place], *[by_chance(rng)] * deals]
    found: Floats = np.mean([of(order, walk(scores, given, choose)[1]) for choose in chooses], axis=0)
    return found


ESTIMATORS: dict[str, Callable[[Log], Estimate]] = {
    "RIPS": lambda log: ranking.rips(log.pages),
    "IIPS": lambda log: ranking.iips(log.pages, log.marginal),
}


def rows(name: str, logs: int, other: Floats, tiring: bool, known: float, seed: int = 0) -> list[str]:
    """An estimator's root mean squared error and bias relative to the truth, coverage, the intervals' mean length, effective pages."""
    rng, deals = np.random.default_rng(seed), DEALS if name == "IIPS" else 0
    found = [ESTIMATORS[name](simulated(rng, other, tiring, deals)) for _ in range(logs)]
    off = np.array([one.value for one in found]) / known - 1
    held = np.mean([one.low <= known <= one.high for one in found])
    length = np.mean([one.high - one.low for one in found]) / known
    effective = np.median([one.effective for one in found])
    return [name, f"{logs}", f"{np.sqrt((off**2).mean()):.1%}", f"{off.mean():+.1%}", f"{held:.1%}", f"{length:.0%}", f"{effective:,.0f}"]


def report(logs: int, few: int) -> Iterator[str]:
    """A table for each world and each change."""
    head = ["estimator", "logs", "error", "bias", "95% intervals that hold", "their length", "effective pages"]
    for tiring in (False, True):
        for change, other in OTHERS.items():
            known = truth(other, tiring)
            yield f"\n{'People tire.' if tiring else 'People do not tire.'} The table changes {change}; it earns {known:.3f} likes a page.\n"
            yield table(head, (rows(name, count, other, tiring, known) for name, count in (("RIPS", logs), ("IIPS", few)) if count))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ranking_offpolicy")
    parser.add_argument("--logs", type=int, default=500)
    parser.add_argument("--few", type=int, default=30, help="logs for IIPS, whose chances take long")
    asked = parser.parse_args()
    for part in report(asked.logs, asked.few):
        print(part, flush=True)


if __name__ == "__main__":
    main()
