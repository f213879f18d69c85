"""Licences of keys, exports and streams, as an `App` has them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import msgspec

from oscine import access
from oscine.access import Key, licences, reading
from oscine.access.licences import Granted
from oscine.access.pulse import Pulse
from oscine.access.reading import Reading
from oscine.app.logging_access import LoggingAccess
from oscine.errors import InputError
from oscine.records import Purpose, Use, Viewer
from oscine.search import bulk
from oscine.search.bulk import Batch, Wanted
from oscine.search.search import Search

ARRIVING_SECONDS = 30.0  # for which an export waits for posts that are being written as it begins
PAUSE = 0.05


class Licensing(LoggingAccess):
    """Licences of keys."""

    @cached_property
    def search(self) -> Search:
        """Search over the store, which `App` builds."""
        raise NotImplementedError

    @cached_property
    def pulse(self) -> Pulse:
        """Which keys stand, and how far posts have arrived, as of half a second ago."""
        return Pulse(self.database)

    def license(self, key: str, wanted: dict[str, Any], by: str, why: str = "") -> Granted:
        """Give a key a licence, or another in place of the one it has. Raises `InputError`, `NotFound`."""
        made = licences.licence(wanted)
        before = next(iter(licences.versions(self.database, key)), None)
        what = "narrowed" if before and licences.narrower(before.licence, made) else "granted"
        with self.database.connection() as connection:
            granted = licences.grant_in(connection, key, made, by, why)
            self.access_log.told_in(connection, what, key=key, purpose=made.purpose, version=granted.licence.version, by=by, why=why)
        self.pulse.hurry()
        return granted

    def revoke(self, key: str, by: str) -> None:
        """End a key at once. Raises `NotFound`."""
        access.revoke(self.database, key)
        self.pulse.hurry()
        self.access_log.tell("revoked", key=key, by=by)

    def arriving(self) -> int:
        """The number up to which every post that will ever come has come; waits a while for those who are writing as it is asked."""
        highest = self.database.one("SELECT coalesce(max(id), 0) AS id FROM posts")
        end = time.monotonic() + ARRIVING_SECONDS
        pulse = Pulse(self.database, clock=_always_due())
        while True:
            pulse.look()
            if pulse.arrived >= (highest["id"] if highest else 0) or time.monotonic() > end:
                return pulse.arrived
            time.sleep(PAUSE)

    def batch(self, use: Use, key: Key, viewer: Viewer, wanted: Wanted, after: int, upto: int) -> Batch:
        """The next posts of an export or a stream, kept in the log before they are handed out."""
        with reading.reading(Reading(door=use, key=key.id, viewer=viewer)) as read:
            after = max(after, self._before_next(after, upto))
            given = bulk.batch(self.search, self.view(viewer), wanted, after, upto, datetime.now(UTC))
        self.keep_reading(read, sure=True)
        return given

    def export(self, viewer: Viewer, wanted: Wanted, after: int = 0) -> Iterator[Batch]:
        """All that has arrived, as the person at this computer exports it."""
        upto = self.arriving()
        while after < upto:
            given = self.batch("export", access.LOCAL, viewer, wanted, after, upto)
            after = given.upto
            yield given

    def _before_next(self, after: int, upto: int) -> int:
        """The number before that of the next post of anybody's: numbers are spent on posts that were never new."""
        row = self.database.one("SELECT coalesce(min(id) - 1, %s) AS before FROM posts WHERE id > %s AND id <= %s", [upto, after, upto])
        return int(row["before"]) if row else after


def exporting(viewer: Viewer, key: Key, purpose: str, use: Use) -> Viewer:
    """A viewer for an export or a stream: under the key's licence or, where it has none, under the operator's own, for that purpose. Raises `InputError`."""
    if key.licence:
        if purpose and purpose != key.licence.purpose:
            raise InputError(f"This licence is for the purpose {key.licence.purpose}.", "Leave the purpose out.")
        return msgspec.structs.replace(viewer, licence=key.licence)
    if purpose and purpose not in licences.PURPOSES:
        raise InputError(f"{purpose[:40]!r} is no purpose.", f"There are {', '.join(sorted(licences.PURPOSES))}.")
    chosen: Purpose = purpose or "other"  # type: ignore[assignment]  # it is one of them
    return msgspec.structs.replace(viewer, licence=licences.own(chosen, use))


def _always_due() -> Any:
    ticks = iter(range(1_000_000_000))
    return lambda: float(next(ticks))
