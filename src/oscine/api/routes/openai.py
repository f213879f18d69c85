"""OpenAI's API over Ask: `POST /v1/chat/completions`, streaming and not, `GET /v1/tools` with `POST /v1/tools/{name}`, and `POST /v1/embeddings`."""

from __future__ import annotations

import base64
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Body, Request
from fastapi.responses import StreamingResponse

from oscine.api import chat, filling, functions, tools
from oscine.api.doors import DOORS
from oscine.api.filling import Schema
from oscine.api.guard import AnyKey, Chatter, Reader, app_of, base_url, viewer
from oscine.api.schemas import ChatRequest, EmbeddingsRequest, Format
from oscine.api.streaming import Standing, guarded
from oscine.ask.ask import Answer
from oscine.errors import EngineUnavailable, InputError, NotFound

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])


@router.post("/chat/completions", summary="Ask, as OpenAI's clients do", response_model=None)
def completions(request: Request, body: ChatRequest, key: Chatter) -> dict[str, Any] | StreamingResponse:
    """Answer the last question of a conversation from the posts, every sentence cited."""
    if body.model != chat.MODEL:
        raise NotFound(f"There is no model {body.model!r} here.", f"Use model {chat.MODEL!r}.")
    functions.check(body)
    reply = chat.Reply(base_url(request), _schema(body.response_format))
    caller = tools.Caller(app_of(request), key, viewer(request, key), base_url(request))
    messages = [{"role": message.role, "content": message.text} for message in body.messages]
    steps = functions.consulted(body, caller, caller.app.ask.steps(caller.view, messages))
    if not body.stream:
        *_, last = steps
        assert isinstance(last, Answer)
        return reply.whole(last, messages)
    standing = Standing(caller.app, key, DOORS["POST", "/v1/chat/completions"])
    first = next(steps)  # what is wrong with the request is an error, not a stream
    usage = bool(body.stream_options and body.stream_options.include_usage)
    events = guarded(caller.app, standing, reply.events(first, steps, messages if usage else None), chat.ended)
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.get("/tools", summary="The network's posts as functions for any model")
def listed(key: AnyKey) -> dict[str, Any]:
    """The tools that this key may use, in the format of OpenAI's `tools`."""
    return {"object": "list", "data": [functions.definition(tool) for tool in tools.permitted(key)]}


@router.post("/tools/{name}", summary="Run a function")
def run(request: Request, name: str, key: AnyKey, arguments: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
    """What a function gives: `text` is for a model to read, the rest is the same as data."""
    caller = tools.Caller(app_of(request), key, viewer(request, key), base_url(request))
    given = tools.call(caller, tools.named(name), arguments)
    return {"tool": name, "text": given.readable(), "result": given.model_dump(mode="json")}


@router.post("/embeddings", summary="Vectors of texts")
def embeddings(request: Request, body: EmbeddingsRequest, _key: Reader) -> dict[str, Any]:
    """The vectors that search uses, of unit length."""
    embedder = app_of(request).embedder()
    if embedder is None:
        raise EngineUnavailable("There is no embedding model.", "Set OSCINE_EMBEDDING.")
    texts = [body.input] if isinstance(body.input, str) else body.input
    if len(texts) > 1_000:
        raise InputError(f"{len(texts)} texts are too many at once.", "Send at most 1,000.")
    vectors = [embedder.embed_query(words) for words in texts] if body.input_type == "query" else list(embedder.embed_passages(texts))
    encoded = [_encoded(vector) if body.encoding_format == "base64" else [float(x) for x in vector] for vector in vectors]
    count = sum(map(chat.words, texts))
    return {
        "object": "list", "model": embedder.name, "usage": {"prompt_tokens": count, "total_tokens": count},
        "data": [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(encoded)],
    }  # fmt: skip


def _schema(wanted: Format | None) -> Schema | None:
    if wanted is None or wanted.type == "text":
        return None
    return filling.DEFAULT if wanted.type == "json_object" else filling.check((wanted.json_schema or {}).get("schema"))


def _encoded(vector: np.ndarray) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()
