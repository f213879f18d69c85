"""What accounts have now, from their own servers. Every repository is checked against its account's key.

A snapshot is whole or it is none: where anything of it cannot be fetched or does not hold, that is raised. It does not know the store, and so does not
say what is no longer there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
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
from oscine.sources.bluesky.repository import LARGEST_FILE, Bytes, Repository, mapped

STATES = {"RepoTakendown": "takendown", "RepoSuspended": "suspended", "RepoDeactivated": "deactivated"}
DELETED = "deleted"
SECONDS = 1_800.0  # for one repository
PAGE = 1_000


class Listed(msgspec.Struct):
    """An account of a server."""

    did: Did


class Page(msgspec.Struct):
    """Some of them, and where the next ones are."""

    repos: Annotated[list[Listed], Meta(max_length=10 * PAGE)]
    cursor: str = ""


def listing(http: httpx.Client, server: str) -> Iterator[str]:
    """The DIDs of a server's accounts, the oldest first. Raises `NetworkUnavailable`."""
    cursor = ""
    while True:
        answer = xrpc.query(http, server, "com.atproto.sync.listRepos", limit=PAGE, **({"cursor": cursor} if cursor else {}))
        if answer.error:
            raise NetworkUnavailable(f"{server} lists no accounts: {answer.error[:100]}.", "Check the address.")
        try:
            page = msgspec.convert(answer.told, Page)
        except msgspec.ValidationError as error:
            raise NetworkUnavailable(f"{server} lists what are no accounts: {error}.", "Check the address.") from None
        yield from (listed.did for listed in page.repos)
        if not page.repos or page.cursor in ("", cursor):
            return
        cursor = page.cursor


def snapshot(http: httpx.Client, identities: Identities, did: str) -> Iterator[AnyEvent]:
    """All that an account has now: its state, its handle, its profile and declared intents (also that it has none), its records.

    Raises `NetworkUnavailable`, also for what its server tells that cannot be: then nothing of it may be believed to be complete.
    """
    try:
        identities.forget(did)
        yield from _read(http, identities, identities.document(did))
    except (InputError, NotFound) as error:
        raise NetworkUnavailable(error.what, error.fix) from None


def _read(http: httpx.Client, identities: Identities, document: Document) -> Iterator[AnyEvent]:
    did, at = document.id, datetime.now(UTC)
    fetched = _fetched(http, document)
    if isinstance(fetched, str):
        yield from _some(records.hosted(did, False, fetched, at, 0))
        return
    repository = Repository(fetched)
    repository.verify(document.key(), did)
    yield from _some(records.hosted(did, True, None, at, 0))
    yield records.renamed(did, _handle(identities, did), 0)
    yield from _told(repository, at)


def _handle(identities: Identities, did: str) -> str:
    """The handle; the DID where there is none that can be proved now."""
    try:
        return identities.handle(did) or did
    except NetworkUnavailable:
        return did


def _fetched(http: httpx.Client, document: Document) -> Bytes | str:
    """A repository as a file, or the state in which there is none to be had."""
    server = document.endpoint()
    if not server:
        return DELETED
    with tempfile.TemporaryFile() as file:
        answer = xrpc.download(http, f"{server}/xrpc/com.atproto.sync.getRepo", file, LARGEST_FILE, SECONDS, did=document.id)
        if answer.error == "RepoNotFound":
            return DELETED
        if answer.error and answer.error not in STATES:
            raise NetworkUnavailable(f"{server} does not give {document.id}: {answer.error[:100]}.", "It is tried again later.")
        file.flush()
        return STATES[answer.error] if answer.error else mapped(file)


def _told(repository: Repository, at: datetime) -> Iterator[AnyEvent]:
    """What the records say; each has a cursor of its own, its number."""
    did, missing, number = repository.did, set(records.ONE_EACH), 0
    for number, found in enumerate(repository.records(records.READERS.keys()), 1):
        missing.discard(found.collection)
        another = found.collection in records.ONE_EACH  # may have stood there before
        try:
            yield from records.events(did, found.collection, found.rkey, found.record, found.cid, at, number, edited=another)
        except InputError as error:
            yield Refused(cursor=number, reason=error.what)
    if records.PROFILES in missing:
        yield from _some(records.gone(did, records.PROFILES, "self", number + 1, at))
    if missing.issuperset(records.INTENTS):
        yield from _some(records.gone(did, records.INTENTS[0], "self", number + 1, at))


def _some(event: AnyEvent | None) -> tuple[AnyEvent, ...]:
    return () if event is None else (event,)
