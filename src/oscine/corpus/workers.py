"""Many processes, one order: results come in the order of what was handed in, whoever was quicker.

At most two tasks a process wait at a time, so that memory does not grow with the input. It knows nothing of posts.
"""

from __future__ import annotations

import multiprocessing
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")
Context = TypeVar("Context")


class Workers:
    """`count` processes; with one, this process does the work. What they share passes through a file in `folder`."""

    def __init__(self, count: int, folder: Path) -> None:
        spawn = multiprocessing.get_context("spawn")  # Polars has threads of its own: a forked copy of them would hang
        self._pool = ProcessPoolExecutor(count, mp_context=spawn) if count > 1 else None
        self._window = 2 * count
        self._folder = folder

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def map(self, function: Callable[[Context, Given], Made], context: Context, tasks: Iterable[Given]) -> Iterator[Made]:
        """`function(context, task)` for each task, in order."""
        if self._pool is None:
            yield from (function(context, task) for task in tasks)
            return
        shared = self._folder / f"{function.__name__}.pickle"
        shared.write_bytes(pickle.dumps(context))
        waiting: deque[Future[Made]] = deque()
        for task in tasks:
            waiting.append(self._pool.submit(_call, function, str(shared), task))
            if len(waiting) >= self._window:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _call(function: Callable[[Any, Given], Made], shared: str, task: Given) -> Made:
    return function(_loaded(shared), task)


@lru_cache(maxsize=1)
def _loaded(path: str) -> object:
    return pickle.loads(Path(path).read_bytes())  # noqa: S301 - our own, from a folder that is ours alone
