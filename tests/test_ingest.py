"""What is imported is there, once, whatever comes in which order; and whatever is killed, stopped or full on the way."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from oscine import ingest
from oscine.app import App
from oscine.records import ANONYMOUS, Account, AccountChanged, AccountDeleted, AnyEvent, Viewer
from oscine.settings import Settings
from oscine.sources.jsonl import JsonLines
from oscine.store import posts, vectors
from oscine.store.embedded import EmbeddedServer
from oscine.store.postgres import Database

Write = Callable[..., ingest.Summary]
AT = "2024-05-01T12:00:00Z"
LATER = "2024-05-01T13:00:00Z"


def ids(app: App, query: str, viewer: Viewer = ANONYMOUS) -> set[str]:
    """What a query finds."""
    return {result.seen.post.id for result in app.search.search(app.view(viewer), query, limit=100, sort="latest").results}


def counts(summary: ingest.Summary) -> tuple[int, int, int, int, int]:
    """Accepted, updated, unchanged, deleted, refused."""
    return summary.accepted, summary.updated, summary.unchanged, summary.deleted, summary.refused


def of(app: App, identity: str) -> Any:
    """A post as stored."""
    return app.view(ANONYMOUS).post(identity).post


def engagement(kind: str, actor: str, post: str, on: bool = True, at: str = AT) -> dict[str, Any]:
    """A line."""
    return {"engagement": kind, "actor": actor, "post": post, "at": at, "on": on}


def test_the_same_posts_again_change_nothing(app: App, write: Write) -> None:
    full = {"text": "storm #tag @bob https://x.example", "tags": ["more"], "media": ["https://x.example/1"], "mood": {"a": [1]}}
    some = [full | {"id": f"p{n}"} for n in range(5)]
    assert counts(write(*some)) == (5, 0, 0, 0, 0)
    before = app.database.rows("SELECT *, xmin::text FROM posts ORDER BY id")
    assert counts(write(*some)) == (0, 0, 5, 0, 0)
    assert app.database.rows("SELECT *, xmin::text FROM posts ORDER BY id") == before


def test_one_id_on_two_networks_is_two_posts(app: App, write: Write) -> None:
    write({"id": "p", "text": "storm", "network": "here"}, {"id": "p", "text": "storm", "network": "there"})
    assert app.view(ANONYMOUS).post("p", "there").post.network == "there"
    assert [row["network"] for row in app.database.rows("SELECT network FROM posts ORDER BY 1")] == ["here", "there"]


V0: dict[str, Any] = {"id": "p", "text": "version0"}
V1, V1B, V2 = (
    {"id": "p", "text": f"version{name}", "edited_at": f"2024-05-02T0{hour}:00:00Z"} for name, hour in (("1", 1), ("1b", 1), ("2", 2))
)


@pytest.mark.parametrize(
    ("versions", "kept"),
    [
        ([V0, V1], V1), ([V1, V0], V1), ([V1, V2], V2), ([V2, V1], V2), ([V1, V1B], V1B), ([V1B, V1], V1), ([V0, V2, V1], V2),
        ([V0, V0 | {"text": "version0b"}], V0 | {"text": "version0b"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("together", [True, False])
def test_the_newest_edit_wins_and_ties_go_to_the_later_arrival(
    app: App, write: Write, versions: list[dict[str, Any]], kept: dict[str, Any], together: bool
) -> None:
    batches = [versions] if together else [[version] for version in versions]
    summaries = [write(*batch) for batch in batches]
    assert of(app, "p").text == kept["text"]
    assert ids(app, kept["text"]) == {"p"}
    assert all(not ids(app, version["text"]) for version in versions if version["text"] != kept["text"])
    assert sum(summary.lines for summary in summaries) == len(versions) and sum(summary.accepted for summary in summaries) == 1


def test_a_delete_is_at_once_everywhere(app: App, write: Write) -> None:
    vectors.prepare(app.database, "tiny", 4)
    write({"id": "p", "text": "storm #sky"}, {"id": "q", "text": "storm"}, engagement("like", "bob", "p"))
    assert ingest.embed_pending(app.database, Tiny()) == 2
    write({"id": "p", "text": "storm #sky now", "edited_at": LATER})  # waits for its vector again
    assert counts(write({"delete": "p"})) == (0, 0, 0, 1, 0)
    assert ids(app, "storm") == ids(app, "") == {"q"}
    assert {result.seen.post.id for result in app.search.search(app.view(ANONYMOUS), "storm").results} == {"q"}
    for table in ("posts", "vectors"):
        assert app.database.one(f"SELECT count(*) AS n FROM {table}") == {"n": 1}
    for table in ("pending_vectors", "engagements"):
        assert app.database.one(f"SELECT count(*) AS n FROM {table}") == {"n": 0}
    assert app.database.one("SELECT kind, key FROM tombstones") == {"kind": "post", "key": "p"}


def test_what_comes_after_its_delete_is_refused_with_the_reason(app: App, write: Write) -> None:
    write({"delete": "p"})
    summary = write(
        {"id": "q", "text": "calm"}, {"id": "p", "text": "storm"}, {"id": "p", "text": "storm", "edited_at": "2030-01-01T00:00:00Z"}
    )
    assert ids(app, "") == {"q"} and summary.accepted == 1
    assert summary.refused >= 1 and all("delete" in why for _, why in summary.reasons)
    write(engagement("like", "bob", "p"))
    assert app.database.one("SELECT count(*) AS n FROM engagements") == {"n": 0}


@pytest.mark.parametrize("lines", [[{"id": "p", "text": "storm"}, {"delete": "p"}], [{"delete": "p"}, {"id": "p", "text": "storm"}]])
def test_a_delete_in_the_same_batch_wins(app: App, write: Write, lines: list[dict[str, Any]]) -> None:
    write(*lines)
    assert ids(app, "") == set()


def test_accounts_change_and_go(app: App, write: Write) -> None:
    ann = {"author_name": "Ann", "author_handle": "ann.example", "author_bio": "Birds"}
    write({"id": "p", "text": "storm"} | ann, {"id": "q", "text": "storm", "author": "bob"})
    write({"id": "p2", "text": "calm", "author_handle": "ann.new"})
    row = app.database.one("SELECT handle, name, bio FROM accounts WHERE key = 'ann'")
    assert row == {"handle": "ann.new", "name": "Ann", "bio": "Birds"}
    hidden = Account(id="bob", network="local", handle="bob", searchable=False)
    run(app, AccountChanged(cursor=1, account=hidden))
    assert ids(app, "storm") == {"p"}
    run(
        app,
        AccountChanged(cursor=1, account=Account(id="bob", network="local", handle="bob")),
        AccountDeleted(cursor=2, network="local", id="ann"),
    )
    assert ids(app, "") == {"q"}
    summary = write({"id": "p3", "text": "ann is back"})
    assert summary.refused == 1 and "delete" in summary.reasons[0][1]
    assert ids(app, "") == {"q"}


def test_the_newest_intents_of_an_account_count(app: App, write: Write) -> None:
    def intents() -> Any:
        row = app.database.one("SELECT intents, bio, handle FROM accounts WHERE key = 'ann'")
        assert row and (row["bio"], row["handle"]) == ("Birds", "ann.example"), "what a line does not tell stays as it is"
        return row["intents"]

    write({"id": "p", "text": "storm", "author_bio": "Birds", "author_handle": "ann.example", "author_intents": {"training": "deny"}})
    write({"id": "q", "text": "calm"})
    assert intents() == {"training": "deny"}
    older = {"id": "old", "text": "rain", "created_at": "2020-01-01T00:00:00Z", "author_intents": {"training": "allow"}}
    write(older, {"account": "ann", "intents": {"training": "allow"}, "at": "2020-01-01T00:00:00Z"})
    assert intents() == {"training": "deny"}
    write({"account": "ann", "intents": {"training": "allow", "bulk": "deny"}})
    assert intents() == {"training": "allow", "bulk": "deny"}
    write({"delete_account": "ann"})
    assert ids(app, "") == set()


def run(app: App, *events: AnyEvent) -> ingest.Summary:
    """Ingest events at hand."""
    return app.ingest(ingest.Events(events))


def test_relations_go_on_and_off_and_the_newest_word_counts(app: App, write: Write) -> None:
    write({"id": "p", "text": "secret", "visibility": "followers"}, {"text": "hello", "author": "bob"})
    bob = Viewer(network="local", account="bob")

    def follow(on: bool, at: str) -> dict[str, Any]:
        return {"relation": "follow", "actor": "bob", "target": "ann", "at": at, "on": on}

    for on, at, sees in [(True, AT, True), (False, LATER, False), (True, AT, False), (True, LATER, True), (False, AT, True)]:
        write(follow(on, at))
        assert (ids(app, "secret", bob) == {"p"}) is sees, (on, at)
    write(
        follow(False, "2024-05-03T00:00:00Z"), follow(True, "2024-05-04T00:00:00Z"), follow(False, "2024-05-02T00:00:00Z")
    )  # in one batch
    assert ids(app, "secret", bob) == {"p"}
    assert ids(app, "secret") == set()


def test_engagement_goes_on_and_off_and_the_newest_word_counts(app: App, write: Write) -> None:
    write({"id": "p", "text": "storm"}, engagement("like", "bob", "p"), engagement("like", "cleo", "p"), engagement("like", "bob", "p"))
    assert of(app, "p").likes == 2
    write(
        engagement("repost", "bob", "p"),
        engagement("dwell", "bob", "p"),
        engagement("like", "bob", "p", on=False, at=LATER),
        engagement("like", "bob", "p"),
    )
    assert of(app, "p").reposts == 1
    active = app.database.rows("SELECT kind, a.key FROM engagements e JOIN accounts a ON a.id = e.actor WHERE active ORDER BY 1, 2")
    assert [(row["kind"], row["key"]) for row in active] == [("dwell", "bob"), ("like", "cleo"), ("repost", "bob")]


def test_a_count_is_what_is_stated_or_seen_whichever_is_more(app: App, write: Write) -> None:
    write(
        {"id": "p", "text": "storm", "likes": 10},
        {"id": "q", "text": "storm"},
        *(engagement("like", f"fan{n}", post) for n in range(3) for post in "pq"),
    )
    assert (of(app, "p").likes, of(app, "q").likes) == (10, 3)
    write({"id": "p", "text": "storm", "likes": 12})
    assert of(app, "p").likes == 12


def test_a_post_keeps_what_was_seen_when_it_comes_again(app: App, write: Write) -> None:
    write({"id": "p", "text": "storm"}, engagement("like", "bob", "p"))
    assert counts(write({"id": "p", "text": "storm"})) == (0, 0, 1, 0, 0)
    write({"id": "p", "text": "calm", "edited_at": LATER})
    assert (of(app, "p").likes, of(app, "p").text) == (1, "calm")


def test_engagement_may_come_before_its_post(app: App, write: Write) -> None:
    write(engagement("like", "bob", "p"))
    write({"id": "p", "text": "storm"})
    assert of(app, "p").likes == 1


def test_only_the_networks_that_are_allowed_are_written(app: App, write: Write) -> None:
    summary = write({"text": "mine", "network": "here"}, {"text": "yours", "network": "there"}, {"delete": "x", "network": "there"},
                    engagement("like", "bob", "p") | {"network": "there"}, networks=frozenset({"here"}))  # fmt: skip
    assert (summary.accepted, summary.deleted, summary.refused) == (1, 0, 3)
    assert [line for line, _ in summary.reasons] == [2, 3, 4] and all("'there'" in why for _, why in summary.reasons)
    assert app.database.one("SELECT (SELECT count(*) FROM tombstones) + (SELECT count(*) FROM engagements) AS n") == {"n": 0}


def test_refused_lines_are_told_by_number_the_first_twenty(app: App) -> None:
    lines = [json.dumps({"id": f"p{n}", "author": "ann", "created_at": AT if n % 2 else "soon", "text": "storm"}) for n in range(100)]
    summary = app.ingest(JsonLines(io.BytesIO("\n".join(lines).encode()), "local"))
    assert (summary.accepted, summary.refused, summary.lines) == (50, 50, 100)
    assert [line for line, _ in summary.reasons] == list(range(1, 40, 2))
    assert all("created_at" in why for _, why in summary.reasons)


def letters(first: int, last: int, count: int) -> str:
    """Random ones of a range, the same every time."""
    return "".join(map(chr, random.Random(1).choices(range(first, last), k=count)))


LETTERS = letters(ord("a"), ord("z"), 9_000)
POISONS: dict[str, dict[str, Any]] = {
    "an endless emoji": {"text": "\u200d".join("👩👨" * 500)},
    "a novel of Han": {"text": letters(0x4E00, 0x9000, 100_000)},
    "long words": {"text": " ".join(LETTERS[n : n + 64] for n in range(8_000))},
    "letters that folding makes eighteen": {"text": "ﷺ" * 64 + " #" + "ﷺ" * 60},
    "a long name": {"author_name": letters(0x4E00, 0x9000, 100_000)},
    "a long handle": {"author_handle": letters(0x1F300, 0x1F500, 512)},
    "long ids": {
        "id": letters(0x1F300, 0x1F500, 512),
        "reply_to": letters(0x1F300, 0x1F500, 512),
        "network": letters(0x1F300, 0x1F500, 100),
    },
    "many tags": {"tags": [LETTERS[n : n + 64] for n in range(8_000)]},
    "deep": {"unheard_of": json.loads("[" * 500 + "]" * 500)},
    "the last moment": {"created_at": "9999-12-31T23:59:59.999999Z"},
    "the first moment": {"created_at": "0001-01-01T00:00:00Z"},
    "braces and quotes": {"text": "{} {0} %s %(x)s \\ ' \" '' \\' :1 ::tsvector"},
}


@pytest.mark.parametrize("name", POISONS)
def test_whatever_a_line_holds_is_stored_and_harms_nobody(app: App, write: Write, name: str) -> None:
    summary = write({"id": "before", "text": "storm"}, {"text": "storm"} | POISONS[name], {"id": "after", "text": "storm"})
    assert counts(summary) == (3, 0, 0, 0, 0)
    page = app.search.search(app.view(ANONYMOUS), "", sort="latest", fold=False)
    assert len(page.results) == 3


class Tiny:
    """Unit vectors that depend on the text alone."""

    name, dimensions = "tiny", 4

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text."""
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The axis of the text's length."""
        return np.eye(4, dtype=np.float32)[len(text) % 4]


def stored_vectors(database: Database) -> dict[str, list[float]]:
    """By post."""
    rows = database.rows("SELECT p.key, v.embedding::text AS v FROM vectors v JOIN posts p ON p.id = v.post")
    return {row["key"]: json.loads(row["v"]) for row in rows}


def test_vectors_follow_their_posts(app: App, write: Write) -> None:
    vectors.prepare(app.database, "none yet", 4)
    vectors.prepare(app.database, "tiny", 4)
    write({"id": "p", "text": "four"}, {"id": "q", "text": "fives"}, {"id": "empty", "text": ""})
    assert [ingest.embed_pending(app.database, Tiny(), batch=1) for _ in range(3)] == [1, 1, 0]
    assert stored_vectors(app.database) == {"p": [1, 0, 0, 0], "q": [0, 1, 0, 0]}
    write({"id": "p", "text": "edited", "edited_at": LATER}, {"delete": "q"})
    assert ingest.embed_pending(app.database, Tiny()) == 1
    assert stored_vectors(app.database) == {"p": [0, 0, 1, 0]}


def test_a_post_edited_while_it_is_embedded_waits_again(app: App, write: Write) -> None:
    vectors.prepare(app.database, "tiny", 4)
    write({"id": "p", "text": "four"}, {"id": "q", "text": "four"})

    class Slow(Tiny):
        def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            write({"id": "p", "text": "edited", "edited_at": LATER}, {"delete": "q"})
            return super().embed_passages(texts)

    ingest.embed_pending(app.database, Slow())
    assert stored_vectors(app.database) == {}
    assert ingest.embed_pending(app.database, Tiny()) == 1
    assert stored_vectors(app.database) == {"p": [0, 0, 1, 0]}


def test_another_embedder_starts_from_nothing(app: App, write: Write) -> None:
    vectors.prepare(app.database, "tiny", 4)
    write({"id": "p", "text": "four"})
    ingest.embed_pending(app.database, Tiny())
    vectors.prepare(app.database, "tiny", 4)
    assert ingest.embed_pending(app.database, Tiny()) == 0 and len(stored_vectors(app.database)) == 1
    vectors.prepare(app.database, "other", 4)
    assert stored_vectors(app.database) == {}
    assert ingest.embed_pending(app.database, Tiny()) == 1


MANY = 30_000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of many posts."""
    path = tmp_path_factory.mktemp("many") / "posts.jsonl"
    words = [f"word{n}" for n in range(3_000)]
    chosen = random.Random(7)
    with path.open("w") as file:
        for n in range(MANY):
            said = " ".join(chosen.choices(words, k=12))
            file.write(
                json.dumps({"id": f"p{n}", "author": f"a{n % 500}", "created_at": AT, "text": f"{said} needle", "lang": "en"}) + "\n"
            )
    return path


def importing(path: Path, data: Path, *options: str) -> subprocess.Popen[str]:
    """`oscine import`, as a process."""
    command = [sys.executable, "-m", "oscine", "import", str(path), "--data", str(data), "--json", *options]
    environment = {**os.environ, "OSCINE_EMBEDDING": "none"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def all_there(app: App, number: int = MANY) -> None:
    """Assert that each post is there, once, and is found by its words."""
    rows = app.database.rows("SELECT key FROM posts")
    assert len(rows) == number and {row["key"] for row in rows} == {f"p{n}" for n in range(number)}
    assert app.database.rows("SELECT * FROM imports") == []
    found = app.database.one(
        "SELECT count(*) AS n FROM (SELECT FROM posts p ORDER BY p.words <@> to_bm25query('needl', 'posts_words') LIMIT 100000) AS f"
    )
    assert found == {"n": number}


def test_an_import_killed_ten_times_loses_and_doubles_nothing(many: Path, folder: Path) -> None:
    moments = random.Random(3)
    with App(Settings(data=folder, embedding="none", language_model="none")) as app:
        assert app.database
        for _ in range(10):
            before = app.database.one("SELECT coalesce(max(cursor), 0) AS at FROM imports")
            process = importing(many, folder)
            time.sleep(moments.uniform(0.2, 2.2))
            process.kill()
            process.communicate()
            row = app.database.one("SELECT (SELECT count(*) FROM posts) AS posts, (SELECT coalesce(max(cursor), 0) FROM imports) AS at")
            if process.returncode == 0:
                break
            assert before and row and row["posts"] == row["at"] >= before["at"]
        process = importing(many, folder)
        told, trouble = process.communicate(timeout=120)
        assert process.returncode == 0, trouble
        all_there(app)
        summary = json.loads(told)
        assert summary["accepted"] + summary["unchanged"] == MANY


def pg_ctl(data: Path, *arguments: str) -> None:
    """Run PostgreSQL's own program on an embedded cluster, as its user."""
    EmbeddedServer(data)._pg_ctl(*arguments)


def test_a_database_that_is_stopped_meanwhile_is_waited_for(many: Path, folder: Path) -> None:
    with App(Settings(data=folder, embedding="none", language_model="none", database_wait=60)) as app:
        assert app.database
        stopped = threading.Event()

        def stop(summary: ingest.Summary, _: float | None) -> None:
            if summary.accepted >= 6_000 and not stopped.is_set():
                stopped.set()
                pg_ctl(folder, "stop", "-m", "immediate", "-W")  # the writer meanwhile starts it again

        summary = app.ingest(app.source(str(many)), progress=stop)
        assert stopped.is_set()
        assert summary.accepted == MANY
        all_there(app)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of `size` at `folder`."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "none", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"A file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root may mount a small file system.")
def test_a_full_disk_is_told_and_with_more_room_the_import_completes(many: Path, folder: Path) -> None:
    disk = folder / "disk"
    with small_disk(disk, "125m"):
        process = importing(many, disk)
        _, trouble = process.communicate(timeout=200)
        assert process.returncode == 1, trouble
        assert "disk is full" in trouble and "Traceback" not in trouble and len(trouble.strip().splitlines()) == 1
        subprocess.run(["mount", "-o", "remount,size=600m", str(disk)], check=True)
        process = importing(many, disk)
        _, trouble = process.communicate(timeout=200)
        assert process.returncode == 0, trouble
        with App(Settings(data=disk, embedding="none", language_model="none")) as app:
            all_there(app)


def test_a_batch_that_fails_stores_nothing_of_it(database: Database) -> None:
    """Half a batch is never there."""
    source = JsonLines(io.BytesIO(json.dumps({"id": "p", "author": "ann", "created_at": AT, "text": "storm"}).encode()), "local")
    indexed = [ingest.index(event) for event in source.events()]  # type: ignore[arg-type]

    class Broken(Exception):
        pass

    with pytest.raises(Broken), database.connection() as connection:
        posts.write(connection, indexed, [])
        raise Broken
    assert database.one("SELECT (SELECT count(*) FROM posts) + (SELECT count(*) FROM accounts) AS n") == {"n": 0}


def test_the_worker_embeds_in_the_background_and_stops(app: App, write: Write) -> None:
    vectors.prepare(app.database, "tiny", 4)
    write({"id": "p", "text": "four"})
    worker = ingest.VectorWorker(app.database, Tiny, pause=0.05)
    worker.start()
    end = time.monotonic() + 20
    while not stored_vectors(app.database) and time.monotonic() < end:
        time.sleep(0.05)
    worker.stop()
    assert not worker.is_alive() and not worker.error
    assert stored_vectors(app.database).keys() == {"p"}


def test_one_process_embeds_at_a_time(app: App, write: Write) -> None:
    vectors.prepare(app.database, "tiny", 4)
    write({"id": "p", "text": "four"})
    with app.database.connection() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [vectors.EMBEDDER_LOCK])
        assert ingest.embed_pending(app.database, Tiny()) == 0
    assert ingest.embed_pending(app.database, Tiny()) == 1
