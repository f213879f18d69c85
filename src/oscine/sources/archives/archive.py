"""What all archives share: events are numbered, so that a reading goes on where it stopped; damage is refused where it is; what is left out is counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import IO, TypeVar

import msgspec

from oscine.errors import InputError
from oscine.records import AnyEvent, Refused
from oscine.sources.archives.container import DAMAGE, Container
from oscine.sources.archives.elements import decoded
from oscine.sources.jsonl import decompressed

Kind = TypeVar("Kind")
Told = Callable[[Kind], Iterable[AnyEvent]]  # what an element of a file means
Opener = Callable[[], IO[bytes]]


class Archive(ABC):
    """A file that was recognised: a `Source` whose cursor counts events.

    `what` says what it is, to people. `left_out` counts what it holds and is not brought in, by why; it is complete after `events`.
    """

    what: str

    def __init__(self, name: str, network: str, largest: int) -> None:
        self.name = name
        self.left_out: Counter[str] = Counter()
        self._network = network
        self._largest = largest

    @abstractmethod
    def read(self) -> Iterator[AnyEvent]:
        """All events, always in the same order; their cursors mean nothing yet."""

    def events(self, cursor: int = 0) -> Iterator[AnyEvent]:
        """The events after number `cursor`."""
        self.left_out.clear()
        for number, event in enumerate(self.read(), 1):
            if number > cursor:
                yield msgspec.structs.replace(event, cursor=number)

    def done(self) -> float | None:
        """Not told."""
        return None

    def only(self, member: str, container: Container, kind: type[Kind], begins: str = "") -> Kind | None:
        """The first value of a member; None where there is no such member, or nothing in it. Raises `InputError` where it cannot be read."""
        if member not in container.names:
            return None
        try:
            with container.open(member) as stream:
                value = next(decoded(stream, kind, self._largest, begins), None)
        except DAMAGE as error:
            raise InputError(f"{member} is damaged ({error}).", "Fetch the archive again.") from None
        if isinstance(value, Refused):
            raise InputError(f"{member} cannot be read: {value.reason}.", "Fetch the archive again.")
        return value

    def each(
        self,
        where: str,
        stream: Opener,
        kind: type[Kind],
        told: Told[Kind],
        begins: str = "",
    ) -> Iterator[AnyEvent]:
        """What is `told` of each element of a stream; `where` it cannot be read is told too."""
        try:
            with stream() as opened:
                for element in decoded(opened, kind, self._largest, begins):
                    yield from _placed(where, [element]) if isinstance(element, Refused) else meaning(where, element, told)
        except InputError as error:
            yield from _placed(where, [Refused(cursor=0, reason=str(error))])
        except DAMAGE as error:
            yield from _placed(where, [Refused(cursor=0, reason=f"it is damaged or breaks off here ({error})")])


class Objects(Archive):
    """A file or stream of JSON objects, plain or packed; `opened` opens it anew for every reading."""

    def __init__(self, opened: Opener, name: str, network: str, largest: int) -> None:
        super().__init__(name, network, largest)
        self._opened = opened

    def objects(self, kind: type[Kind], told: Told[Kind]) -> Iterator[AnyEvent]:
        """What is `told` of each object."""
        return self.each("", lambda: decompressed(self._opened()), kind, told)


def meaning(where: str, element: Kind, told: Told[Kind]) -> Iterable[AnyEvent]:
    """What is `told` of an element; refused where it cannot be."""
    try:
        return _placed(where, list(told(element)))
    except OverflowError:
        return _placed(where, [Refused(cursor=0, reason="a time is not within the years 1 to 9999, UTC")])
    except ValueError as error:
        return _placed(where, [Refused(cursor=0, reason=str(error))])


def _placed(where: str, events: list[AnyEvent]) -> list[AnyEvent]:
    """The events, those that are refused with the name of their file."""
    return [
        msgspec.structs.replace(event, reason=f"{where}: {event.reason}") if where and isinstance(event, Refused) else event
        for event in events
    ]
