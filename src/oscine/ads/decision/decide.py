"""Candidates, targeting, predicted rates, pacing, auction, creative: one decision for one place, as a pure function.

Only who is matched and let through by pacing comes to the auction, with its bid turned into one for a thousand impressions by what is predicted; a page
holds one ad of an advertiser; whoever the person is kept from is passed over, and logged. It reads no clock, keeps nothing and reserves no money: whether
the budget still has it is the ledger's to say. Bids in different currencies cannot be compared: where there are several, the place names one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from oscine.ads.decision import auction
from oscine.ads.decision.auction import Bidder, Rules, Whole
from oscine.ads.decision.explain import Decision, Field, Seats, Win
from oscine.ads.decision.market import Market, Rows, rows
from oscine.ads.decision.place import Person, Place
from oscine.ads.decision.rates import Rate
from oscine.ads.decision.targeting import fitting, matched
from oscine.advertising import Campaign, Micros, Order

__all__ = ["Chooser", "Decision", "Rules", "Win", "decide"]


class Chooser(Protocol):
    """Draws a creative of a campaign from those allowed."""

    def choose(self, campaign: Campaign, allowed: Sequence[int], rng: np.random.Generator) -> tuple[int, float, Mapping[int, float]]:
        """The creative, the probability that it was drawn with, and that of each of those allowed."""
        ...


class Predictor(Protocol):
    """How likely a click is, or a conversion after one."""

    def at(self, place: Place, rows: Rows) -> Rate:
        """Of these rows in that place."""
        ...


def decide(
    market: Market,
    place: Place,
    person: Person,
    click: Predictor,
    convert: Predictor,
    passing: NDArray[np.float64],
    bids: Whole,
    creatives: Chooser,
    rules: Rules,
    rng: np.random.Generator,
    held: Callable[[Order], bool],
) -> Decision:
    """What stands in the place, and why.

    Of the market's n orders: `click` and `convert` predict for those that match, `passing` (n,) is the chance that pacing lets each bid, `bids` (n,) are in
    micro-units for the objective, those of automatic bidders filled in. `held` says whether the person is kept from an order.
    """
    rules = Rules(rules.auction, max(rules.reserve, place.floor, 1), rules.attention)
    match = matched(market, place, person)
    may = rows(match.may, len(market.orders))
    may = may[rng.random(may.size) < passing[may]]
    field, many = _field(market, may, bids, click.at(place, may), convert.at(place, may), rules.reserve, rng)
    seats = _seats(market.orders, field.rows[:many].tolist(), place.slots, held)
    decision = Decision(market, place, person, rules, passing, match, field, seats, ())
    return decision._replace(wins=tuple(_win(decision, sale, creatives, rng) for sale in _sales(field, seats, place.slots, rules)))


def _field(
    market: Market, who: Rows, bids: Whole, click: Rate, convert: Rate, reserve: Micros, rng: np.random.Generator
) -> tuple[Field, int]:
    """Who bids: for the objective no more than is left, for a thousand impressions what it comes to, rounded down; and how many bid enough."""
    bid = np.minimum(bids[who], market.most[who])
    chance = np.where(market.conversions[who], click.mean * convert.mean, click.mean)
    cpm = (bid * np.where(market.clicks[who], 1000 * chance, 1.0)).astype(np.int64)
    field = Field(who, bid, cpm, market.quality[who], *click, *convert)
    order, many = auction.ranked(cpm, field.quality, reserve, rng)
    return Field._make(values[order] for values in field), many


def _seats(orders: Sequence[Order], best: Sequence[int], slots: int, held: Callable[[Order], bool]) -> Seats:
    """From the best row down, one of an advertiser, until all positions are taken and one more is found."""
    seats = Seats([], [], [], [])
    taken: set[int] = set()
    for rank, row in enumerate(best):
        order, full = orders[row], len(seats.standing) >= slots
        if order.advertiser.id in taken:
            seats.beside.append(rank)
        elif not held(order):
            seats.standing.append(rank)
            taken.add(order.advertiser.id)
            if full:
                break
        elif not full:
            seats.held.append(rank)
            seats.instead.append(len(seats.standing))
    return seats


class Sale(NamedTuple):
    """A position, the rank that has it, the price for a thousand impressions, and the ranks below by whose bids it came about."""

    position: int
    held: bool
    rank: int
    cpm: Micros
    below: tuple[int, ...]


def _sales(field: Field, seats: Seats, slots: int, rules: Rules) -> list[Sale]:
    """By position, held ones first. Who is held would have paid its price with everybody below it a position further down."""
    stands = seats.standing
    found = [Sale(at, False, stands[at], cpm, tuple(stands[at + 1 :])) for at, cpm in enumerate(_prices(field, stands, slots, rules))]
    for rank, at in zip(seats.held, seats.instead, strict=True):
        instead = [*stands[:at], rank, *stands[at:slots]]
        found.append(Sale(at, True, rank, _prices(field, instead, slots, rules)[at], tuple(instead[at + 1 :])))
    return sorted(found, key=lambda sale: (sale.position, not sale.held, sale.rank))


def _prices(field: Field, ranks: Sequence[int], slots: int, rules: Rules) -> list[Micros]:
    return auction.prices([Bidder(int(field.cpm[rank]), int(field.quality[rank])) for rank in ranks], slots, rules)


def _win(decision: Decision, sale: Sale, creatives: Chooser, rng: np.random.Generator) -> Win:
    field, rank = decision.field, sale.rank
    row, bid, p_click, p_convert = int(field.rows[rank]), int(field.bids[rank]), float(field.p_click[rank]), float(field.p_convert[rank])
    order = decision.market.orders[row]
    sizes = fitting(decision.market, order, decision.place)
    creative, propensity, chances = creatives.choose(order.campaign, tuple(sizes), rng)
    return Win(
        order=order,
        creative=creative,
        size=sizes[creative],
        price=auction.owed(sale.cpm, order.campaign.objective, bid, p_click, p_convert),
        cpm=sale.cpm,
        p_click=p_click,
        p_convert=p_convert,
        propensity=propensity,
        chances=chances,
        position=sale.position,
        held=sale.held,
        row=row,
        below=sale.below,
    )
