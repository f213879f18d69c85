"""Upworthy's headline tests as stories, split for learning and judging, and rewards fitted on them: how many more clicks a headline would have.

A reward is a ridge regression from a text's vector to the logarithm of its odds of a click, the mean of its test and image taken from both. It tells
headlines of one story apart and says nothing across stories. Two are of `multilingual-e5-small` vectors; one is of words and pairs of words,
so that something judges which learned from other features.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oscine.evals.headlines import joined
from oscine.teach.pairs import Arm, difference

ASKED = "Write one headline for this story, and nothing else."
LONGEST = 32  # words of a story that a prompt tells
SHARES = (("tuning", 0.45), ("judging", 0.40), ("held", 0.15))
BUCKETS = 1 << 12  # of hashed words
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # that a ridge may be held back with
FOLDS = 5

Floats = NDArray[np.float64]
Vectors = Callable[[Sequence[str]], NDArray[Any]]


@dataclass(frozen=True)
class Story:
    """What is told of (the text beneath the headline), the headlines that it was tested under, and the part it is in."""

    text: str
    arms: tuple[Arm, ...]
    part: str

    @property
    def prompt(self) -> list[dict[str, str]]:
        """What a model is asked."""
        return [{"role": "system", "content": ASKED}, {"role": "user", "content": " ".join(self.text.split()[:LONGEST])}]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Better and worse headlines, of one image, where chance seldom makes such a difference."""
        found = [(one, other, difference(one, other)) for one, other in combinations(self.arms, 2) if _alike(one, other)]
        return [(one.text, other.text) if z > 0 else (other.text, one.text) for one, other, z in found if abs(z) > 1.96]


def _alike(one: Arm, other: Arm) -> bool:
    return (one.test, one.package) == (other.test, other.package) and one.text != other.text


def stories(data: Path) -> list[Story]:
    """All, whole tests together, and tests that share their text or a headline in one story: no part sees what another learns from."""
    with gzip.open(data / "upworthy" / "tests.jsonl.gz", "rt", encoding="utf8") as file:
        lines = [line for line in map(json.loads, file) if line["impressions"] and line["lede"].split()]
    groups = joined([[line["test"], line["lede"], line["headline"]] for line in lines])
    by_group: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line, group in zip(lines, groups, strict=True):
        by_group[group].append(line)
    return [_story(found) for _, found in sorted(by_group.items())]


def _story(lines: list[dict[str, Any]]) -> Story:
    arms = [Arm(line["test"], line["image"], (), line["headline"], line["impressions"], line["clicks"]) for line in lines]
    place, below = zlib.crc32(lines[0]["test"].encode()) / 2**32, np.cumsum([share for _, share in SHARES])
    return Story(lines[0]["lede"], tuple(arms), SHARES[int(np.searchsorted(below[:-1], place, side="right"))][0])


class Reward:
    """`Reward(vectors, stories)(texts)` are rewards, in logarithms of odds of a click; only differences within a story mean anything."""

    def __init__(self, vectors: Vectors, learned: Sequence[Story]) -> None:
        self._vectors = vectors
        rows, odds, groups = _centred(vectors, learned)
        alike = rows @ rows.T
        best = min(STRENGTHS, key=lambda strength: _crossed(alike, odds, groups % FOLDS, strength))
        self.weights = rows.T @ _dual(alike, odds, best)

    def __call__(self, texts: Sequence[str]) -> Floats:
        """A reward for each text."""
        found: Floats = self._vectors(texts).astype(float) @ self.weights
        return found


def _centred(vectors: Vectors, learned: Sequence[Story]) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Rows and logarithms of odds, the mean of test and image taken from both, and each row's story."""
    together: dict[tuple[str, str], list[tuple[Arm, int]]] = defaultdict(list)
    for number, story in enumerate(learned):
        for arm in story.arms:
            together[arm.test, arm.package].append((arm, number))
    found = {key: group for key, group in together.items() if len({arm.text for arm, _ in group}) > 1}
    texts = [arm.text for group in found.values() for arm, _ in group]
    odds = np.array([np.log((arm.clicks + 0.5) / (arm.impressions - arm.clicks + 0.5)) for group in found.values() for arm, _ in group])
    rows, start = vectors(texts).astype(float), 0
    for group in found.values():
        part = slice(start, start + len(group))
        rows[part] -= rows[part].mean(0)
        odds[part] -= odds[part].mean()
        start += len(group)
    return rows, odds, np.array([number for group in found.values() for _, number in group])


def _dual(alike: Floats, targets: Floats, strength: float) -> Floats:
    """A ridge regression's weight of each row it learned from."""
    found: Floats = np.linalg.solve(alike + strength * np.eye(len(alike)), targets)
    return found


def _crossed(alike: Floats, targets: Floats, folds: NDArray[np.int64], strength: float) -> float:
    """The squared error on stories that were left out, a fold at a time."""
    error = 0.0
    for fold in range(FOLDS):
        out, kept = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        error += float(((alike[np.ix_(out, kept)] @ _dual(alike[np.ix_(kept, kept)], targets[kept], strength) - targets[out]) ** 2).sum())
    return error


def accuracy(reward: Reward, judged: Sequence[Story]) -> tuple[int, int]:
    """How many significant pairs it orders rightly, of how many."""
    pairs = [pair for story in judged for pair in story.pairs]
    better, worse = (reward([pair[side] for pair in pairs]) for side in (0, 1))
    return int((better > worse).sum()), len(pairs)


def words(texts: Sequence[str]) -> NDArray[np.float32]:
    """Words and pairs of words, hashed, as vectors of length 1."""
    found = np.zeros((len(texts), BUCKETS), np.float32)
    for row, text in zip(found, texts, strict=True):
        single = re.findall(r"[a-z0-9']+|[^\w\s]", text.lower())
        for word in [*single, *(f"{one} {other}" for one, other in pairwise(single))]:
            row[zlib.crc32(word.encode()) % BUCKETS] = 1
        row /= max(1.0, float(np.linalg.norm(row)))
    return found
