"""A GGUF file, run by llama.cpp (`pip install 'oscine[llm]'`) behind its own server on a loopback port, with a key of its own.

Post text is turned into tokens by itself, special tokens by their names: nothing that somebody wrote in a post becomes a special token.
It knows nothing of where files come from, and takes no logits processor, so no watermark.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from oscine.engines.language import ENDS, TOP_P, Form, HttpLanguageModel, Message, Special, fitted, require
from oscine.errors import EngineUnavailable


class LocalLanguageModel:
    """The model in a file; `adapters` are LoRA in GGUF, each with its scale."""

    def __init__(
        self,
        name: str,
        path: Path,
        threads: int = 1,
        context: int = 4096,
        form: Form = "chat",
        adapters: Sequence[tuple[Path, float]] = (),
    ) -> None:
        self.name, self.path = name, path
        self.form: Form = form
        try:
            import xllamacpp
        except ImportError:
            raise EngineUnavailable("llama.cpp is not installed.", "Run `pip install 'oscine[llm]'`.") from None
        key = secrets.token_hex(16)
        params: Any = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), scale) for adapter, scale in adapters]
        params.n_ctx = self._context = context
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.api_keys = [key]
        params.hostnames, params.port = ["127.0.0.1"], _free_port()
        params.verbosity = 0
        try:
            self._server: Any = xllamacpp.Server(params)
        except Exception as error:
            raise EngineUnavailable(f"{name} could not be loaded ({error}).", f"Check the file {path}.") from None
        self._address = str(self._server.listening_address)
        self._client = HttpLanguageModel(f"{self._address}/v1", name, key)

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        """As over HTTP."""
        require(self.form, self.name, "chat")
        yield from self._client.write(messages, max_tokens)

    def complete(self, prompt: Sequence[str], *, max_tokens: int = 120, temperature: float = 0.8, seed: int = 0) -> Iterator[str]:
        """Stream the continuation, up to the first token that ends a post."""
        require(self.form, self.name, "post")
        tokens, most = fitted(self.tokens(prompt), self._context, max_tokens)
        body = {"prompt": tokens, "n_predict": most, "temperature": temperature, "top_p": TOP_P, "seed": seed}
        body["cache_prompt"] = False  # with what is kept of the prompt before, the same seed gives another text
        marks = {"top_k": 0, "min_p": 0, "stop": list(ENDS), "preserved_tokens": list(ENDS), "stream": True}
        yield from self._client.stream(f"{self._address}/completion", body | marks, lambda told: told["content"])

    def tokens(self, prompt: Sequence[str]) -> list[int]:
        """The prompt as tokens, its BOS once and first where the model has one. Raises `EngineUnavailable`."""
        found = [token for piece in prompt for token in self._tokenized(piece, parse_special=isinstance(piece, Special))]
        first = self._tokenized("", add_special=True)[:1]
        return found if found[:1] == first else first + found

    def _tokenized(self, text: str, **how: bool) -> list[int]:
        body = {"content": text, "add_special": False, "parse_special": False} | how
        return list(self._client.post(f"{self._address}/tokenize", body).json()["tokens"])

    def close(self) -> None:
        """Stop the server and free the model."""
        self._client.close()
        self._server = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
