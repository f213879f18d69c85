"""Which archive a file is: told by what is in it, never by its name."""

from __future__ import annotations

import io
from pathlib import Path

from oscine.errors import InputError
from oscine.sources.archives import x_layout
from oscine.sources.archives.archive import Archive
from oscine.sources.archives.container import Zip
from oscine.sources.archives.x import XArchive
from oscine.sources.jsonl import fingerprint

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # how a zip begins, and an empty one


def open_archive(path: str, network: str = "", largest: int = 1_000_000) -> Archive | None:
    """The archive that a file is, or None where it is Oscine JSONL or nothing known. `network` is used in place of the archive's own.

    `largest` is how long a post may be, in bytes of its JSON. Raises `InputError` for a zip or tar that is no archive known here, or may do harm.
    """
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 - the archive owns it
        name = fingerprint(stream)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Give the path of a file, or `-` for standard input.") from None
    try:
        return _recognised(stream, name, network, largest)
    except InputError as error:
        stream.close()
        raise type(error)(f"{path}: {error.what}", error.fix) from None


def _recognised(stream: io.BufferedReader, name: str, network: str, largest: int) -> Archive | None:
    if stream.peek(4)[:4] in ZIP:
        return _zip(Zip(stream), name, network, largest)
    return None


def _zip(container: Zip, name: str, network: str, largest: int) -> Archive:
    folder = x_layout.prefix(container.names)
    if folder is not None:
        return XArchive(container, folder, name, network or "x", largest)
    raise InputError(
        "It is a zip, but no archive that is known here.", "Looked for: data/manifest.js or tweet.js (X), outbox.json (Mastodon)."
    )
