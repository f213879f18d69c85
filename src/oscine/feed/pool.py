"""The newest public posts of people who may be found, as arrays in memory: where a feed looks for more than the people one follows in.

It is read through an anonymous view and holds no words, so it tells nobody anything that is not public; and what is found in it is read again through the
viewer's own view. Everything stands by rising number, so that the same store gives the same arrays. It does not know who asks.

Posts, their counts and what was done lately are read anew with each `refresh`, so a deleted post stays until the next one; acts that came late, or were taken
back late, with each `load`.
"""

from __future__ import annotations

import threading
from copy import copy
from datetime import UTC, datetime, timedelta

import numpy as np
from psycopg.sql import SQL, Composable, Literal

from oscine.feed.acts import Acts, Floats, none, summed
from oscine.feed.meanings import Meanings, Singles
from oscine.feed.reader import Ints
from oscine.recommendation import Act
from oscine.view import EVERYTHING, View

LATE_SECONDS = 3_600.0  # acts this old are read anew with each refresh
CHUNK = 20_000  # posts whose vectors, or acts, are read at a time
RECENT = 1_000  # posts that are never too old, however quiet a network is
QUIET = timedelta(days=1)  # without a post, after which a network's time stands still
FOUND = SQL("p.visibility = 'public' AND p.author NOT IN (SELECT id FROM accounts WHERE NOT searchable)")
ACTS = ("like", "repost", "reply", "quote")  # what others may know of: no click, no look, no report
_POSTS = SQL("""
SELECT string_agg(int8send(id), ''::bytea) AS numbers, string_agg(int8send(author), ''::bytea) AS authors,
       string_agg(float8send(extract(epoch FROM created_at)::float8), ''::bytea) AS created,
       string_agg(float8send(likes + 2.0 * (reposts + quotes) + replies), ''::bytea) AS stated
FROM (SELECT * FROM (SELECT id, author, created_at, likes, reposts, quotes, replies FROM p ORDER BY created_at DESC, id DESC LIMIT {most}) AS newest
      ORDER BY id) AS rising
""")
_ACTS = SQL("""
SELECT string_agg(int8send(p.id), ''::bytea) AS numbers, string_agg(int8send(e.actor), ''::bytea) AS actors,
       string_agg(float8send(extract(epoch FROM e.at)::float8), ''::bytea) AS at
FROM p JOIN engagements e ON (e.network, e.post) = (p.network, p.key) AND e.active AND e.kind = ANY ({kinds}) AND {lately}
""")
_HELD = SQL("SELECT to_regclass('vectors') IS NOT NULL AS held")
_VECTORS = SQL("SELECT string_agg(int8send(p.id), ''::bytea) AS numbers, string_agg(halfvec_send(v.embedding), ''::bytea) AS vectors"
               " FROM p JOIN vectors v ON v.post = p.id")  # fmt: skip


class Posts:
    """n posts by rising number: who wrote them, when (seconds since 1970), the counts that their network states in one (`stated`), their vectors, and what was
    done to them.

    `writers` are the authors, each once and sorted, with how many posts (`written`) and acts (`earned`) each has here; `writer` (n,) is where each post's
    author stands among them. `horizon` is when the `RECENT`th newest was written, or the oldest where there are fewer.
    """

    def __init__(self, numbers: Ints, authors: Ints, created: Floats, stated: Floats, meanings: Meanings, acts: Acts) -> None:
        self.numbers, self.authors, self.created, self.stated, self.meanings, self.acts = numbers, authors, created, stated, meanings, acts
        self.writers, self.writer = np.unique(authors, return_inverse=True)
        self.written = summed(self.writer, len(self.writers))
        self.earned = summed(self.writer, len(self.writers), acts.ever)
        self.horizon = float(np.partition(created, -RECENT)[-RECENT]) if len(created) > RECENT else float(created.min(initial=np.inf))

    @property
    def vectors(self) -> Singles:
        """(n, d)."""
        return self.meanings.vectors

    @property
    def middle(self) -> Singles:
        """(d,) the mean vector."""
        return self.meanings.middle

    def without(self, number: int, act: Act | None) -> Posts:
        """As if a person had not done an act."""
        place = int(self.places(np.array([act.post]))[0]) if act and act.kind in ACTS else -1
        if act is None or place < 0:
            return self
        other = copy(self)
        other.acts = self.acts.without(place, number, act.at.timestamp())
        other.earned = summed(self.writer, len(self.writers), other.acts.ever)
        return other

    def places(self, numbers: Ints) -> Ints:
        """Where posts stand here; -1 for those that do not."""
        return where(self.numbers, numbers)


def where(among: Ints, wanted: Ints) -> Ints:
    """Where some numbers stand among sorted ones; -1 for those that do not."""
    places = np.minimum(np.searchsorted(among, wanted), max(len(among) - 1, 0))
    return np.where(among[places] == wanted, places, -1) if len(among) else np.full(len(wanted), -1)


class Pool:
    """At most `most` posts, as `public`, an anonymous view, shows them."""

    def __init__(self, public: View, most: int) -> None:
        self._public, self._most = public, most
        self._posts: Posts | None = None
        self._reading = threading.Lock()

    @property
    def posts(self) -> Posts:
        """What is held now; read first where nothing is."""
        if self._posts is None:
            with self._reading:
                if self._posts is None:
                    self._posts = self._read(None)
        return self._posts

    def load(self) -> None:
        """Read everything anew."""
        with self._reading:
            self._posts = self._read(None)

    def refresh(self) -> None:
        """Read the posts anew, and of vectors and acts what is new."""
        with self._reading:
            self._posts = self._read(self._posts)

    def now(self, clock: datetime | None = None) -> datetime:
        """The clock; in a network that has been quiet for a day, when its newest post was written."""
        clock = clock or datetime.now(UTC)
        written = self.posts.created
        past = written[written <= clock.timestamp()]
        newest = datetime.fromtimestamp(float(past.max()), UTC) if len(past) else clock
        return newest if clock - newest > QUIET else clock

    def _read(self, before: Posts | None) -> Posts:
        row = self._public.among(_POSTS.format(most=Literal(self._most)), FOUND)[0]
        numbers, authors = integers(row["numbers"]), integers(row["authors"])
        return Posts(
            numbers, authors, floats(row["created"]), floats(row["stated"]), self._meanings(numbers, before), self._acts(numbers, before)
        )

    def _meanings(self, numbers: Ints, before: Posts | None) -> Meanings:
        """Vectors that were held, and those that must be read; what is told from them, where neither posts nor vectors changed, as it was."""
        if before is None or not before.vectors.size:
            return Meanings(_spread(numbers, *self.vectors(self._public, numbers)))
        held = before.places(numbers)
        known = (held >= 0) & np.asarray(before.vectors.any(axis=1))[held]
        read, vectors = self.vectors(self._public, numbers[~known])
        if not len(read) and np.array_equal(numbers, before.numbers):
            return before.meanings
        if vectors.shape[1] not in (0, before.vectors.shape[1]):
            return Meanings(_spread(numbers, *self.vectors(self._public, numbers)))
        read, vectors = (
            np.concatenate([numbers[known], read]),
            np.concatenate([before.vectors[held[known]], vectors.reshape(len(read), -1)]),
        )
        order = np.argsort(read)
        return Meanings(_spread(numbers, read[order], vectors[order]))

    def _acts(self, numbers: Ints, before: Posts | None) -> Acts:
        """Those of posts that are new here, and of the others those that were held or are recent."""
        if before is None or not len(before.numbers):
            return self._acts_of(numbers, numbers)
        new = before.places(numbers) < 0
        since = float(before.acts.at.max(initial=0.0)) - LATE_SECONDS
        older = before.acts.at <= since
        held = where(numbers, before.numbers)[before.acts.places[older]]
        kept = Acts.of(held[held >= 0], before.acts.actors[older][held >= 0], before.acts.at[older][held >= 0], len(numbers))
        return _joined([kept, self._acts_of(numbers, numbers[new]), self._acts_since(numbers, numbers[~new], since)], len(numbers))

    def _acts_of(self, numbers: Ints, wanted: Ints) -> Acts:
        """What was ever done to some posts."""
        found = [none(len(numbers))]
        for part in _chunks(wanted):
            row = self._public.among(_ACTS.format(kinds=Literal(list(ACTS)), lately=EVERYTHING), numbered(part))[0]
            found.append(Acts.of(where(numbers, integers(row["numbers"])), integers(row["actors"]), floats(row["at"]), len(numbers)))
        return _joined(found, len(numbers))

    def _acts_since(self, numbers: Ints, wanted: Ints, since: float) -> Acts:
        """What was done to some posts after a moment: it is read of all posts, by the index of times."""
        lately = SQL("e.at > to_timestamp({})").format(Literal(since))
        row = self._public.among(_ACTS.format(kinds=Literal(list(ACTS)), lately=lately), FOUND)[0]
        acted = integers(row["numbers"])
        theirs = where(wanted, acted) >= 0
        return Acts.of(where(numbers, acted[theirs]), integers(row["actors"])[theirs], floats(row["at"])[theirs], len(numbers))

    @staticmethod
    def vectors(view: View, numbers: Ints, sure: bool = False) -> tuple[Ints, Singles]:
        """The vectors of posts as a view shows them: which posts have one (m,), rising, and the vectors (m, d); `sure` where there must be some."""
        if not len(numbers) or not (sure or view.among(_HELD, SQL("false"))[0]["held"]):
            return np.empty(0, np.int64), np.zeros((0, 0), np.float32)
        rows = [view.among(_VECTORS, numbered(part))[0] for part in _chunks(numbers)]
        found = np.concatenate([integers(row["numbers"]) for row in rows])
        order = np.argsort(found)
        return found[order], _halves(b"".join(row["vectors"] or b"" for row in rows), len(found))[order]


def _spread(numbers: Ints, known: Ints, vectors: Singles) -> Singles:
    """(n, d) the vectors of posts; zeros for those that are not among the known."""
    found = np.zeros((len(numbers), vectors.shape[1]), np.float32)
    if len(known):
        found[where(numbers, known)] = vectors
    return found


def integers(packed: bytes | None) -> Ints:
    """What `int8send` packed."""
    return np.frombuffer(packed or b"", ">i8").astype(np.int64)


def floats(packed: bytes | None) -> Floats:
    """What `float8send` packed."""
    return np.frombuffer(packed or b"", ">f8").astype(np.float64)


def _halves(packed: bytes, rows: int) -> Singles:
    """What `halfvec_send` packed: its length and an empty word, 16 bits each, and then the numbers."""
    return np.frombuffer(packed, ">f2").reshape(rows, -1)[:, 2:].astype(np.float32) if rows else np.zeros((0, 0), np.float32)


def _joined(parts: list[Acts], size: int) -> Acts:
    places, actors = (np.concatenate([getattr(part, name) for part in parts]) for name in ("places", "actors"))
    return Acts.of(places, actors, np.concatenate([part.at for part in parts]), size)


def numbered(numbers: Ints) -> Composable:
    """That a post is one of these: written out here, since psycopg takes milliseconds for a thousand."""
    return SQL("p.id = ANY ({}::bigint[])").format(Literal(f"{{{','.join(map(str, numbers.tolist()))}}}"))


def _chunks(numbers: Ints) -> list[Ints]:
    return np.array_split(numbers, -(-len(numbers) // CHUNK)) if len(numbers) else []
