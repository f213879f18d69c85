"""`/v1/labels`: reading texts, what is said of a post and to whom, appeals by authors alone, decisions that count at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import Headers, MakeKey, path_of
from oscine.app import App
from oscine.store.machine_labels import LABELS
from scripted_labels import ScriptedLabels, give

Write = Callable[..., Any]
TEXT = "Buy spam:0.97 now 🐟 and hate:0.93"
APPEAL = {"post": "p1", "network": "local", "label": "auto-hate", "words": "I was quoting"}


@pytest.fixture
def scripted(app: App) -> ScriptedLabels:
    return give(app)


@pytest.fixture
def ann(key: MakeKey) -> Headers:
    return key("read", viewer="local/ann")


@pytest.fixture
def labelled(app: App, write: Write, scripted: ScriptedLabels) -> App:
    """Ann's p1 is labelled spam and hate by the machine; bo's p2 is not."""
    write({"id": "p1", "text": TEXT}, {"id": "p2", "text": "a ferry", "author": "bo"})
    app.label_all()
    return app


def said(client: TestClient, headers: Headers | None = None, post: str = "p1") -> dict[str, dict[str, Any]]:
    reply = client.get(f"/v1/labels/posts/{post}", headers=headers)
    assert reply.status_code == 200, reply.text
    return {one["label"]: one for one in reply.json()["labels"]}


def decide(client: TestClient, label: str, is_so: bool, why: str = "as I see it") -> Any:
    return client.post("/v1/labels/decisions", json={"post": "p1", "network": "local", "label": label, "is": is_so, "why": why})


def test_texts_are_read(client: TestClient, scripted: ScriptedLabels) -> None:
    told = client.post("/v1/labels", json={"texts": [TEXT, "", "a ferry"]}).json()
    assert told["model"] == "scripted-1" and list(told["thresholds"]) == list(LABELS)
    assert [one["said"] for one in told["results"]] == [["hate", "spam"], [], []]
    assert told["results"][0]["labels"] == dict.fromkeys(LABELS, 0.01) | {"spam": 0.97, "hate": 0.93}
    reason = told["results"][0]["reasons"]["hate"]
    assert reason["text"] == TEXT[reason["start"] : reason["end"]] == "hate:0.93"
    assert told["results"][1] == {"labels": dict.fromkeys(LABELS, 0.0), "said": [], "reasons": {}}
    assert scripted.texts == [TEXT, "a ferry"]
    near = client.post("/v1/labels", json={"texts": ["scam:0.4"], "reason": "scam"}).json()["results"][0]
    assert (near["said"], near["reasons"]) == ([], {"scam": {"start": 0, "end": 8, "text": "scam:0.4"}})


@pytest.mark.parametrize("body", [
    b"{}", b'{"texts": []}', b'{"texts": ["\\ud800"]}', b'{"texts": [1]}', json.dumps({"texts": ["x"] * 101}).encode(),
    json.dumps({"texts": ["x" * 10_001]}).encode(), b'{"texts": ["x"], "more": 1}', b'{"texts": ["x", "y"], "reason": "spam"}',
    b'{"texts": ["x"], "reason": "nsfw"}', b"[]", b"{",
], ids=lambda body: body[:40].decode())  # fmt: skip
def test_what_cannot_be_read_is_said(client: TestClient, scripted: ScriptedLabels, body: bytes) -> None:
    reply = client.post("/v1/labels", content=body, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "bad_input"), reply.text


def test_without_a_labeller_it_is_said_what_to_set(client: TestClient) -> None:
    reply = client.post("/v1/labels", json={"texts": ["x"]})
    assert reply.status_code == 503 and "OSCINE_LABELS" in reply.json()["error"]["fix"]
    assert client.get("/v1/labels/queue").json() == {"model": None, "appeals": [], "uncertain": []}


def test_a_post_s_labels_say_who_says_so(labelled: App, client: TestClient, write: Write) -> None:
    write({"id": "p3", "text": "a ferry", "labels": ["nsfw"]})
    assert decide(client, "scam", True, "It sells what is not there.").status_code == 200
    found = said(client)
    assert found["auto-hate"] | {"at": ""} == {
        "label": "auto-hate", "by": "machine", "about": "post", "probability": 0.93, "at": "", "why": "", "appeal": None,
        "reason": {"start": TEXT.index("hate"), "end": len(TEXT), "text": "hate:0.93"},
    }  # fmt: skip
    assert (found["scam"]["by"], found["scam"]["why"], found["scam"]["probability"]) == ("operator", "It sells what is not there.", None)
    assert said(client, post="p3")["nsfw"]["by"] == "author"
    assert said(client, post="p2") == {}


def test_what_one_may_not_see_has_no_labels(labelled: App, client: TestClient, write: Write, key: MakeKey) -> None:
    write({"id": "p4", "text": "hate:0.9", "visibility": "direct"})
    labelled.label_all()
    missing = client.get("/v1/labels/posts/p5").json()["error"]["message"]
    reply = client.get("/v1/labels/posts/p4", headers=key("read", viewer="local/bo"))
    assert (reply.status_code, reply.json()["error"]["message"]) == (404, missing.replace("p5", "p4"))


def test_the_machine_covers_and_hides_nothing(labelled: App, client: TestClient, key: MakeKey) -> None:
    assert client.get(path_of("p1")).json()["blurred"] == "labelled hate by a machine"
    assert decide(client, "hate", False).status_code == 200
    seen = client.get(path_of("p1")).json()
    assert (seen["blurred"], seen["labels"]) == (None, ["auto-spam"])
    decide(client, "spam", True)
    assert client.get(path_of("p1")).status_code == 404  # as hidden_labels says of a person's word
    decide(client, "spam", False)
    assert client.get(path_of("p1")).json()["labels"] is None


def test_an_author_appeals_and_reads_the_decision(labelled: App, client: TestClient, ann: Headers, key: MakeKey) -> None:
    made = client.post("/v1/labels/appeals", json=APPEAL, headers=ann)
    assert made.status_code == 201, made.text
    appeal = made.json()
    assert (appeal["label"], appeal["words"], appeal["upheld"]) == ("hate", "I was quoting", None)
    again = client.post("/v1/labels/appeals", json=APPEAL | {"label": "hate"}, headers=ann)
    assert (again.status_code, "already" in again.json()["error"]["message"]) == (400, True)
    assert said(client, ann)["auto-hate"]["appeal"]["words"] == "I was quoting"
    assert said(client)["auto-hate"]["appeal"] is None and said(client, key("read", viewer="local/bo"))["auto-hate"]["appeal"] is None
    waiting = client.get("/v1/labels/queue").json()["appeals"]
    assert [(one["id"], one["text"], one["author_handle"], one["by"], one["probability"]) for one in waiting] == [(appeal["id"], TEXT, "ann", "machine", 0.93)]
    judged = client.post(f"/v1/labels/appeals/{appeal['id']}", json={"uphold": False, "why": "It quotes a book."})
    assert judged.status_code == 200
    assert set(said(client, ann)) == {"auto-spam"}
    told = [client.get("/v1/labels/posts/p1", headers=headers).json() for headers in (ann, {})]
    assert [(one["mine"], [(each["label"], each["upheld"]) for each in one["appeals"]]) for one in told] == [(True, [("hate", False)]), (False, [])]
    mine = client.get("/v1/labels/appeals", headers=ann).json()["appeals"]
    assert [(one["id"], one["upheld"], one["why"]) for one in mine] == [(appeal["id"], False, "It quotes a book.")]
    assert client.get("/v1/labels/appeals", headers=key("read", viewer="local/bo")).json() == {"appeals": []}
    assert client.get("/v1/labels/queue").json()["appeals"] == []
    assert client.post(f"/v1/labels/appeals/{appeal['id']}", json={"uphold": True, "why": "x"}).status_code == 400
    assert client.post("/v1/labels/appeals", json=APPEAL, headers=ann).status_code == 400  # there is nothing to appeal against any more


def test_an_upheld_label_is_a_person_s_word_and_can_be_appealed_again(labelled: App, client: TestClient, ann: Headers) -> None:
    number = client.post("/v1/labels/appeals", json=APPEAL, headers=ann).json()["id"]
    client.post(f"/v1/labels/appeals/{number}", json={"uphold": True, "why": "The quote is the hate."})
    hate = said(client, ann)["hate"]
    assert (hate["by"], hate["why"], hate["appeal"]["upheld"]) == ("operator", "The quote is the hate.", True)
    assert client.get("/v1/me", headers=ann).json()["labels"][0]["appeal"]["why"] == "The quote is the hate."
    assert client.post("/v1/labels/appeals", json=APPEAL | {"label": "hate"}, headers=ann).status_code == 201
    assert client.get("/v1/labels/queue").json()["appeals"][0]["by"] == "operator"
    assert decide(client, "hate", False).status_code == 200  # decides the appeal with it
    assert client.get("/v1/labels/queue").json()["appeals"] == []


def test_only_the_author_appeals(labelled: App, client: TestClient, key: MakeKey) -> None:
    missing = client.post("/v1/labels/appeals", json=APPEAL | {"post": "gone"}, headers=key("read", viewer="local/ann"))
    for headers in (key("read", viewer="local/bo"), key("read"), {}):
        reply = client.post("/v1/labels/appeals", json=APPEAL, headers=headers)
        assert (reply.status_code, reply.json()["error"]["message"]) == (404, missing.json()["error"]["message"].replace("gone", "p1"))
    assert client.get("/v1/labels/queue").json()["appeals"] == []


@pytest.mark.parametrize("body", [
    APPEAL | {"words": " "}, APPEAL | {"words": "x" * 1001}, APPEAL | {"words": "\x00"}, APPEAL | {"label": "nsfw"}, APPEAL | {"label": "toxic"},
    APPEAL | {"more": 1},
], ids=str)  # fmt: skip
def test_an_appeal_is_about_a_label_that_is_there(labelled: App, client: TestClient, ann: Headers, body: dict[str, Any]) -> None:
    assert client.post("/v1/labels/appeals", json=body, headers=ann).status_code == 400


def test_bad_decisions_are_refused(labelled: App, client: TestClient) -> None:
    assert decide(client, "nsfw", True).status_code == 400
    assert decide(client, "spam", True, " ").status_code == 400
    assert decide(client, "spam", True, "x" * 501).status_code == 400
    body = {"network": "local", "label": "spam", "is": True, "why": "x"}
    assert client.post("/v1/labels/decisions", json=body | {"post": "gone"}).status_code == 404
    lone = json.dumps(body | {"post": "\ud800"}).encode()
    assert client.post("/v1/labels/decisions", content=lone, headers={"Content-Type": "application/json"}).status_code == 400
    assert client.post("/v1/labels/appeals/999999999999", json={"uphold": True, "why": "x"}).status_code == 404
    assert client.post(f"/v1/labels/appeals/{2**63}", json={"uphold": True, "why": "x"}).status_code == 400


def test_what_the_machine_is_unsure_of_waits_for_a_person(labelled: App, client: TestClient, write: Write) -> None:
    write({"id": "p6", "text": "toxic:0.48"})
    labelled.label_all()
    first = min(client.get("/v1/labels/queue").json()["uncertain"], key=lambda one: abs(one["probability"] - 0.5))
    assert first | {"at": ""} == {
        "network": "local", "post": "p6", "text": "toxic:0.48", "author_handle": "ann", "label": "toxic", "probability": 0.48, "at": "",
    }  # fmt: skip


def test_decisions_stand_in_the_log_without_names(labelled: App, client: TestClient, ann: Headers) -> None:
    number = client.post("/v1/labels/appeals", json=APPEAL, headers=ann).json()["id"]
    client.post(f"/v1/labels/appeals/{number}", json={"uphold": True, "why": "Ann wrote it"})
    decide(client, "spam", False, "Ann sells nothing")
    rows = labelled.database.rows("SELECT what, person <> '' AS someone, detail FROM access_log WHERE what <> 'read' ORDER BY id")
    assert [(row["what"], row["someone"], row["detail"].get("label"), row["detail"].get("so")) for row in rows] == [
        ("appealed", True, "hate", None), ("appeal decided", True, "hate", True), ("labelled", True, "spam", False),
    ]  # fmt: skip
    assert "Ann" not in str(rows) and "p1" not in str(rows)
