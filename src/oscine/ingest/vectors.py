"""Posts become vectors in the background, after they are stored. It does not know what is searched for."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import psycopg

from oscine.engines.embedding import Embedder
from oscine.errors import OscineError
from oscine.store import vectors
from oscine.store.postgres import Database


class VectorWorker(threading.Thread):
    """Embeds what is pending, for as long as it runs; one such worker works on a database at a time.

    `error` holds what it stumbled over last, for `status`; it tries again.
    """

    def __init__(self, database: Database, embedder: Callable[[], Embedder | None], batch: int = 256, pause: float = 1.0) -> None:
        super().__init__(name="vectors", daemon=True)
        self.error = ""
        self._database, self._embedder, self._batch, self._pause = database, embedder, batch, pause
        self._stopping = threading.Event()

    def run(self) -> None:
        """Work until `stop`."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)  # people who search come first
        while not self._stopping.is_set():
            try:
                embedder = self._embedder()
                idle = embedder is None or embed_pending(self._database, embedder, self._batch) == 0
                self.error = ""
            except (OscineError, psycopg.Error) as error:
                idle, self.error = True, str(error)
            if idle:
                self._stopping.wait(self._pause)

    def finish(self) -> None:
        """End after the piece at hand; whoever calls does not wait for it."""
        self._stopping.set()

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        self.finish()
        self.join(timeout=30)


def embed_pending(database: Database, embedder: Embedder, batch: int = 256) -> int:
    """Embed one batch of what is pending, unless another process is at it; how many there were."""
    with database.connection() as holder:
        row = holder.execute("SELECT pg_try_advisory_xact_lock(%s) AS mine", [vectors.EMBEDDER_LOCK]).fetchone()
        if not row or not row["mine"]:
            return 0
        items = vectors.pending(database, batch)
        if items:
            vectors.save(database, items, embedder.embed_passages([item.text for item in items]))
        return len(items)
