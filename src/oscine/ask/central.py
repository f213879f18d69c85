"""Which of many posts stand for all of them: the central ones, and among those such as differ. Pure.

Centrality is the stationary distribution of a random walk over how alike the posts are (LexRank, Erkan and Radev 2004), with jumps that prefer
some posts, as for a query (Otterbacher, Erkan and Radev 2005); diversity is maximal marginal relevance (Carbonell and Goldstein 1998). Alike means
shared words, rare ones counting more, and near in meaning where there are vectors.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAMPING = 0.85  # how often the walk follows likeness rather than jumps
STEPS = 50
RELEVANCE = 0.6  # against diversity
TOO_ALIKE = 0.6  # of a chosen post, from which another says nothing new


def alike(stems: Sequence[Sequence[str]], vectors: NDArray[np.float32] | None = None) -> Floats:
    """How alike each two posts are, from 0 to 1, shape (n, n): the cosine of their words, averaged with that of their centred vectors."""
    words = _by_words(stems)
    if vectors is None or len(stems) < 3:  # the centre of two lies between them
        return words
    centred = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.where(lengths > 0, lengths, 1)
    both: Floats = (words + np.clip(unit @ unit.T, 0, 1)) / 2
    return both


def _by_words(stems: Sequence[Sequence[str]]) -> Floats:
    spread = Counter(stem for post in stems for stem in set(post))
    places = {stem: place for place, stem in enumerate(spread)}
    weights = np.zeros((len(stems), len(places)))
    for row, post in enumerate(stems):
        for stem, count in Counter(post).items():
            weights[row, places[stem]] = (1 + math.log(count)) * math.log(1 + len(stems) / spread[stem])
    lengths = np.linalg.norm(weights, axis=1, keepdims=True)
    unit = weights / np.where(lengths > 0, lengths, 1)
    found: Floats = np.clip(unit @ unit.T, 0, 1)
    return found


def centrality(likeness: Floats, preferred: Sequence[float]) -> Floats:
    """How central each post is, the most central 1; `preferred` are weights above 0 that tell where the walk begins anew."""
    jumps = np.asarray(preferred, float) / sum(preferred)
    links = likeness * (1 - np.eye(len(likeness)))
    sums = links.sum(axis=1, keepdims=True)
    follow = np.where(sums > 0, links / np.where(sums > 0, sums, 1), jumps)
    rank = jumps
    for _ in range(STEPS):
        rank = (1 - DAMPING) * jumps + DAMPING * rank @ follow
    found: Floats = rank / rank.max()
    return found


def diverse(worth: Floats, likeness: Floats, count: int, kinds: Sequence[Hashable] | None = None) -> list[int]:
    """The places of up to `count` posts, best first, none much like another; at most one of each of the `kinds`."""
    chosen: list[int] = []
    left = set(range(len(worth)))
    while left and len(chosen) < count:
        nearest = {i: max((float(likeness[i, j]) for j in chosen), default=0.0) for i in left}
        left = {i for i in left if nearest[i] < TOO_ALIKE}
        if not left:
            break
        best = max(left, key=lambda i: (RELEVANCE * worth[i] - (1 - RELEVANCE) * nearest[i], -i))
        chosen.append(best)
        left = {i for i in left if i != best and (kinds is None or kinds[i] != kinds[best])}
    return chosen
