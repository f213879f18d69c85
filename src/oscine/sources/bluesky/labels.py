"""What a labeler says of posts and accounts (`com.atproto.label.subscribeLabels`), each label signed with the labeler's own key.

Source: atproto.com/specs/label. A label is of the whole post, also where it names one version (`cid`) of it. Labels of other things (lists, feeds) mean
nothing here. It does not know what a label means.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import libipld
import msgspec
from msgspec import Meta

from oscine.errors import InputError, NetworkUnavailable, NotFound, SetupError
from oscine.records import AnyEvent, Labelled, Reached, Refused
from oscine.sources.bluesky.firehose import BEGINNING, Failure
from oscine.sources.bluesky.identity import Identities
from oscine.sources.bluesky.lexicons import Did
from oscine.sources.bluesky.records import NETWORK, POSTS, PROFILES
from oscine.sources.bluesky.signatures import CurveKey
from oscine.sources.bluesky.stream import Stream, addresses

METHOD = "com.atproto.label.subscribeLabels"
KEY, SERVICE = "#atproto_label", "#atproto_labeler"
VERSION = 1
REST = 60.0  # seconds between looks for another key
Time = Annotated[datetime, Meta(tz=True)]
Number = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]


class Label(msgspec.Struct):
    """One label; `neg` takes it back, `exp` is when it ends, `sig` signs all the rest."""

    src: Did
    uri: Annotated[str, Meta(max_length=8_192)]
    val: Annotated[str, Meta(min_length=1, max_length=128)]
    cts: Time
    sig: bytes
    ver: int = 0
    neg: bool = False
    exp: Time | None = None


class Message(msgspec.Struct):
    """`#labels`: some of them, as they came."""

    seq: Number
    labels: Annotated[list[dict[str, Any]], Meta(max_length=10_000)]


class Labels:
    """What one labeler says. A place is a sequence number; nothing is read from the beginning, for all of it holds."""

    network = NETWORK

    def __init__(self, labeler: str, identities: Identities, allow: Callable[[str], None]) -> None:
        """`labeler` is its DID; its document names its server, which is called if `allow` raises nothing."""
        self.name = f"labels {labeler}"
        self._labeler, self._identities, self._allow, self._stream = labeler, identities, allow, Stream()
        self._looked = -REST

    def events(self, place: str = "") -> Iterator[AnyEvent]:
        """What it says after `place`. Raises `NetworkUnavailable`, and `SetupError` for a DID that is no labeler's."""
        url = f"{addresses(self._server())[0]}/xrpc/{METHOD}"
        for frame in self._stream.messages(url, [("cursor", place or BEGINNING)]):
            yield from self.decode(frame)

    def _server(self) -> str:
        try:
            server = self._identities.document(self._labeler).endpoint(SERVICE)
        except (InputError, NotFound) as error:
            raise SetupError(error.what, error.fix) from None
        if not server:
            raise SetupError(f"{self._labeler} is not a labeler.", "Give the DID of one.")
        self._allow(server)
        return server

    def decode(self, frame: bytes) -> Iterator[AnyEvent]:
        """What a frame says; `Reached` is last. A label that is not the labeler's is `Refused`. Raises `NetworkUnavailable` for the server's last word."""
        try:
            header, body = libipld.decode_dag_cbor_multi(frame)
            kind = header["t"] if header["op"] == 1 else ""
            message = msgspec.convert(body, Message if kind == "#labels" else Failure if not kind else Any)
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            yield Refused(cursor=0, reason=f"the frame is not one of {METHOD}: {error}", raw=frame)
            return
        if isinstance(message, Message):
            yield from self._said(message, frame)
        elif isinstance(message, Failure):
            if message.error != "FutureCursor":
                raise NetworkUnavailable(f"{self.name} ended with {message.error[:100]!r}.", message.message[:200])
            yield Reached(cursor=0, place=BEGINNING)  # it has begun anew, or is another one

    def _said(self, message: Message, frame: bytes) -> Iterator[AnyEvent]:
        at = None
        for raw in message.labels:
            try:
                label = self._checked(raw)
                at = label.cts.astimezone(UTC)
                if about := subject(label.uri):
                    yield Labelled(
                        cursor=message.seq, network=NETWORK, label=label.val, by=label.src, at=at, on=not label.neg,
                        expires=label.exp.astimezone(UTC) if label.exp else None, **about,
                    )  # fmt: skip
            except (ValueError, OverflowError, RecursionError) as error:
                yield Refused(cursor=message.seq, reason=f"no label of {self._labeler}: {error}", raw=frame)
        yield Reached(cursor=message.seq, place=str(message.seq), at=at)

    def _checked(self, raw: dict[str, Any]) -> Label:
        """A label that the labeler signed, by the key that it has now. Raises `ValueError`."""
        label = msgspec.convert(raw, Label)
        data = libipld.encode_dag_cbor({name: value for name, value in raw.items() if name != "sig"})
        if label.src == self._labeler and label.ver == VERSION:
            if self._key().verifies(label.sig, data):
                return label
            if time.monotonic() > self._looked + REST:  # it may have another key since
                self._looked = time.monotonic()
                self._identities.forget(self._labeler)
                if self._key().verifies(label.sig, data):
                    return label
        raise InputError(f"{label.val!r} is not signed by it.", "It does not count.")

    def _key(self) -> CurveKey:
        try:
            return self._identities.document(self._labeler).key(KEY)
        except NotFound as error:
            raise InputError(error.what, error.fix) from None

    def again(self, raw: bytes) -> Iterator[AnyEvent]:
        """The events of a frame that was refused before."""
        try:
            yield from (event for event in self.decode(raw) if not isinstance(event, Reached))
        except NetworkUnavailable as error:
            yield Refused(cursor=0, reason=error.what, raw=raw)

    def accounts(self) -> Iterator[str]:
        """None: what a labeler said is read again from the beginning of its stream."""
        return iter(())

    def account(self, account: str) -> Iterator[AnyEvent]:
        """Nothing: see `accounts`."""
        return iter(())

    def close(self) -> None:
        """End `events`."""
        self._stream.close()


def subject(uri: str) -> dict[str, str]:
    """Of which post or account a label is; empty where it is of anything else."""
    if uri.startswith("did:"):
        return {"account": uri}
    did, _, path = uri.removeprefix("at://").partition("/")
    if path.startswith(f"{POSTS}/"):
        return {"post": uri}
    return {"account": did} if path == f"{PROFILES}/self" else {}
