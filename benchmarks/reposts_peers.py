"""What rankers of reposts are judged beside: recency, popularity, what a person reposted before by words, by meaning, by author, and `implicit`'s ALS.

All of it is counted strictly as of the moment. A peer that knows nothing of a person says the same of every post, and the newest comes first. A family
holds variants of one peer; the best on the tune part stands for it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from implicit.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from benchmarks.reposts_data import WEEK, Case, Reposts
from oscine.evals.peer import Tantivy
from oscine.model.interactions import DAY, EVER, HOUR, Floats, Ints, Past

Peer = Callable[[Case], Floats]  # (n,) scores of a case's candidates
WINDOWS = {"hour": HOUR, "day": DAY, "week": WEEK, "ever": EVER}
RECENT = 20  # reposts of a person that make their query


class Peers:
    """Peers by family, over one set."""

    def __init__(self, data: Reposts) -> None:
        self._data = data
        self._acts, self._posts = data.acts, data.acts.posts
        self._past = Past(data.acts)

    def families(self) -> dict[str, dict[str, Peer]]:
        """Every family's variants."""
        return {
            "newest first": {"": self._newest},
            "not reposted yet first": {"": lambda case: -np.minimum(self._counted(case, EVER), 1)},
            "popularity": {name: self._popular(seconds) for name, seconds in WINDOWS.items()},
            "popularity over age": {f"gravity {gravity}": self._aged(gravity) for gravity in (0.5, 1.0, 1.8)},
            "popularity of the author": {"sum": self._author, "mean": self._author_mean},
            "authors by history": {"": self._same_author},
            "BM25 by history": {"": self._bm25(Tantivy(self._documents()))},
            "e5 by history": {"mean": self._e5(np.mean), "nearest": self._e5(np.max)},
            "implicit ALS": {f"{factors} factors": Als(self._data, factors) for factors in (16, 64)},
        }

    def _newest(self, case: Case) -> Floats:
        return self._posts.created[case.candidates]

    def _counted(self, case: Case, seconds: float) -> Floats:
        return self._past.acts.within(case.candidates, _moments(case), seconds)[:, 0].astype(float)

    def _popular(self, seconds: float) -> Peer:
        return lambda case: self._counted(case, seconds)

    def _aged(self, gravity: float) -> Peer:
        """As Hacker News does: one more than the reposts so far, over a power of the age in hours and two."""

        def scores(case: Case) -> Floats:
            hours = (case.at - self._posts.created[case.candidates]) / HOUR
            return (self._counted(case, EVER) + 1) / (hours + 2) ** gravity

        return scores

    def _author(self, case: Case) -> Floats:
        return self._past.author_acts.within(self._posts.authors[case.candidates], _moments(case), EVER)[:, 0].astype(float)

    def _author_mean(self, case: Case) -> Floats:
        return self._author(case) / np.maximum(
            self._past.author_posts.within(self._posts.authors[case.candidates], _moments(case), EVER)[:, 0], 1
        )

    def _history(self, case: Case) -> Ints:
        """Places of the newest posts that a person reposted before."""
        before = int(np.searchsorted(self._acts.at, case.at))
        return self._acts.places[:before][self._acts.people[:before] == case.person][-RECENT:]

    def _same_author(self, case: Case) -> Floats:
        known = self._posts.authors[self._history(case)]
        return (self._posts.authors[case.candidates][:, None] == known).sum(axis=1).astype(float)

    def _documents(self) -> list[dict[str, str]]:
        return [{"id": str(place), "text": text, "created_at": "2000-01-01T00:00:00Z"} for place, text in enumerate(self._data.texts)]

    def _bm25(self, index: Tantivy) -> Peer:
        def scores(case: Case) -> Floats:
            words = " ".join(
                self._data.texts[place] for place in self._history(case)
            ).lower()  # in capitals, AND, OR, NOT and IN are operators
            found = index.search(words, len(self._data.texts))
            best = {int(place): -float(rank) for rank, place in enumerate(found)}
            return np.array([best.get(int(place), -float(len(self._data.texts))) for place in case.candidates])

        return scores

    def _e5(self, joined: Callable[..., NDArray[np.float32]]) -> Peer:
        def scores(case: Case) -> Floats:
            history = self._posts.vectors[self._history(case)].astype(np.float32)
            near = self._posts.vectors[case.candidates].astype(np.float32) @ history.T
            return joined(near, axis=1).astype(float) if len(history) else np.zeros(len(near))

        return scores


class Als:
    """Alternating least squares (Hu, Koren and Volinsky 2008), fitted anew for every case, of all that was known by then of people with two reposts or more:
    those with one connect nothing."""

    def __init__(self, data: Reposts, factors: int) -> None:
        self._acts, self._factors = data.acts, factors

    def __call__(self, case: Case) -> Floats:
        """Scores; zeros for a person with fewer than two reposts."""
        before = int(np.searchsorted(self._acts.at, case.at))
        people, places = self._acts.people[:before], self._acts.places[:before]
        several = np.bincount(people)[people] > 1
        return self._fitted(people[several], places[several], case) if case.earlier > 1 else np.zeros(len(case.candidates))

    def _fitted(self, people: Ints, places: Ints, case: Case) -> Floats:
        users, rows = np.unique(people, return_inverse=True)
        known, columns = np.unique(places, return_inverse=True)
        model = AlternatingLeastSquares(factors=self._factors, iterations=8, random_state=7, num_threads=1, use_gpu=False)
        model.fit(csr_matrix((np.ones(len(rows), np.float32), (rows, columns))), show_progress=False)
        found = np.searchsorted(known, case.candidates).clip(max=len(known) - 1)
        scores = model.item_factors[found] @ model.user_factors[np.searchsorted(users, case.person)]
        return np.where(known[found] == case.candidates, scores, 0.0).astype(float)


def _moments(case: Case) -> Floats:
    return np.full(len(case.candidates), case.at)
