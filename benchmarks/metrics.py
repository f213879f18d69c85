"""Measures of a ranking, as TREC's `trec_eval` defines them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002): gain is the grade, discount log2(rank + 1)."""

    def gain(ordered: Sequence[int]) -> float:
        return sum(grade / math.log2(rank + 2) for rank, grade in enumerate(ordered[:depth]))

    best = gain(sorted((grade for grade in grades.values() if grade > 0), reverse=True))
    return gain([max(0, grades.get(post, 0)) for post in ranking]) / best if best else 0.0


def average_precision(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 100) -> float:
    """Average precision over the first `depth`, divided by all relevant posts."""
    relevant = sum(grade > 0 for grade in grades.values())
    hits, total = 0, 0.0
    for rank, post in enumerate(ranking[:depth], 1):
        if grades.get(post, 0) > 0:
            hits += 1
            total += hits / rank
    return total / relevant if relevant else 0.0


def precision(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 30) -> float:
    """The share of relevant posts among the first `depth`."""
    return sum(grades.get(post, 0) > 0 for post in ranking[:depth]) / depth


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]
