"""A decision, and all that can be told of it: what stands where, why each other order does not, and how each price came about, as plain data.

Nothing is reckoned anew: what is told are the numbers that were decided by. It names bids of all advertisers, so it is the operator's; whoever shows it
to an advertiser leaves their own orders only. It knows the person's choices, and tells none of them but whether their activity was used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.ads.decision.auction import PART, Auction, Rules, Whole
from oscine.ads.decision.market import Market, Rows, rows
from oscine.ads.decision.place import Person, Place
from oscine.ads.decision.reasons import Code, Reason, sentence
from oscine.ads.decision.targeting import Matched, allows
from oscine.advertising import Micros, Order

REACH: dict[Auction, int | None] = {"first": 0, "second": 1, "gsp": 1, "vcg": None}  # by how many bids below a price comes about


class Win(NamedTuple):
    """An ad in a place. `price` is owed when the objective happens, `cpm` is what was cleared for a thousand impressions.

    `held`: the person is kept from seeing it. It would have had this position at this price; it is logged, and another stands there.
    """

    order: Order
    creative: int
    size: str  # of the picture; empty: text
    price: Micros
    cpm: Micros
    p_click: float
    p_convert: float
    propensity: float  # with which the creative was drawn
    chances: Mapping[int, float]  # of all creatives that it was drawn from
    position: int  # from 0
    held: bool
    row: int
    below: tuple[int, ...]  # ranks in the field after it, down to the first without a position


class Field(NamedTuple):
    """Who came to the auction, best first, then who bid too little: rows, bids for the objective and for a thousand impressions, quality in thousandths, and
    what is predicted.
    """

    rows: Rows
    bids: Whole
    cpm: Whole
    quality: Whole
    p_click: NDArray[np.float64]
    click_spread: NDArray[np.float64]
    p_convert: NDArray[np.float64]
    convert_spread: NDArray[np.float64]


class Seats(NamedTuple):
    """Ranks: of those who stand, and one more, who sets a price; of those held, and the positions that they would have had; of an advertiser's second ads."""

    standing: list[int]
    held: list[int]
    instead: list[int]
    beside: list[int]


class Decision(NamedTuple):
    """What was decided for a place, for each of n orders: it is in `wins`, by position and held ones among them, or has a reason."""

    market: Market
    place: Place
    person: Person
    rules: Rules  # the reserve raised to the place's floor
    passing: NDArray[np.float64]
    match: Matched
    field: Field
    seats: Seats
    wins: tuple[Win, ...]

    def codes(self) -> NDArray[np.int8]:
        """(n,) each order's reason as a `Code`, PASSED where it is shown."""
        found = np.full(len(self.market.orders), Code.PASSED, np.int8)
        for code, bits in self.match.failed:
            found[rows(bits, found.size)] = code
        who, seats = self.field.rows, self.seats
        found[rows(self.match.may, found.size)] = Code.PACING  # but for who came to the auction
        found[who] = np.where(self.field.cpm < self.rules.reserve, Code.RESERVE, Code.OUTBID)
        found[who[seats.beside]] = Code.BESIDE
        found[who[seats.held]] = Code.HELD
        found[who[seats.standing[: self.place.slots]]] = Code.PASSED
        return found

    def reasons(self) -> list[Reason]:
        """Why each order that is not shown is not, in the market's order."""
        told = zip(self.market.orders, self.codes().tolist(), strict=True)
        return [_reason(order, Code(code)) for order, code in told if code != Code.PASSED]

    def notes(self) -> list[str]:
        """What could not be held to, in sentences."""
        return [] if self.person.id else [sentence("unknown")]

    def explained(self) -> dict[str, Any]:
        """All of it: the place, the rules, who came to the auction with which numbers, who won what and how, why everybody else did not."""
        return {
            "place": _place(self.place),
            "person": {"known": bool(self.person.id), "activity": allows(self.person), "minor": self.person.minor},
            "auction": self.rules.auction,
            "least": self.rules.reserve,
            "wins": [_win(self, win) for win in self.wins],
            "bidders": [_bidder(self, rank, code) for rank, code in enumerate(self.codes()[self.field.rows].tolist())],
            "left_out": [reason._asdict() for reason in self.reasons()],
            "notes": self.notes(),
        }


def _reason(order: Order, code: Code) -> Reason:
    return Reason(order.campaign.id, order.flight.id, code.short, sentence(code.short))


def _place(place: Place) -> dict[str, Any]:
    """Sets are told sorted, so that one decision always reads the same."""
    told = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in place._asdict().items()}
    return told | {"at": place.at.isoformat(), "sizes": list(place.sizes)}


def _bidder(decision: Decision, rank: int, code: int) -> dict[str, Any]:
    field, row = decision.field, int(decision.field.rows[rank])
    order, short = decision.market.orders[row], Code(code).short
    return {
        "rank": None if code == Code.RESERVE else rank + 1,
        "advertiser": order.advertiser.id,
        "campaign": order.campaign.id,
        "flight": order.flight.id,
        "objective": order.campaign.objective,
        "bid": int(field.bids[rank]),
        "p_click": {"mean": float(field.p_click[rank]), "spread": float(field.click_spread[rank])},
        "p_convert": {"mean": float(field.p_convert[rank]), "spread": float(field.convert_spread[rank])},
        "cpm": int(field.cpm[rank]),
        "quality": int(field.quality[rank]) / PART,
        "score": int(field.cpm[rank] * field.quality[rank]) / PART,
        "paced": float(decision.passing[row]),
        "code": short,
        "why": sentence(short),
    }


def _win(decision: Decision, win: Win) -> dict[str, Any]:
    return {
        "position": win.position,
        "held": win.held,
        "campaign": win.order.campaign.id,
        "flight": win.order.flight.id,
        "creative": win.creative,
        "size": win.size,
        "chances": {str(creative): chance for creative, chance in win.chances.items()},
        "propensity": win.propensity,
        "price": win.price,
        "cpm": win.cpm,
        "because": sentence(_way(decision, win)),
        "by": [rank + 1 for rank in win.below[: REACH[decision.rules.auction]]],
    }


def _way(decision: Decision, win: Win) -> str:
    """The name of the way in which a price came about."""
    if decision.rules.auction == "first":
        return "price_first"
    if win.cpm == decision.rules.reserve:
        return "price_reserve"
    return "price_vcg" if decision.rules.auction == "vcg" else "price_next"
