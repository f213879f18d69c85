"""The measures that evaluations and benchmarks share: of a ranking (as TREC's `trec_eval` defines them), of an answer, and how sure a figure is.

Pure: numbers in, numbers out. Every interval is of 95%; every bootstrap has a seed, so that the same values give the same interval.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine import text

Z = 1.959964  # standard deviations to each side of a normal distribution that hold 95% of it
ROUNDS = 4_000  # samples of a bootstrap
SEED = 7


class Interval(NamedTuple):
    """A figure and the bounds that it very likely lies between."""

    value: float
    low: float
    high: float


def wilson(hits: int, n: int) -> Interval:
    """A share with Wilson's score interval (1927), which holds near 0 and 1 too; of nothing, 0 between 0 and 1."""
    if n == 0:
        return Interval(0.0, 0.0, 1.0)
    share, spread = hits / n, Z * Z / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return Interval(share, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half)))


def bootstrap(values: Sequence[float]) -> Interval:
    """A mean with its percentile bootstrap interval (Efron 1979)."""
    given = np.asarray(values, float)
    return _interval(mean(values), [given[drawn].mean() for drawn in _draws(len(given))])


def paired(ours: Sequence[float], theirs: Sequence[float], how: Literal["difference", "ratio"] = "difference") -> Interval:
    """The difference or ratio of two means over the same cases, each sample drawing whole cases; raises `ValueError` for unequal lengths."""
    pairs = np.array(list(zip(ours, theirs, strict=True)), float).reshape(-1, 2)
    return _interval(_compared(pairs, how), [_compared(pairs[drawn], how) for drawn in _draws(len(pairs))])


def _compared(pairs: NDArray[np.float64], how: str) -> float:
    one, other = pairs.mean(axis=0) if len(pairs) else (0.0, 0.0)
    if how == "difference":
        return float(one - other)
    return float(one / other) if other else 0.0


def _draws(n: int) -> Iterator[NDArray[np.int64]]:
    chooser = np.random.default_rng(SEED)
    return (chooser.integers(0, n, n) for _ in range(ROUNDS if n else 0))


def _interval(value: float, drawn: Sequence[float]) -> Interval:
    low, high = np.percentile(drawn, [2.5, 97.5]) if len(drawn) else (value, value)
    return Interval(float(value), float(low), float(high))


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


def token_f1(said: str, right: Sequence[str]) -> float:
    """The best F1 over shared words with any right answer, articles left out (SQuAD, Rajpurkar et al. 2016)."""
    return max((_f1(_words(said), _words(answer)) for answer in right), default=0.0)


def recall(said: str, right: str) -> float:
    """The share of the right answer's words that were said, articles left out."""
    wanted = _words(right)
    return sum((wanted & _words(said)).values()) / sum(wanted.values()) if wanted else 0.0


def _words(words: str) -> Counter[str]:
    return Counter(token.exact for token in text.tokens(words) if token.kind in ("word", "dense") and token.exact not in ("a", "an", "the"))


def _f1(said: Counter[str], right: Counter[str]) -> float:
    shared = sum((said & right).values())
    return 2 * shared / (sum(said.values()) + sum(right.values())) if shared else 0.0


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]
