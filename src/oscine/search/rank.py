"""Candidates → order: BM25 and cosine, each normalised over the candidates, with recency and engagement as mild signals; near-duplicates folded.

Pure: the scores are given, `now` is an argument. The weights stand in one table; `benchmarks/quality.py` is where they were tuned
(on TREC Microblog 2011 and 2012 and TweetQA, which are development data).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from oscine import text
from oscine.search.retrieve import Candidate

WEIGHTS = {"words": 0.5, "near": 0.5, "recency": 0.03, "engagement": 0.03}
RECENT_DAYS = 7.0  # a post of this age has half the recency of one of this moment
MUCH_ENGAGEMENT = 10_000
_NOT_WORDS = re.compile(r"https?://\S+|@\w+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
COMPARED = 1_000  # characters of a post
ALIKE = 0.8  # shared words, of all words of the two, from which posts count as near-duplicates


class Ranked(NamedTuple):
    """A candidate's place: higher scores come first."""

    number: int
    score: float


def fuse(candidates: Sequence[Candidate], now: datetime, weights: dict[str, float] = WEIGHTS) -> list[Ranked]:
    """All candidates, best first; ties go to the newer post."""
    words = _shares([candidate.words for candidate in candidates], floor=0.0)
    known = [candidate.near for candidate in candidates if candidate.near is not None]
    lowest = min(known, default=0.0)
    near = _shares([lowest if candidate.near is None else candidate.near for candidate in candidates], floor=lowest)
    scored = [
        Ranked(candidate.number, weights["words"] * by_words + weights["near"] * by_meaning + _mild(candidate, now, weights))
        for candidate, by_words, by_meaning in zip(candidates, words, near, strict=True)
    ]
    return sorted(scored, key=lambda ranked: (-ranked.score, -ranked.number))


def _shares(scores: Sequence[float], floor: float) -> list[float]:
    """Scores as shares of the way from `floor` to the best."""
    span = max(scores, default=floor) - floor
    return [(score - floor) / span if span > 0 else 0.0 for score in scores]


def _mild(candidate: Candidate, now: datetime, weights: dict[str, float]) -> float:
    age = max(0.0, (now - candidate.created_at).total_seconds() / 86_400)
    engagement = math.log1p(max(0, candidate.engagement)) / math.log1p(MUCH_ENGAGEMENT)
    return weights["recency"] * RECENT_DAYS / (RECENT_DAYS + age) + weights["engagement"] * min(1.0, engagement)


class Folder:
    """Tells near-duplicates of what it has been shown before: mostly the same words, links and mentions aside."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, frozenset[str]]] = []

    def original(self, number: int, post: str) -> int:
        """The number of the first post that this one repeats; its own number where it repeats none."""
        words = frozenset(_words(post))
        fewest, most = ALIKE * len(words), len(words) / ALIKE
        for kept, others in self._kept:
            if fewest <= len(others) <= most and _alike(words, others):
                return kept
        self._kept.append((number, words))
        return number


def _words(post: str) -> Iterable[str]:
    plain = _NOT_WORDS.sub(" ", post[:COMPARED]).lower()
    if plain.isascii():
        return (word for word in _ASCII_WORD.findall(plain) if word != "rt")
    return (token.exact for token in text.tokens(plain) if token.kind in ("word", "dense", "emoji"))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return shared >= ALIKE * (len(one) + len(other) - shared)
