"""Who is kept from a campaign, and what it changed beside them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ads_rows import NOON, Rows
from oscine.ads.measure.lift import held, lift, needed
from oscine.advertising import Campaign, Caps, Targeting
from oscine.errors import InputError
from oscine.experiments import fixed, sequential
from oscine.experiments.fixed import Counts
from oscine.store.outcomes import Group, Outcomes, Sides
from oscine.store.postgres import Database

PEOPLE = [f"person{number}" for number in range(20_000)]


def campaign(holdout: float = 0.2, number: int = 1) -> Campaign:
    return Campaign(id=number, advertiser=1, name="Winter", objective="clicks", placements=("feed",), tier="standard", targeting=Targeting(),
                    caps=Caps(), pace="even", holdout=holdout, state="running", created_at=NOON)  # fmt: skip


def sides(shown: tuple[int, int], kept: tuple[int, int], by_token: int = 0) -> Sides:
    return Sides(Group(*shown), Group(*kept), by_token, NOON)


@given(st.text(), st.integers(1, 2**62), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_person_is_always_on_the_same_side(person: str, number: int, one: float, other: float) -> None:
    assert held(person, number, one) == held(person, number, one)
    assert held(person, number, min(one, other)) <= held(person, number, max(one, other)), "a larger share keeps whom a smaller one does"
    assert not held(person, number, 0.0) and not held("", number, 0.5)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_as_many_are_held_as_is_set(share: float) -> None:
    for number in (1, 2, 77):
        interval = fixed.rate(Counts(sum(held(person, number, share) for person in PEOPLE), len(PEOPLE)), 0.9999)
        assert interval.low <= share <= interval.high


def test_campaigns_are_independent() -> None:
    drawn = np.array([[held(person, number, 0.5) for person in PEOPLE] for number in range(1, 9)])
    correlations = [np.corrcoef(one, other)[0, 1] for one, other in pairwise(drawn)]
    assert max(map(abs, correlations)) < 4 / len(PEOPLE) ** 0.5
    assert len({tuple(column) for column in drawn.T[:2_000]}) == 2**8, "every pattern of eight campaigns is somebody's"


def test_a_lift_that_is_sure() -> None:
    found = lift(campaign(), sides((80_000, 2_400), (20_000, 400)))
    expected = sequential.lift(Counts(2_400, 80_000), Counts(400, 20_000), 0.8)
    assert (found.verdict, found.interval) == ("more", expected) and expected.low > 0
    assert (
        found.brought is not None and found.brought.value == pytest.approx(2_400 - 4 * 400) and found.brought.low < 800 < found.brought.high
    )
    assert f"{expected.low:+.0%}" in found.sentence and found.needed is None


def test_a_campaign_that_puts_people_off() -> None:
    found = lift(campaign(), sides((80_000, 1_200), (20_000, 400)))
    assert found.verdict == "fewer" and found.interval is not None and found.interval.high < 0
    assert found.brought is not None and found.brought.high < 0


def test_too_early() -> None:
    found = lift(campaign(), sides((800, 20), (200, 4)))
    assert (
        found.verdict == "early"
        and found.needed == needed(sides((800, 20), (200, 4)), 0.2)
        and f"{found.needed:,} more people" in found.sentence
    )
    assert found.brought is None


def test_nobody_converted() -> None:
    found = lift(campaign(), sides((800, 0), (200, 0)))
    assert (found.verdict, found.needed, found.interval) == ("early", None, None) and "nobody" in found.sentence
    assert needed(sides((8, 8), (2, 2)), 0.2) is not None, "everybody has converted: still a number"
    none = lift(campaign(), Sides(Group(0, 0), Group(0, 0), 0, None))
    assert none.verdict == "early" and none.notes == ()


def test_nobody_who_was_held_converted() -> None:
    """The interval has no upper end, which no JSON holds: the sentence tells the lower one."""
    found = lift(campaign(), sides((80_000, 2_400), (20_000, 0)))
    low = sequential.lift(Counts(2_400, 80_000), Counts(0, 20_000), 0.8).low
    assert (found.verdict, found.interval, found.brought) == ("more", None, None) and f"by {low:+.0%} at the least" in found.sentence
    few = lift(campaign(), sides((8, 1), (2, 0)))
    assert (few.verdict, few.interval) == ("early", None) and few.needed and "more people are needed" in few.sentence


def test_nobody_who_was_shown_it_converted() -> None:
    found = lift(campaign(), sides((80_000, 0), (20_000, 400)))
    assert found.verdict == "fewer" and found.interval is not None and found.interval.low == -1 and found.brought is None


def test_enough_people_and_no_difference() -> None:
    found = lift(campaign(), sides((80_000, 4_000), (20_000, 1_000)))
    assert found.verdict == "unclear" and found.needed == 0 and found.interval is not None and found.interval.low < 0 < found.interval.high


def test_more_people_are_needed_where_sides_are_uneven() -> None:
    base = sides((0, 0), (100_000, 2_000))
    even, uneven = needed(base, 0.5), needed(base, 0.1)
    one_arm = fixed.needed(0.02, 0.2)
    assert even == max(0, 2 * one_arm + 1 - 100_000) and uneven is not None
    assert needed(sides((0, 0), (1_000, 20)), 0.1) == pytest.approx(one_arm / 0.18 - 1_000, abs=2)


def test_sides_that_were_not_drawn_as_set() -> None:
    found = lift(campaign(0.2), sides((95_000, 2_000), (5_000, 100)))
    assert (found.verdict, found.interval) == ("broken", None) and "not the share of 20%" in found.sentence


def test_without_a_holdout() -> None:
    with pytest.raises(InputError, match="keeps nobody"):
        lift(campaign(0.0), sides((1, 0), (0, 0)))


def test_from_rows_to_a_lift(database: Database) -> None:
    """A campaign whose ads make half of those convert who would not: the database's counts, and the sentence."""
    rows, made = Rows(database), np.random.default_rng(0)
    ad = rows.creative()
    people = PEOPLE[:300]
    kept = {person: held(person, rows.campaign, 0.5) for person in people}
    for person in people:
        rows.served(ad, NOON, person=person, held=kept[person])
        if made.random() < (0.1 if kept[person] else 0.6):
            rows.converted(person, NOON + timedelta(hours=1))
    rows.served(ad, NOON, "impression", "conversion")
    found = lift(campaign(0.5, rows.campaign), Outcomes(database).sides(rows.campaign))
    assert (found.verdict, found.shown.people + found.held.people) == ("more", 300) and found.held.people == sum(kept.values())
    assert len(found.notes) == 2 and "1 conversions were reported by an ad's token only" in found.notes[1]
