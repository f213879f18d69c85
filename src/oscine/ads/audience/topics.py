"""Which topics a post is about: by meaning, calibrated on the network's own posts; by words alone where there is no embedder.

Cosines of sentence embeddings are compressed: what is near for one topic is far for another, and a post of few words is near to everything.
A cosine is therefore normalised twice, as the scores of speaker verification are (ZT-norm: Auckenthaler, Carey & Lloyd-Thomas 2000):
against the posts of the network, by median and median absolute deviation, and then against the same post's nearness to a fixed panel of
ordinary subjects. A post that holds all words of a topic has three standard deviations more. It knows nothing of advertising, nor which
topics may be asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.ads.audience.conditions import Read, Test
from oscine.ads.audience.matching import worded
from oscine.ads.audience.special import panel
from oscine.engines.embedding import Embedder
from oscine.view import SeenPost

Floats = NDArray[np.float32]

FEWEST = 200  # posts that a calibration needs
CUT = 5.5  # standard deviations from which a post is about a topic; chosen on `benchmarks.targeting topics --tune`
WORDED = 3.0  # standard deviations that all words of a topic are worth
MAD = 1.4826  # of a median absolute deviation, to be a standard deviation of what is normal


class Normal(NamedTuple):
    """Texts as vectors (n, d), each with the middle and the spread of its cosines to the network's posts (n,)."""

    vectors: Floats
    middle: Floats
    spread: Floats

    def of(self, posts: Floats) -> Floats:
        """Cosines to posts (m, d), in spreads from the middle (m, n)."""
        normal: Floats = (posts @ self.vectors.T - self.middle) / self.spread
        return normal


class Meaning:
    """Nearness in meaning, calibrated on `background`: vectors (m, d) of the network's public posts."""

    def __init__(self, embedder: Embedder, background: Floats) -> None:
        self.embedder = embedder
        self.background = background
        self._panel = self.normal(panel())

    def normal(self, texts: Sequence[str]) -> Normal:
        """Topics, ready to be compared with posts. Raises `EngineUnavailable`."""
        vectors = np.array([self.embedder.embed_query(text) for text in texts], np.float32).reshape(-1, self.background.shape[1])
        cosines = self.background @ vectors.T
        middle = np.median(cosines, axis=0)
        return Normal(vectors, middle, np.maximum(MAD * np.median(np.abs(cosines - middle), axis=0), 1e-4))

    def scores(self, topics: Normal, posts: Floats) -> Floats:
        """How much more posts (m, d) are about topics than about anything else, (m, n)."""
        ordinary = self._panel.of(posts)
        scores: Floats = (topics.of(posts) - ordinary.mean(1, keepdims=True)) / np.maximum(ordinary.std(1, keepdims=True), 1e-4)
        return scores


class Known(NamedTuple):
    """A post with its words and its vector (d,), None where it has none."""

    read: Read
    vector: Floats | None = None

    @property
    def seen(self) -> SeenPost:
        """The post itself."""
        return self.read.seen


class Topics:
    """Topics ready to be told of posts; without a `meaning`, by words alone. `cut` is how much a post must be about one, in standard deviations."""

    def __init__(self, names: Sequence[str], meaning: Meaning | None, network: Sequence[str] = (), cut: float = CUT) -> None:
        self.names = tuple(names)
        self._cut = cut
        self._meaning = meaning
        self._normal = meaning.normal(names) if meaning else None
        self._words: dict[str, list[tuple[int, Test]]] = defaultdict(list)  # by the forms of a topic's first word
        for row, name in enumerate(names):
            forms, test = worded(name, network)
            for form in forms:
                self._words[form].append((row, test))

    def of(self, post: Known) -> frozenset[str]:
        """The topics that a post is about."""
        rows = [row for form in self._words.keys() & post.read.places.keys() for row, test in self._words[form] if test(post.read)]
        if self._meaning and self._normal and post.vector is not None:
            scores = self._meaning.scores(self._normal, post.vector[None])[0]
            scores[list(set(rows))] += WORDED
            rows = np.flatnonzero(scores >= self._cut).tolist()
        return frozenset(self.names[row] for row in rows)
