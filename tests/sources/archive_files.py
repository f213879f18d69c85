"""Archives as networks lay them out, made from what is said in them: for round trips, and to be spoilt."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Any

ME = "783214"
MADE = "2023-03-01T08:00:00.000Z"
PRIVATE = {  # what nobody opens: the manifest's name of a part, its file, and what is in it
    "directMessages": (
        "direct-messages",
        [{"dmConversation": {"conversationId": "1-2", "messages": [{"messageCreate": {"text": "SECRET"}}]}}],
    ),
    "directMessagesGroup": ("direct-messages-group", [{"dmConversation": {"conversationId": "3", "messages": []}}]),
    "emailAddressChange": ("email-address-change", [{"emailAddressChange": {"changedTo": "SECRET@example.com"}}]),
    "phoneNumber": ("phone-number", [{"device": {"phoneNumber": "+15550000000"}}]),
    "ipAudit": ("ip-audit", [{"ipAudit": {"accountId": ME, "loginIp": "192.0.2.1"}}]),
    "contact": ("contact", [{"contact": {"emails": ["SECRET@example.com"], "phoneNumbers": ["+15550000000"]}}]),
    "deviceToken": ("device-token", [{"deviceToken": {"token": "SECRET"}}]),
    "adImpressions": ("ad-impressions", [{"ad": {"adsUserData": {"adImpressions": {"impressions": []}}}}]),
    "deletedTweets": ("deleted-tweets", [{"tweet": {"id_str": "1600000000000000009", "full_text": "SECRET", "created_at": "x"}}]),
    "grokChatItem": ("grok-chat-item", [{"grokChatItem": {"message": "SECRET"}}]),
}
ACCOUNT = {
    "account": {
        "email": "SECRET@example.com", "createdVia": "web", "username": "ann", "accountId": ME, "createdAt": "2007-02-20T14:35:54.000Z",
        "accountDisplayName": "Ann", "phoneNumber": "+15550000000",
    }
}  # fmt: skip
PROFILE = {"profile": {"description": {"bio": "Birds &amp; ferries", "website": "https://t.co/web0000001", "location": "Oslo"}}}


def tweet(identity: str, text: str, at: str = "Sat Feb 18 12:33:11 +0000 2023", **more: Any) -> dict[str, Any]:
    """An item of `tweets.js`: numbers are strings."""
    return {"tweet": {
        "edit_info": {"initial": {"editTweetIds": [identity], "editableUntil": MADE, "editsRemaining": "5", "isEditEligible": True}},
        "retweeted": False, "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}, "display_text_range": ["0", str(len(text))],
        "favorite_count": "0", "id_str": identity, "truncated": False, "retweet_count": "0", "id": identity, "created_at": at,
        "favorited": False, "full_text": text, "lang": "en", **more,
    }}  # fmt: skip


def script(name: str, items: Any, part: int = 0, indent: int | None = 2) -> bytes:
    """A file of an X archive."""
    return f"window.YTD.{name.replace('-', '_')}.part{part} = {json.dumps(items, indent=indent, ensure_ascii=False)}".encode()


def manifest(files: Mapping[str, list[tuple[str, int]]], **more: Any) -> bytes:
    """`data/manifest.js` of some parts: their files, and how much is in each."""
    types = {
        part: {"files": [{"fileName": name, "globalName": "YTD", "count": str(count)} for name, count in some]}
        for part, some in files.items()
    }
    told = {
        "userInfo": {"accountId": ME, "userName": "ann", "displayName": "Ann"},
        "archiveInfo": {"sizeBytes": "1", "generationDate": MADE, "isPartialArchive": False, "maxPartSizeBytes": "53687091200"},
        "dataTypes": types, **more,
    }  # fmt: skip
    return b"window.__THAR_CONFIG = " + json.dumps(told, indent=2).encode()


def x_files(parts: Mapping[str, tuple[str, list[Any]]]) -> dict[str, bytes]:
    """The members of an X archive of these parts, private ones among them: part → (stem of the file, items)."""
    some = {"account": ("account", [ACCOUNT]), "profile": ("profile", [PROFILE]), **PRIVATE, **parts}
    members = {f"data/{stem}.js": script(stem, items) for stem, items in some.values()}
    listed = {part: [(f"data/{stem}.js", len(items))] for part, (stem, items) in some.items()}
    return {"Your archive.html": b"<html></html>", "data/manifest.js": manifest(listed), **members}


def zipped(members: Mapping[str, bytes], **options: Any) -> bytes:
    """A zip of these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, **options) as container:
        for name, content in members.items():
            container.writestr(name, content)
    return made.getvalue()


ANN = "https://birds.example/users/Ann"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
FOLLOWERS = ANN + "/followers"
ACTOR = {
    "@context": ["https://www.w3.org/ns/activitystreams", {"toot": "http://joinmastodon.org/ns#"}], "id": ANN, "type": "Person", "inbox": ANN + "/inbox",
    "preferredUsername": "Ann", "name": "Ann of the birds", "summary": "<p>Gulls &amp; <b>terns</b></p>", "followers": FOLLOWERS, "outbox": "outbox.json",
    "published": "2019-05-01T00:00:00Z", "discoverable": True, "indexable": False, "publicKey": {"publicKeyPem": "x"},
}  # fmt: skip
BOB = {"type": "Mention", "href": "https://other.example/users/bob", "name": "@bob@other.example"}


def note(number: int, **fields: Any) -> dict[str, Any]:
    """A `Create` of the outbox."""
    made = {
        "id": f"{ANN}/statuses/{number}", "type": "Note", "summary": None, "inReplyTo": None, "published": "2023-02-18T12:33:11Z", "attributedTo": ANN,
        "url": f"https://birds.example/@Ann/{number}", "to": [PUBLIC], "cc": [FOLLOWERS], "sensitive": False, "content": "<p>A tern</p>",
        "contentMap": {"en": "<p>A tern</p>"}, "attachment": [], "tag": [], "replies": {"id": "x", "type": "Collection"},
    } | fields  # fmt: skip
    return {
        "id": f"{made['id']}/activity",
        "type": "Create",
        "actor": ANN,
        "published": made["published"],
        "to": made["to"],
        "cc": made["cc"],
        "object": made,
    }


def mastodon_files(*items: Any, **more: bytes) -> dict[str, bytes]:
    """The files of an export; likes, bookmarks and media among them."""

    def collection(name: str, of: list[Any]) -> bytes:
        return json.dumps(
            {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": name,
                "type": "OrderedCollection",
                "totalItems": len(of),
                "orderedItems": of,
            }
        ).encode()

    likes = ["https://other.example/users/bob/statuses/9", "https://birds.example/users/eve/statuses/10", "https://evil.example/@a/11"]
    return {
        "media_attachments/files/1.png": b"\x89PNG", "outbox.json": collection("outbox.json", list(items)), "likes.json": collection("likes.json", likes),
        "bookmarks.json": collection("bookmarks.json", ["https://secret.example/1"]), "avatar.png": b"x", "actor.json": json.dumps(ACTOR).encode(), **more,
    }  # fmt: skip


def tarred(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    """A tar of these members."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as tar:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_677_657_600
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


COMMENT: dict[str, Any] = {
    "id": "c1", "author": "ann", "body": "Terns &gt; gulls", "created_utc": 1_676_723_591, "subreddit": "birds", "parent_id": "t1_c0", "link_id": "t3_s1",
    "score": 5, "author_fullname": "t2_x", "controversiality": 0, "edited": False, "permalink": "/r/birds/comments/s1/x/c1/", "distinguished": None,
}  # fmt: skip
TWEET = {
    "id": "1626918366425567234",
    "text": "A tern",
    "author_id": "17",
    "created_at": "2023-02-18T12:33:11.000Z",
    "edit_history_tweet_ids": ["1626918366425567234"],
}
