"""How much posts are about a topic, or sound like a tone, by meaning: cosines, told against those of other posts.

Cosines of one topic lie close together and elsewhere than those of another, so a cosine alone tells nothing: what counts is how far a post stands out from a
sample of the network (the z-norm of speaker verification, Auckenthaler et al. 2000). So a topic that fills the network stands out less, and of a topic that
nobody writes about the nearest posts stand out. Tones go by a few sentences of each (`tones.toml`): a rough hint, measured in docs/LOG.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.engines.embedding import Embedder
from oscine.errors import EngineUnavailable
from oscine.feed.acts import Floats
from oscine.feed.taste import known
from oscine.feed.weights import table
from oscine.recommendation import Tone

Vector = NDArray[np.float32]
SAMPLE, FEWEST = 4_096, 30  # posts that others are told against; fewer tell nothing
TOPIC, TONE = (1.0, 4.0), (0.5, 2.5)  # standard deviations above the mean from which a post is a little of a thing, and wholly
KEPT = 2_000  # topics whose vectors are kept


class Ruler(NamedTuple):
    """A direction (d,), the mean and the deviation of the network's cosines to it, and from how many deviations on a post is so."""

    direction: Vector
    mean: float
    deviation: float
    span: tuple[float, float]

    def of(self, vectors: NDArray[np.float32]) -> Floats:
        """(n,) from 0 to 1; 0 for a post without a vector."""
        cosines = np.einsum("nd,d->n", vectors.astype(np.float64), self.direction.astype(np.float64))  # row by row, whatever else is asked about
        starts, whole = self.span
        standing = ((cosines - self.mean) / self.deviation - starts) / (whole - starts)
        return np.where(known(vectors), np.clip(standing, 0.0, 1.0), 0.0)


class Meanings:
    """Directions of topics and tones, by an embedder that may not be there."""

    def __init__(self, embedder: Callable[[], Embedder | None]) -> None:
        self._embedder = embedder
        self._kept = lru_cache(maxsize=KEPT)(self._direction)

    def topic(self, words: str, network: NDArray[np.float32]) -> Ruler | None:
        """How posts are measured for a topic, among `network` (n, d); None where they cannot be."""
        return self._ruler("topic", words, network)

    def tone(self, tone: Tone, network: NDArray[np.float32]) -> Ruler | None:
        """The same for a tone."""
        return self._ruler("tone", tone, network)

    def _ruler(self, kind: str, words: str, network: NDArray[np.float32]) -> Ruler | None:
        sample = network[:: max(1, len(network) // SAMPLE)]
        sample = sample[known(sample)]
        embedder = self._embedder() if len(sample) >= FEWEST else None
        direction = self._kept(kind, words, embedder.name) if embedder else None
        if direction is None or direction.shape[0] != sample.shape[1]:
            return None
        cosines = np.einsum("nd,d->n", sample.astype(np.float64), direction.astype(np.float64))
        return Ruler(direction, float(cosines.mean()), max(float(cosines.std()), 1e-6), TOPIC if kind == "topic" else TONE)

    def _direction(self, kind: str, words: str, _name: str) -> Vector | None:
        embedder = self._embedder()
        try:
            return None if embedder is None else embedder.embed_query(words) if kind == "topic" else _tone(embedder, words)
        except EngineUnavailable:
            return None


def _tone(embedder: Embedder, tone: str) -> Vector:
    """From plain posts to those of a tone."""
    tones = table("tones")
    means = [_mean(embedder, tones[name]["anchors"]) for name in (tone, "plain")]
    away = means[0] - means[1]
    return np.asarray(away / np.linalg.norm(away), np.float32)


def _mean(embedder: Embedder, sentences: Sequence[str]) -> Vector:
    return np.asarray(embedder.embed_passages(sentences).mean(axis=0), np.float32)
