"""What is written of a live network: events, posts among them analysed; and what becomes of those that the store does not take. It writes nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import psycopg

from oscine.errors import InputError
from oscine.ingest.indexing import index
from oscine.records import AnyEvent, PostWritten, Refused
from oscine.store.posts import Indexed

Item = Indexed | AnyEvent
UNUSABLE = (InputError, psycopg.IntegrityError, TypeError, ValueError, RecursionError)  # of an event that the store cannot hold


def prepared(event: AnyEvent) -> Item:
    """An event as it is written: a post is analysed; one that cannot be is refused, with the piece itself."""
    if not isinstance(event, PostWritten):
        return event
    try:
        return index(event)
    except (ValueError, TypeError, RecursionError) as error:
        return refused(event, f"the post cannot be analysed ({error})")


def unusable(error: Exception) -> str:
    """Why the store cannot hold an event."""
    return error.what if isinstance(error, InputError) else f"the store cannot hold it ({str(error).splitlines()[0]})"


def refused(item: Item, reason: str) -> Refused:
    """What the store does not take, written down so that it can be tried again."""
    event = item.event if isinstance(item, Indexed) else item
    try:
        raw = type(event).__name__.encode() + b"\n" + msgspec.json.encode(event)
    except (TypeError, ValueError, RecursionError):
        raw = b""
    return Refused(cursor=event.cursor, reason=reason, raw=raw)


def by_halves(items: Sequence[Item], store: Callable[[Sequence[Item]], None]) -> None:
    """Store items together; where one among them cannot be stored, it is found by halves, and refused alone."""
    pending = [items]
    while pending:
        some = pending.pop()
        try:
            store(some)
        except UNUSABLE as error:
            if not some or (len(some) == 1 and isinstance(some[0], Refused)):
                raise
            middle = len(some) // 2
            pending += [some[middle:], some[:middle]] if middle else [[refused(some[0], unusable(error))]]
