"""Many processes, one order: results come in the order of what was handed in, whoever was quicker.

At most two tasks a process wait at a time, so that memory does not grow with the input. It knows nothing of posts.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")
Context = TypeVar("Context")


class Workers(Generic[Context]):
    """`count` processes that share a constant context; with one, this process does the work."""

    def __init__(self, count: int, context: Context) -> None:
        self._context = context
        spawn = multiprocessing.get_context("spawn")  # Polars has threads of its own: a forked copy of them would hang
        self._pool = ProcessPoolExecutor(count, mp_context=spawn, initializer=_remember, initargs=(context,)) if count > 1 else None
        self._window = 2 * count

    def __enter__(self) -> Workers[Context]:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def map(self, function: Callable[[Context, Given], Made], tasks: Iterable[Given]) -> Iterator[Made]:
        """`function(context, task)` for each task, in order."""
        if self._pool is None:
            yield from (function(self._context, task) for task in tasks)
            return
        waiting: deque[Future[Made]] = deque()
        for task in tasks:
            waiting.append(self._pool.submit(_call, function, task))
            if len(waiting) >= self._window:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_remembered: list[object] = []


def _remember(context: object) -> None:
    _remembered[:] = [context]


def _call(function: Callable[[Context, Given], Made], task: Given) -> Made:
    return function(_remembered[0], task)  # type: ignore[arg-type]
