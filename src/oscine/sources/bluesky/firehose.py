"""The firehose of a PDS or a relay (`com.atproto.sync.subscribeRepos`): what happens on all its repositories, as it happens.

A frame is a header and a body in DAG-CBOR. A commit carries its records as blocks of a CAR file; each is taken by its CID and must hash to it. What the
server says of order is believed: signatures are checked where a whole repository is fetched (`repository`), not for each commit; a relay has checked
them. Where commits of a repository are missing, or the server says that some are, the account is told as a gap.
Source: the lexicon com.atproto.sync.subscribeRepos, atproto.com/specs/sync. It does not know the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import libipld
import msgspec
from msgspec import Meta

from oscine.errors import InputError, NetworkUnavailable
from oscine.records import AccountChanged, AnyEvent, Gap, Reached, Refused
from oscine.sources.bluesky import records, xrpc
from oscine.sources.bluesky.backfill import listing, snapshot
from oscine.sources.bluesky.identity import HANDLE, Identities
from oscine.sources.bluesky.lexicons import Did
from oscine.sources.bluesky.records import NETWORK
from oscine.sources.bluesky.repository import PATH, Blocks
from oscine.sources.bluesky.stream import Stream, addresses

METHOD = "com.atproto.sync.subscribeRepos"
DELETE = "delete"
BEGINNING = "0"  # the place from which a server tells all that it still has
ERROR = "error"  # what the frame of an error is called here: it has no name of its own
LOST = {
    "OutdatedCursor": "the server no longer has what happened since",
    "FutureCursor": "the server has begun anew, or is another one",
}
MOST_REVISIONS = 100_000  # repositories whose last commit is remembered


OP_BITS = 12  # of a cursor: which of a commit's records, so that no two events of posts have the same
Seq = Annotated[int, Meta(ge=0, le=(1 << (63 - OP_BITS)) - 1)]
Time = Annotated[datetime, Meta(tz=True)]


class Op(msgspec.Struct):
    """A record that a commit writes or deletes."""

    action: str
    path: str
    cid: bytes | None = None


class Commit(msgspec.Struct):
    """`#commit`: records of one repository, written and deleted together."""

    seq: Seq
    repo: Did
    rev: str
    time: Time
    ops: Annotated[list[Op], Meta(max_length=1 << OP_BITS)]
    blocks: bytes = b""
    since: str | None = None
    tooBig: bool = False


class Sync(msgspec.Struct):
    """`#sync`: a repository is at another revision now; how it came there is not told."""

    seq: Seq
    did: Did
    rev: str
    time: Time


class Identity(msgspec.Struct):
    """`#identity`: an account has another handle, key or server."""

    seq: Seq
    did: Did
    time: Time
    handle: str | None = None


class Hosting(msgspec.Struct):
    """`#account`: whether an account's repository can be had, and why not."""

    seq: Seq
    did: Did
    time: Time
    active: bool
    status: str | None = None


class Info(msgspec.Struct):
    """`#info`: about the stream itself."""

    name: str
    message: str = ""


class Failure(msgspec.Struct):
    """An error, after which the server closes."""

    error: str
    message: str = ""


class Revisions:
    """The last revision of each repository that was told; the longest unheard ones are forgotten."""

    def __init__(self, most: int = MOST_REVISIONS) -> None:
        self._most = most
        self._recent: dict[str, str] = {}
        self._older: dict[str, str] = {}

    def of(self, did: str) -> str | None:
        """The last revision, if it is remembered."""
        return self._recent.get(did) or self._older.get(did)

    def moved(self, did: str, rev: str) -> None:
        """A repository is at another revision."""
        self._recent[did] = rev
        if len(self._recent) > self._most // 2:
            self._recent, self._older = {}, self._recent


def decode(frame: bytes, revisions: Revisions | None = None, domains: tuple[str, ...] = ()) -> Iterator[AnyEvent]:
    """What a frame says; `Reached` is last. What cannot be read is `Refused`, with the frame itself.

    With `revisions` a commit that is not the next of its repository is a gap, and one that was told before is passed over. Handles are believed where
    they end in one of `domains`; others become unknown, for anybody may claim one. Raises `NetworkUnavailable` for the server's last word.
    """
    try:
        header, body = libipld.decode_dag_cbor_multi(frame)
        kind = header["t"] if header["op"] == 1 else ERROR
        if kind not in MESSAGES:  # of a later protocol
            return
        message = msgspec.convert(body, MESSAGES[kind])
        if hasattr(message, "time"):
            message.time = message.time.astimezone(UTC)
    except (ValueError, LookupError, TypeError, RecursionError, OverflowError) as error:
        yield Refused(cursor=0, reason=f"the frame is not one of {METHOD}: {error}", raw=frame)
        return
    match message:
        case Commit():
            yield from _commit(message, frame, revisions)
        case Sync():
            yield from _sync(message, revisions)
        case Identity(handle=handle, did=did):
            believed = handle and handle.endswith(domains) and HANDLE.fullmatch(handle)
            yield records.renamed(did, handle.lower() if handle and believed else did, message.seq)
        case Hosting():
            if event := records.hosted(message.did, message.active, message.status, message.time, message.seq):
                yield event
        case Info() | Failure():
            yield from _about(message)
            return
    yield Reached(cursor=message.seq, place=str(message.seq), at=message.time)


def _commit(commit: Commit, frame: bytes, revisions: Revisions | None) -> Iterator[AnyEvent]:
    last = revisions.of(commit.repo) if revisions else None
    if last and commit.rev <= last:
        return
    if revisions:
        revisions.moved(commit.repo, commit.rev)
    if commit.tooBig or (last and commit.since != last):
        reason = "a commit was too big to be told" if commit.tooBig else "commits of the repository are missing"
        yield Gap(cursor=commit.seq, network=NETWORK, reason=reason, account=commit.repo)
    if not commit.tooBig:
        yield from _changes(commit, frame)


def _changes(commit: Commit, frame: bytes) -> Iterator[AnyEvent]:
    """What a commit's records say; each that cannot be read is refused by itself."""
    wanted = [op for op in commit.ops if op.path.partition("/")[0] in records.READERS]
    deletes, blocks = [op for op in wanted if op.action == DELETE], None
    try:
        blocks = Blocks(commit.blocks) if len(deletes) < len(wanted) else None
    except InputError as error:
        yield Refused(cursor=commit.seq, reason=error.what, raw=frame)
        wanted = deletes
    for number, op in enumerate(wanted):
        try:
            yield from _change(op, commit, blocks, commit.seq << OP_BITS | number)
        except InputError as error:
            yield Refused(cursor=commit.seq, reason=error.what, raw=frame)


def _change(op: Op, commit: Commit, blocks: Blocks | None, cursor: int) -> list[AnyEvent]:
    collection, rkey = _split(op.path)
    if op.action == DELETE:
        event = records.gone(commit.repo, collection, rkey, cursor, commit.time)
        return [event] if event else []
    if op.cid is None or blocks is None:
        raise InputError(f"{op.path} is written without a CID.", "Its server made a mistake.")
    record, cid = blocks.node(op.cid), libipld.encode_cid(op.cid)
    return records.events(commit.repo, collection, rkey, record, cid, commit.time, cursor, edited=op.action == "update")


def _split(path: str) -> tuple[str, str]:
    """The collection and the key of a path."""
    match = PATH.fullmatch(path)
    if match is None:
        raise InputError(f"{path[:200]!r} is no path of a repository.", "Its server made a mistake.")
    return match[1], match[2]


def _sync(sync: Sync, revisions: Revisions | None) -> Iterator[AnyEvent]:
    if revisions and revisions.of(sync.did) == sync.rev:  # as after the first commit of a new account
        return
    if revisions:
        revisions.moved(sync.did, sync.rev)
    yield Gap(cursor=sync.seq, network=NETWORK, reason="the repository was set to another state", account=sync.did)


def _about(message: Info | Failure) -> Iterator[AnyEvent]:
    """What the stream says of itself."""
    name = message.name if isinstance(message, Info) else message.error
    if name in LOST:
        yield Gap(cursor=0, network=NETWORK, reason=LOST[name])
    if name == "FutureCursor":
        yield Reached(cursor=0, place=BEGINNING)
    elif isinstance(message, Failure):
        raise NetworkUnavailable(f"The firehose ended with {name[:100]!r}.", message.message[:200])


MESSAGES: dict[str, Any] = {"#commit": Commit, "#sync": Sync, "#identity": Identity, "#account": Hosting, "#info": Info, ERROR: Failure}


class Firehose:
    """All that a PDS or a relay tells. `url` is its address, such as `wss://bsky.network`; a place is a sequence number, `0` the oldest it has."""

    network = NETWORK

    def __init__(self, url: str, http: httpx.Client, identities: Identities) -> None:
        """`http` is for the servers of accounts. Raises `SetupError` for what is no address."""
        self._streams, self._server = addresses(url)
        self.name = f"{NETWORK} {self._streams}"
        self._http, self._identities, self._stream = http, identities, Stream()
        self._revisions = Revisions()  # outlives a connection: what a server lost in its own crash is noticed after it

    def events(self, place: str = "") -> Iterator[AnyEvent]:
        """What happens after `place`. Raises `NetworkUnavailable`, `SetupError`."""
        domains = self._domains()
        parameters = [("cursor", place)] if place else []
        for frame in self._stream.messages(f"{self._streams}/xrpc/{METHOD}", parameters):
            for event in decode(frame, self._revisions, domains):
                if isinstance(event, AccountChanged) and event.told == frozenset({"handle"}):
                    self._identities.forget(event.account.id)
                yield event

    def _domains(self) -> tuple[str, ...]:
        """The domains in which the server itself gives out handles: none for a relay."""
        try:
            told = xrpc.query(self._http, self._server, "com.atproto.server.describeServer").told.get("availableUserDomains")
        except NetworkUnavailable:
            return ()
        return tuple(name for name in told if isinstance(name, str) and name.startswith(".")) if isinstance(told, list) else ()

    def again(self, raw: bytes) -> Iterator[AnyEvent]:
        """The events of a frame that was refused before."""
        try:
            yield from (event for event in decode(raw) if not isinstance(event, Reached))
        except NetworkUnavailable as error:
            yield Refused(cursor=0, reason=error.what, raw=raw)

    def accounts(self) -> Iterator[str]:
        """The accounts that the server has."""
        return listing(self._http, self._server)

    def account(self, account: str) -> Iterator[AnyEvent]:
        """All that an account has now, from its own server."""
        return snapshot(self._http, self._identities, account)

    def close(self) -> None:
        """End `events`."""
        self._stream.close()
