"""What the model in use writes, on the wire: drafts, and OpenAI's text completions, whole and as events.

It shapes and decides nothing. `usage` counts words, not tokens; `finish_reason` is `length` where as many pieces came as tokens were allowed.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from oscine.api import chat, errors
from oscine.create.drafts import Drafted
from oscine.create.rewrite import Rewritten
from oscine.errors import OscineError


def drafts(given: Drafted) -> dict[str, Any]:
    """Drafts, each marked as generated and by whom, and how many were left out and why."""
    return {
        "drafts": [
            {"text": draft.text, "generated": True, "model": given.model, "watermarked": given.watermarked, "flags": list(draft.flags)}
            for draft in given.drafts
        ],
        "model": given.model, "form": given.form, "seed": given.seed, "dropped": dict(given.dropped),
        "voice": given.voice,
    }  # fmt: skip


def rewritten(given: Rewritten) -> dict[str, Any]:
    """A text said otherwise, marked as generated, with what changed."""
    return {
        "text": given.text, "generated": True, "model": given.model, "watermarked": given.watermarked, "flags": list(given.flags),
        "changes": [change._asdict() for change in given.changes], "missed": list(given.missed),
    }  # fmt: skip


class Completion:
    """One completion of a prompt: its id, and what it has said so far."""

    def __init__(self, model: str, prompt: str, max_tokens: int, echo: bool = False) -> None:
        self._head = {"id": f"cmpl-{uuid.uuid4().hex}", "object": "text_completion", "created": int(time.time()), "model": model}
        self._prompt = prompt
        self._max_tokens = max_tokens
        self._echo = [prompt] if echo else []
        self._said: list[str] = []

    def whole(self, pieces: Iterable[str]) -> dict[str, Any]:
        """The completion in one piece."""
        self._said = list(pieces)
        return self._told("".join([*self._echo, *self._said]), self._finish) | {"usage": self._usage}

    def events(self, pieces: Iterable[str], counted: bool) -> Iterator[str]:
        """The completion as server-sent events; with a last one for usage where it is `counted`."""
        try:
            for piece in self._echo:
                yield chat.data(self._told(piece))
            for piece in pieces:
                self._said.append(piece)
                yield chat.data(self._told(piece))
            yield chat.data(self._told("", self._finish))
            if counted:
                yield chat.data(self._head | {"choices": [], "usage": self._usage})
        except OscineError as error:
            yield chat.data(errors.body(error.code, error.what, error.fix))
        yield "data: [DONE]\n\n"

    def _told(self, said: str, finish: str | None = None) -> dict[str, Any]:
        return self._head | {"choices": [{"index": 0, "text": said, "finish_reason": finish, "logprobs": None}]}

    @property
    def _finish(self) -> str:
        return "length" if len(self._said) >= self._max_tokens else "stop"

    @property
    def _usage(self) -> dict[str, int]:
        asked, answered = chat.words(self._prompt), chat.words("".join(self._said))
        return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def until(pieces: Iterable[str], stops: list[str]) -> Iterator[str]:
    """The pieces up to the first of the stop strings, which may begin in one piece and end in another."""
    held = ""
    keep = max(map(len, stops), default=1) - 1
    for piece in pieces:
        held += piece
        found = [place for stop in stops if (place := held.find(stop)) >= 0]
        if found:
            held = held[: min(found)]
            break
        ready = len(held) - keep
        if ready > 0:
            yield held[:ready]
            held = held[ready:]
    if held:
        yield held
