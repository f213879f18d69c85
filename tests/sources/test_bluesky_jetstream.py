"""Jetstream in both its wire forms. Its server is not to be had here: the messages are those of its documents."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.errors import NetworkUnavailable, SetupError
from oscine.records import AccountChanged, AccountDeleted, AnyEvent, Gap, Labelled, PostDeleted, PostWritten, Reached, Refused, Undone
from oscine.sources.bluesky.identity import Identities
from oscine.sources.bluesky.jetstream import FIRST, SECOND, Jetstream, decode
from streams import saying

DID, TIME = "did:plc:eygmaihciaxprqvxpfvl6flk", 1_725_911_162_329_308
AT = datetime(2024, 9, 9, 19, 46, 2, 329_308, UTC)
POST = {"$type": "app.bsky.feed.post", "text": "hello", "createdAt": "2024-09-09T19:46:02.102Z", "langs": ["en"]}
CHANGE = {"rev": "3l3qo2vutsw2b", "collection": "app.bsky.feed.post", "rkey": "3l3qo2vuowo2b"}
METHOD = "network.bsky.jetstream.subscribeEvents"


def first(kind: str, **fields: Any) -> bytes:
    """A message of the first form."""
    return json.dumps({"did": DID, "time_us": TIME, "kind": kind} | fields).encode()


def second(kind: str, envelope: str = "message", **fields: Any) -> bytes:
    """A message of the second form."""
    about = {
        "$type": f"{METHOD}#{kind}",
        "did": DID,
        "seq": 7,
        "time": "2020-01-01T00:00:00Z",
        "witnessedAt": "2024-09-09T19:46:02.329308Z",
    }
    return json.dumps({"$type": envelope, "payload": about | fields}).encode()


def change(form: str, operation: str, **fields: Any) -> bytes:
    """A record that was written or deleted."""
    told = CHANGE | {"operation": operation} | fields
    return first("commit", commit=told) if form == "first" else second("commit", **told)


@pytest.mark.parametrize("form", ["first", "second"])
def test_posts_are_written_edited_and_deleted(form: str) -> None:
    told = [list(decode(change(form, operation, **fields))) for operation, fields in (
        ("create", {"record": POST, "cid": "bafy"}), ("update", {"record": POST, "cid": "bafz"}), ("delete", {}))]  # fmt: skip
    (written, reached), (edited, _), (deleted, _) = told
    assert isinstance(written, PostWritten) and isinstance(edited, PostWritten)
    assert (written.post.id, written.post.text, written.post.lang) == (f"at://{DID}/app.bsky.feed.post/3l3qo2vuowo2b", "hello", "en")
    assert (written.post.edited_at, edited.post.edited_at, edited.post.created_at) == (None, AT, written.post.created_at)
    assert deleted == PostDeleted(cursor=TIME, network="bluesky", id=written.post.id)
    assert reached == Reached(cursor=TIME, place=str(TIME), at=AT)


@pytest.mark.parametrize("form", ["first", "second"])
def test_other_records(form: str) -> None:
    (undone, _) = decode(change(form, "delete", collection="app.bsky.feed.like"))
    assert isinstance(undone, Undone)
    assert [type(event) for event in decode(change(form, "create", collection="app.bsky.feed.threadgate", record={}))] == [Reached]


@pytest.mark.parametrize("make", [first, second])
def test_identities_and_accounts(make: Any) -> None:
    (renamed, _) = decode(
        make("identity", identity={"did": DID, "handle": "president.example", "seq": 1, "time": "2024-09-05T06:11:04.870Z"})
    )
    assert isinstance(renamed, AccountChanged)
    assert (renamed.account.handle, renamed.told) == (DID, {"handle"})  # anybody may claim a handle
    (away, _) = decode(make("account", account={"active": False, "status": "deactivated", "did": DID, "seq": 1}))
    (gone, _) = decode(make("account", account={"active": False, "status": "deleted", "did": DID, "seq": 1}))
    assert isinstance(away, Labelled) and away.on and isinstance(gone, AccountDeleted)


def test_what_only_the_second_form_says() -> None:
    (gap, _) = decode(second("sync", sync={"did": DID, "rev": "3l"}))
    assert isinstance(gap, Gap) and gap.account == DID
    (all_of_them,) = decode(json.dumps({"$type": "event", "payload": {"$type": f"{METHOD}#info", "name": "OutdatedCursor"}}).encode())
    assert isinstance(all_of_them, Gap) and all_of_them.account == ""
    assert [type(event) for event in decode(second("commit", "event", operation="delete", **CHANGE))] == [PostDeleted, Reached]
    with pytest.raises(NetworkUnavailable, match="ConsumerTooSlow"):
        list(decode(b'{"$type": "error", "error": "ConsumerTooSlow"}'))
    assert [type(event) for event in decode(second("later"))] == [Reached]


@pytest.mark.parametrize("message", [
    b"", b"{", b"[]", b"\xff", first("commit", did="no did"), first("commit", time_us=-1), json.dumps({"time_us": TIME, "kind": "identity"}).encode(),
    second("commit", witnessedAt="yesterday"), b"[" * 100_000,
])  # fmt: skip
def test_a_broken_message_is_refused_with_itself(message: bytes) -> None:
    (refused,) = decode(message)
    assert isinstance(refused, Refused) and refused.raw == message


@pytest.mark.parametrize("fields", [{"record": {"text": 5}}, {"record": None}, {"record": POST, "rkey": "../x"}])
def test_a_broken_record_is_refused_and_the_rest_goes_on(fields: dict[str, Any]) -> None:
    refused, reached = decode(change("first", "create", **fields))
    assert isinstance(refused, Refused) and isinstance(reached, Reached)


@given(st.binary(max_size=200), st.integers(0, 300))
def test_no_message_breaks_the_reader(noise: bytes, at: int) -> None:
    message = change("second", "create", record=POST)
    for event in decode(message[:at] + noise + message[at + len(noise) :]):
        assert event


def some(url: str, count: int, place: str = "") -> list[AnyEvent]:
    """The first events from a server."""
    with httpx.Client() as http:
        source = Jetstream(url, http, Identities(http, "http://127.0.0.1:9"))
        with contextlib.closing(source.events(place)) as stream:
            return [next(stream) for _ in range(count)]


def test_what_is_asked_for() -> None:
    with saying([change("first", "delete").decode()]) as server:
        some(server.url, 2, str(TIME))
    with saying([change("second", "delete").decode()], subprotocol="xrpc.v1.json") as other:
        some(other.url + SECOND, 2)
    (asked,), (asked_second,) = server.asked, other.asked
    assert asked.startswith(f"{FIRST}?wantedCollections=app.bsky.feed.post&") and asked.endswith(f"&cursor={TIME}")
    assert asked_second.startswith(f"{SECOND}?collections=app.bsky.feed.post&") and "cursor" not in asked_second


def test_a_place_that_is_too_old_is_a_gap() -> None:
    with saying([change("first", "delete").decode()] * 2) as server:
        assert [type(event) for event in some(server.url, 4, str(TIME))] == [PostDeleted, Reached, PostDeleted, Reached]
        assert [type(event) for event in some(server.url, 5, str(TIME - 3_600_000_000))] == [
            PostDeleted,
            Gap,
            Reached,
            PostDeleted,
            Reached,
        ]


def test_a_connection_that_ends() -> None:
    with saying([first("later").decode()], ends=True) as server, httpx.Client() as http:
        source = Jetstream(server.url, http, Identities(http, ""))
        assert [type(event) for event in source.events()] == [Reached]
        assert list(source.again(first("later"))) == []
        with pytest.raises(NetworkUnavailable, match="lists no accounts"):
            source.accounts()
        with pytest.raises(SetupError):
            Jetstream("file:///etc/passwd", http, Identities(http, ""))
