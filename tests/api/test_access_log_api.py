"""The log of accesses over HTTP and on the command line: what each door leaves in it, that it can be verified by whoever asks, and whom it names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.conftest import MakeKey, bearer, client_of, path_of
from oscine import access
from oscine.api.reading import OTHER, door
from oscine.api.server import create
from oscine.app import App
from oscine.cli import base, cli
from oscine.corpus.options import Options
from oscine.errors import DatabaseUnavailable
from oscine.ingest import Events
from oscine.records import PostDeleted, Viewer
from oscine.store import person_keys
from oscine.store.access_log import AccessLog

Write = Callable[..., Any]
NOT_OF_POSTS = {  # paths by which no post is handed out
    "/v1/status", "/metrics", "/healthz", "/v1/operators", "/v1/examples", "/v1/models", "/v1/embeddings", "/v1/evals", "/v1/sessions", "/v1/keys",
    "/v1/access", "/v1/connections", "/v1/certificates", "/v1/sign-in", "/oauth", "/.well-known", "/openapi.json", "/static", "/docs",
}  # fmt: skip


@pytest.fixture
def harbour(write: Write) -> None:
    """Two posts, by two people."""
    write({"id": "p1", "author": "ann", "text": "The ferry leaves at nine."}, {"id": "p2", "author": "bo", "text": "The ferry is late."})


def entries(app: App) -> list[dict[str, Any]]:
    return app.access_log.show()[0]


def name_of(app: App, account: str) -> str:
    return person_keys.pseudonym(app.database, ("local", account))


def test_a_search_leaves_one_entry(app: App, client: TestClient, harbour: None, key: MakeKey) -> None:
    client.get("/v1/search", params={"q": "ferry"}, headers=key("read", viewer="local/bo"))
    (entry,) = entries(app)
    assert (entry["what"], entry["door"], entry["posts"], entry["purpose"], entry["detail"]) == ("read", "search", 2, "", {})
    assert entry["person"] == name_of(app, "bo") and set(entry["authors"]) == {name_of(app, "ann"), name_of(app, "bo")}
    assert len(entry["key"]) == 12


def test_an_admin_who_looks_as_somebody_is_told_so(app: App, client: TestClient, harbour: None, key: MakeKey) -> None:
    client.get(path_of("p1"), headers=key("admin") | {"Oscine-Viewer": "local/bo"})
    (entry,) = entries(app)
    assert (entry["person"], entry["detail"]) == ("", {"as": name_of(app, "bo")}) and entry["detail"]["as"]


def test_an_admin_who_reads_what_waits_for_a_decision_is_told_too(app: App, client: TestClient, harbour: None, key: MakeKey) -> None:
    app.database.execute("INSERT INTO label_appeals (network, post, label, account, words) VALUES ('local', 'p1', 'auto-spam', 'ann', 'It is not.')")
    assert client.get("/v1/labels/queue", headers=key("admin")).json()["appeals"][0]["text"] == "The ferry leaves at nine."
    (entry,) = entries(app)
    assert (entry["door"], entry["posts"], entry["authors"]) == ("labels", 1, [name_of(app, "ann")])


def test_a_licence_is_told_with_its_purpose(app: App, client: TestClient, harbour: None) -> None:
    secret, made = access.create(app.database, "test", ["read"], [], Viewer())
    app.license(made.id, {"holder": "University", "purpose": "research", "uses": ["search"], "fields": ["text", "author"]}, "the operator")
    client.get("/v1/search", params={"q": "ferry"}, headers=bearer(secret))
    read, granted = entries(app)
    assert (read["purpose"], read["detail"], granted["what"]) == ("research", {"holder": "University", "licence": 1}, "granted")
    told = app.access_log.of_person(Viewer(network="local", account="ann"))
    assert (told["by_purpose"], told["newest"][0]["holder"]) == ({"research": 1}, "University")


IDLE = ["/healthz", "/v1/status", "/metrics", "/", "/static/app.css", "/v1/search?q=nothingofthekind", "/v1/posts/nope", "/v1/access/head"]


@pytest.mark.parametrize("path", IDLE)
def test_what_hands_out_no_post_leaves_no_entry(app: App, client: TestClient, harbour: None, path: str) -> None:
    client.get(path)
    assert entries(app) == []


def test_a_reply_is_given_where_the_log_cannot_be_written(app: App, client: TestClient, harbour: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise DatabaseUnavailable("The database does not answer.", "Wait.")

    monkeypatch.setattr(AccessLog, "keep", away)
    assert client.get("/v1/search", params={"q": "ferry"}).json()["posts"]
    assert app.access_log.counts() == {"entries": 0, "unsealed": 0, "lost": 1}
    assert client.get("/v1/access/log").json() == {"entries": [], "after": None, "lost": 1}


def test_every_path_has_a_door_of_its_own(app: App) -> None:
    paths = {path for path in create(app).openapi()["paths"] if path.startswith(("/v1", "/xrpc"))}
    assert len(paths) > 100
    assert {path for path in paths if door(path) == OTHER and not path.startswith(tuple(NOT_OF_POSTS))} == set()
    assert door("/v1/posts/p1/explain") == "explain" and door("/v1/posts/https%3A%2F%2Fx/similar") == "similar" and door("/v1/posts/p1") == "posts"


def test_what_is_changed_is_told(app: App, client: TestClient, harbour: None, key: MakeKey) -> None:
    bo = key("read", "write", viewer="local/bo")
    client.put("/v1/me/choices", json={"training": "deny"}, headers=bo)
    client.delete(path_of("p1"))
    client.post("/v1/me/delete", json={"confirm": "bo"}, headers=bo)
    told = {entry["what"]: entry for entry in reversed(entries(app)) if entry["what"] != "read"}
    assert told["consent"]["detail"] == {"said": {"training": "deny"}} and told["consent"]["person"]
    assert [entry["what"] for entry in entries(app)].count("deleted") == 2 and "bo" not in json.dumps(entries(app)).replace("body", "")
    assert name_of(app, "bo") == "", "and whose the choice was can be told no more"


def test_a_delete_that_a_file_brings_is_counted(app: App, harbour: None) -> None:
    app.ingest(Events([PostDeleted(cursor=1, network="local", id="p1"), PostDeleted(cursor=2, network="local", id="p2")]))
    assert entries(app)[0]["detail"] == {"posts_and_accounts": 2}


def test_whoever_has_the_head_can_hold_the_log_to_it(app: App, client: TestClient, harbour: None) -> None:
    assert client.get("/v1/access/head").json() == {"head": None}
    client.get(path_of("p1"))
    assert client.get("/v1/access/verify").json()["sealed"] == 1
    head = client_of(app, "http://oscine.example", "10.0.0.7").get("/v1/access/head").json()["head"]
    assert head["place"] == 1
    assert client.get("/v1/access/verify", params={"head": json.dumps(head)}).json()["verified"] is True
    app.database.execute("DELETE FROM access_log; DELETE FROM access_heads")
    assert client.get("/v1/access/verify").json()["verified"] is True
    told = client.get("/v1/access/verify", params={"head": json.dumps(head)}).json()
    assert (told["verified"], told["broken"]["place"]) == (False, 1)
    for bad in ("x", "{}", "[" * 1000, json.dumps(head | {"place": 2}), json.dumps(head | {"place": "x"}), "\x00"):
        assert client.get("/v1/access/verify", params={"head": bad}).status_code == 400, bad


def test_a_log_that_does_not_hold_is_an_incident(app: App, client: TestClient, harbour: None) -> None:
    client.get(path_of("p1"))
    app.seal_access_log()
    app.database.execute("UPDATE access_log SET posts = 0")
    for _ in range(2):
        assert client.get("/v1/access/verify").json()["broken"] == {"place": 1, "why": "the entry is not what was sealed"}
    assert app.database.rows("SELECT kind, title, by FROM incidents") == [{"kind": "log", "title": "The log of accesses does not hold", "by": "the software"}]
    app.roll_access_log()
    assert len(entries(app)) == 1, "and nothing of it is rolled away"


@pytest.mark.parametrize("query", [{"what": "\x00"}, {"key": "x" * 101}, {"after": "-1"}, {"after": str(1 << 63)}, {"limit": "0"}, {"after": "x"}])
def test_odd_questions_are_refused_or_answered(client: TestClient, query: dict[str, str]) -> None:
    assert client.get("/v1/access/log", params=query).status_code in (200, 400)


def test_a_corpus_and_the_rankers_learning_stand_in_the_log(app: App, harbour: None, tmp_path: Path) -> None:
    pytest.importorskip("polars")
    app.corpora._usual = Options(hidden_labels=("spam",))
    app.corpora.build("small", [], str(tmp_path / "small"), {"hold_authors": 0.0, "hold_newest": 0.0})
    (entry,) = entries(app)
    assert (entry["what"], entry["door"], entry["posts"], entry["detail"]) == ("read", "corpus", 2, {"corpus": "small"})


def test_on_the_command_line(app: App, client: TestClient, harbour: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verbs, on this `App`; its database stays open."""
    monkeypatch.setattr(base, "app", lambda *_: app)
    monkeypatch.setattr(app, "close", lambda: None)
    client.get("/v1/search", params={"q": "ferry"})
    file, head = tmp_path / "log.ndjson", tmp_path / "head.json"

    def oscine(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["log", *words])
        return done.exit_code, done.output

    assert oscine("verify")[0] == 0
    head.write_text(client.get("/v1/access/head").text)
    code, said = oscine("show")
    assert code == 0 and "read  search" in said and "2 posts of 2 authors" in said
    assert json.loads(oscine("show", "--json", "--what", "granted")[1]) == {"entries": [], "after": None}
    assert oscine("export", "--out", str(file))[0] == 0
    public = json.loads(head.read_text())["head"]["public_key"]
    assert oscine("verify", str(file), "--key", public)[0] == 0
    assert "must be known from elsewhere" in oscine("verify", str(file))[1]
    assert oscine("verify", str(file), "--key", "00" * 32)[0] == 1
    assert json.loads(oscine("verify", "--head", str(head), "--json")[1])["verified"] is True
    file.write_bytes(file.read_bytes().replace(b'"posts":2', b'"posts":3'))
    code, said = oscine("verify", str(file))
    assert (code, said) == (1, "The log does not hold. At place 1: the entry is not what was sealed.\n")
    app.database.execute("UPDATE access_log SET door = 'ask'")
    assert oscine("verify")[0] == 1
