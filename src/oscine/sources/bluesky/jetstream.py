"""Jetstream: the firehose as JSON, of the collections that are wanted. Both wire forms are read, each told by its shape.

First:   {"did", "time_us", "kind": "commit", "commit": {"operation", "collection", "rkey", "record", "cid"}}
Second:  {"$type": "message", "payload": {"$type": "network.bsky.jetstream.subscribeEvents#commit", "did", "seq", "witnessedAt", "operation", …}}

A place is a time in microseconds, which every Jetstream understands. Nothing is signed and no block comes with it: what it tells is believed. The first
form does not say that a place is too old; it is taken for a gap where the first thing told is from a minute later, for the place itself is told again.
Sources: github.com/bluesky-social/jetstream, proposal 0015 (JSON event streams). Frames packed with a dictionary of Zstandard are not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple

import httpx
import msgspec
from msgspec import Meta, field

from oscine.errors import InputError, NetworkUnavailable
from oscine.records import AccountChanged, AnyEvent, Gap, Reached, Refused
from oscine.sources.bluesky import records
from oscine.sources.bluesky.backfill import snapshot
from oscine.sources.bluesky.firehose import LOST
from oscine.sources.bluesky.identity import Identities
from oscine.sources.bluesky.lexicons import Did
from oscine.sources.bluesky.records import NETWORK
from oscine.sources.bluesky.repository import PATH
from oscine.sources.bluesky.stream import Stream, addresses

FIRST, SECOND = "/subscribe", "/xrpc/network.bsky.jetstream.subscribeEvents"
SUBPROTOCOL = "xrpc.v1.json"
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
MINUTE = 60_000_000  # microseconds
Microseconds = Annotated[int, Meta(ge=0, le=1 << 60)]
Time = Annotated[datetime, Meta(tz=True)]


class Change(msgspec.Struct):
    """A record that was written or deleted."""

    operation: str = ""
    collection: str = ""
    rkey: str = ""
    cid: str = ""
    record: Any = None


class State(msgspec.Struct):
    """Whether an account's repository can be had, and why not."""

    active: bool
    status: str | None = None


class Payload(Change):
    """What happened, in the second form."""

    kind: str = field(name="$type", default="")
    did: Did = ""
    time: Time | None = None
    witnessedAt: Time | None = None
    account: State | None = None
    name: str = ""


class Message(msgspec.Struct):
    """What happened, in the first form; the second is within `payload`, or is an `error`."""

    did: Did = ""
    time_us: Microseconds = 0
    kind: str = ""
    commit: Change | None = None
    account: State | None = None
    payload: Payload | None = None
    error: str = ""
    message: str = ""


class Told(NamedTuple):
    """Either form: what kind of thing happened to whom, and when."""

    at: datetime
    kind: str
    did: str
    change: Change | None
    account: State | None

    @property
    def microseconds(self) -> int:
        """When, as a place."""
        return round((self.at - EPOCH) / MICROSECOND)


def decode(raw: bytes) -> Iterator[AnyEvent]:
    """What a message says; `Reached` is last. What cannot be read is `Refused`, with the message itself. Raises `NetworkUnavailable` for the last word."""
    try:
        message = msgspec.json.decode(raw, type=Message)
        told = _told(message)
    except (ValueError, OverflowError, RecursionError) as error:
        yield Refused(cursor=0, reason=f"the message is not one of Jetstream: {error}", raw=raw)
        return
    if message.error:
        raise NetworkUnavailable(f"The Jetstream ended with {message.error[:100]!r}.", message.message[:200])
    if told is None:
        if message.payload and message.payload.name in LOST:
            yield Gap(cursor=0, network=NETWORK, reason=LOST[message.payload.name])
        return
    cursor = told.microseconds
    try:
        yield from _events(told, cursor)
    except InputError as error:
        yield Refused(cursor=cursor, reason=error.what, raw=raw)
    yield Reached(cursor=cursor, place=str(cursor), at=told.at)


def _told(message: Message) -> Told | None:
    """Either form; None for what has no time: it happened to nobody. Raises `ValueError`, `OverflowError`."""
    if payload := message.payload:
        at = payload.witnessedAt or payload.time
        found = at and Told(at.astimezone(UTC), payload.kind.rpartition("#")[2], payload.did, payload, payload.account)
    else:
        at = EPOCH + message.time_us * MICROSECOND
        found = Told(at, message.kind, message.did, message.commit, message.account) if message.time_us else None
    if found and not found.did:
        raise ValueError("it names no account")
    return found or None


def _events(told: Told, cursor: int) -> Iterator[AnyEvent]:
    if told.kind == "commit" and told.change:
        yield from _changed(told, told.change, cursor)
    elif told.kind == "identity":
        yield records.renamed(told.did, told.did, cursor)  # anybody may claim a handle
    elif told.kind == "account" and told.account:
        event = records.hosted(told.did, told.account.active, told.account.status, told.at, cursor)
        yield from [event] if event else []
    elif told.kind == "sync":
        yield Gap(cursor=cursor, network=NETWORK, reason="the repository was set to another state", account=told.did)


def _changed(told: Told, change: Change, cursor: int) -> list[AnyEvent]:
    if change.collection not in records.READERS:
        return []
    if not PATH.fullmatch(f"{change.collection}/{change.rkey}"):
        raise InputError(f"{change.rkey[:200]!r} is no key of a record.", "Its server made a mistake.")
    if change.operation == "delete":
        event = records.gone(told.did, change.collection, change.rkey, cursor, told.at)
        return [event] if event else []
    edited = change.operation == "update"
    return records.events(told.did, change.collection, change.rkey, change.record, change.cid, told.at, cursor, edited)


class Jetstream:
    """What one Jetstream tells. `url` is its address, with the path `/subscribe` or `/xrpc/network.bsky.jetstream.subscribeEvents`; the first by default."""

    network = NETWORK

    def __init__(self, url: str, http: httpx.Client, identities: Identities) -> None:
        """`http` is for the servers of accounts. Raises `SetupError` for what is no address."""
        self._second = url.rstrip("/").endswith(SECOND)
        self._url = addresses(url)[0] + (SECOND if self._second else FIRST)
        self.name = f"jetstream {self._url}"
        self._http, self._identities, self._stream = http, identities, Stream()

    def events(self, place: str = "") -> Iterator[AnyEvent]:
        """What happens after `place`. Raises `NetworkUnavailable`, `SetupError`."""
        wanted = "collections" if self._second else "wantedCollections"
        parameters = [(wanted, collection) for collection in records.READERS] + ([("cursor", place)] if place else [])
        behind = int(place) if place.isdecimal() else None
        for message in self._stream.messages(self._url, parameters, [SUBPROTOCOL] if self._second else []):
            for event in decode(message):
                if isinstance(event, AccountChanged) and event.told == frozenset({"handle"}):
                    self._identities.forget(event.account.id)
                if behind is not None and isinstance(event, Reached):
                    if event.cursor > behind + MINUTE:
                        yield Gap(cursor=event.cursor, network=NETWORK, reason=LOST["OutdatedCursor"])
                    behind = None
                yield event

    def again(self, raw: bytes) -> Iterator[AnyEvent]:
        """The events of a message that was refused before."""
        try:
            yield from (event for event in decode(raw) if not isinstance(event, Reached))
        except NetworkUnavailable as error:
            yield Refused(cursor=0, reason=error.what, raw=raw)

    def accounts(self) -> Iterator[str]:
        """Raises `NetworkUnavailable`: it does not know which there are."""
        raise NetworkUnavailable(
            "A Jetstream lists no accounts.", "Name the accounts that matter, or connect to a relay or a PDS for once."
        )

    def account(self, account: str) -> Iterator[AnyEvent]:
        """All that an account has now, from its own server."""
        return snapshot(self._http, self._identities, account)

    def close(self) -> None:
        """End `events`."""
        self._stream.close()
