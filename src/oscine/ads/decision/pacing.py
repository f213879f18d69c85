"""How fast each budget is spent: by the clock, by the traffic that is foretold, or as soon as can be. And the foretelling itself.

Closed loop: what an order may spend until a little later is what the plan says less what is spent; what it would spend if it always bid is measured, and the
chance to bid is the one over the other (throttling, as Agarwal et al. 2014 at LinkedIn; the speed is measured where they take fixed steps). A chance
grows by a limited factor a minute and falls at once. Nothing left means no chance; that a budget is never overspent is the ledger's to guarantee, by reserving.

Times are hours of the epoch, money is micro-units. It knows no auction, no price and no ad.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from oscine.advertising import Objective, Order
from oscine.errors import InputError

Floats = NDArray[np.float64]
HOUR, DAY, WEEK = 3600.0, 24.0, 168
MONDAY = 96.0  # hours of the epoch, which began on a Thursday, until the first Monday
AHEAD = (0.02, 1 / 60, 0.5)  # how far ahead the plan is looked at: a share of the flight; hours at least, at most
MEMORY, CHARGES = 1.0, 10.0  # half of a measured speed fades in so many hours, or in as long as so many charges should take
START = 0.05  # the chance of an order that nothing is known of, nor of the traffic; the least of any
EXPECTED: dict[Objective, float] = {"impressions": 1.0, "clicks": 0.02, "conversions": 0.001}  # that a place is charged for, before anything is known
DOUBLING = 5 / 60  # hours in which a chance may double
WORTH = 1.0  # weeks of traffic that the pattern of days and of hours is worth beside an hour's own count
QUIET = 0.01  # of the mean: no hour is foretold less


class Traffic:
    """How much is foretold for each hour of the week, from Monday 0:00 UTC: (168,), with a mean of 1."""

    def __init__(self, hours: ArrayLike = (1.0,) * WEEK) -> None:
        found = np.asarray(hours, dtype=np.float64)
        if found.shape != (WEEK,) or not np.isfinite(found).all() or (found < 0).any() or not found.any():
            raise InputError("The traffic of a week is no row of 168 counts.", "Give one from 0 for each hour, and one at least above it.")
        found = np.maximum(found / found.mean(), QUIET)
        self.hours: Floats = found / found.mean()

    def between(self, start: ArrayLike, end: ArrayLike) -> Floats:
        """The traffic from one hour of the epoch to another, in mean hours."""
        found: Floats = self._until(np.asarray(end, dtype=np.float64)) - self._until(np.asarray(start, dtype=np.float64))
        return found

    def _until(self, hour: Floats) -> Floats:
        weeks, rest = np.divmod(hour - MONDAY, WEEK)
        found: Floats = weeks * WEEK + np.interp(rest, np.arange(WEEK + 1), self._sums)
        return found

    @cached_property
    def _sums(self) -> Floats:
        return np.concatenate([[0.0], np.cumsum(self.hours)])


FLAT = Traffic()


def foretold(counts: ArrayLike, weeks: ArrayLike) -> Traffic:
    """Traffic by what was counted in each hour of the week, (168,), and how many times that hour was seen, (168,).

    An hour seen seldom is drawn to what its day and its hour of the day usually have, multiplied; those to the mean. Without counts, all hours are alike.
    """
    asked, seen = (np.asarray(part, dtype=np.float64).reshape(7, 24) for part in (counts, weeks))
    if not asked.sum() or not seen.sum():
        return FLAT
    mean = asked.sum() / seen.sum()
    days, hours = (_drawn(asked.sum(axis), seen.sum(axis), mean) / mean for axis in (1, 0))
    return Traffic(_drawn(asked, seen, mean * days[:, None] * hours).ravel())


def _drawn(counts: Floats, seen: Floats, towards: ArrayLike) -> Floats:
    found: Floats = (counts + WORTH * np.asarray(towards)) / (seen + WORTH)
    return found


class Book(NamedTuple):
    """n orders as arrays."""

    flights: NDArray[np.int64]
    start: Floats
    end: Floats
    budget: Floats
    daily: Floats  # infinite where there is none
    gone: Floats  # of the budget
    gone_today: Floats
    left: Floats  # that may be spent now
    bid: Floats  # 0 where it is automatic
    per: Floats  # that many impressions, clicks or conversions
    fast: NDArray[np.bool_]
    by_traffic: NDArray[np.bool_]


def book(orders: Sequence[Order]) -> Book:
    """The orders as arrays. What is gone: of conversions, which come days later, what is reserved as well; of others, what is spent."""
    rows = [_row(order) for order in orders]
    flights = np.array([order.flight.id for order in orders], dtype=np.int64)
    numbers = np.array(rows, dtype=np.float64).reshape(-1, 11).T
    start, end, budget, daily, gone, gone_today, left, bid, per, fast, by_traffic = numbers
    return Book(flights, start, end, budget, daily, gone, gone_today, left, bid, per, fast == 1, by_traffic == 1)


def _row(order: Order) -> tuple[float, ...]:
    flight, campaign = order.flight, order.campaign
    late = campaign.objective == "conversions"
    return (
        flight.starts_at.timestamp() / HOUR,
        flight.ends_at.timestamp() / HOUR,
        flight.budget,
        flight.daily or np.inf,
        flight.budget - order.left if late else order.spent,
        flight.daily - order.left_today if late and flight.daily else order.spent_today,
        min(order.left, order.left_today) if flight.daily else order.left,
        flight.bid,
        1000 if campaign.objective == "impressions" else 1,
        campaign.pace == "fast",
        campaign.pace == "traffic",
    )


class Due(NamedTuple):
    """What n orders should spend until a little later (`amount`), and how much traffic is foretold until then."""

    amount: Floats
    traffic: Floats


def planned(given: Book, hour: float, traffic: Traffic) -> Floats:
    """(n,) What the plan says should be spent by then: of the whole budget, by the clock or by the traffic."""
    return given.budget * _share(given, given.start, given.end, np.full(len(given.budget), hour), traffic)


def due(given: Book, hour: float, traffic: Traffic, ahead: Floats) -> Due:
    """What may be spent within so many hours, (n,), so that the plan is met then; of the budget and of the day's limit, whichever is less."""
    later = np.minimum(hour + ahead, given.end)
    midnight = np.floor(hour / DAY) * DAY
    from_, until = np.maximum(midnight, given.start), np.minimum(midnight + DAY, given.end)
    whole = given.budget * _share(given, given.start, given.end, later, traffic) - given.gone
    limited = np.isfinite(given.daily)
    today = np.where(limited, given.daily, 0) * _share(given, from_, until, np.minimum(later, until), traffic) - given.gone_today
    amount = np.where(limited, np.minimum(whole, today), whole)
    return Due(np.clip(amount, 0, np.maximum(given.left, 0)), traffic.between(hour, np.maximum(later, hour)))


def _share(given: Book, start: Floats, end: Floats, hour: Floats, traffic: Traffic) -> Floats:
    """How much of the time from start to end has passed: of the clock's, or of the traffic's."""
    clock = (hour - start) / np.maximum(end - start, 1e-9)
    crowd = traffic.between(start, hour) / np.maximum(traffic.between(start, end), 1e-9)
    found: Floats = np.clip(np.where(given.by_traffic, crowd, clock), 0, 1)
    return found


def _first(orders: Sequence[Order], given: Book, places: float | None) -> Floats:
    """The chance at which a new order would spend by its plan if each place cost it what it bids."""
    if places is None:
        return np.full(len(given.budget), START)
    costs = places * given.bid / given.per * np.array([EXPECTED[order.campaign.objective] for order in orders])
    found: Floats = np.clip(np.divide(speed(given), costs, out=np.ones(len(costs)), where=costs > 0), START, 1.0)
    return found


def speed(given: Book) -> Floats:
    """(n,) The budget by the hour."""
    return np.maximum(given.budget, 1) / np.maximum(given.end - given.start, 1e-9)


class Known(NamedTuple):
    """What is known of n flights: what was gone when last looked at, and the chance (or the bid) since then; what was paid for how much traffic, faded.

    `usual` is what the bid was, on average over about a day; 0 until it is known, and for chances.
    """

    flights: NDArray[np.int64]
    gone: Floats
    level: Floats
    paid: Floats
    traffic: Floats
    usual: Floats


def nothing(given: Book, level: Floats) -> Known:
    """What is known of new orders, whose first chance or bid that is."""
    return Known(given.flights, given.gone, level, *np.zeros((3, len(level))))


def aligned(known: Known, new: Known) -> Known:
    """What is known, in the rows of `new`, and that of orders which were not there before."""
    if np.array_equal(known.flights, new.flights):
        return known
    row = {flight: number for number, flight in enumerate(known.flights.tolist())}
    here = np.array([row.get(flight, -1) for flight in new.flights.tolist()], dtype=np.int64)
    old = here >= 0
    parts = [np.where(old, kept[here] if len(kept) else fresh, fresh) for kept, fresh in zip(known[1:], new[1:], strict=True)]
    return Known(new.flights, *parts)


def measured(known: Known, gone: Floats, traffic: Floats, left: Floats | float) -> Known:
    """With what was paid since, for that much traffic; of what was known before, a share is `left`."""
    paid = left * known.paid + np.maximum(gone - known.gone, 0)
    return known._replace(gone=gone, paid=paid, traffic=left * known.traffic + traffic)


class Pacer:
    """The chance that each order may bid, from what it was let and what it spent. Ask it about once a second, or as often as spending is known.

    Several processes may have one each: they see the same spending, and come to about the same chances.
    """

    def __init__(self) -> None:
        self._known: Known | None = None
        self._hour = 0.0

    def passing(self, orders: Sequence[Order], at: datetime, traffic: Traffic = FLAT, places: float | None = None) -> Floats:
        """(n,) chances, from 0 to 1. Automatic bids are paced by what they bid, and always pass while money is left.

        `places` are those asked for in a mean hour, by which new orders begin: at once where there are few.
        """
        given, hour = book(orders), at.timestamp() / HOUR
        new = nothing(given, _first(orders, given, places))
        known, since = aligned(self._known or new, new), min(self._hour or hour, hour)
        memory = np.maximum(MEMORY, CHARGES * given.bid / given.per / speed(given))
        known = measured(known, given.gone, known.level * traffic.between(since, hour), 0.5 ** ((hour - since) / memory))
        share, least, most = AHEAD
        wanted = due(given, hour, traffic, np.clip(share * (given.end - given.start), least, most))
        level = _level(known, wanted, hour - since)
        level[given.fast | (given.bid == 0)] = 1.0
        level[(given.left <= 0) | (hour < given.start) | (hour >= given.end)] = 0.0
        self._known, self._hour = known._replace(level=level), hour
        return level.copy()


def _level(known: Known, wanted: Due, elapsed: float) -> Floats:
    """The chance at which what is due is spent, at the speed that was measured; nobody doubles faster than is allowed."""
    grown = np.maximum(known.level, START) * 2 ** min(elapsed / DOUBLING, 10)
    alone = known.paid * wanted.traffic  # what it would spend if it always bid, times known.traffic
    meant = np.divide(wanted.amount * known.traffic, alone, out=np.full(len(alone), np.inf), where=alone > 0)
    return np.where(wanted.amount > 0, np.minimum(np.minimum(meant, grown), 1), 0)
