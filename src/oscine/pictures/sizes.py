"""The eight standard sizes of ads, and the smallest letters that each may carry.

The sizes are the IAB's and the networks' own. The smallest letters are chosen for where a size is seen: a banner at its own size, a post's picture
on a phone at about a third of it. It knows nothing of what is drawn.
"""

from __future__ import annotations

from typing import NamedTuple

from oscine.errors import InputError

LEAST, MOST = 64, 2048  # px of a side, for a picture of any size


class Size(NamedTuple):
    """Width and height in px, and the least size of letters in px."""

    name: str
    width: int
    height: int
    smallest: float


SIZES = {
    size.name: size
    for size in (
        Size("300x250", 300, 250, 12),
        Size("728x90", 728, 90, 12),
        Size("320x50", 320, 50, 11),
        Size("160x600", 160, 600, 12),
        Size("970x250", 970, 250, 14),
        Size("1200x628", 1200, 628, 24),
        Size("1080x1080", 1080, 1080, 28),
        Size("1080x1920", 1080, 1920, 32),
    )
}


def any_size(width: int, height: int) -> Size:
    """A size of one's own. Raises `InputError` beyond 64 to 2048 px a side."""
    if not (LEAST <= width <= MOST and LEAST <= height <= MOST):
        raise InputError(f"A picture of {width}x{height} px cannot be made.", f"Each side is {LEAST} to {MOST} px.")
    return Size(f"{width}x{height}", width, height, max(11.0, min(width, height) / 36))
