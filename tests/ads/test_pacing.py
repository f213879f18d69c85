"""Pacing: plans, chances, the day's limit, what is foretold; and in a small simulation nothing is overspent and the plan is kept."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders import AT, UNIT, order
from oscine.ads.decision import pacing
from oscine.ads.decision.pacing import FLAT, Pacer, Traffic, book, due, foretold, planned
from oscine.advertising import Order, Pace
from oscine.errors import InputError

HOURS = AT.timestamp() / 3600
STEPS = 4 * 360
WAVE = Traffic([1 + 0.9 * np.sin(hour / 24 * 2 * np.pi) for hour in range(168)])


def plan(one: Order, days: float, traffic: Traffic = FLAT) -> float:
    return float(planned(book([one]), HOURS + 24 * days, traffic)[0]) / one.flight.budget


def test_plans() -> None:
    assert plan(order(), 3.5) == pytest.approx(0.5) and plan(order(), -1) == 0 and plan(order(), 9) == 1
    assert plan(order(pace="traffic"), 3.5) == pytest.approx(0.5)
    assert plan(order(days=1, pace="traffic"), 0.5, WAVE) > 0.75 > plan(order(days=1), 0.5, WAVE)


def test_what_is_due_is_the_plan_less_what_is_gone_and_never_more_than_is_left() -> None:
    rows = book([order(), order(2, spent=40 * UNIT), order(3, spent=5 * UNIT), order(4, spent=70 * UNIT)])
    found = due(rows, HOURS + 12, FLAT, np.full(len(rows.budget), 0.5))
    half_an_hour = 70 * UNIT / 7 / 48
    assert found.amount == pytest.approx([5 * UNIT + half_an_hour, 0, half_an_hour, 0])


def test_the_days_limit_is_spread_over_the_day() -> None:
    rows = book([order(daily=2 * UNIT), order(2, daily=2 * UNIT, spent=UNIT), order(3, daily=2 * UNIT, spent=2 * UNIT)])
    assert due(rows, HOURS + 12, FLAT, np.full(len(rows.budget), 0.5)).amount == pytest.approx(
        [2 * UNIT * 12.5 / 24, 2 * UNIT * 0.5 / 24, 0]
    )


def test_of_conversions_what_is_reserved_counts_and_of_clicks_what_is_spent() -> None:
    late, clicks = (order(objective=objective) for objective in ("conversions", "clicks"))
    reserved = [Order(**{name: getattr(one, name) for name in one.__struct_fields__} | {"left": one.left - UNIT}) for one in (late, clicks)]
    assert book(reserved).gone.tolist() == [UNIT, 0]


orders = st.lists(
    st.builds(
        order,
        budget=st.integers(1, 10**12),
        days=st.floats(0.01, 90),
        daily=st.one_of(st.just(0), st.integers(1, 10**10)),
        bid=st.integers(0, 10**9),
        objective=st.sampled_from(["impressions", "clicks", "conversions"]),
        pace=st.sampled_from(["even", "traffic", "fast"]),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(orders, st.lists(st.floats(0, 200), min_size=1, max_size=4))
def test_a_chance_is_between_0_and_1(several: list[Order], hours: list[float]) -> None:
    pacer = Pacer()
    for hour in hours:
        found = pacer.passing(several, AT + timedelta(hours=hour), WAVE)
        assert found.shape == (len(several),) and ((found >= 0) & (found <= 1)).all()


def after(spent: int, **facts: object) -> float:
    """The chance at noon of the first day, of what has spent so much by then and was asked about every ten minutes."""
    pacer, found = Pacer(), np.zeros(1)
    for step in range(73):
        found = pacer.passing([order(spent=spent * step // 72, **facts)], AT + timedelta(minutes=10 * step))  # type: ignore[arg-type]
    return float(found[0])


def test_who_is_ahead_of_the_plan_passes_less_and_who_is_behind_more() -> None:
    found = [after(spent) for spent in (0, 3 * UNIT, 5 * UNIT, 5_300_000, 40 * UNIT)]
    assert found == sorted(found, reverse=True) and found[0] == 1 and found[-1] == 0 and found[1] > 2 * found[3]


def test_fast_and_automatic_ones_pass_while_money_is_left() -> None:
    found = Pacer().passing([order(pace="fast"), order(2, bid=0), order(3, pace="fast", spent=70 * UNIT)], AT + timedelta(hours=1))
    assert found.tolist() == [1, 1, 0]
    today = order(4, pace="fast", daily=UNIT, spent=UNIT)
    assert Pacer().passing([today], AT + timedelta(hours=1)).tolist() == [0]
    assert Pacer().passing([order(pace="fast")] * 2, AT - timedelta(hours=1)).tolist() == [0, 0]
    assert Pacer().passing([order(pace="fast")], AT + timedelta(days=7)).tolist() == [0]


def test_orders_that_come_and_go_keep_what_is_known_of_the_others() -> None:
    alone, among = Pacer(), Pacer()
    for step in range(30):
        at, one, other = AT + timedelta(minutes=step), order(spent=step * 5000), order(2, spent=step * 90_000)
        expected = alone.passing([one], at)[0]
        found = among.passing([other, one] if step % 3 else [one], at)[-1]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("pace", ["even", "traffic"])
@pytest.mark.parametrize("daily", [0, 20 * UNIT])
def test_a_budget_is_spent_by_its_plan_and_never_over(pace: Pace, daily: int) -> None:
    """Four days in steps of four minutes; traffic in a wave, each place costs .001, and always bidding would cost four times the budget."""
    rng, pacer, spent, today, off = np.random.default_rng(0), Pacer(), 0, 0, []
    price, budget = UNIT // 1000, 70 * UNIT
    for step in range(STEPS):
        at = AT + timedelta(minutes=4 * step)
        today = 0 if step % 360 == 0 else today
        one = order(days=4, pace=pace, spent=spent, today=today, daily=daily)
        chance = float(pacer.passing([one], at, WAVE)[0])
        places = rng.poisson(4 * budget / price / STEPS * WAVE.hours[step // 15])
        most = min(one.left, one.left_today) // price
        won = min(int(rng.binomial(places, chance)), most)
        spent, today = spent + won * price, today + won * price
        off.append(abs(spent / budget - plan(one, step / 360, WAVE)))
        assert spent <= budget and (not daily or today <= daily)
    assert spent >= 0.97 * budget and np.mean(off) < 0.05


def test_traffic_is_foretold_by_hour_day_and_week() -> None:
    rng = np.random.default_rng(0)
    truth = WAVE.hours * np.repeat([1, 1, 1, 1, 1, 1.5, 1.5], 24)
    weeks = np.full(168, 2)
    found = foretold(rng.poisson(truth * 40 * weeks), weeks)
    wanted, raw = Traffic(truth).hours, Traffic(rng.poisson(truth * 40 * weeks)).hours
    assert np.mean(abs(found.hours - wanted)) < np.mean(abs(raw - wanted)) and found.hours.mean() == pytest.approx(1)
    assert foretold(np.zeros(168), np.zeros(168)) is FLAT
    unseen = foretold(np.repeat([100, 0], 84), np.repeat([1, 0], 84))  # half of the week was never seen
    assert unseen.hours.min() > 0.5


def test_traffic_between_two_hours() -> None:
    assert WAVE.between(HOURS, HOURS + 168) == pytest.approx(168) and WAVE.between(HOURS + 3.2, HOURS + 3.2) == 0
    assert WAVE.between(HOURS + 1, HOURS + 2) == pytest.approx(WAVE.hours[1])
    assert WAVE.between(HOURS + 167.5, HOURS + 168.5 + 168) == pytest.approx(168 + WAVE.hours[167] / 2 + WAVE.hours[0] / 2)


def test_traffic_that_cannot_be_is_refused() -> None:
    for hours in ([1.0] * 24, [0.0] * 168, [-1.0] + [1.0] * 167, [float("nan")] * 168):
        with pytest.raises(InputError):
            Traffic(hours)
    assert pacing.Traffic([1.0] + [0.0] * 167).hours.min() > 0


def test_a_new_order_begins_at_once_where_there_are_few_places() -> None:
    one, clicks = order(), order(2, objective="clicks")
    few, many, unknown = (Pacer().passing([one, clicks], AT, FLAT, places) for places in (0.0, 1e9, None))
    assert few.tolist() == [1.0, 1.0] and many.tolist() == unknown.tolist() == [pacing.START, pacing.START]
