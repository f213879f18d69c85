"""What is being read, by whom, through which door and what for: opened where a call comes in, added to by the view, kept by the log of accesses.

It is of the context that a call runs in, so that no product must hand it on. Outside of one, nothing is noted. It stores nothing and judges nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field

from oscine.records import ANONYMOUS, Viewer

Person = tuple[str, str]  # network, account


@dataclass
class Reading:
    """One call: its `door` (`search`, `ask`, `export`, …), the key's id, for whose eyes, and what the view handed out to it so far."""

    door: str = ""
    key: str = ""
    viewer: Viewer = ANONYMOUS
    posts: set[tuple[str, str]] = field(default_factory=set)  # network, id
    authors: set[Person] = field(default_factory=set)


_current: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextlib.contextmanager
def reading(begun: Reading) -> Iterator[Reading]:
    """Within the block, what the view hands out is noted in `begun`."""
    token = _current.set(begun)
    try:
        yield begun
    finally:
        _current.reset(token)


def current() -> Reading | None:
    """What is being read in this context; None where nothing is."""
    return _current.get()


def note(handed: Iterable[tuple[str, str, str]]) -> None:
    """Note posts that are handed out, each as its network, id and author."""
    now = _current.get()
    if now is None:
        return
    for network, post, author in handed:
        now.posts.add((network, post))
        now.authors.add((network, author))
