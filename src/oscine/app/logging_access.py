"""The log of accesses, as an `App` has it: kept of calls and of what runs beside them, sealed in the background, verified."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import psycopg

from oscine.access import reading
from oscine.access.reading import Reading
from oscine.app.engines import Engines
from oscine.errors import InputError, OscineError
from oscine.records import ANONYMOUS, Viewer
from oscine.settings import Settings
from oscine.store.access_chain import Head, Verdict
from oscine.store.access_log import AccessLog
from oscine.store.incidents import Incidents
from oscine.store.signing import FILE, signing_key

INCIDENT = "The log of accesses does not hold"


class LoggingAccess(Engines):
    """The log of accesses."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._verb = contextlib.ExitStack()

    @cached_property
    def access_log(self) -> AccessLog:
        """What was read by whom, and what was granted, agreed, deleted, decided."""
        return AccessLog(self.database, lambda: signing_key(self.settings.data / FILE))

    def keep_reading(self, read: Reading, *, sure: bool = False) -> None:
        """Keep what was read until now; `sure` for what must be on disk before it is handed on, which alone raises where it cannot be."""
        taken = read.taken()
        if not taken.posts:
            return
        try:
            self.access_log.keep(taken.authors, taken.door, taken.key, taken.viewer, taken.seen_as, sure=sure)
        except (OscineError, psycopg.Error, OSError) as error:
            self.access_log.failed(error)
            if sure:
                raise

    def tell(self, what: str, person: Viewer | None = None, *, door: str = "", posts: int = 0, **detail: Any) -> None:
        """Keep that something was done; by which key and for whom is taken from the call that does it, where nobody is named."""
        now = reading.current() or Reading()
        self.access_log.tell(what, key=now.key, person=person or now.viewer, door=door or now.door, posts=posts, **detail)

    @contextlib.contextmanager
    def noting(self, door: str, viewer: Viewer = ANONYMOUS, key: str = "") -> Iterator[Reading]:
        """Keep what is read within the block: for what is called by no HTTP request. Without a viewer it is nobody's, as of work in the background."""
        with reading.reading(Reading(door, key, viewer)) as begun:
            try:
                yield begun
            finally:
                self.keep_reading(begun)

    def begin_verb(self, door: str, key: str) -> None:
        """Keep what is read from now on until `end_verb`: for a command, in the thread that runs it."""
        self._verb.enter_context(self.noting(door, key=key))

    def end_verb(self) -> None:
        """Keep what a command read."""
        self._verb.close()

    def seal_access_log(self) -> None:
        """Give what came since the last time its place."""
        self.access_log.seal()

    def verify_access_log(self, known: Head | None = None) -> Verdict:
        """Whether the chain holds; where it does not, an incident is opened. `known` is a head that was kept elsewhere. Raises `InputError` for another's."""
        if known and not known.valid(self.access_log.public_key):
            raise InputError("This head is not signed by this log's key.", "Send one that `/v1/access/head` gave.")
        told = self.access_log.verify(known)
        if told.broken:
            what = f"At place {told.broken.place:,}: {told.broken.why}."
            Incidents(self.database).open("log", INCIDENT, what, "Who read what since then cannot be proven by the log.", "the software")
        return told

    def roll_access_log(self) -> None:
        """Verify the log, and forget what is too old."""
        if self.verify_access_log().verified:
            self.access_log.roll(datetime.now(UTC) - timedelta(days=self.settings.access_log_days))
