"""A Hugging Face folder run by transformers in this process: slower than llama.cpp, but its tokens can be drawn with a watermark.

It reads nothing but the folder: no hub is asked for anything, no code in the folder is run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from oscine.engines.language import ENDS, TOP_P, Form, Message, Special, fitted, require
from oscine.engines.watermark import Watermark
from oscine.errors import EngineUnavailable

CALM = 0.7  # temperature of answers: a mark needs something to choose from
COLDEST = 1e-4  # a temperature of 0 is this one
HALF = "\ufffd"  # of a letter, the rest of which is to come


class TorchLanguageModel:
    """The model in a folder. It writes one text at a time, the same for the same seed."""

    def __init__(self, name: str, folder: Path, form: Form = "chat", watermark: Watermark | None = None) -> None:
        self.name = name
        self.form: Form = form
        self._watermark = watermark
        self._writing = threading.Lock()
        try:
            import transformers
        except ImportError:
            raise EngineUnavailable("transformers is not installed.", "Run `pip install 'oscine[train]'`.") from None
        try:
            self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder, local_files_only=True).eval()
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise EngineUnavailable(f"{name} could not be loaded ({error}).", f"Check the folder {folder}.") from None
        ends = [self._tokenizer.eos_token_id, *map(self._tokenizer.get_vocab().get, ENDS)]
        self._ends = {end for end in ends if end is not None}

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        """The reply to messages, by the folder's chat template; the same for the same messages."""
        require(self.form, self.name, "chat")
        told = self._tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, tokenize=False)
        yield from self._written(self._tokenizer.encode(told, add_special_tokens=False), max_tokens, CALM, 0)

    def complete(self, prompt: Sequence[str], *, max_tokens: int = 120, temperature: float = 0.8, seed: int = 0) -> Iterator[str]:
        """The continuation of a post, up to the first token that ends it."""
        require(self.form, self.name, "post")
        tokens = [token for piece in prompt for token in self.tokens(piece)]
        yield from self._written(*fitted(tokens, self._model.config.max_position_embeddings, max_tokens), temperature, seed)

    def tokens(self, piece: str) -> list[int]:
        """The tokens of plain text, in which nothing is a special token, or of a `Special` one."""
        if isinstance(piece, Special):
            return [self._tokenizer.convert_tokens_to_ids(str(piece))]
        return list(self._tokenizer.encode(piece, add_special_tokens=False, split_special_tokens=True))

    def _written(self, tokens: list[int], most: int, temperature: float, seed: int) -> Iterator[str]:
        """Text as its tokens are drawn; a letter comes when all of its bytes are there."""
        written: list[int] = []
        said = ""
        for token in self._drawn(tokens, most, max(temperature, COLDEST), seed):
            written.append(token)
            text = self._tokenizer.decode(written, skip_special_tokens=True)
            if not text.endswith(HALF):
                yield text[len(said) :]
                said = text

    def _drawn(self, tokens: list[int], most: int, temperature: float, seed: int) -> Iterator[int]:
        import torch
        from transformers.generation.logits_process import LogitsProcessorList, TemperatureLogitsWarper, TopPLogitsWarper

        marks = [self._watermark.processor()] if self._watermark else []
        shaped = LogitsProcessorList([TemperatureLogitsWarper(temperature), TopPLogitsWarper(TOP_P), *marks])
        chance = torch.Generator().manual_seed(seed)
        text = given = torch.tensor([tokens])
        past = None
        for _ in range(most):
            with self._writing, torch.inference_mode():
                told = self._model(given, past_key_values=past, use_cache=True)
                likely = shaped(text, told.logits[:, -1].float()).softmax(-1)
            given, past = torch.multinomial(likely, 1, generator=chance), told.past_key_values
            if int(given) in self._ends:
                return
            text = torch.cat([text, given], 1)
            yield int(given)

    def close(self) -> None:
        """Let go of the weights."""
        self._model = None
