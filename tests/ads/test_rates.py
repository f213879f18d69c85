"""Predicted rates: between 0 and 1, moved by what happens, sure of what was seen often, forgetting, and in agreement with what happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.ads.decision.place import Place
from oscine.ads.decision.rates import Rate, Rates, Table
from oscine.errors import InputError

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
PLACE = Place("feed", AT, lang="de", topics=frozenset({"bread", "rye"}))


def of(rates: Rates, campaign: int, place: Place = PLACE) -> tuple[float, float]:
    found = Table(rates, [campaign]).at(place)
    return float(found.mean[0]), float(found.spread[0])


def test_before_anything_is_seen_it_is_the_prior_and_wide() -> None:
    mean, spread = of(Rates(0.02), 1)
    assert mean == pytest.approx(0.02) and spread > 0.01


counts = st.tuples(st.integers(1, 3), st.sampled_from(["feed", "search"]), st.floats(0, 1e6), st.floats(0, 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(counts, max_size=12))
def test_a_rate_is_between_0_and_1_whatever_happened(seen: list[tuple[int, str, float, float]]) -> None:
    rates = Rates()
    for campaign, placement, shown, share in seen:
        rates.learn(campaign, PLACE._replace(placement=placement), shown, shown * share)
    found = Table(rates, [1, 2, 3, 4]).at(PLACE)
    assert ((found.mean > 0) & (found.mean < 1) & (found.spread > 0) & (found.spread < 0.5 + 1e-9)).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(70, 500), st.integers(0, 50), st.integers(1, 20))
def test_more_clicks_raise_it_and_more_without_lower_it(shown: int, clicked: int, more: int) -> None:
    base, up, down = Rates(), Rates(), Rates()
    for rates, views, clicks in ((base, shown, clicked), (up, shown, clicked + more), (down, shown + more, clicked)):
        rates.learn(1, PLACE, views, clicks)
    assert of(down, 1)[0] < of(base, 1)[0] < of(up, 1)[0]


def test_much_that_was_seen_is_known_well_and_little_is_not() -> None:
    rates = Rates()
    for _ in range(200):
        rates.learn(1, PLACE, 500, 20)
    mean, spread = of(rates, 1)
    assert mean == pytest.approx(0.04, rel=0.01) and spread < 0.1 * mean
    fresh, wide = of(rates, 2)
    assert 0.01 < fresh < 0.04 and wide > 0.3 * fresh  # the network's, and what one campaign differs from another


def test_a_click_may_come_after_its_impression() -> None:
    apart, at_once = Rates(), Rates()
    for number in range(3000):
        clicked = float(number % 40 == 0)
        at_once.learn(1, PLACE, 1, clicked)
        apart.learn(1, PLACE, 1, 0)
        if clicked:
            apart.learn(1, PLACE, 0, 1)
    assert of(apart, 1)[0] == pytest.approx(of(at_once, 1)[0], rel=0.03)


def test_what_is_told_of_one_placement_is_believed_less_of_another() -> None:
    rates = Rates()
    rates.learn(1, PLACE, 5000, 250)
    rates.learn(2, PLACE._replace(placement="search"), 5000, 50)
    assert of(rates, 1)[0] > of(rates, 1, PLACE._replace(placement="search"))[0]


def test_it_forgets() -> None:
    rates = Rates(0.01)
    rates.learn(1, PLACE, 5000, 250)
    later = [of(rates, 1, PLACE._replace(at=AT + timedelta(days=days))) for days in (0, 7, 60, 3650)]
    means, spreads = [mean for mean, _ in later], [spread / mean for mean, spread in later]
    assert means == sorted(means, reverse=True) and spreads == sorted(spreads) and means[-1] == pytest.approx(0.01, rel=0.01)


def test_drifted_rates_are_followed() -> None:
    rates = Rates()
    for day in range(60):
        rates.learn(1, PLACE._replace(at=AT + timedelta(days=day)), 1000, 50 if day < 30 else 10)
    assert of(rates, 1, PLACE._replace(at=AT + timedelta(days=60)))[0] == pytest.approx(0.01, rel=0.15)


def test_what_is_predicted_is_what_happens() -> None:
    """Prequential: forty campaigns in three placements; each hour is predicted before it is learned."""
    rng, rates = np.random.default_rng(3), Rates()
    truth = np.exp(rng.normal(-4, 0.5, (40, 1)) + np.array([0.3, 0.0, -0.5]))
    predicted = clicked = 0.0
    for hour in range(120):
        for number, placement in enumerate(("feed", "search", "thread")):
            place = Place(placement, AT + timedelta(hours=hour), lang="en")
            clicks = rng.binomial(50, truth[:, number])
            predicted, clicked = predicted + 50 * Table(rates, range(40)).at(place).mean.sum(), clicked + clicks.sum()
            for campaign, few in enumerate(clicks):
                rates.learn(campaign, place, 50, float(few))
    assert predicted == pytest.approx(clicked, rel=0.03)


def test_its_state_can_be_kept() -> None:
    rates, again = Rates(), Rates()
    rates.learn(1, PLACE, 900, 40)
    state = rates.state(AT)
    again.restore(state)
    assert of(again, 1) == of(rates, 1) and again.state(AT)["weights"].tolist() == state["weights"].tolist()
    assert not Rates().state(AT)["keys"].size and not rates.state(AT + timedelta(days=3650))["keys"].size


def test_a_table_has_a_row_for_each() -> None:
    rates = Rates()
    rates.learn(7, PLACE, 1000, 100)
    found = Table(rates, [5, 7, 5]).at(PLACE)
    assert isinstance(found, Rate) and found.mean[0] == found.mean[2] < found.mean[1]
    assert Table(rates, []).at(PLACE).mean.shape == (0,)


@pytest.mark.parametrize(("shown", "clicked"), [(-1, 0), (1, -1), (float("nan"), 0), (float("inf"), 0)])
def test_what_cannot_be_learned_is_refused(shown: float, clicked: float) -> None:
    with pytest.raises(InputError):
        Rates().learn(1, PLACE, shown, clicked)
    with pytest.raises(InputError):
        Rates(1.0)
