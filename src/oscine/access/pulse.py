"""What is looked at twice a second for all that stays open: which keys still stand and under which version of their licence, and how far posts have arrived.

Whoever asks first after half a second looks for everybody; nobody looks while nobody asks. It ends nothing itself.

Posts are numbered before they are committed, so that a lower number may come to light after a higher one. `arrived` is a number up to which every post that
will ever come has come: the highest that was seen at a look, once all who were writing then (they hold a lock, `store.posts.write`) are done.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg import Connection
from psycopg.rows import DictRow

from oscine.store.postgres import Database
from oscine.store.posts import WRITERS_LOCK

BEAT = 0.5  # seconds
REMEMBERED = 10_000  # looks at which somebody was writing who still is
_STANDING = """
SELECT k.id, coalesce((SELECT max(version) FROM licences l WHERE l.key = k.id), 0) AS version FROM keys k WHERE k.revoked_at IS NULL AND k.id = ANY (%s)
"""
_HIGHEST = """
SELECT (SELECT coalesce(max(id), 0) FROM posts) AS highest, (SELECT coalesce(max(value::bigint), 0) FROM meta WHERE key = 'arrived') AS sure
"""
_WRITING = """
SELECT virtualtransaction FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND ((classid::bigint << 32) | objid::bigint) = %s AND objsubid = 1
"""


class Pulse:
    """The newest look. A key that is not watched stands for nothing here."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._looking = threading.Lock()
        self._watched: Counter[str] = Counter()
        self._standing: dict[str, int] = {}
        self._unsure: deque[tuple[int, frozenset[str]]] = deque(maxlen=REMEMBERED)  # what was highest at a look, and who was writing then
        self._looked = float("-inf")
        self.arrived = 0

    @contextmanager
    def watching(self, key: str) -> Iterator[None]:
        """Within the block, a key is looked at."""
        with self._looking:
            self._watched[key] += 1
            self._looked = float("-inf")
        try:
            yield
        finally:
            with self._looking:
                self._watched -= Counter([key])

    def hurry(self) -> None:
        """Something was changed here: whoever asks next looks at once."""
        self._looked = float("-inf")

    @property
    def due(self) -> bool:
        """Whether the newest look is too old."""
        return self._clock() - self._looked >= BEAT

    def look(self) -> None:
        """Look, unless somebody has just done so. Raises `DatabaseUnavailable`."""
        with self._looking:
            if not self.due:
                return
            with self._database.connection() as connection:
                rows = connection.execute(_STANDING, [list(self._watched)]).fetchall()
                self._note_arrivals(connection)
            self._standing = {row["id"]: row["version"] for row in rows}
            self._looked = self._clock()

    def version(self, key: str) -> int | None:
        """The version of a watched key's licence, 0 for none; None once the key is revoked."""
        return self._standing.get(key)

    def _note_arrivals(self, connection: Connection[DictRow]) -> None:
        highest = connection.execute(_HIGHEST).fetchone()
        writing = frozenset(row["virtualtransaction"] for row in connection.execute(_WRITING, [WRITERS_LOCK]))  # after the highest: who ends between is seen
        assert highest
        self.arrived = max(self.arrived, highest["sure"])
        if self._unsure and self._unsure[-1][1] == writing:
            self._unsure.pop()
        self._unsure.append((highest["highest"], writing))
        while self._unsure and not self._unsure[0][1] & writing:
            self.arrived = max(self.arrived, self._unsure.popleft()[0])
