"""What sources are: streams of events that can go on where they stopped. Some end (files), some do not (networks)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from oscine.records import AnyEvent


class Source(Protocol):
    """A stream of events that ends. `name` identifies it for resuming; empty where it cannot be resumed."""

    name: str

    def events(self, cursor: int = 0) -> Iterator[AnyEvent]:
        """The events after `cursor`, in order."""
        ...

    def done(self) -> float | None:
        """How much of the source has been read, from 0 to 1; None where nobody can tell."""
        ...


class Live(Protocol):
    """A network's stream of events. `name` tells it from all others, as `bluesky wss://bsky.network` does; it is what is kept of it and shown."""

    name: str
    network: str

    def events(self, place: str = "") -> Iterator[AnyEvent]:
        """What happens after `place` (from now on where it is empty), for as long as the connection holds; every stretch is followed by `Reached`.

        Every event may be told again after a break: each means the same when it is told twice. Ends, or raises `NetworkUnavailable`, where the
        connection breaks; `SetupError` where trying again is no help. What cannot be read is `Refused` with the piece itself.
        """
        ...

    def again(self, raw: bytes) -> Iterator[AnyEvent]:
        """The events of a piece that was refused before. Raises nothing: it may be `Refused` again."""
        ...

    def accounts(self) -> Iterator[str]:
        """The accounts that may have been missed when a gap names none. Raises `NetworkUnavailable`."""
        ...

    def account(self, account: str) -> Iterator[AnyEvent]:
        """All that the network has of an account now. Raises `NetworkUnavailable`; an account that is gone is `AccountDeleted`."""
        ...

    def close(self) -> None:
        """End `events`, from another thread."""
        ...
