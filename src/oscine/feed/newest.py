"""The feed that nothing ranks: posts of whom one follows, newest first; for whoever follows nobody, everybody's.

It runs through the same stages as the ranked feed, of which only the view and what the person asked to be left out say anything. Its cursor is a place in
time, so a page stays what it was while newer posts arrive. What a person did is not read, but for whom they follow.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import numpy as np

from oscine.feed import followed
from oscine.feed.followed import Place
from oscine.feed.hydrate import FromView
from oscine.feed.pipeline import Ask, Candidates, Filter, Pick, Ranked, Stages, run
from oscine.feed.pool import FOUND, Pool
from oscine.feed.reader import Ints, Reader
from oscine.recommendation import UNSTEERED, Steering
from oscine.records import Viewer
from oscine.search import cursor as cursors
from oscine.store.readers import Readers
from oscine.view import View

SPARE = 4  # times the posts that are asked for that are looked at, where some may be left out
Rules = Callable[[Steering], list[Filter]]


class Page(NamedTuple):
    """Posts in their order, why others were left out, and the cursor of those that follow; None at the end."""

    ranked: Ranked
    cursor: str | None


class Newest:
    """Newest first, over the views of a store; `rules` makes filters of what a person asked to be left out."""

    def __init__(self, view_of: Callable[[Viewer], View], readers: Readers, pool: Pool, rules: Rules = lambda _: []) -> None:
        self._view_of, self._readers, self._pool, self._rules = view_of, readers, pool, rules

    def page(
        self, viewer: Viewer, steering: Steering = UNSTEERED, limit: int = 50, cursor: str | None = None, now: datetime | None = None
    ) -> Page:
        """One page. Raises `InputError` for a cursor that is none of ours."""
        before, view, rules = cursors.read(cursor).before, self._view_of(viewer), self._rules(steering)
        ask = Ask(Reader(viewer, self._readers.number(viewer), steering=steering), now or self._pool.now(), limit)
        where = followed.by_followed(ask.reader.number) if self._readers.follows(ask.reader.number) else FOUND
        looked = (SPARE if rules else 1) * limit + 1
        places = followed.newest(view, where, looked, ask.now, before=before)
        numbers = np.array([number for _, number in places], np.int64)
        ranked = run(Stages([Given(numbers)], FromView(view, self._pool.posts), rules, [], in_time), ask, np.random.default_rng(0))
        return Page(ranked, _onward(places, ranked, limit, looked))


class Given(NamedTuple):
    """Posts that were found before."""

    numbers: Ints

    @property
    def name(self) -> str:
        """What people are told it is."""
        return "newest first"

    def __call__(self, ask: Ask) -> Ints:
        """As they are."""
        return self.numbers


def in_time(ask: Ask, candidates: Candidates, points: Ints, rng: np.random.Generator) -> list[Pick]:
    """A selector: the newest first."""
    return [Pick(int(place)) for place in np.lexsort((-candidates.numbers, -candidates.created))[: ask.limit]]


def _onward(places: list[Place], ranked: Ranked, limit: int, looked: int) -> str | None:
    """After the last post of a full page; after the last that was looked at, where too many were left out."""
    shown = {int(ranked.candidates.numbers[pick.place]) for pick in ranked.picks}
    if len(shown) < limit:
        return cursors.write(cursors.Place(before=places[-1])) if len(places) == looked else None
    last = max(at for at, (_, number) in enumerate(places) if number in shown)
    return cursors.write(cursors.Place(before=places[last])) if last + 1 < len(places) else None
