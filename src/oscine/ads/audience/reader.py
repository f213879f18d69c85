"""Posts read for what campaigns ask of them: topics, queries, risk. What was read of a post is kept while the post is as it was.

It reads no more of the store than the vectors of posts that it is handed; whoever hands them has them from a view.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.ads.audience.conditions import Read, Test
from oscine.ads.audience.context import Reading, risk
from oscine.ads.audience.matching import matcher, read
from oscine.ads.audience.recent import Recent
from oscine.ads.audience.special import Special, subjects
from oscine.ads.audience.topics import Meaning, Topics
from oscine.ads.creatives.audiences import sensitive
from oscine.advertising import Targeting
from oscine.errors import EngineUnavailable, InputError
from oscine.store.activity import Activity
from oscine.store.vectors import passage
from oscine.view import SeenPost

KEPT = 20_000  # posts

Key = tuple[int, datetime | None, int, int, int, int, tuple[str, ...] | None, str]
Floats = NDArray[np.float32]


class Basis(NamedTuple):
    """What reading rests on: nearness in meaning, if there is any, what is special, the network's languages, and vectors."""

    activity: Activity
    meaning: Meaning | None = None
    special: Special | None = None
    languages: tuple[str, ...] = ()

    def allowed(self, words: str) -> bool:
        """Whether words touch no special category; what cannot be judged by meaning now is judged by words."""
        try:
            return not (self.special.rule(words) if self.special else sensitive(words))
        except EngineUnavailable:
            return not sensitive(words)


class Reader:
    """Reads posts for some topics and queries. Special ones are left out, whoever let them in, and so are queries that no single post can meet."""

    def __init__(self, basis: Basis, topics: Iterable[str], queries: Iterable[str] = ()) -> None:
        self._basis = basis
        self._topics = Topics([topic for topic in sorted(topics) if basis.allowed(topic)], basis.meaning, basis.languages)
        self._special = Topics(subjects(), basis.meaning) if basis.meaning else None
        self._queries = dict(_matchers(sorted(queries), basis.languages))
        self._kept: Recent[Key, Reading] = Recent(KEPT)

    def read(self, posts: Sequence[SeenPost]) -> list[Reading]:
        """What stands in posts, in their order."""
        found = [self._kept.get(_key(seen)) for seen in posts]
        missing = [seen for seen, reading in zip(posts, found, strict=True) if reading is None]
        if missing:
            vectors = self._vectors(missing)
            fresh = iter([self._kept.put(_key(seen), self._reading(seen, vectors.get(seen.number))) for seen in missing])
        return [reading if reading is not None else next(fresh) for reading in found]

    def _reading(self, seen: SeenPost, vector: Floats | None) -> Reading:
        post = read(seen)
        return Reading(
            topics=self._topics.of(post, vector),
            queries=frozenset(query for query, test in self._queries.items() if test(post)),
            risk=risk(seen),
            lang=seen.post.lang or "",
            special=self._touches(post, vector),
            vector=vector,
        )

    def _touches(self, post: Read, vector: Floats | None) -> bool:
        return bool(sensitive(post.post.text)) or bool(self._special and self._special.of(post, vector))

    def _vectors(self, posts: Sequence[SeenPost]) -> dict[int, Floats]:
        """The vectors of posts: those that the store has, and those made now for posts that still wait."""
        meaning = self._basis.meaning
        if meaning is None:
            return {}
        stored = self._basis.activity.vectors([seen.number for seen in posts])
        waiting = [seen for seen in posts if seen.number not in stored and seen.post.text]
        try:
            made = meaning.embedder.embed_passages([passage(seen.author.name, seen.post.text) for seen in waiting])
        except EngineUnavailable:  # these posts are told by their words
            return stored
        return stored | {seen.number: vector for seen, vector in zip(waiting, made, strict=True)}


def asked(targetings: Iterable[Targeting]) -> tuple[frozenset[str], frozenset[str]]:
    """The topics and the queries of pages that targetings ask for, or against."""
    told = list(targetings)
    topics = frozenset(topic for each in told for topic in (*each.topics, *each.not_topics))
    return topics, frozenset(query for each in told for query in (each.query, each.not_query) if query)


def _matchers(queries: Iterable[str], languages: Sequence[str]) -> Iterable[tuple[str, Test]]:
    for query in queries:
        try:
            yield query, matcher(query, languages)
        except InputError:  # accepted under an older grammar: it meets nothing
            continue


def _key(seen: SeenPost) -> Key:
    post = seen.post
    return seen.number, post.edited_at, post.likes, post.reposts, post.replies, post.quotes, post.labels, seen.blurred
