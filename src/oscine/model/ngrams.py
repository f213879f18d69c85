"""Weighs n-grams: for each label a logistic regression on which places of a table a text has, so many that none counts for much.

Where a text says nothing of a label (NaN) it is not learned from. It knows places and numbers, neither texts nor what a label means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

STRENGTH = 4.0  # the inverse of the penalty, scikit-learn's C
STEPS = 200
MOST = 127  # of a small integer
FEWEST = 10  # of each answer, below which a label is not learned


class Weights(NamedTuple):
    """`table` (size, labels) of small integers, times `scale` (labels,)."""

    table: NDArray[np.int8]
    scale: NDArray[np.float32]


def design(texts: Sequence[NDArray[np.int64]], size: int) -> sparse.csr_matrix:
    """Texts by the places that they have, (n, size): each row of length one."""
    ends = np.cumsum([0, *(len(each) for each in texts)])
    values = np.concatenate([np.full(len(each), 1 / np.sqrt(len(each)), np.float32) for each in texts])
    return sparse.csr_matrix((values, np.concatenate(texts), ends), shape=(len(texts), size))


def train(texts: Sequence[NDArray[np.int64]], said: NDArray[np.float32], counts: NDArray[np.float32], size: int) -> Weights:
    """Weights from texts' places, each once; `said` and `counts` are (n, labels)."""
    rows = design(texts, size)
    found = np.zeros((size, said.shape[1]), np.float64)
    for label in range(said.shape[1]):
        known = np.flatnonzero(~np.isnan(said[:, label]))
        answers = said[known, label] == 1
        if min(answers.sum(), (~answers).sum()) >= FEWEST:
            model = LogisticRegression(C=STRENGTH, max_iter=STEPS)
            found[:, label] = model.fit(rows[known], answers, sample_weight=counts[known, label]).coef_[0]
    scale = np.maximum(np.abs(found).max(axis=0), 1e-9) / MOST
    return Weights(np.round(found / scale).astype(np.int8), scale.astype(np.float32))
