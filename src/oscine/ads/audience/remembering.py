"""An embedder that embeds each query once: campaigns' topics are asked for again and again. It knows nothing of what they are for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oscine.ads.audience.recent import Recent
from oscine.engines.embedding import Embedder

KEPT = 20_000  # queries


class Remembering:
    """An `Embedder` over another; safe among threads as that one is."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.name = embedder.name
        self._queries: Recent[str, NDArray[np.float32]] = Recent(KEPT)

    @property
    def dimensions(self) -> int:
        """Length d of every vector."""
        return self.embedder.dimensions

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """One unit vector of shape (d,); raises `EngineUnavailable`."""
        known = self._queries.get(text)
        return self._queries.put(text, self.embedder.embed_query(text)) if known is None else known

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (n, d), not remembered; raises `EngineUnavailable`."""
        return self.embedder.embed_passages(texts)
