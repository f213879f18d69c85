"""From a network to the store, for as long as the process lives: what a receiver takes in is written in batches, each with the place after it.

A batch, its place, its dead letters and its gaps are one transaction, so that a process killed at any moment loses and doubles nothing: what
it had not stored is told again, and means the same. A database that goes away is waited for. What the store cannot hold becomes a dead letter,
alone. It does not know what networks are like: sources do.
"""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg

from oscine.errors import DatabaseUnavailable, DiskFull, InputError
from oscine.ingest.items import Item, by_halves
from oscine.ingest.mending import Mender, Shared
from oscine.ingest.receiving import Queue, Receiver
from oscine.records import AnyEvent, Gap, Reached, Refused
from oscine.sources.base import Live
from oscine.store import connections, dead_letters, gaps, posts
from oscine.store.connections import State, Step
from oscine.store.postgres import Database
from oscine.store.posts import Indexed

log = logging.getLogger("oscine.live")

BATCH, SECONDS = 2_000, 0.25  # events that are written together, or what comes within so long of the first
PATIENCE = 0.5  # seconds without any event, after which it looks whether it is to stop
BEAT = 5.0  # seconds between signs of life
RATE_SECONDS = 20.0  # over which the rate is taken
DATABASE_REST = 1.0


def run(
    database: Database,
    source: Live,
    *,
    stop: threading.Event,
    told: Callable[[], None] = lambda: None,
    missed: Sequence[str] = (),
    start: str = "",
) -> None:
    """Read a network into the store until `stop` is set; `told` is called after every sign of life.

    `missed` are accounts to be compared beside it, as after a gap; `start` is the place where a connection that is new begins.
    Raises `SetupError` where another process reads it, or where the source says that trying again is no help.
    """
    with contextlib.closing(Database(database.conninfo, size=1)) as session:  # one session: who has lost its lock cannot write either
        shared = Shared(session, threading.Lock(), threading.Event(), stop)
        writer = _Writer(database, source, shared)
        place = writer.begin(start, missed)
        queue = Queue()
        receiver, mender = Receiver(source, place, queue, stop), Mender(database, source, shared)
        threads = [threading.Thread(target=work, daemon=True) for work in (receiver.run, mender.run)]
        try:
            for thread in threads:
                thread.start()
            _write(writer, queue, receiver, mender, told, stop)
        finally:
            stop.set()
            queue.close()
            source.close()
            for thread in threads:
                thread.join(timeout=30)
            writer.end(str(receiver.failure or ""))
    if receiver.failure:
        raise receiver.failure


def _write(writer: _Writer, queue: Queue, receiver: Receiver, mender: Mender, told: Callable[[], None], stop: threading.Event) -> None:
    beat = 0.0
    while not stop.is_set():
        last = receiver.ended
        items = queue.take(BATCH, SECONDS, patience=0 if last else PATIENCE)
        if last and not items:
            break
        mender.overtaken(items)
        writer.standing = ("waiting" if receiver.waiting else "running", receiver.trouble)
        if items:
            writer.write(items)
        if time.monotonic() > beat:
            writer.write([])
            told()
            beat = time.monotonic() + BEAT


class _Writer:
    """Writes batches in the one session that holds the connection's lock. `standing` is what is said of it: whether it runs, and what troubles it."""

    def __init__(self, database: Database, source: Live, shared: Shared) -> None:
        self.standing: tuple[State, str] = ("running", "")
        self._database, self._source, self._shared = database, source, shared
        self._rate, self._counted = 0.0, time.monotonic()

    def begin(self, start: str, missed: Sequence[str]) -> str:
        """Take the connection; the place after which to go on. Raises `SetupError` where another process has it."""
        name, found = self._source.name, [Gap(cursor=0, network="", reason="it was asked for", account=account) for account in missed]
        with self._shared.session.connection() as session:
            place = connections.begin(session, name, self._source.network, start)
            gaps.note(session, name, found)
        if place:
            self._shared.placed.set()
        return place

    def write(self, items: Sequence[Item]) -> None:
        """Store a batch, however long it takes; an empty one is a sign of life."""
        self._count(sum(not isinstance(item, Reached) for item in items))
        by_halves(items, self._persist)

    def end(self, trouble: str) -> None:
        """Say that it has stopped, where that can be said."""
        with contextlib.suppress(DatabaseUnavailable, DiskFull), self._shared.session.connection() as session:
            connections.advance(session, self._source.name, Step("stopped", trouble))

    def _store(self, items: Sequence[Item]) -> None:
        name, batch = self._source.name, _Batch(items)
        state, trouble = self.standing
        with self._shared.alone, self._shared.session.connection() as session:
            connections.hold(session, name)
            if items:
                posts.write(session, batch.posts, batch.others)
                dead_letters.keep(session, name, batch.refused)
                gaps.note(session, name, batch.gaps)
            else:
                dead_letters.expire(session, name)
            connections.advance(session, name, Step(state, trouble, self._rate, batch.place, batch.at, batch.events, len(batch.refused)))
        if batch.place:
            self._shared.placed.set()

    def _persist(self, items: Sequence[Item]) -> None:
        """Store, again and again while the database is away or full. Raises `InputError` for what takes the database too long."""
        told = ""
        while not self._shared.stop.is_set():
            try:
                return self._store(items)
            except (DatabaseUnavailable, DiskFull) as error:
                if told != error.what:
                    log.warning("%s: %s It is waited for.", self._source.name, error.what)
                told = error.what
                if len(items) > 1 and isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                    raise InputError(error.what, error.fix) from None
            self._shared.stop.wait(DATABASE_REST)
            with contextlib.suppress(DatabaseUnavailable, DiskFull):
                self._database.one("SELECT 1")  # asking starts an embedded one

    def _count(self, events: int) -> None:
        passed, self._counted = time.monotonic() - self._counted, time.monotonic()
        self._rate += (events / max(passed, 1e-3) - self._rate) * -math.expm1(-passed / RATE_SECONDS)


class _Batch:
    """Events by what is done with them; `place` and `at` are of the last stretch that is complete in it."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.posts: list[Indexed] = []
        self.others: list[AnyEvent] = []
        self.refused: list[Refused] = []
        self.gaps: list[Gap] = []
        self.place: str | None = None
        self.at: datetime | None = None
        for item in items:
            self._sort(item)

    def _sort(self, item: Item) -> None:
        if isinstance(item, Indexed):
            self.posts.append(item)
        elif isinstance(item, Refused):
            self.refused.append(item)
        elif isinstance(item, Gap):
            self.gaps.append(item)
        elif isinstance(item, Reached):
            self.place, self.at = item.place, item.at or self.at
        else:
            self.others.append(item)

    @property
    def events(self) -> int:
        """How many there are, each stretch's end not counted."""
        return len(self.posts) + len(self.others) + len(self.refused) + len(self.gaps)
