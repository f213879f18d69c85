"""Our ranker, trained and served as `oscine feed train` and the feed do it, and our feed before anything was learned, as rankers of reposts.

What a network states as counts of a post (its likes, its reposts) is left out: the set holds those of later. No cases, no figures.
"""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.reposts_data import Case, Reposts
from oscine.engines.ranker import CARD, OnnxRanker
from oscine.feed.pipeline import Ask, Candidates, Scorer
from oscine.feed.prior import Prior
from oscine.feed.reader import Reader
from oscine.feed.scorers import Also, Foretold, nearness
from oscine.feed.taste import Close, centred, interests, worth
from oscine.feed.weights import shipped
from oscine.model import ranker_export, ranker_training
from oscine.model.interactions import Floats, History, Past
from oscine.model.ranker import Shape
from oscine.recommendation import ACTIONS, FORMS, Act

REPOST = ACTIONS.index("repost")


class Learned:
    """Our ranker, of the acts before a moment: the probability of a repost."""

    def __init__(self, data: Reposts, until: float) -> None:
        self._past = Past(data.acts)
        config = ranker_training.Config(shape=Shape(dimensions=data.acts.posts.vectors.shape[1]))
        trained = ranker_training.train(data.acts.before(until), config, lambda _: None)
        with tempfile.TemporaryDirectory() as folder:
            ranker_export.write(trained.network, Path(folder))
            (Path(folder) / CARD).write_text(json.dumps({"actions": ACTIONS, "tower": config.shape.tower}))
            self._ranker = OnnxRanker(Path(folder))

    def __call__(self, case: Case) -> Floats:
        """(n,) scores."""
        items = self._past.items(case.candidates, case.at, case.person)
        told: Floats = self._ranker.foretell(self._past.history(case.person, case.at), items, case.at)[:, REPOST]
        return told


class Unlearned:
    """Our feed with its prior, by the table of weights that ships: the points of each post."""

    def __init__(self, data: Reposts) -> None:
        self._data, self._past, self._weights = data, Past(data.acts), shipped()

    def __call__(self, case: Case) -> Floats:
        """(n,) scores."""
        posts, now = self._data.acts.posts, datetime.fromtimestamp(case.at, UTC)
        alive = (posts.created < case.at) & (posts.created > case.at - self._data.alive)
        middle = posts.vectors[alive].astype(np.float32).mean(axis=0)
        reader = Reader(acts=_acts(self._past.history(case.person, case.at)))
        tastes = self._tastes(case, middle, reader, now)
        candidates = self._candidates(case)
        ask = Ask(reader, now)
        prior, near = Prior(Close.of(reader, case.at)), nearness(tastes, candidates.vectors, middle)
        scorers: list[Scorer] = [
            Foretold(self._weights, lambda ask, given: prior.foretell(ask, given, near)),
            Also(self._weights, tastes, middle),
        ]
        points = sum((column.points for scorer in scorers for column in scorer(ask, candidates)), np.zeros(len(case.candidates), np.int64))
        return points.astype(np.float64)

    def _candidates(self, case: Case) -> Candidates:
        items = self._past.items(case.candidates, case.at, case.person)
        n = len(case.candidates)
        forms: dict[str, NDArray[np.bool_]] = {name: items.forms[:, place] > 0 for place, name in enumerate(FORMS)}
        nothing = np.full(n, "", object)
        return Candidates(case.candidates, items.authors, items.created, np.zeros((n, 4)), items.acts.astype(float), items.author_acts.astype(float),
                          items.vectors, nothing, nothing, forms, np.zeros(n, bool), np.ones(n, bool), np.zeros((n, 0), bool))  # fmt: skip

    def _tastes(self, case: Case, middle: NDArray[np.float32], reader: Reader, now: datetime) -> NDArray[np.float32]:
        vectors = self._past.history(case.person, case.at).items.vectors[::-1]
        return interests(centred(vectors, middle), worth(reader.acts, now.timestamp()))


def _acts(history: History) -> tuple[Act, ...]:
    """The newest first; every post has a number that is not 0."""
    moments = [datetime.fromtimestamp(at, UTC) for at in history.at]
    found = [
        Act("repost", place + 1, int(author), at) for place, (author, at) in enumerate(zip(history.items.authors, moments, strict=True))
    ]
    return tuple(reversed(found))
