"""X archives: what was put in comes out, of every generation; what is private is never opened."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from archive_files import ACCOUNT, ME, PRIVATE, manifest, script, tweet, x_files, zipped

from oscine.records import AccountChanged, AnyEvent, Engagement, Media, PostDeleted, PostWritten, Refused, Relation
from oscine.sources.archives.archive import Archive
from oscine.sources.archives.recognise import open_archive

AT = datetime(2023, 2, 18, 12, 33, 11, tzinfo=UTC)
MADE = datetime(2023, 3, 1, 8, tzinfo=UTC)
Parts = dict[str, tuple[str, list[Any]]]


def opened(path: Path, members: dict[str, bytes]) -> Archive:
    """An archive of these members."""
    (path / "file").write_bytes(zipped(members))
    archive = open_archive(str(path / "file"))
    assert archive is not None
    return archive


def events(path: Path, parts: Parts) -> list[AnyEvent]:
    """All that an X archive of these parts tells."""
    told = list(opened(path, x_files(parts)).events())
    assert [event.cursor for event in told] == list(range(1, len(told) + 1))
    return told


def posts(path: Path, *tweets: dict[str, Any], **parts: tuple[str, list[Any]]) -> list[Any]:
    """The posts of such tweets, none of them refused."""
    told = events(path, {"tweets": ("tweets", list(tweets)), **parts})
    assert not [event for event in told if isinstance(event, Refused)]
    return [event.post for event in told if isinstance(event, PostWritten)]


def refused(told: list[AnyEvent]) -> list[str]:
    """The reasons."""
    return [event.reason for event in told if isinstance(event, Refused)]


def test_the_account(tmp_path: Path) -> None:
    (changed,) = events(tmp_path, {"verified": ("verified", [{"verified": {"accountId": ME, "verified": True}}])})
    assert isinstance(changed, AccountChanged)
    account = changed.account
    assert (account.id, account.network, account.handle, account.name, account.verified) == (ME, "x", "ann", "Ann", True)
    assert (account.bio, account.created_at) == ("Birds & ferries", datetime(2007, 2, 20, 14, 35, 54, tzinfo=UTC))
    assert changed.told == {"handle", "name", "bio", "created_at", "verified"}


def test_a_whole_post(tmp_path: Path) -> None:
    said = "@bob Tern &lt;3 &amp;amp; gull https://t.co/link000001 #terns https://t.co/pict000001"
    entities = {
        "hashtags": [{"text": "terns", "indices": ["1", "2"]}], "symbols": [],
        "user_mentions": [{"name": "Bob", "screen_name": "bob", "id_str": "17", "id": "17", "indices": ["0", "4"]}],
        "urls": [{"url": "https://t.co/link000001", "expanded_url": "https://birds.example/?a=1&amp;b=2", "display_url": "birds"}],
    }  # fmt: skip
    picture = {
        "url": "https://t.co/pict000001",
        "media_url_https": "https://pbs.example/1.jpg",
        "type": "photo",
        "ext_alt_text": "a tern",
        "sizes": {},
    }
    film = {
        "url": "https://t.co/pict000001", "media_url_https": "https://pbs.example/2.jpg", "type": "video",
        "video_info": {"variants": [
            {"content_type": "application/x-mpegURL", "url": "https://v.example/l"},
            {"bitrate": "832000", "content_type": "video/mp4", "url": "https://v.example/s"},
            {"bitrate": "2176000", "content_type": "video/mp4", "url": "https://v.example/b"},
        ]},
    }  # fmt: skip
    (post,) = posts(tmp_path, tweet(
        "1626900000000000001", said, entities={**entities, "media": [picture]}, extended_entities={"media": [picture, film]},
        favorite_count="12", retweet_count="3", in_reply_to_status_id_str="1626900000000000000", possibly_sensitive=True, lang="no",
        coordinates={"type": "Point", "coordinates": ["10.7", "59.9"]},
    ))  # fmt: skip
    assert (post.id, post.network, post.author, post.created_at) == ("1626900000000000001", "x", ME, AT)
    assert post.text == "@bob Tern <3 &amp; gull https://birds.example/?a=1&amp;b=2 #terns"
    assert (post.tags, post.mentions, post.urls) == (("terns",), ("bob",), ("https://birds.example/?a=1&amp;b=2",))
    assert post.media == (Media(url="https://pbs.example/1.jpg", alt="a tern"), Media(url="https://v.example/b", kind="video"))
    assert (post.likes, post.reposts, post.reply_to, post.sensitive, post.lang) == (12, 3, "1626900000000000000", True, "no")
    assert (post.source, post.visibility, post.geo, post.extra) == ("Twitter Web App", "public", None, {})


@pytest.mark.parametrize(
    ("address", "quoted"),
    [
        ("https://twitter.com/bob/status/16", "16"), ("https://x.com/bob/status/16?s=20", "16"), ("https://twitter.com/i/web/status/16", "16"),
        ("https://twitter.com/bob", None), ("https://nottwitter.com/bob/status/16", None), ("https://evil.example/?https://x.com/b/status/16", None),
    ],
)  # fmt: skip
def test_a_link_to_a_post_at_the_end_is_a_quote(tmp_path: Path, address: str, quoted: str | None) -> None:
    entities = {"urls": [{"url": "https://t.co/quot000001", "expanded_url": address}]}
    (post,) = posts(tmp_path, tweet("2", "see https://t.co/quot000001", entities=entities))
    assert post.quote_of == quoted


def test_links_cannot_grow_without_end(tmp_path: Path) -> None:
    links = [{"url": f"https://t.co/{'a' * n}", "expanded_url": f"https://t.co/{'a' * (n + 1)} " * 20} for n in range(1, 60)]
    (post,) = posts(tmp_path, tweet("2", "https://t.co/a " * 5_000, entities={"urls": links}))
    assert len(post.text) < 3_000_000


def test_long_posts_are_joined_to_their_tweets(tmp_path: Path) -> None:
    long = "The long story of a tern & its ferry, " * 20
    notes = [
        {"noteTweet": {"noteTweetId": "9", "createdAt": at, "updatedAt": at, "core": {"text": text, "urls": urls, "mentions": [], "hashtags": ["x"]}}}
        for at, text, urls in [
            ("2023-02-18T12:33:11.000Z", f"@bob {long}https://t.co/note000001", [{"shortUrl": "https://t.co/note000001", "expandedUrl": "https://n.example"}]),
            ("2023-02-18T12:33:11.000Z", "Another of the same second", []),
            ("2023-02-18T12:40:00.000Z", f"{long} later", []),
        ]
    ]  # fmt: skip
    cut = tweet("3", f"@bob {long[:240].replace('&', '&amp;')}… https://t.co/self000001")
    other = tweet("4", "The long story is another")
    joined, plain = posts(tmp_path, cut, other, noteTweet=("note-tweet", notes))
    assert joined.text == f"@bob {long}https://n.example"
    assert plain.text == "The long story is another"


def test_older_versions_of_an_edited_post_are_left_out(tmp_path: Path) -> None:
    edits = {"editTweetIds": ["5", "6"], "editsRemaining": "4"}
    first = tweet("5", "tren", edit_info={"initial": edits})
    second = tweet("6", "tern", edit_info={"edit": {"initialTweetId": "5", "editControlInitial": edits}})
    (post,) = posts(tmp_path, first, second)
    assert (post.id, post.text) == ("6", "tern")


def test_a_repost_is_no_post(tmp_path: Path) -> None:
    archive = opened(tmp_path, x_files({"tweets": ("tweets", [tweet("7", "RT @bob: the ferry"), tweet("8", "mine")])}))
    assert [event.post.id for event in archive.events() if isinstance(event, PostWritten)] == ["8"]
    assert archive.left_out["reposts of posts that the archive does not name"] == 1


def test_likes_and_relations(tmp_path: Path) -> None:
    told = events(tmp_path, {
        "like": ("like", [{"like": {"tweetId": "1626900000000000001", "fullText": "another's"}}, {"like": {"tweetId": "1234"}}]),
        "follower": ("follower", [{"follower": {"accountId": "11", "userLink": "https://twitter.com/intent/user?user_id=11"}}]),
        "following": ("following", [{"following": {"accountId": "12"}}]),
        "block": ("block", [{"blocking": {"accountId": "13"}}]),
        "mute": ("mute", [{"muting": {"accountId": "14"}}]),
    })  # fmt: skip
    likes = [(event.actor, event.post, event.at.year) for event in told if isinstance(event, Engagement) and event.kind == "like"]
    assert likes == [(ME, "1626900000000000001", 2023), (ME, "1234", 2010)]
    related = [(event.kind, event.actor, event.target, event.at) for event in told if isinstance(event, Relation)]
    assert related == [("follow", "11", ME, MADE), ("follow", ME, "12", MADE), ("block", ME, "13", MADE), ("mute", ME, "14", MADE)]
    assert not [event for event in told if isinstance(event, PostWritten)], "the posts that somebody likes are not theirs to give"


def test_deleted_posts_are_left_out_and_deleted_here_too(tmp_path: Path) -> None:
    header = {
        "tweet": {"tweet_id": "1600000000000000009", "user_id": ME, "created_at": "Fri Dec 02 00:00:00 +0000 2022", "deleted_at": "x"}
    }
    archive = opened(tmp_path, x_files({"deletedTweetHeaders": ("deleted-tweet-headers", [header])}))
    assert [(event.network, event.id) for event in archive.events() if isinstance(event, PostDeleted)] == [("x", "1600000000000000009")]
    assert archive.left_out["deleted posts"] == 1
    without = opened(tmp_path, x_files({}))
    assert [type(event) for event in without.events()] == [AccountChanged]
    assert without.left_out["deleted posts"] == 1, "the manifest tells how many"


def test_what_a_circle_saw_is_for_nobody_else(tmp_path: Path) -> None:
    circle = tweet("21", "among us")
    seen = posts(tmp_path, circle, tweet("22", "for all"), twitterCircleTweet=("twitter-circle-tweet", [circle]))
    assert [(post.id, post.visibility) for post in seen] == [("21", "direct"), ("22", "public")]


@pytest.mark.parametrize(("last", "visibility"), [("Protect", "followers"), ("Unprotect", "public")])
def test_a_protected_account_is_for_its_followers(tmp_path: Path, last: str, visibility: str) -> None:
    other = "Unprotect" if last == "Protect" else "Protect"
    history = [
        {"protectedHistory": {"protectedAt": "2023-02-20T00:00:00.000Z", "action": last}},
        {"protectedHistory": {"protectedAt": "2023-01-20T00:00:00.000Z", "action": other}},
    ]
    (post,) = posts(tmp_path, tweet("1", "hush"), protectedHistory=("protected-history", history))
    assert post.visibility == visibility


def test_parts_are_read_in_their_order(tmp_path: Path) -> None:
    members = x_files({})
    names = ["data/tweets.js", "data/tweets-part1.js", "data/tweets-part2.js"]
    members |= {name: script("tweets", [tweet(str(n), f"part {n}")], n) for n, name in enumerate(names)}
    members["data/tweets-part9.js"] = script("tweets", [tweet("9", "not listed")], 9)
    members["data/manifest.js"] = manifest({"account": [("data/account.js", 1)], "tweets": [(name, 1) for name in names]})
    told = list(opened(tmp_path, members).events())
    assert [event.post.text for event in told if isinstance(event, PostWritten)] == ["part 0", "part 1", "part 2"]


@pytest.mark.parametrize("folder", ["", "twitter-2023-03-01/"])
def test_the_manifest_may_come_last(tmp_path: Path, folder: str) -> None:
    members = x_files({"tweets": ("tweets", [tweet("1", "listed")])}) | {
        "data/tweets-part1.js": script("tweets", [tweet("2", "not listed")], 1)
    }
    last = [name for name in members if name != "data/manifest.js"] + ["data/manifest.js"]
    archive = opened(tmp_path, {folder + name: members[name] for name in last})
    assert [event.post.text for event in archive.events() if isinstance(event, PostWritten)] == ["listed"]
    assert archive.left_out["other files, which were not opened"] == len(PRIVATE) + 1


def test_the_generation_of_2019_has_no_manifest(tmp_path: Path) -> None:
    bare = tweet("31", "bare")["tweet"]
    members = {"account.js": script("account", [ACCOUNT]), "tweet.js": script("tweet", [bare, tweet("32", "wrapped")], indent=None)}
    for folder in ("", "data/", "twitter-2019/data/", "twitter-2019/"):
        archive = opened(tmp_path, {folder + name: content for name, content in members.items()})
        told = [(event.post.id, event.post.author) for event in archive.events() if isinstance(event, PostWritten)]
        assert told == [("31", ME), ("32", ME)], folder


def test_the_generation_of_2013(tmp_path: Path) -> None:
    def old(identity: str, text: str, **more: Any) -> dict[str, Any]:
        return {
            "source": "web", "entities": {"user_mentions": [], "media": [], "hashtags": [], "urls": []}, "geo": {}, "id_str": identity,
            "text": text, "id": int(identity), "created_at": "2013-01-31 21:33:41 +0000",
            "user": {"name": "Ann", "screen_name": "ann", "protected": False, "id_str": ME, "id": int(ME)}, **more,
        }  # fmt: skip

    hidden = old("3", "hush", user={"id_str": ME, "screen_name": "ann", "protected": True})
    repost = old("4", "RT @bob: gulls", retweeted_status=old("5", "gulls"))
    reply = old("6", "@bob yes", in_reply_to_status_id_str="5", in_reply_to_status_id=5)
    members = {
        "data/js/user_details.js": b"var user_details =  " + json.dumps({"screen_name": "ann", "full_name": "Ann", "bio": "birds", "id": ME}).encode(),
        "data/js/tweet_index.js": b"var tweet_index =  []",
        "data/js/tweets/2013_02.js": b"Grailbird.data.tweets_2013_02 = \n " + json.dumps([reply]).encode(),
        "data/js/tweets/2013_01.js": b"Grailbird.data.tweets_2013_01 = \n " + json.dumps([hidden, repost]).encode(),
    }  # fmt: skip
    told = list(opened(tmp_path, members).events())
    assert not refused(told)
    assert [(e.post.id, e.post.visibility, e.post.reply_to) for e in told if isinstance(e, PostWritten)] == [
        ("3", "followers", None), ("6", "public", "5")]  # fmt: skip
    (engaged,) = [event for event in told if isinstance(event, Engagement)]
    assert (engaged.kind, engaged.actor, engaged.post, engaged.at) == ("repost", ME, "5", datetime(2013, 1, 31, 21, 33, 41, tzinfo=UTC))
    assert isinstance(told[0], AccountChanged) and (told[0].account.handle, told[0].account.bio) == ("ann", "birds")


def test_nothing_private_is_ever_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    members = x_files({"tweets": ("tweets", [tweet("1", "in public")]), "like": ("like", [])})
    read: list[str] = []
    open_member = zipfile.ZipFile.open

    def counted(self: zipfile.ZipFile, name: Any, *options: Any, **more: Any) -> Any:
        read.append(getattr(name, "filename", name))
        return open_member(self, name, *options, **more)

    (tmp_path / "file").write_bytes(zipped(members))
    monkeypatch.setattr(zipfile.ZipFile, "open", counted)
    archive = open_archive(str(tmp_path / "file"))
    assert archive is not None
    told = list(archive.events())
    assert sorted(read) == ["data/account.js", "data/like.js", "data/manifest.js", "data/profile.js", "data/tweets.js"]
    assert archive.left_out["other files, which were not opened"] == len(PRIVATE)
    everything = repr(told) + repr(archive.left_out) + archive.what
    assert "SECRET" not in everything and "+1555" not in everything and "@example.com" not in everything


def test_the_manifest_cannot_open_what_is_private(tmp_path: Path) -> None:
    members = x_files({"tweets": ("tweets", [tweet("1", "in public")])})
    lies = [
        "data/direct-messages.js",
        "../../etc/passwd",
        "/etc/passwd",
        "data/tweets.js/../email-address-change.js",
        "data/tweets-part7.js",
    ]
    members["data/manifest.js"] = manifest(
        {"account": [("data/account.js", 1)], "tweets": [(name, 1) for name in [*lies, "data/tweets.js"]]}
    )
    told = list(opened(tmp_path, members).events())
    assert len(refused(told)) == len(lies)
    assert "SECRET" not in repr(told)
    assert [event.post.text for event in told if isinstance(event, PostWritten)] == ["in public"]


def test_one_bad_post_does_not_spoil_the_others(tmp_path: Path) -> None:
    odd = [
        tweet("1", "no time", at="Sat Foo 18 12:33:11 +0000 2023"), tweet("2", "late", at="Sat Feb 18 12:33:11 +0000 99999"),
        tweet("3", "edge", at="Sat Jan 01 00:00:00 +1400 0001"), tweet("x", "id"), tweet("8\n", "id"), tweet("٣", "id"),
        tweet("4", "count", favorite_count="9" * 400),
        {"tweet": None}, {"other": 1}, 17, None, [], tweet("5", "nul\x00 lone \ud800"), tweet("6", "nul\x00 only"), tweet("7", "fine"),
    ]  # fmt: skip
    content = b"window.YTD.tweets.part0 = " + json.dumps(odd).encode()
    told = list(opened(tmp_path, x_files({"tweets": ("tweets", [])}) | {"data/tweets.js": content}).events())
    assert [event.post.text for event in told if isinstance(event, PostWritten)] == ["nul only", "fine"]
    assert len(refused(told)) == len(odd) - 2
    assert all(reason.startswith("data/tweets.js: ") for reason in refused(told))


def test_a_reading_goes_on_after_its_cursor(tmp_path: Path) -> None:
    archive = opened(tmp_path, x_files({"tweets": ("tweets", [tweet(str(n), f"post {n}") for n in range(1, 30)])}))
    whole = list(archive.events())
    for cursor in (0, 1, 7, len(whole)):
        assert list(archive.events(cursor)) == whole[cursor:]


def test_an_archive_that_does_not_tell_whose_it_is(tmp_path: Path) -> None:
    told = list(opened(tmp_path, {"data/tweets.js": script("tweets", [tweet("1", "whose?")])}).events())
    assert "does not tell whose" in refused(told)[0] and len(told) == 1
