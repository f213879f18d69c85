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
from oscine.ads.decision.auction import PART, Bidder, Rules, Whole
from oscine.ads.decision.explain import Decision, Field, Win
from oscine.ads.decision.market import MOST, Market, Rows, rows
from oscine.ads.decision.place import Person, Place
from oscine.ads.decision.rates import Rate
from oscine.ads.decision.reasons import Code
from oscine.ads.decision.targeting import fitting, matched
from oscine.advertising import Campaign, Micros, Order

__all__ = ["Chooser", "Decision", "Rules", "Win", "decide"]


class Chooser(Protocol):
    """Draws a creative of a campaign from those allowed."""

    def choose(self, campaign: Campaign, allowed: Sequence[int], rng: np.random.Generator) -> tuple[int, float, Mapping[int, float]]:
        """The creative, the probability that it was drawn with, and that of each of those allowed."""
        ...


def decide(
    market: Market,
    place: Place,
    person: Person,
    click: Rate,
    convert: Rate,
    passing: NDArray[np.float64],
    bids: Whole,
    creatives: Chooser,
    rules: Rules,
    rng: np.random.Generator,
    held: Callable[[Order], bool],
) -> Decision:
    """What stands in the place, and why.

    Of the market's n orders: `click` and `convert` are predicted for this place, `passing` (n,) is the chance that pacing lets each bid, `bids` (n,) are in
    micro-units for the objective, those of automatic bidders filled in. `held` says whether the person is kept from an order.
    """
    rules = rules._replace(reserve=max(rules.reserve, place.floor, 1))
    match = matched(market, place, person)
    may = rows(match.may, len(market.orders))
    lets = rng.random(may.size) < passing[may]
    field = _field(market, may[lets], bids, click, convert, rules.quality)
    enough = field.cpm >= rules.reserve
    best = _best(field, enough, rng)
    seats = _seats([market.orders[row] for row in best.rows.tolist()], place.slots, held)
    out = [(Code.PACING, may[~lets]), (Code.RESERVE, field.rows[~enough]), *((code, best.rows[ranks]) for code, ranks in seats.out.items())]
    decision = Decision(market, place, person, rules, click, convert, passing, best, match, tuple(out), ())
    return decision._replace(wins=tuple(_win(decision, sale, creatives, rng) for sale in _sales(best, seats, place.slots, rules)))


def _field(market: Market, who: Rows, bids: Whole, click: Rate, convert: Rate, power: float) -> Field:
    """Bids, no more than what is left, for the objective and for a thousand impressions (rounded down), and qualities in thousandths."""
    bid = np.minimum(bids[who], market.most[who])
    chance = np.where(market.conversions[who], click.mean[who] * convert.mean[who], click.mean[who])
    cpm = np.minimum(bid * np.where(market.clicks[who], 1000 * chance, 1.0), MOST)
    quality = np.rint(PART * market.quality[who] ** power)
    return Field(who, bid, cpm.astype(np.int64), quality.astype(np.int64))


def _best(field: Field, enough: NDArray[np.bool_], rng: np.random.Generator) -> Field:
    """Those who bid enough, best first."""
    kept = np.flatnonzero(enough)
    best = kept[auction.ranked(field.cpm[kept], field.quality[kept], rng)]
    return Field(*(values[best] for values in field))


class Seats(NamedTuple):
    """Ranks: of those who stand, and of one more, who sets a price; of those held, with the positions that they would have had; of those who are out."""

    standing: list[int]
    ghosts: list[tuple[int, int]]
    out: dict[Code, list[int]]


def _seats(best: Sequence[Order], slots: int, held: Callable[[Order], bool]) -> Seats:
    """From the best down, one of an advertiser, until all positions are taken and one more is found."""
    seats = Seats([], [], {Code.BESIDE: [], Code.HELD: [], Code.OUTBID: []})
    taken: set[int] = set()
    for rank, order in enumerate(best):
        full = len(seats.standing) >= slots
        if order.advertiser.id in taken and len(seats.standing) <= slots:
            seats.out[Code.BESIDE].append(rank)
        elif full:
            seats.out[Code.OUTBID].append(rank)
            if len(seats.standing) == slots and not held(order):
                seats.standing.append(rank)
        elif held(order):
            seats.out[Code.HELD].append(rank)
            seats.ghosts.append((rank, len(seats.standing)))
        else:
            seats.standing.append(rank)
            taken.add(order.advertiser.id)
    return seats


class Sale(NamedTuple):
    """A position, by rank, at a price for a thousand impressions."""

    position: int
    held: bool
    rank: int
    cpm: Micros


def _sales(field: Field, seats: Seats, slots: int, rules: Rules) -> list[Sale]:
    """By position, held ones first. Who is held would have paid its price with everybody below it a position further down."""
    at = seats.standing
    found = [Sale(place, False, *sale) for place, sale in enumerate(zip(at, _prices(field, at, slots, rules), strict=False))]
    for rank, place in seats.ghosts:
        found.append(Sale(place, True, rank, _prices(field, [*at[:place], rank, *at[place:]], slots, rules)[place]))
    return sorted(found, key=lambda sale: (sale.position, not sale.held, sale.rank))


def _prices(field: Field, ranks: Sequence[int], slots: int, rules: Rules) -> list[Micros]:
    return auction.prices([Bidder(int(field.cpm[rank]), int(field.quality[rank])) for rank in ranks], slots, rules)


def _win(decision: Decision, sale: Sale, creatives: Chooser, rng: np.random.Generator) -> Win:
    row, bid = int(decision.field.rows[sale.rank]), int(decision.field.bids[sale.rank])
    order, p_click, p_convert = decision.market.orders[row], float(decision.click.mean[row]), float(decision.convert.mean[row])
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
    )
