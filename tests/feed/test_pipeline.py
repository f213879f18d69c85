"""The stages of a feed, run on made-up candidates: nothing is lost without a reason, and every score is the sum of its parts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feed.made import NOW, candidates
from oscine.feed.pipeline import Ask, Bools, Candidates, Column, Pick, Stages, gathered, run
from oscine.feed.reader import Ints, Reader


class Found(NamedTuple):
    name: str
    numbers: tuple[int, ...]

    def __call__(self, ask: Ask) -> Ints:
        return np.array(self.numbers, np.int64)


class Not(NamedTuple):
    reason: str
    numbers: tuple[int, ...]

    def __call__(self, ask: Ask, found: Candidates) -> Bools:
        return ~np.isin(found.numbers, self.numbers)


def hydrated(ask: Ask, numbers: Ints, found: Bools) -> Candidates:
    """13 is not for this viewer."""
    return candidates(numbers, found=found).taken(numbers != 13)


def scored(ask: Ask, found: Candidates) -> list[Column]:
    return [Column("number", 0.1, found.numbers.astype(float)), Column("third", 1 / 3, 1 / np.maximum(found.numbers, 1))]


def best(ask: Ask, found: Candidates, points: Ints, rng: np.random.Generator) -> list[Pick]:
    return [Pick(int(place)) for place in np.argsort(-points)[: ask.limit]]


def stages(**changed: Any) -> Stages:
    sources = [Found("odd", (9, 7, 13, 5)), Found("few", (7, 2))]
    usual = Stages(sources, hydrated, [Not("it is five", (5,)), Not("it is five or two", (5, 2))], [scored], best)
    return usual._replace(**changed)


def test_from_sources_to_an_order() -> None:
    ranked = run(stages(), Ask(Reader(), NOW, limit=1), np.random.default_rng(0))
    assert ranked.candidates.numbers.tolist() == [7, 9]
    assert [ranked.candidates.numbers[pick.place] for pick in ranked.picks] == [9]
    assert ranked.found_by(0) == ("odd", "few") and ranked.found_by(1) == ("odd",)


def test_whatever_is_left_out_has_the_first_reason_and_what_is_not_to_be_seen_has_none() -> None:
    ranked = run(stages(), Ask(Reader(), NOW), np.random.default_rng(0))
    assert ranked.dropped == {5: "it is five", 2: "it is five or two"}


def test_parts_add_up() -> None:
    ranked = run(stages(), Ask(Reader(), NOW), np.random.default_rng(0))
    assert ranked.points.tolist() == [700_000 + 47_619, 900_000 + 37_037]
    assert [part.points for part in ranked.parts(0)] == [700_000, 47_619]


def test_nothing_found() -> None:
    ranked = run(stages(sources=[Found("none", ())]), Ask(Reader(), NOW), np.random.default_rng(0))
    assert ranked.picks == [] and ranked.dropped == {} and ranked.points.tolist() == []
    assert run(stages(sources=[]), Ask(Reader(), NOW), np.random.default_rng(0)).picks == []


@given(st.lists(st.lists(st.integers(0, 30))))
def test_each_post_once_with_all_that_found_it(found: list[list[int]]) -> None:
    numbers, by = gathered([np.array(each, np.int64) for each in found])
    assert numbers.tolist() == sorted(set().union(*found)) and by.shape == (len(numbers), len(found))
    assert all(by[place, source] == (number in each) for place, number in enumerate(numbers) for source, each in enumerate(found))


def test_posts_have_one_timeline_of_points_however_large() -> None:
    column = Column("huge", 1.0, np.array([1e6, -1e6, 0.4999994e-6, 0.6e-6]))
    assert column.points.tolist() == [10**12, -(10**12), 0, 1]
