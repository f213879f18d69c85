"""How well a causal language model knows posts: the bits that it needs for each one alone, with its end. No byte is left out.

A post is `begin text end`. What counts are −log2 of the probabilities of all its tokens but the first, so those of the text and of the end,
over the UTF-8 bytes of the raw text; the end's bits count and it has no byte. Posts longer than the model's context (or than the rows that a run
was trained on) are read in windows that overlap by half, so that every token is predicted once and from half a context at least.

Models are Hugging Face folders or GGUF files, read from disk and never fetched; code in a folder is never run. Begin and end are a run's own
`<|post|>` and `<|end|>`; `<|endoftext|>` for both, where a tokenizer has it, since that stands between the texts that such a model was
pretrained on, also where a chat form was put on it later; else its BOS and EOS. A text that a tokenizer does not give back exactly is refused.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tokenizers
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from oscine.errors import InputError
from oscine.model import base
from oscine.model import tokenizer as posts

LOGITS = 1 << 26  # numbers in a batch's logits
CHUNK = 256  # posts between looks at the clock
BETWEEN = "<|endoftext|>"

Floats = NDArray[np.float64]
Logits = Callable[[Tensor], Tensor]  # tokens[B, T] → logits[B, T, vocabulary]


class Scores(NamedTuple):
    """For each post, in order: its `bits`, those of them that are its end's, its `bytes`, and the natural logarithms of its tokens' probabilities."""

    bits: Floats
    ends: Floats
    bytes: NDArray[np.int64]
    logs: list[Floats]


def bits_per_byte(scores: Scores) -> float:
    """Of all posts together. Raises `InputError` where they have no byte."""
    if not scores.bytes.sum():
        raise InputError("There is no byte to score.", "Give posts with text.")
    return float(scores.bits.sum() / scores.bytes.sum())


def scored(texts: Sequence[str], logs: list[Floats]) -> Scores:
    """Scores out of logarithms of probabilities, whichever model they are of."""
    bits = np.array([-each.sum() / math.log(2) for each in logs])
    ends = np.array([-each[-1] / math.log(2) for each in logs])
    return Scores(bits, ends, np.array([len(text.encode()) for text in texts], np.int64), logs)


@dataclass(frozen=True)
class Words:
    """A tokenizer with the tokens that stand before and after a text."""

    inner: Any  # a `tokenizers.Tokenizer`
    begin: int
    end: int
    name: str = "the tokenizer"

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of texts, without their begin and end. Raises `InputError` for one that does not come back byte for byte."""
        for text in texts:
            try:
                text.encode()
            except UnicodeEncodeError:
                raise InputError(f"{text[:40]!r} is no Unicode text.", "It holds half a surrogate pair; mend the file.") from None
        tokens = [encoded.ids for encoded in self.inner.encode_batch(list(texts), add_special_tokens=False)]
        for text, back in zip(texts, self.inner.decode_batch(tokens, skip_special_tokens=False), strict=True):
            if back != text:
                fix = "Leave the post out for every model, or compare with a tokenizer that keeps every byte."
                raise InputError(f"{text[:40]!r} does not come back from {self.name}'s tokens as it was.", fix)
        return tokens

    def posts(self, texts: Sequence[str]) -> list[list[int]]:
        """Texts as posts, with their begin and end."""
        return [[self.begin, *tokens, self.end] for tokens in self.encode(texts)]


@dataclass(frozen=True)
class Network:
    """A causal language model with its tokenizer, opened to be measured."""

    words: Words
    model: Any  # a causal model of transformers
    context: int
    vocabulary: int
    parameters: int

    def logits(self, tokens: Tensor) -> Tensor:
        """Logits[B, T, vocabulary] of tokens[B, T]."""
        found: Tensor = self.model(input_ids=tokens, use_cache=False).logits
        return found

    def score(self, texts: Sequence[str], seconds: float = 0) -> Scores:
        """Score posts, in order; with `seconds`, those that can be scored in about that time, and one chunk at least."""
        return score(self.logits, self.words, texts, self.context, self.vocabulary, seconds)

    def likelihood(self, contexts: Sequence[str], endings: Sequence[str]) -> Floats:
        """The natural logarithm of each ending's probability after its context, which begins as a post does."""
        pairs = list(zip(self.words.encode(contexts), self.words.encode(endings), strict=True))
        logs = token_logs(self.logits, [[self.words.begin, *before, *after] for before, after in pairs], self.context, self.vocabulary)
        return np.array([each[len(each) - len(after) :].sum() for each, (_, after) in zip(logs, pairs, strict=True)])

    def greedy(self, starts: Sequence[Sequence[int]], count: int) -> list[list[int]]:
        """The `count` likeliest next tokens after each start, one by one; all starts are of one length."""
        if not starts:
            return []
        given = self._continued(torch.tensor(starts), count, lambda logits: logits.argmax(-1, keepdim=True))
        found: list[list[int]] = given[:, -count:].tolist()
        return found

    def drawn(self, starts: Sequence[Sequence[int]], count: int, seed: int = 0) -> list[list[int]]:
        """`count` tokens drawn after each start at temperature 1, the same for the same seed; all starts are of one length."""
        chooser = torch.Generator().manual_seed(seed)
        given = self._continued(torch.tensor(starts), count, lambda logits: torch.multinomial(logits.softmax(-1), 1, generator=chooser))
        found: list[list[int]] = given[:, -count:].tolist()
        return found

    def samples(self, count: int, longest: int = 60, seed: int = 0) -> list[str]:
        """Posts drawn from the model as it is (temperature 1), each to its end or to `longest` tokens; the same for the same seed."""
        chooser = torch.Generator().manual_seed(seed)
        given = torch.full((count, 1), self.words.begin)
        longest = min(longest, self.context - 1)
        given = self._continued(given, longest, lambda logits: torch.multinomial(logits.softmax(-1), 1, generator=chooser))
        texts = (row[: row.index(self.words.end)] if self.words.end in row else row for row in given[:, 1:].tolist())
        decoded: list[str] = self.words.inner.decode_batch(list(texts), skip_special_tokens=True)
        return decoded

    def _continued(self, given: Tensor, count: int, choose: Callable[[Tensor], Tensor]) -> Tensor:
        """given[B, T] and `count` tokens more, each chosen[B, 1] from its logits[B, vocabulary]."""
        fed, past = given, None
        for _ in range(count):
            with torch.no_grad():
                found = self.model(input_ids=fed, past_key_values=past, use_cache=True)
            fed, past = choose(found.logits[:, -1].float()), found.past_key_values
            given = torch.cat([given, fed], 1)
        return given


def score(logits: Logits, words: Words, texts: Sequence[str], context: int, vocabulary: int, seconds: float = 0) -> Scores:
    """Score posts by what gives logits. Raises `InputError` for texts that the tokenizer does not keep."""
    began, logs, size = time.monotonic(), list[Floats](), CHUNK if seconds else len(texts)
    for start in range(0, len(texts), max(1, size)):
        if seconds and start and time.monotonic() - began > seconds:
            break
        logs += token_logs(logits, words.posts(texts[start : start + size]), context, vocabulary)
    return scored(texts[: len(logs)], logs)


class Window(NamedTuple):
    """The part of a document from `start` to `stop`, of whose predictions those from `first` on are new."""

    document: int
    start: int
    first: int
    stop: int


def token_logs(logits: Logits, documents: Sequence[Sequence[int]], context: int, vocabulary: int) -> list[Floats]:
    """The natural logarithms of the probabilities of each document's tokens but its first."""
    found = [np.zeros(max(0, len(document) - 1)) for document in documents]
    windows = [window for number, document in enumerate(documents) for window in _windows(number, len(document) - 1, context)]
    for batch in _batches(windows, max(context, LOGITS // vocabulary)):
        longest = max(window.stop - window.start for window in batch)
        rows = torch.zeros(len(batch), longest + 1, dtype=torch.long)
        for row, window in zip(rows, batch, strict=True):
            part = documents[window.document][window.start : window.stop + 1]
            row[: len(part)] = torch.tensor(part)
        with torch.no_grad():
            losses = functional.cross_entropy(logits(rows[:, :-1]).float().transpose(1, 2), rows[:, 1:], reduction="none")
        for row, window in zip(losses.double().numpy(), batch, strict=True):
            found[window.document][window.first : window.stop] = -row[window.first - window.start : window.stop - window.start]
    return found


def _windows(document: int, length: int, context: int) -> Iterator[Window]:
    """Windows over `length` predictions, each of which is new in exactly one."""
    done = 0
    while done < length:
        stop = min(length, context if not done else done + max(1, context // 2))
        yield Window(document, max(0, stop - context), done, stop)
        done = stop


def _batches(windows: list[Window], tokens: int) -> Iterator[list[Window]]:
    """Windows of about the same length together, `tokens` at most with their padding."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda each: each.stop - each.start):
        if batch and (len(batch) + 1) * (window.stop - window.start) > tokens:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def open_model(path: Path, name: str = "", dtype: str = "float32") -> Network:
    """A model from a Hugging Face folder or a GGUF file; `dtype` is float32 or bfloat16.

    Raises `SetupError` where transformers is not installed, `InputError` where there is no such model.
    """
    words = open_words(path, name)
    with base.reading(path):
        model = base.weights(path).to(getattr(torch, dtype)).eval()
    config = model.config.get_text_config()
    parameters = sum(each.numel() for each in model.parameters())
    context = min(int(config.max_position_embeddings), _trained_length(path) or sys.maxsize)
    return Network(words, model, context, int(config.vocab_size), parameters)


@cache  # a GGUF's takes many seconds to read
def open_words(path: Path, name: str = "") -> Words:
    """The tokenizer of a Hugging Face folder or a GGUF file. Raises `SetupError`, `InputError`."""
    with base.reading(path):
        from transformers import AutoTokenizer

        outer: Any = AutoTokenizer.from_pretrained(**base.source(path), local_files_only=True)
    inner = outer.backend_tokenizer
    inner.encode_special_tokens = True  # what a post spells is never a special token
    inner.no_truncation()
    inner.no_padding()
    begin, end = _bounds(inner.token_to_id, outer.bos_token_id, outer.eos_token_id)
    if begin is None or end is None:
        raise InputError(f"{path} has no token that begins or ends a text.", f"Its tokenizer needs BOS and EOS, or {BETWEEN}.")
    return Words(inner, begin, end, name or path.name)


def own_words(path: Path, name: str = "") -> Words:
    """The tokenizer of a run (`model/tokenizer.py`), from its file or folder; transformers is not needed. Raises `InputError`."""
    ids = posts.load(path).ids
    inner = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json" if path.is_dir() else path))
    inner.encode_special_tokens = True
    return Words(inner, ids[posts.POST], ids[posts.END], name or path.name)


def _trained_length(path: Path) -> int:
    """The length of the rows that a run from scratch was trained on, past which its model has never learned to read; 0 where nobody tells."""
    made = path / "oscine.json"
    told = json.loads(made.read_text()).get("train", {}) if made.is_file() else {}
    return 0 if told.get("begin_with") else int(told.get("length", 0))


def _bounds(number: Callable[[str], int | None], bos: int | None, eos: int | None) -> tuple[int | None, int | None]:
    if number(posts.POST) is not None:
        return number(posts.POST), number(posts.END)
    if number(BETWEEN) is not None:
        return number(BETWEEN), number(BETWEEN)
    return bos, eos
