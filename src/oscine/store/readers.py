"""What the store knows of a person who reads: what they did lately, whom they follow, which posts they saw or acted on.

It is read when it is asked for, and nothing is kept of it. Whether the person allows it is not known here: whoever asks has asked them. Of posts it tells
numbers only; whether the person may still see them is the view's to say.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.recommendation import Act
from oscine.records import Viewer
from oscine.store.postgres import Database, Row
from oscine.store.secret import FEED, pseudonym, secret

ACTS = 200  # the newest, that are told
FOLLOWS = 50  # of these, at most so many of following somebody
SHOWN = timedelta(days=3)  # for which a post that was shown is not shown again
_ME = "SELECT id FROM accounts WHERE (network, key) = (%(network)s, %(account)s)"
_ACTS = """
WITH acts AS (
    (SELECT e.kind, p.id AS post, p.author, e.at FROM engagements e JOIN posts p ON (p.network, p.key) = (e.network, e.post)
     WHERE e.actor = %(me)s AND e.active AND e.at <= %(now)s AND p.author <> %(me)s AND NOT (e.kind = %(kind)s AND p.id = %(post)s)
     ORDER BY e.at DESC, p.id, e.kind LIMIT %(acts)s)
    UNION ALL
    (SELECT 'reply', q.id, q.author, p.created_at FROM posts p JOIN posts q ON (q.network, q.key) = (p.network, p.reply_to)
     WHERE p.author = %(me)s AND p.created_at <= %(now)s AND q.author <> %(me)s AND NOT (%(kind)s = 'reply' AND q.id = %(post)s)
     ORDER BY p.created_at DESC, q.id LIMIT %(acts)s)
    UNION ALL
    (SELECT 'quote', q.id, q.author, p.created_at FROM posts p JOIN posts q ON (q.network, q.key) = (p.network, p.quote_of)
     WHERE p.author = %(me)s AND p.created_at <= %(now)s AND q.author <> %(me)s AND NOT (%(kind)s = 'quote' AND q.id = %(post)s)
     ORDER BY p.created_at DESC, q.id LIMIT %(acts)s)
    UNION ALL
    (SELECT 'follow', 0, target, at FROM relations WHERE actor = %(me)s AND kind = 'follow' AND active AND at <= %(now)s
     AND target <> %(me)s AND NOT (%(kind)s = 'follow' AND target = %(author)s)
     ORDER BY at DESC, target LIMIT %(follows)s))
SELECT kind, post, author, max(at) AS at FROM acts
GROUP BY kind, post, author ORDER BY max(at) DESC, kind, post, author LIMIT %(acts)s
"""
_FOLLOWS = """
SELECT string_agg(int8send(target), ''::bytea) AS packed FROM relations
WHERE actor = %(me)s AND kind = 'follow' AND active AND NOT (%(kind)s = 'follow' AND target = %(author)s)
"""
_SEEN = """
WITH seen AS (
    SELECT p.id FROM engagements e JOIN posts p ON (p.network, p.key) = (e.network, e.post)
    WHERE e.actor = %(me)s AND e.active AND e.at >= %(since)s AND NOT (e.kind = %(kind)s AND p.id = %(post)s)
    UNION
    SELECT q.id FROM posts p JOIN posts q ON q.network = p.network AND q.key IN (p.reply_to, p.quote_of)
    WHERE p.author = %(me)s AND p.created_at >= %(since)s AND NOT (%(kind)s IN ('reply', 'quote') AND q.id = %(post)s)
    UNION
    SELECT o.post FROM feed_pages f JOIN feed_outcomes o ON o.page = f.token
    WHERE f.person = %(person)s AND f.person <> '' AND f.at >= least(%(now)s, clock_timestamp()) - %(shown)s)
SELECT string_agg(int8send(id), ''::bytea) AS packed FROM seen
"""
_FORGET = "DELETE FROM engagements WHERE actor = %(me)s AND kind IN ('click', 'dwell', 'hide')"


class Past(NamedTuple):
    """What is known of a person: their number (0 for nobody), their newest acts, whom they follow, what they saw; the last two sorted."""

    number: int
    acts: tuple[Act, ...]
    follows: NDArray[np.int64]
    seen: NDArray[np.int64]


NOBODY = Past(0, (), np.empty(0, np.int64), np.empty(0, np.int64))


class Readers:
    """The people of a database, as feeds may know them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def number(self, viewer: Viewer) -> int:
        """A person's number in the store; 0 for nobody."""
        if viewer.anonymous:
            return 0
        row = self._database.one(_ME, {"network": viewer.network, "account": viewer.account})
        return int(row["id"]) if row else 0

    def of(self, viewer: Viewer, now: datetime, since: datetime, without: Act | None = None) -> Past:
        """What a person did up to now, and which posts they acted on from `since`, all as if the act `without` had not been done."""
        me = self.number(viewer)
        if not me:
            return NOBODY
        undone = {"kind": without.kind, "post": without.post, "author": without.author} if without else {"kind": "", "post": 0, "author": 0}
        values = {"me": me, "now": now, "since": since, "person": self.person(viewer), "shown": SHOWN, "acts": ACTS, "follows": FOLLOWS,
                  **undone}  # fmt: skip
        acts = tuple(_act(row) for row in self._database.rows(_ACTS, values))
        return Past(me, acts, *(_numbers(self._database.one(statement, values)) for statement in (_FOLLOWS, _SEEN)))

    def follows(self, number: int) -> bool:
        """Whether somebody follows anybody."""
        return self._database.one("SELECT FROM relations WHERE actor = %s AND kind = 'follow' AND active LIMIT 1", [number]) is not None

    def forget(self, viewer: Viewer) -> int:
        """Delete what a person opened, hid and stayed with, which no network keeps for them; how much. What they did in public is their network's."""
        return self._database.execute(_FORGET, {"me": self.number(viewer)})

    def person(self, viewer: Viewer) -> str:
        """What stands for a person in the log of feeds; empty for nobody."""
        return pseudonym(self._secret, viewer.network, viewer.account)

    @cached_property
    def _secret(self) -> bytes:
        return secret(self._database, FEED)


def _act(row: Row) -> Act:
    return Act(row["kind"], row["post"], row["author"], row["at"])


def _numbers(row: Row | None) -> NDArray[np.int64]:
    """Sorted here: PostgreSQL takes milliseconds for ten thousand."""
    return np.sort(np.frombuffer((row or {}).get("packed") or b"", ">i8").astype(np.int64))
