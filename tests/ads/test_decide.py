"""A decision, whole: what the plain loop decides, a reason for each order, ghosts, positions, creatives, and all of it told."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from benchmarks import decisions, decisions_plain
from test_targeting import NOW, PAGE, an_ad, an_order, orders, people, places

from oscine.ads.decision.auction import Auction, Rules
from oscine.ads.decision.decide import Decision, decide
from oscine.ads.decision.market import compiled
from oscine.ads.decision.place import NOBODY, Person, Place
from oscine.ads.decision.rates import Rate
from oscine.ads.decision.reasons import Code
from oscine.ads.decision.targeting import Offers
from oscine.advertising import Campaign, Caps, Order, Targeting

AUCTIONS: tuple[Auction, ...] = ("first", "second", "gsp", "vcg")


class Even:
    """Draws evenly."""

    def choose(self, campaign: Campaign, allowed: Sequence[int], rng: np.random.Generator) -> tuple[int, float, Mapping[int, float]]:
        return int(rng.choice(allowed)), 1 / len(allowed), dict.fromkeys(allowed, 1 / len(allowed))


class Known:
    """Predicts what is given."""

    def __init__(self, values: float | Sequence[float], n: int) -> None:
        self._values = np.broadcast_to(np.asarray(values, np.float64), n)

    def at(self, place: Place, rows: NDArray[np.intp]) -> Rate:
        return Rate(self._values[rows], np.full(len(rows), 0.001))


def decided(
    all_orders: Sequence[Order],
    place: Place = PAGE,
    person: Person = NOBODY,
    rules: Rules = Rules(),  # noqa: B008
    click: float | Sequence[float] = 0.01,
    convert: float | Sequence[float] = 0.1,
    passing: float = 1.0,
    held: Sequence[int] = (),
    quality: Mapping[int, float] | None = None,
    seed: int = 0,
) -> Decision:
    n, market = len(all_orders), compiled(all_orders, quality)
    bids = np.array([order.flight.bid for order in all_orders], np.int64)
    rng, kept = np.random.default_rng(seed), lambda order: order.campaign.id in held
    return decide(market, place, person, Known(click, n), Known(convert, n), np.full(n, passing), bids, Even(), rules, rng, kept)


def campaigns(decision: Decision) -> list[int]:
    return [win.order.campaign.id for win in decision.wins if not win.held]


def codes(decision: Decision) -> dict[int, str]:
    return {reason.campaign: reason.code for reason in decision.reasons()}


@settings(max_examples=200, deadline=None)
@given(
    orders,
    places,
    people,
    st.sampled_from(AUCTIONS),
    st.integers(0, 10**6),
    st.floats(0, 1),
    st.sets(st.integers(1, 4)),
    st.integers(0, 2**32),
)
def test_it_decides_what_the_plain_loop_decides(
    all_orders: list[Order], place: Place, person: Person, auction: Auction, reserve: int, passing: float, kept: set[int], seed: int
) -> None:
    rules, n = Rules(auction, reserve), len(all_orders)
    rates = np.random.default_rng(seed).uniform(0.001, 0.1, (2, n))
    found = decided(all_orders, place, person, rules, rates[0], rates[1], passing, list(kept), seed=seed)
    reasons, stands = decisions_plain.decide(
        all_orders,
        place,
        person,
        rates[0].tolist(),
        rates[1].tolist(),
        [passing] * n,
        [order.flight.bid for order in all_orders],
        rules,
        np.random.default_rng(seed),
        lambda order: order.campaign.id in kept,
    )
    assert [Code(code).short for code in found.codes().tolist()] == reasons
    assert [(win.row, win.cpm, win.price, win.held) for win in found.wins] == [tuple(one) for one in stands]
    shown = [win for win in found.wins if not win.held]
    assert len(found.reasons()) + len(shown) == n  # each is shown or has one reason
    assert [win.position for win in shown] == list(range(len(shown))) and len(shown) <= place.slots
    assert len({win.order.advertiser.id for win in shown}) == len(shown)
    assert all(0 <= win.price <= win.order.flight.bid and win.cpm >= max(reserve, 1) for win in found.wins)
    assert all(win.creative in {ad.id for ad in win.order.campaign.creatives if ad.accepted} for win in found.wins)
    json.dumps(found.explained())


def test_many_real_looking_campaigns_are_decided_as_by_the_plain_loop() -> None:
    rng = np.random.default_rng(3)
    server = decisions.server(rng, 300, Rules("vcg", 100_000))
    assert decisions.same(server, [(decisions.place(rng), decisions.person(rng, 300)) for _ in range(60)]) > 30


def test_a_click_is_worth_its_chance() -> None:
    """1 EUR a click at 1% is 10 EUR for a thousand impressions, 50 EUR a conversion at 1% of 10% are 50 EUR: they beat 8 EUR for a thousand."""
    shown, clicked, bought = (
        an_order(1, bid=8_000_000),
        an_order(2, bid=1_000_000, objective="clicks"),
        an_order(3, bid=50_000_000, objective="conversions"),
    )
    found = decided([shown, clicked, bought], PAGE._replace(slots=3))
    assert [(win.order.campaign.id, win.cpm, win.price) for win in found.wins] == [
        (3, 10_000_000, 10_000_000),
        (2, 8_000_000, 800_000),
        (1, 1, 0),
    ]
    assert [win.cpm for win in decided([shown, clicked, bought], PAGE._replace(slots=3, floor=2_000_000)).wins] == [
        10_000_000,
        8_000_000,
        2_000_000,
    ]


def test_quality_ranks_and_makes_cheaper() -> None:
    found = decided([an_order(1, bid=100), an_order(2, bid=150)], quality={1: 2.0})
    assert campaigns(found) == [1] and found.wins[0].cpm == 75


def test_the_highest_bids_can_still_be_ranked() -> None:
    """Bid times quality stays a whole number of 64 bits, whatever is bid."""
    found = decided([an_order(1, bid=2**62, left=2**62), an_order(2, bid=10**13)], quality={1: 1e9, 2: 0.0})
    assert campaigns(found) == [1] and 0 < found.wins[0].cpm <= 10**13


def test_nobody_bids_more_than_is_left() -> None:
    poor = an_order(1, bid=500_000, left=20_000, objective="clicks")
    found = decided([poor, an_order(2, bid=100)])
    assert found.wins[0].cpm == 100 and found.field.bids[0] == 20_000 and found.wins[0].price == 10
    assert codes(decided([poor, an_order(2, bid=300_000)])) == {1: "outbid"}  # 200,000 for a thousand, though it is worth 5,000,000


def test_without_a_bid_or_below_the_floor() -> None:
    assert codes(decided([an_order(1, bid=0)])) == {1: "reserve"}
    assert codes(decided([an_order(1, bid=99)], rules=Rules(reserve=100))) == {1: "reserve"}
    assert codes(decided([an_order(1, bid=99)], PAGE._replace(floor=100))) == {1: "reserve"}
    assert decided([an_order(1, bid=101)], PAGE._replace(floor=100)).wins[0].cpm == 100
    assert codes(decided([an_order(1, objective="clicks")], click=0.0)) == {1: "reserve"}


def test_pacing_lets_a_share_bid() -> None:
    shown = [bool(decided([an_order()], passing=0.3, seed=seed).wins) for seed in range(500)]
    assert 110 < sum(shown) < 190
    assert codes(decided([an_order()], passing=0.0)) == {1: "pacing"}


def test_a_page_holds_one_ad_of_an_advertiser() -> None:
    found = decided(
        [an_order(1, 5, bid=900), an_order(2, 5, bid=800), an_order(3, 6, bid=700), an_order(4, 7, bid=600)], PAGE._replace(slots=2)
    )
    assert campaigns(found) == [1, 3] and codes(found) == {2: "beside", 4: "outbid"}
    assert [win.cpm for win in found.wins] == [700, 600]  # its own second campaign does not make the first dearer


def test_who_is_held_is_logged_and_the_next_stands() -> None:
    """The ghost has the position and the price that it would have had; those who stand do not pay by its bid."""
    everybody = [an_order(1, bid=900), an_order(2, bid=800), an_order(3, bid=700), an_order(4, bid=600)]
    found = decided(everybody, PAGE._replace(slots=2), held=[1, 3])
    assert [(win.order.campaign.id, win.position, win.held, win.cpm) for win in found.wins] == [
        (1, 0, True, 800),
        (2, 0, False, 600),
        (3, 1, True, 600),
        (4, 1, False, 1),
    ]
    assert codes(found) == {1: "held", 3: "held"}
    assert codes(decided(everybody, held=[3])) == {2: "outbid", 3: "outbid", 4: "outbid"}  # it would not have been shown anyway
    assert [(win.order.campaign.id, win.held) for win in decided(everybody[:1], held=[1]).wins] == [(1, True)]
    third = decided(everybody, PAGE._replace(slots=2), held=[3])
    assert [(win.order.campaign.id, win.cpm) for win in third.wins] == [(1, 800), (2, 600)]


def test_the_creative_and_its_chances() -> None:
    ads = (an_ad(1), an_ad(2, pictures=("300x250",)), an_ad(3, lang="de"), an_ad(4, accepted=False))
    drawn = [decided([an_order(creatives=ads)], seed=seed).wins[0] for seed in range(40)]
    assert {(win.creative, win.size) for win in drawn} == {(1, ""), (2, "")}
    assert all(win.propensity == 0.5 and dict(win.chances) == {1: 0.5, 2: 0.5} for win in drawn)
    pictured = decided([an_order(creatives=ads)], PAGE._replace(sizes=("300x250",))).wins[0]
    assert (pictured.creative, pictured.size, pictured.propensity) == (2, "300x250", 1.0)


def test_who_is_not_known_is_served_and_told_so() -> None:
    capped = an_order(caps=Caps(impressions=1))
    found = decided([capped])
    assert campaigns(found) == [1] and "frequency cap" in found.notes()[0]
    known = decided([capped], person=Person("someone", seen={1: (NOW - timedelta(hours=1),)}))
    assert codes(known) == {1: "cap"} and not known.notes()


@pytest.mark.parametrize(
    ("auction", "because"),
    [("first", "pays its bid"), ("second", "before the next"), ("gsp", "before the next"), ("vcg", "its presence takes")],
)
def test_it_tells_all(auction: Auction, because: str) -> None:
    everybody = [
        an_order(1, bid=900),
        an_order(2, bid=800),
        an_order(3, bid=700),
        an_order(4, bid=600),
        an_order(5, targeting=Targeting(langs=("de",))),
    ]
    told: dict[str, Any] = decided(everybody, PAGE._replace(slots=2), held=[2], rules=Rules(auction, 50)).explained()
    assert told["auction"] == auction and told["least"] == 50 and told["place"]["topics"] == ["tea"]
    assert told["person"] == {"known": False, "activity": False, "minor": False}
    assert [(bidder["rank"], bidder["campaign"], bidder["cpm"], bidder["code"]) for bidder in told["bidders"]] == [
        (1, 1, 900, "passed"),
        (2, 2, 800, "held"),
        (3, 3, 700, "passed"),
        (4, 4, 600, "outbid"),
    ]
    assert [(win["campaign"], win["held"]) for win in told["wins"]] == [(1, False), (2, True), (3, False)]
    assert because in told["wins"][0]["because"]
    assert told["wins"][0]["by"] == {"first": [], "vcg": [3, 4]}.get(auction, [3])
    assert [(one["campaign"], one["code"]) for one in told["left_out"]] == [(2, "held"), (4, "outbid"), (5, "language")]
    assert all(one["why"].endswith(".") for one in told["left_out"])
    assert json.loads(json.dumps(told)) == told


def test_who_bids_too_little_is_told_how_little() -> None:
    told = decided([an_order(1, bid=20_000, objective="clicks"), an_order(2, bid=300_000)], PAGE._replace(floor=250_000)).explained()
    assert [(bidder["campaign"], bidder["rank"], bidder["cpm"], bidder["code"]) for bidder in told["bidders"]] == [
        (2, 1, 300_000, "passed"),
        (1, None, 200_000, "reserve"),
    ]


def test_a_price_without_a_rival_is_the_reserve() -> None:
    told = decided([an_order(bid=900)], rules=Rules("vcg", 50)).explained()
    assert told["wins"][0]["cpm"] == 50 and "the least that this place is sold for" in told["wins"][0]["because"]


def test_what_is_offered_stands_in_the_order_of_the_rules() -> None:
    assert [code.short for code in compiled([]).indices] == list(Offers._fields)


def test_an_empty_market_and_a_place_without_room() -> None:
    assert decided([]).wins == () and decided([]).reasons() == []
    assert codes(decided([an_order()], PAGE._replace(slots=0))) == {1: "outbid"}
