"""Candidates that are made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from oscine.feed.pipeline import Candidates
from oscine.recommendation import FORMS

NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)


def candidates(numbers: Sequence[int] | np.ndarray[Any, Any], **columns: Any) -> Candidates:
    """Plain posts with these numbers, each by an author of its own, written now."""
    n = len(numbers)
    plain = {
        "numbers": np.array(numbers, np.int64), "authors": np.arange(n) + 1_000, "created": np.full(n, NOW.timestamp()), "counts": np.zeros((n, 4)),
        "acts": np.zeros((n, 3)), "author_acts": np.zeros(n), "vectors": np.zeros((n, 2), np.float32), "langs": np.full(n, "en", object),
        "texts": np.array([f"post {number}" for number in numbers], object), "forms": {form: np.zeros(n, bool) for form in FORMS},
        "labelled": np.zeros(n, bool), "recommendable": np.ones(n, bool), "found": np.zeros((n, 0), bool),
    }  # fmt: skip
    return Candidates(**{**plain, **columns})
