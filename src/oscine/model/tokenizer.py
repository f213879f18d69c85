"""The network's own words: a byte-level BPE (Sennrich et al. 2016; Radford et al. 2019) over posts, with a token for each thing that is no text.

The split pattern is Llama 3's, which llama.cpp knows as `llama-bpe`. What a post says never becomes a special token, whatever it spells.
It knows no post but those that it is trained on, and nothing of what the model makes of its tokens.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tokenizers
from tokenizers import AddedToken, Regex, decoders, models, pre_tokenizers, trainers

from oscine.errors import InputError

POST, END, PAD, REPLY, TIME = "<|post|>", "<|end|>", "<|pad|>", "<|reply|>", "<|time|>"
SYSTEM, USER, ASSISTANT = "<|system|>", "<|user|>", "<|assistant|>"
AUTHORS = tuple(f"<|author_{n}|>" for n in range(8))
SPECIALS = (POST, END, PAD, REPLY, TIME, SYSTEM, USER, ASSISTANT, *AUTHORS)
PLACEHOLDERS = tuple(f"‹{kind}›" for kind in ("email", "phone", "card", "iban", "address", "ip", "id", "url", "name", "number"))
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"  # Llama 3's
LEAST = 256 + len(SPECIALS) + len(PLACEHOLDERS)
CHAT = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] | replace('<|', '< |') + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


class Turn(NamedTuple):
    """What one speaker says in a thread; `speaker` 0 is its first author."""

    speaker: int
    text: str


class Tokenizer:
    """Posts to tokens and back. Ids 0, 1, 2 begin a document, end it, and fill a row."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        inner.encode_special_tokens = True
        self.size: int = inner.get_vocab_size()
        wanted = {token: inner.token_to_id(token) for token in SPECIALS}
        if None in wanted.values():
            missing = next(token for token, number in wanted.items() if number is None)
            raise InputError(f"The tokenizer has no token {missing}.", "Train one with `oscine train`, or name a run's own.")
        self.ids: dict[str, int] = wanted

    @property
    def end(self) -> int:
        """The token that ends a document."""
        return self.ids[END]

    def encode_text(self, text: str) -> list[int]:
        """The tokens of plain text; no special token comes of it."""
        tokens: list[int] = self._inner.encode(text, add_special_tokens=False).ids
        return tokens

    def encode_texts(self, texts: Sequence[str]) -> list[list[int]]:
        """`encode_text` of many, in parallel."""
        return [encoded.ids for encoded in self._inner.encode_batch_fast(texts, add_special_tokens=False)]

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, special ones left out."""
        text: str = self._inner.decode(tokens, skip_special_tokens=True)
        return text

    def document(self, turns: Sequence[Turn], encoded: Sequence[list[int]], when: list[int] | None = None) -> list[int]:
        """A document of turns, whose texts are `encoded`; `when` are the tokens of its time, where the model is to know it."""
        several = len({turn.speaker for turn in turns}) > 1
        tokens = [*([self.ids[TIME], *when] if when else []), self.ids[POST]]
        for number, (turn, text) in enumerate(zip(turns, encoded, strict=True)):
            tokens += [self.ids[REPLY]] if number else []
            tokens += [self.ids[AUTHORS[turn.speaker % len(AUTHORS)]]] if several else []
            tokens += text
        return [*tokens, self.end]

    def save(self, path: Path) -> None:
        """Write `tokenizer.json`."""
        self._inner.save(str(path))


def load(path: Path, extend: bool = False) -> Tokenizer:
    """A tokenizer from its `tokenizer.json`, or the folder that holds it; `extend` adds our special tokens where it has none. Raises `InputError`."""
    file = path / "tokenizer.json" if path.is_dir() else path
    try:
        inner = tokenizers.Tokenizer.from_file(str(file))
        if extend:
            inner.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIALS])
        return Tokenizer(inner)
    except InputError:
        raise
    except Exception as error:  # the library raises Exception itself
        raise InputError(f"{file} is not a tokenizer: {error}.", "Name the folder of a run.") from None


def train(texts: Iterable[str], size: int) -> Tokenizer:
    """Train on texts; `size` counts the 256 bytes, the specials and the placeholders too. Raises `InputError` for one below that."""
    if size < LEAST:
        raise InputError(f"A vocabulary of {size} tokens is too small.", f"Take {LEAST} or more.")
    inner = tokenizers.Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(PLACEHOLDERS), special_tokens=list(SPECIALS), show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    inner.train_from_iterator(_without_placeholders(texts), trainer)
    inner.add_tokens([AddedToken(placeholder, normalized=False) for placeholder in PLACEHOLDERS])
    return Tokenizer(inner)


def _without_placeholders(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for placeholder in PLACEHOLDERS if "‹" in text else ():
            text = text.replace(placeholder, " ")
        yield text


def settings(context: int) -> str:
    """`tokenizer_config.json` for transformers and vLLM: the roles of tokens, and the chat template."""
    return json.dumps(
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": POST,
            "eos_token": END,
            "pad_token": PAD,
            "model_max_length": context,
            "clean_up_tokenization_spaces": False,
            "chat_template": CHAT,
        },
        indent=2,
    )
