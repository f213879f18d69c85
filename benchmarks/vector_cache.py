"""Vectors of a benchmark's posts, computed once and kept: half an hour of work for the largest set, on one core.

    python -m benchmarks.vector_cache FILE.jsonl[.gz] …      compute ahead

The cache lies in `.cache/vectors/`, a file for every 10,000 posts, under the embedder's name: another embedder starts anew.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oscine.engines.e5 import E5Embedder
from oscine.engines.embedding import Embedder

CACHE = Path(".cache")
CHUNK = 10_000


def embedder() -> E5Embedder:
    """The default embedder, prepared in the benchmarks' cache."""
    return E5Embedder(CACHE / "models")


def vectors(texts: list[str], model: Embedder, log: bool = False) -> NDArray[np.float16]:
    """The vectors of `texts`, shape (n, d); what is in the cache is not computed again."""
    return np.concatenate(list(_chunks(texts, model, log)))


def _chunks(texts: list[str], model: Embedder, log: bool) -> Iterator[NDArray[np.float16]]:
    folder = CACHE / "vectors" / model.name.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, len(texts), CHUNK)):
        chunk = texts[start : start + CHUNK]
        path = folder / f"{hashlib.sha256(chr(0).join(chunk).encode()).hexdigest()[:32]}.npy"
        if not path.exists():
            began = time.monotonic()
            made = model.embed_passages(chunk).astype(np.float16)
            with path.with_suffix(".new").open("wb") as file:
                np.save(file, made)
            path.with_suffix(".new").rename(path)
            if log:
                print(f"chunk {number}: {len(chunk) / (time.monotonic() - began):.0f} posts/s", file=sys.stderr, flush=True)
        yield np.load(path)


if __name__ == "__main__":
    from oscine.evals.sets import posts

    for name in sys.argv[1:]:
        vectors([post["text"] for post in posts(Path(name))], embedder(), log=True)
