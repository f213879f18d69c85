"""Text into vectors: the protocol that search and feeds rely on, and the face of any OpenAI-compatible server.

It knows nothing of posts, of storage or of which texts are embedded when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol

import httpx
import numpy as np
from numpy.typing import NDArray

from oscine.errors import EngineUnavailable

TEXTS_PER_REQUEST = 64
SECONDS = 30.0


class Embedder(Protocol):
    """What turns text into unit vectors; their dot product is their cosine."""

    @property
    def name(self) -> str:
        """Weights and preprocessing in one string: it changes whenever vectors would change."""
        ...

    @property
    def dimensions(self) -> int:
        """Length d of every vector."""
        ...

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """What somebody looks for, as one unit vector of shape (d,); EngineUnavailable when there is none to be had."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What may be found: unit vectors of shape (n, d), in the order of the texts; EngineUnavailable as above."""
        ...


class HttpEmbedder:
    """Any server that speaks OpenAI's `/v1/embeddings`; the URL may be given with or without the `/v1`."""

    def __init__(self, base_url: str, model: str, key: str = "", query_prefix: str = "", passage_prefix: str = "") -> None:
        self._url = base_url.rstrip("/").removesuffix("/v1") + "/v1/embeddings"
        self._model = model
        self._prefixes = query_prefix, passage_prefix
        self._dimensions = 0
        self._client = httpx.Client(timeout=SECONDS, headers={"Authorization": f"Bearer {key}"} if key else {})
        mark = hashlib.sha256("\0".join((self._url, query_prefix, passage_prefix)).encode()).hexdigest()[:8]
        self.name = f"http/{model}/{mark}"

    @property
    def dimensions(self) -> int:
        """Length d of every vector; asks the server once, by embedding one word."""
        if not self._dimensions:
            self._ask(["dimensions"])
        return self._dimensions

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """One unit vector of shape (d,); EngineUnavailable when the server cannot be reached or answers badly."""
        vector: NDArray[np.float32] = self._ask([self._prefixes[0] + text])[0]
        return vector

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (n, d), in the order given; EngineUnavailable as for a query."""
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        prefixed = [self._prefixes[1] + text for text in texts]
        starts = range(0, len(prefixed), TEXTS_PER_REQUEST)
        return np.concatenate([self._ask(prefixed[i : i + TEXTS_PER_REQUEST]) for i in starts])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, texts: list[str]) -> NDArray[np.float32]:
        vectors = self._vectors(self._reply(texts), len(texts))
        self._dimensions = self._dimensions or vectors.shape[1]
        if vectors.shape[1] != self._dimensions:
            raise self._bad(f"sent {vectors.shape[1]} numbers a vector where it sent {self._dimensions} before")
        return vectors

    def _reply(self, texts: list[str]) -> Any:
        body = {"model": self._model, "input": texts, "encoding_format": "float"}
        try:
            reply = self._client.post(self._url, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._bad(f"could not be reached ({type(error).__name__})") from error
        if not reply.is_success:
            raise self._bad(f"answered with status {reply.status_code}")
        try:
            return reply.json()
        except ValueError as error:
            raise self._bad("did not answer in JSON") from error

    def _vectors(self, reply: Any, count: int) -> NDArray[np.float32]:
        try:
            # The protocol allows any order and numbers the rows.
            rows = sorted(reply["data"], key=lambda row: int(row["index"]))
            vectors = np.array([row["embedding"] for row in rows], np.float32)
            numbered = [row["index"] for row in rows] == list(range(count))
        except (KeyError, TypeError, ValueError) as error:
            raise self._bad("answered without a list of vectors") from error
        if not numbered or vectors.ndim != 2 or not vectors.shape[1]:
            raise self._bad(f"did not answer with one vector for each of {count} texts")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and lengths.all()):
            raise self._bad("answered with a vector that has no direction")
        unit: NDArray[np.float32] = vectors / lengths
        return unit

    def _bad(self, what: str) -> EngineUnavailable:
        return EngineUnavailable(
            f"The embeddings server at {self._url} {what}.",
            "Check its address, its key and the model's name, and that it is running.",
        )
