"""Orders for tests: one flight of a campaign each, from a Monday on, of which so much is spent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from oscine.advertising import Advertiser, Campaign, Caps, Flight, Objective, Order, Pace, Targeting

AT = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
UNIT = 1_000_000


def order(
    number: int = 1, *, budget: int = 70 * UNIT, days: float = 7, daily: int = 0, bid: int = 2 * UNIT, spent: int = 0, today: int | None = None,
    objective: Objective = "impressions", pace: Pace = "even",
) -> Order:  # fmt: skip
    """An order from Monday on, of which so much is spent."""
    flight = Flight(id=number, campaign=number, starts_at=AT, ends_at=AT + timedelta(days=days), budget=budget, daily=daily, bid=bid)
    campaign = Campaign(
        id=number, advertiser=1, name="A", objective=objective, placements=("feed",), tier="standard", targeting=Targeting(), caps=Caps(),
        pace=pace, holdout=0.0, state="running", created_at=AT, flights=(flight,),
    )  # fmt: skip
    advertiser = Advertiser(id=1, key="k", name="A", payer="", currency="EUR", created_at=AT)
    gone = spent if today is None else today
    left_today = daily - gone if daily else budget - spent
    return Order(
        advertiser=advertiser, campaign=campaign, flight=flight, left=budget - spent, left_today=left_today, spent=spent, spent_today=gone
    )
