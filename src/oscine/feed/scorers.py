"""What gives a post its points: what the reader is foretold to do with it, and what else speaks for it. What a person asked for stands in `steer`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.feed.acts import HOUR, Floats
from oscine.feed.pipeline import Ask, Candidates, Column
from oscine.feed.taste import known
from oscine.recommendation import ACTIONS, Weights

Foretell = Callable[[Ask, Candidates], Floats]
RECENT_HOURS = 2.0  # after which half of what is recent is left
FRESH = 5.0  # acts on an author's posts on average, with which half of what is fresh is left


class Foretold(NamedTuple):
    """A column for each action: its probability, as the ranker or the prior foretells it."""

    weights: Weights
    foretell: Foretell

    def __call__(self, ask: Ask, candidates: Candidates) -> Sequence[Column]:
        """Named as the actions are."""
        found = self.foretell(ask, candidates)
        return [Column(action, self.weights.actions.get(action, 0.0), found[:, place]) for place, action in enumerate(ACTIONS)]


class Also(NamedTuple):
    """What speaks for a post beside that: that its author is followed, that few know its author, that it is recent, that it is near to what one liked."""

    weights: Weights
    tastes: NDArray[np.float32]
    middle: NDArray[np.float32]

    def __call__(self, ask: Ask, candidates: Candidates) -> Sequence[Column]:
        """Named as the weights are."""
        followed = ask.reader.following(candidates.authors)
        values = {
            "followed": followed.astype(np.float64),
            "fresh": fresh(ask, candidates),
            "recent": recent(ask, candidates),
            "near": nearness(self.tastes, candidates.vectors, self.middle),
        }
        return [Column(name, self.weights.also.get(name, 0.0), value) for name, value in values.items()]


def fresh(ask: Ask, candidates: Candidates) -> Floats:
    """(n,) how few have noticed the author and the post, from 0 to 1; 0 for whom one follows."""
    followed = ask.reader.following(candidates.authors)
    return np.asarray(np.where(followed, 0.0, FRESH / (FRESH + candidates.author_acts)) * (1 / (1 + candidates.counts.sum(axis=1) / FRESH)))


def recent(ask: Ask, candidates: Candidates) -> Floats:
    """(n,) how new each post is, from 1 down to 0."""
    return np.asarray(RECENT_HOURS / (RECENT_HOURS + np.maximum(ask.now.timestamp() - candidates.created, 0.0) / HOUR))


def nearness(tastes: NDArray[np.float32], vectors: NDArray[np.float32], middle: NDArray[np.float32]) -> Floats:
    """(n,) cosine of each post to the nearest taste, less what all posts have in common; 0 where there is no taste, or none is near."""
    if not len(tastes) or tastes.shape[1] != vectors.shape[1]:
        return np.zeros(len(vectors))
    dots = np.einsum("nd,kd->nk", vectors, np.vstack([tastes, middle]))  # row by row, whatever else is asked about
    squares = np.einsum("nd,nd->n", vectors, vectors) - 2 * dots[:, -1] + middle @ middle
    cosines = ((dots[:, :-1] - tastes @ middle) / np.sqrt(np.maximum(squares, 1e-12))[:, None]).max(axis=1)
    return np.where(known(vectors), np.maximum(cosines, 0.0), 0.0).astype(np.float64)
