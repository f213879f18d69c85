"""What a person is drawn to, told from what they did: vectors of a few interests, and how close they are to each author.

An act counts by its kind, and half after `HALF_LIFE`. It foretells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.feed.acts import DAY, Floats, summed
from oscine.feed.pipeline import Bools
from oscine.feed.pool import where
from oscine.feed.reader import Ints, Reader
from oscine.recommendation import Act, Action

HALF_LIFE = 30 * DAY
WORTH: dict[Action, float] = {
    "like": 1.0, "reply": 2.0, "repost": 2.0, "quote": 2.0, "follow": 2.0, "click": 0.3, "dwell": 0.3, "hide": -2.0, "report": -4.0,
}  # fmt: skip
INTERESTS, FROM = 4, 64  # at most so many, told from so many acts
ALIKE = 0.5  # cosine, of vectors less what all have in common, from which two acts are of one interest


class Close(NamedTuple):
    """Authors by rising number, and what was done to them: above 0 in favour, below 0 against."""

    authors: Ints
    worth: Floats

    @classmethod
    def of(cls, reader: Reader, now: float) -> Close:
        """How close a person is to those whose posts they acted on."""
        authors, which = np.unique(np.array([act.author for act in reader.acts], np.int64), return_inverse=True)
        return cls(authors, summed(which, len(authors), worth(reader.acts, now)))

    def to(self, authors: Ints) -> Floats:
        """(n,) how close the person is to some authors, from -1 to 1; 0 for those that they never acted on."""
        places = where(self.authors, authors)
        found = np.zeros(len(authors))
        found[places >= 0] = self.worth[places[places >= 0]]
        return np.asarray(found / (1 + np.abs(found)))


def worth(acts: Sequence[Act], now: float) -> Floats:
    """What acts are worth now."""
    ages = np.array([max(0.0, now - act.at.timestamp()) for act in acts])
    return np.array([WORTH[act.kind] for act in acts]) * 0.5 ** (ages / HALF_LIFE) if acts else np.empty(0)


def known(vectors: NDArray[np.float32]) -> Bools:
    """(n,) which vectors there are: a post that has none has zeros."""
    return np.asarray(vectors.any(axis=1))


def centred(vectors: NDArray[np.float32], middle: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unit vectors of what vectors have beyond what all have in common; zeros stay zeros."""
    rest = np.where(known(vectors)[:, None], vectors - middle, 0)
    lengths = np.linalg.norm(rest, axis=1, keepdims=True)
    return np.asarray(np.divide(rest, lengths, out=np.zeros_like(rest), where=lengths > 0), np.float32)


def interests(vectors: NDArray[np.float32], weights: Floats, most: int = INTERESTS) -> NDArray[np.float32]:
    """(k, d) unit vectors of at most so many interests, of acts (n, d) with weights above 0, the newest first.

    Acts join the first interest that they are near to (leader clustering, Hartigan 1975); the heaviest interests stay.
    """
    sums, heavy = np.zeros((len(vectors), vectors.shape[1]), np.float32), np.zeros(len(vectors))
    lengths, found = np.full(len(vectors), 1e-9), 0
    for vector, weight in zip(vectors, weights, strict=True):
        near = sums[:found] @ vector / lengths[:found]
        place = int(near.argmax()) if found and near.max() >= ALIKE else found
        found = max(found, place + 1)
        sums[place] += np.float32(weight) * vector
        heavy[place] += weight
        lengths[place] = np.linalg.norm(sums[place])
    chosen = np.argsort(-heavy[:found], kind="stable")[:most]
    return np.asarray(sums[chosen] / lengths[chosen, None], np.float32)
