"""All that a Mastodon server has of one account now: its profile, its statuses and boosts, as far as they are shown to whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from oscine.errors import InputError, NotFound
from oscine.records import INACTIVE, AccountDeleted, AnyEvent, Labelled
from oscine.sources.mastodon import entities
from oscine.sources.mastodon.events import Events
from oscine.sources.mastodon.server import Server
from oscine.sources.mastodon.statuses import account as account_of
from oscine.sources.mastodon.statuses import changed, full_name


class Backfill:
    """One account as a source that ends; each run tells all of it."""

    name = ""

    def __init__(self, server: Server, account: str) -> None:
        self._server = server
        self._account = account

    def done(self) -> None:
        """Nobody can tell."""

    def events(self, cursor: int = 0) -> Iterator[AnyEvent]:
        """The events, whatever the cursor. Raises `NetworkUnavailable`, also where the server shows only the newest statuses, once these are told."""
        yield from account_events(self._server, Events(self._server.host, self._server.me), self._account)


def account_events(server: Server, events: Events, account: str) -> Iterator[AnyEvent]:
    """An account's events, the newest first; one of this server that is gone is `AccountDeleted`. Raises as `Server.get` and `Server.pages` do."""
    name = full_name(account.removeprefix("@"), server.host)
    try:
        found = entities.read(server.get("/api/v1/accounts/lookup", acct=name.removesuffix(f"@{server.host}"))[0], entities.Account)
    except NotFound:
        if name.endswith(f"@{server.host}"):  # another server's account may only be unknown here
            yield AccountDeleted(cursor=1, network=server.host, id=name)
        return
    if not found.id:
        raise InputError(f"{server.host} gives no id for {name}.")
    now = datetime.now(UTC)
    yield changed(account_of(found, server.host), 1)
    yield Labelled(cursor=1, network=server.host, label=INACTIVE, by="network", at=now, account=name, on=bool(found.suspended))
    if found.suspended:
        return
    for page in server.pages(f"/api/v1/accounts/{found.id}/statuses"):
        for status in page:
            yield from events.of("update", status)
