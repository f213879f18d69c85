"""Posts on Bluesky, written to a real PDS and read back by atproto's own client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from at_network import PASSWORD, AtProto, Person
from oscine.errors import InputError, NetworkUnavailable, NotAllowed, NotFound, RateLimited, SetupError
from oscine.posting.base import Piece, Poster
from oscine.posting.bluesky import BlueskyPoster, tid
from oscine.posting.xrpc import PasswordSession, call
from oscine.records import Post

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def person(atproto: AtProto) -> Person:
    return atproto.account("ann")


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as client:
        yield client


@pytest.fixture
def session(atproto: AtProto, person: Person, http: httpx.Client) -> PasswordSession:
    return PasswordSession(atproto.pds_url, person.handle, PASSWORD, http)


@pytest.fixture
def poster(session: PasswordSession) -> Poster:
    return BlueskyPoster(session, session.account, session.handle)


def written(person: Person, uri: str) -> Any:
    """The record, as the PDS gives it."""
    return person.client.com.atproto.repo.get_record(
        {"repo": uri.split("/")[2], "collection": uri.split("/")[3], "rkey": uri.split("/")[4]}
    )


def stored(uri: str, author: str = "did:plc:x") -> Post:
    return Post(id=uri, network="bluesky", author=author, text="?", created_at=NOW)


def posts(person: Person) -> list[str]:
    found = person.client.com.atproto.repo.list_records({"repo": person.did, "collection": "app.bsky.feed.post", "limit": 100})
    return [record.uri for record in found.records]


def test_a_session_knows_whose_it_is(session: PasswordSession, person: Person) -> None:
    assert (session.account, session.handle) == (person.did, person.handle)


def test_a_post_has_its_links_and_mentions_by_bytes(poster: Poster, person: Person) -> None:
    pieces = [Piece("Grüße 👩‍👩‍👧 "), Piece("hierher", link="https://example.org/ü"), Piece(" und "), Piece("@ann", mention=person.did)]
    value = written(person, poster.post(pieces, once="facets", lang="de")).value
    raw = value.text.encode()
    spans = [raw[facet.index.byte_start : facet.index.byte_end].decode() for facet in value.facets]
    assert (value.text, spans) == ("Grüße 👩‍👩‍👧 hierher und @ann", ["hierher", "@ann"])
    assert value.facets[0].features[0].uri == "https://example.org/ü" and value.facets[1].features[0].did == person.did
    assert value.langs == ["de"] and value.labels is None and value.reply is None


def test_what_a_machine_wrote_says_so(poster: Poster, person: Person) -> None:
    value = written(person, poster.post([Piece("beep")], once="generated", generated=True)).value
    assert [label.val for label in value.labels.values] == ["bot"]


def test_a_reply_names_its_parent_and_the_beginning_of_the_thread(poster: Poster, person: Person) -> None:
    first = person.client.send_post("first")
    second = poster.post([Piece("second")], once="second", reply_to=stored(first.uri))
    third = poster.post([Piece("third")], once="third", reply_to=stored(second))
    reply = written(person, third).value.reply
    assert (reply.parent.uri, reply.parent.cid) == (second, written(person, second).cid)
    assert (reply.root.uri, reply.root.cid) == (first.uri, first.cid)


def test_a_reply_to_what_is_gone_is_not_written(poster: Poster, person: Person) -> None:
    gone = person.client.send_post("soon gone")
    person.client.delete_post(gone.uri)
    before = posts(person)
    with pytest.raises(NotFound):
        poster.post([Piece("late")], once="late", reply_to=stored(gone.uri))
    assert posts(person) == before


def test_what_is_written_again_is_written_once(poster: Poster, person: Person) -> None:
    first = poster.post([Piece("once")], once="the same")
    again = poster.post([Piece("once, in other words")], once="the same")
    other = poster.post([Piece("once")], once="another")
    assert first == again != other
    assert written(person, first).value.text == "once" and posts(person).count(first) == 1


def test_what_was_written_though_its_reply_was_lost_is_found(person: Person, session: PasswordSession) -> None:
    def loses(nsid: str, **told: Any) -> dict[str, Any]:
        reply = session(nsid, **told)
        if nsid.endswith("createRecord"):
            raise NetworkUnavailable("The connection broke.")
        return reply

    uri = BlueskyPoster(loses, person.did, person.handle).post([Piece("in doubt")], once="doubt")
    assert written(person, uri).value.text == "in doubt"


def test_length_is_counted_as_people_count(poster: Poster, person: Person) -> None:
    family = "👩‍👩‍👧"  # 18 bytes, one character
    assert poster.length([Piece("né"), Piece("e\u0301"), Piece(family)]) == 4
    full = [Piece(family * 100 + "x" * 200)]
    assert written(person, poster.post(full, once="full")).value.text == full[0].text
    for pieces in ([Piece("x" * 301)], [Piece(family * 300)]):
        with pytest.raises(InputError):
            poster.post(pieces, once="too long")


def test_there_is_no_private_post(poster: Poster) -> None:
    with pytest.raises(InputError, match="public"):
        poster.post([Piece("psst")], once="private", visibility="direct")


def test_deleting_is_thorough_and_only_of_ones_own(poster: Poster, person: Person, atproto: AtProto) -> None:
    uri = poster.post([Piece("soon gone")], once="deleted")
    poster.delete(uri)
    poster.delete(uri)
    assert uri not in posts(person)
    other = atproto.account("other")
    theirs = other.client.send_post("mine").uri
    with pytest.raises(InputError):
        poster.delete(theirs)
    assert posts(other) == [theirs]


def test_a_bot_says_so_on_its_profile_and_keeps_the_rest(poster: Poster, person: Person) -> None:
    poster.declare()
    profile = {
        "$type": "app.bsky.actor.profile",
        "displayName": "Ann",
        "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]},
    }
    person.client.com.atproto.repo.put_record(
        {"repo": person.did, "collection": "app.bsky.actor.profile", "rkey": "self", "record": profile}
    )
    poster.declare()
    first = written(person, f"at://{person.did}/app.bsky.actor.profile/self")
    assert first.value.display_name == "Ann" and [label.val for label in first.value.labels.values] == ["!no-unauthenticated", "bot"]
    poster.declare()
    assert written(person, f"at://{person.did}/app.bsky.actor.profile/self").cid == first.cid


def test_a_session_that_is_over_is_renewed(session: PasswordSession, person: Person, poster: Poster) -> None:
    session._open = {**session._open, "accessJwt": session._open["accessJwt"][:-4] + "AAAA"}
    assert written(person, poster.post([Piece("renewed")], once="renewed"))
    session._open = {**session._open, "accessJwt": "x.y.z", "refreshJwt": "x.y.z"}  # neither is any good: it signs in again
    assert written(person, poster.post([Piece("signed in again")], once="signed in again"))


def test_a_wrong_password_is_said_once_and_never_shown(atproto: AtProto, person: Person, http: httpx.Client) -> None:
    wrong = PasswordSession(atproto.pds_url, person.handle, "hunter2", http)
    with pytest.raises(SetupError, match="app password") as raised:
        _ = wrong.account
    assert "hunter2" not in str(raised.value) + repr(wrong)


def test_an_account_that_is_put_away_may_not_write(atproto: AtProto, http: httpx.Client) -> None:
    person = atproto.account("gone")
    session = PasswordSession(atproto.pds_url, person.handle, PASSWORD, http)
    poster = BlueskyPoster(session, session.account, session.handle)
    person.client.com.atproto.server.deactivate_account({})
    with pytest.raises((NotAllowed, InputError)):
        poster.post([Piece("still here?")], once="away")


def answering(status: int, body: Any, headers: dict[str, str] | None = None) -> httpx.Client:
    """A server that always says the same: what the test network does not say on request."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status, content=content, headers=headers)))


REFUSALS: list[tuple[int, Any, dict[str, str], type[Exception]]] = [
    (429, {"error": "RateLimitExceeded"}, {"retry-after": "30"}, RateLimited),
    (429, {}, {"ratelimit-reset": "99999999999"}, RateLimited),
    (429, {}, {"retry-after": "soon"}, RateLimited),
    (503, b"<html>", {}, NetworkUnavailable),
    (500, {"error": "InternalServerError"}, {}, NetworkUnavailable),
    (200, b"not json", {}, NetworkUnavailable),
    (200, b"[" * 100_000, {}, NetworkUnavailable),
    (200, b'"' + b"x" * 3_000_000 + b'"', {}, NetworkUnavailable),
    (403, {"error": "Forbidden"}, {}, NotAllowed),
    (400, {"error": "AccountTakedown"}, {}, NotAllowed),
    (400, {"error": "RecordNotFound"}, {}, NotFound),
    (400, {"error": "InvalidRequest", "message": "m" * 5_000}, {}, InputError),
]


@pytest.mark.parametrize(("status", "body", "headers", "error"), REFUSALS)
def test_each_refusal_has_its_error(status: int, body: Any, headers: dict[str, str], error: type[Exception]) -> None:
    with answering(status, body, headers) as http, pytest.raises(error) as raised:
        call(http, http.build_request("GET", "https://pds.example/xrpc/x"))
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"retry-after": "30"}, 30), ({"ratelimit-reset": "99999999999"}, 3_600), ({}, 60), ({"retry-after": "-5"}, 1)]
)
def test_a_rate_limit_says_how_long(headers: dict[str, str], seconds: int) -> None:
    with answering(429, {}, headers) as http, pytest.raises(RateLimited) as raised:
        call(http, http.build_request("GET", "https://pds.example/xrpc/x"))
    assert raised.value.retry_after == seconds


def test_a_server_that_is_away_is_unavailable(http: httpx.Client) -> None:
    with pytest.raises(NetworkUnavailable):
        call(http, http.build_request("GET", "http://127.0.0.1:1/xrpc/x"))


@pytest.fixture
def many() -> Callable[[datetime | None], set[str]]:
    return lambda moment: {tid(f"at://did:plc:x/app.bsky.feed.post/{n}", moment) for n in range(2_000)}


def test_keys_are_tids_that_differ(many: Callable[[datetime | None], set[str]]) -> None:
    for moment in (NOW, None):
        keys = many(moment)
        assert len(keys) == 2_000 and all(len(key) == 13 and key[0] in "234567abcdefghij" for key in keys)
    later = datetime(2026, 11, 22, 12, 0, 2, tzinfo=UTC)
    assert max(many(NOW)) < min(many(later))  # they sort by time
    assert tid("x", NOW) == tid("x", NOW) and tid("x", datetime(9999, 1, 1, tzinfo=UTC))
