"""How near texts are to each other, from 0 to 1: by vectors where there is an embedder, else by the words that they share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oscine import evidence
from oscine.ads.creatives.phrases import stems
from oscine.engines.embedding import Embedder
from oscine.errors import EngineUnavailable

Matrix = NDArray[np.float64]


class Nearness:
    """Nearness of texts of one language; what was embedded once is kept."""

    def __init__(self, embedder: Embedder | None, lang: str) -> None:
        self._embedder = embedder
        self._lang = lang
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def between(self, ones: Sequence[str], others: Sequence[str]) -> Matrix:
        """Nearness as an array of shape (ones, others)."""
        if self._embedder:
            try:
                return self.by_vectors(ones, others)
            except EngineUnavailable:
                self._embedder = None
        return self.by_words(ones, others)

    @property
    def by(self) -> str:
        """What it goes by: `vectors` or `words`."""
        return "vectors" if self._embedder else "words"

    def one(self, one: str, other: str) -> float:
        """Nearness of two texts, as `evidence.support` asks for it."""
        return float(self.between([one], [other])[0, 0])

    def by_vectors(self, ones: Sequence[str], others: Sequence[str]) -> Matrix:
        """By the calibrated cosine of vectors. Raises `EngineUnavailable`."""
        cosines = self._embedded(ones) @ self._embedded(others).T
        near: Matrix = np.vectorize(evidence.calibrated, otypes=[float])(cosines)
        return near

    def _embedded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert self._embedder
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors |= dict(zip(new, self._embedder.embed_passages(new), strict=True))
        return np.array([self._vectors[text] for text in texts])

    def by_words(self, ones: Sequence[str], others: Sequence[str]) -> Matrix:
        """By the stems that two texts share, of all that they have (Jaccard)."""
        return np.array([[_shared(stems(one, self._lang), stems(other, self._lang)) for other in others] for one in ones])


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0
