"""What another table of weights would have brought, before anybody is shown it: an off-policy estimate from pages that the live table dealt partly by chance.

It speaks of the first ten places of such pages, and of nothing that follows from living with another table. Both tables' chances are told
again, what is gone since counting as like nothing for both. A page that is told otherwise than it was dealt (a post of it is gone, or was not for
everybody) is left out, and counted. What people asked for themselves, their dials and wishes, keeps the weight
that it had.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.errors import InputError
from oscine.experiments import ranking
from oscine.experiments.offpolicy import Estimate
from oscine.experiments.ranking import Pages
from oscine.experiments.rounds import Floats
from oscine.feed.dealt import Dealt, chances, unpack
from oscine.feed.pool import Pool
from oscine.feed.reader import Ints
from oscine.feed.select import DRAWN
from oscine.recommendation import OUTCOMES, Outcome, Weights
from oscine.store.feed_measures import DealtPage
from oscine.view import View

PAGES = 2_000  # the newest, that an estimate is made from
TOGETHER = 50  # pages whose vectors are read at once
NEAR = 0.1  # how far a chance that is told again may be from the one that was kept: a candidate may be gone that was not dealt
UNREADABLE = "its candidates cannot be read"
OTHERWISE = "a post of it is gone, or not for everybody, so that its chances cannot be told again"
STEERED = "Dials and wishes weigh what people asked for themselves: of a change of theirs, this says nothing."

Vectors = Callable[[Ints], NDArray[np.float32]]  # of rising numbers (n,): (n, d), zeros for a post that has none or may not be seen


class Line(NamedTuple):
    """An outcome, a page, in its first ten places: what the live table brought, what the other would have, and the other less the live one."""

    outcome: Outcome
    live: Estimate
    other: Estimate
    change: Estimate


class Estimated(NamedTuple):
    """An estimate from so many pages of so many people; why other pages were left out, and how many."""

    pages: int
    people: int
    left_out: dict[str, int]
    lines: tuple[Line, ...]
    warnings: tuple[str, ...]


class _Used(NamedTuple):
    whose: str
    logged: Floats
    other: Floats
    rewards: Floats  # (outcomes, K)


def estimate(log: Sequence[DealtPage], live: Weights, other: Weights, vectors: Vectors) -> Estimated:
    """`log` are pages that `live` dealt. Raises `InputError` where fewer than two people's pages can be used."""
    left_out: Counter[str] = Counter()
    used = [page for page in _again(log, live, other, vectors, left_out) if page]
    if len({page.whose for page in used}) < 2:
        raise InputError(
            f"Of version {live.version}, {len(used)} pages dealt by chance can be used{_why(left_out)}.",
            "Let some pages be dealt by chance (OSCINE_FEED_CHANCE), and wait.",
        )
    units = np.array([page.whose for page in used])
    logged, now = (np.stack([_filled(getattr(page, name), 1.0) for page in used]) for name in ("logged", "other"))
    rewards = np.stack([page.rewards for page in used], axis=1)
    lines = tuple(
        _line(outcome, ranking.pages(rewards[place], logged, logged, units), ranking.pages(rewards[place], logged, now, units))
        for place, outcome in enumerate(OUTCOMES)
    )
    steered = (STEERED,) if (live.dials, live.wishes) != (other.dials, other.wishes) else ()
    return Estimated(len(used), len(set(units)), dict(left_out), lines, steered)


def through(view: View) -> Vectors:
    """Vectors as a view shows them."""

    def read(numbers: Ints) -> NDArray[np.float32]:
        known, found = Pool.vectors(view, numbers)
        vectors = np.zeros((len(numbers), found.shape[1]), np.float32)
        vectors[np.searchsorted(numbers, known)] = found
        return vectors

    return read


def _line(outcome: Outcome, same: Pages, other: Pages) -> Line:
    return Line(outcome, ranking.rips(same), ranking.rips(other), ranking.rips(other, change=True))


def _again(log: Sequence[DealtPage], live: Weights, other: Weights, vectors: Vectors, left_out: Counter[str]) -> Iterator[_Used | None]:
    """Each page with both tables' chances, or none; why not is counted."""
    for start in range(0, len(log), TOGETHER):
        opened = [(page, _opened(page.candidates)) for page in log[start : start + TOGETHER]]
        numbers = np.unique(np.concatenate([dealt.numbers for _, dealt in opened if dealt] or [np.empty(0, np.int64)]))
        found = vectors(numbers)
        for page, dealt in opened:
            if dealt is None:
                left_out[UNREADABLE] += 1
                continue
            used = _used(page, dealt, live, other, _fitting(found[np.searchsorted(numbers, dealt.numbers)], len(dealt.middle)))
            left_out.update([OTHERWISE] if used is None else [])
            yield used


def _used(page: DealtPage, dealt: Dealt, live: Weights, other: Weights, vectors: NDArray[np.float32]) -> _Used | None:
    order, logged = np.array(page.posts[:DRAWN]), np.array(page.propensities[:DRAWN])
    again = chances(dealt, live, vectors, order)
    if not np.allclose(again, logged, rtol=NEAR, atol=0):
        return None
    rewards = np.array([[(post, outcome) in page.outcomes for post in page.posts[:DRAWN]] for outcome in OUTCOMES], np.float64)
    return _Used(page.whose, again, chances(dealt, other, vectors, order), _filled(rewards, 0.0))


def _fitting(vectors: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """The vectors; none, where they are of another embedder than the page's."""
    return vectors if vectors.shape[1] == dimensions else np.zeros((len(vectors), dimensions), np.float32)


def _opened(candidates: bytes) -> Dealt | None:
    try:
        return unpack(candidates)
    except InputError:
        return None


def _filled(values: Floats, rest: float) -> Floats:
    """The last axis up to `DRAWN` places."""
    missing = [(0, 0)] * (values.ndim - 1) + [(0, DRAWN - values.shape[-1])]
    return np.pad(values, missing, constant_values=rest)


def _why(left_out: Counter[str]) -> str:
    return "; ".join([""] + [f"of {count}, {reason}" for reason, count in left_out.items()])
