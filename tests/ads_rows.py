"""Rows of campaigns, ads, people and events for tests, written by SQL: each test makes an advertiser of its own and sees only that."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from oscine.store.postgres import Database

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)  # a Monday
TARGETING = {"topics": ["cycling"], "langs": ["de"], "not_topics": ["football"]}


class Rows:
    """An advertiser with one campaign; creative by creative, ad by ad."""

    def __init__(self, database: Database, **campaign: Any) -> None:
        self.database = database
        self.refs = itertools.count(1)
        self.name = f"Ferries {secrets.token_hex(4)}"
        self.advertiser = self.add("advertisers", key="k1", name=self.name, payer="", currency="EUR")
        self.campaign = self.another(**campaign)

    def add(self, table: str, **values: Any) -> int:
        """A row of a table that numbers its rows; its number."""
        names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        row = self.database.one(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", list(values.values()))
        assert row
        return int(row["id"])

    def another(self, **campaign: Any) -> int:
        """One more campaign of the advertiser, with a flight; the rows that follow are of it."""
        told = {"name": "Winter", "objective": "clicks", "placements": ["feed"], "tier": "standard", "targeting": TARGETING, "pace": "even",
                "holdout": 0.2, "state": "running"} | campaign  # fmt: skip
        self.campaign = self.add("campaigns", advertiser=self.advertiser, **{**told, "targeting": json.dumps(told["targeting"])})
        self.flight = self.add(
            "flights", campaign=self.campaign, starts_at=NOON, ends_at=NOON + timedelta(days=28), budget=10**9, bid=500_000
        )
        return self.campaign

    def creative(self, **said: Any) -> int:
        """An ad of the campaign, accepted."""
        told = {"headline": "Cross at night", "body": "Wake up in Oslo.", "action": "Book", "link": "https://ferries.example/",
                "brand": "Northern", "lang": "en", "generated": True, "by": "composed", "review": 0, "accepted": True}  # fmt: skip
        return self.add("creatives", campaign=self.campaign, **(told | said))

    def served(self, creative: int, at: datetime = NOON, *events: str, **told: Any) -> str:
        """An ad that was shown, with what happened: `click` is counted, `click!too_fast` refused for that reason; a click costs .5, a thousand times."""
        token = secrets.token_hex(12)
        row: dict[str, Any] = {
            "token": token, "at": at, "expires_at": at + timedelta(days=1), "advertiser": self.advertiser, "campaign": self.campaign,
            "flight": self.flight, "creative": creative, "placement": "feed", "objective": "clicks", "price": 500_000, "currency": "EUR",
            "reserved": 0, "open": False, "propensity": 1.0, "chances": {creative: 1.0}, "p_click": 0.02, "p_convert": 0.0, "lang": "de",
            "country": "DE", "site": "", "size": "", "context": {},
        } | told  # fmt: skip
        values = [json.dumps(value) if isinstance(value, Mapping) else value for value in row.values()]
        self.database.execute(f"INSERT INTO served ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", values)
        for event in events:
            self.event(token, event, at)
        return token

    def event(self, token: str, event: str, at: datetime = NOON) -> None:
        """What happened to an ad."""
        kind, _, refused = event.partition("!")
        charged = 500_000 if kind == "click" and not refused else 0
        ref = f"r{next(self.refs)}" if kind == "conversion" else ""
        self.database.execute(
            "INSERT INTO ad_events (token, kind, ref, at, charged, refused) VALUES (%s, %s, %s, %s, %s, %s)",
            [token, kind, ref, at, charged, refused],
        )

    def converted(self, person: str, at: datetime) -> None:
        """A conversion of a person that the advertiser reported by account."""
        self.database.execute(
            "INSERT INTO ad_conversions (advertiser, ref, person, at) VALUES (%s, %s, %s, %s)",
            [self.advertiser, f"r{next(self.refs)}", person, at],
        )
