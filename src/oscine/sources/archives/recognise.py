"""Which archive a file is: told by what is in it, never by its name."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import msgspec
import zstandard

from oscine.errors import InputError
from oscine.sources.archives import mastodon, reddit, x_api, x_layout
from oscine.sources.archives.archive import Archive, Opener
from oscine.sources.archives.bluesky import Car
from oscine.sources.archives.container import DAMAGE, Container, Tar, Zip
from oscine.sources.archives.elements import elements
from oscine.sources.archives.mastodon import MastodonExport
from oscine.sources.archives.x import XArchive
from oscine.sources.jsonl import decompressed, fingerprint

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # how a zip begins, and an empty one
TAR = (257, b"ustar")
CAR = re.compile(rb".{1,2}\xa2eroots", re.DOTALL)
LOOKED_AT = 8  # of the first elements of a JSON file
HEAD = 512
PEEKED = 1 << 16  # of a stream
_SCRIPT = re.compile(rb"\s*(?:window\.(?:YTD|__THAR_CONFIG)|Grailbird\.data)\b")


def peekable(stream: IO[bytes]) -> io.BufferedReader:
    """A stream whose beginning can be looked at without being taken."""
    unbuffered: Any = getattr(stream, "raw", stream)
    return io.BufferedReader(unbuffered, PEEKED)


def open_stream(stream: io.BufferedReader, network: str = "", largest: int = 1_000_000) -> Archive | None:
    """The same for a stream that can be read only once, which zips and other containers cannot. Nothing of it is taken."""
    head = stream.peek(PEEKED)
    if head[:4] in ZIP:
        raise InputError("A zip cannot be read from a stream.", "Give it as a file.")
    return _objects(lambda: io.BytesIO(head), lambda: stream, "", network, largest)


def open_archive(path: str, network: str = "", largest: int = 1_000_000) -> Archive | None:
    """The archive that a file is, or None where it is Oscine JSONL or nothing known. `network` takes the place of the archive's own.

    `largest` is how long a post may be, in characters of its JSON. Raises `InputError` for a zip or tar that is no archive known here or may do harm.
    """
    try:
        with Path(path).open("rb") as stream:
            name = fingerprint(stream)
        return _recognised(Path(path), name, network, largest)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}.", "Give the path of a file, or `-` for standard input."
        ) from None
    except InputError as error:
        raise type(error)(f"{path}: {error.what}", error.fix) from None


def _recognised(path: Path, name: str, network: str, largest: int) -> Archive | None:
    head = _head(path)
    if head[:4] in ZIP:
        return _members(Zip(path.open("rb")), name, network, largest)
    if head[TAR[0] :].startswith(TAR[1]):
        return _members(Tar(path.open("rb"), path.stat().st_size, mastodon.MEMBERS), name, network, largest)
    if CAR.match(head):
        return Car(path.open("rb"), name, datetime.fromtimestamp(path.stat().st_mtime, UTC))
    if _SCRIPT.match(head):
        raise InputError("It is one file out of an X archive.", "Import the archive itself, the zip that X made.")
    return _objects(lambda: path.open("rb"), lambda: path.open("rb"), name, network, largest)


def _head(path: Path) -> bytes:
    """How a file begins, unpacked; nothing where it cannot be unpacked, which whoever reads it will tell."""
    try:
        with path.open("rb") as stream:
            return decompressed(stream).read(HEAD)
    except zstandard.ZstdError as error:
        if "too much memory" in str(error):
            raise InputError(
                f"To unpack it takes too much memory ({error}).", "Give it unpacked: `zstd -dc --long=31 FILE | oscine import -`."
            ) from None
        return b""
    except DAMAGE:
        return b""


def _members(container: Container, name: str, network: str, largest: int) -> Archive:
    if (folder := x_layout.prefix(container.names)) is not None:
        return XArchive(container, folder, name, network or "x", largest)
    if (folder := mastodon.folder(container.names)) is not None:
        return MastodonExport(container, folder, name, network, largest)
    raise InputError(
        "It holds no archive that is known here.",
        "Looked for data/manifest.js, tweets.js or data/js/tweets (X), and outbox.json (Mastodon); anything else as Oscine JSONL.",
    )


def _objects(head: Opener, whole: Opener, name: str, network: str, largest: int) -> Archive | None:
    """What the first elements of a JSON file are."""
    with head() as stream:
        for fields in islice(_fields(decompressed(stream)), LOOKED_AT):
            if x_api.known(fields):
                return x_api.XApi(whole, name, network or "x")
            if reddit.known(fields):
                return reddit.Reddit(whole, name, network or "reddit", largest)
    return None


def _fields(stream: IO[bytes]) -> Any:
    try:
        for element in elements(stream, x_api.LARGEST):
            yield msgspec.json.decode(element) if isinstance(element, bytes) else None
    except (*DAMAGE, ValueError):
        return
