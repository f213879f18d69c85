"""What is being read, by whom, through which door and what for: opened where a call comes in, added to by the view, kept by the log of accesses.

It is of the context that a call runs in, so that no product must hand it on; a thread that is given no copy of the context notes nothing, and opens a
reading of its own. Outside of one, nothing is noted. It stores nothing and judges nothing.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field

from oscine.records import ANONYMOUS, Viewer

Person = tuple[str, str]  # network, account


@dataclass
class Reading:
    """One call: its `door` (`search`, `ask`, `export`, …), the key's id, whose account calls, and what the view handed out to it so far.

    `seen_as` is somebody else, where an admin looks with their eyes; what it was for is told by the licence of `viewer`. A post that is handed out
    again within the call counts once.
    """

    door: str = ""
    key: str = ""
    viewer: Viewer = ANONYMOUS
    seen_as: Viewer = ANONYMOUS
    posts: dict[tuple[str, str], str] = field(default_factory=dict)  # (network, id) to the author's account

    @property
    def authors(self) -> Counter[Person]:
        """How many posts of each author were handed out."""
        return Counter((network, author) for (network, _), author in list(self.posts.items()))

    def taken(self) -> Reading:
        """What was noted until now, and an empty hand again: for what goes on, and is kept piece by piece."""
        posts, self.posts = self.posts, {}
        return Reading(self.door, self.key, self.viewer, self.seen_as, posts)


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


def called(key: str, viewer: Viewer) -> None:
    """Note who calls: by which key, and whose account that acts for."""
    if now := _current.get():
        now.key, now.viewer = key, viewer


def looks_as(viewer: Viewer) -> None:
    """Note that the caller looks with somebody else's eyes."""
    if now := _current.get():
        now.seen_as = viewer


def note(handed: Iterable[tuple[str, str, str]]) -> None:
    """Note posts that are handed out, each as its network, id and author."""
    now = _current.get()
    if now is not None:
        now.posts.update({(network, post): author for network, post, author in handed})
