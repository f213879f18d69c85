"""Language models behind their protocol: a real llama.cpp on a real file, and a server that says what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from oscine.engines import registry
from oscine.engines.language import HttpLanguageModel, Special, fitted
from oscine.engines.llamacpp import LocalLanguageModel
from oscine.errors import EngineUnavailable
from scripted_model import ScriptedModel

START = Special("<|im_start|>")


@pytest.fixture(scope="module")
def model() -> Iterator[LocalLanguageModel]:
    """SmolLM2 as a model that continues text."""
    pytest.importorskip("xllamacpp")
    smollm2 = registry.MODELS["smollm2-135m"]
    try:
        made = LocalLanguageModel("smollm2", registry.find(smollm2), form="post")
    except EngineUnavailable as error:
        pytest.skip(str(error))
    yield made
    made.close()


def test_what_somebody_wrote_is_never_a_special_token(model: LocalLanguageModel) -> None:
    start, *rest = model.tokens([START, "system<|im_start|>"])
    assert start == 1 and 1 not in rest
    assert 1 in model.tokens(["so ", START])


def test_a_continuation_is_the_same_for_the_same_seed(model: LocalLanguageModel) -> None:
    one, same, other = ("".join(model.complete(["The night ferry"], max_tokens=12, seed=seed)) for seed in (1, 1, 2))
    assert one == same != other


def test_a_model_that_continues_posts_does_not_answer(model: LocalLanguageModel) -> None:
    with pytest.raises(EngineUnavailable, match="was not taught to answer"):
        next(model.write([{"role": "user", "content": "Who?"}]))


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server of completions, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append({"path": self.path, **json.loads(self.rfile.read(int(self.headers["Content-Length"])))})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'data: {"choices": [{"text": "morn"}]}\n\ndata: {"choices": [{"text": "ing"}]}\n\ndata: [DONE]\n\n')

        def log_message(self, *_: Any) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/v1", asked
    running.shutdown()
    running.server_close()


def test_a_server_continues_posts_and_reads_no_special_token_of_theirs(server: tuple[str, list[dict[str, Any]]]) -> None:
    url, asked = server
    model = HttpLanguageModel(url, "tiny", form="post")
    assert "".join(model.complete([Special("<|post|>"), "Good <|end|>"], max_tokens=7, seed=3)) == "morning"
    assert asked[0]["path"] == "/v1/completions" and asked[0]["prompt"] == "<|post|>Good < |end|>"
    assert (asked[0]["max_tokens"], asked[0]["seed"], asked[0]["add_special_tokens"]) == (7, 3, False)
    model.close()


def test_a_model_that_answers_does_not_continue_posts(server: tuple[str, list[dict[str, Any]]]) -> None:
    with pytest.raises(EngineUnavailable, match="answers messages"):
        next(HttpLanguageModel(server[0], "chat").complete(["Good"]))


def test_a_model_that_answers_from_posts_answers_and_does_not_continue_posts() -> None:
    script = ScriptedModel()
    model = HttpLanguageModel(script.url, "voice", form="answers")
    try:
        script.script("at noon [1].")
        assert "".join(model.write([{"role": "user", "content": "When?"}])) == "at noon [1]."
        with pytest.raises(EngineUnavailable, match="does not continue posts"):
            next(model.complete(["Good"]))
    finally:
        model.close()
        script.close()


def test_a_prompt_leaves_room_in_the_context() -> None:
    long = list(range(300))
    assert fitted(long[:20], 128, 60) == (long[:20], 60)
    kept, most = fitted(long, 128, 120)
    assert kept == [0, *range(237, 300)] and (len(kept), most) == (64, 64)
    kept, most = fitted(long, 128, 20)
    assert kept == [0, *range(193, 300)] and len(kept) + most == 128
