"""Many processes, one order: frames are made and remade by functions, kept under their numbers meanwhile, and what is told of them comes in order.

At most two tasks a process wait at a time, so that memory does not grow with the input. It knows nothing of posts. `ray_workers.py` is the
same on many machines.
"""

from __future__ import annotations

import multiprocessing
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import polars as pl

Given = TypeVar("Given")
Told = TypeVar("Told")
Context = TypeVar("Context")


class Workers(Protocol):
    """Who makes the frames, and keeps them until they are left."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def make(
        self, function: Callable[[Context, Given], tuple[pl.DataFrame, Told]], context: Context, tasks: Iterable[Given]
    ) -> Iterator[Told]:
        """`function(context, task)` for each task: the frame is kept under the task's number, what is told of it is given, in order."""

    def remake(
        self, function: Callable[[Context, Given, pl.DataFrame], tuple[pl.DataFrame, Told]], context: Context, tasks: Iterable[Given]
    ) -> Iterator[Told]:
        """`function(context, task, frame)` for each frame, with its task: what comes of it takes the frame's place."""

    def frame(self, number: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """A frame as it is now, or some columns of it."""


class Processes:
    """`count` processes of this machine; with one, this process does the work. Frames are files in `folder`, as is what the processes share."""

    def __init__(self, count: int, folder: Path) -> None:
        spawn = multiprocessing.get_context("spawn")  # Polars has threads of its own: a forked copy of them would hang
        self._pool = ProcessPoolExecutor(count, mp_context=spawn) if count > 1 else None
        self._window = 2 * count
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def make(
        self, function: Callable[[Context, Given], tuple[pl.DataFrame, Told]], context: Context, tasks: Iterable[Given]
    ) -> Iterator[Told]:
        """As `Workers.make`."""
        return self._each(_make, function, context, tasks)

    def remake(
        self, function: Callable[[Context, Given, pl.DataFrame], tuple[pl.DataFrame, Told]], context: Context, tasks: Iterable[Given]
    ) -> Iterator[Told]:
        """As `Workers.remake`."""
        return self._each(_remake, function, context, tasks)

    def frame(self, number: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """As `Workers.frame`."""
        return pl.read_ipc(_path(self._folder, number), columns=list(columns) if columns else None)

    def _each(self, how: Callable[..., Any], function: Callable[..., Any], context: Any, tasks: Iterable[Any]) -> Iterator[Any]:
        if self._pool is None:
            yield from (how(self._folder, number, function, context, task) for number, task in enumerate(tasks))
            return
        shared = self._folder / f"{function.__name__}.pickle"
        shared.write_bytes(pickle.dumps(context))
        waiting: deque[Future[Any]] = deque()
        for number, task in enumerate(tasks):
            waiting.append(self._pool.submit(_call, how, self._folder, number, function, str(shared), task))
            if len(waiting) >= self._window:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _call(how: Callable[..., Any], folder: Path, number: int, function: Callable[..., Any], shared: str, task: Any) -> Any:
    return how(folder, number, function, _loaded(shared), task)


@lru_cache(maxsize=1)
def _loaded(path: str) -> object:
    return pickle.loads(Path(path).read_bytes())  # noqa: S301 - our own, from a folder that is ours alone


def _make(folder: Path, number: int, function: Callable[..., tuple[pl.DataFrame, Any]], context: Any, task: Any) -> Any:
    frame, told = function(context, task)
    _keep(folder, number, frame)
    return told


def _remake(folder: Path, number: int, function: Callable[..., tuple[pl.DataFrame, Any]], context: Any, task: Any) -> Any:
    frame, told = function(context, task, pl.read_ipc(_path(folder, number)))
    _keep(folder, number, frame)
    return told


def _keep(folder: Path, number: int, frame: pl.DataFrame) -> None:
    path = _path(folder, number)
    part = path.with_suffix(".part")
    frame.write_ipc(part, compression="uncompressed")
    part.replace(path)  # not written over: what was read lies in memory as this file


def _path(folder: Path, number: int) -> Path:
    return folder / f"batch-{number:06}.ipc"
