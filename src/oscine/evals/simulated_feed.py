"""`oscine eval feed-simulation`: the mechanics of the feed, in a world that is made up (see `simulated_people`, which states what is assumed).

Four questions, each to the feed as it ships beside one from which the part was taken that is there for it: how soon is an unknown author's good post seen
(without new voices); how much of a page fits a taste that changed (the same feed, before and after); what share of all places do the top authors have as
rounds go by (without new voices and diversity); how varied is a page (without diversity). It is never a claim that one feed is better than another for people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from oscine import __version__
from oscine.evals.report import Measure, Report
from oscine.evals.simulated_people import BEGIN, NEWCOMER, PAGE, ROUND, Feed, World, page
from oscine.feed.pipeline import Ask
from oscine.feed.reader import Ints
from oscine.feed.weights import shipped

SEEDS, READERS, AUTHORS, ROUNDS = 3, 40, 800, 24
SOON = 4  # rounds: a day
NOTICED = 3  # readers on whose pages a newcomer's post stood
LAST = 6  # rounds at the end (and at the beginning), over which shares are taken
TOP = 0.01  # of all authors who wrote

PLAIN = msgspec.structs.replace(shipped(), diversity=0.0, author=0.0)
UNFAIR = msgspec.structs.replace(shipped(), also={**shipped().also, "fresh": 0.0})
FEEDS = {
    "as it ships": Feed(shipped()),
    "without new voices": Feed(UNFAIR, new_voices=False),
    "without diversity": Feed(PLAIN),
    "without both": Feed(msgspec.structs.replace(UNFAIR, diversity=0.0, author=0.0), new_voices=False),
}


class Run(NamedTuple):
    """What a feed showed whom: `pages[round][reader]` are numbers of posts; `fitting[round]` is the share of a page on the reader's topics, of
    those who change them."""

    world: World
    pages: list[list[Ints]]
    fitting: list[float]


def simulate(feed: Feed, seed: int, readers: int = READERS, authors: int = AUTHORS, rounds: int = ROUNDS) -> Run:
    """Rounds of writing and reading, the same world for every feed at its beginning."""
    world, pages, fitting = World(np.random.default_rng(seed), readers, authors), [], []
    for number in range(rounds):
        now = BEGIN + number * ROUND
        world.write(now)
        if number == rounds // 2:
            world.drift()
        posts = world.posts()
        ranked = [page(feed, posts, Ask(world.reader(reader), now, PAGE)) for reader in range(readers)]
        shown = [each.candidates.numbers[[pick.place for pick in each.picks]] for each in ranked]
        fitting.append(float(np.mean([_fits(world, reader, shown[reader]) for reader in range(0, readers, 2)])))
        for reader in range(readers):
            world.read(reader, shown[reader], now)
        pages.append(shown)
    return Run(world, pages, fitting)


def newcomers_seen(run: Run) -> float:
    """The share of newcomers whose post stood on the pages of `NOTICED` readers within a day."""
    last = len(run.pages) - SOON
    newcomers = [
        number for number, (author, at, _, _) in enumerate(run.world.written, 1) if author >= NEWCOMER and at < BEGIN + last * ROUND
    ]
    stood = [
        Counter(np.concatenate([np.unique(each) for shown in run.pages[start : start + SOON] for each in shown]).tolist())
        for start in range(last)
    ]
    begun = {number: round((run.world.written[number - 1][1] - BEGIN) / ROUND) for number in newcomers}
    return float(np.mean([stood[begun[number]][number] >= NOTICED for number in newcomers]))


def top_share(run: Run, rounds: slice = slice(-LAST, None)) -> float:
    """The share of all places, of the last rounds, that the top 1% of authors have (at least one author)."""
    places = Counter(run.world.written[number - 1][0] for shown in run.pages[rounds] for each in shown for number in each.tolist())
    most = max(1, round(TOP * len({author for author, *_ in run.world.written})))
    return sum(count for _, count in places.most_common(most)) / max(places.total(), 1)


def authors_a_page(run: Run) -> float:
    """Distinct authors a post, a page on average, of the last rounds."""
    return float(np.mean([len({run.world.written[number - 1][0] for number in each.tolist()}) / max(len(each), 1) for each in _last(run)]))


def unlikeness(run: Run) -> float:
    """How unlike the posts of a page are to each other, on average: one less the mean cosine of all pairs (Ziegler et al. 2005)."""
    return float(np.mean([1 - _cosine(run.world.vectors[each - 1]) for each in _last(run) if len(each) > 1]))


def run(_app: Any, _data: Path | None, sample: int, log: Callable[[str], None]) -> Report:
    """The suite; `sample` is how many worlds, 0 for three."""
    runs: dict[str, list[Run]] = {}
    for name, feed in FEEDS.items():
        log(f"simulating the feed {name}")
        runs[name] = [simulate(feed, seed) for seed in range(sample or SEEDS)]
    ships = runs["as it ships"]
    measures = [
        _measure("newcomers' good posts on three pages within a day", newcomers_seen, runs, "without new voices"),
        _measure("places of the top 1% of authors, first rounds", lambda run: top_share(run, slice(0, LAST)), runs, "without both"),
        _measure("places of the top 1% of authors, last rounds", top_share, runs, "without both"),
        _measure("distinct authors a post of a page", authors_a_page, runs, "without diversity"),
        _measure("unlikeness of a page's posts", unlikeness, runs, "without diversity", unit="score"),
        *_drift(ships),
    ]
    data = f"{len(ships)} made-up worlds: {READERS} readers, {AUTHORS} authors, {ROUNDS} rounds of six hours; simulated_people.py states what is assumed."
    method = (
        "The real sources, prior, scorers and selector over posts in memory. Each figure is the mean over worlds, their range in the note, beside the same feed"
        " without the part that is there for it. It tests mechanics and claims no superiority."
    )
    return Report(
        suite="feed-simulation", made_at=datetime.now(UTC), version=__version__, data=data, method=method, measures=tuple(measures)
    )


def _measure(name: str, of: Callable[[Run], float], runs: dict[str, list[Run]], without: str, **more: Any) -> Measure:
    values, others = ([of(each) for each in runs[which]] for which in ("as it ships", without))
    return Measure(
        name=name, value=float(np.mean(values)), n=len(values), note=_range(values), peer=float(np.mean(others)), peer_name=without, **more
    )


def _drift(runs: list[Run]) -> Iterable[Measure]:
    """What fits the taste of those who changed it: before, at once after, a day and two days later."""
    middle = len(runs[0].fitting) // 2
    for name, number in (
        ("before", middle - 1),
        ("just after", middle),
        ("a day after", middle + SOON),
        ("two days after", middle + 2 * SOON),
    ):
        values = [each.fitting[number] for each in runs]
        yield Measure(
            name=f"of a page on one's topics, {name} they change", value=float(np.mean(values)), n=len(values), note=_range(values)
        )


def _range(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


def _fits(world: World, reader: int, shown: Ints) -> float:
    return float(np.mean([world.written[number - 1][2] in world.likes[reader] for number in shown.tolist()])) if len(shown) else 0.0


def _last(run: Run) -> list[Ints]:
    return [each for shown in run.pages[-LAST:] for each in shown if len(each)]


def _cosine(vectors: np.ndarray) -> float:
    """Of all pairs, the mean."""
    return float((np.square(vectors.sum(axis=0)).sum() - len(vectors)) / (len(vectors) * (len(vectors) - 1)))
