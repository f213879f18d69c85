"""Candidates → order: BM25, cosine and feedback, each normalised over the candidates, with milder signals; near-duplicates folded.

Pure: the scores are given, `now` is an argument. The weights stand in `weights.json`, one set for questions and one for everything else;
`python -m oscine.evals.train_ranker` learns them, and docs/guides/evals.md says what each adds.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib import resources
from itertools import pairwise
from typing import Any, NamedTuple

from oscine import text
from oscine.search.retrieve import Candidate

WEIGHTS: dict[str, dict[str, float]] = json.loads(resources.files("oscine.search").joinpath("weights.json").read_bytes())
BEST = 3  # posts whose middle the feedback comes from
ENOUGH_TO_LEARN = 30  # candidates below which the best say too little of the others
LONG = 280  # characters from which a post gets no more for its length
SAME_AUTHOR, SOFTENED = 2, 0.9  # posts of one author in full worth; what each further one keeps of it
RECENT_DAYS = 7.0  # a post of this age has half the recency of one of this moment
MUCH_ENGAGEMENT = 10_000
_NOT_WORDS = re.compile(r"https?://\S+|@\w+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
COMPARED = 1_000  # characters of a post
PILED, PILED_TIMES = 0.15, 3  # of a post's pairs of neighbouring words, the share and the count of the commonest from which words are piled up
DENIALS = frozenset("not no never non nicht kein keine ne pas sin nunca não niet geen without senza ohne sans sem zonder".split())
ALIKE = 0.8  # shared words, of all words of the two, from which posts count as near-duplicates


class Ranked(NamedTuple):
    """A candidate's place: higher scores come first."""

    number: int
    score: float


def fuse(candidates: Sequence[Candidate], now: datetime, weights: Mapping[str, float]) -> list[Ranked]:
    """All candidates, best first; ties go to the newer post."""
    columns = features(candidates, now)
    scores = [sum(weights.get(name, 0.0) * value for name, value in zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    ranked = [Ranked(candidate.number, score) for candidate, score in zip(candidates, scores, strict=True)]
    return sorted(ranked, key=lambda item: (-item.score, -item.number))


def features(candidates: Sequence[Candidate], now: datetime) -> dict[str, list[float]]:
    """What speaks for each candidate, from 0 to 1, by the names that `weights.json` uses."""
    words = _shares([candidate.words for candidate in candidates], floor=0.0)
    return {
        "words": words,
        "near": _cosine_shares([candidate.near for candidate in candidates], words),
        "feedback": _cosine_shares([candidate.feedback for candidate in candidates], words),
        "recency": [_recency(candidate, now) for candidate in candidates],
        "engagement": [math.log1p(min(MUCH_ENGAGEMENT, max(0, item.engagement))) / math.log1p(MUCH_ENGAGEMENT) for item in candidates],
        "linked": [float(candidate.linked) for candidate in candidates],
        "length": [math.log1p(min(LONG, candidate.length)) / math.log1p(LONG) for candidate in candidates],
    }


def spread(ranked: Sequence[Ranked], authors: Mapping[int, Any]) -> list[Ranked]:
    """The order with every author's third post and those after it put back a little, so that one voice does not fill a page."""
    seen: Counter[Any] = Counter()
    softened = []
    for item in ranked:
        author = authors[item.number]
        softened.append(item._replace(score=item.score * SOFTENED ** max(0, seen[author] + 1 - SAME_AUTHOR)))
        seen[author] += 1
    return sorted(softened, key=lambda item: -item.score) if len(seen) > 1 else list(ranked)


def _cosine_shares(cosines: Sequence[float | None], words: Sequence[float]) -> list[float]:
    """A post that has no vector yet is taken to be as near as its words say; where none has one, nothing is."""
    known = [cosine for cosine in cosines if cosine is not None]
    if not known:
        return [0.0] * len(cosines)
    lowest = min(known)
    shares = _shares([lowest if cosine is None else cosine for cosine in cosines], floor=lowest)
    return [word if cosine is None else share for cosine, share, word in zip(cosines, shares, words, strict=True)]


def _shares(scores: Sequence[float], floor: float) -> list[float]:
    """Scores as shares of the way from `floor` to the best."""
    span = max(scores, default=floor) - floor
    return [(score - floor) / span if span > 0 else 0.0 for score in scores]


def _recency(candidate: Candidate, now: datetime) -> float:
    age = max(0.0, (now - candidate.created_at).total_seconds() / 86_400)
    return RECENT_DAYS / (RECENT_DAYS + age)


class Folder:
    """Tells near-duplicates of what it has been shown before: mostly the same words, links and mentions aside."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, frozenset[str], object]] = []

    def original(self, number: int, post: str, author: object = None) -> int:
        """The number of the first post that this one repeats; its own number where it repeats none.

        Posts that differ in a number or a denial say different things, unless one `author`, where it is given, wrote both: so a flood is one post.
        """
        words = frozenset(_words(post))
        fewest, most = ALIKE * len(words), len(words) / ALIKE
        for kept, others, writer in self._kept:
            mine = author is not None and author == writer
            if fewest <= len(others) <= most and _alike(words, others) and (mine or _agree(words, others)):
                return kept
        self._kept.append((number, words, author))
        return number


def piled(post: str) -> bool:
    """Whether a post is words piled up to be found: it says the same two words again and again."""
    pairs = Counter(pair for pair in pairwise(_words(post)) if pair[0] != pair[1] and pair[0].isalpha() and pair[1].isalpha())
    most = max(pairs.values(), default=0)
    return most >= PILED_TIMES and most >= PILED * pairs.total()


def _words(post: str) -> Iterable[str]:
    plain = _NOT_WORDS.sub(" ", post[:COMPARED]).lower()
    if plain.isascii():
        return (word for word in _ASCII_WORD.findall(plain) if word != "rt")
    return (token.exact for token in text.tokens(plain) if token.kind in ("word", "dense", "emoji"))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return shared >= ALIKE * (len(one) + len(other) - shared)


def _agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two posts that are alike say the same; those that differ in a number or a denial do not."""
    return not any(word in DENIALS or any(map(str.isdigit, word)) for word in one ^ other)
