"""Who an account is: its DID document names its handle, its keys and its server.

A handle is believed only where both agree: the document claims it, and it leads back to the DID, by a server that is trusted to know, by its web site or
by DNS. Documents are remembered for an hour. Sources: atproto.com/specs/did, atproto.com/specs/handle, web.plc.directory. It knows nothing of records.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
import httpx
import msgspec

from oscine.errors import InputError, NetworkUnavailable, NotFound
from oscine.sources.bluesky import signatures, xrpc
from oscine.sources.bluesky.signatures import CurveKey

REMEMBERED = 5_000  # documents
HOUR = 3_600.0
NAME_SECONDS = 5.0  # to look up a handle in one way: most have only one of them
HANDLE = re.compile(r"(?=.{1,253}\Z)(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")
PLC = re.compile(r"did:plc:[a-z2-7]{24}")
WEB = re.compile(r"did:web:([a-zA-Z0-9.-]{1,253})(?:%3A([0-9]{1,5}))?")
LOOPBACK = "localhost"  # the one name for which did:web goes without TLS


class Method(msgspec.Struct):
    """A key of a document."""

    id: str
    type: str
    publicKeyMultibase: str = ""


class Service(msgspec.Struct):
    """A server of a document."""

    id: str
    type: str = ""
    serviceEndpoint: Any = None


class Document(msgspec.Struct):
    """A DID document; one without anything is of an identity that was given up for good."""

    id: str
    alsoKnownAs: list[str] = []
    verificationMethod: list[Method] = []
    service: list[Service] = []

    @property
    def claimed_handle(self) -> str:
        """The handle that the document says; empty for none."""
        names = (name.removeprefix("at://") for name in self.alsoKnownAs if name.startswith("at://"))
        return next((name.lower() for name in names if HANDLE.fullmatch(name)), "")

    def key(self, fragment: str = "#atproto") -> CurveKey:
        """The key of that name. Raises `InputError` where there is none that can be used."""
        for method in self.verificationMethod:
            if method.id in (fragment, self.id + fragment):
                return signatures.key(method.publicKeyMultibase, method.type)
        raise InputError(f"{self.id} has no key {fragment!r}.", "Its DID document must name one.")

    def endpoint(self, fragment: str = "#atproto_pds") -> str:
        """The address of the server of that name, without a path; empty for none."""
        for service in self.service:
            if service.id in (fragment, self.id + fragment) and isinstance(service.serviceEndpoint, str):
                return _origin(service.serviceEndpoint)
        return ""


def _origin(url: str) -> str:
    """An address without its path; empty for what is none."""
    try:
        split = urlsplit(url)
    except ValueError:
        return ""
    return f"{split.scheme}://{split.netloc}" if split.scheme in ("http", "https") and split.netloc else ""


class Identities:
    """Documents and handles. `resolvers` are servers that are trusted to know whose a handle is: an AppView, the operator's own PDS."""

    def __init__(self, http: httpx.Client, plc: str, resolvers: Sequence[str] = ()) -> None:
        self._http, self._plc, self._resolvers = http, plc.rstrip("/"), tuple(url.rstrip("/") for url in resolvers if url)
        self._known: dict[str, tuple[float, Document]] = {}

    def document(self, did: str) -> Document:
        """The document of a did:plc or did:web.

        Raises `InputError` for what is neither, `NotFound` where nobody has registered it, `NetworkUnavailable`.
        """
        until, document = self._known.get(did, (0.0, None))
        if document is None or until < time.monotonic():
            document = self._fetched(did)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[did] = (time.monotonic() + HOUR, document)
        return document

    def forget(self, did: str) -> None:
        """Ask anew the next time."""
        self._known.pop(did, None)

    def _fetched(self, did: str) -> Document:
        url = self._place(did)
        answer = xrpc.get(self._http, url)
        if answer.status == 410:  # a tombstone
            return Document(id=did)
        if answer.status >= 400:
            raise NotFound(f"{did} is not registered.", "Check the DID.")
        try:
            document = msgspec.convert(answer.told, Document)
        except msgspec.ValidationError as error:
            raise InputError(f"{did} has a document that cannot be read: {error}.", "Its owner must mend it.") from None
        if document.id != did:
            raise InputError(f"{did} has the document of another.", "Its owner must mend it.")
        return document

    def _place(self, did: str) -> str:
        if PLC.fullmatch(did):
            return f"{self._plc}/{did}"
        if match := WEB.fullmatch(did):
            host, port = match[1], f":{match[2]}" if match[2] else ""
            return f"{'http' if host == LOOPBACK else 'https'}://{host}{port}/.well-known/did.json"
        raise InputError(f"{did[:100]!r} is not a did:plc or did:web.", "Give one of these, or a handle.")

    def handle(self, did: str) -> str:
        """The account's handle; empty where it has none that leads back to it. Raises as `document` does."""
        claimed = self.document(did).claimed_handle
        try:
            return claimed if claimed and self.did(claimed) == did else ""
        except NotFound:
            return ""

    def did(self, handle: str) -> str:
        """Whose a handle is. Raises `InputError` for what is none, `NotFound` where it leads nowhere, `NetworkUnavailable`."""
        if not HANDLE.fullmatch(handle):
            raise InputError(f"{handle[:100]!r} is not a handle.", "A handle is a name such as ann.example.")
        for way in (self._by_resolver, self._by_web, self._by_dns):
            if found := way(handle.lower()):
                return found
        raise NotFound(f"@{handle} leads to no account.", "Check the handle.")

    def _by_resolver(self, handle: str) -> str:
        for server in self._resolvers:
            answer = xrpc.query(self._http, server, "com.atproto.identity.resolveHandle", handle=handle)
            if not answer.error:
                return str(answer.told.get("did", ""))
        return ""

    def _by_web(self, handle: str) -> str:
        try:
            found = xrpc.text(self._http, f"https://{handle}/.well-known/atproto-did", 2_048, NAME_SECONDS)
        except NetworkUnavailable:  # most have no web site
            return ""
        return found if found.startswith("did:") else ""

    def _by_dns(self, handle: str) -> str:
        try:
            records = dns.resolver.resolve(f"_atproto.{handle}", "TXT", lifetime=NAME_SECONDS)
        except dns.exception.DNSException:
            return ""
        texts = [b"".join(record.strings).decode("utf8", "replace") for record in records]
        found = [text.removeprefix("did=") for text in texts if text.startswith("did=")]
        return found[0] if len(found) == 1 else ""

    def signing_key(self, did: str) -> CurveKey:
        """What the account signs its repository with. Raises as `document` does, `InputError` where there is none."""
        return self.document(did).key()

    def pds(self, did: str) -> str:
        """The address of the account's server; empty for none. Raises as `document` does."""
        return self.document(did).endpoint()
