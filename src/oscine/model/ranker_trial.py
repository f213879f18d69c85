"""Tells rankers apart by what people did after they were trained: where each puts the post that was acted on, among others that could have been met then.

One case is one first act of a person on a post, with candidates as `ranker_batches` draws them. NDCG@10 of one right answer; of equal scores the newest
post is first. Intervals are bootstrapped over people (Efron 1979). Drawn candidates are not a feed's own, so the figures tell rankers apart and are not
what a reader would see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.model import ranker_batches
from oscine.model.interactions import UNWANTED, Floats, History, Interactions, Ints, Items, Past
from oscine.model.ranker_batches import Sampler

Foretell = Callable[[History, Items, float], NDArray[Any]]  # (n, 9) as `engines.ranker.Ranker.foretell`
OTHERS = 100
MOST = 2_000  # cases
ROUNDS = 1_000
DEPTH = 10
TINY = 1e-12


class Mean(NamedTuple):
    """A mean, and the bounds that it lies between with 95%."""

    value: float
    low: float
    high: float


class Trial(NamedTuple):
    """`ndcg` (cases,) of each ranker by name, and whose act each case was."""

    ndcg: dict[str, Floats]
    people: Ints

    def mean(self, name: str, less: str = "") -> Mean:
        """Of a ranker; or by how much it is above another."""
        return interval(self.ndcg[name] - (self.ndcg[less] if less else 0.0), self.people)


def trial(given: Interactions, since: float, rankers: Mapping[str, Foretell], days: float, seed: int = 0) -> Trial:
    """All rankers on the same acts from `since` on, at most 2,000 of them left to chance; what is unwanted is not asked about."""
    past, rng = Past(given), np.random.default_rng(seed)
    found = ranker_batches.targets(past, since)
    wanted = np.flatnonzero(found.labels[:, list(UNWANTED)].sum(1) == 0)
    found = found.taken(np.sort(rng.permutation(wanted)[:MOST]))
    drawn = Sampler(past, days).drawn(found, OTHERS, rng)
    ndcg = {name: np.zeros(len(found.at)) for name in rankers}
    for case, (person, at) in enumerate(zip(found.people.tolist(), found.at.tolist(), strict=True)):
        items = drawn.items.taken(slice(case * (OTHERS + 1), (case + 1) * (OTHERS + 1))).taken(drawn.valid[case])
        history, kinds = past.history(person, at), found.labels[case] > 0
        for name, foretell in rankers.items():
            ndcg[name][case] = _ndcg(np.log(foretell(history, items, at)[:, kinds] + TINY).sum(1), items.created)
    return Trial(ndcg, found.people)


def _ndcg(scores: Floats, created: Floats) -> float:
    """Of the first of some posts."""
    place = int(np.flatnonzero(np.lexsort((-created, -scores)) == 0)[0])
    return float(1 / np.log2(place + 2)) if place < DEPTH else 0.0


def interval(values: Floats, people: Ints, seed: int = 0) -> Mean:
    """A mean over cases, each sample drawing whole people; of nothing, 0."""
    if not len(values):
        return Mean(0.0, 0.0, 0.0)
    _, groups = np.unique(people, return_inverse=True)
    sums, counts = np.bincount(groups, values), np.bincount(groups)
    drawn = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), ROUNDS)
    low, high = np.percentile((drawn @ sums) / (drawn @ counts), [2.5, 97.5])
    return Mean(float(values.mean()), float(low), float(high))
