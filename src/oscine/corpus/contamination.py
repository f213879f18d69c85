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

from oscine.corpus.shingles import Hashes, Shingles, blocks, normalise

RUN = 8  # words in a row that cannot be chance
SHORTEST = 4  # words below which a text is too common to be told apart, but as a whole
_APOSTROPHE, _MARK = r"['’‘ʼ]", r"[^\p{L}\p{M}\p{N}\s]"
_EITHER = re.compile(r"\{([^{}|]*)\|([^{}|]*):\w+\}")  # {true|false:kind} in the suite of evidence
_BUCKETS = 1 << 20


class _Known:
    """A set of hashes that says quickly which of many are not in it."""

    def __init__(self, hashes: Iterable[Hashes]) -> None:
        self._sorted = np.sort(np.concatenate([np.zeros(0, np.uint64), *hashes]))
        self._bucket = np.zeros(_BUCKETS, bool)
        self._bucket[self._sorted % _BUCKETS] = True

    def holds(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Whether each of the hashes is in the set."""
        found: npt.NDArray[np.bool_] = self._bucket[hashes & np.uint64(_BUCKETS - 1)]
        likely = np.flatnonzero(found)
        places = np.searchsorted(self._sorted, hashes[likely]) % max(1, len(self._sorted))
        found[likely] = self._sorted[places] == hashes[likely] if len(self._sorted) else False
        return found


class Contamination:
    """The evaluation texts, as sets of hashes of their runs of words."""

    def __init__(self, evaluation: Iterable[str]) -> None:
        texts = pl.Series(list(evaluation), dtype=pl.String)
        # Who copies a text may drop its apostrophes, all its marks, or the @ of its handles: the evaluation texts are read in all these ways, a post in one.
        told = [texts, texts.filter(texts.str.contains("@", literal=True)).str.replace_all("@", " ", literal=True)]
        forms = pl.concat([normalise(form, joined) for form in told for joined in ("", _APOSTROPHE, _MARK)]).unique(maintain_order=True)
        whole = Shingles(forms.filter(forms != ""))
        runs = {n: whole.pieces(whole.runs(n), n) for n in range(SHORTEST, RUN + 1)}
        self._starts, self._runs = _Known([runs[SHORTEST]]), _Known([runs[RUN]])
        self._parts = _Known(runs[n] for n in range(SHORTEST, RUN))
        self._short = _Known([whole.whole(np.flatnonzero(whole.counts < RUN))])

    def find(self, plain: pl.Series) -> pl.Series:
        """Whether each normalised text is contaminated: booleans, as many as there are texts."""
        found = [self._block(Shingles(plain[block])) for block in blocks(plain)]
        return pl.Series("contaminated", np.concatenate([np.zeros(0, bool), *found]))

    def _block(self, posts: Shingles) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(posts.counts), bool)
        begins = posts.runs(SHORTEST)
        begins = begins[self._starts.holds(posts.pieces(begins, SHORTEST))]  # as does all that is shared
        for n in range(SHORTEST, RUN + 1):
            known = self._runs if n == RUN else self._short
            room = begins[posts.room(begins) >= n]
            found[posts.texts[room[known.holds(posts.pieces(room, n))]]] = True
        few = np.flatnonzero(posts.counts < RUN)
        whole = posts.whole(few)
        found[few] |= self._short.holds(whole) | (self._parts.holds(whole) & (posts.counts[few] >= SHORTEST))
        return found


def suites() -> Iterator[str]:
    """Every text of `SHORTEST` words or more in the package's own evaluation suites: questions, answers, claims, posts, attacks."""
    for file in _files(files("oscine").joinpath("evals/suites")):
        for text in _texts(file):
            forms = {_EITHER.sub(r"\1", text), _EITHER.sub(r"\2", text)} if "{" in text else {text}
            yield from (form for form in forms if len(form.split()) >= SHORTEST)


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
