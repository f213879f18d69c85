"""One at a time: a model that takes both cores serves one caller, lets a few wait, and sends the others away at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from oscine.errors import RateLimited


class Turns:
    """Turns at something called `name`, for which `waiting` may wait."""

    def __init__(self, name: str, waiting: int = 4) -> None:
        self._name = name
        self._room = threading.BoundedSemaphore(1 + waiting)
        self._turn = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn. Raises `RateLimited` where too many wait already."""
        if not self._room.acquire(blocking=False):
            raise RateLimited(f"{self._name} is busy, and others wait already.", "Try again in a while.", retry_after=10)
        try:
            with self._turn:
                yield
        finally:
            self._room.release()
