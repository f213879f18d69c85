"""Posts read for what campaigns ask of them: topics and queries. What was read of a post is kept while the post is as it was.

It knows no campaign, only words; those that touch a special category are left out, whoever let them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from oscine.ads.audience.basis import Basis, Key, key
from oscine.ads.audience.conditions import Test
from oscine.ads.audience.matching import matcher
from oscine.ads.audience.recent import Recent
from oscine.ads.audience.topics import Known, Topics
from oscine.errors import InputError
from oscine.view import SeenPost

KEPT = 50_000  # posts


class Reading(NamedTuple):
    """What of the words that it was read for stands in a post."""

    topics: frozenset[str]
    queries: frozenset[str]


class Reader:
    """Reads posts for some topics and queries; a query that no single post can meet is met by none."""

    def __init__(self, basis: Basis, topics: Iterable[str], queries: Iterable[str] = ()) -> None:
        self.basis = basis
        self._topics = Topics([topic for topic in sorted(topics) if not basis.rule(topic)], basis.meaning, basis.languages)
        self._queries = dict(_matchers(sorted(queries), basis.languages))
        self._kept: Recent[Key, Reading] = Recent(KEPT)

    def read(self, posts: Sequence[SeenPost]) -> list[Reading]:
        """What stands in posts, in their order."""
        found = [self._kept.get(key(seen)) for seen in posts]
        missing = [seen for seen, reading in zip(posts, found, strict=True) if reading is None]
        fresh = iter([self._kept.put(key(known.seen), self._reading(known)) for known in self.basis.known(missing)])
        return [reading if reading is not None else next(fresh) for reading in found]

    def _reading(self, post: Known) -> Reading:
        return Reading(self._topics.of(post), frozenset(query for query, test in self._queries.items() if test(post.read)))


def _matchers(queries: Iterable[str], languages: Sequence[str]) -> Iterator[tuple[str, Test]]:
    for query in queries:
        try:
            yield query, matcher(query, languages)
        except InputError:  # accepted under an older grammar
            continue
