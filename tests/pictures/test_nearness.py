"""Nearness keeps what was embedded."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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


def test_a_file_that_cannot_be_read_or_written_costs_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Nearness(Letters(), tmp_path)("a", ["a", "b"])
    file = next(tmp_path.glob("*.npz"))
    for broken in (b"", file.read_bytes()[:100], b"no archive"):
        file.write_bytes(broken)
        assert Nearness(Letters(), tmp_path)("a", ["b", "a"]) == pytest.approx([0.0, 1.0], abs=1e-3)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert Nearness(Letters(), tmp_path)("a", ["ab"]) == pytest.approx([0.5**0.5], abs=1e-3)
    assert [path for path in tmp_path.iterdir() if path.suffix != ".npz"] == []


def test_several_threads_at_once(tmp_path: Path) -> None:
    near = Nearness(Letters(), tmp_path)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: near("a", [f"a{n}", f"b{n}"]), range(64)))
    assert all(one == pytest.approx([1.0, 0.0], abs=1e-3) for one in found)
    again = Letters()
    Nearness(again, tmp_path)("a", [f"a{n}" for n in range(64)])
    assert again.asked == []
