"""Campaigns that run, and ads served for them, for tests of the store: made through its own doors."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from oscine.advertising import Campaign, Flight, Served
from oscine.store.advertisers import Advertisers
from oscine.store.campaigns import Campaigns
from oscine.store.postgres import Database
from oscine.store.terms import Ad, Terms

PLACEMENTS = ("post", "search", "banner", "story")
NOW = datetime.now(UTC).replace(microsecond=0)
AD = Ad(headline="Cross at night", body="Wake up in Oslo.", action="Book", link="https://ferries.example/", brand="Northern", lang="en",
        generated=True, review=1, accepted=True)  # fmt: skip
TERMS = Terms(name="Winter", objective="impressions")


def flight(**told: Any) -> Flight:
    """A new flight: it began an hour ago, runs for ten days, and has one unit to spend."""
    return Flight(
        **({"id": 0, "campaign": 0, "starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(days=10), "budget": 10**6} | told)
    )


def running(database: Database, terms: Terms = TERMS, **told: Any) -> Campaign:
    """A campaign with one flight and one ad, launched."""
    advertiser = Advertisers(database).add("k1", "Northern Ferries")
    campaigns = Campaigns(database, PLACEMENTS)
    made = campaigns.add(advertiser.id, terms, [flight(**told)], "k1")
    campaigns.add_creatives(made.id, [AD], "k1")
    campaigns.step(made.id, "review", "k1")
    return campaigns.step(made.id, "running", "system")


def served(campaign: Campaign, price: int = 1000, reserved: int | None = None, **told: Any) -> Served:
    """An ad that is chosen now, its whole price to be reserved."""
    line = campaign.flights[0]
    basic = {"token": secrets.token_urlsafe(12), "at": NOW, "expires_at": NOW + timedelta(minutes=10), "advertiser": campaign.advertiser,
             "campaign": campaign.id, "flight": line.id, "creative": campaign.creatives[0].id, "placement": "post",
             "objective": campaign.objective, "price": price, "currency": "EUR", "reserved": price if reserved is None else reserved}  # fmt: skip
    return Served(**(basic | told))


def money(database: Database, campaign: Campaign) -> tuple[int, int]:
    """What its first flight spent, and what is reserved of it."""
    row = database.one("SELECT spent, reserved FROM flights WHERE id = %s", [campaign.flights[0].id])
    assert row
    return row["spent"], row["reserved"]
