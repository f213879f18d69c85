"""Puts a feed's candidates before the ranker: what a person did and what posts are, as its arrays; where there is no ranker for them, before the prior.

It knows no way to look anything up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oscine.engines.ranker import Ranker
from oscine.feed.acts import Floats
from oscine.feed.pipeline import Ask, Candidates
from oscine.feed.pool import where
from oscine.feed.prior import Prior
from oscine.feed.reader import Reader
from oscine.feed.scorers import nearness
from oscine.model.interactions import HISTORY, History, Items
from oscine.recommendation import ACTIONS, FORMS


@dataclass(frozen=True)
class ByPrior:
    """What the prior foretells, for somebody with these tastes (k, d)."""

    prior: Prior
    tastes: NDArray[np.float32]
    middle: NDArray[np.float32]

    def __call__(self, ask: Ask, candidates: Candidates) -> Floats:
        """(n, 9) probabilities."""
        return self.prior.foretell(ask, candidates, nearness(self.tastes, candidates.vectors, self.middle))


@dataclass(frozen=True)
class ByRanker:
    """What a ranker foretells, for somebody with this history."""

    ranker: Ranker
    history: History

    def __call__(self, ask: Ask, candidates: Candidates) -> Floats:
        """(n, 9) probabilities."""
        return self.ranker.foretell(self.history, items(ask.reader, candidates), ask.now.timestamp())


def history(reader: Reader, done: Candidates) -> History:
    """What a reader did, the newest last; `done` are the posts that they acted on. An act on a post that is not among these is left out."""
    there = set(done.numbers.tolist()) | {0}
    acts = [act for act in reader.acts if act.post in there][:HISTORY][::-1]
    places = where(
        done.numbers, np.array([act.post for act in acts], np.int64)
    )  # -1, of an act on an author alone, is the blank row at the end
    at, kinds = np.array([act.at.timestamp() for act in acts]), np.array([ACTIONS.index(act.kind) for act in acts], np.int64)
    vectors, forms = (np.pad(column, ((0, 1), (0, 0)))[places].astype(np.float32) for column in (done.vectors, _forms(done)))
    created = np.where(places < 0, at, np.append(done.created, 0.0)[places])
    authors, zeros = np.array([act.author for act in acts], np.int64), np.zeros(len(acts), np.float32)
    return History(kinds, at, Items(vectors, authors, created, np.zeros((len(acts), 3), np.float32), zeros, forms, zeros))


def items(reader: Reader, candidates: Candidates) -> Items:
    """Candidates as a ranker takes them."""
    columns = (candidates.acts, candidates.author_acts, _forms(candidates), reader.following(candidates.authors))
    return Items(candidates.vectors, candidates.authors, candidates.created, *(column.astype(np.float32) for column in columns))


def _forms(candidates: Candidates) -> Floats:
    return np.stack([candidates.forms[form] for form in FORMS], axis=1).astype(np.float64)
