"""From events to the store, of a source that ends: cleaned, indexed, written in batches.

A batch and the cursor after it are one transaction, so that a process killed at any moment loses and doubles nothing. While one batch is
written the next is being read. A database that goes away is waited for. It does not know what networks are like: sources do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import msgspec

from oscine.errors import DatabaseUnavailable
from oscine.ingest.indexing import index
from oscine.records import AccountDeleted, AnyEvent, PostDeleted, PostWritten, Reached, Refused
from oscine.sources.base import Source
from oscine.store import imports, posts
from oscine.store.postgres import Database, wait_for

BATCH = 2_000
REASONS = 20  # of the refused lines, how many are told


class Events:
    """A source of events that are at hand already."""

    name = ""

    def __init__(self, events: Sequence[AnyEvent]) -> None:
        self._events = events

    def events(self, cursor: int = 0) -> Iterator[AnyEvent]:
        """Those after `cursor`."""
        return (event for event in self._events if event.cursor > cursor)

    def done(self) -> float | None:
        """Not told."""
        return None


class Summary(msgspec.Struct):
    """What an import did, in lines. `reasons` are the first refused lines and why."""

    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    refused: int = 0
    seconds: float = 0.0
    resumed_after: int = 0
    reasons: list[tuple[int, str]] = []

    @property
    def lines(self) -> int:
        """All lines that were read."""
        return self.accepted + self.updated + self.unchanged + self.deleted + self.refused

    @property
    def useful(self) -> bool:
        """Whether any line could be used."""
        return self.lines > self.refused


Progress = Callable[[Summary, float | None], None]


def ingest(database: Database, source: Source, *, networks: frozenset[str] | None = None, wait: float = 60.0,
           progress: Progress | None = None) -> Summary:  # fmt: skip
    """Read a source to its end. `networks`: the only ones that may be written; None for any.

    An unfinished reading of the same source goes on where it stopped. Raises `DatabaseUnavailable` when the database stays away for
    longer than `wait` seconds, `DiskFull` when it cannot write; what was counted as accepted is stored, in either case.
    """
    with database.connection() as connection:
        cursor, counts = imports.position(connection, source.name) if source.name else (0, {})
    summary = msgspec.convert(counts, Summary) if counts else Summary()
    summary.resumed_after = cursor
    start = time.monotonic() - summary.seconds
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="write") as writer:
        previous: Future[None] | None = None
        for batch in _batches(source.events(cursor), networks):
            if previous:
                previous.result()
            previous = writer.submit(_write, database, source.name, batch, summary, start, wait)
            if progress:
                progress(summary, source.done())
        if previous:
            previous.result()
    if source.name:
        with database.connection() as connection:
            imports.finish(connection, source.name)
    return summary


class _Batch(msgspec.Struct):
    """Events that are written together; `cursor` is where to go on after them."""

    posts: list[posts.Indexed]
    others: list[AnyEvent]
    refused: list[Refused]
    cursor: int


def _batches(events: Iterable[AnyEvent], networks: frozenset[str] | None) -> Iterator[_Batch]:
    stream = iter(events)
    while some := list(islice(stream, BATCH)):
        batch = _Batch([], [], [], some[-1].cursor)
        for event in some:
            event = _permitted(event, networks)
            if isinstance(event, PostWritten):
                batch.posts.append(index(event))
            elif isinstance(event, Refused):
                batch.refused.append(event)
            else:
                batch.others.append(event)
        yield batch


def _permitted(event: AnyEvent, networks: frozenset[str] | None) -> AnyEvent:
    if networks is None or isinstance(event, Refused | Reached) or event.network in networks:
        return event
    return Refused(
        cursor=event.cursor, reason=f"network {event.network!r} is not one that this key may write ({', '.join(sorted(networks))})"
    )


def _write(database: Database, name: str, batch: _Batch, summary: Summary, start: float, wait: float) -> None:
    """Write one batch with its cursor, again and again while the database is away; then count it."""
    while True:
        try:
            with database.connection() as connection:
                written = posts.write(connection, batch.posts, batch.others)
                counted = _count(summary, batch, written, time.monotonic() - start)
                if name:
                    imports.advance(connection, name, batch.cursor, msgspec.to_builtins(counted))
            break
        except DatabaseUnavailable:
            wait_for(database, wait)
    for field in Summary.__struct_fields__:
        setattr(summary, field, getattr(counted, field))


def _count(before: Summary, batch: _Batch, written: posts.Written, seconds: float) -> Summary:
    dead = [(cursor, "the post was deleted earlier, and a deleted post does not come back") for cursor in written.dead]
    refused = [(event.cursor, event.reason) for event in batch.refused]
    deletes = sum(isinstance(event, PostDeleted | AccountDeleted) for event in batch.others)
    return Summary(
        accepted=before.accepted + written.new + len(batch.others) - deletes,
        updated=before.updated + written.updated,
        unchanged=before.unchanged + written.unchanged,
        deleted=before.deleted + deletes,
        refused=before.refused + len(refused) + len(dead),
        seconds=seconds,
        resumed_after=before.resumed_after,
        reasons=(before.reasons + sorted(refused + dead))[:REASONS],
    )
