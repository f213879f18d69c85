"""Statuses in JSON as events: every field where it belongs, whatever forks leave out, and nothing taken that is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.errors import InputError
from oscine.records import AccountChanged, AnyEvent, Card, Engagement, Media, PostDeleted, PostWritten, Refused, Undone
from oscine.sources.mastodon.content import plain
from oscine.sources.mastodon.events import Events
from oscine.sources.mastodon.statuses import account, full_name, stable, written

HOST = "one.example"
ANN = {
    "id": "7", "acct": "ann", "display_name": "Ann", "note": "<p>Baker</p>", "created_at": "2022-11-20T00:00:00.000Z", "followers_count": 12,
    "following_count": -1, "bot": False, "indexable": True, "discoverable": True, "noindex": False,
}  # fmt: skip
STATUS: dict[str, Any] = {
    "id": "110", "created_at": "2026-11-22T18:00:00.000Z", "edited_at": "2026-11-22T18:05:00.000Z", "account": ANN, "language": "en",
    "content": '<p><a href="https://two.example/@bob" class="u-url mention">@<span>bob</span></a> See <a href="https://e.example/1">https://e.example/1</a></p>',
    "in_reply_to_id": "109", "visibility": "unlisted", "sensitive": True, "spoiler_text": "Food", "url": "https://one.example/@ann/110",
    "uri": "https://one.example/users/ann/statuses/110", "favourites_count": 3, "reblogs_count": 2, "replies_count": 1, "quotes_count": 4,
    "media_attachments": [{"id": "1", "type": "gifv", "url": "https://one.example/m.mp4", "description": "A loaf"}, {"type": "unknown", "url": None}],
    "mentions": [{"id": "8", "username": "bob", "acct": "Bob@two.example", "url": "https://two.example/@bob"}],
    "tags": [{"name": "bread", "url": "https://one.example/tags/bread"}], "application": {"name": "Web"}, "reblog": None, "poll": None,
    "card": {"url": "https://e.example/1", "title": "One", "type": "link"}, "filtered": [],
}  # fmt: skip


def events(status: Any) -> list[AnyEvent]:
    return list(written(status, HOST, 1))


def post(**changes: Any) -> Any:
    (event,) = events({**STATUS, **changes})
    assert isinstance(event, PostWritten)
    return event.post


def test_every_field_has_its_place() -> None:
    made = post()
    assert (made.id, made.network, made.author) == ("110", HOST, "ann@one.example")
    assert made.text == "@bob@two.example See https://e.example/1"
    assert made.created_at == datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert made.edited_at == datetime(2026, 11, 22, 18, 5, tzinfo=UTC)
    assert (made.lang, made.reply_to, made.visibility) == ("en", "109", "unlisted")
    assert (made.likes, made.reposts, made.replies, made.quotes) == (3, 2, 1, 4)
    assert made.media == (Media(url="https://one.example/m.mp4", alt="A loaf", kind="video"),)
    assert (made.mentions, made.tags, made.urls) == (("bob@two.example",), ("bread",), ("https://e.example/1",))
    assert (made.sensitive, made.content_warning, made.source) == (True, "Food", "Web")
    assert made.card == Card(name="summary", url="https://e.example/1", title="One")
    assert made.extra == {"url": "https://one.example/@ann/110"}


def test_a_mention_is_known_by_its_address_or_where_only_one_is_called_so_by_its_name() -> None:
    shown = '<p><a href="https://two.example/users/bob" class="u-url mention">@<span>bob</span></a></p>'
    assert post(content=shown).text == "@bob@two.example"
    other = {"acct": "bob@three.example", "url": "https://three.example/@bob"}
    assert post(content=shown, mentions=[*STATUS["mentions"], other]).text == "@bob"


def test_its_author_comes_with_it() -> None:
    (event,) = events(STATUS)
    assert isinstance(event, PostWritten)
    author = event.author
    assert (author.id, author.handle, author.name, author.bio) == ("ann@one.example", "ann@one.example", "Ann", "Baker")
    assert (author.followers, author.following, author.searchable) == (12, None, True)


def test_an_id_a_time_and_an_author_are_enough() -> None:
    bare = events({"id": "1", "created_at": "2026-11-22T18:00:00Z", "account": {"acct": "bob@two.example"}})
    assert isinstance(bare[0], PostWritten)
    assert (bare[0].post.author, bare[0].post.visibility, bare[0].post.text) == ("bob@two.example", "public", "")


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"visibility": "public"}, "public"),
        ({"visibility": "private"}, "followers"),
        ({"visibility": "direct"}, "direct"),
        ({"visibility": "mutuals_only"}, "direct"),
        ({"visibility": "public", "local_only": True}, "followers"),
        ({"visibility": "direct", "local_only": True}, "direct"),
    ],
)
def test_nobody_sees_more_than_on_its_network(stated: dict[str, Any], told: str) -> None:
    assert post(**stated).visibility == told


@pytest.mark.parametrize(
    ("words", "searchable"),
    [
        ({"indexable": True, "noindex": False}, True),
        ({"indexable": False}, False),
        ({"indexable": False, "discoverable": True}, False),
        ({"indexable": True, "discoverable": False}, True),
        ({"indexable": True, "noindex": True}, False),
        ({"discoverable": False}, False),
        ({"discoverable": None}, True),
    ],
)
def test_who_does_not_want_to_be_found_is_not(words: dict[str, Any], searchable: bool) -> None:
    assert account({"acct": "ann", **words}, HOST).searchable is searchable


def test_a_boost_is_an_engagement_with_the_post() -> None:
    boost = {"id": "200", "created_at": "2026-11-22T19:00:00Z", "account": {"acct": "bob@two.example"}, "content": "", "reblog": STATUS}
    inner, repost = events(boost)
    assert isinstance(inner, PostWritten)
    assert inner.post.id == "110"
    assert isinstance(repost, Engagement)
    assert (repost.kind, repost.actor, repost.post, repost.key) == ("repost", "bob@two.example", "110", "200")


def test_a_quote_is_told_where_the_author_let_it_be_quoted() -> None:
    accepted = events({**STATUS, "quote": {"state": "accepted", "quoted_status": {**STATUS, "id": "90"}}})
    assert [event.post.id for event in accepted if isinstance(event, PostWritten)] == ["90", "110"]
    assert isinstance(accepted[-1], PostWritten)
    assert accepted[-1].post.quote_of == "90"
    assert post(quote={"state": "accepted", "quoted_status_id": "91"}).quote_of == "91"
    assert post(quote={"state": "revoked", "quoted_status": None}).quote_of is None
    assert post(quote={"state": "rejected", "quoted_status_id": "91"}).quote_of is None


def test_a_poll_is_its_card() -> None:
    made = post(poll={"id": "1", "options": [{"title": "Rye"}, {"title": "Wheat"}], "votes_count": 1}, card=None)
    assert made.card == Card(name="poll", title="Rye / Wheat")


def test_what_a_filter_hides_is_left_out_and_said_so() -> None:
    (hidden,) = events({**STATUS, "filtered": [{"filter": {"title": "gambling", "filter_action": "hide"}}]})
    assert isinstance(hidden, Refused)
    assert "gambling" in hidden.reason
    assert isinstance(events({**STATUS, "filtered": [{"filter": {"title": "x", "filter_action": "warn"}}]})[0], PostWritten)


@pytest.mark.parametrize(
    "status",
    [
        None,
        [],
        {"id": "1"},
        {**STATUS, "id": ""},
        {**STATUS, "id": "1" * 301},
        {**STATUS, "created_at": "yesterday"},
        {**STATUS, "created_at": "0001-01-01T00:00:00+14:00"},
        {**STATUS, "account": {"acct": ""}},
        {**STATUS, "content": "<b>" * 1_000},
        {**STATUS, "account": {**ANN, "acct": "a" * 251}},
        {**STATUS, "account": {**ANN, "note": "a" * 50_001}},
        {**STATUS, "mentions": "all"},
    ],
)
def test_what_is_no_status_is_refused(status: Any) -> None:
    with pytest.raises(InputError):
        events(status)


def test_addresses_that_are_no_web_pages_are_left_out() -> None:
    made = post(
        url="javascript:steal()", uri="urn:x", media_attachments=[{"type": "image", "url": "file:///etc/passwd"}], card={"url": "data:x"}
    )
    assert (made.extra, made.media, made.card) == ({}, (), None)


def test_a_character_that_no_database_holds_is_gone() -> None:
    assert post(content="<p>a\0b</p>", spoiler_text="x\0y").content_warning == "xy"


def test_names_are_in_full_and_lower_case() -> None:
    assert (full_name("Ann", HOST), full_name("Bob@Two.Example", HOST)) == ("ann@one.example", "bob@two.example")


def test_an_id_is_the_same_before_and_after_an_edit() -> None:
    assert stable("1795370095c10f2f6d9676e95e38b05ff7057e4dfe") == stable("1795370096c10f2f6d9676e95e38b05ff7057e4dfe")
    assert stable("113521908342817777") == "113521908342817777"


def test_an_account_is_told_anew_only_when_it_says_something_else() -> None:
    reader = Events(HOST)
    kinds = [
        [type(event) for event in reader.of("update", status)]
        for status in (STATUS, STATUS, {**STATUS, "account": {**ANN, "indexable": False}})
    ]
    assert kinds == [[PostWritten, AccountChanged], [PostWritten], [PostWritten, AccountChanged]]


def test_a_deletion_takes_back_a_post_or_a_boost() -> None:
    deleted, undone = Events(HOST).of("delete", "110")
    assert isinstance(deleted, PostDeleted)
    assert isinstance(undone, Undone)
    assert (deleted.id, undone.key) == ("110", "110")


def test_a_mention_names_the_account_that_reads_whether_it_says_so_or_not() -> None:
    notice = {"id": "5", "type": "mention", "created_at": "2026-11-22T18:00:00Z", "account": ANN, "status": {**STATUS, "mentions": []}}
    event = next(Events(HOST, "bot@one.example").of("notification", json.dumps(notice)))
    assert isinstance(event, PostWritten)
    assert event.post.mentions == ("bot@one.example",)


def test_a_favourite_is_a_like() -> None:
    notice = {
        "id": "5",
        "type": "favourite",
        "created_at": "2026-11-22T18:00:00Z",
        "account": {"acct": "bob@two.example"},
        "status": STATUS,
    }
    (event,) = Events(HOST).of("notification", notice)
    assert isinstance(event, Engagement)
    assert (event.kind, event.actor, event.post) == ("like", "bob@two.example", "110")


@pytest.mark.parametrize("name", ["filters_changed", "announcement", "conversation", "follow", "something new"])
def test_other_events_say_nothing_of_posts(name: str) -> None:
    assert list(Events(HOST).of(name, "{}")) == []


@pytest.mark.parametrize(
    ("name", "payload"), [("update", "{"), ("update", "[]"), ("update", "[" * 100_000), ("notification", "{}"), ("", "?")]
)
def test_what_cannot_be_read_is_kept_and_can_be_tried_again(name: str, payload: str) -> None:
    reader = Events(HOST)
    (refused,) = reader.of(name, payload)
    assert isinstance(refused, Refused)
    (again,) = reader.again(refused.raw)
    assert isinstance(again, Refused)
    assert again.raw == refused.raw


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*STATUS, "acct", "state", "quoted_status", "title"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*STATUS, "quote"]), ANYTHING, max_size=3), st.sampled_from(["update", "notification", "delete", ""])
)
def test_whatever_a_server_sends_is_told_or_refused(changes: dict[str, Any], name: str) -> None:
    """What is told fits the store: ids that are there, times in UTC, no character that no database holds."""
    status = {**STATUS, **changes}
    notice = {"id": "5", "type": "mention", "created_at": STATUS["created_at"], "account": ANN, "status": status}
    for event in Events(HOST).of(name, notice if name == "notification" else status):
        if isinstance(event, PostWritten):
            assert event.post.id and event.post.author and event.post.created_at.tzinfo == UTC
            assert b"\\u0000" not in msgspec.json.encode(event)


PIECES = [*"<>/&;\"'= abpé\0", "<p>", "</p>", "<br>", "<a href='https://e.example/'>", "</a>", "&amp;", "<!--", "<script>", "<pre>"]


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_whatever_the_html_text_comes_out(html: str) -> None:
    text, urls = plain(html)
    assert text == text.strip() and "\n\n\n" not in text
    assert all(url.startswith("http") for url in urls)


def test_a_refused_piece_that_can_be_read_today_is_told() -> None:
    raw = msgspec.json.encode({"event": "update", "payload": STATUS})
    assert [type(event) for event in Events(HOST).again(raw)] == [PostWritten, AccountChanged]
    assert [type(event) for event in Events(HOST).again(b"\xff")] == [Refused]
