"""A post whose vector is not made yet is found by its words as well as any other: the first minutes of a network."""

from __future__ import annotations

from datetime import UTC, datetime

from oscine.search.rank import features, fuse
from oscine.search.retrieve import Candidate

NOW = datetime(2024, 5, 2, tzinfo=UTC)
WEIGHTS = {"words": 0.4, "near": 0.6}


def candidate(number: int, words: float, near: float | None) -> Candidate:
    return Candidate(number, words, near, NOW, 0)


def test_a_post_without_a_vector_is_as_near_as_its_words_say() -> None:
    best, fair, far = candidate(1, 9.0, None), candidate(2, 3.0, 0.88), candidate(3, 1.0, 0.8)
    assert fuse([far, fair, best], NOW, WEIGHTS)[0].number == 1
    assert features([best, fair, far], NOW)["near"] == [1.0, 1.0, 0.0]
    poor = candidate(4, 0.9, None)
    assert [item.number for item in fuse([poor, fair, best], NOW, WEIGHTS)] == [1, 2, 4]


def test_without_any_vector_nothing_is_near() -> None:
    assert features([candidate(1, 9.0, None), candidate(2, 3.0, None)], NOW)["near"] == [0.0, 0.0]
