"""Answers in OpenAI's shapes: a chat completion in one piece or as events, with citations, or as JSON in a client's schema.

It shapes what Ask gave and decides nothing about it. Citations are `url_citation` annotations that point at stretches of the message; the extra
field `oscine` holds the answer by sentence with the posts. Token counts in `usage` are counts of words: no tokenizer is involved.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from oscine import text
from oscine.api import errors, filling, schemas
from oscine.api.filling import Schema
from oscine.ask.answer import Sentence
from oscine.ask.ask import Answer, Sources, Step
from oscine.engines.language import Message
from oscine.errors import InputError, NotAllowed, OscineError
from oscine.view import SeenPost

MODEL = "oscine"
BETWEEN = "\n\n"  # sentences
YES = frozenset("yes oui sì si ja sí sim".split())
NO = frozenset("no non nein não nee".split())


class Reply:
    """One reply: its id, and the citations found so far; with a `schema` its content is JSON."""

    def __init__(self, base_url: str, schema: Schema | None = None) -> None:
        self._base_url = base_url
        self._schema = schema
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}
        self._said = ""

    def whole(self, given: Answer, messages: Sequence[Message]) -> dict[str, Any]:
        """The reply in one piece. Raises `InputError` where the answer cannot fill the schema."""
        content, refusal = (given.text, None) if self._schema is None else self._filled(given, self._schema)
        annotations = [note for sentence in given.sentences for note in self._say(sentence)]
        message = {"role": "assistant", "content": content, "refusal": refusal, "annotations": annotations if self._schema is None else []}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
            "usage": _usage(messages, given.text),
            "oscine": schemas.answer(given),
        }

    def _filled(self, given: Answer, schema: Schema) -> tuple[str | None, str | None]:
        """The content as JSON, or the refusal where nothing is said and the schema has no place to say so."""
        try:
            return json.dumps(filling.fill(schema, facts(given, self._base_url)), ensure_ascii=False), None
        except InputError:
            if given.refused:
                return None, given.text
            raise

    def events(self, first: Step, steps: Iterator[Step], counted: Sequence[Message] | None) -> Iterator[str]:
        """The reply as server-sent events; with a last one for usage where `counted` are the messages."""
        yield self._event({"role": "assistant", "content": ""})
        try:
            for step in _chain(first, steps):
                yield from self._told(step)
                if isinstance(step, Answer) and counted is not None:
                    yield data({**self._head, "object": "chat.completion.chunk", "choices": [], "usage": _usage(counted, step.text)})
        except OscineError as error:
            yield data(errors.body(error.code, error.what, error.fix))
        yield "data: [DONE]\n\n"

    def _told(self, step: Step) -> Iterator[str]:
        if isinstance(step, Sources):
            yield self._event({}, {"posts": [schemas.post(seen) for seen in step.posts], "search": step.search})
        elif isinstance(step, Sentence):
            joint = BETWEEN if self._said else ""
            notes = self._say(step)
            said = {"content": joint + step.text, "annotations": notes} if self._schema is None else {}
            yield self._event(said, {"sentence": schemas.sentence(step)})
        else:
            if self._schema is not None:
                content, refusal = self._filled(step, self._schema)
                yield self._event({"content": content} if refusal is None else {"refusal": refusal})
            elif step.refused:
                yield self._event({"content": step.text})
            yield self._event({}, schemas.answer(step), finish="stop")

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
        return data({**self._head, "object": "chat.completion.chunk", "choices": [choice], **({"oscine": extra} if extra else {})})


def facts(given: Answer, base_url: str) -> dict[str, Any]:
    """An answer as `filling` reads it. The confidence is the answer's own, where it has one."""
    sources = {seen.number: _source(seen, base_url) for sentence in given.sentences for seen in sentence.sources}
    short = schemas.short(given) or (given.sentences[0].text if given.sentences else given.text)
    listed = list(sources.values())
    return {
        "kind": "answer", "as_text": given.text, "answer": given.text, "short": short, "verdict": _verdict(short),
        "refused": given.refused, "answered": not given.refused, "status": "refused" if given.refused else "answered",
        "question": given.question, "search": given.search, "model": given.model, "count": len(listed),
        "sentences": [_sentence(said, [sources[seen.number] for seen in said.sources]) for said in given.sentences],
        "sources": listed, "posts": _as("id", listed), "quotes": _as("text", listed), "authors": _as("author", listed),
        "confidence": getattr(given, "confidence", None),
    }  # fmt: skip


def _sentence(said: Sentence, sources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "kind": "sentence", "as_text": said.text, "text": said.text, "stage": said.stage,
        "posts": _as("id", sources), "sources": sources,
    }  # fmt: skip


def _source(seen: SeenPost, base_url: str) -> dict[str, Any]:
    url = base_url + schemas.page(seen)
    told = {"id": seen.post.id, "network": seen.post.network, "author": seen.author.handle, "author_name": seen.author.name,
            "time": schemas.time(seen.post.created_at), "url": url, "text": seen.post.text}  # fmt: skip
    return {"kind": "source", "as_text": url, **told}


def _as(name: str, sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sources, each told by one of its facts where only a text is asked for."""
    return [{**source, "as_text": source[name]} for source in sources]


def _verdict(short: str) -> bool | None:
    """Whether a short answer is a yes or a no, in seven languages."""
    first = next((token.exact for token in text.tokens(short)), "")
    return True if first in YES else False if first in NO else None


def _chain(first: Step, rest: Iterator[Step]) -> Iterator[Step]:
    yield first
    yield from rest


def _title(seen: SeenPost) -> str:
    return ", ".join(filter(None, [seen.author.name or seen.author.handle, f"{seen.post.created_at:%Y-%m-%d}"]))


def ended(reason: str) -> str:
    """The end of a reply whose key stands no longer, as server-sent events."""
    return data(errors.body(NotAllowed.code, reason, "Ask whoever gave the key.")) + "data: [DONE]\n\n"


def data(event: dict[str, Any]) -> str:
    """A server-sent event."""
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n"


def _usage(messages: Sequence[Message], said: str) -> dict[str, int]:
    asked, answered = sum(words(message["content"]) for message in messages), words(said)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def words(said: str) -> int:
    """What stands for tokens in `usage`."""
    return len(text.tokens(said))
