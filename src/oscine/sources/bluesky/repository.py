"""A repository in a CAR file: every record by its path, signed as a whole. Nothing of it is believed before it is checked.

Each block is taken by its CID and must hash to it; the commit names the tree (a Merkle search tree), the tree the records, and the account's key
signed the commit. So a file can leave something out, but can hold nothing that the account did not write. Sizes, depth and repetitions are limited.
Sources: atproto.com/specs/repository, ipld.io/specs/transport/car/carv1. It fetches nothing and does not know what records mean.
"""

from __future__ import annotations

import io
import mmap
import re
import tempfile
from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import IO, Any, NamedTuple, TypeVar

import libipld
import msgspec

from oscine.errors import InputError, TooLarge
from oscine.sources.bluesky.signatures import VerificationKey

CID_BYTES = 36  # version 1, codec, SHA-256, 32: the only form that repositories use
CID_HEADS = (b"\x01\x71\x12\x20", b"\x01\x55\x12\x20")  # DAG-CBOR and raw
LENGTH_BITS = 21
LARGEST_BLOCK = (1 << LENGTH_BITS) - 1  # bytes
LARGEST_FILE = 2 << 30  # bytes
MOST_BLOCKS = 8_000_000
DEEPEST = 64  # levels of a tree: a real one of a million records has about ten
REPETITION = 4  # how often a file may be read over: a small one must not stand for an endless one
PIECE = 1 << 20  # bytes that are copied at once
PATH = re.compile(r"([a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+)/([a-zA-Z0-9._:~-]{1,512})")
LONGEST_PATH = 1_024

Bytes = bytes | mmap.mmap
T = TypeVar("T")


class Blocks:
    """The blocks of a CAR file, found by CID."""

    def __init__(self, data: Bytes) -> None:
        """Raises `InputError` where the file is not a CAR, breaks off, or has blocks of another kind."""
        self._data, self._places = data, dict[bytes, int]()
        self._left = REPETITION * len(data) + LARGEST_BLOCK
        try:
            size, at = _varint(data, 0)
            self.roots: list[bytes] = _Header.of(data[at : at + size]).roots
            self._index(at + size)
        except IndexError:
            raise InputError("The CAR file breaks off.", "Fetch it again.") from None

    def _index(self, at: int) -> None:
        data, places, end = self._data, self._places, len(self._data)
        while at < end:
            size, at = _varint(data, at)
            start, next_at = at + CID_BYTES, at + size
            if next_at > end:
                raise IndexError
            cid = data[at:start]
            if cid[:4] not in CID_HEADS or not 0 <= size - CID_BYTES <= LARGEST_BLOCK:
                raise InputError("The CAR file holds a block of an unknown kind or size.", "It is not a repository of the AT Protocol.")
            places[cid] = start << LENGTH_BITS | next_at - start
            at = next_at
            if len(places) > MOST_BLOCKS:
                raise TooLarge(f"The CAR file has more than {MOST_BLOCKS:,} blocks.", "Nobody has written so much.")

    def raw(self, cid: bytes) -> bytes:
        """A block. Raises `InputError` where it is missing or is not what its name says."""
        place = self._places.get(cid)
        if place is None:
            raise InputError("The CAR file lacks a block that it speaks of.", "Fetch the whole repository.")
        start, size = place >> LENGTH_BITS, place & LARGEST_BLOCK
        self._left -= size
        if self._left < 0:
            raise TooLarge("The CAR file says the same over and over.", "It is not a repository that a person wrote.")
        block = self._data[start : start + size]
        if sha256(block).digest() != cid[4:]:
            raise InputError("The CAR file holds a block that is not what its CID says.", "Fetch it again, or from another server.")
        return block

    def node(self, cid: bytes) -> Any:
        """A block, decoded. Raises `InputError` also where it cannot be."""
        return _decoded(self.raw(cid))


class Found(NamedTuple):
    """A record of a repository; `record` None where it is no record, whatever it is."""

    collection: str
    rkey: str
    cid: str
    record: dict[str, Any] | None


class _Header(msgspec.Struct):
    """The beginning of a CAR file."""

    version: int
    roots: list[bytes]

    @classmethod
    def of(cls, block: bytes) -> _Header:
        header = _as(cls, block)
        if header.version != 1 or not header.roots:
            raise InputError("The CAR file is not of version 1, or names no commit.", "Export the repository by com.atproto.sync.getRepo.")
        return header


class _Commit(msgspec.Struct):
    """What an account signs: its tree."""

    did: str
    version: int
    rev: str
    data: bytes
    sig: bytes


class _Entry(msgspec.Struct):
    """A record of a tree node, its path without the `p` bytes that it shares with the one before; `t` is the subtree after it."""

    p: int
    k: bytes
    v: bytes
    t: bytes | None = None


class _Node(msgspec.Struct):
    """A tree node; `l` is the subtree before its records."""

    e: list[_Entry]
    l: bytes | None = None  # noqa: E741 - the specification's name


class Repository:
    """What an account has written: `did` it is, at revision `rev`."""

    def __init__(self, data: Bytes) -> None:
        """Raises `InputError` for what is no repository."""
        self._blocks = Blocks(data)
        self._raw = self._blocks.raw(self._blocks.roots[0])
        self._commit = _as(_Commit, self._raw)
        self.did, self.rev = self._commit.did, self._commit.rev
        if self._commit.version != 3:
            raise InputError(f"The repository is of version {self._commit.version}.", "Version 3 is the one that is known.")

    def verify(self, key: VerificationKey, did: str = "") -> None:
        """Raises `InputError` where the key's owner did not sign this, or where it is not the repository of `did`."""
        unsigned = {name: value for name, value in libipld.decode_dag_cbor(self._raw).items() if name != "sig"}
        if (did and did != self.did) or not key.verifies(self._commit.sig, libipld.encode_dag_cbor(unsigned)):
            raise InputError(
                f"The repository was not signed by {(did or self.did)[:100]}.", "Fetch it again, or from the account's own server."
            )

    def records(self, wanted: Collection[str] | None = None) -> Iterator[Found]:
        """All records in the order of their paths; `wanted` collections only. Raises `InputError` where the tree is broken, after what came before."""
        last = b""
        for path, cid in self._walk(self._commit.data, 0):
            if path <= last:
                raise InputError("The repository's tree is not in order.", "Its server made a mistake, or somebody changed the file.")
            last = path
            split = PATH.fullmatch(path.decode("ascii", "replace"))
            if split is None or (wanted is not None and split[1] not in wanted):
                continue
            record = self._record(cid)
            yield Found(split[1], split[2], libipld.encode_cid(cid), record)

    def _record(self, cid: bytes) -> dict[str, Any] | None:
        block = self._blocks.raw(cid)
        try:
            record = _decoded(block)
        except InputError:
            return None
        return record if isinstance(record, dict) else None

    def _walk(self, cid: bytes, depth: int) -> Iterator[tuple[bytes, bytes]]:
        """Paths and CIDs below a node."""
        if depth > DEEPEST:
            raise TooLarge(f"The repository's tree is deeper than {DEEPEST} levels.", "Nobody has written so much.")
        node, path = _as(_Node, self._blocks.raw(cid)), b""
        if node.l is not None:
            yield from self._walk(node.l, depth + 1)
        for entry in node.e:
            if not 0 <= entry.p <= len(path) or entry.p + len(entry.k) > LONGEST_PATH:
                raise InputError(
                    "The repository's tree has a path that cannot be.", "Its server made a mistake, or somebody changed the file."
                )
            path = path[: entry.p] + entry.k
            yield path, entry.v
            if entry.t is not None:
                yield from self._walk(entry.t, depth + 1)


def read_car(
    source: Bytes | IO[bytes], key: VerificationKey | None = None, wanted: Collection[str] | None = None
) -> Iterator[tuple[str, str, Any]]:
    """The address, the CID and the value of each record (None where it is none), of `wanted` collections.

    With a `key` the commit's signature is checked before anything is told. Raises `InputError`, also after some records where the rest is broken.
    """
    data = mapped(source)
    repository = Repository(data)
    if key is not None:
        repository.verify(key)
    for found in repository.records(wanted):
        yield f"at://{repository.did}/{found.collection}/{found.rkey}", found.cid, found.record


def mapped(source: Bytes | IO[bytes]) -> Bytes:
    """A stream's bytes, in no more memory than the machine likes to give: a file is mapped as it is, all else by way of a temporary one.

    Raises `TooLarge` beyond 2 GB, `InputError` for nothing at all.
    """
    if isinstance(source, bytes | mmap.mmap):
        return source
    try:
        return mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
    except (AttributeError, io.UnsupportedOperation, OSError):
        pass
    except ValueError:
        raise InputError("The CAR file is empty.", "Fetch it again.") from None
    with tempfile.TemporaryFile() as file:
        while piece := source.read(PIECE):
            if file.tell() + len(piece) > LARGEST_FILE:
                raise TooLarge(f"The CAR file is larger than {LARGEST_FILE:,} bytes.", "Nobody has written so much.")
            file.write(piece)
        file.flush()
        return mapped(file)


def _varint(data: Bytes, at: int) -> tuple[int, int]:
    """An unsigned number (LEB128) and where it ends. Raises `IndexError` at the end of the data."""
    number = data[at]
    if number < 0x80:
        return number, at + 1
    number, shift = number & 0x7F, 7
    while True:
        at += 1
        byte = data[at]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at + 1
        shift += 7
        if shift > 42:
            raise InputError("The CAR file has a number that is too large.", "It is not a repository of the AT Protocol.")


def _decoded(block: bytes) -> Any:
    try:
        return libipld.decode_dag_cbor(block)
    except (ValueError, RecursionError) as error:
        raise InputError(f"A block is not DAG-CBOR: {error}.", "Fetch it again.") from None


def _as(kind: type[T], block: bytes) -> T:
    try:
        return msgspec.convert(_decoded(block), kind)
    except msgspec.ValidationError as error:
        raise InputError(f"A block is not what it should be: {error}.", "It is not a repository of the AT Protocol.") from None
