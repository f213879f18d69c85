"""What a ranker that learned something must be better than: the prior, popularity and recency, asked as a ranker is, over arrays as of any moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oscine.feed.acts import Floats
from oscine.feed.pipeline import Ask, Candidates
from oscine.feed.prior import Prior
from oscine.feed.reader import Reader
from oscine.feed.scorers import nearness
from oscine.feed.taste import Close, centred, interests, worth
from oscine.model.interactions import History, Items
from oscine.recommendation import ACTIONS, FORMS, Act


def prior(middle: NDArray[np.float32]) -> Callable[[History, Items, float], Floats]:
    """What foretells as the prior does; `middle` (d,) is the mean vector of the network's posts."""

    def foretell(history: History, items: Items, now: float) -> Floats:
        acts = _acts(history)[::-1]
        reader = Reader(acts=acts, follows=np.unique(items.authors[items.followed > 0]))
        worths = worth(acts, now)
        wanted = (worths > 0) & history.items.vectors[::-1].any(axis=1)
        tastes = interests(centred(history.items.vectors[::-1], middle)[wanted], worths[wanted])
        ask = Ask(reader, datetime.fromtimestamp(now, UTC))
        return Prior(Close.of(reader, now)).foretell(ask, _candidates(items), nearness(tastes, items.vectors, middle))

    return foretell


def popularity(history: History, items: Items, now: float) -> Floats:
    """By how many acted on a post so far; not probabilities."""
    return _alike(items.acts[:, 2])


def recency(history: History, items: Items, now: float) -> Floats:
    """The newest first; not probabilities."""
    return _alike(1 / (1 + np.maximum(now - items.created, 0)))


def _alike(values: NDArray[Any]) -> Floats:
    """(n, 9) the same for every action."""
    return np.repeat(np.asarray(values, np.float64)[:, None], len(ACTIONS), axis=1)


def _acts(history: History) -> tuple[Act, ...]:
    done = zip(history.kinds.tolist(), history.items.authors.tolist(), history.at.tolist(), strict=True)
    return tuple(Act(ACTIONS[kind], place, author, datetime.fromtimestamp(at, UTC)) for place, (kind, author, at) in enumerate(done, 1))


def _candidates(items: Items) -> Candidates:
    """Items as columns; what a prior does not read is empty."""
    n = len(items.created)
    none, no = np.full(n, "", object), np.zeros(n, bool)
    return Candidates(
        np.arange(n), items.authors, items.created, np.zeros((n, 4)), items.acts.astype(np.float64), items.author_acts.astype(np.float64), items.vectors,
        none, none, {form: items.forms[:, place] > 0 for place, form in enumerate(FORMS)}, no, ~no, np.zeros((n, 0), bool),
    )  # fmt: skip
