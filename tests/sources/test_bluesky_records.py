"""What records of AT Protocol repositories mean: posts in all their forms, acts, profiles, declared intents; what does not follow its lexicon is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import libipld
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.errors import InputError
from oscine.records import AccountChanged, AnyEvent, Engagement, Labelled, PostDeleted, PostWritten, Relation, Undone
from oscine.sources.bluesky import records

DID, BOB = "did:plc:jsffkl3vko7dac6brurilibt", "did:plc:tqtp7kdaswrg34minkjhvvzp"
AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
CID = b"\x01\x55\x12\x20" + sha256(b"a picture").digest()
NAME = libipld.encode_cid(CID)
POST: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": "hello", "createdAt": "2024-05-01T11:59:58.123Z"}
PICTURE = {"$type": "blob", "ref": CID, "mimeType": "image/png", "size": 9}
THEIRS = f"at://{BOB}/app.bsky.feed.post/3kabc"


def ref(uri: str = THEIRS) -> dict[str, str]:
    """A strong reference."""
    return {"uri": uri, "cid": NAME}


def read(record: Any, collection: str = "app.bsky.feed.post", rkey: str = "3kxyz", edited: bool = False) -> list[AnyEvent]:
    """What a record of ours says."""
    return records.events(DID, collection, rkey, record, "bafyx", AT, 7, edited)


def post(**fields: Any) -> Any:
    """The post of a record."""
    (event,) = read(POST | fields)
    assert isinstance(event, PostWritten)
    return event.post


def test_the_smallest_post() -> None:
    (event,) = read(POST)
    assert isinstance(event, PostWritten)
    assert (event.cursor, event.network, event.post.id) == (7, "bluesky", f"at://{DID}/app.bsky.feed.post/3kxyz")
    assert (event.post.author, event.author.id, event.author.handle) == (DID, DID, DID)  # a handle that is not known is the account's id
    assert (event.post.text, event.post.created_at, event.post.edited_at) == ("hello", datetime(2024, 5, 1, 11, 59, 58, 123_000, UTC), None)
    assert (event.post.labels, event.post.lang, event.post.extra) == (None, None, {"cid": "bafyx"})


def test_a_reply_in_a_language() -> None:
    told = post(reply={"root": ref(f"at://{BOB}/app.bsky.feed.post/1"), "parent": ref()}, langs=["pt-BR", "en"])
    assert (told.reply_to, told.root, told.lang) == (THEIRS, f"at://{BOB}/app.bsky.feed.post/1", "pt")


def test_whom_it_mentions_where_it_links_and_its_tags() -> None:
    kind = "app.bsky.richtext.facet"
    features = [
        {"$type": f"{kind}#mention", "did": BOB}, {"$type": f"{kind}#link", "uri": "https://bbc.co.uk"}, {"$type": f"{kind}#tag", "tag": "sky"},
        {"$type": f"{kind}#tag", "tag": "sky"}, {"$type": "com.example#else", "did": "did:plc:other"}, {"$type": f"{kind}#link", "uri": 5},
    ]  # fmt: skip
    told = post(facets=[{"index": {"byteStart": 0, "byteEnd": 2}, "features": features}], tags=["#sea", "sky"])
    assert (told.mentions, told.urls, told.tags) == ((BOB,), ("https://bbc.co.uk",), ("sky", "sea"))


@pytest.mark.parametrize("embed", [
    {"$type": "app.bsky.embed.images", "images": [{"image": PICTURE, "alt": "a bowl"}]},
    {"$type": "app.bsky.embed.images", "images": [{"image": {"$type": "blob", "ref": {"$link": NAME}}, "alt": "a bowl"}]},
    {"$type": "app.bsky.embed.gallery", "items": [{"$type": "app.bsky.embed.gallery#image", "image": PICTURE, "alt": "a bowl"}, {"$type": "new#kind"}]},
])  # fmt: skip
def test_pictures(embed: dict[str, Any]) -> None:
    (picture,) = post(embed=embed).media
    assert (picture.url, picture.alt) == (f"https://cdn.bsky.app/img/feed_fullsize/plain/{DID}/{NAME}@jpeg", "a bowl")


def test_a_film() -> None:
    (film,) = post(embed={"$type": "app.bsky.embed.video", "video": PICTURE, "alt": "waves"}).media
    assert (film.kind, film.alt, NAME in film.url) == ("video", "waves", True)


def test_a_link_in_a_frame() -> None:
    told = post(embed={"$type": "app.bsky.embed.external", "external": {"uri": "https://a.example", "title": "News", "description": ""}})
    assert (told.urls, told.card.url, told.card.title) == (("https://a.example",), "https://a.example", "News")


def test_quotes() -> None:
    quote = {"$type": "app.bsky.embed.record", "record": ref()}
    assert post(embed=quote).quote_of == THEIRS
    assert post(embed={"$type": "app.bsky.embed.record", "record": ref(f"at://{BOB}/app.bsky.graph.list/1")}).quote_of is None
    pictures = {"$type": "app.bsky.embed.images", "images": [{"image": PICTURE, "alt": "a bowl"}]}
    both = post(embed={"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": pictures})
    assert (both.quote_of, both.media[0].alt) == (THEIRS, "a bowl")
    assert post(embed={"$type": "app.bsky.embed.later", "record": 5}).media == ()


def test_what_an_author_warns_of() -> None:
    assert post(labels={"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "nudity"}]}).labels == ("nudity",)
    assert post(labels={"$type": "com.example.other"}).labels is None


@pytest.mark.parametrize(
    "claimed", ["2091-01-01T00:00:00Z", "0001-01-01T00:00:00+09:00", "1970-01-01T00:00:00Z", "yesterday", "", "9999-12-31T23:59:59-10:00"]
)
def test_a_time_that_cannot_be_is_the_time_of_the_event(claimed: str) -> None:
    told = post(createdAt=claimed)
    assert (told.created_at, told.extra["claimed"]) == (AT, claimed)


def test_an_older_post_keeps_its_time() -> None:
    assert post(createdAt="2009-03-01T10:00:00+01:00").created_at == datetime(2009, 3, 1, 9, tzinfo=UTC)
    assert post(createdAt="2009-03-01T10:00:00").created_at == datetime(2009, 3, 1, 10, tzinfo=UTC)


def test_an_edited_post() -> None:
    (event,) = read(POST, edited=True)
    assert isinstance(event, PostWritten)
    assert (event.post.created_at.minute, event.post.edited_at) == (59, AT)


@pytest.mark.parametrize("kind", ["like", "repost"])
def test_likes_and_reposts(kind: str) -> None:
    collection = f"app.bsky.feed.{kind}"
    (event,) = read({"subject": ref(), "createdAt": "2024-05-01T00:00:00Z"}, collection)
    assert isinstance(event, Engagement)
    assert (event.kind, event.actor, event.post, event.key) == (kind, DID, THEIRS, f"at://{DID}/{collection}/3kxyz")
    assert event.at == datetime(2024, 5, 1, tzinfo=UTC)
    assert read({"subject": ref(f"at://{BOB}/app.bsky.feed.generator/x"), "createdAt": ""}, collection) == []
    assert records.gone(DID, collection, "3kxyz", 8) == Undone(cursor=8, network="bluesky", key=event.key)


@pytest.mark.parametrize("kind", ["follow", "block"])
def test_follows_and_blocks(kind: str) -> None:
    (event,) = read({"subject": BOB, "createdAt": "2024-05-01T00:00:00Z"}, f"app.bsky.graph.{kind}")
    assert isinstance(event, Relation)
    assert (event.kind, event.actor, event.target, event.key) == (kind, DID, BOB, f"at://{DID}/app.bsky.graph.{kind}/3kxyz")


def test_an_account_on_a_list() -> None:
    (event,) = read({"subject": BOB, "list": f"at://{DID}/app.bsky.graph.list/1", "createdAt": ""}, "app.bsky.graph.listitem")
    assert isinstance(event, Relation)
    assert (event.kind, event.target, event.list, event.public) == ("list", BOB, f"at://{DID}/app.bsky.graph.list/1", True)


def test_a_profile() -> None:
    (event,) = read({"displayName": "Ann", "description": "Birds"}, "app.bsky.actor.profile", "self")
    assert isinstance(event, AccountChanged)
    assert (event.account.name, event.account.bio, event.account.bot, event.told) == ("Ann", "Birds", False, {"name", "bio", "bot"})
    (event,) = read({"labels": {"values": [{"val": "bot"}]}}, "app.bsky.actor.profile", "self")
    assert isinstance(event, AccountChanged) and event.account.bot
    assert read({"displayName": "Ann"}, "app.bsky.actor.profile", "other") == []
    gone = records.gone(DID, "app.bsky.actor.profile", "self", 8)
    assert isinstance(gone, AccountChanged)
    assert (gone.account.name, gone.told) == ("", {"name", "bio", "bot"})


def test_an_account_may_wish_to_be_shown_to_people_who_are_signed_in_only() -> None:
    wish = {"labels": {"values": [{"val": "!no-unauthenticated"}]}}
    _, said = read(wish, "app.bsky.actor.profile", "self")
    _, unsaid = read({}, "app.bsky.actor.profile", "self", edited=True)
    assert isinstance(said, Labelled) and isinstance(unsaid, Labelled)
    assert (said.label, said.account, said.by, said.on, unsaid.on) == ("!no-unauthenticated", DID, DID, True, False)


@pytest.mark.parametrize("collection", records.INTENTS)
@pytest.mark.parametrize("prefix", ["", "org.user-intents."])
def test_declared_intents(collection: str, prefix: str) -> None:
    declared = {f"{prefix}syntheticContentGeneration": {"allow": False, "updatedAt": "x"}, f"{prefix}bulkDataset": {"allow": True}}
    (event,) = read(declared | {f"{prefix}publicAccessArchive": {"updatedAt": "x"}}, collection, "self")
    assert isinstance(event, AccountChanged)
    assert (event.account.intents, event.told) == ({"training": "deny", "archive": "unset", "bulk": "allow"}, {"intents"})
    gone = records.gone(DID, collection, "self", 8, AT)
    assert isinstance(gone, AccountChanged)
    assert (set(gone.account.intents.values()), gone.account.intents_at) == ({"unset"}, AT)


def test_what_means_nothing_here() -> None:
    assert read({"anything": 1}, "app.bsky.feed.threadgate") == []
    assert records.gone(DID, "app.bsky.feed.threadgate", "x", 8) is None
    assert records.gone(DID, "app.bsky.feed.post", "x", 8) == PostDeleted(
        cursor=8, network="bluesky", id=f"at://{DID}/app.bsky.feed.post/x"
    )


@pytest.mark.parametrize("record", [
    None, 5, [], {}, {"text": 5}, {"text": "x" * 3_001}, POST | {"reply": {"root": ref()}}, POST | {"reply": {"root": ref(), "parent": ref("https://x")}},
    POST | {"facets": 5}, POST | {"embed": {"$type": "app.bsky.embed.images", "images": [{"image": {"ref": b"no cid"}}]}},
    POST | {"embed": {"$type": "app.bsky.embed.record"}}, POST | {"tags": ["x" * 641]}, POST | {"$type": "app.bsky.feed.like"},
])  # fmt: skip
def test_what_does_not_follow_its_lexicon_is_refused(record: Any) -> None:
    with pytest.raises(InputError, match="does not follow its lexicon"):
        read(record)


def test_no_nul_comes_through() -> None:
    nul = post(
        text="a\0b", tags=["c\0d"], langs=["e\0n"], embed={"$type": "app.bsky.embed.external", "external": {"uri": "u\0", "title": "t\0"}}
    )
    assert (nul.text, nul.tags, nul.card.title) == ("ab", ("cd",), "t")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.binary() | st.sampled_from([DID, THEIRS, *sorted(records.READERS)]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["$type", "text", "createdAt", "embed", "facets", "features", "reply", "root", "parent", "uri", "subject", "labels", "values", "val", "tags",
         "images", "image", "ref", "record", "media", "external", "displayName", "allow", "syntheticContentGeneration", "list"]), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(st.sampled_from(sorted(records.READERS)), st.dictionaries(st.text(), VALUES) | VALUES)
def test_whatever_a_record_holds_it_is_read_or_refused(collection: str, record: Any) -> None:
    try:
        told = read(record, collection, "self")
    except InputError:
        return
    assert b"\\u0000" not in msgspec.json.encode(told)
