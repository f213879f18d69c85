"""What may be used once: names that are remembered until they expire, so that a message caught on its way cannot be sent again.

It remembers in this process only, and never more than it is told to.
"""

from __future__ import annotations

import threading

from oscine.errors import RateLimited


class Once:
    """Names with the moments, in seconds, at which they may be forgotten."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._until: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def take(self, name: bytes, until: float, now: float) -> bool:
        """Whether this is the first time. Raises `RateLimited` where too many are remembered to remember another."""
        with self._lock:
            if len(self._until) >= self._most:
                self._until = {kept: end for kept, end in self._until.items() if end >= now}
            if self._until.get(name, now) > now:
                return False
            if len(self._until) >= self._most:
                raise RateLimited("Too many calls at once.", "Try again in a minute.", retry_after=60)
            self._until[name] = until
            return True
