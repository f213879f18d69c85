"""Posts are labelled in the background, after they are stored, by what reads texts here. It does not know what a label does to a post."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import psycopg
from numpy.typing import NDArray

from oscine.errors import OscineError
from oscine.store import machine_labels
from oscine.store.machine_labels import LABELS
from oscine.store.postgres import Database

BATCH = 64


class Labeller(Protocol):
    """Something that reads texts for labels; its `labels` may stand in any order."""

    @property
    def name(self) -> str:
        """The model, in words that change with its weights."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """What it reads for."""
        ...

    @property
    def thresholds(self) -> dict[str, float]:
        """From which probability on it would say each."""
        ...

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """How probable each label is of each text, shape (n, 8), calibrated."""
        ...

    def reason(self, text: str, label: str) -> tuple[int, int]:
        """The span `text[start:end]` that a label rests on most; (0, 0) where there is none."""
        ...


class Reading(NamedTuple):
    """Who labels, and from which probability on each label is said."""

    labeller: Labeller
    thresholds: Mapping[str, float]


class LabelWorker(threading.Thread):
    """Labels what is pending, for as long as it runs; one such worker works on a database at a time.

    `error` holds what it stumbled over last, for `status`; it tries again.
    """

    def __init__(self, database: Database, reading: Callable[[], Reading | None], batch: int = BATCH, pause: float = 1.0) -> None:
        super().__init__(name="labels", daemon=True)
        self.error = ""
        self._database, self._reading, self._batch, self._pause = database, reading, batch, pause
        self._stopping = threading.Event()

    def run(self) -> None:
        """Work until `stop`."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)  # people who search come first
        while not self._stopping.is_set():
            try:
                reading = self._reading()
                idle = reading is None or label_pending(self._database, reading, self._batch) == 0
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


def label_pending(database: Database, reading: Reading, batch: int = BATCH) -> int:
    """Label one batch of what is pending, unless another process is at it; how many there were."""
    with database.connection() as holder:
        row = holder.execute("SELECT pg_try_advisory_xact_lock(%s) AS mine", [machine_labels.LABELLER_LOCK]).fetchone()
        if not row or not row["mine"]:
            return 0
        items = machine_labels.pending(database, batch)
        if items:
            found = probabilities(reading.labeller, [item.text for item in items])
            machine_labels.save(database, items, reading.labeller.name, found, reading.thresholds)
        return len(items)


def probabilities(labeller: Labeller, texts: Sequence[str]) -> NDArray[np.float32]:
    """How probable each of `LABELS` is of each text, shape (n, 8), in their order; nothing is said of a text without a word."""
    found = np.zeros((len(texts), len(LABELS)), np.float32)
    told = [place for place, text in enumerate(texts) if text.strip()]
    if told:
        order = [labeller.labels.index(label) for label in LABELS]
        found[told] = labeller.probabilities([texts[place] for place in told])[:, order]
    return found
