"""Whether a person resembles a seed account: whether what they deal with leans towards what the seed writes. Pure; a yes or a no, and no list
of anybody.

Both are compared with the network's posts as a whole: the mean nearness of the posts that a person deals with must lie so far above that of
any posts that chance does not explain it (z-test of one mean), and by more than half a standard deviation. A seed is known by its own
public posts alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FEWEST = 5  # posts, of a seed as of a person
SHIFT = 0.5  # standard deviations of single posts
UNLIKELY = 3.0  # standard errors: chance reaches them once in 740
SPECIAL = 0.2  # share of a seed's posts that touch a special category from which on nobody is likened to it


class Likeness(NamedTuple):
    """A direction (d,) away from what all write towards what a seed writes, with the mean and the spread of all posts along it."""

    direction: Floats
    middle: float
    spread: float

    def of(self, vectors: Sequence[Floats]) -> bool:
        """Whether a person who dealt with posts of these vectors (d,) resembles the seed."""
        if len(vectors) < FEWEST:
            return False
        shift = (float(np.mean(np.stack(vectors) @ self.direction)) - self.middle) / self.spread
        return shift >= SHIFT and shift * math.sqrt(len(vectors)) >= UNLIKELY


def likeness(vectors: Sequence[Floats], special: int, background: Floats) -> Likeness | None:
    """What it takes to resemble a seed, from the vectors (d,) of its posts and of any posts (n, d).

    None where it has too few, or too many (`special` of them) that touch a special category.
    """
    if len(vectors) < FEWEST or special > SPECIAL * len(vectors):
        return None
    direction = np.mean(vectors, axis=0) - background.mean(axis=0)
    direction /= np.linalg.norm(direction)
    along = background @ direction
    return Likeness(direction, float(along.mean()), float(along.std()))
