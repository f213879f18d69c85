"""What a network tells, taken as it comes into a queue that has an end; connected again whenever it breaks off.

Whoever writes to the store takes from the queue; where that is slower than the network, the network is not read on until there is room.
It does not know the store.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec

from oscine.errors import NetworkUnavailable, RateLimited
from oscine.ingest.items import Item, prepared
from oscine.records import Reached
from oscine.sources.base import Live
from oscine.store.posts import Indexed

FIRST_REST, LONGEST_REST = 1.0, 60.0  # seconds before connecting again; doubled with each failure, of which a random part is waited
STEADY = 30.0  # seconds that a connection holds, after which the next failure is a first one again

_BYTES = msgspec.msgpack.Encoder(enc_hook=str)


class Queue:
    """Items in order, up to so many and so many bytes; `put` waits for room, `take` for items."""

    def __init__(self, most: int = 10_000, most_bytes: int = 32 << 20) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._wanted = 1
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: Item, size: int) -> bool:
        """Whether it was taken: once the queue is closed nothing is."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._full)
            if not self._closed:
                self._items.append((item, size))
                self._bytes += size
                if len(self._items) >= self._wanted or self._full:
                    self._changed.notify_all()
            return not self._closed

    def take(self, most: int, seconds: float, patience: float) -> list[Item]:
        """Up to so many, or what has come within so many seconds of the first; nothing where nothing comes for as long as `patience`."""
        with self._changed:
            for self._wanted, timeout in ((1, patience), (most, seconds)):
                self._changed.wait_for(lambda: self._closed or len(self._items) >= self._wanted or self._full, timeout)
            taken = [self._items.popleft() for _ in range(min(most, len(self._items)))]
            self._bytes -= sum(size for _, size in taken)
            self._changed.notify_all()
            return [item for item, _ in taken]

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def _full(self) -> bool:
        return len(self._items) >= self._most or self._bytes >= self._most_bytes


class Receiver:
    """Reads a live source into a queue, from `place` on, until it is stopped.

    `waiting` is whether it rests before it connects again, `trouble` why; `failure` is what ended it for good, where something did.
    """

    def __init__(
        self, source: Live, place: str, queue: Queue, stop: threading.Event, chance: Callable[[float, float], float] = random.uniform
    ) -> None:
        self.ended, self.waiting, self.trouble = False, False, ""
        self.failure: Exception | None = None
        self._source, self._place, self._queue, self._stopping, self._chance = source, place, queue, stop, chance

    def run(self) -> None:
        """Connect, again and again."""
        failures = 0
        try:
            while not self._stopping.is_set():
                began, least = time.monotonic(), self._connect()
                failures = 0 if time.monotonic() - began > STEADY else failures
                self._rest(max(least, self._chance(0, min(LONGEST_REST, FIRST_REST * 2.0**failures))))
                failures = min(failures + 1, 20)
        except Exception as error:  # told to whoever writes, who raises it
            self.failure = error
        finally:
            self.ended = True

    def _connect(self) -> float:
        """Read for as long as the connection holds; how many seconds to rest at least."""
        try:
            for event in self._source.events(self._place):
                self.trouble = ""
                item = prepared(event)
                if not self._queue.put(item, _size(item)):
                    return 0
                if isinstance(event, Reached):
                    self._place = event.place
            self.trouble = "The network ended the connection."
        except (NetworkUnavailable, RateLimited) as error:
            self.trouble = str(error)
            return float(getattr(error, "retry_after", 0))
        return 0

    def _rest(self, seconds: float) -> None:
        self.waiting = True
        self._stopping.wait(seconds)
        self.waiting = False


def _size(item: Item) -> int:
    """About how many bytes an item takes."""
    event, words = (item.event, len(item.words) + len(item.lexemes)) if isinstance(item, Indexed) else (item, 0)
    return len(_BYTES.encode(event)) + words
