"""The chain that the log of accesses is: what of an entry is hashed, what a head signs, and whether all of it holds together. Pure.

    hash of an entry = SHA-256(hash of the entry before it ‖ canonical JSON of the entry), the first one's before being 32 zero bytes

Canonical JSON is UTF-8 without spaces, keys sorted by code point, nothing escaped but what JSON demands (RFC 8259), numbers whole. A head is the place and
the hash of the newest entry, signed (Ed25519, RFC 8032); an anchor is the same of the last entry that was rolled away, under words of its own, so that
no head can pass for one. Whoever has the signing key can write another log: that it is the same as yesterday's is shown by a head kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oscine.records import Record
from oscine.store.signing import holds, public_key

FIELDS = ("id", "place", "at", "what", "door", "key", "purpose", "person", "posts", "authors", "counts", "detail")
NOTHING = bytes(32)
AT = "%Y-%m-%dT%H:%M:%S.%fZ"
HEAD, ANCHOR = "oscine access log, head", "oscine access log, begins after"


class Broken(Record, frozen=True):
    """Where the chain does not hold, and why."""

    place: int
    why: str


class Head(Record, frozen=True, omit_defaults=False):
    """The place, time and hash that are signed; bytes in hexadecimal."""

    place: int
    at: str
    hash: str
    signature: str
    public_key: str
    anchor: bool = False

    def valid(self, key: str = "") -> bool:
        """Whether the key that stands in it signed it, and is `key` where that is known."""
        plain = all(text == text.lower() for text in (self.hash, self.signature, self.public_key))  # there is one way to write it
        signed = holds(self.public_key, self.signature, _message(self.place, self.at, self.hash, self.anchor))
        return plain and signed and (not key or key == self.public_key)


class Verdict(Record, frozen=True, omit_defaults=False):
    """What a verification found: `entries` in all, of which `sealed` are in the chain."""

    entries: int
    sealed: int
    unsealed: int
    verified: bool
    broken: Broken | None
    head: Head | None


def canonical(told: Mapping[str, Any]) -> bytes:
    """JSON of which there is one way to write it."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def digest(before: bytes, entry: Mapping[str, Any]) -> bytes:
    """The hash of an entry; `entry` may hold more than is hashed."""
    return hashlib.sha256(before + canonical({name: entry[name] for name in FIELDS})).digest()


def sign(key: Ed25519PrivateKey, place: int, found: bytes, now: datetime, anchor: bool = False) -> Head:
    """The head, or the anchor, of an entry."""
    at = now.astimezone(UTC).strftime(AT)
    return Head(place, at, found.hex(), key.sign(_message(place, at, found.hex(), anchor)).hex(), public_key(key), anchor)


def _message(place: int, at: str, found: str, anchor: bool) -> bytes:
    return f"{ANCHOR if anchor else HEAD}\n{place}\n{at}\n{found}\n".encode()


class Chain:
    """Follows entries from the first, or from what an anchor says that came before; every head is compared where it stands.

    `key` is the public key (hexadecimal) that all are known to be signed with, empty where none is known.
    """

    def __init__(self, signed: Iterable[Head], key: str = "") -> None:
        self.broken: Broken | None = None
        self._signed: dict[int, set[str]] = {}
        anchor: Head | None = None
        for head in signed:
            if not head.valid(key):
                self._break(head.place, "what is signed here is not signed by the log's key")
            elif head.anchor:
                anchor = head if anchor is None or head.place > anchor.place else anchor
            else:
                self._signed.setdefault(head.place, set()).add(head.hash)
        self.begun = self.place = anchor.place if anchor else 0
        self.hash = bytes.fromhex(anchor.hash) if anchor else NOTHING

    def follow(self, entry: Mapping[str, Any], said: str) -> bool:
        """Go on to the next entry, whose hash is said to be `said` (hexadecimal); whether the chain still holds."""
        place = entry["place"]
        if place != self.place + 1:
            missing = isinstance(place, int) and place > self.place
            return self._break(self.place + 1, "an entry is missing" if missing else "an entry was put in")
        self.hash, self.place = digest(self.hash, entry), place
        if self.hash.hex() != said:
            return self._break(place, "the entry is not what was sealed")
        return not self._signed.get(place, {said}) - {said} or self._break(place, "a head was signed for another entry")

    def end(self) -> Broken | None:
        """Where it broke, after the last entry."""
        newest = max(self._signed, default=self.begun)
        if newest > self.place:
            self._break(self.place + 1, f"the end is cut off: a head was signed at {newest:,}")
        elif self.place > newest:
            self._break(newest + 1, "entries stand at the end that no head signs")
        return self.broken

    def _break(self, place: int, why: str) -> bool:
        self.broken = self.broken or Broken(place, why)
        return False


def told(entry: Mapping[str, Any], found: str) -> bytes:
    """An entry as a line of an export, its hash with it."""
    return canonical({**{name: entry[name] for name in FIELDS}, "hash": found}) + b"\n"


def signed_line(head: Head) -> bytes:
    """A head, or an anchor, as a line of an export."""
    return canonical({"anchor" if head.anchor else "head": msgspec.structs.asdict(head)}) + b"\n"


def verify_lines(lines: Iterable[bytes], key: str = "") -> Verdict:
    """What an export says of itself: whether its entries hang together and lead to the head that ends it. `key` is as `Chain`'s."""
    anchors: list[Head] = []
    head: Head | None = None
    chain: Chain | None = None
    entries, odd = 0, None
    for number, line in enumerate(lines, 1):
        read = _read(line)
        if read is None or head is not None:
            odd = odd or Broken(chain.place + 1 if chain else 1, f"line {number} is not as it was exported")
        elif "anchor" in read and number == 1:
            anchors = [_head(read["anchor"], anchor=True)]
        elif "head" in read:
            head = _head(read["head"], anchor=False)
        else:
            chain, entries = chain or Chain(anchors, key), entries + 1
            if chain.broken is None:
                chain.follow(read, str(read["hash"]))
    chain = chain or Chain(anchors, key)
    broken = chain.broken or odd or _ended(chain, head, key)
    return Verdict(entries=entries, sealed=entries, unsealed=0, verified=broken is None, broken=broken, head=head)


def _ended(chain: Chain, head: Head | None, key: str) -> Broken | None:
    if head is None:
        return Broken(chain.place + 1, "no head stands at the end: it is cut off")
    if not head.valid(key):
        return Broken(head.place, "the head is not signed by the log's key")
    if (head.place, head.hash) != (chain.place, chain.hash.hex()):
        return Broken(chain.place, "the head was signed for another end")
    return None


def _read(line: bytes) -> dict[str, Any] | None:
    """A line, if it is written in the one way it can be."""
    try:
        read = json.loads(line)
        known = isinstance(read, dict) and (set(read) in ({*FIELDS, "hash"}, {"head"}, {"anchor"})) and canonical(read) + b"\n" == line
    except (ValueError, RecursionError):
        return None
    return read if known else None


def _head(read: Any, anchor: bool) -> Head:
    """What is signed, as it was read; what no head can be is one that nobody signed."""
    nobodys = Head(0, "", "", "", "", anchor)
    if not isinstance(read, dict) or set(read) != set(Head.__struct_fields__):
        return nobodys
    try:
        found = msgspec.convert(read, Head)
    except msgspec.ValidationError:
        return nobodys
    return found if found.anchor == anchor else nobodys
