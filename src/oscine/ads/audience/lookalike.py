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

from oscine.ads.audience.context import Reading

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

    def of(self, done: Sequence[Reading]) -> bool:
        """Whether a person who dealt with these posts resembles the seed."""
        vectors = [post.vector for post in done if post.vector is not None and not post.special]
        if len(vectors) < FEWEST:
            return False
        shift = (float(np.mean(np.stack(vectors) @ self.direction)) - self.middle) / self.spread
        return shift >= SHIFT and shift * math.sqrt(len(vectors)) >= UNLIKELY


def likeness(seed: Sequence[Reading], background: Floats) -> Likeness | None:
    """What it takes to resemble a seed, from its posts and any posts (n, d); None where it has too few, or too many that touch a special category."""
    vectors = [post.vector for post in seed if post.vector is not None]
    if len(vectors) < FEWEST or sum(post.special for post in seed) > SPECIAL * len(seed):
        return None
    direction = np.mean(vectors, axis=0) - background.mean(axis=0)
    direction /= np.linalg.norm(direction)
    along = background @ direction
    return Likeness(direction, float(along.mean()), float(along.std()))
