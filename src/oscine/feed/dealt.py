"""What a page that was dealt partly by chance keeps of its candidates, packed, so that it can be told how another table of weights would have dealt it.

Kept are numbers, authors, and the values of every column before they were weighed, of what a person asked for only what it gave, without their words;
vectors are not: they are read again, through a view, when somebody asks,
so that nothing of a post outlives it. Kept are the best `MOST` by the table that dealt: of a post that another table would have lifted from farther
below, nothing is known. It judges nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from oscine.errors import InputError
from oscine.feed.pipeline import Ask, Bools, Column, Floats, Ranked
from oscine.feed.reader import Ints
from oscine.feed.select import DRAWN, Diverse, shortlist, softmax
from oscine.feed.weights import shipped
from oscine.recommendation import ACTIONS, POINTS, Weights

TEMPERATURE = 0.1  # of a page that is dealt by chance: what scores so much less (100,000 points) is put in a place with 1/e of the chance
MOST = 300  # candidates that are kept
NAMED = frozenset({*ACTIONS, *shipped().also})  # columns that a table of weights weighs
ASKED = "asked for"  # the column of what a person asked for


class Dealt(NamedTuple):
    """n candidates, the best first. `values` (n, columns) are float32, `weights` (columns,) those they were weighed by; `middle` (d,) is what all vectors
    have in common. `limit` posts were asked for. `varied` is the reader's own dial for diversity."""

    numbers: Ints
    authors: Ints
    names: tuple[str, ...]
    weights: Floats
    values: NDArray[np.float32]
    middle: NDArray[np.float32]
    temperature: float
    limit: int
    varied: float


class _Packed(msgspec.Struct, array_like=True):
    numbers: bytes
    authors: bytes
    names: tuple[str, ...]
    weights: bytes
    values: bytes
    middle: bytes
    temperature: float
    limit: int
    varied: float


def pack(ranked: Ranked, ask: Ask, select: Diverse) -> bytes:
    """The candidates of a page as `select` dealt it: at most 17 kB for 300 candidates of a dozen columns."""
    best = shortlist(ranked.candidates.numbers, ranked.points, MOST)[:MOST]
    columns = _unnamed(ranked.columns, len(ranked.points))
    kept = _Packed(
        ranked.candidates.numbers[best].astype("<i8").tobytes(), ranked.candidates.authors[best].astype("<i8").tobytes(),
        tuple(column.name for column in columns), np.array([column.weight for column in columns], "<f8").tobytes(),
        np.stack([column.values[best] for column in columns]).astype("<f4").tobytes(), select.middle.astype("<f2").tobytes(),
        ask.temperature, ask.limit, ask.reader.steering.dials.get("varied", 0.0),
    )  # fmt: skip
    return zlib.compress(msgspec.msgpack.encode(kept), 9)


def unpack(packed: bytes) -> Dealt:
    """As it was packed. Raises `InputError` for what was not."""
    try:
        kept = msgspec.msgpack.decode(zlib.decompress(packed), type=_Packed)
        numbers, columns = np.frombuffer(kept.numbers, "<i8"), len(kept.names)
        values = np.frombuffer(kept.values, "<f4").reshape(columns, len(numbers)).T
    except (zlib.error, msgspec.DecodeError, ValueError) as error:
        raise InputError(
            f"The candidates of a page cannot be read ({error}).", "They were packed by another version: leave the page out."
        ) from None
    return Dealt(
        numbers.astype(np.int64), np.frombuffer(kept.authors, "<i8").astype(np.int64), kept.names, np.frombuffer(kept.weights, "<f8"),
        values, np.frombuffer(kept.middle, "<f2").astype(np.float32), kept.temperature, kept.limit, kept.varied,
    )  # fmt: skip


def chances(dealt: Dealt, weights: Weights, vectors: NDArray[np.float32], order: Ints) -> Floats:
    """(k,) the chance with which a table would have put each post of `order` (numbers, k ≤ 10) where it stands, under those above it.

    `vectors` (n, d) are the candidates', zeros where there are none. A post that the other table would not have had on its
    shortlist has no chance.
    """
    points = _points(dealt, weights)
    short, wanted = shortlist(dealt.numbers, points, dealt.limit), order[:DRAWN]
    places = _places(dealt.numbers[short], wanted)
    select = Diverse(diversity(weights, dealt.varied), weights.author, dealt.middle)

    def choose(above: int, points: Ints, left: Bools) -> tuple[int, float]:
        chances = softmax(np.where(left, points / (POINTS * dealt.temperature), -np.inf))
        return places[above], float(chances[places[above]])

    picks = select.ordered(dealt.authors[short], vectors[short], points[short], len(places), choose) if places else []
    return np.array([pick.propensity for pick in picks] + [0.0] * (len(wanted) - len(places)))


def diversity(weights: Weights, varied: float) -> float:
    """What a post loses for being like another, where the reader turned the dial for variety."""
    return min(1.0, max(0.0, weights.diversity + weights.dials.get("varied", 0.0) * varied))


def _places(numbers: Ints, wanted: Ints) -> list[int]:
    """Where the wanted stand among the numbers, up to the first that does not."""
    where = {number: place for place, number in enumerate(numbers.tolist())}
    return [where[number] for number in takewhile(where.__contains__, wanted.tolist())]


def _points(dealt: Dealt, weights: Weights) -> Ints:
    """(n,) points by a table; what a person asked for keeps its weight."""
    table = weights.also | {str(action): weight for action, weight in weights.actions.items()}
    columns = zip(dealt.names, dealt.weights.tolist(), dealt.values.T.astype(np.float64), strict=True)
    weighed = [Column(name, table.get(name, weight), values).points for name, weight, values in columns]
    return sum(weighed, np.zeros(len(dealt.numbers), np.int64))


def _unnamed(columns: Sequence[Column], count: int) -> list[Column]:
    """The columns of the table; those of what a person asked for in one, without their words."""
    named = [column for column in columns if column.name in NAMED]
    asked = sum((column.points for column in columns if column.name not in NAMED), np.zeros(count, np.int64))
    return [*named, Column(ASKED, 1.0, asked / POINTS)]
