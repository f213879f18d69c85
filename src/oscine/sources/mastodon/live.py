"""A Mastodon server as it goes on: what its streams tell or, where it has none, what its timelines show when they are asked now and then.

After a break what was missed is read from the timelines, and the statuses told last are looked at again, for edits and deletions have no
timeline. Statuses of other servers come late, under the time that they were written at: reading goes back a little each time.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from oscine.errors import InputError, NotFound, OscineError
from oscine.records import AnyEvent, PostDeleted, PostWritten, Reached
from oscine.sources.mastodon import entities, streams
from oscine.sources.mastodon.backfill import account_events
from oscine.sources.mastodon.events import Events
from oscine.sources.mastodon.server import Server, listed
from oscine.sources.mastodon.statuses import full_name, stable

EVERY = 2.0  # seconds between two looks at feeds that have no stream: half of what Mastodon's limit of 300 in 5 minutes lets
LOOKS = 30  # at each of them, between two looks at what was told before
RECENT = 200  # statuses that are looked at again
SINGLY = 40  # of them where the server gives one at a time
TOGETHER = 20  # statuses that Mastodon gives at once by their ids
LATE = 300_000 << 16  # of an id: its upper bits are milliseconds
WAITING = 200  # events of streams; beyond, the server waits
DIRECTORY = 80  # accounts of a page

Feed = tuple[str, dict[str, Any]]


class Place(msgspec.Struct):
    """How far each feed was read, by the newest id, and what was told last."""

    newest: dict[str, str] = {}
    recent: list[str] = []


def feeds(timeline: str) -> dict[str, Feed]:
    """What shows over the API what a timeline's stream tells. Raises `InputError` for a timeline that there is not."""
    kind, _, tag = timeline.partition(":")
    if kind == "tag" and tag and not any(map(str.isspace, tag)):
        return {timeline: (f"/api/v1/timelines/tag/{quote(tag, safe='')}", {})}
    known: dict[str, dict[str, Feed]] = {
        "public": {"public": ("/api/v1/timelines/public", {})},
        "local": {"local": ("/api/v1/timelines/public", {"local": "true"})},
        "user": {"home": ("/api/v1/timelines/home", {}), "notifications": ("/api/v1/notifications", {})},
    }
    if timeline not in known:
        raise InputError(f"There is no timeline {timeline[:50]!r}.", "Give `public`, `local`, `user` or `tag:NAME`.")
    return known[timeline]


class Mastodon:
    """`timelines` of the server `host`, which is named by its host or its URL.

    They are `public`, `local`, `tag:NAME` and `user`, the last being home and mentions of the token's account.
    """

    def __init__(
        self, host: str, http: httpx.Client, token: str = "", timelines: Sequence[str] = ("public",), every: float = EVERY
    ) -> None:  # fmt: skip
        self._server = Server(host, http, token)
        self._feeds = {timeline: feeds(timeline) for timeline in timelines}
        self._every = every
        self._events = Events(self._server.host)
        self._place = Place()
        self._recent: deque[str] = deque(maxlen=RECENT)
        self._open: list[streams.Stream] = []
        self.network = self._server.host
        self.name = f"mastodon {self._server.name} {' '.join(sorted(timelines))}"

    def events(self, place: str = "") -> Iterator[AnyEvent]:
        """See `Live`. Raises `NetworkUnavailable`; `SetupError` where the server does not take the token or wants one."""
        self._events.me = self._server.me
        self._place = _place(place)
        self._recent.extend(self._place.recent)
        heard: queue.Queue[tuple[str, streams.Told] | OscineError] = queue.Queue(WAITING)
        try:
            streaming = {timeline for timeline in self._feeds if self._listen(timeline, heard)}
            yield from self._missed()
            polled = [timeline for timeline in self._feeds if timeline not in streaming]
            yield from self._go_on(heard, polled)
        finally:
            self._hang_up()

    def again(self, raw: bytes) -> Iterator[AnyEvent]:
        """See `Live`."""
        return self._events.again(raw)

    def accounts(self) -> Iterator[str]:
        """The accounts that the token's account follows, where its timeline is read, and those in the server's directory."""
        if "user" in self._feeds:
            for page in self._server.pages(f"/api/v1/accounts/{self._server.my_id}/following"):
                yield from _names(page, self.network)
        if set(self._feeds) != {"user"}:
            offset = 0
            while page := listed(self._server.get("/api/v1/directory", offset=offset, limit=DIRECTORY, local="true")[0]):
                yield from _names(page, self.network)
                offset += len(page)

    def account(self, account: str) -> Iterator[AnyEvent]:
        """See `Live`."""
        return account_events(self._server, Events(self.network, self._server.me), account)

    def close(self) -> None:
        """End `events`, from another thread."""
        self._server.closed.set()
        self._hang_up()

    def _hang_up(self) -> None:
        for stream in self._open:
            stream.close()
        self._open = []

    def _listen(self, timeline: str, heard: queue.Queue[Any]) -> bool:
        """Open a timeline's stream, where there is one, and have a thread put what it tells into the queue."""
        stream = streams.connect(self._server, timeline)
        if stream:
            self._open.append(stream)
            threading.Thread(target=self._hear, args=(stream, timeline, heard), name=f"{self.name}: {timeline}", daemon=True).start()
        return stream is not None

    def _hear(self, stream: streams.Stream, timeline: str, heard: queue.Queue[Any]) -> None:
        def put(item: Any) -> None:
            while stream in self._open:
                try:
                    return heard.put(item, timeout=1)
                except queue.Full:
                    continue

        try:
            for told in stream:
                put((timeline, told))
        except OscineError as error:
            put(error)

    def _go_on(self, heard: queue.Queue[Any], polled: Sequence[str]) -> Iterator[AnyEvent]:
        """What the streams tell and, each few seconds, what timelines without a stream show."""
        asked = [feed for timeline in polled for feed in self._feeds[timeline].items()]
        looks, due = 0, time.monotonic()
        while not self._server.closed.is_set():
            if polled and time.monotonic() >= due:
                looks += 1
                yield from self._newer(asked, late=looks % LOOKS == 0)
                if looks % LOOKS == 0:
                    yield from self._look_again()
                due = time.monotonic() + self._every * len(asked)
            try:
                item = heard.get(timeout=max(0.01, min(1.0, due - time.monotonic()) if polled else 1.0))
            except queue.Empty:
                continue
            if not isinstance(item, OscineError):
                yield from self._streamed(*item)
            elif not self._server.closed.is_set():
                raise item

    def _missed(self) -> Iterator[AnyEvent]:
        """What came since the place; where there is none, nothing: the place is found."""
        known = {name: feed for timeline in self._feeds.values() for name, feed in timeline.items() if name in self._place.newest}
        for name, (path, params) in ((n, f) for timeline in self._feeds.values() for n, f in timeline.items() if n not in known):
            page = listed(self._server.get(path, limit=1, **params)[0])
            self._place.newest[name] = stable(str(page[0].get("id"))) if page else ""
        yield self._reached()
        yield from self._newer(list(known.items()), late=True)
        yield from self._look_again()

    def _newer(self, wanted: Sequence[tuple[str, Feed]], late: bool) -> Iterator[AnyEvent]:
        """What came to feeds since they were read last, with what came `late` to where it was read already."""
        for name, (path, params) in wanted:
            kind = "notification" if name == "notifications" else "update"
            last = self._place.newest[name]
            for page in self._server.newer(path, _before(last) if late else last, **params):
                for item in page:
                    yield from self._noted(self._events.of(kind, item))
                    self._advance(name, item)
                yield self._reached()

    def _look_again(self) -> Iterator[AnyEvent]:
        """The statuses told last, as they are now, and those that are gone."""
        waiting = list(self._recent)
        for start in range(0, len(waiting), TOGETHER):
            some = waiting[start : start + TOGETHER]
            try:
                found = {
                    stable(str(status.get("id"))): status for status in listed(self._server.get("/api/v1/statuses", **{"id[]": some})[0])
                }
            except (NotFound, InputError):
                found = {}
            if not found:  # the server does not give several at once
                for status in waiting[-SINGLY:]:
                    yield from self._as_it_is(status)
                break
            for status in some:
                yield from self._noted(self._events.of("update", found[status])) if status in found else self._as_it_is(status)
        yield self._reached()

    def _as_it_is(self, status: str) -> Iterator[AnyEvent]:
        try:
            found = self._server.get(f"/api/v1/statuses/{quote(status, safe='')}")[0]
        except NotFound:
            yield from self._noted(self._events.gone(status))
        else:
            yield from self._noted(self._events.of("update", found))

    def _streamed(self, timeline: str, told: streams.Told) -> Iterator[AnyEvent]:
        happened: datetime | None = None
        for event in self._noted(self._events.of(told.name, told.payload)):
            happened = _moment(event) or happened
            yield event
        if told.name == "update" or told.name == "notification":
            feed = "notifications" if told.name == "notification" else "home" if timeline == "user" else timeline
            self._advance(feed, _object(told.payload))
        yield self._reached(happened)

    def _noted(self, events: Iterator[AnyEvent]) -> Iterator[AnyEvent]:
        """The same events; what is to be looked at again is kept in mind."""
        for event in events:
            yield event
            if isinstance(event, PostWritten) and event.post.id not in self._recent:
                self._recent.append(event.post.id)
            elif isinstance(event, PostDeleted) and event.id in self._recent:
                self._recent.remove(event.id)

    def _advance(self, feed: str, item: dict[str, Any]) -> None:
        new, before = stable(str(item.get("id") or "")), self._place.newest.get(feed, "")
        both_numbers = new.isdigit() and before.isdigit()
        if 0 < len(new) <= entities.LONGEST_ID and (not both_numbers or int(new) > int(before)):
            self._place.newest[feed] = new

    def _reached(self, at: datetime | None = None) -> Reached:
        self._place.recent = list(self._recent)
        return Reached(cursor=0, place=msgspec.json.encode(self._place).decode(), at=at)


def _place(stated: str) -> Place:
    """Raises `InputError` for what is no place."""
    try:
        return msgspec.json.decode(stated, type=Place) if stated else Place({}, [])
    except msgspec.DecodeError:
        raise InputError(f"{stated[:100]!r} is no place in Mastodon's timelines.", "Drop the connection and make it anew.") from None


def _before(newest: str) -> str:
    """An id a little before this one, where ids are times."""
    return str(int(newest) - LATE) if newest.isdigit() and int(newest) > 1 << 56 else newest


def _moment(event: AnyEvent) -> datetime | None:
    return (event.post.edited_at or event.post.created_at) if isinstance(event, PostWritten) else None


def _object(payload: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _names(page: Sequence[dict[str, Any]], host: str) -> Iterator[str]:
    for item in page:
        if isinstance(acct := item.get("acct"), str) and acct:
            yield full_name(acct, host)
