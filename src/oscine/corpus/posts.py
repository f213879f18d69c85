"""Posts into frames, from files on any fsspec path (Oscine JSONL, Parquet of the same columns) or from the store's scan.

While it reads it notes what the posts' authors say of training, and what is deleted. It decides nothing.
A frame of posts has one row each, with the columns of `SCHEMA`; names are `network/id`, times microseconds since 1970.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

import fsspec
import msgspec
import polars as pl
import pyarrow.parquet as pq
import zstandard

from oscine import text
from oscine.errors import InputError
from oscine.records import AccountChanged, AccountDeleted, PostDeleted, Refused
from oscine.sources.jsonl import BOM, JsonLines, PostLine, decompressed, language_code, without_nul

BLOCK_BYTES = 8 << 20
PARQUET_ROWS = 10_000
SCHEMA = {
    "key": pl.String, "account": pl.String, "text": pl.String, "at": pl.Int64, "version": pl.Int64, "lang": pl.String, "parent": pl.String,
    "visibility": pl.String, "labels": pl.List(pl.String), "sensitive": pl.Boolean, "engagement": pl.Int64,
}  # fmt: skip


class _Line(PostLine, kw_only=True):
    """A post, unless one of the keys is there by which `sources.jsonl` knows other lines."""

    delete: msgspec.Raw | None = None
    delete_account: msgspec.Raw | None = None
    account: msgspec.Raw | None = None
    engagement: msgspec.Raw | None = None
    relation: msgspec.Raw | None = None


_decode = msgspec.json.Decoder(_Line).decode


@dataclass
class Said:
    """What lines say beside posts. `intents` are (account, when, allow | deny | unset) in the order of the lines."""

    intents: list[tuple[str, int, str]] = field(default_factory=list)
    deleted_posts: list[str] = field(default_factory=list)
    deleted_accounts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def blocks(path: str, longest: int) -> Iterator[bytes]:
    """The lines of a file, some megabytes at a time. Raises `InputError` where it cannot be read; damage ends it with a line that says so."""
    try:
        with fsspec.open(path, "rb") as stream:
            yield from _parquet_lines(stream) if path.endswith(".parquet") else _whole_lines(decompressed(stream), longest)
    except (EOFError, zstandard.ZstdError) as error:
        yield f"the compressed data breaks off or is damaged ({error})".encode()
    except (OSError, ValueError, ImportError) as error:
        raise InputError(f"{path} cannot be read: {error}.", "Give the path of Oscine JSONL or Parquet.") from None


def _whole_lines(stream: IO[bytes], longest: int) -> Iterator[bytes]:
    rest = b""
    while piece := stream.read(BLOCK_BYTES):
        head, newline, tail = piece.rpartition(b"\n")
        if newline:
            yield rest + head
            rest = tail
        else:
            rest = (rest + tail)[: longest + 1]  # what is too long stays too long
    if rest:
        yield rest


def _parquet_lines(stream: IO[bytes]) -> Iterator[bytes]:
    for batch in pq.ParquetFile(stream).iter_batches(PARQUET_ROWS):
        yield b"\n".join(msgspec.json.encode(_told(row)) for row in batch.to_pylist())


def _told(value: Any) -> Any:
    """A row without what is null in it, times with an offset."""
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items() if item is not None}
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def parse(block: bytes, network: str, longest: int) -> tuple[pl.DataFrame, Said]:
    """The posts of a block of lines, and what the other lines say."""
    said, rows = Said(), []
    for line in block.split(b"\n"):
        if not line or line.isspace():
            continue
        try:
            post = _decode(_plain(line)) if len(line) <= longest else None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            post = None
        if post is None or post.delete or post.delete_account or post.account or post.engagement or post.relation:
            _note(line, network, longest, said)
            continue
        rows.append(_row(post, network, said))
    return _frame(rows), said


def _plain(line: bytes) -> bytes:
    """The line as `sources.jsonl` reads it, so that an account has the same name in a post and in a word about it."""
    line = line.removeprefix(BOM)
    return msgspec.json.encode(without_nul(msgspec.json.decode(line))) if b"\\u0000" in line else line


def _row(post: _Line, network: str, said: Said) -> tuple[Any, ...]:
    network = post.network or network
    at = int(post.created_at.timestamp() * 1e6)
    version = int(post.edited_at.timestamp() * 1e6) if post.edited_at else at
    account = f"{network}/{post.author}"
    if post.author_intents and "training" in post.author_intents:
        said.intents.append((account, version, post.author_intents["training"]))
    counts = (post.likes, post.reposts, post.replies, post.quotes)
    return (
        f"{network}/{post.id}", account, post.text, at, version, language_code(post.lang) or text.language(post.text),
        post.reply_to and f"{network}/{post.reply_to}", post.visibility, "\n".join(post.labels or ()), bool(post.sensitive or post.content_warning),
        sum(count for count in counts if count and count > 0),
    )  # fmt: skip


def _note(line: bytes, network: str, longest: int, said: Said) -> None:
    """What a line says that is no post: read by the reader that imports it too."""
    for event in JsonLines(io.BytesIO(line), network, longest).events():
        if isinstance(event, Refused):
            said.refused.append(event.reason)
        elif isinstance(event, PostDeleted):
            said.deleted_posts.append(f"{event.network}/{event.id}")
        elif isinstance(event, AccountDeleted):
            said.deleted_accounts.append(f"{event.network}/{event.id}")
        elif isinstance(event, AccountChanged) and "training" in event.account.intents and event.account.intents_at:
            at = int(event.account.intents_at.timestamp() * 1e6)
            said.intents.append((f"{event.network}/{event.account.id}", at, event.account.intents["training"]))


def _frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Labels come joined by line breaks: lists of Python's are slow to convert."""
    columns = zip(*rows, strict=True) if rows else [()] * len(SCHEMA)
    kinds = {**SCHEMA, "labels": pl.String}
    frame = pl.DataFrame([pl.Series(name, column, kind) for (name, kind), column in zip(kinds.items(), columns, strict=True)])
    return frame.with_columns(pl.col("labels").str.split("\n"))


def from_store(rows: Iterable[dict[str, Any]]) -> tuple[pl.DataFrame, Said]:
    """The same of rows of the store's scan."""
    rows = list(rows)
    said = Said(intents=[(row["account"], 0, row["training"]) for row in rows if row["training"]])
    return _frame([tuple(row[name] if name != "labels" else "\n".join(row[name]) for name in SCHEMA) for row in rows]), said
