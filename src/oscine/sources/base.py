"""What every source is: a stream of events that can go on after a cursor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from oscine.records import AnyEvent


class Source(Protocol):
    """A stream of events. `name` identifies it for resuming; empty where it cannot be resumed."""

    name: str

    def events(self, cursor: int = 0) -> Iterator[AnyEvent]:
        """The events after `cursor`, in order."""
        ...

    def done(self) -> float | None:
        """How much of the source has been read, from 0 to 1; None where nobody can tell."""
        ...
