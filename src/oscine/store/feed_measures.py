"""What the log of feeds says, read for judging tables of weights: pages that were dealt by chance, and what the people of a test did and were shown.

Read only, and of people by pseudonym only. What came of pages that were rolled away, and of posts that
are deleted, is gone from here too. It estimates nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from oscine.store.postgres import Database, Row

FEW_FOLLOWERS = 100  # up to which an author is small
PLACES = 10  # at the top of a page, by which it is judged

_DEALT = """
SELECT coalesce(nullif(g.person, ''), g.session) AS whose, g.candidates, f.posts, f.propensities,
       coalesce(o.posts, '{}') AS acted, coalesce(o.kinds, '{}') AS kinds
FROM feed_pages g
CROSS JOIN LATERAL (
    SELECT array_agg(post ORDER BY position) AS posts, array_agg(propensity ORDER BY position) AS propensities
    FROM (SELECT * FROM feed_posts WHERE page = g.token ORDER BY position LIMIT %(places)s) AS first) AS f
CROSS JOIN LATERAL (SELECT array_agg(post) AS posts, array_agg(kind) AS kinds FROM feed_outcomes WHERE page = g.token) AS o
WHERE g.kind = 'for-you' AND g.weights = %(version)s AND g.temperature > 0 AND g.candidates <> '' AND f.posts IS NOT NULL
ORDER BY g.at DESC, g.token LIMIT %(limit)s
"""
_COUNTED = """
WITH pages AS (
    SELECT token, person, arm, at, min(at) OVER (PARTITION BY person) AS since FROM feed_pages
    WHERE test = %(test)s AND kind = 'for-you' AND person <> ''
), counted AS (SELECT *, since + %(window)s AS until FROM pages WHERE at < since + %(window)s AND since + %(window)s <= %(now)s)
"""
_DONE = """
SELECT c.person, min(c.arm) AS arm, coalesce(o.kind, '') AS kind, count(*) AS times
FROM counted c LEFT JOIN feed_outcomes o ON o.page = c.token AND o.at < c.until
GROUP BY c.person, o.kind ORDER BY c.person, o.kind
"""
_SHOWN = """
SELECT c.person, min(c.arm) AS arm, avg(s.authors)::float8 AS authors, avg(s.small)::float8 AS small, avg(s.topics)::float8 AS topics
FROM counted c
CROSS JOIN LATERAL (
    SELECT count(DISTINCT p.author)::float8 / nullif(count(*), 0) AS authors, avg((coalesce(a.followers, (
               SELECT count(*) FROM relations r WHERE r.target = a.id AND r.kind = 'follow' AND r.active)) <= %(few)s)::int) AS small, {topics} AS topics
    FROM (SELECT post FROM feed_posts WHERE page = c.token ORDER BY position LIMIT %(places)s) AS f
    JOIN posts p ON p.id = f.post JOIN accounts a ON a.id = p.author {vectors}) AS s
GROUP BY c.person ORDER BY c.person
"""
_VECTORS = "LEFT JOIN vectors v ON v.post = p.id"
_TOPICS = "(1 + (avg(l2_normalize(v.embedding)) <#> avg(l2_normalize(v.embedding)))) * count(v.post) / nullif(count(v.post) - 1, 0)"


class DealtPage(NamedTuple):
    """A page's first posts, from the top, with the chances that put them there; `candidates` as `feed.dealt` packed them; which post had which outcome.
    `whose` is a pseudonym, or a session of nobody's."""

    whose: str
    candidates: bytes
    posts: tuple[int, ...]
    propensities: tuple[float, ...]
    outcomes: frozenset[tuple[int, str]]


class Person(NamedTuple):
    """Somebody in a test, with how often they did what. The pseudonym is not told."""

    arm: str
    done: dict[str, int]


class Shown(NamedTuple):
    """What somebody in a test was shown, a page on average, by its first ten posts: authors a post; the share of small authors; and how unlike the posts are to
    each other, one less the mean cosine of all pairs (Ziegler et al. 2005); None where nothing is known of it."""

    arm: str
    authors: float | None
    small: float | None
    topics: float | None


class Measures:
    """The log of feeds of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def dealt(self, version: int, limit: int) -> list[DealtPage]:
        """The newest pages that a version of the weights dealt partly by chance."""
        rows = self._database.rows(_DEALT, {"version": version, "limit": limit, "places": PLACES})
        return [_dealt(row) for row in rows]

    def done(self, test: int, window: timedelta, now: datetime) -> list[Person]:
        """What people did on the pages of a test within `window` of their first; those of whom that is known already, and will not change."""
        people: dict[str, Person] = {}
        for row in self._database.rows(_COUNTED + _DONE, {"test": test, "window": window, "now": now}):
            person = people.setdefault(row["person"], Person(row["arm"], {}))
            if row["kind"]:
                person.done[row["kind"]] = row["times"]
        return list(people.values())

    def shown(self, test: int, window: timedelta, now: datetime) -> list[Shown]:
        """What the same people were shown."""
        known = self._database.one("SELECT to_regclass('vectors') IS NOT NULL AS held")
        held = bool(known and known["held"])
        query = _COUNTED + _SHOWN.format(topics=_TOPICS if held else "NULL::float8", vectors=_VECTORS if held else "")
        rows = self._database.rows(query, {"test": test, "window": window, "now": now, "few": FEW_FOLLOWERS, "places": PLACES})
        return [Shown(row["arm"], row["authors"], row["small"], row["topics"]) for row in rows]


def _dealt(row: Row) -> DealtPage:
    outcomes = frozenset(zip(row["acted"], row["kinds"], strict=True))
    return DealtPage(row["whose"], bytes(row["candidates"]), tuple(row["posts"]), tuple(row["propensities"]), outcomes)
