"""Exports and streams: a round trip, resumed, in bounded memory; what ends, narrows or is withdrawn meanwhile; nothing that commits late is lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from api.conftest import Headers, bearer
from api.test_licences import licensed
from conftest import EMPTY, Server
from oscine import access, ingest
from oscine.access import LOCAL
from oscine.access.fields import FIELDS
from oscine.access.pulse import Pulse
from oscine.app import App
from oscine.app.licensing import exporting
from oscine.records import ANONYMOUS, Account, Post, PostDeleted, PostWritten, Relation, Viewer
from oscine.search import bulk
from oscine.search.bulk import Wanted
from oscine.store import posts

Write = Callable[..., Any]
RICH = {
    "id": "at://rich", "author": "did:plc:ann", "author_handle": "ann.example", "author_name": "Ann", "text": "Look @bob #birds ☃", "tags": ["birds"],
    "mentions": ["bob"], "created_at": "2024-05-01T12:00:00.250000Z", "edited_at": "2024-05-02T12:00:00Z", "lang": "en", "likes": 7, "reposts": 6, "replies": 5,
    "quotes": 4, "urls": ["https://far.example/x"], "media": [{"url": "https://pic.example/1", "alt": "a wren", "kind": "image"}], "labels": ["nsfw"],
    "sensitive": True, "content_warning": "feathers", "geo": {"lat": 45.0, "lon": 7.0, "name": "Turin"}, "reply_to": "at://cleo/1", "root": "at://cleo/0",
    "quote_of": "at://dan/1", "source": "Phone", "card": {"name": "summary", "url": "https://far.example/card", "title": "T"}, "odd": {"kept": [1]},
    "author_intents": {"training": "deny", "archive": "allow", "bulk": "allow"},
}  # fmt: skip
OTHERS = [
    {"account": "eve", "searchable": False, "intents": {"bulk": "allow"}, "at": "2024-06-01T00:00:00Z", "handle": "eve"},
    {"id": "2", "author": "eve", "text": "quiet", "network": "far"}, {"id": "3", "author": "bob", "text": ""}, {"id": "4", "author": "bob", "text": "plain"},
]  # fmt: skip


def exported(client: TestClient, headers: Headers | None = None, **query: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The posts of an export, and its last place."""
    reply = client.get("/v1/export", params=query, headers=headers or {})
    assert reply.status_code == 200, reply.text
    lines = [json.loads(line) for line in reply.text.splitlines()]
    return [line for line in lines if "id" in line], lines[-1]


def held(app: App) -> list[dict[str, Any]]:
    """All that is stored of posts and of what their authors said."""
    return app.database.rows(
        "SELECT p.network, p.key, a.key AS author, a.handle, a.name, a.searchable, a.intents - 'search' AS intents, p.text, p.created_at, p.edited_at, p.lang,"
        " p.reply_to, p.root, p.quote_of, p.visibility, p.media, p.urls, p.tags, p.mentions, p.likes, p.reposts, p.replies, p.quotes, p.own_labels,"
        " p.sensitive, p.content_warning, p.source, p.lat, p.lon, p.place, p.card, p.extra, p.lexemes::text AS lexemes"
        " FROM posts p JOIN accounts a ON a.id = p.author ORDER BY 1, 2"
    )


def test_what_is_exported_can_be_imported(app: App, client: TestClient, write: Write, tmp_path: Path) -> None:
    write(RICH, *OTHERS)
    before, file = held(app), tmp_path / "export.jsonl"
    file.write_text(client.get("/v1/export").text)
    app.database.execute(EMPTY)
    done = app.ingest(app.source(str(file)))
    assert (done.refused, len(before)) == (0, 4)
    assert held(app) == before


def test_an_export_goes_on_where_it_was(app: App, client: TestClient, write: Write) -> None:
    write(*({"id": f"p{n}", "author": f"a{n % 3}", "text": f"number {n}"} for n in range(bulk.BATCH * 2 + 17)))
    app.database.execute("DELETE FROM posts WHERE key IN ('p7', 'p120')")
    whole = client.get("/v1/export").text.splitlines()
    places = [json.loads(line)["cursor"] for line in whole if line.startswith('{"cursor"')]
    everything = [line for line in whole if not line.startswith('{"cursor"')]
    assert len(everything) == bulk.BATCH * 2 + 15 and json.loads(whole[-1])["complete"] is True
    rest, last = exported(client, after=places[0])
    assert [post["id"] for post in rest] == [json.loads(line)["id"] for line in everything[bulk.BATCH:]]
    assert exported(client, after=last["cursor"])[0] == []
    write({"id": "later", "text": "later"})
    assert [post["id"] for post in exported(client, after=last["cursor"])[0]] == ["later"]


def test_since_and_network(app: App, client: TestClient, write: Write) -> None:
    write({"id": "old", "text": "x", "created_at": "2020-01-01T00:00:00Z"}, {"id": "new", "text": "x"}, {"id": "far", "text": "x", "network": "far"})
    assert [post["id"] for post in exported(client, since="2024-01-01T00:00:00Z", network="local")[0]] == ["new"]


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": "-1"}, {"after": "9" * 50}, {"after": "½"}, {"since": "soon"}, {"since": "2024-01-01"},
                                   {"network": "\x00"}, {"purpose": "gossip"}, {"purpose": "x" * 500}])  # fmt: skip
def test_what_no_export_can_be_asked(client: TestClient, query: dict[str, str]) -> None:
    assert client.get("/v1/export", params=query).status_code == 400


def test_numbers_that_were_never_posts_cost_nothing(app: App, client: TestClient, write: Write) -> None:
    write({"id": "first", "text": "x"})
    app.database.execute("SELECT setval('posts_id_seq', 900000000000)")
    write({"id": "last", "text": "x"})
    assert [post["id"] for post in exported(client)[0]] == ["first", "last"]


WORDS = [("ann", {}), ("bob", {"bulk": "deny"}), ("cleo", {"training": "deny"}), ("dan", {"archive": "deny"}), ("eve", {"bulk": "allow", "training": "allow"})]


def spoken(write: Write) -> None:
    write(*({"id": who, "author": who, "text": "x", "author_intents": said} for who, said in WORDS))
    write({"account": "fay", "searchable": False}, {"id": "fay", "author": "fay", "text": "x"})


@pytest.mark.parametrize(("purpose", "policy", "who"), [
    ("", "allow", "ann cleo dan eve fay"), ("research", "allow", "ann cleo dan eve fay"), ("training", "allow", "ann dan eve fay"),
    ("archive", "allow", "ann cleo eve fay"), ("search", "allow", "ann cleo dan eve"), ("", "opt-in", "eve"), ("training", "opt-in", "eve"),
    ("archive", "opt-in", ""),
])  # fmt: skip
@pytest.mark.parametrize("by", ["operator", "licence"])
def test_authors_and_operator_decide(app: App, client: TestClient, write: Write, purpose: Any, policy: Any, who: str, by: str) -> None:
    spoken(write)
    app.settings.bulk_policy = app.settings.training_policy = policy
    headers = licensed(app, "export", purpose=purpose or "other")[0] if by == "licence" else None
    assert " ".join(post["id"] for post in exported(client, headers, **({} if headers else {"purpose": purpose}))[0]) == who


def test_a_licence_is_for_its_own_purpose(app: App, client: TestClient) -> None:
    headers, _ = licensed(app, "export")
    assert client.get("/v1/export", params={"purpose": "training"}, headers=headers).status_code == 400
    assert client.get("/v1/export", params={"purpose": "research"}, headers=headers).status_code == 200


def test_without_their_authors_posts_can_be_imported_too(app: App, client: TestClient, write: Write, tmp_path: Path) -> None:
    write(RICH, *OTHERS)
    headers, _ = licensed(app, "export", fields=["text"])
    text = client.get("/v1/export", headers=headers).text
    assert not [trace for trace in ("did:plc", "ann.example", "eve", "far.example", "wren", "Turin", '"likes"', "at://", "nsfw") if trace in text]
    (tmp_path / "x.jsonl").write_text(text)
    app.database.execute(EMPTY)
    assert app.ingest(app.source(str(tmp_path / "x.jsonl"))).refused == 0
    assert [row["intents"].get("training") for row in held(app)].count("deny") == 1, "each post keeps its own author's word"


def test_a_batch_stands_in_the_log_before_it_is_given(app: App, write: Write) -> None:
    write({"id": "1", "text": "x"})
    given = app.batch("export", LOCAL, exporting(ANONYMOUS, LOCAL, "research", "export"), Wanted(), 0, 10)
    assert len(given.posts) == 1
    [row] = app.database.rows("SELECT what, door, key, purpose, posts FROM access_log")
    assert (row["door"], row["key"], row["purpose"], row["posts"]) == ("export", "local", "research", 1)


def written(key: str) -> posts.Indexed:
    post = Post(id=key, network="local", author="ann", text=key, created_at=datetime.now(UTC))
    return ingest.index(PostWritten(cursor=1, post=post, author=Account(id="ann", network="local", handle="ann")))


def test_what_commits_late_is_waited_for(app: App) -> None:
    """A writer numbers its posts, another passes it and commits first: the second is not told before the first."""
    ticks = iter(range(1_000))
    pulse = Pulse(app.database, clock=lambda: float(next(ticks)))

    def told(after: int) -> list[str]:
        pulse.look()
        viewer = exporting(ANONYMOUS, LOCAL, "other", "stream")
        return [post["id"] for _, post in app.batch("stream", LOCAL, viewer, Wanted(), after, pulse.arrived).posts] if pulse.arrived > after else []

    with app.database.connection() as slow:
        slow.execute("SELECT pg_advisory_xact_lock_shared(%s)", [posts.WRITERS_LOCK])
        slow.execute("INSERT INTO accounts (network, key, handle) VALUES ('local', 'bob', 'bob')")
        [number] = slow.execute("SELECT nextval('posts_id_seq') AS number").fetchone().values()  # type: ignore[union-attr]
        with app.database.connection() as quick:
            posts.write(quick, [written("quick")], [])
        assert [told(0), told(0), told(0)] == [[], [], []], "it is there to be seen, and waits"
        slow.execute(
            "INSERT INTO posts (id, network, key, author, text, created_at, visibility, words, lexemes) OVERRIDING SYSTEM VALUE"
            " SELECT %s, 'local', 'slow', id, 'slow', now(), 'public', 'slow', '' FROM accounts WHERE key = 'bob'", [number]
        )
    assert told(0) == ["slow", "quick"]


def test_arrivals_need_no_quiet_moment(app: App) -> None:
    """Writers who relay each other without a pause keep nobody waiting for ever: whoever wrote at a look is done at a later one."""
    ticks = iter(range(1_000))
    pulse = Pulse(app.database, clock=lambda: float(next(ticks)))
    opened = app.database.connection()
    writer = opened.__enter__()
    posts.write(writer, [written("w0")], [])
    arrived = []
    for n in range(1, 6):
        following = app.database.connection()
        connection = following.__enter__()
        connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [posts.WRITERS_LOCK])
        pulse.look()
        opened.__exit__(None, None, None)
        pulse.look()
        arrived.append(pulse.arrived)
        posts.write(connection, [written(f"w{n}")], [])
        opened = following
    opened.__exit__(None, None, None)
    assert arrived[-1] >= 3 and arrived == sorted(arrived)


@contextmanager
def streaming(url: str, headers: Headers, path: str = "/v1/stream", **query: str) -> Iterator[list[str]]:
    """The lines of a stream as they come, in a thread; the block begins when the first has come."""
    lines: list[str] = []
    begun = threading.Event()

    def read() -> None:
        with httpx.stream("GET", url + path, headers=headers, params=query, timeout=60) as reply:
            for line in reply.iter_lines():
                lines.append(line)
                begun.set()
        lines.append("<closed>")

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert begun.wait(30), "the stream does not begin"
    yield lines
    reader.join(30)
    assert not reader.is_alive(), "the stream does not end"


def until(lines: list[str], found: Callable[[str], bool]) -> None:
    """Return when a line has come."""
    end = time.monotonic() + 30
    while not any(map(found, list(lines))):
        assert time.monotonic() < end, lines
        time.sleep(0.02)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("streams"), environment={"OSCINE_EMBEDDING": "none", "OSCINE_READER": "none"}).wait()
    yield running
    running.stop()


def key_of(server: Server, *uses: str, fields: list[str] | None = None, **more: Any) -> tuple[Headers, str]:
    made = httpx.post(server.url + "/v1/keys", json={"scopes": ["read", "chat"]}).json()
    grant(server, made["id"], *uses, fields=fields, **more)
    return bearer(made["key"]), made["id"]


def grant(server: Server, key: str, *uses: str, fields: list[str] | None = None, **more: Any) -> None:
    body = {"holder": "h", "purpose": "research", "uses": uses, "fields": fields or sorted(FIELDS), **more}
    assert httpx.put(f"{server.url}/v1/keys/{key}/licence", json=body).status_code == 200


def line(key: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "author": "ann", "created_at": datetime.now(UTC).isoformat(), "text": f"text of {key}", **more}


def reason(lines: list[str]) -> str:
    assert lines[-4] == "event: end" and lines[-1] == "<closed>", lines[-6:]
    return str(json.loads(lines[-3].removeprefix("data: "))["reason"])


def test_a_stream_tells_what_comes_and_ends_with_its_key(serving: Server) -> None:
    headers, key = key_of(serving, "stream", fields=["text", "author"])
    serving.write([line("before")])
    with streaming(serving.url, headers) as lines:
        serving.write([line("s1", likes=5), line("s2", visibility="followers"), line("s3", author_intents={"bulk": "deny"}, author="bob")])
        until(lines, lambda told: "text of s1" in told)
        grant(serving, key, "stream", fields=["author"], why="narrowed")
        serving.write([line("s4"), {"account": "cleo", "intents": {"bulk": "deny"}}, line("s5", author="cleo")])
        until(lines, lambda told: '"author": "ann"' in told and '"text": ""' in told)
        httpx.delete(f"{serving.url}/v1/keys/{key}")
    told = "\n".join(lines)
    assert reason(lines) == "This key was revoked."
    assert not [trace for trace in ("before", "s2", "text of s3", "text of s4", "cleo", '"likes"') if trace in told]
    assert [each for each in lines if each.startswith("event: post")] == ["event: post"] * 2
    assert httpx.get(serving.url + "/v1/stream", headers=headers).status_code == 401


def test_a_stream_goes_on_where_it_was(serving: Server) -> None:
    headers, key = key_of(serving, "stream")
    with streaming(serving.url, headers) as lines:
        serving.write([line("r1")])
        until(lines, lambda told: "text of r1" in told)
        httpx.delete(f"{serving.url}/v1/keys/{key}")
    place = next(each for each in lines if each.startswith("id: ")).removeprefix("id: ")
    serving.write([line("r2"), line("r3")])
    headers, key = key_of(serving, "stream")
    with streaming(serving.url, headers | {"Last-Event-ID": place}) as lines:
        until(lines, lambda told: "text of r3" in told)
        grant(serving, key, "read")
    assert [each for each in lines if "text of" in each and "r1" in each] == []
    assert reason(lines) == "This licence does not cover streams."


def test_a_stream_ends_with_its_licence(serving: Server) -> None:
    headers, _ = key_of(serving, "stream", expires_at=(datetime.now(UTC) + timedelta(seconds=1.5)).isoformat())
    with streaming(serving.url, headers) as lines:
        pass
    assert reason(lines).startswith("This licence ended on ")


def test_a_query_of_a_stream(serving: Server) -> None:
    headers, key = key_of(serving, "stream")
    with streaming(serving.url, headers, q="quarnholm -rain") as lines:
        serving.write([line("q1", text="Quarnholm in rain"), line("q2", text="Quarnholm in sun"), line("q3", text="elsewhere")])
        until(lines, lambda told: "in sun" in told)
        httpx.delete(f"{serving.url}/v1/keys/{key}")
    assert not [each for each in lines if "in rain" in each or "elsewhere" in each]
    narrow, _ = key_of(serving, "stream", fields=["text"])
    for query in ("from:ann", "quarnholm"):
        assert httpx.get(serving.url + "/v1/stream", params={"q": query}, headers=narrow).status_code == 403


class Stepwise:
    """An export that is taken batch by batch, with things that happen between."""

    def __init__(self, app: App, key: access.Key, viewer: Viewer) -> None:
        self.app, self.key, self.viewer, self.after = app, key, viewer, 0

    def __call__(self) -> list[str]:
        now = access.live(self.app.database, self.key)
        batch = self.app.batch("export", now, exporting(self.viewer, now, "", "export"), Wanted(), self.after, 10_000)
        self.after = batch.upto
        return [post["id"] for _, post in batch.posts]


def test_what_is_withdrawn_between_two_batches_is_not_in_the_second(app: App, write: Write) -> None:
    people = ["ann", "bob", "cleo", "dan", "eve"]
    write(*({"id": f"{n:03}{who}", "author": who, "text": "x"} for n in range(50) for who in people))
    _, identity = licensed(app, "export", viewer=Viewer(network="local", account="eve"))
    [key] = access.keys(app.database)
    step = Stepwise(app, key, Viewer(network="local", account="eve"))
    assert {each[3:] for each in step()} == set(people) and key.id == identity
    app.ingest(ingest.Events([
        PostDeleted(cursor=1, network="local", id="030ann"),
        Relation(cursor=2, network="local", kind="block", actor="bob", target="eve", at=datetime.now(UTC)),
    ]))  # fmt: skip
    write({"account": "cleo", "intents": {"bulk": "deny"}})
    second = step()
    assert "030ann" not in second and {each[3:] for each in second} == {"ann", "dan", "eve"}
    app.license(key.id, {"holder": "h", "purpose": "research", "uses": ["export"], "fields": ["text"], "networks": ["far"]}, "test")
    assert step() == []
    access.revoke(app.database, key.id)
    with pytest.raises(Exception, match="This key was revoked"):
        step()


def test_memory_does_not_grow_with_an_export(app: App, write: Write) -> None:
    """A batch is all that is held: however many posts there are, the largest is as large."""
    write(*({"id": f"p{n}", "author": "ann", "text": "x" * 200} for n in range(5 * bulk.BATCH)))
    viewer = exporting(ANONYMOUS, LOCAL, "other", "export")
    assert max(len(batch.posts) for batch in app.export(viewer, Wanted())) == bulk.BATCH
