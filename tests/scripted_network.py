"""A network that tells what a test wrote down: for what no real one can be made to do at a chosen moment. The real ones are in their own tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from oscine.errors import NetworkUnavailable, OscineError
from oscine.records import Account, AnyEvent, Post, PostWritten, Reached, Refused

NETWORK = "scripted.example"
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def written(number: int, text: str = "", author: str = "ann", edited: int = 0, **more: object) -> PostWritten:
    """A post; the later its number the newer."""
    at = START + timedelta(seconds=number)
    post = Post(id=f"p{number}", network=NETWORK, author=author, text=text or f"post number{number}", created_at=at,
                edited_at=at + timedelta(seconds=edited) if edited else None, **more)  # type: ignore[arg-type]  # fmt: skip
    return PostWritten(cursor=number, post=post, author=Account(id=author, network=NETWORK, handle=author))


class Scripted:
    """Tells `script` from `place` on, each event followed by its place; an error in it is raised once. Then it says nothing until it is closed."""

    def __init__(self, script: Sequence[AnyEvent | OscineError], name: str = "scripted scripted.example", endless: bool = True) -> None:
        self.name, self.network = name, NETWORK
        self.script, self.endless = list(script), endless
        self.begun: list[str] = []
        self.repositories: dict[str, Sequence[AnyEvent | OscineError] | OscineError] = {}
        self.reading = threading.Event()
        self.readable = threading.Event()
        self.readable.set()
        self.repaired: dict[bytes, list[AnyEvent]] = {}
        self._closed = threading.Event()

    def events(self, place: str = "") -> Iterator[AnyEvent]:
        """Those after `place`."""
        self.begun.append(place)
        for number in range(int(place or 0), len(self.script)):
            event = self.script[number]
            if isinstance(event, OscineError):
                self.script[number] = Refused(cursor=0, reason="broken off once")
                raise event
            yield event
            yield Reached(cursor=number + 1, place=str(number + 1), at=START + timedelta(seconds=number))
        if self.endless:
            self._closed.wait()

    def again(self, raw: bytes) -> Iterator[AnyEvent]:
        """What the test says that it means."""
        yield from self.repaired.get(raw, [Refused(cursor=0, reason="still unreadable", raw=raw)])

    def accounts(self) -> Iterator[str]:
        """Those that have a repository."""
        yield from self.repositories

    def account(self, account: str) -> Iterator[AnyEvent]:
        """Its repository, once the test lets it be read."""
        self.reading.set()
        assert self.readable.wait(30)
        found = self.repositories.get(account, NetworkUnavailable("It does not answer.", "Wait."))
        for event in [found] if isinstance(found, OscineError) else found:
            if isinstance(event, OscineError):
                raise event
            yield event

    def close(self) -> None:
        """End `events`."""
        self._closed.set()
