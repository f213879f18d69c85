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

from oscine.errors import InputError, NetworkUnavailable, NotFound, OscineError
from oscine.records import AnyEvent, Post, PostDeleted, PostWritten, Reached
from oscine.sources.mastodon import entities, streams
from oscine.sources.mastodon.backfill import account_events
from oscine.sources.mastodon.events import Events
from oscine.sources.mastodon.feeds import Feed, Place, earlier, feeds, read_place
from oscine.sources.mastodon.server import Server, listed
from oscine.sources.mastodon.statuses import full_name, stable

EVERY = 2.0  # seconds between two looks at feeds that have no stream: half of what Mastodon's limit of 300 in 5 minutes lets
LOOKS = 30  # at each of them, between two looks at what was told before
RECENT = 200  # statuses that are looked at again
SINGLY = 40  # of them where the server gives one at a time
THREAD = 40  # posts that a mention goes back to
TOGETHER = 20  # statuses that Mastodon gives at once by their ids
WAITING = 200  # events of streams; beyond, the server waits
DIRECTORY = 80  # accounts of a page
LARGEST_DIRECTORY = 1_000_000  # accounts


class Mastodon:
    """`timelines` of the server `host`, which is named by its host or its URL.

    They are `public`, `local`, `tag:NAME` and `user`, the last being home and mentions of the token's account.
    """

    def __init__(
        self, host: str, http: httpx.Client, token: str = "", timelines: Sequence[str] = ("public",), every: float = EVERY
    ) -> None:
        self._server = Server(host, http, token)
        self._feeds = {timeline: feeds(timeline) for timeline in timelines}
        self._every = every
        self._events = Events(self._server.host)
        self._place = Place()
        self._recent: deque[str] = deque(maxlen=RECENT)
        self._happened: datetime | None = None
        self._open: list[streams.Stream] = []
        self.network = self._server.host
        self.name = f"mastodon {self._server.name} {' '.join(sorted(self._feeds))}"

    def events(self, place: str = "") -> Iterator[AnyEvent]:
        """See `Live`. Raises `NetworkUnavailable`; `SetupError` where the server does not take the token or wants one."""
        self._events.me = self._server.me
        self._place = read_place(place)
        self._recent = deque(self._place.recent, RECENT)
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
            for offset in range(0, LARGEST_DIRECTORY, DIRECTORY):
                page = listed(self._server.get("/api/v1/directory", offset=offset, limit=DIRECTORY, local="true")[0])
                if not page:
                    return
                yield from _names(page, self.network)

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
        except Exception as error:  # who waits for this thread must hear of its end
            put(NetworkUnavailable(f"The stream of {self.network} cannot be read ({type(error).__name__})."))

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
        wanted = [feed for timeline in self._feeds.values() for feed in timeline.items()]
        known = [feed for feed in wanted if feed[0] in self._place.newest]
        for name, (path, params) in wanted:
            if name not in self._place.newest:
                page = listed(self._server.get(path, limit=1, **params)[0])
                self._place.newest[name] = stable(str(page[0].get("id"))) if page else ""
        yield self._reached()
        yield from self._newer(known, late=True)
        yield from self._look_again()

    def _newer(self, wanted: Sequence[tuple[str, Feed]], late: bool) -> Iterator[AnyEvent]:
        """What came to feeds since they were read last, with what came `late` to where it was read already."""
        for name, (path, params) in wanted:
            kind = "notification" if name == "notifications" else "update"
            last = self._place.newest[name]
            for page in self._server.newer(path, earlier(last) if late else last, **params):
                for item in page:
                    yield from self._noted(self._events.of(kind, item))
                    self._advance(name, item)
                yield self._reached(self._happened)

    def _look_again(self) -> Iterator[AnyEvent]:
        """The statuses told last, as they are now, and those that are gone."""
        waiting = list(self._recent)
        for start in range(0, len(waiting), TOGETHER):
            some = waiting[start : start + TOGETHER]
            found = self._several(some)
            if not found:  # the server does not give several at once
                for status in waiting[-SINGLY:]:
                    yield from self._as_it_is(status)
                break
            for status in some:
                yield from self._noted(self._events.of("update", found[status])) if status in found else self._as_it_is(status)
        yield self._reached()

    def _several(self, statuses: Sequence[str]) -> dict[str, Any]:
        """Those of some statuses that are there, by id; nothing where the server does not give several."""
        try:
            found = listed(self._server.get("/api/v1/statuses", **{"id[]": statuses})[0])
        except (NotFound, InputError):
            return {}
        return {stable(str(status.get("id"))): status for status in found}

    def _as_it_is(self, status: str) -> Iterator[AnyEvent]:
        try:
            found = self._server.get(f"/api/v1/statuses/{quote(status, safe='')}")[0]
        except NotFound:
            yield from self._noted(self._events.gone(status))
        else:
            yield from self._noted(self._events.of("update", found))

    def _streamed(self, timeline: str, told: streams.Told) -> Iterator[AnyEvent]:
        yield from self._noted(self._events.of(told.name, told.payload))
        if told.name in ("update", "notification"):
            feed = "notifications" if told.name == "notification" else "home" if timeline == "user" else timeline
            self._advance(feed, _object(told.payload))
        yield self._reached(self._happened)

    def _noted(self, events: Iterator[AnyEvent]) -> Iterator[AnyEvent]:
        """The same events; what is to be looked at again is kept in mind, and what a mention answers is told before it."""
        for event in events:
            if isinstance(event, PostWritten) and event.post.reply_to and self._events.me in event.post.mentions:
                yield from self._thread_of(event.post)
            yield event
            if isinstance(event, PostWritten):
                self._happened = event.post.edited_at or event.post.created_at
                if event.post.id not in self._recent:
                    self._recent.append(event.post.id)
            elif isinstance(event, PostDeleted) and event.id in self._recent:
                self._recent.remove(event.id)

    def _thread_of(self, mention: Post) -> Iterator[AnyEvent]:
        """The posts that a mention of the account that reads goes back to, as far as that account may see them."""
        if mention.reply_to in self._recent:
            return
        try:
            context = self._server.get(f"/api/v1/statuses/{quote(mention.id, safe='')}/context")[0]
        except NotFound:
            return
        for status in listed(context.get("ancestors") if isinstance(context, dict) else None)[-THREAD:]:
            yield from self._events.of("update", status)

    def _advance(self, feed: str, item: dict[str, Any]) -> None:
        new, before = stable(str(item.get("id") or "")), self._place.newest.get(feed, "")
        both_numbers = new.isdigit() and before.isdigit()
        if 0 < len(new) <= entities.LONGEST_ID and (not both_numbers or int(new) > int(before)):
            self._place.newest[feed] = new

    def _reached(self, at: datetime | None = None) -> Reached:
        self._place.recent = list(self._recent)
        return Reached(cursor=0, place=msgspec.json.encode(self._place).decode(), at=at)


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
