"""`POST /v1/drafts`, `POST /v1/completions` and `GET /v1/models`: for those who may, of what they may see, in OpenAI's shapes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.conftest import MakeKey, client_of
from oscine.api import writing
from oscine.app import App
from oscine.cli import cli
from scripted_model import ScriptedModel

Write = Callable[..., Any]
FERRY = "The Quarnholm ferry leaves the pier at seven in the morning all winter."


@pytest.fixture(scope="module")
def _script() -> Iterator[ScriptedModel]:
    running = ScriptedModel()
    yield running
    running.close()


@pytest.fixture
def script(_script: ScriptedModel) -> ScriptedModel:
    _script.script("Good morning!", " The tide is high.", "So be it.")
    return _script


@pytest.fixture
def using(app: App, script: ScriptedModel) -> Callable[[str], TestClient]:
    """A client of an `App` whose model, of this form, is the scripted one."""

    def made(form: Any = "post") -> TestClient:
        app.settings.language_model, app.settings.language_model_url = "http", script.url
        app.settings.language_model_name, app.settings.language_model_form = "scripted", form
        return client_of(app)

    return made


@pytest.fixture
def client(using: Callable[[str], TestClient]) -> TestClient:
    """With a model that continues posts."""
    return using("post")


def test_drafts(client: TestClient, write: Write) -> None:
    write({"id": "ferry", "text": FERRY})
    told = client.post("/v1/drafts", json={"drafts": 2, "seed": 3}).json()
    assert told["drafts"][0] == {"text": "Good morning!", "generated": True, "model": "scripted", "watermarked": False, "flags": []}
    assert [draft["text"] for draft in told["drafts"]] == ["Good morning!", "The tide is high."]
    assert {name: told[name] for name in ("model", "form", "seed", "dropped")} == {
        "model": "scripted", "form": "post", "seed": 3, "dropped": {},
    }  # fmt: skip


def test_what_is_left_out_is_said(client: TestClient, script: ScriptedModel, write: Write) -> None:
    write({"id": "ferry", "text": FERRY})
    script.script(FERRY, "Call +49 171 1234567, damn shit!")
    told = client.post("/v1/drafts", json={"drafts": 1}).json()
    assert told["dropped"] == {"memorised": 1}
    assert (told["drafts"][0]["text"], told["drafts"][0]["flags"]) == ("Call ‹phone›, damn shit!", ["coarse", "masked"])


def test_a_reply_to_what_one_may_not_see(client: TestClient, write: Write, key: MakeKey) -> None:
    write(
        {"id": "shy", "author": "bo", "text": "Only for friends.", "visibility": "followers"},
        {"relation": "follow", "actor": "ann", "target": "bo", "at": "2024-05-01T12:00:00Z"},
        {"id": "mine", "author": "ann", "text": "Hello."},
    )
    for post in ("shy", "nowhere"):
        assert client.post("/v1/drafts", json={"reply_to": post}).status_code == 404
    friend = key("chat", viewer="local/ann")
    assert client.post("/v1/drafts", json={"reply_to": "shy"}, headers=friend).status_code == 200


def test_a_draft_takes_the_right_to_chat(client: TestClient, key: MakeKey) -> None:
    for path, body in (("/v1/drafts", {}), ("/v1/completions", {"model": "scripted", "prompt": "x"})):
        assert client.post(path, json=body, headers=key("read")).status_code == 403
        assert client.post(path, json=body, headers={"Authorization": "Bearer osc_no"}).status_code == 401
        assert client.post(path, json=body, headers=key("chat")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [{"drafts": 0}, {"drafts": 9}, {"temperature": -0.1}, {"temperature": 3}, {"seed": -1}, {"seed": 2**31}, {"beginning": "x" * 501},
     {"reply_to": "\x00"}, {"reply_to": "x" * 600}, {"post": True}, {"beginning": "\ud800"}],
)  # fmt: skip
def test_a_wish_that_cannot_be_met(client: TestClient, body: dict[str, Any]) -> None:
    reply = client.post("/v1/drafts", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "bad_input")


def test_without_a_model(app: App) -> None:
    calls = client_of(app)
    for path, body in (("/v1/drafts", {}), ("/v1/completions", {"model": "x", "prompt": "x"})):
        reply = calls.post(path, json=body)
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "engine_unavailable")
        assert "oscine models use" in reply.json()["error"]["fix"]
    assert [model["id"] for model in calls.get("/v1/models").json()["data"]] == ["oscine"]


def test_the_model_goes_away(client: TestClient, script: ScriptedModel) -> None:
    script.status = 500
    for path, body in (("/v1/drafts", {}), ("/v1/completions", {"model": "scripted", "prompt": "x", "stream": True})):
        assert client.post(path, json=body).status_code == 503


def test_the_model_in_use_is_listed(client: TestClient) -> None:
    ours, theirs = client.get("/v1/models").json()["data"]
    assert ours["id"] == "oscine" and (theirs["id"], theirs["form"]) == ("scripted", "post")


# ── OpenAI's client ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def openai_client(client: TestClient) -> openai.OpenAI:
    """OpenAI's own client, its calls carried to ours without a socket."""
    return openai.OpenAI(base_url=f"{client.base_url}/v1", api_key="none", max_retries=0, http_client=client)


def test_a_completion(openai_client: openai.OpenAI, script: ScriptedModel) -> None:
    script.script(" morning, <Quarnholm>!")
    done = openai_client.completions.create(model="scripted", prompt="Good <|end|>", max_tokens=9, temperature=0.5, seed=4)
    assert (done.choices[0].text, done.choices[0].finish_reason) == (" morning, <Quarnholm>!", "stop")
    assert done.usage and (done.usage.prompt_tokens, done.usage.completion_tokens) == (2, 2)
    [asked] = script.asked
    assert (asked["prompt"], asked["max_tokens"], asked["seed"]) == ("<|post|>Good < |end|>", 9, 4)
    assert openai_client.completions.create(model="scripted", prompt="Good", max_tokens=2).choices[0].finish_reason == "length"


def test_a_completion_streams(openai_client: openai.OpenAI, script: ScriptedModel) -> None:
    script.script(" morning to all of you! Never.")
    asked: Any = {"model": "scripted", "prompt": ["Good"], "echo": True, "stop": ["you! N"], "stream_options": {"include_usage": True}}
    *chunks, last = openai_client.completions.create(stream=True, **asked)
    assert "".join(chunk.choices[0].text for chunk in chunks) == "Good morning to all of "
    assert len(chunks) > 3 and chunks[-1].choices[0].finish_reason == "stop" and last.usage and last.usage.completion_tokens == 4


def test_an_unknown_model_and_several_prompts(openai_client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="no model 'oscine' here that continues"):
        openai_client.completions.create(model="oscine", prompt="x")
    with pytest.raises(openai.BadRequestError, match="2 prompts"):
        openai_client.completions.create(model="scripted", prompt=["x", "y"])


def test_a_model_that_answers_continues_nothing(using: Callable[[str], TestClient]) -> None:
    reply = using("chat").post("/v1/completions", json={"model": "scripted", "prompt": "x"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "bad_input")


@pytest.mark.parametrize("size", [1, 3, 100])
def test_until(size: int) -> None:
    text = "one two three"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join(writing.until(pieces, [])) == text
    assert "".join(writing.until(pieces, ["three", "o t"])) == "one tw"
    assert "".join(writing.until(pieces, ["four"])) == text


# ── one's own voice, and rewriting ───────────────────────────────────────────────────────────────────────────────────


def test_ones_own_voice(using: Callable[[str], TestClient], write: Write, key: MakeKey, script: ScriptedModel) -> None:
    client = using("post")
    write(*({"author": "ann", "text": text} for text in ("small letters, always", "never a capital in sight", "and so it goes on here")))
    told = client.post("/v1/drafts", json={"own_voice": True, "drafts": 1}, headers=key("chat", viewer="local/ann")).json()
    assert told["voice"] == 3 and script.asked[0]["prompt"].count("<|reply|>") == 3 and "small letters, always" in script.asked[0]["prompt"]
    refused = client.post("/v1/drafts", json={"own_voice": True})
    assert refused.status_code == 400 and "acts for no account" in refused.json()["error"]["message"]


def test_what_the_policy_refuses(client: TestClient, script: ScriptedModel) -> None:
    refused = client.post("/v1/drafts", json={"beginning": "Buy cocaine here"})
    assert refused.status_code == 400 and "rule drugs" in refused.json()["error"]["message"] and script.asked == []
    script.script("Buy cocaine here, cheap", "Good morning!")
    told = client.post("/v1/drafts", json={"drafts": 1}).json()
    assert [draft["text"] for draft in told["drafts"]] == ["Good morning!"] and told["dropped"] == {"policy": 1}


def test_rewriting(using: Callable[[str], TestClient], script: ScriptedModel) -> None:
    client = using("chat")
    script.script("It leaves at 8.")
    told = client.post("/v1/rewrite", json={"text": "The ferry leaves at 7.", "style": "shorter"}).json()
    assert told == {
        "text": "It leaves at 8.", "generated": True, "model": "scripted", "watermarked": False, "flags": [], "missed": [],
        "changes": [{"kind": "number", "what": "added", "words": "8"}, {"kind": "number", "what": "lost", "words": "7"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "body", [{"text": "x"}, {"text": "x", "style": "poem"}, {"text": "", "style": "shorter"}, {"text": "x", "style": "language"}]
)
def test_rewriting_wants_a_style(using: Callable[[str], TestClient], body: dict[str, str]) -> None:
    assert using("chat").post("/v1/rewrite", json=body).status_code == 400


def test_rewriting_needs_a_model_that_answers(client: TestClient) -> None:
    assert client.post("/v1/rewrite", json={"text": "x", "style": "shorter"}).status_code == 503


def test_the_verb_rewrite(script: ScriptedModel, tmp_path: Path) -> None:
    script.script("It leaves at 8.")
    model = {"OSCINE_LANGUAGE_MODEL": "http", "OSCINE_LANGUAGE_MODEL_URL": script.url, "OSCINE_LANGUAGE_MODEL_NAME": "scripted"}
    asked = ["rewrite", "-", "--style", "shorter", "--data", str(tmp_path)]
    told = CliRunner(env=model).invoke(cli, asked, input="The ferry leaves at 7.")
    assert (told.exit_code, told.stdout) == (0, "It leaves at 8.\n\n")
    assert "added number: 8" in told.stderr and "lost number: 7" in told.stderr
    assert json.loads(CliRunner(env=model).invoke(cli, [*asked, "--json"], input="The ferry leaves at 7.").stdout)["generated"]
