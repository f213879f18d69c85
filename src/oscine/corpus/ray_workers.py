"""The machines of a Ray cluster as workers: `ray start` joins them, no disk need be shared.

A frame stays in Ray's object store on the machine that made it, on that machine's disk where memory is short, and the next step goes to where it
lies. What a lost machine held is made again from what was read. Plain tasks, not Ray Data: its blocks come in any order and of any size,
and which posts are a batch, and in what order, is what the bytes of a corpus depend on. It knows nothing of posts.
"""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Self

import numpy as np
import polars as pl

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody about a cluster that is started here
import ray
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from oscine import __version__
from oscine.corpus.workers import Context, Given, Told
from oscine.errors import SetupError, Unavailable

ONE_THREAD = {"env_vars": {"POLARS_MAX_THREADS": "1"}}  # a task is one core's
KNOCK_SECONDS = 10.0


class RayWorkers:
    """All cores of the cluster at `address`: `auto` for the one that this machine belongs to, `local` for one that is started here and ends with it.

    Raises `SetupError` where no cluster answers, or where its machines would not give the same bytes.
    """

    def __init__(self, address: str) -> None:
        try:
            _knock(address)
            ray.init(address=address, runtime_env=ONE_THREAD, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
        except (OSError, RuntimeError, ValueError) as error:
            raise SetupError(
                f"No Ray cluster can be used at {address!r} ({_first_line(error)}).", "Start one with `ray start --head`."
            ) from None
        self._frames: list[Any] = []
        self._given: list[Any] = []  # what frames can be made from again
        self._window = 2 * max(1, int(ray.cluster_resources().get("CPU", 0)))

    def __enter__(self) -> Self:
        try:
            _check_versions()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._frames, self._given = [], []
        ray.shutdown()

    def make(
        self, function: Callable[[Context, Given], tuple[pl.DataFrame, Told]], context: Context, tasks: Iterable[Given]
    ) -> Iterator[Told]:
        """As `Workers.make`."""
        self._frames, self._given = [], []
        spread = _work.options(scheduling_strategy="SPREAD")
        for told, frame in self._each(spread, function, context, ((self._put(task),) for task in tasks)):
            self._frames.append(frame)
            yield told

    def remake(
        self, function: Callable[[Context, Given, pl.DataFrame], tuple[pl.DataFrame, Told]], context: Context, tasks: Iterable[Given]
    ) -> Iterator[Told]:
        """As `Workers.remake`."""
        given = zip(tasks, list(self._frames), strict=True)
        for number, (told, frame) in enumerate(self._each(_work, function, context, given)):
            self._frames[number] = frame
            yield told

    def frame(self, number: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """As `Workers.frame`."""
        whole: pl.DataFrame = _got(self._frames[number])
        return whole.select(columns) if columns else whole

    def _put(self, task: Any) -> Any:
        self._given.append(ray.put(task))
        return self._given[-1]

    def _each(self, work: Any, function: Callable[..., Any], context: Any, given: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, Any]]:
        shared = [ray.put(context)]  # in a list it travels as a name, and each process fetches it once
        waiting: deque[tuple[Any, Any]] = deque()
        for arguments in given:
            waiting.append(work.remote(function, shared, *arguments))
            if len(waiting) >= self._window:
                yield _told(*waiting.popleft())
        while waiting:
            yield _told(*waiting.popleft())


def _done(function: Callable[..., Any], shared: list[Any], *given: Any) -> Any:
    return function(_context(shared[0]), *given)


_work: Any = ray.remote(num_cpus=1, num_returns=2)(_done)


@lru_cache(maxsize=1)
def _context(shared: Any) -> Any:
    return ray.get(shared)


def _told(frame: Any, told: Any) -> tuple[Any, Any]:
    return _got(told), frame


def _got(promised: Any) -> Any:
    """What a task gave. Raises what it raised, and `Unavailable` where Ray cannot bring it."""
    try:
        return ray.get(promised)
    except RayTaskError as error:
        raise error.cause from None
    except RayError as error:
        raise Unavailable(f"The Ray cluster lost what it was given ({_first_line(error)}).", "See `ray status`, and build again.") from None


def _versions() -> dict[str, str]:
    return {"Oscine": __version__, "Polars": pl.__version__, "NumPy": np.__version__}


def _check_versions() -> None:
    """Raises `SetupError` where a machine has others than this one: the same bytes come of the same versions only."""
    nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
    asked = [
        ray.remote(_versions).options(scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)) for node in nodes
    ]
    for node, promised in zip(nodes, [question.remote() for question in asked], strict=True):
        try:
            theirs = _got(promised)
        except ImportError as error:
            theirs = {f"no {error.name}": ""}
        if theirs != _versions():
            told = ", ".join(f"{name} {version}".strip() for name, version in theirs.items())
            raise SetupError(f"{node['NodeManagerHostname']} has {told}.", f"Install what is here: {_versions()}.")


def _knock(address: str) -> None:
    """Raises `OSError` where nobody opens: Ray would try for ten minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "/" not in host:
        socket.create_connection((host, int(port)), KNOCK_SECONDS).close()


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
