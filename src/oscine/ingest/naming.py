"""Who the accounts are that a network told of by their ids alone: asked of the network beside its stream, a few at a time. It does not know how it is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

from oscine.records import AccountChanged
from oscine.store import accounts, posts
from oscine.store.postgres import Database

TOGETHER = 25
AGAIN = 6 * 3_600.0  # seconds

Profiles = Callable[[Sequence[str]], Iterable[AccountChanged]]


class Naming:
    """Asks for each account of a network that has no handle, the oldest first; for those that stay without one again after some hours."""

    def __init__(self, database: Database, network: str, profiles: Profiles) -> None:
        self._database, self._network, self._profiles = database, network, profiles
        self._last, self._began = 0, time.monotonic()

    def ask(self) -> bool:
        """Ask for the next few; whether there were any. Raises `NetworkUnavailable`: then they are asked for again."""
        some = accounts.nameless(self._database, self._network, self._last, TOGETHER)
        if not some:
            if time.monotonic() > self._began + AGAIN:
                self._last, self._began = 0, time.monotonic()
            return False
        named = {one.key for one in some if one.name}  # what the stream told of a profile is newer
        found = [_told(change, named) for change in self._profiles([one.key for one in some])]
        with self._database.connection() as connection:
            posts.write(connection, [], found)
        self._last = some[-1].id
        return True


def _told(change: AccountChanged, named: set[str]) -> AccountChanged:
    """A change; of an account whose name is known, its handle alone."""
    if change.account.id not in named:
        return change
    account = msgspec.structs.replace(change.account, name="", bio="")
    return msgspec.structs.replace(change, account=account, told=frozenset({"handle"}))
