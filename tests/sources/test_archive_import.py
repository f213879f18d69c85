"""Archives into the store, and what the command line says of them: twice, cut short and gone on, and with nothing private in any table."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from archive_files import COMMENT, ME, TWEET, mastodon_files, note, script, tarred, tweet, x_files, zipped
from typer.testing import CliRunner, Result

from oscine import ingest
from oscine.app import App
from oscine.cli import base
from oscine.cli import cli as commands
from oscine.errors import InputError
from oscine.records import ANONYMOUS, AnyEvent, Viewer
from oscine.sources.archives.archive import Archive

POSTS = [tweet(str(10**18 + n), f"tern number {n}") for n in range(30)]
HEADER = {"tweet": {"tweet_id": str(10**18 + 3), "user_id": ME, "created_at": "x", "deleted_at": "x"}}
PARTS = {
    "tweets": ("tweets", [*POSTS, tweet("7", "hush", favorite_count="3")]),
    "twitterCircleTweet": ("twitter-circle-tweet", [tweet("7", "hush")]),
    "like": ("like", [{"like": {"tweetId": str(10**18 + 5)}}]),
    "follower": ("follower", [{"follower": {"accountId": "11"}}]),
    "block": ("block", [{"blocking": {"accountId": "13"}}]),
    "deletedTweetHeaders": ("deleted-tweet-headers", [HEADER]),
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An X archive."""
    (tmp_path / "archive").write_bytes(zipped(x_files(PARTS)))
    return tmp_path / "archive"


def texts(app: App, viewer: Viewer = ANONYMOUS) -> set[str]:
    """What a search for terns and for whispers finds."""
    return {result.seen.post.text for query in ("tern", "hush") for result in app.search.search(app.view(viewer), query, limit=100).results}


def everything(app: App) -> str:
    """All that is stored, in whatever table."""
    tables = app.database.rows("SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'")
    return "".join(str(app.database.rows(f"SELECT t::text FROM {table['name']} t")) for table in tables)


def test_what_is_in_it_is_found_and_nothing_private_is_stored(app: App, archive: Path) -> None:
    app.ingest(app.source(str(archive)))
    seen = {f"tern number {n}" for n in range(30) if n != 3}
    assert texts(app) == seen, "what was deleted is gone, what only a circle saw is hidden"
    assert texts(app, Viewer(network="x", account=ME)) == seen | {"hush"}
    assert texts(app, Viewer(network="x", account="11")) == seen, "a follower is not in the circle"
    assert texts(app, Viewer(network="x", account="13")) == set(), "whoever is blocked sees nothing"
    assert app.view(ANONYMOUS).post(str(10**18 + 5)).post.likes == 1
    stored = everything(app)
    assert "tern number 5" in stored and not [secret for secret in ("SECRET", "+1555", "@example.com") if secret in stored]


def test_it_may_come_again(app: App, archive: Path) -> None:
    app.ingest(app.source(str(archive)))
    before = app.database.rows("SELECT *, xmin::text FROM posts ORDER BY id")
    again = app.ingest(app.source(str(archive)))
    assert (again.updated, again.unchanged, again.refused) == (0, 30, 1)
    assert app.database.rows("SELECT *, xmin::text FROM posts ORDER BY id") == before


def test_a_newer_archive_deletes_what_is_gone(app: App, tmp_path: Path) -> None:
    for name, parts in (("old", {"tweets": PARTS["tweets"]}), ("new", PARTS)):
        (tmp_path / name).write_bytes(zipped(x_files(parts)))
        app.ingest(app.source(str(tmp_path / name)))
    assert "tern number 3" not in texts(app) and len(texts(app)) == 29


def test_it_goes_on_where_it_was_cut_short(app: App, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.reading, "BATCH", 8)
    source = app.source(str(archive))
    whole = list(source.events())

    def broken(cursor: int = 0) -> Iterator[AnyEvent]:
        yield from islice(whole, 20)
        raise KeyboardInterrupt

    monkeypatch.setattr(source, "events", broken)
    with pytest.raises(KeyboardInterrupt):
        app.ingest(source)
    monkeypatch.undo()
    told = app.ingest(app.source(str(archive)))
    assert told.resumed_after in (8, 16), "one batch may still have been on its way"
    assert len(texts(app)) == 29


LONG = "wörter 語 " * 15_000
MANY_WORDS = " ".join(f"w{n}" for n in range(80_000))
LONG_WORD = "x" * 300_000


@pytest.mark.parametrize("said", [LONG, MANY_WORDS, LONG_WORD, "@" + LONG_WORD, "https://a.example/" + LONG_WORD])
def test_nothing_is_too_long_for_the_store(app: App, tmp_path: Path, said: str) -> None:
    """Each is stored or refused, and what is beside it is stored."""
    odd = [
        tweet("1", said), tweet("2", "x", source=said), tweet("3", "x", lang=said),
        *(tweet(str(n), "x", entities={key: [value]}) for n, (key, value) in enumerate([
            ("hashtags", {"text": said}), ("user_mentions", {"screen_name": said}), ("urls", {"url": "https://t.co/a", "expanded_url": said}),
            ("media", {"url": "x", "media_url_https": said}), ("media", {"url": "x", "ext_alt_text": said}),
        ], start=4)),
        tweet("99", "tern"),
    ]  # fmt: skip
    about = ("profile", [{"profile": {"description": {"bio": said}}}])
    notes = [
        note(1, content=said),
        note(2, summary=said),
        note(3, url=said),
        note(4, id=said),
        note(5, inReplyTo=said),
        note(6, name=said),
        note(7),
    ]
    likes = json.dumps({"orderedItems": [said, "https://birds.example/1"]}).encode()
    for content in (
        zipped(x_files({"tweets": ("tweets", odd), "profile": about})),
        zipped(mastodon_files(*notes, **{"likes.json": likes})),
        b"\n".join(json.dumps(COMMENT | {key: said}).encode() for key in ("x", "body", "author", "subreddit", "permalink", "author_flair_text")),
        b"\n".join(json.dumps({"data": TWEET | {key: said}}).encode() for key in ("x", "text", "source", "lang", "author_id", "created_at")),
    ):  # fmt: skip
        (tmp_path / "file").write_bytes(content)
        assert app.ingest(app.source(str(tmp_path / "file"))).accepted > 0
    assert {"99", "7", "t1_c1", TWEET["id"]} <= {row["key"] for row in app.database.rows("SELECT key FROM posts")}


def run(app: App, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    """`oscine import` on this app."""
    monkeypatch.setattr(base, "app", lambda context, data, **chosen: nullcontext(app))
    return CliRunner().invoke(commands, ["import", *words])


def test_the_command_says_what_it_recognised(app: App, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(app, monkeypatch, str(archive)).stderr
    assert f"{archive} is an X archive of @ann, made on 2023-03-01" in said
    assert "left out: deleted posts (1)" in said and "left out: other files, which were not opened (10)" in said
    assert " events a second" in said
    told = json.loads(run(app, monkeypatch, "--json", str(archive)).stdout)
    assert told["recognised"] == "an X archive of @ann, made on 2023-03-01" and told["left_out"]["deleted posts"] == 1


@pytest.mark.parametrize(
    ("content", "what", "network"),
    [
        (zipped(mastodon_files(note(1))), "a Mastodon export of @ann@birds.example", "birds.example"),
        (tarred(mastodon_files(note(1))), "a Mastodon export of @ann@birds.example", "birds.example"),
        (json.dumps(COMMENT).encode(), "comments or submissions of Reddit", "reddit"),
    ],
)
def test_every_kind_comes_in(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, what: str, network: str) -> None:
    (tmp_path / "file").write_bytes(content)
    assert what in run(app, monkeypatch, str(tmp_path / "file")).stderr
    assert [row["network"] for row in app.database.rows("SELECT network FROM posts")] == [network]


def test_a_stream_is_recognised_too(app: App) -> None:
    for content in (json.dumps(COMMENT).encode(), gzip.compress(json.dumps(COMMENT | {"id": "c2"}).encode())):
        source = app.source("-", stdin=io.BytesIO(content))
        assert isinstance(source, Archive) and not source.name, "a stream cannot be resumed"
        assert app.ingest(source).accepted == 1
    lines = b'{"id": "1", "author": "ann", "created_at": "2024-05-01T12:00:00Z", "text": "ours"}\n' * 2
    assert app.ingest(app.source("-", stdin=io.BytesIO(lines))).lines == 2
    with pytest.raises(InputError, match="as a file"):
        app.source("-", stdin=io.BytesIO(zipped(x_files(PARTS))))


def test_a_network_may_be_named(app: App, archive: Path) -> None:
    app.ingest(app.source(str(archive), "old-x"))
    assert {row["network"] for row in app.database.rows("SELECT network FROM posts UNION SELECT network FROM accounts")} == {"old-x"}


def test_lines_of_our_own_are_no_archive(app: App, tmp_path: Path) -> None:
    own: list[dict[str, Any]] = [
        {"id": "1", "author": "ann", "created_at": "2024-05-01T12:00:00Z", "text": "tern", "data": {"delete": "x"}, "drop": {"a": 1}, "subreddit": "x"},
        {"delete": "2"},
    ]  # fmt: skip
    (tmp_path / "file").write_text("\n".join(map(json.dumps, own)))
    assert not isinstance(app.source(str(tmp_path / "file")), Archive)
    assert app.ingest(app.source(str(tmp_path / "file"))).accepted == 1


def test_a_refused_archive_is_one_sentence(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(zipped({"../x": b"", "data/tweets.js": script("tweets", POSTS)}))
    done = run(app, monkeypatch, str(tmp_path / "file"))
    assert done.exit_code == 1 and "lies outside" in str(done.exception)
    assert app.database.rows("SELECT id FROM posts") == []
