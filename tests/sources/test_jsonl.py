"""Oscine JSONL: every shape, every packing; what cannot be used is refused by its line and with its reason, and the rest goes on."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from oscine.errors import InputError
from oscine.records import (
    AccountChanged,
    AccountDeleted,
    AnyEvent,
    Card,
    Engagement,
    Geo,
    Media,
    PostDeleted,
    PostWritten,
    Refused,
    Relation,
)
from oscine.sources.jsonl import JsonLines

POST: dict[str, Any] = {"id": "1", "author": "ann", "created_at": "2024-05-01T12:00:00Z", "text": "hello"}
AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


def events(data: bytes | dict[str, Any], cursor: int = 0, **options: Any) -> list[AnyEvent]:
    """What comes of some lines."""
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return list(JsonLines(io.BytesIO(content), "here", **options).events(cursor))


def lines(*posts: dict[str, Any]) -> bytes:
    """Posts as lines."""
    return b"".join(json.dumps(post).encode() + b"\n" for post in posts)


def reason(data: bytes | dict[str, Any]) -> str:
    """Why the only line is refused."""
    (event,) = events(data)
    assert isinstance(event, Refused), event
    return event.reason


def test_the_smallest_post() -> None:
    (event,) = events(POST)
    assert isinstance(event, PostWritten)
    assert (event.cursor, event.network) == (1, "here")
    assert (event.post.id, event.post.author, event.post.text, event.post.created_at) == ("1", "ann", "hello", AT)
    assert (event.post.visibility, event.post.labels, event.post.extra) == ("public", None, {})
    assert (event.author.id, event.author.handle, event.author.network) == ("ann", "ann", "here")


def test_the_fullest_post() -> None:
    (event,) = events(POST | {
        "network": "there", "author_handle": "ann.example", "author_name": "Ann", "author_bio": "Birds", "author_followers": 7,
        "edited_at": "2024-05-01T15:00:00+02:00", "lang": "pt-BR", "reply_to": "2", "root": "3", "quote_of": "4", "visibility": "followers",
        "likes": 1, "reposts": 2, "replies": 3, "quotes": -4, "urls": ["https://bbc.co.uk"], "tags": ["#sky", "sea"], "mentions": ["@bob"],
        "media": ["https://img.example/1", {"url": "https://img.example/2", "alt": "a bowl", "kind": "film"}], "labels": ["nsfw"],
        "sensitive": True, "content_warning": "food", "source": "phone", "verified": True, "mood": {"is": ["good"]}, "colour": 1,
        "geo": {"lat": 45.07, "lon": 7.68, "name": "Turin"}, "card": {"name": "summary", "url": "https://bbc.co.uk", "title": "News"},
    })  # fmt: skip
    assert isinstance(event, PostWritten)
    post, author = event.post, event.author
    assert (post.network, author.network, author.handle, author.name, author.bio, author.followers, author.verified) == (
        "there", "there", "ann.example", "Ann", "Birds", 7, True)  # fmt: skip
    assert post.edited_at == datetime(2024, 5, 1, 13, tzinfo=UTC) and post.edited_at.tzinfo is UTC
    assert (post.lang, post.reply_to, post.root, post.quote_of, post.visibility) == ("pt", "2", "3", "4", "followers")
    assert (post.likes, post.reposts, post.replies, post.quotes) == (1, 2, 3, 0)
    assert (post.urls, post.tags, post.mentions, post.labels) == (("https://bbc.co.uk",), ("sky", "sea"), ("bob",), ("nsfw",))
    assert post.media == (Media(url="https://img.example/1"), Media(url="https://img.example/2", alt="a bowl", kind="film"))
    assert (post.sensitive, post.content_warning, post.source) == (True, "food", "phone")
    assert post.extra == {"mood": {"is": ["good"]}, "colour": 1}
    assert post.geo == Geo(lat=45.07, lon=7.68, name="Turin")
    assert post.card == Card(name="summary", url="https://bbc.co.uk", title="News")


@pytest.mark.parametrize(
    ("geo", "kept"),
    [
        ("Turin", Geo(name="Turin")),
        ({"lat": 0, "lon": 0}, Geo(lat=0, lon=0)),
        ({"lat": 45.07, "name": "Turin"}, Geo(name="Turin")),
        ({"lat": 45.07}, None),
        ({"type": "Point"}, None),
        (None, None),
        ("", None),
    ],
)
def test_a_place(geo: Any, kept: Geo | None) -> None:
    (event,) = events(POST | {"geo": geo})
    assert isinstance(event, PostWritten)
    assert event.post.geo == kept


def test_a_place_that_is_not_on_earth_is_refused() -> None:
    assert "geo" in reason(POST | {"geo": {"lat": 91, "lon": 0}})


def test_a_list_is_a_relation_with_a_name() -> None:
    listed = {"relation": "list", "actor": "ann", "list": "friends", "target": "bob", "at": POST["created_at"]}
    (event,) = events(listed | {"public": True})
    assert isinstance(event, Relation)
    assert (event.kind, event.actor, event.list, event.target, event.public) == ("list", "ann", "friends", "bob", True)
    assert "`list`" in reason({key: value for key, value in listed.items() if key != "list"})


def test_an_account_says_what_it_says_and_no_more() -> None:
    (event,) = events({"account": "ann", "intents": {"training": "deny"}, "at": "2024-05-01T14:00:00+02:00", "bio": ""})
    assert isinstance(event, AccountChanged)
    assert (event.account.id, event.account.intents, event.account.intents_at) == ("ann", {"training": "deny"}, AT)
    assert event.told == {"intents", "bio"}
    assert events({"delete_account": "ann"}) == [AccountDeleted(cursor=1, network="here", id="ann")]
    assert "intents" in reason({"account": "ann", "intents": {"training": "perhaps"}})
    (event,) = events(POST | {"author_intents": {"training": "allow"}})
    assert isinstance(event, PostWritten) and (event.author.intents, event.author.intents_at) == ({"training": "allow"}, AT)


@pytest.mark.parametrize("tag", ["und", "zxx", "", "mul", "qme"])
def test_a_language_tag_that_names_none(tag: str) -> None:
    (event,) = events(POST | {"lang": tag})
    assert isinstance(event, PostWritten) and event.post.lang is None


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ({"delete": "1"}, PostDeleted(cursor=1, network="here", id="1")),
        ({"delete": "1", "network": "there"}, PostDeleted(cursor=1, network="there", id="1")),
        ({"engagement": "like", "actor": "bob", "post": "1", "at": "2024-05-01T12:00:00Z"},
         Engagement(cursor=1, network="here", kind="like", actor="bob", post="1", at=AT)),
        ({"engagement": "dwell", "actor": "bob", "post": "1", "at": "2024-05-01T14:00:00+02:00", "on": False},
         Engagement(cursor=1, network="here", kind="dwell", actor="bob", post="1", at=AT, on=False)),
        ({"relation": "follow", "actor": "bob", "target": "ann", "at": "2024-05-01T12:00:00Z"},
         Relation(cursor=1, network="here", kind="follow", actor="bob", target="ann", at=AT)),
        ({"relation": "block", "actor": "bob", "target": "ann", "at": "2024-05-01T12:00:00Z", "on": False, "network": "there"},
         Relation(cursor=1, network="there", kind="block", actor="bob", target="ann", at=AT, on=False)),
    ],
)  # fmt: skip
def test_the_other_shapes(line: dict[str, Any], event: AnyEvent) -> None:
    assert events(line) == [event]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": 1}, "id"), ({"id": ""}, "id"), ({"id": None}, "id"), ({"id": "x" * 513}, "id"), ({"author": ["ann"]}, "author"),
        ({"created_at": "yesterday"}, "created_at"), ({"created_at": 1_700_000_000}, "created_at"),
        ({"created_at": "2024-05-01T12:00:00"}, "created_at"), ({"edited_at": "2024-05-01T12:00:00"}, "edited_at"),
        ({"text": None}, "text"), ({"likes": "many"}, "likes"), ({"likes": 2**31}, "likes"), ({"likes": 1.5}, "likes"),
        ({"visibility": "secret"}, "visibility"), ({"media": [{"alt": "no url"}]}, "url"), ({"media": "x"}, "media"), ({"tags": "sky"}, "tags"),
        ({"mentions": [1]}, "mentions"), ({"labels": {}}, "labels"), ({"sensitive": "no"}, "sensitive"), ({"lang": "x" * 36}, "lang"),
        ({"network": "x" * 101}, "network"), ({"author_handle": "x" * 513}, "author_handle"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_and_its_field_named(change: dict[str, Any], named: str) -> None:
    assert named in reason(POST | change)


@pytest.mark.parametrize("key", POST)
def test_what_is_required_is_named(key: str) -> None:
    assert key in reason({name: value for name, value in POST.items() if name != key})


@pytest.mark.parametrize(
    "line",
    [
        {"engagement": "adore", "actor": "bob", "post": "1", "at": "2024-05-01T12:00:00Z"},
        {"engagement": "like", "actor": "bob", "at": "2024-05-01T12:00:00Z"},
        {"relation": "follow", "actor": "bob", "target": "ann", "at": "2024-05-01T12:00:00"},
        {"relation": "adore", "actor": "bob", "target": "ann", "at": "2024-05-01T12:00:00Z"},
        {"delete": 1},
        {},
    ],
)
def test_other_wrong_lines(line: dict[str, Any]) -> None:
    assert reason(line)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_a_time_that_utc_has_no_year_for(moment: str) -> None:
    assert "years" in reason(POST | {"created_at": moment})
    assert "years" in reason(POST | {"edited_at": moment})
    assert "years" in reason({"relation": "follow", "actor": "bob", "target": "ann", "at": moment})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"hello", "not JSON"),
        (b'{"id": "1"', "not JSON"),
        (b"[1, 2]", "object"),
        (b"null", "object"),
        (b'{"id": "\xff"}', "UTF-8"),
        (b'{"text": "\\ud800"}', "not JSON"),
        (b'{"id": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "deep"),
    ],
)
def test_what_is_not_an_object_of_json(line: bytes, why: str) -> None:
    assert why in reason(line)


def test_nul_is_taken_out_everywhere() -> None:
    (event,) = events(POST | {"text": "a\x00b", "tags": ["x\x00"], "media": [{"url": "u\x00"}], "k\x00ey": {"d\x00": ["\x00e", 1]}})
    assert isinstance(event, PostWritten)
    assert (event.post.text, event.post.tags, event.post.media[0].url) == ("ab", ("x",), "u")
    assert event.post.extra == {"key": {"d": ["e", 1]}}
    assert "id" in reason(POST | {"id": "\x00"})


def test_a_refused_line_costs_no_other() -> None:
    found = events(lines(POST) + b"\n  \nrubbish\r\n\xff\n" + lines(POST | {"id": "2"}) + json.dumps(POST | {"id": "3"}).encode())
    assert [(event.cursor, type(event).__name__) for event in found] == [
        (1, "PostWritten"), (4, "Refused"), (5, "Refused"), (6, "PostWritten"), (7, "PostWritten")]  # fmt: skip


class Endless(io.RawIOBase):
    """A line of 10 MB, never held as a whole, and then a post."""

    def __init__(self) -> None:
        self._parts: Iterator[bytes] = iter([b'{"text": "', *[b"x" * 10_000] * 1_000, b'"}\n', lines(POST)])
        self._left = b""

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Some bytes more."""
        self._left = self._left or next(self._parts, b"")
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


def test_a_line_of_ten_megabytes_is_refused_in_little_memory() -> None:
    tracemalloc.start()
    try:
        refused, post = JsonLines(Endless(), "here", max_line=100_000).events()  # type: ignore[arg-type]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(refused, Refused) and "100,000 bytes" in refused.reason
    assert isinstance(post, PostWritten) and post.cursor == 2
    assert most < 2_000_000


@pytest.mark.parametrize(("size", "kind"), [(199, PostWritten), (200, PostWritten), (201, Refused)])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_the_longest_line(size: int, kind: type, end: bytes) -> None:
    empty = len(json.dumps(POST | {"text": ""}))
    line = json.dumps(POST | {"text": "x" * (size - empty)}).encode()
    assert len(line) == size
    found = events(line + end, max_line=200)
    assert [type(event) for event in found] == [kind]


PACKINGS = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "gzip of two members": lambda data: gzip.compress(data[:200]) + gzip.compress(data[200:]),
    "zstd": lambda data: zstandard.compress(data),
    "zstd of two frames": lambda data: zstandard.compress(data[:200]) + zstandard.compress(data[200:]),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_packings(packing: str, tmp_path: Path) -> None:
    content = PACKINGS[packing](lines(*(POST | {"id": str(n)} for n in range(50))))
    path = tmp_path / "posts"
    path.write_bytes(content)
    source = JsonLines.open(str(path), "here")
    assert [event.post.id for event in source.events() if isinstance(event, PostWritten)] == [str(n) for n in range(50)]
    assert source.done() == 1.0
    streamed = JsonLines.open("-", "here", stdin=io.BytesIO(content))
    assert len(list(streamed.events())) == 50 and streamed.name == "" and streamed.done() is None


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_damaged_file_gives_what_it_holds_and_says_where_it_breaks(pack: Any) -> None:
    content = pack(lines(*(POST | {"id": str(n), "text": str(hash(("salt", n)))} for n in range(5_000))))
    *whole, last = events(content[: len(content) // 2])
    assert isinstance(last, Refused) and "breaks off" in last.reason and last.cursor == len(whole) + 1
    assert len(whole) > 100 and all(isinstance(event, PostWritten) for event in whole)


@pytest.mark.parametrize("content", [b"", b"\n\n", gzip.compress(b""), zstandard.compress(b"")])
def test_an_empty_file_gives_nothing(content: bytes) -> None:
    assert events(content) == []


@pytest.mark.parametrize("cursor", [0, 1, 4, 9, 10, 99])
def test_it_goes_on_after_a_cursor(cursor: int) -> None:
    content = lines(*(POST | {"id": str(n)} for n in range(1, 11)))
    for packed in (content, gzip.compress(content)):
        assert [event.cursor for event in events(packed, cursor)] == list(range(cursor + 1, 11))


def test_a_file_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(POST))
    name = JsonLines.open(str(path), "here").name
    moved = path.rename(tmp_path / "b.jsonl")
    assert name and JsonLines.open(str(moved), "here").name == name
    moved.write_bytes(lines(POST, POST))
    assert JsonLines.open(str(moved), "here").name != name


@pytest.mark.parametrize("path", ["nowhere.jsonl", "."])
def test_a_path_that_cannot_be_read(path: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        JsonLines.open(str(tmp_path / path), "here")
