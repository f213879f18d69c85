"""The choice among creatives: drawn from the chances that are logged, moved by clicks, forgetting, never without exploring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.ads.decision.choice import EXPLORE, NEWS, Arms
from oscine.advertising import Campaign, Caps, Creative, Targeting
from oscine.errors import InputError

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def campaign(*scores: float, number: int = 1) -> Campaign:
    """A campaign with creatives 11, 12, … of these scores."""
    texts = {"headline": "A", "body": "B", "action": "Go", "link": "https://a.example", "brand": "A", "lang": "en"}
    creatives = tuple(
        Creative(id=11 + row, campaign=number, generated=True, review=1, accepted=True, created_at=AT, score=score, **texts)
        for row, score in enumerate(scores)
    )
    return Campaign(
        id=number, advertiser=1, name="A", objective="clicks", placements=("feed",), tier="standard", targeting=Targeting(), caps=Caps(),
        pace="even", holdout=0.0, state="running", created_at=AT, creatives=creatives,
    )  # fmt: skip


def test_before_anything_is_seen_all_are_near_to_equal_and_the_better_score_leads() -> None:
    even = Arms().chances(campaign(0, 0, 0, 0))
    assert list(even.values()) == pytest.approx([0.25] * 4)
    scored = Arms().chances(campaign(1.0, 0.0, -1.0))
    assert scored[11] > scored[12] > scored[13] > 0.05


outcomes = st.lists(st.tuples(st.sampled_from([11, 12, 13]), st.integers(0, 5000), st.floats(0, 0.2)), max_size=8)


@settings(max_examples=25, deadline=None)
@given(outcomes, st.sets(st.sampled_from([11, 12, 13]), min_size=1))
def test_chances_are_of_those_allowed_sum_to_one_and_explore(seen: list[tuple[int, int, float]], allowed: set[int]) -> None:
    arms, order = Arms(), campaign(0.3, 0.0, -0.2)
    for creative, shown, share in seen:
        arms.learn(1, creative, shown, int(shown * share), AT)
    ids = sorted(allowed)
    found = arms.choose(order, ids, np.random.default_rng(0))
    assert list(found.chances) == ids and sum(found.chances.values()) == pytest.approx(1.0)
    assert found.propensity == found.chances[found.creative] and min(found.chances.values()) >= EXPLORE / len(ids) - 1e-12


def test_they_are_the_chances_that_are_drawn_from() -> None:
    arms, order, rng = Arms(), campaign(0, 0, 0), np.random.default_rng(0)
    arms.learn(1, 11, 500, 12, AT)
    arms.learn(1, 12, 500, 9, AT)
    drawn = [arms.choose(order, (11, 12, 13), rng) for _ in range(8_000)]
    for creative, chance in drawn[0].chances.items():
        share = np.mean([one.creative == creative for one in drawn])
        assert abs(share - chance) < 4 * (chance * (1 - chance) / len(drawn)) ** 0.5


def test_clicks_raise_a_chance_and_views_without_lower_it() -> None:
    order, arms = campaign(0, 0), Arms()
    for creative in (11, 12):
        arms.learn(1, creative, 2000, 40, AT)
    before = arms.chances(order)[11]
    arms.learn(1, 11, 0, 15, AT)
    clicked = arms.chances(order)[11]
    arms.learn(1, 11, 3000, 10, AT)
    assert arms.chances(order)[11] < before < clicked


def test_it_forgets_and_follows() -> None:
    order, arms = campaign(0, 0), Arms(half_life=48)
    for day in range(40):
        for creative, good in ((11, day < 20), (12, day >= 20)):
            arms.learn(1, creative, 1000, 40 if good else 20, AT + timedelta(days=day))
        if day == 19:
            assert arms.chances(order)[11] > 0.9
    assert arms.chances(order)[12] > 0.9


def test_chances_are_computed_anew_after_enough_news_only() -> None:
    arms, order = Arms(), campaign(0, 0)
    arms.learn(1, 11, 10_000, 200, AT)
    before = arms.chances(order)
    arms.learn(1, 11, NEWS * 10_000 / 2, 0, AT)
    assert arms.chances(order) == before
    arms.learn(1, 11, NEWS * 10_000, 1, AT)
    assert arms.chances(order) != before


def test_its_state_can_be_kept() -> None:
    arms, again, order = Arms(), Arms(), campaign(0, 0)
    arms.learn(1, 11, 1000, 20, AT)
    arms.learn(1, 12, 1000, 29, AT + timedelta(hours=9))
    again.restore(arms.state())
    assert again.chances(order) == arms.chances(order)
    assert again.state().tolist() == arms.state().tolist()


def test_what_cannot_be_is_refused() -> None:
    rng, order = np.random.default_rng(0), campaign(0, 0)
    for allowed in ([], [99]):
        with pytest.raises(InputError):
            Arms().choose(order, allowed, rng)
    with pytest.raises(InputError):
        Arms().learn(1, 11, -1, 0, AT)
    with pytest.raises(InputError):
        Arms(half_life=0)
