"""Nearness keeps what was embedded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from oscine.pictures.nearness import Nearness


class Letters:
    """An embedder of two dimensions: how many a's and b's."""

    name = "letters"
    dimensions = 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._vector(text)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> NDArray[np.float32]:
        counts = np.array([text.count("a"), text.count("b")], np.float32)
        return np.asarray(counts / np.linalg.norm(counts))


def test_cosines_in_order(tmp_path: Path) -> None:
    assert Nearness(Letters(), tmp_path)("a", ["b", "a", "ab"]) == pytest.approx([0.0, 1.0, 0.5**0.5], abs=1e-3)


def test_a_text_is_embedded_once_even_across_restarts(tmp_path: Path) -> None:
    first, second = Letters(), Letters()
    Nearness(first, tmp_path)("a", ["b", "ab"])
    assert Nearness(second, tmp_path)("a", ["b", "ab", "aab"])[2] > 0.8
    assert (first.asked, second.asked) == (["b", "ab"], ["aab"])
