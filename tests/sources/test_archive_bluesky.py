"""A repository of the AT Protocol from a file: what is in it comes out, and what was changed is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from at_network import AtProto
from oscine.errors import InputError
from oscine.records import AccountChanged, AnyEvent, Engagement, PostWritten, Refused, Relation
from oscine.sources.archives.archive import Archive
from oscine.sources.archives.bluesky import Car
from oscine.sources.archives.recognise import open_archive
from repositories import DID, Signer, repository

AT = "2023-02-18T12:33:11.000Z"
OTHER = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
RECORDS: dict[str, Any] = {
    "app.bsky.actor.profile/self": {"$type": "app.bsky.actor.profile", "displayName": "Ann", "description": "terns"},
    "app.bsky.feed.like/3l1": {
        "$type": "app.bsky.feed.like",
        "subject": {"uri": f"at://{OTHER}/app.bsky.feed.post/1", "cid": "x"},
        "createdAt": AT,
    },
    "app.bsky.feed.post/3l2": {"$type": "app.bsky.feed.post", "text": "A tern", "langs": ["en"], "createdAt": AT},
    "app.bsky.feed.post/3l3": {"$type": "app.bsky.feed.post", "text": 3},
    "app.bsky.graph.follow/3l4": {"$type": "app.bsky.graph.follow", "subject": OTHER, "createdAt": AT},
    "chat.bsky.actor.declaration/self": {"$type": "chat.bsky.actor.declaration", "allowIncoming": "SECRET"},
}
CONTENT = repository(RECORDS, Signer())


def opened(path: Path, content: bytes) -> Archive:
    """The archive that such a file is."""
    (path / "file").write_bytes(content)
    archive = open_archive(str(path / "file"))
    assert isinstance(archive, Car)
    return archive


def test_what_is_in_it_comes_out(tmp_path: Path) -> None:
    archive = opened(tmp_path, CONTENT)
    told: list[AnyEvent] = list(archive.events())
    profile, like, post, refused, follow = told
    assert isinstance(profile, AccountChanged) and (profile.account.id, profile.account.name) == (DID, "Ann")
    assert isinstance(like, Engagement) and (like.kind, like.actor, like.key) == ("like", DID, f"at://{DID}/app.bsky.feed.like/3l1")
    assert isinstance(post, PostWritten) and (post.post.id, post.post.text) == (f"at://{DID}/app.bsky.feed.post/3l2", "A tern")
    assert isinstance(refused, Refused) and "lexicon" in refused.reason
    assert isinstance(follow, Relation) and (follow.kind, follow.actor, follow.target) == ("follow", DID, OTHER)
    assert [event.cursor for event in told] == [1, 2, 3, 4, 5] and list(archive.events(3)) == told[3:]
    assert DID in archive.what and "not checked" in archive.what and "SECRET" not in repr(told)


def test_a_change_is_found_out(tmp_path: Path) -> None:
    told = list(opened(tmp_path, CONTENT.replace(b"A tern", b"A gull")).events())
    assert not [event for event in told if isinstance(event, PostWritten)]
    assert "not what its CID says" in " ".join(event.reason for event in told if isinstance(event, Refused))


@pytest.mark.parametrize("left", [60, 200, len(CONTENT) - 1])
def test_a_file_that_breaks_off_is_refused(tmp_path: Path, left: int) -> None:
    (tmp_path / "file").write_bytes(CONTENT[:left])
    with pytest.raises(InputError):
        list((open_archive(str(tmp_path / "file")) or pytest.fail("not recognised")).events())


def test_what_a_real_server_exports(tmp_path: Path, atproto: AtProto) -> None:
    ann = atproto.account("archive")
    posts = [ann.client.send_post(f"post {number}").uri for number in range(3)]
    exported = httpx.get(f"{atproto.pds_url}/xrpc/com.atproto.sync.getRepo", params={"did": ann.did}).content
    told = opened(tmp_path, exported).events()
    assert [event.post.id for event in told if isinstance(event, PostWritten)] == posts
