"""Language models behind one small protocol: an OpenAI-compatible server by its URL, or a GGUF file run by llama.cpp in this process.

A model here turns messages into text and nothing more: what it says is checked elsewhere.
"""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import httpx

from oscine.errors import EngineUnavailable

Message = dict[str, str]  # {"role": "system" | "user" | "assistant", "content": …}


class Call(NamedTuple):
    """A function that a model calls."""

    id: str
    name: str
    arguments: dict[str, Any]

    def as_told(self) -> dict[str, Any]:
        """As the conversation has it."""
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": json.dumps(self.arguments)}}


class LanguageModel(Protocol):
    """Something that writes."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        """What it writes, piece by piece as it comes. Raises `EngineUnavailable`."""
        ...

    def close(self) -> None:
        """Let go of memory and connections."""
        ...


class HttpLanguageModel:
    """Any OpenAI-compatible `/v1/chat/completions` server; `base_url` ends before `/chat/completions`."""

    def __init__(self, base_url: str, model: str, key: str = "", timeout: float = 120.0) -> None:
        self.name = model
        self._seconds = timeout
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._client = httpx.Client(headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=httpx.Timeout(timeout, connect=5.0))

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        """Stream the reply's text; greedy, so that the same posts give the same answer."""
        body = {"model": self.name, "messages": list(messages), "max_tokens": max_tokens, "temperature": 0, "stream": True}
        end = time.monotonic() + self._seconds
        try:
            with self._client.stream("POST", self._url, json=body) as reply:
                if reply.status_code != 200:
                    reply.read()
                    raise EngineUnavailable(
                        f"The language model's server answered {reply.status_code}.", f"Check {self._url} and the model's name."
                    )
                for piece in _pieces(reply.iter_lines()):
                    yield piece
                    if time.monotonic() > end:
                        raise EngineUnavailable("The language model takes too long.", "Use a faster one, or a shorter answer.")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineUnavailable(f"The language model's server cannot be reached ({error}).", f"Check {self._url}.") from None

    def calls(self, messages: Sequence[Mapping[str, Any]], functions: Sequence[Mapping[str, Any]], max_tokens: int = 300) -> list[Call]:
        """The functions that the model calls next, in OpenAI's shape; none where it calls none. Raises `EngineUnavailable`."""
        body = {"model": self.name, "messages": list(messages), "tools": list(functions), "max_tokens": max_tokens, "temperature": 0}
        try:
            reply = self._client.post(self._url, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineUnavailable(f"The language model's server cannot be reached ({error}).", f"Check {self._url}.") from None
        if reply.status_code != 200:
            raise EngineUnavailable(
                f"The language model's server answered {reply.status_code}.", f"Check {self._url} and the model's name."
            )
        return list(_calls(reply))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]":
            continue
        try:
            piece = json.loads(data)["choices"][0]["delta"].get("content")
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


class LocalLanguageModel:
    """A GGUF file, run by llama.cpp (`pip install 'oscine[llm]'`) behind its own server on a loopback port, with a key of its own."""

    def __init__(self, name: str, path: Path, threads: int = 1, context: int = 4096) -> None:
        self.name = name
        try:
            import xllamacpp
        except ImportError:
            raise EngineUnavailable("llama.cpp is not installed.", "Run `pip install 'oscine[llm]'`.") from None
        key = secrets.token_hex(16)
        params: Any = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = context
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.api_keys = [key]
        params.hostnames, params.port = ["127.0.0.1"], _free_port()
        params.verbosity = 0
        try:
            self._server: Any = xllamacpp.Server(params)
        except Exception as error:
            raise EngineUnavailable(f"{name} could not be loaded ({error}).", f"Check the file {path}.") from None
        self._client = HttpLanguageModel(f"{self._server.listening_address}/v1", name, key)

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        """As over HTTP."""
        return self._client.write(messages, max_tokens)

    def close(self) -> None:
        """Stop the server and free the model."""
        self._client.close()
        self._server = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
