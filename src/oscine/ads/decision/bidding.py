"""Bids of those who name none: as much as the market asks for spending the budget by its plan, and no more.

The most impressions, clicks or conversions that a budget can buy are had at one price for each (the budget's shadow price), so the bid is that price, found
while spending: raised where spending lags behind the plan, lowered where it runs ahead, by a factor and not by a step (adaptive pacing, Balseiro & Gur 2019,
in the multiplicative form of dual mirror descent, Balseiro, Lu & Mirrokni 2023). It is whole micro-units, and never above what would buy too few for the
budget. It knows no auction and no other's bid.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from oscine.ads.decision import pacing
from oscine.ads.decision.pacing import EXPECTED, FLAT, HOUR, Due, Floats, Known, Traffic
from oscine.advertising import Micros, Objective, Order

LEAST: dict[Objective, int] = {"impressions": 5, "clicks": 20, "conversions": 5}  # what a budget must buy; of impressions, thousands
FIRST = 1 / 4096  # of the ceiling: the bid of an order that nothing is known of
SEARCH = 64.0  # by what it is multiplied in a period, until anything is paid
PERIOD = 0.25  # hours, or as long as a charge should take: half of a measured speed fades in a period
AHEAD = (0.05, 12.0)  # how far ahead the plan is looked at: at most this share of the flight, or so many periods
STEPS = (0.25, 4.0)  # wanted over measured speed: what lies beyond counts as this; a bid is multiplied by its root in a period
HIGH, USUAL = (
    3.0,
    12.0,
)  # a bid is at most so many times what it was on average, of which half fades in so many hours: no price brings traffic that is not there


class Bidder:
    """The bid of each order: its own, or an automatic one. Ask it as often as the pacer."""

    def __init__(self) -> None:
        self._known: Known | None = None
        self._hour = 0.0

    def bids(self, orders: Sequence[Order], at: datetime, traffic: Traffic = FLAT, reserve: Micros = 0) -> NDArray[np.int64]:
        """(n,) micro-units for a thousand impressions, a click or a conversion, as each order's objective is.

        Automatic ones begin where a place can be had for `reserve` a thousand impressions, as far as their ceiling lets them.
        """
        given, hour, most = pacing.book(orders), at.timestamp() / HOUR, ceilings(orders)
        new = pacing.nothing(given, np.clip(_worth(orders, reserve), most * FIRST, most))
        known, since = pacing.aligned(self._known or new, new), min(self._hour or hour, hour)
        period = np.maximum(PERIOD, known.level / given.per / pacing.speed(given))
        passed = (hour - since) / period
        known = pacing.measured(known, given.gone, np.broadcast_to(traffic.between(since, hour), len(most)), 0.5**passed)
        share, periods = AHEAD
        wanted = pacing.due(given, hour, traffic, np.minimum(share * (given.end - given.start), periods * period))
        ratio = _ratio(known, wanted)
        usual = _usual(known, ratio, hour - since)
        high = np.where(usual > 0, np.minimum(most, HIGH * usual), most)
        bid = np.clip(known.level * ratio ** (np.minimum(passed, 1.0) / 2), np.minimum(1, most), high)
        self._known, self._hour = known._replace(level=bid, usual=usual), hour
        named = np.array([order.flight.bid for order in orders], dtype=np.int64)
        return np.where(named > 0, named, np.where(given.fast, most, bid.astype(np.int64)))


def ceilings(orders: Sequence[Order]) -> NDArray[np.int64]:
    """(n,) The most that an automatic bid may be: what buys `LEAST` for the budget, or for the day's limit where that is less."""
    least = [LEAST[order.campaign.objective] for order in orders]
    money = [min(order.flight.budget, order.flight.daily or order.flight.budget) for order in orders]
    return np.array([amount // few for amount, few in zip(money, least, strict=True)], dtype=np.int64)


def _worth(orders: Sequence[Order], reserve: Micros) -> Floats:
    """What a thousand impressions at that price make an impression, click or conversion cost, before anything is known of its rate."""
    prices = {objective: reserve / (1 if objective == "impressions" else 1000 * rate) for objective, rate in EXPECTED.items()}
    return np.array([prices[order.campaign.objective] for order in orders], dtype=np.float64)


def _ratio(known: Known, wanted: Due) -> Floats:
    """Wanted over measured speed, within bounds; the square of the search's factor where nothing was paid yet."""
    spends = known.paid * wanted.traffic
    ratio = np.divide(wanted.amount * known.traffic, spends, out=np.full(len(spends), STEPS[1]), where=spends > 0)
    found: Floats = np.where(wanted.amount > 0, np.where(known.paid > 0, np.clip(ratio, *STEPS), SEARCH**2), STEPS[0])
    return found


def _usual(known: Known, ratio: Floats, elapsed: float) -> Floats:
    """What the bid was on average, from the first that spent all that was wanted; 0 until then."""
    average = known.level + (known.usual - known.level) * 0.5 ** (elapsed / USUAL)
    return np.where(known.usual > 0, average, np.where(ratio <= 1, known.level, 0))
