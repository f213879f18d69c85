"""What a stream or a timeline tells, as events. What cannot be used is refused with the piece itself, so that nothing else is lost with it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import msgspec

from oscine.errors import InputError
from oscine.records import Account, AnyEvent, Engagement, EngagementKind, PostDeleted, PostWritten, Refused, Undone
from oscine.sources.mastodon import entities
from oscine.sources.mastodon.statuses import changed, full_name, stable, written

UPDATES = frozenset(("update", "status.update", "status_update"))  # the last is what one server calls it that many test against
OF_STATUSES = frozenset(("mention", "status", "update", "poll", "quote", "quoted_update"))
KNOWN = 20_000  # accounts whose words on themselves are kept in mind


class Events:
    """The events of one server, read as the account `me` (`name@host`, or empty)."""

    def __init__(self, host: str, me: str = "") -> None:
        self._host = host
        self.me = me
        self._cursor = count(1)
        self._known: dict[str, int] = {}  # by account, a hash of what it said

    def of(self, name: str, payload: Any) -> Iterator[AnyEvent]:
        """The events of what a stream calls `name`; the payload as it came or already read. Raises nothing."""
        try:
            for event in list(self._read(name, payload)):
                yield event
                if isinstance(event, PostWritten):
                    yield from self._news_of(event.author)
        except (InputError, msgspec.DecodeError, RecursionError) as error:
            raw = msgspec.json.encode({"event": name, "payload": payload})
            yield Refused(cursor=next(self._cursor), reason=str(error)[:300], raw=raw)

    def again(self, raw: bytes) -> Iterator[AnyEvent]:
        """The events of what was refused before."""
        try:
            piece = msgspec.json.decode(raw, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            yield Refused(cursor=next(self._cursor), reason=f"not what was refused before: {error}", raw=raw)
            return
        yield from self.of(str(piece.get("event")), piece.get("payload"))

    def gone(self, status: str) -> Iterator[AnyEvent]:
        """A status that was deleted; it may have been a boost: both are told by nothing but their id."""
        yield PostDeleted(cursor=next(self._cursor), network=self._host, id=stable(status))
        yield Undone(cursor=next(self._cursor), network=self._host, key=stable(status))

    def _read(self, name: str, payload: Any) -> Iterator[AnyEvent]:
        if name == "delete" and isinstance(payload, str | int) and 0 < len(str(payload)) <= entities.LONGEST_ID:
            yield from self.gone(str(payload))
        elif name in UPDATES:
            yield from written(_decoded(payload), self._host, next(self._cursor))
        elif name == "notification":
            yield from self._notified(entities.read(_decoded(payload), entities.Notification))
        elif not name:
            raise InputError("It is no event of a stream.")

    def _notified(self, notice: entities.Notification) -> Iterator[AnyEvent]:
        if notice.status is None:
            return
        if notice.type in OF_STATUSES:
            yield from written(notice.status, self._host, next(self._cursor), also=self.me if notice.type == "mention" else "")
        elif notice.type in ("favourite", "reblog"):
            actor, post = full_name(notice.account.acct, self._host), stable(entities.read(notice.status, entities.Status).id)
            kind: EngagementKind = "like" if notice.type == "favourite" else "repost"
            yield Engagement(cursor=next(self._cursor), network=self._host, kind=kind, actor=actor, post=post, at=notice.created_at)

    def _news_of(self, author: Account) -> Iterator[AnyEvent]:
        """What an account says of itself, where it says something else than before or was not heard of since the start."""
        before, said = self._known.pop(author.id, None), hash((author.name, author.bio, author.bot, author.searchable))
        if before is None and len(self._known) >= KNOWN:
            del self._known[next(iter(self._known))]
        self._known[author.id] = said
        if said != before:
            yield changed(author, next(self._cursor))


def _decoded(payload: Any) -> Any:
    return msgspec.json.decode(payload) if isinstance(payload, str) else payload
