"""The words of live campaigns, ready to be told of places and of people: what fills `Place` and `Person` before a decision.

It keeps up with the orders (`renew`, quick where they ask for nothing new) and with the network (its languages and its background of posts
are read anew every hour). Of a person it reads nothing before `choice.personal` says so, and it keeps for minutes only what it told of
them. It decides nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from oscine.ads.audience.basis import Basis
from oscine.ads.audience.context import language, worst
from oscine.ads.audience.interests import interests
from oscine.ads.audience.lookalike import Likeness, likeness
from oscine.ads.audience.reader import Reader
from oscine.ads.audience.recent import Recent
from oscine.ads.audience.remembering import Remembering
from oscine.ads.audience.special import Special
from oscine.ads.audience.topics import FEWEST, Meaning
from oscine.ads.decision.place import Person, Place
from oscine.advertising import Order, Targeting
from oscine.engines.embedding import Embedder
from oscine.errors import EngineUnavailable
from oscine.records import ANONYMOUS, Viewer
from oscine.search.search import common_languages
from oscine.store.activity import Activity
from oscine.store.choices import Choice
from oscine.view import SeenPost, View

BACKGROUND = 2_000  # posts that nearness is calibrated on
BASIS_SECONDS, RETRY_SECONDS = 3_600.0, 60.0  # until it is read anew; where meaning is not to be had yet
PERSON_SECONDS = 300.0
PEOPLE_KEPT = 20_000
DONE = 100  # posts of a person that are looked at
DAYS = 90  # that they reach back
SEED_POSTS = 60
WORDS_ONLY = "Topics are found by their words, not by their meaning:"

Seen = Mapping[int, tuple[datetime, ...]]
NOT_SEEN: Seen = {}


class Words(NamedTuple):
    """All that live campaigns ask for."""

    topics: frozenset[str] = frozenset()
    queries: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    like: frozenset[str] = frozenset()


class Compiled(NamedTuple):
    """The words of live campaigns with what tells them of posts; `advertisers` are those with an account, by account."""

    words: Words
    basis: Basis
    places: Reader
    people: Reader
    like: Mapping[str, Likeness]
    advertisers: Mapping[str, frozenset[int]]


class Told(NamedTuple):
    """What was told of a person, by which words, and until when it counts."""

    of: Compiled
    until: float
    interests: frozenset[str]
    like: frozenset[str]


class Vocabulary:
    """Tells places and people in the words of live campaigns; `view` gives what a viewer may see, `embedder` None where there is none."""

    def __init__(self, activity: Activity, view: Callable[[Viewer], View], embedder: Callable[[], Embedder | None] = lambda: None) -> None:
        self._activity = activity
        self.view = view
        self._embedder = embedder
        self._remembering: Remembering | None = None
        self._until = 0.0
        self._basis = Basis(activity)
        self._people: Recent[Viewer, Told] = Recent(PEOPLE_KEPT)
        self._compiled = compiled(Words(), self._basis, view, {})
        self.note = ""

    def renew(self, orders: Sequence[Order]) -> None:
        """Keep up with the live orders, and with the network."""
        words = spoken([order.campaign.targeting for order in orders])
        advertisers = _advertisers(orders)
        basis = self.basis()
        before = self._compiled
        if (words, basis) != (before.words, before.basis):
            self._compiled = compiled(words, basis, self.view, advertisers)
        elif advertisers != before.advertisers:
            self._compiled = before._replace(advertisers=advertisers)

    def place(self, posts: Sequence[SeenPost], asked: Place) -> Place:
        """The place with what stands around it: language, topics, queries, risk. `posts` come from the view of who looks."""
        if not posts:
            return asked._replace(risk="medium")
        found = self._compiled.places.read(posts)
        return asked._replace(
            topics=asked.topics.union(*(each.topics for each in found)),
            queries=asked.queries.union(*(each.queries for each in found)),
            risk=worst(map(self._compiled.basis.risk, posts)),
            lang=asked.lang or language(posts),
        )

    def person(self, viewer: Viewer, choice: Choice, id: str = "", seen: Seen = NOT_SEEN, now: datetime | None = None) -> Person:
        """Who looks: without their permission, no more than what they chose; `id` is their pseudonym, `seen` what they were shown."""
        of = self._compiled
        avoided = self._activity.avoided(viewer, of.advertisers)
        hidden = choice.hidden.union(*(of.advertisers[account] for account in avoided))
        personal = choice.personal and not choice.minor and not viewer.anonymous
        person = Person(id=id, personal=personal, minor=choice.minor, seen=seen, less=choice.less, hidden=hidden)
        if not personal:
            self._people.drop(viewer)
            return person
        told = self._told(of, viewer, now or datetime.now(UTC))
        return person._replace(interests=told.interests, like=told.like)

    def basis(self) -> Basis:
        """What reading rests on, read anew every hour."""
        if time.monotonic() >= self._until:
            self._basis, self.note = founded(self._activity, self.view(ANONYMOUS), self._remembered())
            self._until = time.monotonic() + (RETRY_SECONDS if self.note else BASIS_SECONDS)
        return self._basis

    def _remembered(self) -> Embedder | None:
        embedder = self._embedder()
        if embedder is not None and (self._remembering is None or self._remembering.embedder is not embedder):
            self._remembering = Remembering(embedder)
        return self._remembering if embedder is not None else None

    def _told(self, of: Compiled, viewer: Viewer, now: datetime) -> Told:
        told = self._people.get(viewer)
        if told and told.of is of and told.until > time.monotonic():
            return told
        fits = resembling(of, self.view(viewer), now)
        return self._people.put(viewer, Told(of, time.monotonic() + PERSON_SECONDS, *fits))


def founded(activity: Activity, public: View, embedder: Embedder | None) -> tuple[Basis, str]:
    """What reading rests on in a network as it is now, and a note where that is not meaning."""
    languages = tuple(common_languages(public))
    if embedder is None:
        return Basis(activity, languages=languages), f"{WORDS_ONLY} there is no embedder."
    try:
        special = Special(embedder)
        background = activity.background(BACKGROUND)
        if len(background) < FEWEST:
            return Basis(activity, None, special, languages), f"{WORDS_ONLY} there are fewer than {FEWEST} posts to calibrate on."
        return Basis(activity, Meaning(embedder, background), special, languages), ""
    except EngineUnavailable as error:
        return Basis(activity, languages=languages), f"{WORDS_ONLY} {error}"


def spoken(targetings: Sequence[Targeting]) -> Words:
    """The words of targetings."""
    return Words(
        topics=frozenset(topic for each in targetings for topic in (*each.topics, *each.not_topics)),
        queries=frozenset(query for each in targetings for query in (each.query, each.not_query) if query),
        interests=frozenset(interest for each in targetings for interest in (*each.interests, *each.not_interests)),
        like=frozenset(seed for each in targetings for seed in each.like),
    )


def compiled(words: Words, basis: Basis, view: Callable[[Viewer], View], advertisers: Mapping[str, frozenset[int]]) -> Compiled:
    """Words, ready to be told of posts and of people."""
    like = {seed: found for seed in sorted(words.like) if (found := _likeness(seed, basis, view(ANONYMOUS)))}
    return Compiled(words, basis, Reader(basis, words.topics, words.queries), Reader(basis, words.interests), like, advertisers)


def resembling(of: Compiled, view: View, now: datetime) -> tuple[frozenset[str], frozenset[str]]:
    """The interests of the person whose view it is, and the seeds that they resemble, from what they did. Ask for their permission first."""
    if not of.words.interests and not of.like:
        return frozenset(), frozenset()
    basis = of.basis
    posts = basis.known(view.posts(basis.activity.done(view.viewer, now - timedelta(days=DAYS), DONE)))
    told = [post for post in posts if not basis.touches(post)]
    read = of.people.read([post.seen for post in told])
    vectors = [post.vector for post in told if post.vector is not None]
    return interests([each.topics for each in read]), frozenset(seed for seed, found in of.like.items() if found.of(vectors))


def _likeness(seed: str, basis: Basis, public: View) -> Likeness | None:
    if basis.meaning is None:
        return None
    posts = basis.known(public.posts(basis.activity.written([seed], SEED_POSTS)))
    vectors = [post.vector for post in posts if post.vector is not None]
    return likeness(vectors, sum(map(basis.touches, posts)), basis.meaning.background)


def _advertisers(orders: Sequence[Order]) -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for advertiser in {order.advertiser.id: order.advertiser for order in orders}.values():
        if advertiser.account:
            found[advertiser.account] = found.get(advertiser.account, frozenset()) | {advertiser.id}
    return found
