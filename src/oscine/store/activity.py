"""What the audience of ads is told from: vectors of posts, what an account did in public, who was active, what a public account says of
itself.

Only public posts are read, and only of accounts that may be found. Whether a person allows any of it is not known here: whoever asks about
one has asked `Choices` first. What a person wrote or liked in the open is read when it is needed, and nothing is kept of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from oscine.records import Viewer
from oscine.store.postgres import Database

ACTS = ["like", "repost", "reply", "quote"]
FOLLOWED, OF_EACH = 50, 5  # accounts that one follows, and posts of each, that tell of oneself

_VECTORS = """
SELECT v.post, v.embedding::text AS vector FROM vectors v
WHERE v.post = ANY (%s) AND NOT EXISTS (SELECT FROM pending_vectors q WHERE q.post = v.post)
"""
_BACKGROUND = """
SELECT v.embedding::text AS vector FROM vectors v JOIN posts p ON p.id = v.post JOIN accounts a ON a.id = p.author
WHERE p.visibility = 'public' AND a.searchable ORDER BY md5(p.id::text) LIMIT %s
"""
_DONE = """
WITH me AS (SELECT id FROM accounts WHERE (network, key) = (%(network)s, %(account)s)),
acts AS (
    SELECT e.network, e.post AS key, e.at FROM engagements e
    WHERE e.actor = (SELECT id FROM me) AND e.active AND e.kind = ANY (%(acts)s) AND e.at >= %(since)s
    UNION ALL SELECT r.network, r.reply_to, r.created_at FROM posts r
    WHERE r.author = (SELECT id FROM me) AND r.reply_to IS NOT NULL AND r.visibility = 'public' AND r.created_at >= %(since)s),
follows AS (
    SELECT target, at FROM relations WHERE actor = (SELECT id FROM me) AND kind = 'follow' AND active ORDER BY at DESC LIMIT %(followed)s),
found AS (
    SELECT p.id, p.author, acts.at FROM acts JOIN posts p ON (p.network, p.key) = (acts.network, acts.key) WHERE p.visibility = 'public'
    UNION ALL SELECT p.id, f.target, f.at FROM follows f CROSS JOIN LATERAL (
        SELECT id FROM posts WHERE author = f.target AND visibility = 'public' ORDER BY created_at DESC LIMIT %(of_each)s) p)
SELECT found.id FROM found JOIN accounts a ON a.id = found.author WHERE a.searchable AND a.id <> (SELECT id FROM me)
GROUP BY found.id ORDER BY max(found.at) DESC LIMIT %(most)s
"""
_PUBLIC = "a.searchable AND EXISTS (SELECT FROM posts p WHERE p.author = a.id AND p.visibility = 'public')"
_TOLD = f"""
SELECT a.network || '/' || a.key AS name, concat_ws(' . ', a.handle, a.name, a.bio) AS said FROM accounts a
WHERE a.network || '/' || a.key = ANY (%s) AND {_PUBLIC}
"""  # noqa: S608 - our own words
_WRITTEN = """
SELECT p.id FROM accounts a CROSS JOIN LATERAL (
    SELECT id FROM posts WHERE author = a.id AND visibility = 'public' ORDER BY created_at DESC LIMIT %s) p
WHERE a.network || '/' || a.key = ANY (%s) AND a.searchable
"""
_ACTIVE = """
WITH active AS (
    SELECT author AS id FROM posts WHERE created_at >= %(since)s UNION SELECT actor FROM engagements WHERE at >= %(since)s AND active)
SELECT a.network, a.key, coalesce(c.personal, false) AS personal, coalesce(c.minor, false) AS minor, count(*) OVER () AS total
FROM active JOIN accounts a USING (id) LEFT JOIN ad_choices c ON (c.network, c.account) = (a.network, a.key)
WHERE NOT a.bot ORDER BY md5(a.network || '/' || a.key) LIMIT %(most)s
"""
_RECENT = """
SELECT p.id, count(*) OVER () AS total FROM posts p WHERE p.visibility = 'public' AND p.created_at >= %s AND p.created_at < %s
ORDER BY md5(p.id::text) LIMIT %s
"""
_AVOIDED = """
SELECT DISTINCT a.network || '/' || a.key AS name FROM accounts me JOIN relations r ON me.id IN (r.actor, r.target) AND r.active
JOIN accounts a ON a.id IN (r.actor, r.target) AND a.id <> me.id
WHERE (me.network, me.key) = (%(network)s, %(account)s) AND a.network || '/' || a.key = ANY (%(accounts)s)
  AND (r.kind = 'block' OR (r.kind = 'mute' AND r.actor = me.id))
"""


class Active(NamedTuple):
    """Somebody who was active: whether they allow personal ads, and whether they are marked as a minor."""

    viewer: Viewer
    personal: bool
    minor: bool


class People(NamedTuple):
    """Some people, always the same of the same, and how many there are in all."""

    sample: tuple[Active, ...]
    total: int


class Posts(NamedTuple):
    """Some posts by number, always the same of the same, and how many there are in all."""

    sample: tuple[int, ...]
    total: int


class Activity:
    """What of a database tells whom ads reach."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def vectors(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """The vectors (d,) of posts, by number; a post that waits for its vector has none."""
        return {row["post"]: _vector(row["vector"]) for row in self._database.rows(_VECTORS, [list(numbers)])} if numbers else {}

    def background(self, most: int) -> NDArray[np.float32]:
        """Vectors (n, d) of public posts by chance, at most so many; (0, 0) where there are none."""
        rows = self._database.rows(_BACKGROUND, [most])
        return np.stack([_vector(row["vector"]) for row in rows]) if rows else np.empty((0, 0), np.float32)

    def done(self, viewer: Viewer, since: datetime, most: int) -> list[int]:
        """The public posts that a person liked, reposted, quoted or answered, and the last ones of whom they follow; the newest acts first."""
        values = {"network": viewer.network, "account": viewer.account, "acts": ACTS, "since": since, "most": most,
                  "followed": FOLLOWED, "of_each": OF_EACH}  # fmt: skip
        return [row["id"] for row in self._database.rows(_DONE, values)]

    def told(self, accounts: Sequence[str]) -> dict[str, str]:
        """What public accounts (NETWORK/ACCOUNT) say of themselves: handle, name and bio. Who is not public, or not here, is left out."""
        return {row["name"]: row["said"] for row in self._database.rows(_TOLD, [list(accounts)])}

    def written(self, accounts: Sequence[str], most: int) -> list[int]:
        """The last public posts of public accounts (NETWORK/ACCOUNT), at most so many of each."""
        return [row["id"] for row in self._database.rows(_WRITTEN, [most, list(accounts)])]

    def active(self, since: datetime, most: int) -> People:
        """People who wrote, liked or reposted since then; bots are none."""
        rows = self._database.rows(_ACTIVE, {"since": since, "most": most})
        people = (Active(Viewer(network=row["network"], account=row["key"]), row["personal"], row["minor"]) for row in rows)
        return People(tuple(people), rows[0]["total"] if rows else 0)

    def recent(self, since: datetime, until: datetime, most: int) -> Posts:
        """Public posts of a time, by number."""
        rows = self._database.rows(_RECENT, [since, until, most])
        return Posts(tuple(row["id"] for row in rows), rows[0]["total"] if rows else 0)

    def avoided(self, viewer: Viewer, accounts: Collection[str]) -> frozenset[str]:
        """Those of some accounts (NETWORK/ACCOUNT) that a person blocks or mutes, or that block the person."""
        if viewer.anonymous or not accounts:
            return frozenset()
        values = {"network": viewer.network, "account": viewer.account, "accounts": list(accounts)}
        return frozenset(row["name"] for row in self._database.rows(_AVOIDED, values))


def _vector(text: str) -> NDArray[np.float32]:
    return np.array(msgspec.json.decode(text), np.float32)
