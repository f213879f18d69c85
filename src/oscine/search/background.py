"""Work that goes on beside requests: again and again, with a rest between. It does not know what the work is."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

import psycopg

from oscine.errors import OscineError

log = logging.getLogger("oscine.background")


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

    def stop(self) -> None:
        """Finish the piece at hand and end."""
        self._stopping.set()
        self.join(timeout=30)
