"""OpenAI's API over Ask: `POST /v1/chat/completions`, streaming and not, and `POST /v1/embeddings`.

Model `oscine` answers from the posts. Citations are `url_citation` annotations that point at stretches of the message; the extra field
`oscine` holds the answer by sentence with the posts. Token counts in `usage` are counts of words: no tokenizer is involved.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool

from oscine import text
from oscine.api import errors, schemas
from oscine.api.guard import Chatter, Reader, app_of, viewer
from oscine.api.schemas import ChatRequest, EmbeddingsRequest
from oscine.ask.answer import Sentence
from oscine.ask.ask import Answer, Sources, Step
from oscine.errors import EngineUnavailable, InputError, NotFound, OscineError
from oscine.view import SeenPost

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])
MODEL = "oscine"
BETWEEN = "\n\n"  # sentences


@router.post("/chat/completions", summary="Ask, as OpenAI's clients do", response_model=None)
def chat(request: Request, body: ChatRequest, key: Chatter) -> dict[str, Any] | StreamingResponse:
    """Answer the last question of a conversation from the posts, every sentence cited."""
    if body.model != MODEL:
        raise NotFound(f"There is no model {body.model!r} here.", f"Use model {MODEL!r}.")
    app = app_of(request)
    messages = [{"role": message.role, "content": message.text} for message in body.messages]
    steps = app.ask.steps(app.view(viewer(request, key)), messages)
    reply = _Reply(_base_url(request))
    if not body.stream:
        *_, last = steps
        assert isinstance(last, Answer)
        return reply.whole(last, messages)
    first = next(steps)  # what is wrong with the request is an error, not a stream
    usage = bool(body.stream_options and body.stream_options.include_usage)
    events = iterate_in_threadpool(reply.events(first, steps, messages if usage else None))
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


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
    count = sum(map(_words, texts))
    return {
        "object": "list", "model": embedder.name, "usage": {"prompt_tokens": count, "total_tokens": count},
        "data": [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(encoded)],
    }  # fmt: skip


def _encoded(vector: np.ndarray) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def _base_url(request: Request) -> str:
    return app_of(request).settings.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"


class _Reply:
    """One reply: its id, and the citations found so far."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}
        self._said = ""

    def whole(self, given: Answer, messages: list[dict[str, str]]) -> dict[str, Any]:
        """The reply in one piece."""
        annotations = [note for sentence in given.sentences for note in self._say(sentence)]
        message = {"role": "assistant", "content": given.text, "refusal": None, "annotations": annotations}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": _usage(messages, given.text),
            "oscine": schemas.answer(given),
        }

    def events(self, first: Step, steps: Iterator[Step], counted: list[dict[str, str]] | None) -> Iterator[str]:
        """The reply as server-sent events; with a last one for usage where `counted` are the messages."""
        yield self._event({"role": "assistant", "content": ""})
        try:
            for step in _chain(first, steps):
                if isinstance(step, Sources):
                    yield self._event({}, {"posts": [schemas.post(seen) for seen in step.posts], "search": step.search})
                elif isinstance(step, Sentence):
                    joint = BETWEEN if self._said else ""
                    notes = self._say(step)
                    yield self._event({"content": joint + step.text, "annotations": notes}, {"sentence": schemas.sentence(step)})
                else:
                    if step.refused:
                        yield self._event({"content": step.text})
                    yield self._event({}, schemas.answer(step), finish="stop")
                    if counted is not None:
                        yield _data({**self._head, "object": "chat.completion.chunk", "choices": [], "usage": _usage(counted, step.text)})
        except OscineError as error:
            yield _data(errors.body(error.code, error.what, error.fix))
        yield "data: [DONE]\n\n"

    def _say(self, sentence: Sentence) -> list[dict[str, Any]]:
        """Add a sentence; its citations, as stretches of all that was said."""
        start = len(self._said) + (len(BETWEEN) if self._said else 0)
        self._said += (BETWEEN if self._said else "") + sentence.text
        return [self._citation(start, seen) for seen in sentence.sources]

    def _citation(self, start: int, seen: SeenPost) -> dict[str, Any]:
        where = {"start_index": start, "end_index": len(self._said)}
        return {"type": "url_citation", "url_citation": {**where, "title": _title(seen), "url": self._base_url + schemas.page(seen)}}

    def _event(self, delta: dict[str, Any], extra: dict[str, Any] | None = None, finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _data({**self._head, "object": "chat.completion.chunk", "choices": [choice], **({"oscine": extra} if extra else {})})


def _chain(first: Step, rest: Iterator[Step]) -> Iterator[Step]:
    yield first
    yield from rest


def _title(seen: SeenPost) -> str:
    return f"{seen.author.name or seen.author.handle}, {seen.post.created_at:%Y-%m-%d}"


def _data(event: dict[str, Any]) -> str:
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n"


def _usage(messages: list[dict[str, str]], said: str) -> dict[str, int]:
    asked, answered = sum(_words(message["content"]) for message in messages), _words(said)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def _words(words: str) -> int:
    return len(text.tokens(words))
