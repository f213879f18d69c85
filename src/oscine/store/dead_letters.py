"""Pieces of a network that could not be used, each with its reason, until they are tried again or dropped.

Anybody can write rubbish into a network, so that the table has an end: of each connection the newest are kept, so many and so many bytes, none for
longer than a month. It does not know how a piece is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from psycopg import Connection as Session
from psycopg.rows import DictRow

from oscine.records import Record, Refused
from oscine.store.connections import plain
from oscine.store.postgres import Database

MOST, MOST_BYTES, DAYS = 10_000, 64 << 20, 30  # kept of one connection
LARGEST = 1 << 20  # bytes of a piece; of a larger one only the reason is kept

_KEEP = "INSERT INTO dead_letters (connection, reason, raw) SELECT %s, * FROM unnest(%s::text[], %s::bytea[])"
_FORGET = """
DELETE FROM dead_letters WHERE connection = %(name)s AND id IN (
    SELECT id FROM (
        SELECT id, count(*) OVER newer AS letters, sum(octet_length(raw)) OVER newer AS bytes
        FROM dead_letters WHERE connection = %(name)s WINDOW newer AS (ORDER BY id DESC)
    ) AS counted WHERE letters > %(most)s OR bytes > %(bytes)s)
"""


class Letter(Record, frozen=True):
    """A piece that could not be used, why, and how often it was tried."""

    id: int
    at: datetime
    reason: str
    raw: bytes
    tries: int


class DeadLetters:
    """The letters of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, name: str, after: int = 0, limit: int = 100) -> list[Letter]:
        """Those of a connection, oldest first, from behind number `after` on."""
        rows = self._database.rows(
            "SELECT id, at, reason, raw, tries FROM dead_letters WHERE connection = %s AND id > %s ORDER BY id LIMIT %s",
            [name, after, limit],
        )
        return [Letter(**row) for row in rows]

    def drop(self, name: str) -> int:
        """Forget all of a connection; how many there were."""
        return self._database.execute("DELETE FROM dead_letters WHERE connection = %s", [name])


def keep(session: Session[DictRow], name: str, refused: Iterable[Refused]) -> None:
    """Keep what may be tried again; the oldest make room."""
    letters = [(plain(one.reason), one.raw if len(one.raw) <= LARGEST else b"") for one in refused if one.raw]
    if letters:
        session.execute(_KEEP, [name, [reason for reason, _ in letters], [raw for _, raw in letters]])
        session.execute(_FORGET, {"name": name, "most": MOST, "bytes": MOST_BYTES})


def expire(session: Session[DictRow], name: str) -> None:
    """Forget what is kept no longer."""
    session.execute("DELETE FROM dead_letters WHERE connection = %s AND at < clock_timestamp() - make_interval(days => %s)", [name, DAYS])


def again(session: Session[DictRow], letter: Letter, refused: str) -> None:
    """Note that a letter was tried again: it is gone, or stays for the reason `refused`."""
    if refused:
        session.execute("UPDATE dead_letters SET tries = tries + 1, reason = %s WHERE id = %s", [plain(refused), letter.id])
    else:
        session.execute("DELETE FROM dead_letters WHERE id = %s", [letter.id])
