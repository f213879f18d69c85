"""People and posts that are made up, who read a feed of the real stages in rounds: the world in which the mechanics of the feed are tested.

What is assumed, all of it by hand and none of it measured:

- A round is six hours. Each author writes now and then about one of eight topics, their own most often. A post has a quality, about which nobody is told.
- A reader likes two topics. In each round they open a page of twenty posts and look at the first, and at each further one with nine tenths of the chance of the
  one above. What they look at they like by its nearness to their taste and by its quality, without tiring, without memory, without regard to others.
- Who likes two posts of an author follows them. Nobody replies, hides, reports, lies, or leaves.
- In each round an unknown author writes one post of high quality: the newcomers.
- In the middle, half of the readers take up other topics.

People are not like this. What comes of it tells whether the parts of the feed do what they are there for, and says nothing about which feed is better for
anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.feed.acts import Acts, Floats
from oscine.feed.filters import Ahead, Old, Own, Seen
from oscine.feed.meanings import Meanings
from oscine.feed.pipeline import Ask, Bools, Candidates, Ranked, Source, Stages, run
from oscine.feed.pool import Posts
from oscine.feed.prior import Prior
from oscine.feed.reader import Ints, Reader
from oscine.feed.scorers import Also, Foretold, nearness
from oscine.feed.select import Diverse
from oscine.feed.sources import JustWritten, LikeMe, Meaning, NewVoices, Noticed
from oscine.feed.taste import Close, centred, interests, worth
from oscine.recommendation import Act, Weights

TOPICS, DIMENSIONS = 8, 16
ROUND = timedelta(hours=6)
BEGIN = datetime(2024, 5, 1, tzinfo=UTC)
PAGE, LOOKS_ON = 20, 0.9
WRITES = 0.15  # the chance that an author writes in a round
LIKES = (-4.0, 4.0, 1.0)  # log-odds of a like: of any post, for nearness to one's taste, for quality
OUTSTANDING = 2.0  # the quality of a newcomer's post; others' are standard normal
FOLLOWS_AFTER = 2  # likes
DAYS = 7.0  # after which a post is too old
READER, NEWCOMER = 1_000_000, 2_000_000  # above authors' numbers, so that nobody is two


class Feed(NamedTuple):
    """A feed by its weights, with or without the source of new voices."""

    weights: Weights
    new_voices: bool = True


class World:
    """Readers, authors, posts, and what was liked so far. Everything made up comes from `rng`."""

    def __init__(self, rng: np.random.Generator, readers: int, authors: int) -> None:
        self.rng = rng
        self.topics = _unit(rng.normal(size=(TOPICS, DIMENSIONS)))
        self.likes = np.stack([rng.choice(TOPICS, 2, replace=False) for _ in range(readers)])
        self.about = rng.integers(TOPICS, size=authors)
        self.written: list[tuple[int, datetime, int, float]] = []  # author, when, topic, quality
        self.vectors = np.zeros((0, DIMENSIONS), np.float32)
        self.acts: list[tuple[int, int, datetime]] = []  # post, reader, when
        self.seen: list[set[int]] = [set() for _ in range(readers)]
        self.follows: list[set[int]] = [set() for _ in range(readers)]

    def write(self, now: datetime) -> None:
        """A round's posts, one of a newcomer's among them; numbers of posts count from 1."""
        authors = np.flatnonzero(self.rng.random(len(self.about)) < WRITES)
        strays = self.rng.random(len(authors)) < 0.2
        topics = np.where(strays, self.rng.integers(TOPICS, size=len(authors)), self.about[authors])
        new = [(int(author) + 1, now, int(topic), float(self.rng.normal())) for author, topic in zip(authors, topics, strict=True)]
        new.append((NEWCOMER + len(self.written), now, int(self.rng.integers(TOPICS)), OUTSTANDING))
        self.written += new
        near = self.topics[[topic for _, _, topic, _ in new]] + 0.15 * self.rng.normal(size=(len(new), DIMENSIONS))
        self.vectors = np.vstack([self.vectors, _unit(near).astype(np.float32)])

    def posts(self) -> Posts:
        """All that was written and liked, as the feed knows posts."""
        places, who, at = (np.array(column) for column in zip(*self.acts, strict=True)) if self.acts else (np.empty(0, int),) * 3
        seconds = np.array([moment.timestamp() for moment in at])
        acts = Acts.of(places.astype(np.int64) - 1, who.astype(np.int64) + READER, seconds, len(self.written))
        authors, created, _, _ = (np.array(column) for column in zip(*self.written, strict=True))
        count = len(self.written)
        return Posts(np.arange(1, count + 1), authors.astype(np.int64), np.array([moment.timestamp() for moment in created]), np.zeros(count),
                     Meanings(self.vectors), acts)  # fmt: skip

    def drift(self) -> None:
        """Half of the readers take up other topics."""
        for reader in range(0, len(self.likes), 2):
            others = np.setdiff1d(np.arange(TOPICS), self.likes[reader])
            self.likes[reader] = self.rng.choice(others, 2, replace=False)

    def read(self, reader: int, page: Ints, now: datetime) -> None:
        """Look at a page from the top, like, and follow."""
        looked = np.cumprod(np.append(1.0, self.rng.random(len(page) - 1) < LOOKS_ON)) if len(page) else np.empty(0)
        for number in page[looked > 0].tolist():
            self.seen[reader].add(number)
            author, _, topic, quality = self.written[number - 1]
            odds = LIKES[0] + LIKES[1] * (topic in self.likes[reader]) + LIKES[2] * quality
            if self.rng.random() < 1 / (1 + np.exp(-odds)):
                self.acts.append((number, reader, now))
                liked = sum(who == reader and self.written[post - 1][0] == author for post, who, _ in self.acts)
                self.follows[reader] |= {author} if liked >= FOLLOWS_AFTER else set()

    def reader(self, reader: int) -> Reader:
        """Whom the feed is asked for."""
        acts = [Act("like", post, self.written[post - 1][0], at) for post, who, at in reversed(self.acts) if who == reader][:200]
        follows, seen = np.array(sorted(self.follows[reader]), np.int64), np.array(sorted(self.seen[reader]), np.int64)
        return Reader(number=READER + reader, acts=tuple(acts), follows=follows, seen=seen)


@dataclass(frozen=True)
class Followed:
    """The newest of whom one follows, out of memory."""

    posts: Posts
    name: ClassVar[str] = "people you follow"

    def __call__(self, ask: Ask) -> Ints:
        """Newest first."""
        return self.posts.numbers[np.isin(self.posts.authors, ask.reader.follows)][::-1][:400]


class InMemory(NamedTuple):
    """Hydration out of memory, where everybody may see everything."""

    posts: Posts

    def __call__(self, ask: Ask, numbers: Ints, found: Bools) -> Candidates:
        """The columns that the pool has; no words, no labels."""
        places, count = self.posts.places(numbers), len(numbers)
        average = (self.posts.earned / self.posts.written)[self.posts.writer[places]]
        none, no = np.full(count, "", object), np.zeros(count, bool)
        return Candidates(numbers, self.posts.authors[places], self.posts.created[places], np.zeros((count, 4)),
                          self.posts.acts.counts(ask.now.timestamp())[places], average, self.posts.vectors[places], none, none, {}, no, ~no, found)  # fmt: skip


def page(feed: Feed, posts: Posts, ask: Ask) -> Ranked:
    """A page by the real stages, over posts in memory."""
    tastes, close = drawn_to(posts, ask), Close.of(ask.reader, ask.now.timestamp())

    def foretell(ask: Ask, candidates: Candidates) -> Floats:
        return Prior(close).foretell(ask, candidates, nearness(tastes, candidates.vectors, posts.middle))

    sources: list[Source] = [Followed(posts), LikeMe(posts), Meaning(posts, tastes), Noticed(posts), JustWritten(posts)]
    stages = Stages(
        sources=[*sources, NewVoices(posts, tastes)] if feed.new_voices else sources,
        hydrate=InMemory(posts),
        filters=[Seen(), Own(), Ahead(), Old(ask.now.timestamp() - DAYS * 86_400)],
        scorers=[Foretold(feed.weights, foretell), Also(feed.weights, tastes, posts.middle)],
        select=Diverse(feed.weights.diversity, feed.weights.author, posts.middle),
    )
    return run(stages, ask, np.random.default_rng(0))


def drawn_to(posts: Posts, ask: Ask) -> NDArray[np.float32]:
    """(k, d) what a reader is drawn to, as `for_you` tells it."""
    places = posts.places(np.array([act.post for act in ask.reader.acts], np.int64))
    return interests(centred(posts.vectors, posts.middle)[places], worth(ask.reader.acts, ask.now.timestamp()))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
