"""What people did to public posts, as arrays: what a ranker learns from. And what feeds served, with all that came of it.

Only public posts are read, and only what was not taken back. Whoever does not want their feed to go by what they did (`personal` off) is nobody here: what
they did to posts is counted, as everybody can count it, and nothing is learned of them. It decides neither what is learned, nor how.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL, Composable, Literal

from oscine.model.interactions import FOLLOW, KINDS, NOBODY, Interactions, Ints, Posts, Served, interactions
from oscine.recommendation import ACTIONS, LONG, SHORT
from oscine.store.postgres import Database, Row
from oscine.store.secret import FEED, pseudonym, secret

CHUNK = 20_000  # posts whose vectors are read at a time
_POSTS = SQL("""
SELECT string_agg(int8send(id), ''::bytea) AS numbers, string_agg(int8send(author), ''::bytea) AS authors,
       string_agg(float8send(extract(epoch FROM created_at)::float8), ''::bytea) AS created,
       string_agg(int4send((media <> '[]')::int + 2 * (urls <> '{{}}')::int + 4 * (reply_to IS NOT NULL)::int
                           + 8 * (char_length(text) >= {long})::int + 16 * (char_length(text) <= {short})::int), ''::bytea) AS forms
FROM (SELECT * FROM (SELECT * FROM posts WHERE visibility = 'public' AND created_at <= clock_timestamp() ORDER BY created_at DESC, id DESC LIMIT {most})
      AS newest ORDER BY id) AS rising
""")
_ACTS = """
WITH acts AS (
    SELECT e.actor, p.id AS post, p.author, e.kind, e.at, true AS counted FROM engagements e JOIN posts p ON (p.network, p.key) = (e.network, e.post)
    WHERE e.active AND e.kind = ANY (%(actions)s) AND p.visibility = 'public'
    UNION ALL
    SELECT r.author, p.id, p.author, kind, r.created_at, false FROM posts r
    CROSS JOIN LATERAL (VALUES ('reply', r.reply_to), ('quote', r.quote_of)) AS told(kind, key) JOIN posts p ON (p.network, p.key) = (r.network, told.key)
    WHERE r.visibility = 'public' AND p.visibility = 'public'
    UNION ALL
    SELECT actor, 0, target, 'follow', at, false FROM relations WHERE kind = 'follow' AND active
)
SELECT string_agg(int8send(CASE WHEN hidden.id IS NULL THEN actor ELSE 0 END), ''::bytea) AS people, string_agg(int8send(post), ''::bytea) AS posts,
       string_agg(int8send(author), ''::bytea) AS authors, string_agg(int4send(array_position(%(actions)s, acts.kind) - 1), ''::bytea) AS kinds,
       string_agg(float8send(extract(epoch FROM at)::float8), ''::bytea) AS at, string_agg(int4send(counted::int), ''::bytea) AS counted
FROM acts LEFT JOIN (SELECT a.id FROM feed_steering s JOIN accounts a ON (a.network, a.key) = (s.network, s.account) WHERE s.steering->>'personal' = 'false')
     AS hidden ON hidden.id = actor
WHERE actor <> author AND at <= clock_timestamp()
"""
_VECTORS = """
SELECT string_agg(int8send(post), ''::bytea) AS numbers, string_agg(halfvec_send(embedding), ''::bytea) AS vectors FROM vectors WHERE post = ANY (%s)
"""
_SERVED = """
SELECT g.person, f.post, extract(epoch FROM g.at)::float8 AS at, array_agg(DISTINCT o.kind) AS outcomes
FROM feed_pages g JOIN feed_posts f ON f.page = g.token JOIN feed_outcomes o ON (o.page, o.post) = (f.page, f.post)
GROUP BY g.token, g.person, f.post, g.at
"""


class Known(NamedTuple):
    """What was done, with the posts' numbers in the store (p,), rising, and the name of what made their vectors; empty where nothing did."""

    acts: Interactions
    numbers: Ints
    embedder: str


def read(database: Database, most: int) -> Known:
    """What was done to the newest `most` public posts; of follows, all."""
    told = _rows(database, _POSTS.format(long=Literal(LONG), short=Literal(SHORT), most=Literal(most)))[0]
    numbers, forms = _column(told, "numbers", "i8"), _column(told, "forms", "i4")
    posts = Posts(_vectors(database, numbers), _column(told, "authors", "i8"), _column(told, "created", "f8"),
                  (forms[:, None] >> np.arange(5) & 1).astype(np.float32))  # fmt: skip
    row = _rows(database, _ACTS, {"actions": list(ACTIONS)})[0]
    people, done, authors, kinds, at, counted = (
        _column(row, name, kind)
        for name, kind in (("people", "i8"), ("posts", "i8"), ("authors", "i8"), ("kinds", "i4"), ("at", "f8"), ("counted", "i4"))
    )
    places = _places(numbers, done)
    kept = (places >= 0) | (kinds == FOLLOW)
    acts = interactions(posts, people[kept], places[kept], kinds[kept], at[kept], authors[kept], counted[kept] > 0)
    made = database.one("SELECT value FROM meta WHERE key = 'embedder'")
    return Known(acts, numbers, made["value"] if made and posts.vectors.any() else "")


def served(database: Database, numbers: Ints) -> Served:
    """The posts of these numbers that were seen, or acted on, on pages of feeds."""
    rows = _rows(database, _SERVED)
    people = _people(database) if any(row["person"] for row in rows) else {}
    places = _places(numbers, np.array([row["post"] for row in rows], np.int64))
    outcomes = np.array([[action in row["outcomes"] for action in ACTIONS] for row in rows], np.float32).reshape(-1, KINDS)
    shown = Served(
        np.array([people.get(row["person"], NOBODY) for row in rows], np.int64),
        places,
        np.array([row["at"] for row in rows], np.float64),
        outcomes,
    )
    kept = places >= 0
    return Served(shown.people[kept], places[kept], shown.at[kept], outcomes[kept])


def _people(database: Database) -> dict[str, int]:
    """Whom each pseudonym of the log stands for."""
    key = secret(database, FEED)
    return {pseudonym(key, row["network"], row["key"]): row["id"] for row in database.rows("SELECT id, network, key FROM accounts")}


def _vectors(database: Database, numbers: Ints) -> NDArray[np.float16]:
    """(n, d) halves; zeros for posts that have no vector yet, one of them where there is no table."""
    row = database.one("SELECT to_regclass('vectors') IS NOT NULL AS held")
    found = np.zeros((len(numbers), 1), np.float16)
    for start in range(0, len(numbers) if row and row["held"] else 0, CHUNK):
        told = _rows(database, _VECTORS, [numbers[start : start + CHUNK].tolist()])[0]
        posts = _column(told, "numbers", "i8")
        if len(posts):
            halves = np.frombuffer(told["vectors"], ">f2").reshape(len(posts), -1)[:, 2:]  # before each, its length and an empty word
            found = found if found.shape[1] == halves.shape[1] else np.zeros((len(numbers), halves.shape[1]), np.float16)
            found[_places(numbers, posts)] = halves
    return found


def _rows(database: Database, query: Composable | str, params: Any = None) -> list[Row]:
    """All rows of a statement that may take as long as it needs."""
    with database.connection() as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        return connection.execute(query, params).fetchall()  # type: ignore[arg-type]


def _column(row: Row, name: str, kind: str) -> NDArray[Any]:
    """What was packed, as numbers of this machine."""
    return np.frombuffer(row[name] or b"", f">{kind}").astype(np.float64 if kind == "f8" else np.int64)


def _places(numbers: Ints, wanted: Ints) -> Ints:
    """Where posts stand among sorted numbers; -1 for those that do not."""
    found = np.searchsorted(numbers, wanted)
    return np.where(np.append(numbers, -1)[found] == wanted, found, -1)
