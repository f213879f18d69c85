"""How often somebody did something within the last seconds: a sliding window, in memory, never written and gone when it has passed.

It is given keys, such as an address, and knows nothing of what they are. Processes count apart.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

MOST_KEYS = 100_000
MOST_TIMES = 100  # of one key: whoever does it more often is known well enough


class Recent:
    """Counts within `seconds`; of more than `MOST_KEYS` keys, those that were quiet the longest are forgotten."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, key: str, at: float) -> int:
        """Note that it was done now, and tell how often it was within the window, this time included; 0 for no key."""
        if not key:
            return 0
        with self._lock:
            times = self._times.setdefault(key, deque(maxlen=MOST_TIMES))
            self._times.move_to_end(key)
            times.append(at)
            while times[0] <= at - self._seconds:
                times.popleft()
            self._forget(at)
            return len(times)

    def _forget(self, at: float) -> None:
        """Keys are in the order of their last time: the quiet ones stand first."""
        while self._times and (len(self._times) > MOST_KEYS or next(iter(self._times.values()))[-1] <= at - self._seconds):
            self._times.popitem(last=False)
