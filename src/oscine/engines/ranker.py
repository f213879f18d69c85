"""What a person will do to posts: the protocol that feeds rank by, and the ranker that was trained last, on the CPU without torch.

The score of a post never depends on which others are asked about with it, so scores may be kept. It knows arrays: neither posts nor people. It says what
it was trained for, and no more: see `ranker.json` beside its graphs for what its probabilities mean.
"""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from oscine.errors import EngineUnavailable
from oscine.model.interactions import History, Items

log = logging.getLogger("oscine.feed")
Arrays = dict[str, NDArray[Any]]
CARD = "ranker.json"
GRAPHS = ("foretell", "taste", "places")


class Ranker(Protocol):
    """Something that foretells, and finds."""

    @property
    def name(self) -> str:
        """Which one, and which version of it: it changes whenever what it foretells would change."""
        ...

    @property
    def dimensions(self) -> int:
        """Length d of the vectors of posts that it takes."""
        ...

    def foretell(self, history: History, items: Items, now: float) -> NDArray[np.float64]:
        """(n, 9) probabilities of every action of `recommendation.ACTIONS` for n items; `now` is in seconds since 1970."""
        ...

    def taste(self, history: History, now: float) -> NDArray[np.float32]:
        """(k,) what a person is likely to want, for retrieval: the dot product with `places` tells how likely."""
        ...

    def places(self, items: Items, now: float) -> NDArray[np.float32]:
        """(n, k) where posts stand; `followed` is not read, so that they are the same for everybody."""
        ...


class OnnxRanker:
    """A `Ranker` out of a folder that `oscine feed train` wrote; safe to use from several threads at once."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Open its graphs; `EngineUnavailable` where they are not there, or damaged."""
        try:
            self.card: dict[str, Any] = json.loads((folder / CARD).read_text())
            self._graphs = {name: _session(folder / f"{name}.onnx", threads) for name in GRAPHS}
        except Exception as error:  # onnxruntime has no one error class for a damaged file
            raise EngineUnavailable(
                f"The ranker in {folder} cannot be read ({type(error).__name__}).", "Run `oscine feed train`."
            ) from None
        self.folder, self.name = folder, f"ranker/{folder.name}"

    @property
    def dimensions(self) -> int:
        """As `Ranker.dimensions`."""
        return int(self.card["config"]["shape"]["dimensions"])

    def foretell(self, history: History, items: Items, now: float) -> NDArray[np.float64]:
        """As `Ranker.foretell`."""
        if not len(items.created):
            return np.empty((0, len(self.card["actions"])))
        return self._run("foretell", _acts(history, now) | _posts(items, now)).astype(np.float64)

    def taste(self, history: History, now: float) -> NDArray[np.float32]:
        """As `Ranker.taste`."""
        return self._run("taste", _acts(history, now))

    def places(self, items: Items, now: float) -> NDArray[np.float32]:
        """As `Ranker.places`."""
        return self._run("places", _posts(items, now)) if len(items.created) else np.empty((0, self.card["tower"]), np.float32)

    def _run(self, name: str, given: Arrays) -> NDArray[np.float32]:
        graph = self._graphs[name]
        found: NDArray[np.float32] = graph.run(None, {each.name: given[each.name] for each in graph.get_inputs()})[0]
        return found


def in_use(folder: Path) -> Path | None:
    """The newest version below `folder` that was found better than what was there before; None where there is none."""
    cards = sorted(folder.glob(f"[0-9]*/{CARD}"), reverse=True)
    return next((card.parent for card in cards if json.loads(card.read_text())["in_use"]), None)


def latest(folder: Path) -> OnnxRanker | None:
    """The ranker in use below `folder`; None where there is none. `EngineUnavailable` where it is damaged."""
    found = in_use(folder)
    return OnnxRanker(found) if found else None


class Latest:
    """The ranker in use below a folder, looked for once in a while, so that a running server takes up what was trained meanwhile."""

    def __init__(self, folder: Path, seconds: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._seconds, self._clock = folder, seconds, clock
        self._found: OnnxRanker | None = None
        self._next = -math.inf
        self._looking = threading.Lock()

    def __call__(self) -> OnnxRanker | None:
        """None where there is none."""
        with self._looking:
            if self._clock() >= self._next:
                self._next = self._clock() + self._seconds
                self._look()
            return self._found

    def _look(self) -> None:
        """A version that is damaged is left out, and told of: feeds go on without it."""
        folder = in_use(self._folder)
        if folder != (self._found.folder if self._found else None):
            try:
                self._found = OnnxRanker(folder) if folder else None
            except EngineUnavailable as error:
                log.warning("%s", error)


def _session(path: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _acts(history: History, now: float) -> Arrays:
    """A history as the graphs take it; of nobody, one act that is not known."""
    kinds, at, items = history.newest()
    h = max(1, len(at))
    columns: Arrays = {
        "act_vectors": items.vectors,
        "act_authors": items.authors,
        "act_kinds": kinds,
        "act_ages": np.maximum(now - at, 0),
        "act_lags": (at - items.created).astype(np.float32),
        "act_forms": items.forms,
        "act_known": np.ones(len(at), bool),
    }
    return {name: _filled(column, h) for name, column in columns.items()}


def _filled(column: NDArray[Any], h: int) -> NDArray[Any]:
    return np.concatenate([column, np.zeros((h - len(column), *column.shape[1:]), column.dtype)])


def _posts(items: Items, now: float) -> Arrays:
    return {
        "vectors": items.vectors.astype(np.float32, copy=False),
        "authors": items.authors,
        "ages": (now - items.created).astype(np.float32),
        "acts": np.concatenate([items.acts, items.author_acts[:, None]], 1).astype(np.float32, copy=False),
        "forms": items.forms.astype(np.float32, copy=False),
        "followed": items.followed.astype(np.float32, copy=False),
    }
