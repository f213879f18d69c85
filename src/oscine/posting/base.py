"""What is written to a network, and what every network's writer does. Who may write, and what is worth writing, is decided elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from oscine.records import Post, Visibility


class Piece(NamedTuple):
    """A stretch of text; one with a `link` leads there, one with a `mention` (an account's id) names that account."""

    text: str
    link: str = ""
    mention: str = ""


class Poster(Protocol):
    """Writes to one network as one account."""

    network: str

    @property
    def account(self) -> str:
        """Who writes, by id. Raises `NetworkUnavailable`, `SetupError`; so do the next two."""
        ...

    @property
    def handle(self) -> str:
        """Who writes, by name."""
        ...

    @property
    def longest(self) -> int:
        """How long a post may be, in what `length` counts."""
        ...

    def length(self, pieces: Sequence[Piece]) -> int:
        """How long a post of these pieces is, as its network counts."""
        ...

    def post(self, pieces: Sequence[Piece], *, once: str, lang: str | None = None, reply_to: Post | None = None, visibility: Visibility = "public",
             generated: bool = False) -> str:  # fmt: skip
        """Write; the new post's id. What is written again under the same `once` is written once, however often it is tried and whatever died between.

        A reply tells its parent's author, in whatever way the network has; nobody else is told whom no piece has as its `mention`.
        `generated` marks what a machine wrote, where the network has a mark for it. Raises `NetworkUnavailable`, `RateLimited` (with `retry_after`),
        `NotAllowed` where the account may not write there, `InputError` for what the network does not take, `NotFound` for a parent that is gone.
        """
        ...

    def delete(self, post: str) -> None:
        """Delete a post of one's own; one that is gone already is no trouble. Raises as `post` does."""
        ...

    def declare(self) -> None:
        """Mark the account as a machine's on its profile, where the network has a mark for it; once is enough. Raises as `post` does."""
        ...
