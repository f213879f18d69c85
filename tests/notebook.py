"""A network that is a list: what a bot would write, kept. For what no test network has, such as visibility; beside tests on a real PDS and a real snac."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from oscine.posting.base import Piece
from oscine.records import Post, Visibility


class Entry(NamedTuple):
    """A post as it was written."""

    id: str
    text: str
    links: list[str]
    lang: str | None
    reply_to: str
    visibility: Visibility
    generated: bool


class Notebook:
    """A `Poster`. `before` is called before each try, and may raise; `after`, once it is written."""

    network, account, handle, longest = "local", "oscine", "oscine", 300

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.tries = 0
        self.declared = 0
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    @property
    def posts(self) -> list[Entry]:
        """What was written and not deleted, in order."""
        return list(self.entries.values())

    def length(self, pieces: Sequence[Piece]) -> int:
        """Characters."""
        return sum(len(piece.text) for piece in pieces)

    def post(self, pieces: Sequence[Piece], *, once: str, lang: str | None = None, reply_to: Post | None = None, visibility: Visibility = "public",
             generated: bool = False) -> str:  # fmt: skip
        """See `Poster`."""
        self.tries += 1
        self.before()
        assert reply_to and self.length(pieces) <= self.longest
        links = [piece.link for piece in pieces if piece.link]
        entry = Entry(f"r{len(self.entries)}", "".join(piece.text for piece in pieces), links, lang, reply_to.id, visibility, generated)
        written = self.entries.setdefault(once, entry).id
        self.after()
        return written

    def delete(self, post: str) -> None:
        """See `Poster`."""
        self.entries = {once: entry for once, entry in self.entries.items() if entry.id != post}

    def declare(self) -> None:
        """See `Poster`."""
        self.declared += 1
