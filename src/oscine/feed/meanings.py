"""Vectors of many posts, and which of them are nearest to a direction: first by a sketch of few dimensions, then exactly.

What all posts have in common (their mean) is taken out first: it tells nothing of any. The same vectors give the same sketch. It does not know whose they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oscine.feed.reader import Ints

Singles = NDArray[np.float32]
SKETCH = 64  # dimensions: the principal components
SAMPLE = 2_000  # vectors from which these are told
SPARE = 4  # times the posts wanted that are looked at exactly


class Meanings:
    """Vectors (n, d), zeros for a post that has none; `middle` (d,) is their mean."""

    def __init__(self, vectors: Singles) -> None:
        self.vectors = vectors
        known = np.flatnonzero(vectors.any(axis=1))
        self.middle: Singles = vectors[known].mean(axis=0) if len(known) else np.zeros(vectors.shape[1], np.float32)
        self._axes = _principal(vectors[known[:: len(known) // SAMPLE + 1]] - self.middle)
        squares = np.einsum("nd,nd->n", vectors, vectors) - 2 * vectors @ self.middle + self.middle @ self.middle
        self._lengths: Singles = np.full(len(vectors), np.inf, np.float32)
        self._lengths[known] = np.sqrt(np.maximum(squares[known], 1e-12))
        self._sketch: Singles = np.asarray((vectors @ self._axes - self.middle @ self._axes) / self._lengths[:, None], np.float32)

    def near(self, directions: Singles, places: Ints) -> Singles:
        """(len(places), k) cosines of posts to unit vectors (k, d); 0 for a post that has no vector."""
        found = (self.vectors[places] @ directions.T - self.middle @ directions.T) / self._lengths[places, None]
        return np.asarray(found, np.float32)

    def nearest(self, directions: Singles, most: int) -> list[Ints]:
        """Of each of k directions, the places of the posts that are nearest, nearest first; none that points away."""
        rough = self._sketch @ (directions @ self._axes).T  # this way round: four times as fast for few directions
        return [self._exactly(direction, best(column, SPARE * most), most) for direction, column in zip(directions, rough.T, strict=True)]

    def _exactly(self, direction: Singles, places: Ints, most: int) -> Ints:
        return places[best(self.near(direction[None], places)[:, 0], most)]


def best(scores: NDArray[np.float64] | Singles, most: int) -> Ints:
    """Places of the highest scores above 0, highest first, equal ones by place."""
    places = np.flatnonzero(scores > 0)
    if len(places) > most:  # of these alone: numpy's partition takes long where most scores are the same, and most are 0
        above = scores[places]
        places = places[above >= np.partition(above, -most)[-most]]
    return places[np.lexsort((places, -scores[places]))][:most]


def _principal(vectors: Singles) -> Singles:
    """(d, SKETCH) the directions in which vectors differ most."""
    return np.asarray(np.linalg.eigh(vectors.T @ vectors)[1][:, -SKETCH:], np.float32)
