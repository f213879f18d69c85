"""Which posts hold what the models are measured on: they must not be trained on.

The rule is the n-gram overlap of GPT-3 (Brown et al. 2020, appendix C: 13 words) and PaLM (Chowdhery et al. 2022, section 8: 8-grams), made
sharper for short posts. A post is contaminated if, after normalising,

    it equals an evaluation text, or
    it shares 8 words in a row with one, or
    it holds a whole evaluation text of 4 to 7 words, or
    it has 4 to 7 words itself, and an evaluation text holds all of it.

Case, punctuation and links do not count, nor whether handles are left out.
A paraphrase or a translation is not found, nor a text with a word changed every 7 words.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from oscine.corpus.shingles import Hashes, Shingles, blocks

RUN = 8  # words in a row that cannot be chance
SHORTEST = 4  # words below which a text is too common to be told apart, but as a whole
_LINKS, _HANDLES = r"(?:https?://|www\.)\S+|‹\w+›", r"\B@\w+(?:@[\w.-]+)?"
_DENSE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"  # scripts without spaces: a character is a word
_APOSTROPHE, _MARK = r"['’‘ʼ]", r"[^\p{L}\p{M}\p{N}\s]"
_EITHER = re.compile(r"\{([^{}|]*)\|([^{}|]*):\w+\}")  # {true|false:kind} in the suite of evidence
_GAP = r"[^\p{L}\p{M}\p{N} ][^\p{L}\p{M}\p{N}]*| [^\p{L}\p{M}\p{N}]+"  # but a single space, which most gaps are
_BUCKETS = 1 << 20


def normalise(texts: pl.Series, joined: str = "") -> pl.Series:
    """Lower-case words with one space between; punctuation parts them, but marks that match `joined`, which vanish."""
    plain = texts.fill_null("").str.to_lowercase().str.replace_all(_LINKS, " ")
    if joined:
        plain = plain.str.replace_all(joined, "")
    plain = plain.str.replace_all(rf"({_DENSE})", " $1 ")
    return plain.str.replace_all(_GAP, " ").str.strip_chars(" ")


class _Known:
    """A set of hashes that says quickly which of many are not in it."""

    def __init__(self, hashes: Hashes) -> None:
        self._sorted = np.unique(hashes)
        self._bucket = np.zeros(_BUCKETS, bool)
        self._bucket[self._sorted % _BUCKETS] = True

    def holds(self, hashes: Hashes) -> npt.NDArray[np.intp]:
        """The positions of the hashes that are in the set."""
        likely = np.flatnonzero(self._bucket[hashes % np.uint64(_BUCKETS)])
        places = np.searchsorted(self._sorted, hashes[likely]) % max(1, len(self._sorted))
        return likely[self._sorted[places] == hashes[likely]] if len(self._sorted) else likely


class Contamination:
    """The evaluation texts, as sets of their runs of words."""

    def __init__(self, evaluation: Iterable[str]) -> None:
        texts = pl.Series(list(evaluation), dtype=pl.String)
        # Who copies a text may drop its apostrophes, all its marks, or its handles: the evaluation texts are read in all these ways, a post in one.
        told = [texts, texts.str.replace_all(_HANDLES, " ")]
        forms = pl.concat([normalise(form, joined) for form in told for joined in ("", _APOSTROPHE, _MARK)]).unique(maintain_order=True)
        self._whole = frozenset(forms.filter(forms != ""))
        split = [text.split(" ") for text in self._whole]
        self._runs = frozenset(run for words in split for run in _runs(words, RUN))
        self._short = {n: frozenset(" ".join(words) for words in split if len(words) == n) for n in range(SHORTEST, RUN)}
        self._parts = frozenset(run for words in split for n in self._short for run in _runs(words, n))
        shingles = Shingles([text for text in self._whole if text.count(" ") < SHORTEST - 1])
        self._few = _Known(shingles.whole())
        self._starts = _Known(Shingles(sorted(run for words in split for run in _runs(words, SHORTEST))).whole())

    def find(self, texts: pl.Series) -> pl.Series:
        """Whether each text is contaminated: booleans, as many as there are texts."""
        plain = normalise(texts)
        found = np.zeros(len(plain), bool)
        for block in blocks(plain):
            part = plain[block].to_list()
            for text, word in self._likely(part):
                found[block.start + text] |= self._holds(part[text], word)
        return pl.Series("contaminated", found)

    def _likely(self, texts: list[str]) -> Iterator[tuple[int, int]]:
        """(text, word) where `SHORTEST` words begin that an evaluation text holds, as all that is shared does, or a shorter text that may be one."""
        shingles = Shingles(texts)
        words = shingles.words()
        hashes, of, at = words.runs(SHORTEST)
        hits = self._starts.holds(hashes)
        few = np.flatnonzero(words.counts < SHORTEST)
        few = few[self._few.holds(shingles.whole()[few])]
        yield from zip(of[hits].tolist(), at[hits].tolist(), strict=True)
        yield from ((int(text), 0) for text in few)

    def _holds(self, text: str, word: int) -> bool:
        if text in self._whole or text in self._parts:
            return True
        words = text.split(" ", word + RUN)[word : word + RUN]
        return " ".join(words) in self._runs or any(" ".join(words[:n]) in known for n, known in self._short.items())


def _runs(words: list[str], n: int) -> Iterator[str]:
    """Every `n` words in a row."""
    return (" ".join(words[i : i + n]) for i in range(len(words) - n + 1))


def suites() -> Iterator[str]:
    """Every text of `SHORTEST` words or more in the package's own evaluation suites: questions, answers, claims, posts, attacks."""
    for file in _files(files("oscine").joinpath("evals/suites")):
        for text in _texts(file):
            yield from (form for form in {_EITHER.sub(r"\1", text), _EITHER.sub(r"\2", text)} if len(form.split()) >= SHORTEST)


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry)
        elif entry.name.endswith((".jsonl", ".toml")):
            yield entry


def _texts(file: Traversable) -> Iterator[str]:
    content = file.read_text(encoding="utf8")
    if file.name.endswith(".toml"):
        yield from _strings(tomllib.loads(content))
    else:
        for line in content.splitlines():
            yield from _strings(json.loads(line))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
