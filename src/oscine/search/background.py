"""Work that goes on beside requests: again and again, with a rest between. It does not know what the work is."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import psycopg

from oscine.errors import OscineError

log = logging.getLogger("oscine.background")
FINISHING_SECONDS = 10.0
SHOWN = 6  # calls, the innermost, that are told of a thread that does not finish


class Background(threading.Thread):
    """Does `work` until stopped; while it says that it did something it goes on at once, else it rests for `pause` seconds.

    A failure is logged, and tried again after the rest. `quick` is for work that people wait for: it is not made to stand back behind them.
    """

    def __init__(self, name: str, work: Callable[[], object], pause: float, quick: bool = False) -> None:
        super().__init__(name=name, daemon=True)
        self._work, self._pause, self._quick = work, pause, quick
        self._stopping = threading.Event()

    def run(self) -> None:
        """Work until `stop`."""
        if not self._quick:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)  # people who search come first
        while not self._stopping.is_set():
            try:
                busy = self._work()
            except (OscineError, psycopg.Error) as error:
                log.warning("%s: %s", self.name, error)
                busy = False
            if not busy:
                self._stopping.wait(self._pause)

    def finish(self) -> None:
        """End after the piece at hand; whoever calls does not wait for it."""
        self._stopping.set()

    def stop(self) -> None:
        """Finish the piece at hand and end."""
        self.finish()
        self.join(timeout=30)


class Finishing(Protocol):
    """A thread that can be asked to end."""

    name: str

    @property
    def ident(self) -> int | None:
        """What Python calls it."""
        ...

    def finish(self) -> None:
        """End after the piece at hand."""
        ...

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        ...

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        ...


def finish(threads: Sequence[Finishing], seconds: float = FINISHING_SECONDS) -> None:
    """Let all finish what they are at, side by side. What takes longer is left, and told with where it stands: a server that is stopped must stop."""
    for thread in threads:
        thread.finish()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
        if thread.is_alive():
            log.warning("%s did not finish within %g seconds; it is at %s", thread.name, seconds, _standing(thread.ident))


def _standing(ident: int | None) -> str:
    """The innermost calls of a thread, the innermost first."""
    frame = sys._current_frames().get(ident or 0)
    calls = traceback.extract_stack(frame)[-SHOWN:] if frame else []
    return " < ".join(f"{Path(call.filename).name}:{call.lineno}" for call in reversed(calls))
