"""WCAG contrast as it is on the pixels: each text's colour against every pixel that its letters cover, of the picture without its words.

A photo's noise counts: the ratio told is that of the worst pixel, not of a mean. It knows nothing of reading: no ratio makes a bad sentence clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.pictures import palette

Pixels = NDArray[np.uint8]  # (height, width, 3)
Mask = NDArray[np.bool_]  # (height, width)


class Text(NamedTuple):
    """A text as it stands in the picture, in px; `colour` is `#rrggbb`."""

    kind: str
    x: float
    y: float
    w: float
    h: float
    size: float
    colour: str


def luminance(pixels: Pixels) -> NDArray[np.float64]:
    """Relative luminance of pixels (…, 3), as WCAG defines it."""
    value = pixels.astype(np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def _around(text: Text, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The box of a text with room for what letters reach beyond it: accents, descenders, slanted strokes."""
    pad = text.size * 0.45
    rows = slice(max(0, int(text.y - pad)), min(shape[0], int(text.y + text.h + pad) + 1))
    return rows, slice(max(0, int(text.x - pad)), min(shape[1], int(text.x + text.w + pad) + 1))


def lowest(text: Text, art: Pixels, covered: Mask) -> float:
    """The contrast of a text at its worst pixel, of those in its box that letters cover; 0 where there are none."""
    box = _around(text, covered.shape)
    under = art[box][covered[box]]
    if not len(under):
        return 0.0
    own = palette.luminance(text.colour)
    grounds = luminance(under)
    return float(((np.maximum(grounds, own) + 0.05) / (np.minimum(grounds, own) + 0.05)).min())


def strays(texts: Sequence[Text], covered: Mask) -> bool:
    """Whether letters reach beyond their boxes, or to the very edge of the picture: a text that does not fit."""
    edge = bool(covered[0].any() or covered[-1].any() or covered[:, 0].any() or covered[:, -1].any())
    beyond = covered.copy()
    for text in texts:
        beyond[_around(text, covered.shape)] = False
    return edge or bool(beyond.any())
