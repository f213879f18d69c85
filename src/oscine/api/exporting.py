"""Exports and streams on the wire: lines of Oscine JSONL with a place after each batch; server-sent events. Each batch rests on the key as it is then."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

from anyio import sleep, to_thread

from oscine.api.streaming import LOOKING, TICK, Standing
from oscine.app import App
from oscine.app.licensing import exporting
from oscine.errors import AccessError, OscineError
from oscine.records import Use, Viewer
from oscine.search import bulk
from oscine.search.bulk import Batch, Wanted

HEARTBEAT = 10.0  # seconds without a post, after which a comment keeps the connection open


class Reader:
    """Reads batches for a key as it stands: its viewer's account stays, its licence is read again for each."""

    def __init__(self, app: App, standing: Standing, use: Use, viewer: Viewer, purpose: str, wanted: Wanted) -> None:
        self._app, self._standing, self._use, self._viewer, self._purpose, self._wanted = app, standing, use, viewer, purpose, wanted
        bulk.check(app.view(self.viewer()), wanted.query, datetime.now(UTC))  # what is wrong with the request is an error, not a stream

    def viewer(self) -> Viewer:
        """Who looks, under the licence of this moment."""
        return exporting(self._viewer, self._standing.key, self._purpose, self._use)

    def batch(self, after: int, upto: int) -> Batch:
        """The next batch, made anew where the licence changed meanwhile. Raises `AccessError` once the key stands no longer, also as it was made."""
        key = self._standing.renew()
        while True:
            given, before = self._app.batch(self._use, key, self.viewer(), self._wanted, after, upto), key
            key = self._standing.renew()
            if key.licence == before.licence:
                return given


def pieces(app: App, reader: Reader, after: int) -> Iterator[str]:
    """An export: the lines of batch after batch, then where it goes on; the last place says whether it is complete, and why not."""
    try:
        upto = app.arriving()
        while after < upto:
            given = reader.batch(after, upto)
            after = given.upto
            yield "".join(map(line, [*given.authors, *(told for _, told in given.posts)])) + (line(place(after)) if given.posts else "")
        yield line(place(after, complete=True))
    except OscineError as error:
        yield line(place(after, complete=False, reason=error.what))


def place(after: int, **more: Any) -> dict[str, Any]:
    """A place that an export goes on from."""
    return {"cursor": str(after), **more}


def line(told: dict[str, Any]) -> str:
    """A line of JSON."""
    return json.dumps(told, ensure_ascii=False) + "\n"


async def events(app: App, standing: Standing, reader: Reader, after: int) -> AsyncIterator[str]:
    """A stream: new posts as they arrive, until the key stands no longer."""
    with app.pulse.watching(standing.key.id):
        yield ": open\n\n"
        said = time.monotonic()
        while not (reason := await standing.over()):
            try:
                if app.pulse.due:
                    await to_thread.run_sync(app.pulse.look, limiter=LOOKING)
                told = ""
                if app.pulse.arrived > after:
                    given = await to_thread.run_sync(reader.batch, after, app.pulse.arrived)
                    after = given.upto
                    told = "".join(event("post", post, str(number)) for number, post in given.posts)
            except AccessError as error:
                reason = error.what
                break
            except OscineError:  # the database is away: what was missed comes when it is back
                told = ""
                await sleep(1)
            if told or time.monotonic() - said > HEARTBEAT:
                yield told or ": \n\n"
                said = time.monotonic()
            if app.pulse.arrived <= after:
                await sleep(TICK)
        yield event("end", {"reason": reason})


def event(name: str, told: dict[str, Any], number: str = "") -> str:
    """A server-sent event."""
    return (f"id: {number}\n" if number else "") + f"event: {name}\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"
