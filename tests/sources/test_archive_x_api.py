"""X API v2: answers in every form, what they bring along, and the compliance stream."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from archive_files import TWEET

from oscine.records import (
    INACTIVE,
    AccountChanged,
    AccountDeleted,
    AnyEvent,
    Engagement,
    Labelled,
    Media,
    PostDeleted,
    PostWritten,
    Refused,
)
from oscine.sources.archives.recognise import open_archive
from oscine.sources.archives.x_api import XApi

WHEN = datetime(2023, 2, 18, 12, 33, 11, tzinfo=UTC)
USER = {
    "id": "17", "username": "bob", "name": "Bob", "description": "gulls &amp; terns", "created_at": "2010-01-01T00:00:00.000Z", "verified": True,
    "protected": False, "public_metrics": {"followers_count": 5, "following_count": 6, "tweet_count": 7, "listed_count": 0},
}  # fmt: skip


def told(path: Path, content: bytes | list[Any]) -> list[AnyEvent]:
    """The events of such a file, or of such lines."""
    file = path / "file"
    file.write_bytes(content if isinstance(content, bytes) else b"".join(json.dumps(line).encode() + b"\n" for line in content))
    archive = open_archive(str(file))
    assert isinstance(archive, XApi)
    return list(archive.events())


def only(path: Path, *lines: Any) -> Any:
    """The only post of such lines."""
    (event,) = told(path, list(lines))
    assert isinstance(event, PostWritten), event
    return event.post


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"data": TWEET}), json.dumps({"data": [TWEET]}, indent=4), json.dumps([{"data": [TWEET]}]), json.dumps(TWEET) + "\n",
        json.dumps([TWEET], indent=1), "\n\n" + json.dumps({"data": TWEET, "matching_rules": []}) + "\r\n\r\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("packed", [lambda data: data, gzip.compress, zstandard.compress, lambda data: b"\xef\xbb\xbf" + data])
def test_every_form_of_an_answer(tmp_path: Path, content: str, packed: Any) -> None:
    (event,) = told(tmp_path, packed(content.encode()))
    assert isinstance(event, PostWritten)
    assert (event.post.id, event.post.author, event.post.network, event.post.created_at) == (TWEET["id"], "17", "x", WHEN)


def test_a_whole_post(tmp_path: Path) -> None:
    post = TWEET | {
        "text": "A &lt;tern&gt; https://t.co/link000001 https://t.co/pict000001", "conversation_id": "16", "lang": "en", "source": "Web",
        "possibly_sensitive": True, "referenced_tweets": [{"type": "replied_to", "id": "16"}, {"type": "quoted", "id": "15"}],
        "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4, "impression_count": 99},
        "entities": {
            "urls": [
                {"url": "https://t.co/link000001", "expanded_url": "https://bit.example/1", "unwound_url": "https://birds.example/"},
                {"url": "https://t.co/pict000001", "expanded_url": "https://twitter.com/bob/status/1/photo/1", "media_key": "3_1"},
            ],
            "mentions": [{"username": "ann", "id": "1"}], "hashtags": [{"tag": "terns"}],
        },
        "attachments": {"media_keys": ["3_1", "7_2", "3_missing"]}, "geo": {"place_id": "x", "coordinates": {"coordinates": [1, 2]}},
    }  # fmt: skip
    media = [
        {"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "a tern"},
        {"media_key": "7_2", "type": "video", "preview_image_url": "https://pbs.example/p.jpg", "variants": [
            {"bit_rate": 1, "content_type": "video/mp4", "url": "https://v.example/1"}, {"content_type": "application/x-mpegURL", "url": "x"}]},
    ]  # fmt: skip
    (event,) = told(tmp_path, [{"data": [post], "includes": {"users": [USER], "media": media}}])
    assert isinstance(event, PostWritten)
    made, author = event.post, event.author
    assert made.text == "A <tern> https://birds.example/"
    assert (made.reply_to, made.quote_of, made.root, made.lang, made.source, made.sensitive) == ("16", "15", "16", "en", "Web", True)
    assert (made.likes, made.reposts, made.replies, made.quotes) == (3, 1, 2, 4)
    assert (made.urls, made.tags, made.mentions, made.geo) == (("https://birds.example/",), ("terns",), ("ann",), None)
    assert made.media == (Media(url="https://pbs.example/1.jpg", alt="a tern"), Media(url="https://v.example/1", kind="video"))
    assert (author.id, author.handle, author.name, author.bio, author.verified) == ("17", "bob", "Bob", "gulls & terns", True)
    assert (author.followers, author.following, author.created_at) == (5, 6, datetime(2010, 1, 1, tzinfo=UTC))


def test_a_long_post_is_whole(tmp_path: Path) -> None:
    note = {
        "text": "The long story https://t.co/note000001",
        "entities": {"urls": [{"url": "https://t.co/note000001", "expanded_url": "https://n.example"}]},
    }
    assert only(tmp_path, {"data": TWEET | {"text": "The long…", "note_tweet": note}}).text == "The long story https://n.example"


def test_what_a_tool_flattened(tmp_path: Path) -> None:
    flat = {
        "id": "1212092628029698048",
        "text": "An example of X's own documentation",
        "author_id": "17",
        "author": USER,
        "__twarc": {"version": "2"},
    }
    post = only(tmp_path, flat)
    assert (post.author, post.created_at.replace(microsecond=0)) == ("17", datetime(2019, 12, 31, 19, 26, 16, tzinfo=UTC)), (
        "the id tells the time"
    )


def test_posts_that_are_brought_along_count_too(tmp_path: Path) -> None:
    quoted = TWEET | {"id": "1626918366425567000", "author_id": "18", "text": "quoted"}
    line = {
        "data": [TWEET],
        "includes": {"users": [USER, USER | {"id": "18", "username": "eve", "protected": True}], "tweets": [quoted, {"id": "x"}]},
    }
    events = told(tmp_path, [line])
    assert [(event.post.text, event.author.handle, event.post.visibility) for event in events if isinstance(event, PostWritten)] == [
        ("A tern", "bob", "public"), ("quoted", "eve", "followers")]  # fmt: skip
    assert [type(event) for event in events].count(Refused) == 1


def test_a_repost_is_engagement(tmp_path: Path) -> None:
    (event,) = told(tmp_path, [{"data": TWEET | {"text": "RT @x: y", "referenced_tweets": [{"type": "retweeted", "id": "15"}]}}])
    assert isinstance(event, Engagement)
    assert (event.kind, event.actor, event.post, event.at, event.network) == ("repost", "17", "15", WHEN, "x")


def test_an_edited_post_takes_the_place_of_its_older_versions(tmp_path: Path) -> None:
    gone, written = told(tmp_path, [{"data": TWEET | {"edit_history_tweet_ids": ["1626918366425567000", TWEET["id"]]}}])
    assert isinstance(gone, PostDeleted) and gone.id == "1626918366425567000"
    assert isinstance(written, PostWritten) and written.post.id == TWEET["id"]


def test_a_post_that_is_withheld_says_where(tmp_path: Path) -> None:
    _, *labels = told(tmp_path, [{"data": TWEET | {"withheld": {"copyright": False, "country_codes": ["DE", "XX"], "scope": "tweet"}}}])
    assert [(label.label, label.post) for label in labels if isinstance(label, Labelled)] == [
        ("withheld-de", TWEET["id"]),
        (INACTIVE, TWEET["id"]),
    ]


def event(name: str, **about: Any) -> dict[str, Any]:
    """An event of the compliance stream."""
    return {"data": {name: {"event_at": "2023-02-18T12:33:11.000+00:00", **about}}}


POST = {"tweet": {"id": "61", "author_id": "17"}}
WHO = {"user": {"id": "17"}}


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (event("delete", **POST), [PostDeleted(cursor=1, network="x", id="61")]),
        (event("delete", **POST, quote_tweet_id="62"), [PostDeleted(cursor=1, network="x", id="61")]),
        ({"delete": {"status": {"id_str": "61", "user_id_str": "17"}, "timestamp_ms": "1"}}, [PostDeleted(cursor=1, network="x", id="61")]),
        (event("user_delete", **WHO), [AccountDeleted(cursor=1, network="x", id="17")]),
        (event("drop", **POST), [Labelled(cursor=1, network="x", label=INACTIVE, by="x drop", at=WHEN, post="61")]),
        (event("undrop", **POST), [Labelled(cursor=1, network="x", label=INACTIVE, by="x drop", at=WHEN, post="61", on=False)]),
        (event("user_suspend", **WHO), [Labelled(cursor=1, network="x", label=INACTIVE, by="x suspend", at=WHEN, account="17")]),
        (event("user_unsuspend", **WHO), [Labelled(cursor=1, network="x", label=INACTIVE, by="x suspend", at=WHEN, account="17", on=False)]),
        (event("user_protect", **WHO), [Labelled(cursor=1, network="x", label=INACTIVE, by="x protect", at=WHEN, account="17")]),
        (event("user_unprotect", **WHO), [Labelled(cursor=1, network="x", label=INACTIVE, by="x protect", at=WHEN, account="17", on=False)]),
        (event("withheld", **POST, withheld_in_countries=["XY"]), [Labelled(cursor=1, network="x", label=INACTIVE, by="x withheld", at=WHEN, post="61")]),
        (event("withheld", **POST, withheld_in_countries=["DE", "FR"]), [
            Labelled(cursor=1, network="x", label="withheld-de", by="x withheld", at=WHEN, post="61"),
            Labelled(cursor=2, network="x", label="withheld-fr", by="x withheld", at=WHEN, post="61")]),
        (event("user_withheld", **WHO, withheld_in_countries=["DE"]), [
            Labelled(cursor=1, network="x", label="withheld-de", by="x withheld", at=WHEN, account="17")]),
        (event("tweet_edit", tweet={"id": "63"}, initial_tweet_id="61", edit_tweet_ids=["61", "62", "63"]), [
            PostDeleted(cursor=1, network="x", id="61"), PostDeleted(cursor=2, network="x", id="62")]),
        (event("scrub_geo", **WHO, up_to_tweet_id="411552403083628544"), []),
    ],
)  # fmt: skip
def test_the_compliance_stream(tmp_path: Path, said: dict[str, Any], means: list[AnyEvent]) -> None:
    assert told(tmp_path, [said]) == means


def test_a_profile_that_changed(tmp_path: Path) -> None:
    (bio,) = told(tmp_path, [event("user_profile_modification", **WHO, profile_field="profile.description", new_value="boats")])
    assert isinstance(bio, AccountChanged) and bio.told == {"bio"} and (bio.account.id, bio.account.bio) == ("17", "boats")
    assert told(tmp_path, [event("user_profile_modification", **WHO, profile_field="profile.profileBanner", new_value="x")]) == []


def test_an_event_that_cannot_be_obeyed_is_told(tmp_path: Path) -> None:
    lines = [
        event("delete"),
        event("drop", **POST, event_at="x"),
        event("user_undelete", **WHO),
        event("delete", tweet={"id": "one"}),
        {"data": {"delete": 3}},
    ]
    events = told(tmp_path, [event("delete", **POST), *lines])
    reasons = [event.reason for event in events if isinstance(event, Refused)]
    assert len(reasons) == len(lines) and len(events) == len(lines) + 1
    assert "does not come back" in reasons[2]


def test_what_was_not_asked_for_is_told(tmp_path: Path) -> None:
    (refused,) = told(tmp_path, [{"data": {"id": "1626918366425567234", "text": "whose?", "edit_history_tweet_ids": []}}])
    assert isinstance(refused, Refused) and "author_id" in refused.reason


def test_one_bad_post_does_not_spoil_an_answer(tmp_path: Path) -> None:
    events = told(
        tmp_path, [{"data": [TWEET | {"id": "x"}, TWEET, 3, TWEET | {"id": "2", "created_at": "x"}]}, {"data": TWEET | {"id": "3"}}]
    )
    assert [event.post.id for event in events if isinstance(event, PostWritten)] == [TWEET["id"], "3"]
    assert len(events) == 5
