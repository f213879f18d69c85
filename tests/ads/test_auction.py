"""Auctions by their definitions and by what each is for: truthful bids, prices within bounds, losers who change nothing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.ads.decision.auction import PART, Auction, Bidder, Rules, attention, owed, sold
from oscine.errors import InputError

AUCTIONS: tuple[Auction, ...] = ("first", "second", "gsp", "vcg")
bids = st.integers(1, 60) | st.integers(1, 10**9)
bidders = st.lists(st.builds(Bidder, bids, st.integers(100, 10_000) | st.just(PART)), min_size=1, max_size=7)
reserves = st.integers(0, 70)
slots = st.integers(1, 5)
falling = st.lists(st.integers(1, PART), min_size=5, max_size=5).map(lambda given: tuple(sorted(given, reverse=True)))


def outcome(all_bids: list[Bidder], places: int, rules: Rules, seed: int = 0) -> dict[int, tuple[int, int]]:
    """By bidder, its position and its price."""
    return {sale.bidder: (at, sale.price) for at, sale in enumerate(sold(all_bids, places, rules, np.random.default_rng(seed)))}


def utility(who: int, value: int, all_bids: list[Bidder], places: int, rules: Rules) -> int:
    """What a bidder gains of a thousand impressions in the first place, in thousandths of micro-units, where the place is worth `value`."""
    found = outcome(all_bids, places, rules).get(who)
    return attention(places, rules)[found[0]] * (value - found[1]) if found else 0


def instead(all_bids: list[Bidder], who: int, bid: int) -> list[Bidder]:
    return [bidder._replace(bid=bid) if number == who else bidder for number, bidder in enumerate(all_bids)]


@given(bidders, bids, reserves)
def test_truth_is_best_under_second_price(all_bids: list[Bidder], lie: int, reserve: int) -> None:
    """Exactly so: with whole bids and whole prices nothing is lost by rounding."""
    rules = Rules("second", reserve)
    for who, truth in enumerate(all_bids):
        assert utility(who, truth.bid, instead(all_bids, who, lie), 1, rules) <= utility(who, truth.bid, all_bids, 1, rules)


@given(bidders, bids, slots, reserves, falling)
def test_truth_is_best_under_vcg(all_bids: list[Bidder], lie: int, places: int, reserve: int, weights: tuple[int, ...]) -> None:
    """But for the rounding down of a price: less than one micro-unit for a thousand impressions at the position."""
    rules = Rules("vcg", reserve, attention=weights)
    for who, truth in enumerate(all_bids):
        gained = utility(who, truth.bid, instead(all_bids, who, lie), places, rules) - utility(who, truth.bid, all_bids, places, rules)
        assert gained < weights[0]


def test_truth_is_not_always_best_under_the_others() -> None:
    """The example of Edelman, Ostrovsky and Schwarz: the second of two places is nearly as good, and far cheaper."""
    all_bids, weights = [Bidder(10), Bidder(9), Bidder(2)], (PART, 900)
    for auction, lie in (("gsp", 8), ("first", 8)):
        rules = Rules(auction, attention=weights)
        assert utility(0, 10, instead(all_bids, 0, lie), 2, rules) > utility(0, 10, all_bids, 2, rules)
    rules = Rules("vcg", attention=weights)
    assert utility(0, 10, instead(all_bids, 0, 8), 2, rules) <= utility(0, 10, all_bids, 2, rules)


@given(bidders, slots, reserves, st.sampled_from(AUCTIONS), falling)
def test_prices_are_between_the_reserve_and_the_bid(
    all_bids: list[Bidder], places: int, reserve: int, auction: Auction, weights: tuple[int, ...]
) -> None:
    found = outcome(all_bids, places, Rules(auction, reserve, attention=weights))
    assert len(found) == min(places, sum(bidder.bid >= reserve for bidder in all_bids))
    assert all(0 <= reserve <= price <= all_bids[who].bid for who, (_, price) in found.items())
    scores = [all_bids[who].bid * all_bids[who].quality for who in found]
    assert scores == sorted(scores, reverse=True)
    assert all(one.bid * one.quality <= scores[-1] for who, one in enumerate(all_bids) if who not in found and one.bid >= reserve)


@given(bidders, slots, reserves)
def test_first_price_is_the_bid(all_bids: list[Bidder], places: int, reserve: int) -> None:
    assert all(price == all_bids[who].bid for who, (_, price) in outcome(all_bids, places, Rules("first", reserve)).items())


@given(bidders, slots, reserves)
def test_gsp_is_the_least_bid_that_keeps_the_place(all_bids: list[Bidder], places: int, reserve: int) -> None:
    """By definition: with the price for a bid the place stays (equals are drawn by lot, so one more is sure), and with one micro-unit less it goes."""
    rules = Rules("gsp", reserve)
    for who, (at, price) in outcome(all_bids, places, rules).items():
        kept = outcome(instead(all_bids, who, price + 1), places, rules)
        assert kept[who][0] <= at
        assert price == 0 or outcome(instead(all_bids, who, price - 1), places, rules).get(who, (places, 0))[0] > at


@given(bidders, slots, reserves, falling)
def test_vcg_is_what_the_others_lose(all_bids: list[Bidder], places: int, reserve: int, weights: tuple[int, ...]) -> None:
    """Clarke's definition, where qualities are equal: the others' welfare without the bidder less that with it, the seller's reserve counted as bids."""
    everybody = [Bidder(bidder.bid) for bidder in all_bids if bidder.bid >= reserve]
    for who, (at, price) in outcome(everybody, places, Rules("vcg", reserve, attention=weights)).items():
        others = sorted((other.bid for number, other in enumerate(everybody) if number != who), reverse=True)
        seats = weights[:places]
        without = welfare([*others, *[reserve] * places], seats)
        beside = welfare([*others, *[reserve] * places], seats[:at] + seats[at + 1 :])
        assert price == (without - beside) // weights[at]


def welfare(values: list[int], seats: tuple[int, ...]) -> int:
    return sum(value * seat for value, seat in zip(sorted(values, reverse=True), seats, strict=False))


@given(bidders, reserves)
def test_vcg_of_one_place_is_second_price(all_bids: list[Bidder], reserve: int) -> None:
    assert outcome(all_bids, 1, Rules("vcg", reserve)) == outcome(all_bids, 1, Rules("second", reserve))


@given(st.permutations(range(1, 8)), slots, st.sampled_from(AUCTIONS), st.data())
def test_a_loser_who_goes_changes_nothing(order: list[int], places: int, auction: Auction, data: st.DataObject) -> None:
    """Neither winner nor place; nor a price, unless the loser is the first of them, whose bid the others pay by; under first price not even then."""
    all_bids, rules = [Bidder(100 * bid) for bid in order], Rules(auction)
    before = outcome(all_bids, places, rules)
    losers = sorted((who for who in range(7) if who not in before), key=lambda who: -all_bids[who].bid)
    gone = data.draw(st.sampled_from(losers))
    after = outcome([bidder for who, bidder in enumerate(all_bids) if who != gone], places, rules)
    after = {who + (who >= gone): sale for who, sale in after.items()}
    assert {who: at for who, (at, _) in after.items()} == {who: at for who, (at, _) in before.items()}
    if gone != losers[0] or auction == "first":
        assert after == before
    else:
        assert all(after[who][1] <= before[who][1] for who in before)


def test_equals_are_drawn_by_lot() -> None:
    won = [next(iter(outcome([Bidder(5), Bidder(10, 500), Bidder(4)], 1, Rules(), seed))) for seed in range(400)]
    assert set(won) == {0, 1} and 140 < won.count(0) < 260


def test_a_bid_of_nothing_buys_nothing() -> None:
    assert outcome([Bidder(0), Bidder(3)], 2, Rules()) == {1: (0, 0)}
    assert outcome([], 2, Rules("vcg")) == {}


def test_a_better_ad_pays_less() -> None:
    found = outcome([Bidder(10, 2000), Bidder(15, 1000)], 1, Rules())
    assert found == {0: (0, 8)}  # 7.5 would do, and is no whole number


def test_attention_falls_and_is_checked() -> None:
    assert attention(4, Rules()) == [1000, 630, 500, 430]
    assert attention(2, Rules(attention=(1000, 500, 200))) == [1000, 500]
    assert all(high >= low > 0 for high, low in pairwise(attention(50, Rules())))
    for wrong in ((1000,), (500, 1000), (1000, 0), (1000, -5)):
        with pytest.raises(InputError, match="none of 2 positions"):
            attention(2, Rules(attention=wrong))


@given(bids, st.floats(1e-6, 1), st.floats(1e-6, 1))
def test_a_price_is_turned_into_what_is_owed(bid: int, p_click: float, p_convert: float) -> None:
    assert owed(bid, "impressions", bid, p_click, p_convert) == bid // 1000
    for objective, chance in (("clicks", p_click), ("conversions", p_click * p_convert)):
        cpm = int(bid * 1000 * chance)
        price = owed(cpm, objective, bid, p_click, p_convert)
        assert 0 <= price <= bid and price * 1000 * chance <= cpm * (1 + 1e-12)
        assert (price + 1) * 1000 * chance > cpm * (1 - 1e-12) or price == bid


def test_what_is_owed_by_hand() -> None:
    assert owed(5_000_999, "impressions", 6_000_000, 0.5, 0.5) == 5_000
    assert owed(4_000_000, "clicks", 500_000, 0.01, 0.5) == 400_000
    assert owed(4_000_000, "conversions", 9_000_000, 0.01, 0.05) == 8_000_000
    assert owed(4_000_000, "clicks", 300_000, 0.01, 0.5) == 300_000
