"""What a connection missed, mended beside it: all that the network has of an account now is stored, and what it no longer has is deleted.

What the store held before the network was asked, and the network does not tell, was deleted there meanwhile. What the stream tells of the account
while it is being read is newer than what is read, and counts. It does not know how an account is read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

import msgspec
import psycopg
from psycopg import Connection as Session
from psycopg.rows import DictRow

from oscine.errors import OscineError
from oscine.ingest.items import Item, by_halves, prepared
from oscine.records import (
    INACTIVE,
    AccountChanged,
    AccountDeleted,
    AnyEvent,
    Engagement,
    Labelled,
    PostDeleted,
    PostWritten,
    Refused,
    Relation,
    Undone,
)
from oscine.sources.base import Live
from oscine.store import connections, dead_letters, gaps, posts
from oscine.store.gaps import ALL, Edited, Gaps, Held, Missed
from oscine.store.postgres import Database
from oscine.store.posts import Indexed

BATCH = 1_000
REST = 1.0  # seconds between looks for gaps


class Shared(NamedTuple):
    """What whoever writes the stream and whoever mends share.

    `session` holds the connection's lock: who has lost it cannot write. `alone` is held by the one who writes. `placed` is set once there is a
    place to go on after: what was compared before that, and changes then, might never be told. `stop` ends all.
    """

    session: Database
    alone: threading.Lock
    placed: threading.Event
    stop: threading.Event


class Mender:
    """Mends the gaps of one connection, one after the other, until it is stopped."""

    def __init__(self, database: Database, source: Live, shared: Shared) -> None:
        self._database, self._source, self._shared = database, source, shared
        self._gaps = Gaps(database, source.name)
        self._account = ""
        self._newer: set[str] = set()

    def run(self) -> None:
        """Work until stopped; trouble stays with the gap, which is tried again later."""
        while not self._shared.stop.is_set():
            try:
                busy = self._shared.placed.is_set() and self.mend()
            except (OscineError, psycopg.Error):
                busy = False  # the database is away: whoever writes waits for it too
            if not busy:
                self._shared.stop.wait(REST)

    def mend(self) -> bool:
        """Mend the gap that waits longest; whether there was one."""
        gap = self._gaps.due()
        if gap is None:
            return False
        try:
            self._spread(gap) if gap.account == ALL else self._compare(gap)
        except OscineError as error:
            self._gaps.failed(gap, str(error))
        return True

    def overtaken(self, items: Iterable[Item]) -> None:
        """Take note of what the stream tells of the account at hand, before it is written."""
        if self._account:
            self._newer.update(_about(item) for item in items if _whose(item) == self._account)

    def _spread(self, gap: Missed) -> None:
        """Every account that may have been missed becomes a gap of its own."""
        accounts = iter(self._source.accounts())
        while some := list(islice(accounts, BATCH)):
            self._gaps.add(some, gap.reason)
            if self._shared.stop.is_set():
                return
        self._gaps.mended(gap)

    def _compare(self, gap: Missed) -> None:
        self._newer, self._account = set(), gap.account
        try:
            missing = gaps.held(self._database, self._source.network, gap.account)
            events, told = self._source.account(gap.account), False
            for some in _some(events):
                told = True
                by_halves([prepared(event) for event in some], self._write)
                _find(missing, some)
                if self._shared.stop.is_set():
                    return
            self._delete(missing if told else Held(posts=set(), acts=set()), gap)
        finally:
            self._account = ""

    def _write(self, items: Sequence[Item]) -> None:
        with self._shared.alone, self._shared.session.connection() as session:
            connections.hold(session, self._source.name)
            fresh = self._dated(session, [item for item in items if _about(item) not in self._newer])
            refused = [item for item in fresh if isinstance(item, Refused)]
            others = [item for item in fresh if not isinstance(item, Indexed | Refused)]
            posts.write(session, [item for item in fresh if isinstance(item, Indexed)], others)
            dead_letters.keep(session, self._source.name, refused)

    def _dated(self, session: Session[DictRow], items: Sequence[Item]) -> list[Item]:
        """A repository may not say when a post was edited: one that the store holds otherwise, edited at some time, was edited again since."""
        undated = [item for item in items if isinstance(item, Indexed) and item.event.post.edited_at is None]
        edited = gaps.edited(session, self._source.network, [item.event.post.id for item in undated])
        return [_edited(item, edited[_about(item)]) if isinstance(item, Indexed) and _about(item) in edited else item for item in items]

    def _delete(self, missing: Held, gap: Missed) -> None:
        """What is missing goes, and the gap with the last of it."""
        gone = _gone(self._source.network, missing)
        while some := list(islice(gone, BATCH)):
            by_halves(some, self._write)
        self._gaps.mended(gap)


def _some(events: Iterable[AnyEvent]) -> Iterator[list[AnyEvent]]:
    """Events in batches; what was told before an error counts. Raises what telling them raises."""
    some: list[AnyEvent] = []
    try:
        for event in events:
            some.append(event)
            if len(some) == BATCH:
                yield some
                some = []
    except OscineError:
        if some:
            yield some
        raise
    if some:
        yield some


def _find(missing: Held, events: Iterable[AnyEvent]) -> None:
    """Take from what is missing whatever the network tells. Of an account that is away or gone nothing is missing: it has an event of its own."""
    for event in events:
        if isinstance(event, PostWritten):
            missing.posts.discard(event.post.id)
        elif isinstance(event, Engagement | Relation):
            missing.acts.discard(event.key)
        elif isinstance(event, AccountDeleted) or (isinstance(event, Labelled) and event.on and event.label == INACTIVE):
            missing.posts.clear()
            missing.acts.clear()


def _gone(network: str, missing: Held) -> Iterator[AnyEvent]:
    yield from (PostDeleted(cursor=number, network=network, id=post) for number, post in enumerate(sorted(missing.posts)))
    yield from (Undone(cursor=number, network=network, key=key) for number, key in enumerate(sorted(missing.acts)))


def _about(item: Item) -> str:
    """The post or account that an event tells of; empty where its order among others does not matter."""
    if isinstance(item, Indexed):
        return item.event.post.id
    return item.account.id if isinstance(item, AccountChanged) else ""


def _whose(item: Item) -> str:
    """The account whose post or profile an event tells of; empty for any other event."""
    if isinstance(item, Indexed):
        return item.event.post.author
    return item.account.id if isinstance(item, AccountChanged) else ""


def _edited(item: Indexed, stored: Edited) -> Indexed:
    """A post with the time of its last edit: the one that is known, or now."""
    post = item.event.post
    same = (post.text, post.extra) == (stored.text, stored.extra)
    dated = msgspec.structs.replace(post, edited_at=stored.edited_at if same else datetime.now(UTC))
    return item._replace(event=msgspec.structs.replace(item.event, post=dated))
