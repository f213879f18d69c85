"""Oscine JSONL: one JSON object a line, plain or compressed by gzip or Zstandard, from a file or a stream.

Six shapes: a post (`id, author, created_at, text` and more), `{"delete": id}`, `{"account": id, "intents": {…}}`, `{"delete_account": id}`,
`{"engagement": kind, "actor", "post", "at"}` and `{"relation": kind, "actor", "target", "at"}`; the last two take `"on": false`.
Unknown keys of a post are kept. The places that an export tells in lines of its own are passed over.
A line that cannot be used becomes `Refused` with its reason; memory does not grow with the file or with a line.
It checks the shape of what it is given; whether it is true, nobody here knows.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec
import zstandard
from msgspec import Meta

from oscine.errors import InputError
from oscine.records import (
    Account,
    AccountChanged,
    AccountDeleted,
    AnyEvent,
    Card,
    Engagement,
    EngagementKind,
    Geo,
    Intent,
    Media,
    Post,
    PostDeleted,
    PostWritten,
    Refused,
    Relation,
    RelationKind,
    Visibility,
)  # fmt: skip

PACKED_BYTES = 1 << 10  # of a Zstandard frame at a time: they may unpack to 32 MB, no more
BOM = b"\xef\xbb\xbf"  # some editors begin a file with it
PLACE = b'{"cursor"'  # an export's own line, which tells from where it would go on
PLACE_KEYS = frozenset({"cursor", "complete", "reason"})
HEAD_BYTES = 1 << 20  # a file is recognised by its beginning, size and time of change

Id = Annotated[str, Meta(min_length=1, max_length=512)]  # with its network it fits an entry of PostgreSQL's index, 2,704 bytes
Network = Annotated[str, Meta(min_length=1, max_length=100)]
Time = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]  # networks do state negative counts; they are taken for nought


class PostLine(msgspec.Struct, kw_only=True):
    """A post as a line gives it."""

    id: Id
    author: Id
    created_at: Time
    text: str
    network: Network | None = None
    author_handle: Annotated[str, Meta(max_length=512)] | None = None
    author_name: str | None = None
    author_bio: str | None = None
    author_followers: Count | None = None
    author_intents: dict[str, Intent] | None = None
    edited_at: Time | None = None
    lang: Annotated[str, Meta(max_length=35)] | None = None
    reply_to: Id | None = None
    root: Id | None = None
    quote_of: Id | None = None
    visibility: Visibility = "public"
    likes: Count | None = None
    reposts: Count | None = None
    replies: Count | None = None
    quotes: Count | None = None
    urls: list[str] | None = None
    media: list[Media | str] | None = None
    tags: list[str] | None = None
    mentions: list[str] | None = None
    labels: list[str] | None = None
    sensitive: bool | None = None
    content_warning: str | None = None
    source: str | None = None
    verified: bool | None = None
    geo: Geo | str | None = None
    card: Card | None = None


class DeleteLine(msgspec.Struct):
    """`{"delete": id}`."""

    delete: Id
    network: Network | None = None


class AccountLine(msgspec.Struct):
    """`{"account": id}` with what is known of it; `at` is when it said so, now where it is left out. What is left out else stays as it is."""

    account: Id
    at: Time | None = None
    network: Network | None = None
    handle: Annotated[str, Meta(max_length=512)] | None = None
    name: str | None = None
    bio: str | None = None
    followers: Count | None = None
    bot: bool | None = None
    verified: bool | None = None
    searchable: bool | None = None
    intents: dict[str, Intent] | None = None


class AccountDeleteLine(msgspec.Struct):
    """`{"delete_account": id}`."""

    delete_account: Id
    network: Network | None = None


class EngagementLine(msgspec.Struct):
    """`{"engagement": kind, "actor", "post", "at"}`."""

    engagement: EngagementKind
    actor: Id
    post: Id
    at: Time
    on: bool = True
    network: Network | None = None


class RelationLine(msgspec.Struct):
    """`{"relation": kind, "actor", "target", "at"}`; of kind `list` with `list`, the list's name, and perhaps `public`."""

    relation: RelationKind
    actor: Id
    target: Id
    at: Time
    on: bool = True
    list: Id | None = None
    public: bool = False
    network: Network | None = None


_POST_KEYS = frozenset(PostLine.__struct_fields__)


class JsonLines:
    """Events of a binary stream of lines; `network` is where a line does not name one."""

    def __init__(self, stream: IO[bytes], network: str, max_line: int = 1_000_000, name: str = "", size: int = 0) -> None:
        self.name = name
        self._raw = stream
        self._size = size
        self._network = network
        self._max_line = max_line

    @classmethod
    def open(cls, path: str, network: str, max_line: int = 1_000_000, stdin: IO[bytes] | None = None) -> JsonLines:
        """A source over a file, or over `stdin` where the path is `-`. Raises `InputError` where it cannot be read."""
        if path == "-":
            assert stdin is not None
            return cls(stdin, network, max_line)
        try:
            stream = Path(path).open("rb")  # noqa: SIM115 - the source owns it
            return cls(stream, network, max_line, fingerprint(stream), Path(path).stat().st_size)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}.", "Give the path of a file, or `-` for standard input.") from None

    def done(self) -> float | None:
        """How much of the file has been read, from 0 to 1; None for a stream."""
        return min(1.0, self._raw.tell() / self._size) if self._size else None

    def events(self, cursor: int = 0) -> Iterator[AnyEvent]:
        """An event for each line after line number `cursor`; empty lines are passed over."""
        number = cursor
        try:
            for number, line in self._lines():
                if number > cursor and (line is None or (line.strip() and not _is_place(line))):
                    yield self._event(number, line)
        except (OSError, EOFError, zstandard.ZstdError) as error:
            yield Refused(cursor=number + 1, reason=f"the compressed data breaks off or is damaged here ({error})")

    def _lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Line numbers from 1 and lines; None stands for one that is too long."""
        stream, number = decompressed(self._raw), 0
        while line := stream.readline(self._max_line + 1):
            number += 1
            complete = line.endswith(b"\n") or len(line) <= self._max_line
            yield number, line if complete else None
            while not complete:
                rest = stream.readline(1 << 16)
                complete = not rest or rest.endswith(b"\n")

    def _event(self, number: int, line: bytes | None) -> AnyEvent:
        if line is None:
            return Refused(cursor=number, reason=f"the line is longer than {self._max_line:,} bytes")
        try:
            return self._parse(number, line)
        except UnicodeDecodeError:
            return Refused(cursor=number, reason="the line is not UTF-8")
        except msgspec.DecodeError as error:  # a ValidationError is one too
            kind = "" if isinstance(error, msgspec.ValidationError) else "not JSON: "
            return Refused(cursor=number, reason=kind + str(error))
        except RecursionError:
            return Refused(cursor=number, reason="not JSON: nested too deeply")
        except OverflowError:
            return Refused(cursor=number, reason="a time is not within the years 1 to 9999, UTC")

    def _parse(self, number: int, line: bytes) -> AnyEvent:
        fields = msgspec.json.decode(line.removeprefix(BOM), type=dict[str, Any])
        if b"\\u0000" in line:
            fields = without_nul(fields)
        if "delete" in fields:
            deletion = msgspec.convert(fields, DeleteLine)
            return PostDeleted(cursor=number, network=deletion.network or self._network, id=deletion.delete)
        if "delete_account" in fields:
            gone = msgspec.convert(fields, AccountDeleteLine)
            return AccountDeleted(cursor=number, network=gone.network or self._network, id=gone.delete_account)
        if "account" in fields:
            return _account(number, msgspec.convert(fields, AccountLine), self._network)
        if "engagement" in fields:
            e = msgspec.convert(fields, EngagementLine)
            return Engagement(
                cursor=number, network=e.network or self._network, kind=e.engagement, actor=e.actor, post=e.post, at=_utc(e.at), on=e.on
            )
        if "relation" in fields:
            return _related(number, msgspec.convert(fields, RelationLine), self._network)
        extra = {key: value for key, value in fields.items() if key not in _POST_KEYS}
        return _written(number, msgspec.convert(fields, PostLine), extra, self._network)


def _is_place(line: bytes) -> bool:
    """Whether a line is no more than a place in an export."""
    if not line.startswith(PLACE):
        return False
    try:
        return msgspec.json.decode(line, type=dict[str, Any]).keys() <= PLACE_KEYS
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _related(number: int, r: RelationLine, default_network: str) -> AnyEvent:
    if r.relation == "list" and not r.list:
        return Refused(cursor=number, reason="a relation of kind list names its list in `list`")
    return Relation(
        cursor=number, network=r.network or default_network, kind=r.relation, actor=r.actor, target=r.target, at=_utc(r.at), on=r.on,
        list=r.list or "", public=r.public,
    )  # fmt: skip


def _account(number: int, line: AccountLine, default_network: str) -> AccountChanged:
    names = ("handle", "name", "bio", "followers", "bot", "verified", "searchable", "intents")
    told = {name: getattr(line, name) for name in names if getattr(line, name) is not None}
    said_at = _utc(line.at or datetime.now(UTC)) if line.intents else None
    account = Account(id=line.account, network=line.network or default_network, intents_at=said_at, **told)
    return AccountChanged(cursor=number, account=account, told=frozenset(told))


def _written(number: int, p: PostLine, extra: dict[str, Any], default_network: str) -> PostWritten:
    network = p.network or default_network
    account = Account(
        id=p.author, network=network, handle=p.author_handle or p.author, name=p.author_name or "", bio=p.author_bio or "",
        followers=p.author_followers, verified=bool(p.verified), intents=p.author_intents or {},
        intents_at=_utc(p.edited_at or p.created_at) if p.author_intents else None,
    )  # fmt: skip
    post = Post(
        id=p.id, network=network, author=p.author, text=p.text, created_at=_utc(p.created_at), edited_at=p.edited_at and _utc(p.edited_at),
        lang=language_code(p.lang),
        reply_to=p.reply_to, root=p.root, quote_of=p.quote_of, visibility=p.visibility,
        media=tuple(Media(url=m) if isinstance(m, str) else m for m in p.media or ()),
        urls=tuple(p.urls or ()), tags=tuple(t.lstrip("#") for t in p.tags or ()), mentions=tuple(m.lstrip("@") for m in p.mentions or ()),
        likes=_count(p.likes), reposts=_count(p.reposts), replies=_count(p.replies), quotes=_count(p.quotes),
        labels=None if p.labels is None else tuple(p.labels), sensitive=bool(p.sensitive), content_warning=p.content_warning or "",
        source=p.source or "", geo=_geo(p.geo), card=p.card, extra=extra,
    )  # fmt: skip
    return PostWritten(cursor=number, post=post, author=account)


def _geo(given: Geo | str | None) -> Geo | None:
    """A place as a post carries it; half a pair of coordinates is none."""
    geo = Geo(name=given) if isinstance(given, str) else given or Geo()
    if geo.lat is None or geo.lon is None:
        geo = Geo(name=geo.name)
    return geo if geo != Geo() else None


def _utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises `OverflowError` where UTC has no such year: PostgreSQL could keep it, but nobody could read it."""
    return moment.astimezone(UTC)


def _count(stated: int | None) -> int:
    return max(0, stated or 0)


@lru_cache(maxsize=4_096)
def language_code(tag: str | None) -> str | None:
    """The first part of a language tag; None for those that name no language."""
    code = (tag or "").lower().replace("_", "-").partition("-")[0]
    return code if code not in ("", "und", "zxx", "mul", "qme", "qht", "qst", "qam", "qct") else None


def without_nul(value: Any) -> Any:
    """The same value without the character that PostgreSQL cannot hold."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [without_nul(item) for item in value]
    if isinstance(value, dict):
        return {without_nul(key): without_nul(item) for key, item in value.items()}
    return value


def decompressed(stream: IO[bytes]) -> IO[bytes]:
    """The stream itself, or what is in it where it begins as gzip or Zstandard does."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
    head = buffered.peek(4)[:4]
    if head[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=buffered)  # type: ignore[return-value]
    if head == b"\x28\xb5\x2f\xfd":
        return io.BufferedReader(_ZstandardFrames(buffered))
    return buffered


class _ZstandardFrames(io.RawIOBase):
    """What is in the frames of a stream, one after the other. Raises `EOFError` where the last one breaks off, which the library does not tell."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._frame: Any = None
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill some of the buffer; 0 at the end."""
        while not self._ready:
            between = self._frame is None or self._frame.eof
            piece = (between and self._frame and self._frame.unused_data) or self._packed.read(PACKED_BYTES)
            if not piece:
                if between:
                    return 0
                raise EOFError("a frame is not complete")
            if between:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._ready = memoryview(self._frame.decompress(piece))
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size


def fingerprint(stream: IO[bytes]) -> str:
    """What tells this very file: its beginning, its size and when it was last changed."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    about = Path(stream.name).stat()
    return hashlib.sha256(head + f"{about.st_size} {about.st_mtime_ns}".encode()).hexdigest()
