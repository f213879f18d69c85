"""Mastodon's exports, as zip and as tar.gz: what was put in comes out; bookmarks, media and direct messages are left alone."""

from __future__ import annotations

import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from archive_files import ACTOR, ANN, BOB, FOLLOWERS, PUBLIC, mastodon_files, note, tarred, zipped

from oscine.errors import InputError
from oscine.records import AccountChanged, AnyEvent, Card, Engagement, Media, PostWritten, Refused
from oscine.sources.archives.archive import Archive
from oscine.sources.archives.mastodon import MastodonExport
from oscine.sources.archives.recognise import open_archive


def opened(path: Path, content: bytes) -> Archive:
    """The archive that such a file is."""
    (path / "file").write_bytes(content)
    archive = open_archive(str(path / "file"))
    assert isinstance(archive, MastodonExport)
    return archive


def written(path: Path, *items: Any) -> list[Any]:
    """The posts of such an outbox, none of them refused."""
    told = list(opened(path, zipped(mastodon_files(*items))).events())
    assert not [event for event in told if isinstance(event, Refused)]
    return [event.post for event in told if isinstance(event, PostWritten)]


@pytest.mark.parametrize(
    "packed", [zipped, tarred, lambda files: tarred(files, "w"), lambda files: zipped({f"export/{name}": content for name, content in files.items()}),
               lambda files: tarred({f"./{name}": content for name, content in files.items()})],
)  # fmt: skip
def test_every_packing(tmp_path: Path, packed: Any) -> None:
    archive = opened(tmp_path, packed(mastodon_files(note(1), note(2))))
    told = list(archive.events())
    assert archive.what == "a Mastodon export of @ann@birds.example"
    assert [event.post.id for event in told if isinstance(event, PostWritten)] == ["1", "2"]
    assert told == list(archive.events()), "it can be read again"
    assert list(archive.events(3)) == told[3:]


def test_the_account(tmp_path: Path) -> None:
    changed = next(iter(opened(tmp_path, zipped(mastodon_files())).events()))
    assert isinstance(changed, AccountChanged)
    a = changed.account
    assert (a.id, a.network, a.handle, a.name) == ("ann@birds.example", "birds.example", "ann@birds.example", "Ann of the birds")
    assert (a.bio, a.created_at, a.bot, a.searchable) == ("Gulls & terns", datetime(2019, 5, 1, tzinfo=UTC), False, False)


def test_an_account_that_cannot_be_read_does_not_spoil_its_posts(tmp_path: Path) -> None:
    for odd in ({"published": "long ago"}, {"summary": "<b>" * 300}, {"published": "0001-01-01T00:00:00+14:00"}):
        told = list(opened(tmp_path, zipped(mastodon_files(note(1)) | {"actor.json": json.dumps(ACTOR | odd).encode()})).events())
        assert isinstance(told[0], Refused) and told[0].reason.startswith("actor.json: ")
        assert isinstance(told[1], PostWritten)


def test_a_whole_post(tmp_path: Path) -> None:
    (post,) = written(tmp_path, note(
        7, summary="gulls", sensitive=True, updated="2023-02-18T13:00:00Z", inReplyTo="https://birds.example/users/eve/statuses/6",
        content='<p><span class="h-card"><a href="https://other.example/@bob" class="u-url mention">@<span>bob</span></a></span> A &lt;tern&gt;<br>'
                ' <a href="https://birds.example/tags/terns" class="mention hashtag" rel="tag">#<span>terns</span></a> <script>x</script></p>',
        contentMap={"pt-BR": "x"}, tag=[BOB, {"type": "Hashtag", "href": "x", "name": "#terns"}, {"type": "Emoji", "name": ":x:", "icon": {}}],
        attachment=[
            {"type": "Document", "mediaType": "image/png", "url": "/media_attachments/files/1.png", "name": "a tern", "blurhash": "x"},
            {"type": "Document", "mediaType": "video/mp4", "url": "https://cdn.example/2.mp4", "name": None}, {"type": "Link", "href": "https://x.example"},
        ],
        likes={"id": "x", "type": "Collection", "totalItems": 3}, shares={"totalItems": 2}, quote="https://birds.example/ap/users/1/statuses/5",
    ))  # fmt: skip
    assert (post.id, post.network, post.author, post.visibility) == ("7", "birds.example", "ann@birds.example", "public")
    assert post.text == "@bob@other.example A <tern>\n#terns"
    assert (post.created_at.hour, post.edited_at.hour, post.lang, post.reply_to, post.quote_of) == (12, 13, "pt", "6", "5")
    assert (post.content_warning, post.sensitive, post.likes, post.reposts) == ("gulls", True, 3, 2)
    assert (post.tags, post.mentions, post.extra) == (("terns",), ("bob@other.example",), {"url": "https://birds.example/@Ann/7"})
    assert post.media == (
        Media(url="https://birds.example/system/media_attachments/files/1.png", alt="a tern"), Media(url="https://cdn.example/2.mp4", kind="video"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("to", "cc", "visibility"),
    [
        ([PUBLIC], [FOLLOWERS], "public"), ("as:Public", None, "public"), ([FOLLOWERS], [PUBLIC], "unlisted"), ([FOLLOWERS], [], "followers"),
        ([FOLLOWERS], [BOB["href"]], "followers"), ([BOB["href"]], [FOLLOWERS], "followers"),
    ],
)  # fmt: skip
def test_whom_a_post_is_for(tmp_path: Path, to: Any, cc: Any, visibility: str) -> None:
    (post,) = written(tmp_path, note(1, to=to, cc=cc))
    assert post.visibility == visibility


def test_direct_messages_are_left_out(tmp_path: Path) -> None:
    archive = opened(
        tmp_path,
        zipped(mastodon_files(note(1, to=[BOB["href"]], cc=[], content="SECRET"), note(2, to=[], cc=None, content="SECRET"), note(3))),
    )
    told = list(archive.events())
    assert [event.post.id for event in told if isinstance(event, PostWritten)] == ["3"]
    assert archive.left_out["direct messages"] == 2 and "SECRET" not in repr(told)


def test_articles_and_polls(tmp_path: Path) -> None:
    options = [{"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 1}} for name in ("tern", "gull")]
    article, poll = written(
        tmp_path, note(1, type="Article", name="On terns"), note(2, type="Question", oneOf=options, endTime="2023-02-19T00:00:00Z")
    )
    assert article.text == "On terns\n\nA tern"
    assert poll.card == Card(name="poll", title="tern / gull")


def test_boosts_and_likes(tmp_path: Path) -> None:
    def boost(of: Any) -> dict[str, Any]:
        return {
            "id": f"{ANN}/statuses/3/activity",
            "type": "Announce",
            "actor": ANN,
            "published": "2023-02-18T12:33:11Z",
            "to": [PUBLIC],
            "object": of,
        }

    told = list(
        opened(tmp_path, tarred(mastodon_files(boost("https://other.example/users/bob/statuses/4"), boost(note(5)["object"])))).events()
    )
    assert [event.key for event in told if isinstance(event, Engagement)] == ["3", "3", "", "", ""], (
        "by which its server takes a boost back"
    )
    engaged = [(event.kind, event.actor, event.post, event.at) for event in told if isinstance(event, Engagement)]
    me, at, made = "ann@birds.example", datetime(2023, 2, 18, 12, 33, 11, tzinfo=UTC), datetime(2023, 3, 1, 8, tzinfo=UTC)
    assert engaged == [
        ("repost", me, "https://other.example/users/bob/statuses/4", at), ("repost", me, "5", at),
        ("like", me, "https://other.example/users/bob/statuses/9", made), ("like", me, "10", made), ("like", me, "https://evil.example/@a/11", made),
    ]  # fmt: skip


def test_bookmarks_and_media_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    extract = tarfile.TarFile.extractfile

    def counted(self: tarfile.TarFile, member: Any) -> Any:
        read.append(member.name)
        return extract(self, member)

    monkeypatch.setattr(tarfile.TarFile, "extractfile", counted)
    told: list[AnyEvent] = list(opened(tmp_path, tarred(mastodon_files(note(1)))).events())
    assert sorted(read) == ["actor.json", "likes.json", "outbox.json"] and "secret.example" not in repr(told)


def test_one_bad_item_does_not_spoil_the_others(tmp_path: Path) -> None:
    odd = [
        note(1, published="yesterday"), note(2, published="0001-01-01T00:00:00+14:00"), note(3, content="<b>" * 300), note(4, id="x" * 600),
        note(5, tag=3), {"type": "Create", "object": note(6)["object"] | {"to": {}}}, 3, None, "x", [], {"type": "Announce", "object": "x", "published": None},
        note(7, content="nul\x00"), note(8),
    ]  # fmt: skip
    told = list(opened(tmp_path, zipped(mastodon_files(*odd))).events())
    assert [event.post.text for event in told if isinstance(event, PostWritten)] == ["nul", "A tern"]
    assert sum(isinstance(event, Refused) for event in told) == len(odd) - 2


def test_an_export_without_its_account_is_refused(tmp_path: Path) -> None:
    nowhere = ("nowhere", "https://x/users/ann", "https://[/ann", "x" * 70_000)
    for actor in (None, b"{}", b"\xff\xfe", *(json.dumps({"id": at, "preferredUsername": "ann"}).encode() for at in nowhere)):
        files = mastodon_files(note(1)) | ({"actor.json": actor} if actor is not None else {})
        if actor is None:
            del files["actor.json"]
        (tmp_path / "file").write_bytes(zipped(files))
        with pytest.raises(InputError, match=r"actor\.json"):
            open_archive(str(tmp_path / "file"))
