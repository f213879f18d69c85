"""How near texts are in meaning, with the vectors of texts asked before kept in a file: names of drawings and moods are asked again and again."""

from __future__ import annotations

import hashlib
import tempfile
import threading
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oscine.engines.embedding import Embedder

MOST = 5_000  # texts kept; beyond that they are embedded anew


class Nearness:
    """A `Near` by an embedder: cosines of a text with others; for several threads at once. Embedding all names of drawings takes seconds, once."""

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self._embedder = embedder
        self._file = folder / f"nearness-{hashlib.sha256(embedder.name.encode()).hexdigest()[:12]}.npz"
        self._known: dict[str, NDArray[np.float16]] = {}
        self._changing = threading.Lock()
        with suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile), np.load(self._file, allow_pickle=False) as kept:
            self._known = dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))  # what cannot be read is embedded anew

    def __call__(self, text: str, others: Sequence[str]) -> list[float]:
        """The cosine of each of the others with the text. Raises `EngineUnavailable`."""
        with self._changing:
            missing = [other for other in dict.fromkeys(others) if other not in self._known]
            if missing:
                self._known.update(zip(missing, self._embedder.embed_passages(missing).astype(np.float16), strict=True))
                with suppress(OSError):  # a full disk costs time, and no picture
                    self._keep()
        vectors = np.stack([self._known[other] for other in others]).astype(np.float32)
        return [float(value) for value in vectors @ self._embedder.embed_query(text)]

    def _keep(self) -> None:
        """Write what is known, whole or not at all."""
        if len(self._known) <= MOST:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._file.parent) as own:
                part = Path(own) / "part.npz"
                np.savez(part, texts=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
                part.replace(self._file)
