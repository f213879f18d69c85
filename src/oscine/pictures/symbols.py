"""Illustrations chosen by what a text is about: by their names in seven languages, and by meaning where an embedder is given.

The drawings and where they come from: `symbols.md`. They are things, animals, plants and trades; ideas such as trust or speed have none of their own.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from oscine import text
from oscine.pictures.moods import Near

LANGS = ("en", "de", "fr", "es", "it", "pt", "nl")
OF_NAME, OF_TAG = 1.0, 0.5
ELSEWHERE = 0.5  # what a word counts in another language than the text's
SAME = 0.9  # of the best for a word, from which a drawing counts as drawing it
FAR = 2.6  # standard deviations above the mean nearness, below which no drawing fits by meaning alone


class Symbol(NamedTuple):
    """A drawing: its name in English, all its words by language, and the inside of its SVG, 32 units a side."""

    name: str
    words: dict[str, str]
    body: str

    def svg(self) -> bytes:
        """As a file."""
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{self.body}</svg>'.encode()

    def called(self, lang: str) -> str:
        """Its name in a language, or in English."""
        return (self.words.get(lang) or self.words["en"]).partition("|")[0].lower()


@cache
def symbols() -> dict[str, Symbol]:
    """All drawings, by name."""
    told = json.loads(gzip.decompress((resources.files("oscine.pictures") / "symbols.json.gz").read_bytes()))
    return {name: Symbol(name, one["words"], one["body"]) for name, one in told.items()}


@cache
def _index(lang: str) -> dict[str, dict[str, float]]:
    """Which drawings a stem names, and how well: a name of one word best, a word of its tags half as well."""
    found: dict[str, dict[str, float]] = {}
    for symbol in symbols().values():
        name, *tags = symbol.words.get(lang, "").split("|")
        for kind, phrase in [(OF_NAME, name), *((OF_TAG, tag) for tag in tags)]:
            stems = {token.stem for token in text.content_words(phrase, lang)}
            for stem in stems:
                row = found.setdefault(stem, {})
                row[symbol.name] = max(row.get(symbol.name, 0), kind / math.sqrt(len(stems)))
    return found


def _hits(stem: str, raw: str, lang: str) -> Counter[str]:
    """How well each drawing is named by a word, rarer words more."""
    scores: Counter[str] = Counter()
    for other in dict.fromkeys((lang, "en")):
        row = _index(other).get(stem if other == lang else text.stem(raw, other), {})
        rare = math.log(len(symbols()) / max(1, len(row))) if row else 0.0
        for name, value in row.items():
            scores[name] = max(scores[name], value * rare * (1 if other == lang else ELSEWHERE))  # type: ignore[assignment]
    return scores


def _language(topic: str, lang: str) -> str:
    spoken = lang[:2] if lang[:2] in LANGS else text.language(topic)
    return spoken if spoken in LANGS else "en"


def as_named(drawn: Sequence[Symbol], topic: str, lang: str = "") -> list[Symbol]:
    """Drawings in the order in which a text names them; those that it does not name last."""
    lang = _language(topic, lang)
    hits = [_hits(token.stem, token.exact, lang) for token in text.content_words(topic, lang)]
    return sorted(drawn, key=lambda symbol: next((place for place, scores in enumerate(hits) if _drawn(symbol.name, scores)), len(hits)))


def _drawn(name: str, scores: Counter[str]) -> bool:
    """Whether a drawing is as good as the best for a word."""
    return scores[name] > 0 and scores[name] >= SAME * max(scores.values())


def chosen(topic: str, count: int = 2, lang: str = "", near: Near | None = None, least: float = 0.65) -> list[Symbol]:
    """The drawings that fit a text best, each for a word of its own and at least so well in proportion to the first; none where none fits."""
    lang = _language(topic, lang)
    words = {token.stem: _hits(token.stem, token.exact, lang) for token in text.content_words(topic, lang)}
    meaning = _meaning(topic, near) if near else {}
    found: list[str] = []
    first = 0.0
    while len(found) < count:
        total: Counter[str] = Counter()
        for scores in words.values():
            total.update(scores)
        for name, value in meaning.items():
            total[name] += value  # type: ignore[assignment]
        best = [name for name, _ in total.most_common() if name not in found]
        if not best or total[best[0]] <= first * least:
            break
        first = first or total[best[0]]
        found.append(best[0])
        words = {stem: scores for stem, scores in words.items() if not _drawn(best[0], scores)}
        meaning = {name: value for name, value in meaning.items() if any(name in scores for scores in words.values())}
    return [symbols()[name] for name in found]


def _meaning(topic: str, near: Near) -> dict[str, float]:
    """How near each drawing's words are to a topic in meaning, in standard deviations above the mean; only those that are near."""
    values = np.asarray(near(topic, [symbol.words["en"].replace("|", ", ") for symbol in symbols().values()]))
    steps = (values - values.mean()) / (values.std() or 1.0)
    return {name: float(step) for name, step in zip(symbols(), steps, strict=True) if step > FAR}
