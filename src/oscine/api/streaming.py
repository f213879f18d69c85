"""What stays open while a key may be revoked, or its licence changed: it is looked at every half second, and what no longer stands ends.

A look is shared by all that is open (`access.pulse`). Where it cannot be made, what is open ends too: nothing is given on a guess. Looks and pieces are
made in threads that are counted apart from those of other requests, so that slow models hold up neither.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from anyio import CapacityLimiter, to_thread

from oscine import access
from oscine.access import LOCAL, SESSION, Key, licences
from oscine.api import doors
from oscine.api.doors import Door
from oscine.app import App
from oscine.engines import heard
from oscine.errors import AccessError, OscineError

TICK = 0.1  # seconds
LOOKING, MAKING = CapacityLimiter(4), CapacityLimiter(64)  # threads
REVOKED = "This key was revoked."
CHANGED = "The licence of this key was narrowed."
UNKNOWN = "Whether this key still stands cannot be looked up now."


class Standing:
    """A key, as it stands now, at a door. `adopts` says whether a changed licence is taken up; else a narrower one ends what is open."""

    def __init__(self, app: App, key: Key, door: Door, adopts: bool = False) -> None:
        self.key = key
        self._app, self._door, self._adopts = app, door, adopts
        self._counted = key.id not in (LOCAL.id, SESSION)

    async def over(self) -> str:
        """Why it has ended, in a sentence; empty while it stands."""
        if not self._counted:
            return ""
        try:
            if self._app.pulse.due:
                await to_thread.run_sync(self._app.pulse.look, limiter=LOOKING)
            version = self._app.pulse.version(self.key.id)
            if version is None:
                return REVOKED
            if version != (self.key.licence.version if self.key.licence else 0):
                await to_thread.run_sync(self.renew, limiter=LOOKING)
            self._check(self.key)
        except AccessError as error:
            return error.what
        except OscineError:
            return UNKNOWN
        return ""

    def renew(self) -> Key:
        """The key as it is at this moment. Raises `KeyRequired` once it is revoked, `NotAllowed` where its licence no longer covers what is open."""
        now = access.live(self._app.database, self.key)
        self._check(now)
        if not self._adopts and now.licence and now.licence != self.key.licence and licences.narrower(self.key.licence, now.licence):
            raise AccessError(CHANGED)
        self.key = now
        return now

    def _check(self, key: Key) -> None:
        if key.licence:
            doors.current(key.licence)
            doors.check(key, self._door)


async def guarded(app: App, standing: Standing, pieces: Iterator[str], farewell: Callable[[str], str]) -> AsyncIterator[str]:
    """The pieces as they are made, each in a thread, until the key stands no longer: then `farewell` of the reason, even while a piece is being made.

    Once this ends, also because the caller hung up, nobody waits for the piece that is being made, and a model that writes is told so (`engines.heard`).
    """
    left = threading.Event()
    try:
        with app.pulse.watching(standing.key.id):
            while True:
                making = asyncio.ensure_future(to_thread.run_sync(functools.partial(_next, pieces, left), limiter=MAKING))
                making.add_done_callback(_heard)
                done: Any = ()
                while not done:
                    done, _ = await asyncio.wait({making}, timeout=TICK)
                    if reason := await standing.over():
                        yield farewell(reason)
                        return
                piece = making.result()
                if piece is None:
                    return
                yield piece
    finally:
        left.set()


def _next(pieces: Iterator[str], left: threading.Event) -> str | None:
    """The next piece; None at the end, and where it is not waited for any more when its turn comes."""
    heard.until(left)
    return None if left.is_set() else next(pieces, None)


def _heard(making: asyncio.Future[Any]) -> None:
    """A piece that is waited for no longer may fail without a word."""
    if not making.cancelled():
        making.exception()
