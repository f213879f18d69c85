"""Language models behind one small protocol, and the one that is an OpenAI-compatible server by its URL; `llamacpp` runs a file, `transformers` a folder.

A model here turns messages into text, or continues a post, and nothing more: what it says is checked elsewhere.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

import httpx

from oscine.errors import EngineUnavailable

Message = dict[str, str]  # {"role": "system" | "user" | "assistant", "content": …}
Form = Literal["chat", "answers", "post"]  # it answers messages, or from posts only (as `teach/` teaches), or it continues posts

TOP_P = 0.95  # a continuation is drawn from the likeliest tokens that hold this much of the probability


class Special(str):
    """A special token by its name, such as `<|post|>`, in a prompt whose other pieces are plain text."""


ENDS = (Special("<|end|>"), Special("<|reply|>"))  # where a post is over


class Call(NamedTuple):
    """A function that a model calls."""

    id: str
    name: str
    arguments: dict[str, Any]

    def as_told(self) -> dict[str, Any]:
        """As the conversation has it."""
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": json.dumps(self.arguments)}}


class LanguageModel(Protocol):
    """Something that writes: answers where its form is `chat`, continuations of posts where it is `post`."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def form(self) -> Form:
        """What it was taught: to answer messages or from posts (`write`), or to continue posts (`complete`)."""
        ...

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        """What it answers, piece by piece as it comes. Raises `EngineUnavailable`, also where its form is `post`."""
        ...

    def complete(self, prompt: Sequence[str], *, max_tokens: int = 120, temperature: float = 0.8, seed: int = 0) -> Iterator[str]:
        """How the post goes on, piece by piece, up to its end; the same for the same seed.

        `prompt` is plain text, in which nothing is a special token, and `Special` tokens: `[Special("<|post|>"), "Good morn"]`.
        Raises `EngineUnavailable`, also where its form is `chat`.
        """
        ...

    def close(self) -> None:
        """Let go of memory and connections."""
        ...


def require(form: Form, name: str, wanted: Form) -> None:
    """Raise `EngineUnavailable` where a model was not taught what is asked of it."""
    if (form == "post") != (wanted == "post"):
        can = "continues posts and was not taught to answer" if form == "post" else "answers messages and does not continue posts"
        raise EngineUnavailable(f"{name} {can}.", "Choose another model with `oscine models use`.")


class HttpLanguageModel:
    """Any OpenAI-compatible server: `/chat/completions` after `base_url`, or `/completions` where its form is `post`."""

    def __init__(self, base_url: str, model: str, key: str = "", timeout: float = 120.0, form: Form = "chat") -> None:
        self.name = model
        self.form: Form = form
        self._seconds = timeout
        self._base = base_url.rstrip("/")
        self._url = self._base + "/chat/completions"
        # A kept connection may be closed by the server just as it is used again; a new one costs nothing beside an answer.
        alone = httpx.Limits(max_keepalive_connections=0)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(headers=headers, timeout=httpx.Timeout(timeout, connect=5.0), limits=alone)

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        """Stream the reply's text; greedy, so that the same posts give the same answer."""
        require(self.form, self.name, "chat")
        body = {"model": self.name, "messages": list(messages), "max_tokens": max_tokens, "temperature": 0, "stream": True}
        yield from self.stream(self._url, body, lambda told: told["choices"][0]["delta"].get("content"))

    def complete(self, prompt: Sequence[str], *, max_tokens: int = 120, temperature: float = 0.8, seed: int = 0) -> Iterator[str]:
        """Stream the continuation. The server reads special tokens in text, so they are broken where they are not meant."""
        require(self.form, self.name, "post")
        text = "".join(piece if isinstance(piece, Special) else piece.replace("<|", "< |") for piece in prompt)
        body = {"model": self.name, "prompt": text, "max_tokens": max_tokens, "temperature": temperature, "top_p": TOP_P, "seed": seed}
        # Two words of vLLM and SGLang: the prompt begins with its BOS already, and an end that is a special token is to be seen.
        marks = {"add_special_tokens": False, "skip_special_tokens": False, "stop": list(ENDS), "stream": True}
        yield from self.stream(self._base + "/completions", body | marks, lambda told: told["choices"][0]["text"])

    def stream(self, url: str, body: Mapping[str, Any], read: Callable[[Any], Any]) -> Iterator[str]:
        """The text that `read` finds in each event of the reply. Raises `EngineUnavailable`."""
        end = time.monotonic() + self._seconds
        try:
            with self._client.stream("POST", url, json=body) as reply:
                if reply.status_code != 200:
                    reply.read()
                    raise EngineUnavailable(
                        f"The language model's server answered {reply.status_code}.", f"Check {url} and the model's name."
                    )
                for piece in _pieces(reply.iter_lines(), read):
                    yield piece
                    if time.monotonic() > end:
                        raise EngineUnavailable("The language model takes too long.", "Use a faster one, or a shorter answer.")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineUnavailable(f"The language model's server cannot be reached ({error}).", f"Check {url}.") from None

    def calls(self, messages: Sequence[Mapping[str, Any]], functions: Sequence[Mapping[str, Any]], max_tokens: int = 300) -> list[Call]:
        """The functions that the model calls next, in OpenAI's shape; none where it calls none. Raises `EngineUnavailable`."""
        body = {"model": self.name, "messages": list(messages), "tools": list(functions), "max_tokens": max_tokens, "temperature": 0}
        return list(_calls(self.post(self._url, body)))

    def post(self, url: str, body: Mapping[str, Any]) -> httpx.Response:
        """One whole reply. Raises `EngineUnavailable`."""
        try:
            reply = self._client.post(url, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineUnavailable(f"The language model's server cannot be reached ({error}).", f"Check {url}.") from None
        if reply.status_code != 200:
            raise EngineUnavailable(f"The language model's server answered {reply.status_code}.", f"Check {url} and the model's name.")
        return reply

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _pieces(lines: Iterator[str], read: Callable[[Any], Any]) -> Iterator[str]:
    for line in lines:
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]":
            continue
        try:
            piece = read(json.loads(data))
        except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
            continue
        if isinstance(piece, str) and piece:
            yield piece.encode(errors="replace").decode()  # half a surrogate pair is no text


def _calls(reply: httpx.Response) -> Iterator[Call]:
    """The calls of a reply that can be read."""
    try:
        told = reply.json()["choices"][0]["message"].get("tool_calls") or []
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return
    for call in told if isinstance(told, list) else []:
        try:
            arguments = json.loads(call["function"]["arguments"] or "{}")
            if isinstance(arguments, dict):
                yield Call(str(call["id"]), str(call["function"]["name"]), arguments)
        except (ValueError, LookupError, TypeError, RecursionError):
            continue


def fitted(prompt: list[int], context: int, most: int) -> tuple[list[int], int]:
    """A prompt and a number of new tokens that a model of `context` tokens has room for: what is furthest back goes first, but for the mark that begins."""
    room = max(context // 2, context - most)
    kept = prompt if len(prompt) <= room else prompt[:1] + prompt[len(prompt) - room + 1 :]
    return kept, min(most, context - len(kept))
