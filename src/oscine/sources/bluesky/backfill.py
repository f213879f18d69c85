"""What accounts have now, from their own servers: one account, some, or all of a server. Every repository is checked against the account's key.

A snapshot is whole or it is none: where anything of it cannot be fetched or does not hold, that is raised. It does not know the store, and so does not
say what is no longer there.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import httpx
import msgspec
from msgspec import Meta

from oscine.errors import InputError, NetworkUnavailable, NotFound
from oscine.records import AnyEvent, Refused
from oscine.sources.bluesky import records, xrpc
from oscine.sources.bluesky.identity import Document, Identities
from oscine.sources.bluesky.lexicons import Did
from oscine.sources.bluesky.records import NETWORK
from oscine.sources.bluesky.repository import LARGEST_FILE, Bytes, Repository, mapped
from oscine.sources.bluesky.stream import addresses

STATES = {"RepoTakendown": "takendown", "RepoSuspended": "suspended", "RepoDeactivated": "deactivated"}
SECONDS = 1_800.0  # for one repository
PAGE = 1_000
PAUSES = (1.0, 5.0, 20.0)  # seconds, before an account of many is passed over
PLACE_BITS = 32  # of a cursor: which event of an account; the bits above: which account


class Listed(msgspec.Struct):
    """An account of a server, and whether its repository can be had."""

    did: Did
    active: bool = True
    status: str | None = None


class _Page(msgspec.Struct):
    repos: Annotated[list[Listed], Meta(max_length=10 * PAGE)]
    cursor: str = ""


def listing(http: httpx.Client, server: str) -> Iterator[Listed]:
    """The accounts of a server, the oldest first. Raises `NetworkUnavailable`."""
    cursor, seen = "", set[str]()
    while cursor not in seen:
        seen.add(cursor)
        answer = xrpc.query(http, server, "com.atproto.sync.listRepos", limit=PAGE, **({"cursor": cursor} if cursor else {}))
        if answer.error:
            raise NetworkUnavailable(f"{server} lists no accounts: {answer.error[:100]}.", "Check the address.")
        try:
            page = msgspec.convert(answer.told, _Page)
        except msgspec.ValidationError as error:
            raise NetworkUnavailable(f"{server} lists what are no accounts: {error}.", "Check the address.") from None
        yield from page.repos
        if not page.cursor:
            return
        cursor = page.cursor


def snapshot(http: httpx.Client, identities: Identities, did: str) -> Iterator[AnyEvent]:
    """All that an account has now: its state, its handle, its profile and declared intents (also that it has none), its records.

    Raises `NetworkUnavailable`, also for what its server tells that cannot be: then nothing of it may be believed to be complete.
    """
    try:
        yield from read(http, identities, did)
    except (InputError, NotFound) as error:
        raise NetworkUnavailable(error.what, error.fix) from None


def read(http: httpx.Client, identities: Identities, did: str, start: int = 0) -> Iterator[AnyEvent]:
    """The same with cursors from `start` on. Raises `NetworkUnavailable`, `NotFound` for an unknown DID, `InputError` for what does not hold."""
    at = datetime.now(UTC)
    identities.forget(did)
    document = identities.document(did)
    fetched = _fetched(http, document)
    if isinstance(fetched, str):
        event = records.hosted(did, False, fetched, at, start)
        yield from [event] if event else []
        return
    repository = Repository(fetched)
    repository.verify(document.key(), did)
    about = [records.hosted(did, True, None, at, start), records.renamed(did, identities.handle(did) or did, start)]
    yield from (event for event in about if event)
    yield from _told(repository, at, start)


def _fetched(http: httpx.Client, document: Document) -> Bytes | str:
    """A repository as a file, or the state in which there is none to be had."""
    server = document.endpoint()
    if not server:
        return "deleted"
    with tempfile.TemporaryFile() as file:
        answer = xrpc.download(http, f"{server}/xrpc/com.atproto.sync.getRepo", file, LARGEST_FILE, SECONDS, did=document.id)
        if answer.error == "RepoNotFound":
            return "deleted"
        if answer.error and answer.error not in STATES:
            raise NetworkUnavailable(f"{server} does not give {document.id}: {answer.error[:100]}.", "It is tried again later.")
        file.seek(0)
        return STATES[answer.error] if answer.error else mapped(file)


def _told(repository: Repository, at: datetime, start: int) -> Iterator[AnyEvent]:
    did, missing, number = repository.did, set(records.ONE_EACH), start
    for number, found in enumerate(repository.records(records.READERS.keys()), start + 1):
        missing.discard(found.collection)
        again = found.collection in records.ONE_EACH  # it may have been another before
        try:
            yield from records.events(did, found.collection, found.rkey, found.record, found.cid, at, number, edited=again)
        except InputError as error:
            yield Refused(cursor=number, reason=error.what)
    if records.PROFILES in missing:
        yield from _none(did, records.PROFILES, number + 1, at)
    if missing.issuperset(records.INTENTS):
        yield from _none(did, records.INTENTS[0], number + 1, at)


def _none(did: str, collection: str, cursor: int, at: datetime) -> list[AnyEvent]:
    event = records.gone(did, collection, "self", cursor, at)
    return [event] if event else []


class Backfill:
    """The accounts of a server, one after the other, or `only` some DIDs. What was read of an account that was not finished is read again."""

    def __init__(self, server: str, http: httpx.Client, identities: Identities, only: Sequence[str] = (),
                 sleep: Callable[[float], object] = time.sleep) -> None:  # fmt: skip
        """`server` is not asked where there are `only` some accounts. Raises `SetupError` for what is no address."""
        self._server = "" if only else addresses(server)[1]
        self.name = f"{NETWORK} backfill {' '.join(only) or self._server}"
        self._http, self._identities, self._only, self._sleep = http, identities, tuple(only), sleep
        self._read = 0

    def events(self, cursor: int = 0) -> Iterator[AnyEvent]:
        """All that they have. An account that cannot be had is refused, and the next one read. Raises `NetworkUnavailable` where none is listed."""
        accounts = iter([Listed(did) for did in self._only]) if self._only else listing(self._http, self._server)
        for number, listed in enumerate(accounts):
            if number >= cursor >> PLACE_BITS:
                yield from self._account(listed, number << PLACE_BITS)
            self._read = number + 1

    def _account(self, listed: Listed, start: int) -> Iterator[AnyEvent]:
        if not listed.active:
            event = records.hosted(listed.did, False, listed.status, datetime.now(UTC), start)
            yield from [event] if event else []
            return
        for pause in (*PAUSES, None):
            try:
                yield from read(self._http, self._identities, listed.did, start)
                return
            except (InputError, NotFound) as error:
                yield Refused(cursor=start, reason=error.what)
                return
            except NetworkUnavailable as error:
                if pause is None:
                    yield Refused(cursor=start, reason=error.what)
                else:
                    self._sleep(pause)

    def done(self) -> float | None:
        """How much has been read, from 0 to 1; None for a server, which does not say how many accounts it has."""
        return self._read / len(self._only) if self._only else None
