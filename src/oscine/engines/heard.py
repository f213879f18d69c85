"""Whether anybody still waits for what a model writes: who hands it on says so, and it is asked at each piece, so that no model writes on for nobody.

It is of the context that a piece is made in, as a thread that makes one has it. It ends nothing that makes no pieces.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import ContextVar

_left: ContextVar[threading.Event | None] = ContextVar("left", default=None)


def until(left: threading.Event) -> None:
    """In this context, pieces are waited for until `left` is set."""
    _left.set(left)


def heard(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces, as long as they are waited for; then the model is let go, as at its end."""
    for piece in pieces:
        left = _left.get()
        if left and left.is_set():
            return
        yield piece
