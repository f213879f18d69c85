"""Connections to networks: who reads one, how far it has been read, and the figures that are shown of it.

A connection is read by one process at a time: by the one whose database session holds its lock. It writes in that same session, so that
whoever has lost the lock cannot write either. It does not know what a network is; letters and gaps are their own tables'.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Literal, NamedTuple

from psycopg import Connection as Session
from psycopg.rows import DictRow

from oscine.errors import NotFound, SetupError
from oscine.records import Record
from oscine.store.postgres import Database

LOCKS = 0x05C22  # the class of the advisory locks; which of them is the hash of a name
PATIENCE = 15.0  # seconds
LONGEST = 500  # characters of a reason that is kept

State = Literal["running", "waiting", "stopped", "lost"]

_TAKE = "SELECT pg_try_advisory_lock(%s, hashtext(%s)) AS mine"
_LOCKED = """EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %(locks)s::int::oid
    AND l.objid = hashtext(c.name)::oid AND l.objsubid = 2 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""
_TOLD = f"""
SELECT told.*, CASE WHEN happened_at IS NOT NULL THEN greatest(0, extract(epoch FROM upto - happened_at)) END::float8 AS lag
FROM (
    SELECT c.name, c.network, c.events, c.refused, c.trouble, c.happened_at, c.stored_at,
           CASE WHEN {_LOCKED} THEN c.state WHEN c.state = 'stopped' THEN 'stopped' ELSE 'lost' END AS state,
           CASE WHEN {_LOCKED} AND c.state = 'running' THEN c.stored_at ELSE clock_timestamp() END AS upto,
           CASE WHEN {_LOCKED} THEN c.rate ELSE 0 END AS rate,
           (SELECT count(*) FROM dead_letters d WHERE d.connection = c.name) AS dead,
           (SELECT count(*) FROM gaps g WHERE g.connection = c.name) AS gaps
    FROM connections c
) AS told ORDER BY name
"""  # noqa: S608 - our own words


class Connection(Record, frozen=True):
    """How a connection stands. `lag` is how many seconds after it happened the newest event was stored or, where it does not run, how long ago that was.

    `rate` is events a second of late; `dead` letters and `gaps` are those that there are now, `events` and `refused` all that ever came.
    """

    name: str
    network: str
    state: State
    lag: float | None
    rate: float
    events: int
    refused: int
    dead: int
    gaps: int
    trouble: str
    stored_at: datetime | None


class Step(NamedTuple):
    """What a transaction adds: `events` of which the newest happened at `happened_at`, up to `place` (None: no further); `rate` is events a second."""

    state: State
    trouble: str = ""
    rate: float = 0.0
    place: str | None = None
    happened_at: datetime | None = None
    events: int = 0
    refused: int = 0


class Connections:
    """All connections of a database, for whoever shows them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def told(self) -> list[Connection]:
        """How each stands now, by name."""
        rows = self._database.rows(_TOLD, {"locks": LOCKS})
        return [Connection(**{name: row[name] for name in Connection.__struct_fields__}) for row in rows]

    def one(self, name: str) -> Connection:
        """One of them. Raises `NotFound`."""
        found = next((one for one in self.told() if one.name == name), None)
        if found is None:
            raise NotFound(f"There is no connection {name!r}.", "`oscine connections` shows them.")
        return found


def hold(session: Session[DictRow], name: str, patience: float = 0.0) -> None:
    """Take the lock of a connection for this session, or make sure that it still has it.

    Raises `SetupError` where another process has it, after `patience` seconds: of one that was killed the database may not know yet.
    """
    end = time.monotonic() + patience
    while not (row := session.execute(_TAKE, [LOCKS, name]).fetchone()) or not row["mine"]:
        if time.monotonic() > end:
            raise SetupError(f"{name!r} is being read by another process.", "`oscine connections` shows what runs; stop that one first.")
        time.sleep(0.2)


def begin(session: Session[DictRow], name: str, network: str, start: str = "") -> str:
    """Make a connection known, and hold it; the place after which it goes on, `start` where it is new. Raises `SetupError`."""
    hold(session, name, PATIENCE)
    row = session.execute(
        "INSERT INTO connections AS c (name, network, place, state) VALUES (%s, %s, %s, 'running')"
        " ON CONFLICT (name) DO UPDATE SET state = 'running', trouble = '', changed_at = clock_timestamp() RETURNING place",
        [name, network, start],
    ).fetchone()
    assert row
    return str(row["place"])


def advance(session: Session[DictRow], name: str, step: Step) -> None:
    """Note what a transaction stores and how its connection stands."""
    values: dict[str, Any] = {**step._asdict(), "trouble": plain(step.trouble), "name": name}
    session.execute(
        "UPDATE connections SET place = coalesce(%(place)s, place), happened_at = coalesce(%(happened_at)s, happened_at),"
        " events = events + %(events)s, refused = refused + %(refused)s, rate = %(rate)s, state = %(state)s, trouble = %(trouble)s,"
        " stored_at = CASE WHEN %(events)s > 0 THEN clock_timestamp() ELSE stored_at END, changed_at = clock_timestamp() WHERE name = %(name)s",
        values,
    )


def plain(words: str, longest: int = LONGEST) -> str:
    """Words of strangers as PostgreSQL can hold them."""
    return words[:longest].replace("\x00", "").encode(errors="replace").decode()
