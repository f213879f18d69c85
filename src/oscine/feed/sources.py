"""Where a feed's posts come from. Each finds posts by a reason of its own, the best first; none of them says which are worth most, nor who may see them.

Posts of people followed come through the viewer's own view; all others out of the pool of public posts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL, Literal

from oscine.feed import followed
from oscine.feed.acts import DAY, HOUR, Floats, summed
from oscine.feed.meanings import best
from oscine.feed.pipeline import Ask
from oscine.feed.pool import Posts
from oscine.feed.reader import Ints, Reader
from oscine.feed.taste import WORTH, Close
from oscine.view import View

MANY = 1_000  # people followed, from which some of them wrote lately
MOST_ALIKE = 200  # people who did the same that are gone by
ACTED = 64  # one's own acts that are gone by
OF_EACH = 200  # acts on a post, and of a person, that are gone by: the last ones
KNOWN = 5.0  # acts on all of an author's posts from which they are no longer new
PER_AUTHOR = 3  # posts of an author that one takes part with, and of a new one


@dataclass(frozen=True)
class Followed:
    """The newest of whom one follows."""

    view: View
    since: datetime
    most: int = 300
    name: ClassVar[str] = "people you follow"

    def __call__(self, ask: Ask) -> Ints:
        """Through the viewer's own view; followers-only posts with the others."""
        if not len(ask.reader.follows):
            return np.empty(0, np.int64)
        undone = ask.reader.undone
        theirs = followed.by_followed(ask.reader.number, undone.author if undone and undone.kind == "follow" else 0)
        found = followed.newest(self.view, theirs, self.most, ask.now, self.since, many=len(ask.reader.follows) > MANY)
        return np.array([number for _, number in found], np.int64)


def liked(posts: Posts, reader: Reader) -> Ints:
    """Where the posts stand that a reader lately did something in favour of, sorted."""
    places = posts.places(np.array([act.post for act in reader.acts if WORTH[act.kind] > 0][:ACTED], np.int64))
    return np.unique(places[places >= 0])


def neighbours(posts: Posts, reader: Reader) -> tuple[Ints, Floats]:
    """People by shared acts, each counting less the commoner it is (Adamic and Adar 2003): where they stand in `acts.people`, the most alike first, and how
    alike they are."""
    acts, mine = posts.acts, liked(posts, reader)
    which, who = acts.by_post.last(mine, OF_EACH)
    alike = summed(who, len(acts.people), 1 / np.log2(2 + acts.ever[mine])[which])
    me = acts.person(reader.number)
    if me >= 0:
        alike[me] = 0
    alike = alike / np.sqrt(np.maximum(acts.by_person.lengths(np.arange(len(acts.people))), 1))
    people = best(alike, MOST_ALIKE)
    return people, alike[people]


@dataclass(frozen=True)
class LikeMe:
    """What people did who did what one did."""

    posts: Posts
    most: int = 150
    name: ClassVar[str] = "people like you"

    def __call__(self, ask: Ask) -> Ints:
        """Scored by how alike those who acted on a post are to the reader."""
        acts, mine = self.posts.acts, liked(self.posts, ask.reader)
        people, alike = neighbours(self.posts, ask.reader)
        which, places = acts.by_person.last(people, OF_EACH)
        scores = summed(places, len(self.posts.numbers), alike[which])
        scores[mine] = 0
        return self.posts.numbers[best(scores, self.most)]


@dataclass(frozen=True)
class Meaning:
    """What is near what one did, and what one wishes for: `tastes` (k, d) are directions."""

    posts: Posts
    tastes: NDArray[np.float32]
    most: int = 200
    name: ClassVar[str] = "like what you liked"

    def __call__(self, ask: Ask) -> Ints:
        """An equal part of each taste's nearest."""
        if not len(self.tastes) or self.tastes.shape[1] != self.posts.vectors.shape[1]:
            return np.empty(0, np.int64)
        found = self.posts.meanings.nearest(self.tastes, -(-self.most // len(self.tastes)))
        return self.posts.numbers[np.unique(np.concatenate(found))]


@dataclass(frozen=True)
class TakingPart:
    """The newest of those with whom one takes part though one does not follow them, and of the conversations that one is in."""

    view: View
    posts: Posts
    close: Close
    since: datetime
    most: int = 150
    name: ClassVar[str] = "where you take part"

    def __call__(self, ask: Ask) -> Ints:
        """Authors by how close they are."""
        close = self.close.authors[self.close.worth > 0]
        theirs = np.isin(self.posts.writers, close[~ask.reader.following(close)])[self.posts.writer]
        found = _each(self.posts, np.flatnonzero(theirs), PER_AUTHOR)[: self.most]
        return np.concatenate([self.posts.numbers[found], self._conversations(ask)])

    def _conversations(self, ask: Ask) -> Ints:
        talked = [act.post for act in ask.reader.acts if act.kind in ("reply", "quote")][:ACTED]
        if not talked:
            return np.empty(0, np.int64)
        roots = SQL("(p.network, p.root) IN (SELECT q.network, coalesce(q.root, q.key) FROM posts q WHERE q.id = ANY ({}))").format(
            Literal(talked)
        )
        rows = self.view.select(
            SQL("p.id"), SQL("{} AND p.created_at >= {}").format(roots, Literal(self.since)), self.most, order=followed.ORDER
        )
        return np.array([row["id"] for row in rows], np.int64)


@dataclass(frozen=True)
class Noticed:
    """What many notice now: acts of the last hour and day, and what the network counts, over age to the power of 1.5 (as Hacker News orders)."""

    posts: Posts
    most: int = 150
    name: ClassVar[str] = "noticed now"

    def __call__(self, ask: Ask) -> Ints:
        """Nothing that nobody noticed."""
        now = ask.now.timestamp()
        acts, ages = self.posts.acts, np.maximum(now - self.posts.created, 0.0) / HOUR + 2
        noticed = np.maximum(self.posts.stated, acts.ever) + 24 * acts.since(now - HOUR, now) + acts.since(now - DAY, now)
        scores = noticed / (ages * np.sqrt(ages)) * (self.posts.created <= now)
        return self.posts.numbers[best(scores, self.most)]


@dataclass(frozen=True)
class JustWritten:
    """The newest of all, for whoever follows nobody: in a quiet network little is noticed."""

    posts: Posts
    most: int = 150
    name: ClassVar[str] = "just written"

    def __call__(self, ask: Ask) -> Ints:
        """Nothing for whoever follows somebody."""
        if len(ask.reader.follows):
            return np.empty(0, np.int64)
        past = self.posts.created <= ask.now.timestamp()
        return self.posts.numbers[best(np.where(past, self.posts.created, 0), self.most)]


@dataclass(frozen=True)
class NewVoices:
    """Authors whose posts few have noticed yet: the last of each, those nearest to what one likes first, else the newest."""

    posts: Posts
    tastes: NDArray[np.float32]
    most: int = 100
    name: ClassVar[str] = "new voices"

    def __call__(self, ask: Ask) -> Ints:
        """One post an author."""
        unknown = (self.posts.earned + summed(self.posts.writer, len(self.posts.writers), self.posts.stated)) < KNOWN
        unknown &= ~ask.reader.following(self.posts.writers)
        places = np.flatnonzero(unknown[self.posts.writer] & (self.posts.created <= ask.now.timestamp()))
        places = _each(self.posts, places, 1)[: 4 * self.most]
        if not len(self.tastes) or self.tastes.shape[1] != self.posts.vectors.shape[1]:
            return self.posts.numbers[places[: self.most]]
        return self.posts.numbers[places[best(2 + self.posts.meanings.near(self.tastes, places).max(axis=1), self.most)]]


def _each(posts: Posts, places: Ints, most: int) -> Ints:
    """Of some places, the newest of each author, at most so many; newest first."""
    newest = places[np.lexsort((places, -posts.created[places]))]
    order = np.argsort(posts.writer[newest], kind="stable")
    writers = posts.writer[newest][order]
    firsts = np.searchsorted(writers, writers)
    kept = np.sort(order[np.arange(len(order)) - firsts < most])
    return newest[kept]


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as a time."""
    return datetime.fromtimestamp(seconds, UTC)
