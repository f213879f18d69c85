"""What people did to posts, as arrays: what a ranker is trained on, what it is asked about, and what was known at a moment.

Everything is counted AS OF a moment, strictly before it: an act that comes later changes nothing that was said of an earlier one. Times are seconds
since 1970, UTC; they are compared to the millisecond. A kind is a place in `recommendation.ACTIONS`. Numbers of authors and of people are numbers of
accounts, from one range. It knows numpy only: no store, no network, no torch.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

KINDS = 9
NOBODY = 0  # who is counted, and never learned from: whoever does not want to be profiled
COUNTED = (0, 1, 2, 3)  # like, reply, repost, quote: what counts as an act on a post
FOLLOW = 4
UNWANTED = (7, 8)  # hide, report
FORMS = 5
HISTORY = 128  # the newest acts that a ranker looks at
HOUR, DAY = 3600.0, 86_400.0
EVER = 1e10  # seconds


class Items(NamedTuple):
    """n posts, as they stood at a moment.

    `vectors` (n, d), zeros where there is none. `authors` (n,) are numbers of accounts. `created` (n,) are seconds. `acts` (n, 3) are likes, replies,
    reposts and quotes that are known here: of the last hour, the last day, and ever. `author_acts` (n,) is how many of those all posts of the author had so
    far, divided by how many posts the author has so far. `forms` (n, 5) are 0 or 1, in the order of `recommendation.FORMS`. `followed` (n,) is 1 where the
    person follows the author.
    """

    vectors: Singles
    authors: Ints
    created: Floats
    acts: Singles
    author_acts: Singles
    forms: Singles
    followed: Singles

    def taken(self, places: Any) -> Items:
        """Those at some places, or where a mask holds."""
        return Items(*(column[places] for column in self))


class History(NamedTuple):
    """What one person did, the newest last: `kinds` (h,), when `at` (h,), and to which items (h posts).

    Of its items `vectors`, `authors`, `created` and `forms` are read; `acts`, `author_acts` and `followed` are not and may be zeros. An act on an author
    alone has an item without a vector, created when the act was done. Acts beyond the newest 128 are not read.
    """

    kinds: Ints
    at: Floats
    items: Items

    def newest(self, most: int = HISTORY) -> History:
        """The newest acts only."""
        return (
            History(self.kinds[-most:], self.at[-most:], self.items.taken(slice(-most, None)))
            if most
            else nobody(self.items.vectors.shape[1])
        )


class Posts(NamedTuple):
    """p posts: `vectors` (p, d), `authors` (p,), `created` (p,), `forms` (p, 5)."""

    vectors: NDArray[Any]
    authors: Ints
    created: Floats
    forms: NDArray[Any]


class Interactions(NamedTuple):
    """m acts, rising by `at`: `people` (m,) did `kinds` (m,) to the post at `places` (m,) of `posts`, or, where that is -1, to the author alone.

    `authors` (m,) are whom it was done to; `counted` (m,), whether it is one of the acts that `Items` count. Make it by `interactions`, which puts it in
    order.
    """

    posts: Posts
    people: Ints
    places: Ints
    authors: Ints
    kinds: Ints
    at: Floats
    counted: NDArray[np.bool_]

    def before(self, at: float) -> Interactions:
        """The acts before a moment. All posts stay: they take their time from `created`."""
        return self.between(-np.inf, at)

    def between(self, start: float, end: float) -> Interactions:
        """The acts from `start` on, before `end`."""
        first, last = np.searchsorted(self.at, [start, end])
        return self._taken(slice(first, last))

    def _taken(self, which: Any) -> Interactions:
        return Interactions(
            self.posts, self.people[which], self.places[which], self.authors[which], self.kinds[which], self.at[which], self.counted[which]
        )


def interactions(posts: Posts, people: Ints, places: Ints, kinds: Ints, at: Floats, authors: Ints | None = None,
                 counted: NDArray[np.bool_] | None = None) -> Interactions:  # fmt: skip
    """Acts in their order; `authors` are those of the posts, and `counted` is told by the kind, where they are not given."""
    whom = posts.authors[places] if authors is None else authors
    count = np.isin(kinds, COUNTED) & (places >= 0) if counted is None else counted
    return Interactions(posts, people, places, whom, kinds, at, count)._taken(np.argsort(at, kind="stable"))


class Served(NamedTuple):
    """s posts that were shown: to whom (0 where that is not known), which of the posts, when, and all that came of it (s, 9) as 0 or 1."""

    people: Ints
    places: Ints
    at: Floats
    outcomes: Singles


def nobody(dimensions: int) -> History:
    """The history of a person who did nothing yet."""
    none, empty = np.empty(0, np.int64), np.empty(0)
    single = np.empty(0, np.float32)
    items = Items(
        np.empty((0, dimensions), np.float32), none, empty, np.empty((0, 3), np.float32), single, np.empty((0, FORMS), np.float32), single
    )
    return History(none, empty, items)


class Past:
    """What was known at any moment: made once of all acts, asked about any of them."""

    def __init__(self, given: Interactions) -> None:
        self.given = given
        counted = given.counted
        self.acts = Timeline(given.places[counted], given.at[counted])
        self.author_acts = Timeline(given.authors[counted], given.at[counted])
        self.author_posts = Timeline(given.posts.authors, given.posts.created)
        self.people = Timeline(given.people, given.at)
        follows = given.kinds == FOLLOW
        self._pairs = Pairs(given.people[follows], given.authors[follows])
        self._follows = Timeline(self._pairs.numbers(given.people[follows], given.authors[follows]), given.at[follows])

    def items(self, places: Ints, at: Floats | float, people: Ints | int) -> Items:
        """Posts at `places` (n,), as they stood at `at` (n,) for `people` (n,); either may be one for all."""
        posts, at, people = (
            self.given.posts,
            np.broadcast_to(np.asarray(at, np.float64), places.shape),
            np.broadcast_to(people, places.shape),
        )
        authors = posts.authors[places]
        mean = self.author_acts.within(authors, at, EVER)[:, 0] / np.maximum(self.author_posts.within(authors, at, EVER)[:, 0], 1)
        followed = self._follows.within(self._pairs.numbers(people, authors), at, EVER)[:, 0] > 0
        return Items(
            posts.vectors[places].astype(np.float32), authors, posts.created[places], self.acts.within(places, at, HOUR, DAY, EVER),
            mean.astype(np.float32), posts.forms[places].astype(np.float32), followed.astype(np.float32),
        )  # fmt: skip

    def history(self, person: int, at: float, most: int = HISTORY) -> History:
        """The newest acts of a person before a moment."""
        who, end = np.array([person]), np.array([at])
        first, last = int(self.people.before(who, end - EVER)[0]), int(self.people.before(who, end)[0])
        mine = self.people.order[max(first, last - most) : last]
        return History(self.given.kinds[mine], self.given.at[mine], self.done_to(mine))

    def done_to(self, acts: Ints) -> Items:
        """What acts (n,), by their places, were done to; with zeros for what a history does not hold."""
        posts, places = self.given.posts, self.given.places[acts]
        alone = places < 0
        zeros = np.zeros(len(acts), np.float32)
        created = np.where(alone, self.given.at[acts], posts.created[places])
        vectors, forms = (np.where(alone[:, None], 0, column[places]).astype(np.float32) for column in (posts.vectors, posts.forms))
        return Items(vectors, self.given.authors[acts], created, np.zeros((len(acts), 3), np.float32), zeros, forms, zeros)


class Pairs:
    """Numbers for pairs of numbers."""

    def __init__(self, first: Ints, second: Ints) -> None:
        self._width = int(second.max(initial=0)) + 1
        self._known = np.unique(first * self._width + second)

    def numbers(self, first: Ints, second: Ints) -> Ints:
        """(n,) the number of each pair, -1 of one that is not known."""
        asked = np.where(second < self._width, first * self._width + second, -1)
        found = np.searchsorted(self._known, asked)
        there = np.append(self._known, -2)[found] == asked
        return np.where(there, found, -1)


class Timeline:
    """When something happened to each of some groups. `order` (n,) are the things that happened, group by group, each in its order in time."""

    def __init__(self, groups: Ints, at: Floats) -> None:
        self._names, places = np.unique(groups, return_inverse=True)
        self._start = float(at.min(initial=np.inf)) if len(at) else 0.0
        self._width = int(1000 * (at.max() - self._start)) + 2 if len(at) else 2
        keys = self._keys_of(places, at)
        self.order: Ints = np.argsort(keys, kind="stable")
        self._keys = keys[self.order]

    def before(self, groups: Ints, at: Floats) -> Ints:
        """(n,) places in `order`: where what happened to a group at a moment, or later, begins."""
        return np.searchsorted(self._keys, self._keys_of(self._places(groups), at))

    def within(self, groups: Ints, at: Floats, *seconds: float) -> Singles:
        """(n, len(seconds)) how often in so many seconds before `at`, which itself does not count."""
        places = self._places(groups)
        ends = np.searchsorted(self._keys, self._keys_of(places, at))
        starts = [np.searchsorted(self._keys, self._keys_of(places, at - span)) for span in seconds]
        return np.stack([ends - start for start in starts], 1).astype(np.float32)

    def _places(self, groups: Ints) -> Ints:
        """Where groups stand among those that are known; beyond them all where they are not."""
        found = np.searchsorted(self._names, groups).clip(max=max(0, len(self._names) - 1))
        return np.where(self._names[found] == groups, found, len(self._names)) if len(self._names) else np.zeros(len(groups), np.int64)

    def _keys_of(self, places: Ints, at: Floats) -> Ints:
        milliseconds = np.floor(1000 * (at - self._start)).clip(0, self._width - 1)
        return places * self._width + milliseconds.astype(np.int64)
