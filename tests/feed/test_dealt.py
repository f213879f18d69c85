"""What a page dealt by chance keeps tells how it was dealt, and how another table would have dealt it."""

from __future__ import annotations

import zlib
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest

from oscine.errors import InputError
from oscine.feed import dealt
from oscine.feed.dealt import MOST, TEMPERATURE, chances, pack, unpack
from oscine.feed.pipeline import Ask, Candidates, Column, Ranked
from oscine.feed.reader import Reader
from oscine.feed.select import DRAWN, Diverse
from oscine.feed.weights import shipped
from oscine.recommendation import ACTIONS, Steering, Weights

LIVE = shipped()
OTHER = msgspec.structs.replace(
    LIVE, actions={**LIVE.actions, "like": 12.0, "click": 0.0}, also={**LIVE.also, "fresh": 0.4}, diversity=0.1, author=0.6
)


def candidates(rng: np.random.Generator, count: int) -> Candidates:
    """Posts by a third as many authors, their vectors of a few directions."""
    vectors = (
        (rng.normal(size=(5, 16))[rng.integers(5, size=count)] + 0.5 * rng.normal(size=(count, 16))).astype(np.float16).astype(np.float32)
    )
    numbers, empty = np.sort(rng.choice(10**6, count, replace=False)), np.zeros(count)
    words = np.array([""] * count, object)
    return Candidates(
        numbers, rng.integers(count // 3 + 1, size=count), empty, np.zeros((count, 4)), np.zeros((count, 3)), empty, vectors, words, words, {},
        empty > 0, empty > 0, np.zeros((count, 1), bool),
    )  # fmt: skip


def columns(values: np.ndarray, weights: Weights, more: tuple[Column, ...] = ()) -> tuple[Column, ...]:
    """A column for each of the table's weights, and `more`."""
    table: dict[Any, float] = {**weights.actions, **weights.also}
    return (*(Column(name, weight, values[:, place]) for place, (name, weight) in enumerate(table.items())), *more)


def values(rng: np.random.Generator, count: int) -> np.ndarray:
    """Of each column: seldom done, the worse the seldomer; what else speaks for a post, from 0 to 1."""
    done = rng.beta(0.5, 8, (count, len(ACTIONS))) * np.array([1, 0.1, 0.2, 0.1, 0.05, 1, 1, 0.01, 0.001])
    return np.hstack([done, rng.random((count, len(LIVE.also)))])


def ranked(
    rng: np.random.Generator, posts: Candidates, found: tuple[Column, ...], weights: Weights, ask: Ask, middle: np.ndarray
) -> Ranked:
    points = sum((column.points for column in found), np.zeros(len(posts.numbers), np.int64))
    return Ranked(posts, found, points, Diverse(weights.diversity, weights.author, middle)(ask, posts, points, rng), {}, ("x",))


def asked(temperature: float = TEMPERATURE, limit: int = 50, **steering: Any) -> Ask:
    return Ask(Reader(steering=Steering(**steering)), datetime(2024, 5, 1, tzinfo=UTC), limit, temperature)


@pytest.mark.parametrize("count", [3, 40, 250])
def test_the_table_that_dealt_deals_with_the_chances_that_were_kept(count: int) -> None:
    rng = np.random.default_rng(count)
    posts, middle, ask = candidates(rng, count), rng.normal(size=16).astype(np.float32) * 0.1, asked()
    found = ranked(rng, posts, columns(values(rng, count), LIVE), LIVE, ask, middle)
    kept = unpack(pack(found, ask, Diverse(LIVE.diversity, LIVE.author, middle)))
    order = posts.numbers[[pick.place for pick in found.picks]]
    vectors = posts.vectors[np.searchsorted(posts.numbers, kept.numbers)]
    told = chances(kept, LIVE, vectors, order)
    assert told == pytest.approx([pick.propensity for pick in found.picks[:DRAWN]], rel=2e-3)
    assert len(told) == min(count, DRAWN) and (count == 3 or (told < 1).all())


def test_another_table_deals_as_often_as_is_told() -> None:
    """The first two posts of 1,500 pages that the other table truly deals, beside the chances told from a page of the live one."""
    rng = np.random.default_rng(0)
    posts, middle, ask = candidates(rng, 12), np.zeros(16, np.float32), asked(temperature=0.3, limit=4)
    given = values(rng, 12)
    live = ranked(rng, posts, columns(given, LIVE), LIVE, ask, middle)
    kept = unpack(pack(live, ask, Diverse(LIVE.diversity, LIVE.author, middle)))
    vectors = posts.vectors[np.searchsorted(posts.numbers, kept.numbers)]
    pages = (ranked(rng, posts, columns(given, OTHER), OTHER, ask, middle).picks for _ in range(1500))
    often = Counter(tuple(int(posts.numbers[pick.place]) for pick in page[:2]) for page in pages)
    for pair, times in often.most_common(8):
        told = float(chances(kept, OTHER, vectors, np.array(pair)).prod())
        assert abs(times - 1500 * told) < 4 * (1500 * told * (1 - told)) ** 0.5, pair


def test_what_a_person_asked_for_keeps_its_weight() -> None:
    rng = np.random.default_rng(1)
    posts, ask = candidates(rng, 30), asked(dials={"varied": 1.0})
    wished = (Column("you asked for more gardening", 0.8, rng.random(30)), Column("you asked for less news", -0.5, rng.random(30)))
    found = ranked(rng, posts, columns(values(rng, 30), LIVE, wished), LIVE, ask, np.zeros(16, np.float32))
    packed = pack(found, ask, Diverse(0.0, 0.0, np.zeros(16, np.float32)))
    kept = unpack(packed)
    assert b"gardening" not in zlib.decompress(packed), "nobody's words are kept"
    assert kept.names[-1] == dealt.ASKED and kept.weights[-1] == 1.0
    gave = (wished[0].points + wished[1].points)[np.searchsorted(posts.numbers, kept.numbers)]
    assert kept.values[:, -1] * 1e6 == pytest.approx(gave, abs=0.1)
    assert kept.varied == 1.0 and dealt.diversity(LIVE, 1.0) == pytest.approx(LIVE.diversity + LIVE.dials["varied"])


def test_a_post_that_the_other_table_would_not_consider_has_no_chance() -> None:
    rng = np.random.default_rng(2)
    posts, ask = candidates(rng, 60), asked(limit=3)
    found = ranked(rng, posts, columns(values(rng, 60), LIVE), LIVE, ask, np.zeros(16, np.float32))
    kept = unpack(pack(found, ask, Diverse(0.0, 0.0, np.zeros(16, np.float32))))
    order = kept.numbers[[0, 59, 1]]
    told = chances(kept, LIVE, np.zeros((60, 16), np.float32), order)
    assert told[0] > 0 and told[1:].tolist() == [0.0, 0.0]


def test_a_page_keeps_little() -> None:
    """300 candidates of 13 columns and vectors of 384 dimensions: about 17 kB, as the guide says."""
    rng = np.random.default_rng(3)
    posts, ask, middle = candidates(rng, 900), asked(), rng.normal(size=384).astype(np.float32)
    found = ranked(rng, posts, columns(values(rng, 900), LIVE), LIVE, ask, np.zeros(16, np.float32))
    packed = pack(found, ask, Diverse(0.3, 0.3, middle))
    assert len(unpack(packed).numbers) == MOST and len(packed) < 18_000
    none = ranked(rng, candidates(rng, 0), (), LIVE, ask, np.zeros(16, np.float32))
    assert len(pack(none, ask, Diverse(0.3, 0.3, middle))) < 1_000


@pytest.mark.parametrize(
    "packed", [b"", b"x", zlib.compress(b"x"), zlib.compress(msgspec.msgpack.encode([b"1", b"", ["a"], b"", b"", b"", 0, 0, 0]))]
)
def test_what_was_not_packed_is_refused(packed: bytes) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        unpack(packed)
