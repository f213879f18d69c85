"""What is new for a saved search, and a webhook that is told of it, on a real receiver."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from oscine import access
from oscine.app import App
from oscine.records import ANONYMOUS, Viewer
from oscine.search import saved as news
from oscine.search.background import Background
from oscine.search.saved import Webhooks
from oscine.store.saved import SavedSearch

Write = Callable[..., Any]
ANN = Viewer(network="local", account="ann")


def fresh(app: App, saved: SavedSearch, **options: Any) -> list[str]:
    view = app.view(saved.viewer)
    found = news.new(app.search, view, saved, app.saved.arrived(), **options)
    counted = news.count(app.search, view, saved, app.saved.arrived())
    assert options or counted == len(found), "the count is of what is shown"
    return [seen.post.id for seen in found]


def test_new_is_what_arrived_since(app: App, write: Write) -> None:
    write({"id": "old", "text": "a storm"})
    saved = app.saved.add("local", ANONYMOUS, "storms", "storm -rain")
    assert fresh(app, saved) == []
    write(
        {"id": "a", "text": "another storm", "created_at": "2001-01-01T00:00:00Z"},
        {"id": "b", "text": "storms!"},
        {"id": "c", "text": "storm and rain"},
        {"id": "d", "text": "storm for few", "visibility": "followers"},
        {"id": "e", "text": "storm", "labels": ["spam"]},
    )
    assert fresh(app, saved) == ["b", "a"], "whenever it was written, the latest arrival first"
    assert fresh(app, saved, limit=1) == ["b"]
    write({"delete": "b"})
    assert fresh(app, saved) == ["a"]
    app.saved.looked("key:local", saved.id, app.saved.arrived())
    assert fresh(app, app.saved.one("key:local", saved.id)) == []


def test_new_is_seen_with_the_savers_eyes(app: App, write: Write) -> None:
    at = "2024-05-01T12:00:00Z"
    write(
        {"relation": "follow", "actor": "ann", "target": "bob", "at": at}, {"relation": "block", "actor": "eve", "target": "ann", "at": at}
    )
    mine, everybodys = app.saved.add("local", ANN, "a", "storm"), app.saved.add("local", ANONYMOUS, "a", "storm")
    write(
        {"id": "few", "author": "bob", "text": "storm", "visibility": "followers"},
        {"id": "blocked", "author": "eve", "text": "storm"},
        {"id": "all", "author": "cleo", "text": "storm"},
    )
    assert fresh(app, mine) == ["few", "all"]
    assert fresh(app, everybodys) == ["blocked", "all"]


class Receiver(ThreadingHTTPServer):
    """Keeps what it gets, and answers `answer`."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer = 204
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    def told(self) -> list[list[str]]:
        return [[post["id"] for post in json.loads(body)["posts"]] for _, body in self.got]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def webhooks(app: App) -> Webhooks:
    """Allowed to reach this computer, where the receiver is."""
    return Webhooks(app.saved, app.search, app.view, ["127.0.0.1/32"])


def again(app: App) -> None:
    """The time of the next try has come."""
    app.database.execute("UPDATE saved_searches SET next_try = now() WHERE next_try < 'infinity'")


def test_a_delivery_is_signed_and_told_once(app: App, write: Write, webhooks: Webhooks, receiver: Receiver) -> None:
    saved = app.saved.add("local", ANONYMOUS, "storms", "storm", receiver.url, "the secret")
    assert webhooks.tell() == 0 and receiver.got == []
    write({"id": "a", "text": "a storm é"}, {"id": "b", "text": "sun"}, {"id": "c", "text": "storm", "content_warning": "wind"})
    assert webhooks.tell() == 1 and webhooks.tell() == 0
    ((headers, body),) = receiver.got
    told = json.loads(body)
    assert told["saved_search"] == {"id": saved.id, "name": "storms", "query": "storm"}
    assert [(post["id"], post["text"], post["blurred"]) for post in told["posts"]] == [("a", "a storm é", None), ("c", "storm", "wind")]
    moment, _, given = headers["Oscine-Signature"].removeprefix("t=").partition(",v1=")
    assert given == hmac.new(b"the secret", moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert "the secret" not in str(headers) + body.decode()
    write({"id": "d", "text": "storm"})
    assert webhooks.tell() == 1 and receiver.told() == [["a", "c"], ["d"]]


def test_many_come_in_batches(app: App, write: Write, webhooks: Webhooks, receiver: Receiver) -> None:
    app.saved.add("local", ANONYMOUS, "storms", "storm", receiver.url, "s")
    write(*({"id": f"p{n:03}", "text": "storm"} for n in range(120)))
    while webhooks.tell():
        again(app)
    assert [len(told) for told in receiver.told()] == [50, 50, 20] and len({id for told in receiver.told() for id in told}) == 120


def test_a_failure_is_tried_again_with_what_is_left(app: App, write: Write, webhooks: Webhooks, receiver: Receiver) -> None:
    saved = app.saved.add("local", ANONYMOUS, "storms", "storm", receiver.url, "s")
    write({"id": "a", "text": "storm"}, {"id": "b", "text": "storm"})
    receiver.answer = 500
    assert webhooks.tell() == 0 and webhooks.tell() == 0 and receiver.told() == [["a", "b"]], "not at once"
    assert app.saved.one("key:local", saved.id).trouble == "it answered 500"
    write({"delete": "a"})
    receiver.answer = 200
    again(app)
    assert webhooks.tell() == 1 and receiver.told()[1:] == [["b"]], "what was deleted meanwhile is not told"
    assert app.saved.one("key:local", saved.id).trouble == ""


def test_what_was_deleted_or_closed_is_not_told(app: App, write: Write, webhooks: Webhooks, receiver: Receiver) -> None:
    app.saved.add("local", ANN, "storms", "storm", receiver.url, "s")
    write(
        {"id": "a", "text": "storm", "author": "bob"},
        {"id": "b", "text": "storm", "author": "eve"},
        {"id": "c", "text": "storm", "author": "cleo"},
    )
    write({"delete": "a"}, {"relation": "block", "actor": "eve", "target": "ann", "at": "2024-05-01T12:00:00Z"})
    webhooks.tell()
    assert receiver.told() == [["c"]]


def test_nothing_is_told_for_a_key_that_was_revoked(app: App, write: Write, webhooks: Webhooks, receiver: Receiver) -> None:
    _, key = access.create(app.database, "test", ["read"], [], ANONYMOUS)
    app.saved.add(key.id, ANONYMOUS, "storms", "storm", receiver.url, "s")
    write({"text": "storm"})
    access.revoke(app.database, key.id)
    webhooks.tell()
    assert receiver.got == []


def test_an_address_inside_is_not_called(app: App, write: Write, receiver: Receiver) -> None:
    saved = app.saved.add("local", ANONYMOUS, "storms", "storm", receiver.url, "s")
    write({"text": "storm"})
    assert app.webhooks.tell() == 0 and receiver.got == []
    assert "is not a public address" in app.saved.one("key:local", saved.id).trouble


def test_one_that_does_not_answer_holds_up_no_other(app: App, write: Write, webhooks: Webhooks, receiver: Receiver) -> None:
    app.saved.add("local", ANONYMOUS, "a", "storm", "http://127.0.0.1:1/", "s")
    app.saved.add("local", ANONYMOUS, "b", "storm", receiver.url, "s")
    write({"id": "a", "text": "storm"})
    assert webhooks.tell() == 1 and receiver.told() == [["a"]]
    assert "did not answer" in app.saved.named("key:local", "a").trouble


def test_it_goes_on_in_the_background(app: App, write: Write, webhooks: Webhooks, receiver: Receiver) -> None:
    app.saved.add("local", ANONYMOUS, "storms", "storm", receiver.url, "s")
    came = threading.Event()

    def tell() -> int:
        told = webhooks.tell()
        if told:
            came.set()
        return told

    worker = Background("webhooks", tell, pause=0.05)
    worker.start()
    try:
        write({"id": "a", "text": "storm"})
        assert came.wait(20)
    finally:
        worker.stop()
    assert receiver.told() == [["a"]] and not worker.is_alive()
