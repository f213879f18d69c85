"""Every door, for everybody: what comes out of it is what may, and what may be seen is seen somewhere.

The network and the tables of who may have what are `door_network`'s, written by hand. Each viewer goes through every door once; then the raw bytes of all
replies are searched for what tells a post. Whatever did come out stands in the log of accesses as handed out by that very call.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

import door_network as network
from conftest import EMPTY
from door_network import LICENCES, NETWORK, OPT_IN, PEOPLE, SEEN, SUBJECTS, VIEWERS, Subject, may, person, subject
from notebook import Notebook
from oscine import access
from oscine.access.fields import FIELDS
from oscine.access.reading import Reading
from oscine.api import server
from oscine.app import App
from oscine.bots.bot import Bot
from oscine.errors import InputError
from oscine.records import ANONYMOUS, Viewer
from oscine.safety.service_tokens import ServiceTokens
from oscine.search.saved import signature
from oscine.settings import Settings
from oscine.store import interactions
from oscine.store.feeds import FeedGenerator
from oscine.store.postgres import Database
from oscine.teach.tuning import Wanted
from service_tokens import AUDIENCE, Directory, Signer

HOME = "https://feeds.example"
SECRET = "a secret that nobody knows"
SKELETON = "app.bsky.feed.getFeedSkeleton"
SKELETON_OF = f"at://{AUDIENCE}/app.bsky.feed.generator/ferries"
RPC = {"Accept": "application/json, text/event-stream"}
Kind = Literal["read", "search", "public"]  # what is read whoever may see it; what is found; what is made of public posts, for everybody


class Reply(NamedTuple):
    """What came out of a door: its bytes, for which post it was asked (empty: for none), and what was noted of it."""

    door: str
    kind: Kind
    asked: str
    body: bytes
    noted: frozenset[tuple[str, str]]


class Doors:
    """An `App` over the network, and everybody who calls."""

    def __init__(self, app: App, client: TestClient) -> None:
        self.app, self.client = app, client
        self.replies: dict[str, list[Reply]] = defaultdict(list)
        self.status: dict[tuple[str, str], set[int]] = defaultdict(set)
        self.noted: list[Reading] = []
        app.keep_reading = lambda read, *, sure=False: self.noted.append(read.taken())  # type: ignore[method-assign]

    def key(self, *scopes: str, who: str = "", licence: dict[str, Any] | None = None, ended: bool = False) -> tuple[str, str]:
        """A key's id and its secret."""
        acting = Viewer(network=NETWORK, account=who) if who else ANONYMOUS
        secret, key = access.create(self.app.database, "test", scopes, [], acting)
        if licence:
            self.app.license(key.id, {"holder": "University of Quarnholm", "fields": sorted(FIELDS), **licence}, "the operator")
        if ended:
            self.app.database.execute("UPDATE licences SET expires_at = now() - interval '1 day' WHERE key = %s", [key.id])
        return key.id, secret

    def call(self, viewer: str, door: str, kind: Kind, method: str, path: str, headers: dict[str, str], asked: str = "", **sent: Any) -> bytes:
        """Go through a door, and keep what came out."""
        self.noted.clear()
        reply = self.client.request(method, path, headers=headers, **sent)
        assert reply.status_code < 500 or "no model" in reply.text.lower() or reply.status_code == 503, (door, viewer, reply.text)
        self.status[door, viewer].add(reply.status_code)
        return self.keep(viewer, door, kind, reply.content + str(reply.headers).encode(), asked)

    def keep(self, viewer: str, door: str, kind: Kind, body: bytes, asked: str = "") -> bytes:
        """Keep what came out of a door in some other way."""
        noted = frozenset(post for read in self.noted for post in read.posts)
        self.replies[viewer].append(Reply(door, kind, asked, body, noted))
        return body


def through(doors: Doors, viewer: str, headers: dict[str, str], own: str = "") -> None:
    """One viewer through every door of HTTP; an author (`own`) asks for their own post only."""

    def get(door: str, kind: Kind, path: str, asked: str = "", **params: Any) -> None:
        doors.call(viewer, door, kind, "GET", path, headers, asked, params=params)

    def post(door: str, kind: Kind, path: str, body: Any, asked: str = "") -> bytes:
        return doors.call(viewer, door, kind, "POST", path, headers | RPC, asked, json=body)

    get("search", "search", "/v1/search", own, q="ferry", limit=100, fold="false")
    get("search latest", "search", "/v1/search", own, q="", sort="latest", limit=100)
    get("feed newest", "read", "/v1/feed", own, order="newest", limit=50)
    if own:
        by_post(subject(own), get, post)
        return
    once(get, post)
    shut = [name for name in SUBJECTS if may(viewer, name) != "s" or viewer == network.TEXTLESS]
    if all(may(viewer, name) == "." for name in SUBJECTS) or "export" in viewer:
        shut = shut[:3]  # nothing is open by a post's id
    first = next((name for name in SUBJECTS if may(viewer, name) == "s"), "")
    for number, name in enumerate(filter(None, [first, *shut])):
        by_post(subject(name), get, post)
        if viewer in PEOPLE:
            beside(subject(name), get, post, number)


def once(get: Callable[..., None], post: Callable[..., bytes]) -> None:
    """The doors that are asked for no post."""
    for form in ("rss", "atom", "json"):
        get(f"search.{form}", "search", f"/v1/search.{form}", q="ferry", limit=100, fold="false")
    get("summary", "search", "/v1/summary", of="search", q="ferry", length=10)
    get("search by meaning of words", "search", "/v1/search", q="where do the ferries leave from", limit=100)
    get("people", "search", "/v1/people", q="ferry", limit=50)
    get("people by name", "search", "/v1/people", q="nym", limit=50)
    get("trending", "public", "/v1/trending", hours=744)
    get("related", "public", "/v1/related", q="ferry", limit=20)
    get("did you mean", "public", "/v1/search", q="gormaaadike")
    get("feed for you", "read", "/v1/feed", order="for-you", limit=50)
    get("catch-up", "read", "/v1/feed/catch-up", since=(network.NOW - timedelta(days=2)).isoformat())
    get("digest", "read", "/v1/feed/digest", days=2, limit=50)
    get("proposals", "read", "/v1/feed/proposals", limit=20)
    get("export", "read", "/v1/export")
    get("status", "public", "/v1/status")
    get("metrics", "public", "/metrics")
    get("operators", "public", "/v1/operators")
    told = post("saved", "search", "/v1/saved", {"name": "ferries", "query": "ferry"})
    if (number := json.loads(told[: told.rfind(b"}", 0, told.find(b"Headers(")) + 1] or b"{}").get("id")) is not None:
        get("saved, new", "search", f"/v1/saved/{number}/new", limit=50)
    for tool, arguments in (("search_posts", {"query": "ferry", "limit": 50}), ("find_accounts", {"query": "ferry", "limit": 50}),
                            ("get_trending", {}), ("ask_posts", {"question": "Where do the ferries leave from?"})):  # fmt: skip
        post(f"tool {tool}", "search", f"/v1/tools/{tool}", arguments)
    for tool, arguments in (("search", {"query": "ferry", "limit": 50}), ("accounts", {"query": "nym", "limit": 50}), ("trending", {}),
                            ("ask", {"question": "Where do the ferries leave from?"})):  # fmt: skip
        post(f"mcp {tool}", "search", "/mcp", rpc(tool, arguments))


def by_post(one: Subject, get: Callable[..., None], post: Callable[..., bytes]) -> None:
    """The doors that are asked for one post."""
    at = f"/v1/posts/{quote(one.id, safe='')}"
    get("post", "read", at, one.name, network=one.network)
    get("explain", "read", f"{at}/explain", one.name, network=one.network)
    post("ask", "search", "/v1/chat/completions", {"messages": [{"role": "user", "content": one.question}]}, one.name)
    post("mcp thread", "read", "/mcp", rpc("thread", {"post": one.id, "network": one.network}), one.name)


def beside(one: Subject, get: Callable[..., None], post: Callable[..., bytes], number: int) -> None:
    """Two more of them, others for each post."""
    at, name, where = quote(one.id, safe=""), one.name, {"network": one.network}
    doors: list[Callable[[], object]] = [
        lambda: get("similar", "read", f"/v1/posts/{at}/similar", name, **where),
        lambda: get("labels of a post", "read", f"/v1/labels/posts/{at}", name, **where),
        lambda: get("summary of a thread", "read", "/v1/summary", name, of="thread", q=one.id, **where),
        lambda: post("draft a reply", "read", "/v1/drafts", {"reply_to": one.id, **where}, name),
        lambda: post("mcp ask", "search", "/mcp", rpc("ask", {"question": one.question}), name),
        lambda: post("mcp search", "search", "/mcp", rpc("search", {"query": one.ask}), name),
    ]
    for door in (doors * 2)[2 * number % 6 :][:2]:
        door()


def rpc(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def ferries(doors: Doors, viewer: str, signer: Signer | None) -> None:
    """The door for a server that asks for a person: `getFeedSkeleton`."""
    token = {"Authorization": f"Bearer {signer.token(SKELETON)}"} if signer else {}
    doors.call(viewer, "xrpc", "search", "GET", f"/xrpc/{SKELETON}", token, params={"feed": SKELETON_OF, "limit": 100})


def bot(doors: Doors, viewers: tuple[str, ...]) -> None:
    """A bot that is asked in a thread, by people, for every post."""
    notebook = Notebook()
    notebook.network, notebook.account, notebook.handle = NETWORK, "did:plc:bot", "oscine.example"
    lines = []
    for viewer in viewers:
        for number, name in enumerate(SUBJECTS):
            at = (datetime.now(UTC) - timedelta(seconds=600 - number)).isoformat()
            lines.append({"id": f"ask-{viewer}-{number}", "author": person(viewer), "network": NETWORK, "created_at": at, "lang": "en",
                          "text": f"@oscine.example {subject(name).question}"})  # fmt: skip
    write(doors.app, lines)
    doors.noted.clear()
    Bot(doors.app, notebook).once()
    noted = {read.viewer.account: read for read in doors.noted}
    assert {person(viewer) for viewer in viewers} <= noted.keys()
    for entry in notebook.posts:
        _, viewer, number = entry.reply_to.split("-")
        doors.replies[viewer].append(Reply("bot", "search", SUBJECTS[int(number)], f"{entry.text} {entry.links}".encode(), _all(doors.noted)))
    write(doors.app, [{"delete": line["id"], "network": NETWORK} for line in lines])


def _all(noted: list[Reading]) -> frozenset[tuple[str, str]]:
    return frozenset(post for read in noted for post in read.posts)


def write(app: App, lines: list[dict[str, Any]]) -> None:
    path = app.settings.data / "doors.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = app.ingest(app.source(str(path)))
    path.unlink()
    assert not done.refused, done.reasons


def messengers(doors: Doors) -> None:
    """The door of workplace messengers, which see what everybody sees."""
    for name in SUBJECTS:
        body = json.dumps({"text": subject(name).question, "once": name}).encode()
        headers = {"Oscine-Signature": signature(SECRET, body, int(time.time()))}
        doors.call("anonymous", "messengers", "search", "POST", "/v1/messengers/webhook", headers, name, content=body)


def stream(doors: Doors, viewer: str, secret: str, key: str) -> None:
    """An open stream, from the first post on, ended by revoking its key."""
    doors.noted.clear()
    opened = threading.Thread(target=doors.call, args=(viewer, "stream", "read", "GET", "/v1/stream", bearer(secret)), kwargs={"params": {"after": "1"}})
    opened.start()
    for _ in range(200):
        if any(read.door == "stream" and len(read.posts) > 3 for read in doors.noted):
            break
        time.sleep(0.05)
    access.revoke(doors.app.database, key)
    opened.join(30)
    assert b"This key was revoked." in doors.replies[viewer][-1].body


@pytest.fixture(scope="module")
def world(_open: Database, data: Path) -> Iterator[dict[bool, Doors]]:
    """The network, with a server where authors are taken to agree (False), and one where they are asked to opt in (True)."""
    _open.execute(EMPTY)
    made = {}
    for opt_in in (False, True):
        policy = "opt-in" if opt_in else "allow"
        app = App(Settings(data=data, embedding="none", reader="none", language_model="none", labels="none", network=NETWORK, public_url=HOME, bot_hourly=1000,
                           requests_per_minute=10_000_000, training_policy=policy, bulk_policy=policy, messenger_secret=SECRET))  # fmt: skip
        app.__dict__["database"] = _open
        made[opt_in] = app
    write(made[False], network.lines())
    made[False].feed_generators.add(FeedGenerator(name="ferries", title="Ferries", query="ferry"))
    clients = {opt_in: TestClient(server.create(app), HOME, client=("10.0.0.7", 50_000), raise_server_exceptions=False) for opt_in, app in made.items()}
    with clients[False], clients[True]:
        opened = {opt_in: Doors(app, clients[opt_in]) for opt_in, app in made.items()}
        opened[False].app.spelling.refresh()
        walk(opened)
        yield opened
    _open.execute(EMPTY)


def walk(opened: dict[bool, Doors]) -> None:
    """Everybody through every door."""
    doors = opened[False]
    signers = {viewer: Signer(person(viewer)) for viewer in PEOPLE if viewer not in ("anonymous", "author")}
    doors.app.__dict__["service_tokens"] = ServiceTokens(AUDIENCE, "bsky_fg", Directory(*signers.values()))
    for viewer in PEOPLE[:-1]:
        _, secret = doors.key("read", "chat", who=person(viewer) if viewer != "anonymous" else "")
        through(doors, viewer, bearer(secret))
        ferries(doors, viewer, signers.get(viewer))
    for name in SUBJECTS:
        acting = Viewer(network=subject(name).network, account=subject(name).author)
        secret, _ = access.create(doors.app.database, "test", ["read", "chat"], [], acting)
        through(doors, "author", bearer(secret), name)
    for name, licence in LICENCES.items():
        here = opened[f"licence {name}" in OPT_IN]
        key, secret = here.key("read", "chat", who=person("follower") if name == "circle" else "", licence=licence, ended=name == "ended")
        if name == "revoked":
            access.revoke(here.app.database, key)
        through(here, f"licence {name}", bearer(secret))
    key, secret = doors.key("read", licence=LICENCES["bulk"])
    stream(doors, "licence bulk", secret, key)
    messengers(doors)
    bot(doors, ("stranger", "follower", "blocked"))
    serving, admin = doors.key("serve")[1], doors.key("admin")[1]
    for viewer in ("stranger", "blocked"):
        around = {"posts": [subject(name).id for name in SUBJECTS], "person": f"{NETWORK}/{person(viewer)}"}
        doors.call(viewer, "ads", "read", "POST", "/v1/ads/decide", bearer(serving), json=around)
        doors.call(viewer, "ads, why", "read", "POST", "/v1/ads/explain", bearer(admin), json=around)
        looking = bearer(admin) | {"Oscine-Viewer": f"{NETWORK}/{person(viewer)}"}
        doors.call(viewer, "search as somebody", "search", "GET", "/v1/search", looking, params={"q": "ferry", "limit": 100, "fold": "false"})


@pytest.fixture(scope="module")
def replies(world: dict[bool, Doors]) -> dict[str, list[Reply]]:
    """All that came out, by viewer."""
    return {viewer: world[viewer in OPT_IN].replies[viewer] for viewer in VIEWERS}


def told(body: bytes, one: Subject, asked: bool) -> list[str]:
    """Which of the three things that tell a post stand in the bytes; its id is no news to who asked by it."""
    things = {"text": one.secret, "name": one.author[8:], "id": one.id}
    return [thing for thing, text in things.items() if text.encode() in body and not (asked and thing == "id")]


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("viewer", [viewer for viewer in VIEWERS if viewer != "author"])  # of whom there is one for each post: below
def test_what_comes_out_is_what_may(replies: dict[str, list[Reply]], viewer: str, name: str) -> None:
    one, allowed = subject(name), may(viewer, name)
    seen: set[str] = set()
    assert replies[viewer], "somebody went through the doors"
    for reply in replies[viewer]:
        found = told(reply.body, one, reply.asked == name)
        public = reply.kind == "public" and may("anonymous", name) == "s"
        fine = allowed in "sa" or (allowed == SEEN and reply.kind == "read") or public
        assert fine or not found, (reply.door, found, reply.body[:2000])
        if viewer == network.TEXTLESS:
            assert "text" not in found, reply.door
        if viewer == network.NAMELESS:
            assert not {"name", "id"} & set(found), reply.door
        seen |= {*found}
    wanted = "name" if viewer == network.TEXTLESS else "text"
    assert (wanted in seen) == (allowed != "."), (allowed, seen)


@pytest.mark.parametrize("name", SUBJECTS)
def test_authors_see_their_own_and_no_more_of_others_than_anybody_signed_in(replies: dict[str, list[Reply]], name: str) -> None:
    mine = [reply for reply in replies["author"] if reply.asked == name]
    assert mine and any(subject(name).secret.encode() in reply.body for reply in mine)
    for reply in mine:
        for other in set(SUBJECTS) - {name}:
            allowed = may("stranger", other)
            fine = allowed == "s" or (allowed == SEEN and reply.kind == "read")
            assert fine or not told(reply.body, subject(other), False), (reply.door, other)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_what_came_out_stands_in_the_log_of_that_call(replies: dict[str, list[Reply]], viewer: str) -> None:
    """But for what is made of public posts for everybody, and for people, who are found as people."""
    for reply in replies[viewer]:
        if reply.kind == "public" or "people" in reply.door or "accounts" in reply.door or "trending" in reply.door or reply.door == "proposals":
            continue
        for one in map(subject, SUBJECTS):
            if one.secret.encode() in reply.body or (reply.door == "xrpc" and one.id.encode() in reply.body):
                assert (one.network, one.id) in reply.noted, (reply.door, one.name)


def test_a_licence_passes_no_door_that_it_does_not_cover(world: dict[bool, Doors]) -> None:
    status = {(door, viewer): codes for doors in world.values() for (door, viewer), codes in doors.status.items()}
    for name, licence in LICENCES.items():
        viewer, uses = f"licence {name}", set(licence["uses"])
        shut = {"ended": 403, "revoked": 401}.get(name)
        for door, use in {"search": "search", "post": "read", "ask": "answer", "export": "export", "explain": "answer"}.items():
            want = shut or (200 if use in uses and not (name in ("no text", "no author") and door in ("search", "ask", "explain")) else 403)
            if name == "no author" and door == "search":
                want = 200
            if door == "post" and want == 200:
                assert status[door, viewer] <= {200, 404}
            else:
                assert status[door, viewer] in ({want}, {want, 404}), (door, viewer)
        for door in ("feed newest", "feed for you", "trending", "related", "digest", "catch-up", "proposals", "saved"):
            assert status[door, viewer] <= {401, 403}, (door, viewer)


def test_there_are_enough_cases_and_doors(world: dict[bool, Doors], replies: dict[str, list[Reply]]) -> None:
    doors = {reply.door for each in replies.values() for reply in each}
    assert len(VIEWERS) * len(SUBJECTS) >= 200 and len(doors) >= 35, (len(VIEWERS) * len(SUBJECTS), sorted(doors))
    open_to = {door for door in doors if any(codes & {200, 201} for (name, _), codes in world[False].status.items() if name == door)}
    assert doors - open_to <= {"draft a reply", "bot"}, "a door that is shut to everybody shows nothing"


def test_the_operators_own_export_asks_the_authors(world: dict[bool, Doors]) -> None:
    for opt_in, wanted in ((False, network.EXPORTED), (True, {"all allowed"})):
        doors = world[opt_in]
        body = doors.client.get("/v1/export", headers=bearer(doors.key("admin")[1])).content
        assert {name for name in SUBJECTS if told(body, subject(name), False)} == wanted


@pytest.mark.parametrize("opt_in", [False, True])
def test_a_corpus_holds_who_may_be_trained_on(world: dict[bool, Doors], opt_in: bool) -> None:
    pl = pytest.importorskip("polars")
    app, name = world[opt_in].app, f"doors-{opt_in}".lower()
    app.corpora.build(name, [], "", {"hold_authors": 0.0, "hold_newest": 0.0}, replace=True)
    folder = Path(app.corpora.path(name))
    files = [path for path in folder.rglob("*") if path.is_file()]
    decoded = [pl.read_parquet(path).write_json().encode() for path in files if path.suffix == ".parquet"]
    assert decoded
    body = b"\n".join([*(path.read_bytes() for path in files), *decoded])
    texts = {one for one in SUBJECTS if subject(one).secret.encode() in body}
    assert texts == ({"all allowed"} if opt_in else network.TRAINED_ON)


@pytest.mark.parametrize("opt_in", [False, True])
def test_examples_to_teach_by_hold_who_may_be_trained_on(world: dict[bool, Doors], tmp_path: Path, opt_in: bool) -> None:
    app, questions, out = world[opt_in].app, tmp_path / "questions.jsonl", tmp_path / "examples.jsonl"
    questions.write_text("".join(
        json.dumps({"question": subject(name).question, "answers": [f"pier {subject(name).secret}"], "post_id": subject(name).id}) + "\n" for name in SUBJECTS
    ))  # fmt: skip
    out.touch()
    with contextlib.suppress(InputError) if opt_in else contextlib.nullcontext():  # of one post alone there may be no example
        app.tuning.write(Wanted("answers", None, questions), out, lambda: (app.search, app.view(ANONYMOUS)))
    found = {one for one in SUBJECTS if subject(one).secret.encode() in out.read_bytes()}
    assert found <= ({"all allowed"} if opt_in else network.TRAINED_ON) and (found or opt_in)


def test_the_ranker_learns_from_public_posts(world: dict[bool, Doors]) -> None:
    database = world[False].app.database
    known = set(interactions.read(database, 1000).numbers.tolist())
    rows = database.rows("SELECT id, key, visibility FROM posts")
    assert {row["visibility"] for row in rows if row["id"] in known} == {"public"}


def test_the_log_of_accesses_names_no_post_and_nobody(world: dict[bool, Doors]) -> None:
    app = world[False].app
    app.access_log.keep({(NETWORK, subject(name).author): 1 for name in SUBJECTS}, "search", "k1", Viewer(network=NETWORK, account=person("stranger")))
    body = b"".join(app.access_log.export())
    assert body.count(b"\n") > 1
    assert not [name for name in SUBJECTS if told(body, subject(name), False)] and b"stranger" not in body


VERBS = [
    (["search", "ferry", "--limit", "100", "--no-fold", "--json"], "blocked", "s"),
    (["export"], "", "r"),
]


@pytest.mark.parametrize(("verb", "viewer", "kind"), VERBS, ids=lambda part: str(part)[:20])
def test_commands_show_what_their_viewer_may_see(world: dict[bool, Doors], data: Path, verb: list[str], viewer: str, kind: str) -> None:
    log = world[False].app.access_log
    before = log.counts()["entries"]
    command = [sys.executable, "-m", "oscine", *verb, *(["--as", f"{NETWORK}/{person(viewer)}"] if viewer else []), "--data", str(data)]
    settings = {"OSCINE_EMBEDDING": "none", "OSCINE_NETWORK": NETWORK, "OSCINE_READER": "none", "OSCINE_LABELS": "none"}
    done = subprocess.run(command, capture_output=True, timeout=240, env={**os.environ, **settings}, check=True)
    found = {name for name in SUBJECTS if told(done.stdout, subject(name), False)}
    if kind == "r":
        assert found == network.EXPORTED
    else:
        assert found == {name for name in SUBJECTS if may(viewer or "anonymous", name) == "s"}
    (entry, *_), _ = log.show(limit=1)
    assert log.counts()["entries"] > before and (entry["door"] == "export" or entry["door"].startswith("cli ")) and entry["posts"] >= len(found)
    assert bool(entry["detail"].get("as")) == bool(viewer)
