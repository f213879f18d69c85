"""Reddit's comments and submissions: what was put in comes out, and what was taken back stays away."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from archive_files import COMMENT

from oscine.errors import InputError
from oscine.records import Media, PostWritten, Refused
from oscine.sources.archives.archive import Archive
from oscine.sources.archives.recognise import open_archive
from oscine.sources.archives.reddit import Reddit

SUBMISSION: dict[str, Any] = {
    "id": "s1", "author": "bob", "title": "Which bird?", "selftext": "", "url": "https://i.example/1.png", "created_utc": "1676723591", "subreddit": "birds",
    "score": -3, "num_comments": 7, "over_18": True, "is_self": False, "post_hint": "image", "edited": 1676723600.0, "crosspost_parent": "t3_s0",
}  # fmt: skip


def opened(path: Path, *lines: Any, packed: Any = bytes) -> Archive:
    """The archive that such lines are."""
    (path / "file").write_bytes(
        packed(b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines))
    )
    archive = open_archive(str(path / "file"))
    assert isinstance(archive, Reddit)
    return archive


@pytest.mark.parametrize("packed", [bytes, zstandard.ZstdCompressor(write_checksum=True).compress])
def test_a_comment_and_a_submission(tmp_path: Path, packed: Any) -> None:
    comment, submission = opened(tmp_path, COMMENT, SUBMISSION, packed=packed).events()
    assert isinstance(comment, PostWritten) and isinstance(submission, PostWritten)
    post = comment.post
    assert (post.id, post.network, post.author, post.text, comment.author.handle) == ("t1_c1", "reddit", "ann", "Terns > gulls", "ann")
    assert (post.created_at, post.edited_at, post.reply_to, post.root) == (
        datetime(2023, 2, 18, 12, 33, 11, tzinfo=UTC),
        None,
        "t1_c0",
        "t3_s1",
    )
    assert (post.likes, post.tags, post.urls, post.media) == (5, ("birds",), (), ())
    assert post.extra == {"subreddit": "birds", "url": "https://www.reddit.com/r/birds/comments/s1/x/c1/"}
    post = submission.post
    assert (post.id, post.text, post.likes, post.replies, post.sensitive, post.quote_of) == ("t3_s1", "Which bird?", 0, 7, True, "t3_s0")
    assert (post.media, post.urls, post.reply_to, post.edited_at) == (
        (Media(url="https://i.example/1.png"),), (), None, datetime(2023, 2, 18, 12, 33, 20, tzinfo=UTC))  # fmt: skip


def test_a_link_and_a_text(tmp_path: Path) -> None:
    link, text = opened(tmp_path, SUBMISSION | {"post_hint": "link"}, SUBMISSION | {"is_self": True, "selftext": "Really?"}).events()
    assert isinstance(link, PostWritten) and isinstance(text, PostWritten)
    assert (link.post.urls, link.post.media) == (("https://i.example/1.png",), ())
    assert (text.post.text, text.post.urls) == ("Which bird?\n\nReally?", ())


def test_what_was_deleted_or_removed_is_left_out(tmp_path: Path) -> None:
    gone = [
        COMMENT | {"body": "[deleted]", "author": "[deleted]"}, COMMENT | {"body": "[removed]"}, COMMENT | {"author": "[deleted]"},
        SUBMISSION | {"selftext": "[removed]"}, SUBMISSION | {"title": "[deleted]"}, SUBMISSION | {"removed_by_category": "moderator"},
    ]  # fmt: skip
    archive = opened(tmp_path, *gone, COMMENT)
    assert len(list(archive.events())) == 1
    assert archive.left_out["posts that were deleted or removed"] == len(gone)


def test_one_bad_line_does_not_spoil_the_others(tmp_path: Path) -> None:
    odd = [
        COMMENT | {"created_utc": 1e300}, COMMENT | {"created_utc": "soon"}, COMMENT | {"id": "../x"}, COMMENT | {"parent_id": "x"},
        COMMENT | {"score": 10**30},
        COMMENT | {"author": "a" * 200}, {"body": 1}, b'{"a": "b', b"\xff\xfe{", b"[[[[", json.dumps(COMMENT).encode().replace(b"Terns", b"T\xe9rns"),
    ]  # fmt: skip
    told = list(opened(tmp_path, COMMENT, *odd, COMMENT, COMMENT | {"body": "nul\x00"}).events())
    assert [event.post.text for event in told if isinstance(event, PostWritten)] == ["Terns > gulls", "Terns > gulls", "nul"]
    assert len(told) >= 3 + len(odd) - 2 and all(isinstance(event, PostWritten | Refused) for event in told)


def test_a_dump_that_needs_too_much_memory_says_what_to_do(tmp_path: Path) -> None:
    settings = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=settings).compressobj()
    (tmp_path / "file").write_bytes(packer.compress(json.dumps(COMMENT).encode()) + packer.flush())
    with pytest.raises(InputError, match="--long=31"):
        open_archive(str(tmp_path / "file"))
