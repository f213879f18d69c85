"""Every file of a data directory searched for marks, by bytes: as it lies there, and as it reads where it is packed.

Read as well as raw: gzip, Zstandard, zip (with what is packed in it), Parquet, and tokens by the tokenizer beside them. Files of any size are streamed;
holes are passed over. What is no file, what leads elsewhere and what cannot be read is told. PostgreSQL's own compression of long values is not seen
through, nor is encryption. It changes nothing, and knows no text: only marks.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec
import numpy as np
import zstandard

from oscine.records import Record
from oscine.store.marks import PIECE, Finder

CHUNK = 4 << 20
DEEP = 3  # so often is what was unpacked looked at for what is packed in it
TOKENS = ".tokens.npy"
GZIP, ZSTANDARD, ZIP, PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1"
DAMAGED = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile, zstandard.ZstdError, RuntimeError, NotImplementedError)
Inside = Callable[[int, bool], bool]  # whether a mark counts, by its number, in the database's files or elsewhere


class Found(Record, frozen=True, omit_defaults=False):
    """Marks in a file: how many different ones, at how many places, and how the file was read."""

    path: str
    marks: int
    places: int
    read: str


class Skipped(Record, frozen=True, omit_defaults=False):
    """What was not searched, or not all of it, and why."""

    path: str
    why: str


class Searched(msgspec.Struct):
    """What a search came to. `unpacked` counts the bytes that were read by each way of reading beside raw."""

    files: int = 0
    bytes: int = 0
    holes: int = 0
    seconds: float = 0.0
    unpacked: dict[str, int] = {}
    found: list[Found] = []
    skipped: list[Skipped] = []
    marks: set[int] = set()  # the numbers of those that were found


class Hits(NamedTuple):
    """Numbers of marks and at how many places, of one way of reading one file."""

    marks: set[int]
    places: int


def search(data: Path, finder: Finder, counts: Inside = lambda mark, database: True, only: Callable[[Path], bool] = lambda path: True) -> Searched:
    """All files under `data` for which `only` holds; `counts` says of a mark whether it is looked for in a file of the database, or in another."""
    found, began = Searched(), time.monotonic()
    for path in files(data, found):
        if only(path):
            _search_file(path, data, finder, counts, found)
    found.seconds = time.monotonic() - began
    return found


def files(data: Path, told: Searched) -> Iterator[Path]:
    """Every regular file, in order; what is none is told."""
    for folder, folders, names in os.walk(data, onerror=lambda error: told.skipped.append(Skipped(str(error.filename), str(error.strerror)))):
        folders.sort()
        for name in sorted([*names, *(each for each in folders if (Path(folder) / each).is_symlink())]):
            path = Path(folder) / name
            why = _unfit(path, data)
            if why is None:
                yield path
            elif why:
                told.skipped.append(Skipped(str(path.relative_to(data)), why))


def _unfit(path: Path, data: Path) -> str | None:
    """Why it is not searched; None where it is, nothing where it has gone meanwhile."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return ""
    except OSError as error:
        return str(error.strerror)
    if stat.S_ISLNK(mode):
        inside = path.resolve().is_relative_to(data.resolve())
        return "" if inside else "a link to elsewhere"
    return None if stat.S_ISREG(mode) else "a socket" if stat.S_ISSOCK(mode) else "no regular file"


def _search_file(path: Path, data: Path, finder: Finder, counts: Inside, told: Searched) -> None:
    name = str(path.relative_to(data))
    database = "postgres" in path.relative_to(data).parts[:-1]
    told.files += 1
    try:
        with path.open("rb") as file:
            head = file.read(8)
            hits = hits_in(_regions(file, told), finder)
            _tell(told, name, "raw", hits, counts, database)
    except FileNotFoundError:
        return  # the database's temporary files come and go
    except OSError as error:
        told.skipped.append(Skipped(name, str(error.strerror)))
        return
    for read, pieces in _unpacked(path, head):
        _tell(told, name, read, hits_in(_counted(pieces, name, read, told), finder), counts, database)


def _tell(told: Searched, name: str, read: str, hits: Hits, counts: Inside, database: bool) -> None:
    marks = {mark for mark in hits.marks if counts(mark, database)}
    told.marks |= marks
    if marks:
        told.found.append(Found(path=name, marks=len(marks), places=hits.places, read=read))


def hits_in(pieces: Iterator[bytes], finder: Finder) -> Hits:
    """The marks in a stream; what lies across two pieces is found once."""
    marks, places, rest = set[int](), 0, b""
    for piece in pieces:
        data = rest + piece
        found = [hit for hit in finder.find(data) if hit.place + int(finder.marks["length"][hit.mark]) > len(rest)]
        marks |= {hit.mark for hit in found}
        places += len(found)
        rest = data[-(PIECE - 1) :]
    return Hits(marks, places)


def _regions(file: IO[bytes], told: Searched) -> Iterator[bytes]:
    """A file's bytes without its holes, of which each is read as one zero."""
    descriptor, end = file.fileno(), os.fstat(file.fileno()).st_size
    place = 0
    while place < end:
        try:
            begin = os.lseek(descriptor, place, os.SEEK_DATA)
            stop = os.lseek(descriptor, begin, os.SEEK_HOLE)
        except OSError:  # no data from here on, or a file system that does not tell
            begin, stop = (end, end) if place else (0, end)
        told.holes += min(begin, end) - place
        yield b"\0" if begin > place else b""
        place = begin
        while place < stop and (piece := os.pread(descriptor, min(CHUNK, stop - place), place)):
            place += len(piece)
            told.bytes += len(piece)
            yield piece
        if place < stop:
            return  # it became shorter meanwhile


def _counted(pieces: Iterator[bytes], name: str, read: str, told: Searched) -> Iterator[bytes]:
    """What is unpacked of a file, as far as it can be read."""
    try:
        for piece in pieces:
            told.unpacked[read] = told.unpacked.get(read, 0) + len(piece)
            yield piece
    except (*DAMAGED, MemoryError) as error:
        told.skipped.append(Skipped(name, f"not to be read to its end as {read} ({type(error).__name__}); searched as it lies"))


def _unpacked(path: Path, head: bytes) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The ways to read a file beside raw, each with what it gives."""
    if path.name.endswith(TOKENS):
        yield "tokens", _tokens(path)
    elif head.startswith(PARQUET):
        yield "parquet", _parquet(path)
    elif kind := _packed(head):
        yield kind, _opened(path, kind)


def _packed(head: bytes) -> str:
    kinds = {GZIP: "gzip", ZSTANDARD: "zstd", ZIP: "zip"}
    return next((kind for magic, kind in kinds.items() if head.startswith(magic)), "")


def _opened(path: Path, kind: str) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _stream(file, kind, DEEP)


def _stream(file: IO[bytes], kind: str, deep: int) -> Iterator[bytes]:
    """What is packed in a stream; of what is packed again in that, both."""
    if kind == "zip":
        with zipfile.ZipFile(file) as packed:
            for entry in packed.infolist():
                yield b"\n" + entry.filename.encode("utf8", "surrogateescape") + b"\n"
                with packed.open(entry) as opened:
                    yield from _deeper(opened, deep)
        return
    inner: Any = gzip.GzipFile(fileobj=file) if kind == "gzip" else zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
    yield from _deeper(inner, deep)


def _deeper(opened: Any, deep: int) -> Iterator[bytes]:
    head = opened.read(8)
    if deep > 1 and (kind := _packed(head)):
        rest = io.BytesIO(head + opened.read())
        yield from _stream(rest, kind, deep - 1)
        return
    yield head
    while piece := opened.read1(CHUNK):  # a little at a time, so that what comes before a damage is seen
        yield piece


def _parquet(path: Path) -> Iterator[bytes]:
    """The text columns, value by value. Where PyArrow is not installed nothing here wrote the file; that it was not read is told."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as parquet
    except ImportError:
        raise NotImplementedError("PyArrow is not installed") from None
    for batch in parquet.ParquetFile(path).iter_batches(10_000):
        for column in batch.columns:
            yield from _texts(pa, column)


def _texts(pa: Any, column: Any) -> Iterator[bytes]:
    """All strings and bytes in a column, however deep, with a line break between."""
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _texts(pa, column.flatten())
    elif pa.types.is_struct(kind):
        for inner in column.flatten():
            yield from _texts(pa, inner)
    elif pa.types.is_dictionary(kind):
        yield from _texts(pa, column.dictionary_decode())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        values = column.to_pylist()
        yield b"\n".join(value.encode("utf8", "surrogatepass") if isinstance(value, str) else value or b"" for value in values) + b"\n"


def _tokens(path: Path) -> Iterator[bytes]:
    """The bytes that tokens stand for, by the tokenizer of their run."""
    words = _vocabulary(path.parent.parent / "tokenizer.json")
    tokens = np.load(path, mmap_mode="r")
    for start in range(0, len(tokens), CHUNK // 8):
        yield b"".join([words[token] for token in tokens[start : start + CHUNK // 8].tolist()])


def _vocabulary(path: Path) -> list[bytes]:
    """What each token stands for, of a byte-level BPE (Radford et al. 2019) as `tokenizers` writes it."""
    told = json.loads(path.read_text(encoding="utf8"))
    words = {int(number): word for word, number in told["model"]["vocab"].items()}
    special = {int(each["id"]): each["content"] for each in told.get("added_tokens", [])}
    letters = _letters()
    found = [b""] * (1 + max([*words, *special]))
    for number, word in words.items():
        found[number] = bytes(letters[letter] for letter in word) if all(letter in letters for letter in word) else word.encode()
    for number, word in special.items():
        found[number] = word.encode() if not word.startswith("<|") else b"\n"
    return found


def _letters() -> dict[str, int]:
    """The letter by which GPT-2's byte-level alphabet writes each byte, the other way round."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(256 + n): byte for n, byte in enumerate(hidden)}


def kinds(searched: Searched) -> dict[str, int]:
    """How many skips of each reason there were."""
    return dict(Counter(each.why for each in searched.skipped))
