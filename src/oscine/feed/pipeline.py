"""The stages of a feed, and how they are run: sources find posts, hydration makes columns of them, filters drop some for a reason, scorers give points,
a selector puts the best in order.

Pure: no I/O but what the stages that are handed in do, no clock, no chance but a generator that is given. Every post that is dropped has its reason, and
every point of a score its part: parts are whole numbers, so they add up to the score exactly. It does not know what any stage is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from oscine.feed.reader import Ints, Reader
from oscine.recommendation import POINTS, Part

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Candidates(NamedTuple):
    """n posts, as columns. `created` is in seconds since 1970, UTC. `counts` (n, 4) are likes, reposts, replies and quotes as their network states
    them; `acts` (n, 3) those that are known here of the last hour, the last day and ever; `author_acts` (n,) how many a post of that author has on
    average. `vectors` (n, d) are zeros for a post that has none yet. `found` (n, sources) tells which source found it."""

    numbers: Ints
    authors: Ints
    created: Floats
    counts: Floats
    acts: Floats
    author_acts: Floats
    vectors: NDArray[np.float32]
    langs: NDArray[np.object_]  # ISO 639-1, or ""
    texts: NDArray[np.object_]
    forms: dict[str, Bools]  # by `recommendation.Form`
    labelled: Bools  # a label covers it, or it warns of itself
    recommendable: Bools  # its author may be found by people who do not follow them
    found: Bools

    def taken(self, places: Any) -> Candidates:
        """Those at some places, or where a mask holds."""
        columns = {name: value[places] for name, value in self._asdict().items() if name != "forms"}
        return Candidates(**columns, forms={name: value[places] for name, value in self.forms.items()})


class Ask(NamedTuple):
    """Who asks, when, and for how many posts. `temperature` is how much is left to chance; 0 is nothing."""

    reader: Reader
    now: datetime
    limit: int = 50
    temperature: float = 0.0


class Column(NamedTuple):
    """One part of every candidate's score: `values` (n,) times `weight`."""

    name: str
    weight: float
    values: Floats

    @property
    def points(self) -> Ints:
        """(n,) whole points."""
        return np.rint(self.values * (self.weight * POINTS)).astype(np.int64)


class Source(Protocol):
    """Finds posts."""

    @property
    def name(self) -> str:
        """What people are told it is."""
        ...

    def __call__(self, ask: Ask) -> Ints:
        """Numbers of posts, the best first."""
        ...


class Hydrate(Protocol):
    """Makes columns of posts; those that the viewer may not see are left out."""

    def __call__(self, ask: Ask, numbers: Ints, found: Bools) -> Candidates:
        """`found` (n, sources) goes along."""
        ...


class Filter(Protocol):
    """Leaves some out."""

    @property
    def reason(self) -> str:
        """Why, in a few words."""
        ...

    def __call__(self, ask: Ask, candidates: Candidates) -> Bools:
        """(n,) which stay."""
        ...


class Scorer(Protocol):
    """Gives points."""

    def __call__(self, ask: Ask, candidates: Candidates) -> Sequence[Column]:
        """The parts that it adds to every score."""
        ...


class Pick(NamedTuple):
    """What a selector put next: its place among the candidates, the points that it lost for being like those above, and the chance that it was put here."""

    place: int
    moved: int = 0
    propensity: float = 1.0


class Selector(Protocol):
    """Puts the best in order."""

    def __call__(self, ask: Ask, candidates: Candidates, points: Ints, rng: np.random.Generator) -> list[Pick]:
        """At most `ask.limit` picks, from the top."""
        ...


class Stages(NamedTuple):
    """A feed, as it is read: from what finds posts to what orders them."""

    sources: Sequence[Source]
    hydrate: Hydrate
    filters: Sequence[Filter]
    scorers: Sequence[Scorer]
    select: Selector


class Ranked(NamedTuple):
    """What came of it: the candidates that stayed with their columns and points (n,), the picks, and why each other post was dropped, by number."""

    candidates: Candidates
    columns: tuple[Column, ...]
    points: Ints
    picks: list[Pick]
    dropped: dict[int, str]
    sources: tuple[str, ...]

    def parts(self, place: int) -> list[Part]:
        """The parts of a candidate's score, those that are 0 left out; they add up to `points[place]`."""
        found = ((column, int(column.points[place])) for column in self.columns)
        return [Part(column.name, float(column.values[place]), column.weight, points) for column, points in found if points]

    def found_by(self, place: int) -> tuple[str, ...]:
        """The sources that found a candidate."""
        return tuple(name for name, found in zip(self.sources, self.candidates.found[place], strict=True) if found)


def run(stages: Stages, ask: Ask, rng: np.random.Generator) -> Ranked:
    """All stages, in their order."""
    numbers, found = gathered([source(ask) for source in stages.sources])
    candidates = stages.hydrate(ask, numbers, found)
    candidates, dropped = _filtered(stages.filters, ask, candidates)
    columns = tuple(column for scorer in stages.scorers for column in scorer(ask, candidates))
    points = sum((column.points for column in columns), np.zeros(len(candidates.numbers), np.int64))
    picks = stages.select(ask, candidates, points, rng)
    return Ranked(candidates, columns, points, picks, dropped, tuple(source.name for source in stages.sources))


def gathered(found: Sequence[Ints]) -> tuple[Ints, Bools]:
    """What several sources found, each post once: the numbers (n,), rising, and which source found which (n, sources)."""
    numbers = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
    by_source = [np.isin(numbers, each) for each in found]
    return numbers, np.stack(by_source, axis=1) if by_source else np.zeros((len(numbers), 0), bool)


def _filtered(filters: Sequence[Filter], ask: Ask, candidates: Candidates) -> tuple[Candidates, dict[int, str]]:
    """The candidates that every filter keeps, and of each other the reason of the first that did not."""
    dropped: dict[int, str] = {}
    for each in filters:
        keep = each(ask, candidates)
        dropped |= dict.fromkeys(candidates.numbers[~keep].tolist(), each.reason)
        candidates = candidates if keep.all() else candidates.taken(keep)
    return candidates, dropped
