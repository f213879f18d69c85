"""What people did in public to the posts of a pool, as arrays: how much of it when, who did the same, and what else they did.

It knows numbers only: places of posts in the pool, people's numbers, seconds since 1970.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.feed.reader import Ints

Floats = NDArray[np.float64]
HOUR, DAY = 3_600.0, 86_400.0


class Lists(NamedTuple):
    """Many short lists in two arrays (compressed sparse rows): list i is `values[starts[i]:starts[i + 1]]`."""

    starts: Ints
    values: Ints

    @classmethod
    def of(cls, keys: Ints, values: Ints, size: int) -> Lists:
        """List i holds the values whose key is i, in their order."""
        starts = np.concatenate([[0], np.bincount(keys, minlength=size).cumsum()])
        return cls(starts, values[np.argsort(keys, kind="stable")])

    def lengths(self, rows: Ints) -> Ints:
        """How long some lists are."""
        return self.starts[rows + 1] - self.starts[rows]

    def last(self, rows: Ints, most: int) -> tuple[Ints, Ints]:
        """Of some lists, the last values, at most so many of each: which of the rows each is of (an index into `rows`), and the values."""
        lengths = np.minimum(self.lengths(rows), most)
        which = np.repeat(np.arange(len(rows)), lengths)
        within = np.arange(len(which)) - np.repeat(lengths.cumsum() - lengths, lengths)
        return which, self.values[(self.starts[rows + 1] - lengths)[which] + within]

    def less(self, row: int, value: int) -> Lists:
        """Without one such value in a list that has it."""
        start, end = self.starts[row], self.starts[row + 1]
        gone = start + int(np.argmax(self.values[start:end] == value))
        return Lists(self.starts - (np.arange(len(self.starts)) > row), np.delete(self.values, gone))


class Acts(NamedTuple):
    """m acts, the oldest first, on n posts: each with the place of its post, who did it (`people[who]` is their number), and when. `ever` (n,) is how many
    each post has. Make it by `of`."""

    places: Ints
    who: Ints
    at: Floats
    people: Ints
    ever: Floats
    by_post: Lists
    by_person: Lists

    @classmethod
    def of(cls, places: Ints, actors: Ints, at: Floats, size: int) -> Acts:
        """Of acts in any order, on so many posts."""
        order = np.lexsort((actors, places, at))
        places, at = places[order], at[order]
        people, who = np.unique(actors[order], return_inverse=True)
        by_post, by_person = Lists.of(places, who, size), Lists.of(who, places, len(people))
        return cls(places, who, at, people, summed(places, size), by_post, by_person)

    @property
    def actors(self) -> Ints:
        """(m,) the numbers of those who acted."""
        return self.people[self.who]

    def counts(self, now: float) -> Floats:
        """(n, 3) acts of the hour and of the day before `now`, and of ever."""
        return np.stack([self.since(now - HOUR, now), self.since(now - DAY, now), self.ever], axis=1)

    def since(self, start: float, end: float) -> Floats:
        """(n,) acts after `start` and up to `end`."""
        first, last = np.searchsorted(self.at, [start, end], side="right")
        return summed(self.places[first:last], len(self.ever))

    def person(self, number: int) -> int:
        """Where a person stands in `people`; -1 for whoever did nothing here."""
        place = int(np.searchsorted(self.people, number))
        return place if place < len(self.people) and self.people[place] == number else -1

    def without(self, place: int, number: int, at: float) -> Acts:
        """As if a person had not done one act on a post, that of their acts on it whose time is the nearest; the same where there is none."""
        who = self.person(number)
        theirs = np.flatnonzero((self.places == place) & (self.who == who))
        if who < 0 or not len(theirs):
            return self
        gone = theirs[np.argmin(np.abs(self.at[theirs] - at))]
        left = np.arange(len(self.at)) != gone
        ever = self.ever - (np.arange(len(self.ever)) == place)
        lists = self.by_post.less(place, who), self.by_person.less(who, place)
        return Acts(self.places[left], self.who[left], self.at[left], self.people, ever, *lists)


def summed(places: Ints, size: int, weights: Floats | None = None) -> Floats:
    """(size,) how often each place is named, or the sum of its weights."""
    return np.asarray(np.bincount(places, weights, minlength=size), np.float64)


def none(size: int) -> Acts:
    """No acts, on so many posts."""
    return Acts.of(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), size)
