"""Are budgets spent as planned? Simulated weeks of uneven traffic and second-price competition, beside a fixed throttle and spending as soon as can be.

python -m benchmarks.pacing [--seeds 3]

What is assumed:

- A week from Monday, minute by minute. Places come as a Poisson process of 40 a minute on average, in a daily wave (fewest at 4:00 UTC, most at 16:00,
  one to five), 30% more at the weekend, each day at its own level (log-normal, 10%) and each hour too (10%). On Wednesday traffic drops to a fifth from
  9:00 to 15:00; on Friday it is four times as much from 12:00 to 15:00. Only the wave and the weekend can be foretold: by `pacing.foretold`, from four
  weeks before.
- The highest other bid for a thousand impressions is log-normal around 2.00 with a deviation of .5, and moves by a tenth up and down through the day.
  Whoever bids more gets the place at that price. Each order meets the market alone, not the other orders; who names a bid names 4.00 a thousand.
- An impression is charged in its minute. A click happens with a chance of 1%, which the auction knows; its price is the other's bid over that chance.
- What is not left is not reserved: as in the ledger, such a place is lost. Pacer and bidder are asked once a minute, and know what was spent until then.

Budgets are shares of what all places of the week would cost. Delivery error: the mean over the minutes of |spent until then - planned until then|, over
the budget; and the largest of those. Bought: impressions or clicks, over what the cheapest places of the whole flight would have given for the same
budget, known beforehand. The fixed throttle bids with one chance all week: the budget over what it would spend if it always bid, at the true mean price
and the foretold traffic.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.ads.decision import pacing
from oscine.ads.decision.bidding import Bidder
from oscine.ads.decision.pacing import Pacer, Traffic
from oscine.advertising import MICROS, Advertiser, Campaign, Caps, Flight, Objective, Order, Pace, Targeting

Floats = NDArray[np.float64]
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
MINUTES = 7 * 24 * 60
PLACES = 40.0  # a minute
PRICE, WIDTH, NAMED = 2.0, 0.5, 4.0  # for a thousand; deviation of its logarithm; the bid of who names one
CLICKS = 0.01
SHARES = (0.005, 0.05, 0.3)  # of what all places of the week would cost


class Week(NamedTuple):
    """A market: places in each minute, the other's bid in each place (micro-units for one impression), and where each minute's begin."""

    counts: NDArray[np.int64]
    prices: Floats
    first: NDArray[np.int64]


class Case(NamedTuple):
    """An order: its pace, objective, bid (0 is automatic), the share of all places that its budget would buy; `throttle` is the peer."""

    what: str
    pace: Pace
    objective: Objective
    named: bool
    share: float
    days: int = 7
    daily: float = 0.0  # of the budget
    throttle: bool = False


class Result(NamedTuple):
    """What a case did in one week: shares of the budget, and of what could have been bought."""

    spent: float
    over: bool
    error: float
    largest: float
    bought: float


def cases() -> Iterator[Case]:
    """All that is compared."""
    for share in SHARES:
        yield Case("even, bid named", "even", "impressions", True, share)
        yield Case("by traffic, bid named", "traffic", "impressions", True, share)
        yield Case("even, automatic bid", "even", "impressions", False, share)
        yield Case("by traffic, automatic bid", "traffic", "impressions", False, share)
        yield Case("even, automatic bid for clicks", "even", "clicks", False, share)
        yield Case("*fixed throttle*", "even", "impressions", True, share, throttle=True)
        yield Case("*as soon as can be*", "fast", "impressions", True, share)
    yield Case("even, bid named, one day", "even", "impressions", True, SHARES[1] / 7, days=1)
    yield Case("even, automatic bid, one day", "even", "impressions", False, SHARES[1] / 7, days=1)
    yield Case("even, bid named, a sixth a day at most", "even", "impressions", True, SHARES[1], daily=1 / 6)


def wave() -> Floats:
    """(168,) what the traffic of each hour of the week is on average, of a mean hour's."""
    hour = np.arange(168)
    found = (3 - 2 * np.cos((hour % 24 - 4) / 24 * 2 * np.pi)) * np.where(hour >= 5 * 24, 1.3, 1.0)
    return found / found.mean()


def crowd(rng: np.random.Generator) -> Floats:
    """(168,) the traffic of one week: the wave, and what each day and each hour have of their own."""
    days, hours = np.exp(rng.normal(0, 0.1, 7)), np.exp(rng.normal(0, 0.1, 168))
    return wave() * np.repeat(days, 24) * hours


def week(rng: np.random.Generator) -> Week:
    """A week of the market, with its drop and its burst."""
    hours = crowd(rng)
    hours[2 * 24 + 9 : 2 * 24 + 15] *= 0.2
    hours[4 * 24 + 12 : 4 * 24 + 15] *= 4
    counts = rng.poisson(PLACES * np.repeat(hours, 60))
    dear = 1 + 0.1 * np.sin(np.arange(MINUTES) / 1440 * 2 * np.pi)
    prices = np.exp(rng.normal(np.log(PRICE), WIDTH, counts.sum())) * np.repeat(dear, counts) * MICROS / 1000
    return Week(counts, prices, np.concatenate([[0], np.cumsum(counts)]))


def history(rng: np.random.Generator) -> Traffic:
    """What is foretold from four weeks before."""
    return pacing.foretold(sum(rng.poisson(PLACES * 60 * crowd(rng)) for _ in range(4)), np.full(168, 4))


class Account:
    """What of a budget is spent, as the ledger keeps it: never more than there is, nor than the day's limit. And how far from its plan it was."""

    def __init__(self, number: int, case: Case, budget: int) -> None:
        self.case, self.spent, self.today, self.bought = case, 0, 0, 0
        self.off: list[float] = []
        self._advertiser = Advertiser(id=1, key="", name="", payer="", currency="EUR", created_at=MONDAY)
        self.flight = Flight(
            id=number, campaign=number, starts_at=MONDAY, ends_at=MONDAY + timedelta(days=case.days), budget=budget,
            daily=int(budget * case.daily), bid=int(NAMED * MICROS) if case.named else 0,
        )  # fmt: skip
        self._campaign = Campaign(
            id=number, advertiser=1, name="", objective=case.objective, placements=("feed",), tier="standard", targeting=Targeting(), caps=Caps(),
            pace=case.pace, holdout=0.0, state="running", created_at=MONDAY,
        )  # fmt: skip

    @property
    def left(self) -> int:
        """What may still be spent, today."""
        left = self.flight.budget - self.spent
        return min(left, self.flight.daily - self.today) if self.flight.daily else left

    def order(self) -> Order:
        """As the decision sees it."""
        left, daily = self.flight.budget - self.spent, self.flight.daily
        return Order(
            advertiser=self._advertiser, campaign=self._campaign, flight=self.flight, left=left,
            left_today=daily - self.today if daily else left, spent=self.spent, spent_today=self.today,
        )  # fmt: skip

    def charge(self, prices: NDArray[np.int64]) -> None:
        """Each price that is left, in turn."""
        for price in prices.tolist():
            if price <= self.left:
                self.spent, self.today, self.bought = self.spent + price, self.today + price, self.bought + 1

    def result(self, market: Week) -> Result:
        """What came of it."""
        cheapest = np.cumsum(np.sort(market.prices[: market.first[self.case.days * 1440]]))
        could = np.searchsorted(cheapest, self.flight.budget) * (CLICKS if self.case.objective == "clicks" else 1.0)
        budget = self.flight.budget
        return Result(self.spent / budget, self.spent > budget, float(np.mean(self.off)), float(np.max(self.off)), self.bought / could)


def run(given: Sequence[Case], market: Week, traffic: Traffic, rng: np.random.Generator) -> list[Result]:
    """All cases through one week, each alone with the market."""
    whole = market.prices.sum()
    accounts = [Account(number, case, int(case.share * whole)) for number, case in enumerate(given)]
    fixed = np.array([throttled(one.flight.budget, traffic) if one.case.throttle else np.nan for one in accounts])
    pacer, bidder = Pacer(), Bidder()
    for minute in range(MINUTES):
        at = MONDAY + timedelta(minutes=minute)
        noted(accounts, minute, at, traffic)
        orders = [one.order() for one in accounts]
        chances = np.where(np.isnan(fixed), pacer.passing(orders, at, traffic), fixed)
        for one, chance, bid in zip(accounts, chances, bidder.bids(orders, at, traffic), strict=True):
            if minute < one.case.days * 1440:
                one.charge(won(one.case, market, minute, chance, bid, rng))
    return [one.result(market) for one in accounts]


def noted(accounts: Sequence[Account], minute: int, at: datetime, traffic: Traffic) -> None:
    """Write down how far each is from its plan; at midnight a new day begins."""
    plans = pacing.planned(pacing.book([one.order() for one in accounts]), at.timestamp() / 3600, traffic)
    for one, plan in zip(accounts, plans, strict=True):
        one.today = one.today if minute % 1440 else 0
        if minute < one.case.days * 1440:
            one.off.append(abs(one.spent - plan) / one.flight.budget)


def throttled(budget: int, traffic: Traffic) -> float:
    """The peer's chance: of what always bidding would spend."""
    draws = np.exp(np.random.default_rng(0).normal(np.log(PRICE), WIDTH, 100_000))
    price = np.where(draws < NAMED, draws, 0).mean() * MICROS / 1000
    return float(min(1.0, budget / (price * PLACES * 60 * traffic.hours.sum())))


def won(case: Case, market: Week, minute: int, chance: float, bid: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The prices to be charged in a minute: of the places won, or of the clicks on them; whole micro-units, rounded down."""
    others = market.prices[market.first[minute] : market.first[minute + 1]]
    each = bid * CLICKS if case.objective == "clicks" else bid / 1000
    prices = others[(others < each) & (rng.random(len(others)) < chance)]
    if case.objective == "clicks":
        prices = prices[rng.random(len(prices)) < CLICKS] / CLICKS
    return prices.astype(np.int64)


def row(case: Case, results: Sequence[Result]) -> str:
    """A line of the table: means over the weeks, and the worst."""
    spent, over, error, largest, bought = np.array(results).T
    cells = (
        case.what,
        f"{case.share:.1%}",
        f"{spent.mean():.1%} ({spent.min():.1%} to {spent.max():.1%})",
        "yes" if over.any() else "never",
        f"{error.mean():.1%} ({error.max():.1%})",
        f"{largest.mean():.1%} ({largest.max():.1%})",
        f"{bought.mean():.0%}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the assumptions and the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pacing")
    parser.add_argument("--seeds", type=int, default=3, help="weeks")
    asked = parser.parse_args()
    print((__doc__ or "").partition("\n\n")[2].partition("\n\n")[2])
    print("| pace | budget | spent (least to most) | over | delivery error (worst week) | largest (worst week) | bought |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    given, generators = list(cases()), [np.random.default_rng(seed) for seed in range(asked.seeds)]
    weeks = [run(given, week(rng), history(rng), rng) for rng in generators]
    for case, results in zip(given, zip(*weeks, strict=True), strict=True):
        print(row(case, results))


if __name__ == "__main__":
    main()
