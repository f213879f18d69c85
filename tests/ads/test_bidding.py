"""Automatic bids: whole, never above their ceiling, higher for who is behind; a budget is spent for what the market asks, and no more."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from orders import AT, UNIT, order
from oscine.ads.decision.bidding import LEAST, Bidder, ceilings
from oscine.ads.decision.pacing import FLAT, book, planned
from oscine.advertising import Order

orders = st.lists(
    st.builds(
        order,
        number=st.integers(1, 4),
        budget=st.integers(1, 10**12),
        days=st.floats(0.01, 90),
        daily=st.one_of(st.just(0), st.integers(1, 10**10)),
        bid=st.sampled_from([0, 0, 5, 10**9]),
        objective=st.sampled_from(["impressions", "clicks", "conversions"]),
        pace=st.sampled_from(["even", "traffic", "fast"]),
    ),
    max_size=6,
    unique_by=lambda one: one.flight.id,
)


@settings(max_examples=60, deadline=None)
@given(orders, st.lists(st.floats(0, 200), min_size=1, max_size=4))
def test_a_bid_is_whole_and_its_own_or_between_0_and_the_ceiling(several: list[Order], hours: list[float]) -> None:
    bidder = Bidder()
    for hour in hours:
        found = bidder.bids(several, AT + timedelta(hours=hour))
        assert found.dtype == np.int64 and found.shape == (len(several),)
        for one, bid, most in zip(several, found.tolist(), ceilings(several).tolist(), strict=True):
            assert bid == one.flight.bid if one.flight.bid else 0 <= bid <= most


def test_a_ceiling_buys_the_least_for_the_budget_or_for_the_day() -> None:
    several = [order(objective="clicks"), order(objective="clicks", daily=10 * UNIT), order(budget=7)]
    assert ceilings(several).tolist() == [70 * UNIT // LEAST["clicks"], 10 * UNIT // LEAST["clicks"], 7 // LEAST["impressions"]]


def after(spent: int) -> int:
    """The bid at noon of the first day, of what has spent so much by then and was asked about every ten minutes."""
    bidder, found = Bidder(), np.zeros(1, np.int64)
    for step in range(73):
        found = bidder.bids([order(bid=0, spent=spent * step // 72)], AT + timedelta(minutes=10 * step))
    return int(found[0])


def test_who_is_ahead_of_the_plan_bids_less_and_who_is_behind_more() -> None:
    found = [after(spent) for spent in (0, 3 * UNIT, 5 * UNIT, 9 * UNIT, 40 * UNIT)]
    assert found == sorted(found, reverse=True) and found[0] == ceilings([order()])[0] and 0 < found[-1] < found[1] / 4


def test_a_bid_does_not_run_away_where_there_is_nothing_to_buy() -> None:
    """Half a day as planned, then nothing is to be had for six hours: the ceiling is far, but no price brings what is not there."""
    bidder, spent, seen, budget = Bidder(), 0, [], 700 * UNIT
    for step in range(180):
        one = order(bid=0, budget=budget, spent=spent)
        seen.append(int(bidder.bids([one], AT + timedelta(minutes=6 * step))[0]))
        spent += int(budget / 1680 * (seen[-1] / (2 * UNIT)) ** 2) if step < 120 else 0
    assert 1.5 * UNIT < seen[119] < 2.5 * UNIT < seen[-1] < 10 * seen[119] < ceilings([one])[0] / 5


def test_fast_ones_bid_their_ceiling() -> None:
    several = [order(bid=0, pace="fast"), order(2, bid=0)]
    found = Bidder().bids(several, AT)
    assert found[0] == ceilings(several)[0] > found[1]


def test_a_budget_is_spent_for_what_the_market_asks() -> None:
    """Four days of a second-price market, log-normal around 2.00: half of the places would cost the budget, so the median is the price to bid."""
    rng, bidder, spent, bids, off = np.random.default_rng(0), Bidder(), 0, [], []
    budget = 70 * UNIT
    places = budget / (0.5 * 1.75 * UNIT / 1000) / (4 * 360)  # the mean of the lower half is about 1.75
    for step in range(4 * 360):
        one = order(days=4, bid=0, spent=spent)
        bid = int(bidder.bids([one], AT + timedelta(minutes=4 * step))[0])
        others = np.exp(rng.normal(np.log(2 * UNIT), 0.5, rng.poisson(places)))
        for price in others[others < bid].astype(int) // 1000:
            spent += int(price) if spent + price <= budget else 0
        bids.append(bid)
        off.append(abs(spent - planned(book([one]), AT.timestamp() / 3600 + step / 15, FLAT)[0]) / budget)
    assert 0.97 * budget <= spent <= budget and np.mean(off) < 0.05
    assert 1.4 * UNIT < np.median(bids) < 2.9 * UNIT
