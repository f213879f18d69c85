"""Campaigns as they are kept: terms, flights, ads, state, and a trail of who changed what, and why.

`key` names whose; empty stands for everybody's, which an admin sees. Every change adds a line to the trail in the same transaction. It knows no rule of
targeting, reviews nothing, and moves no money: flights know only that no budget falls below what is spent and reserved.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import DictRow

from oscine.advertising import Campaign, Creative, Flight, Order, State, Step
from oscine.errors import InputError, NotFound
from oscine.store import creatives, flights, shapes, states
from oscine.store.orders import Orders
from oscine.store.postgres import Database
from oscine.store.terms import Ad, Picture, Terms, check_reason, check_terms

MOST = 100  # campaigns at a time
Change = dict[str, Any]  # what: [before, after]


class Campaigns:
    """The campaigns of a database; `placements` are the places for ads that there are."""

    def __init__(self, database: Database, placements: Collection[str]) -> None:
        self._database = database
        self._placements = placements
        self._orders = Orders(database)

    def add(self, advertiser: int, terms: Terms, periods: Sequence[Flight], by: str, key: str = "") -> Campaign:
        """Keep a draft with its flights, whose ids are 0 until they are given here. Raises `InputError`, `NotFound`."""
        told = _columns(check_terms(terms, self._placements))
        insert = (
            f"INSERT INTO campaigns (advertiser, state, {', '.join(told)})"  # noqa: S608
            f" SELECT id, 'draft'{', %s' * len(told)} FROM advertisers WHERE id = %s AND %s IN ('', key) RETURNING id"
        )
        with self._database.connection() as connection:
            row = connection.execute(insert, [*told.values(), advertiser, key]).fetchone()
            if row is None:
                raise NotFound(f"There is no advertiser {advertiser} of yours.", "GET /v1/ads/advertisers lists them.")
            flights.put(connection, row["id"], periods, datetime.now(UTC))
            _trail(connection, row["id"], by, {})
        return self.one(row["id"])

    def one(self, number: int, key: str = "") -> Campaign:
        """One campaign. Raises `NotFound`, the same for another key's and for none."""
        found = self._found("c.id = %s AND %s IN ('', a.key)", [number, key])
        if not found:
            raise _missing(number)
        return found[0]

    def of(self, key: str = "", state: State | None = None, before: int | None = None, advertiser: int | None = None) -> list[Campaign]:
        """The newest `MOST`, of one state or advertiser if one is named, older than the campaign `before` if one is."""
        where = "%s IN ('', a.key) AND c.state = coalesce(%s, c.state) AND c.id < coalesce(%s, c.id + 1) AND a.id = coalesce(%s, a.id)"
        return self._found(where, [key, state, before, advertiser])

    def change(
        self, number: int, by: str, terms: Terms | None = None, periods: Sequence[Flight] = (), why: str = "", key: str = ""
    ) -> Campaign:
        """New terms, and flights changed by their id or added with the id 0. Raises `InputError`, `NotFound`.

        The objective stays once a campaign was launched: what was ordered would be paid for by another measure.
        """
        told = check_terms(terms, self._placements) if terms else None
        with self._database.connection() as connection:
            campaign = self._locked(connection, number, key)
            _changeable(campaign, told)
            changed = _differences(_terms(campaign), told) if told else {}
            if told and changed:
                columns = _columns(told)
                sets = ", ".join(f"{name} = %s" for name in columns)
                connection.execute(f"UPDATE campaigns SET {sets} WHERE id = %s", [*columns.values(), number])  # noqa: S608
            changed |= flights.put(connection, number, periods, datetime.now(UTC))
            if changed:
                _trail(connection, number, by, changed, why)
        return self.one(number)

    def delete(self, number: int, key: str = "") -> None:
        """Forget a draft, with its trail. Raises `InputError` for any other, `NotFound`."""
        with self._database.connection() as connection:
            if self._locked(connection, number, key).state != "draft":
                raise InputError(f"Campaign {number} is no draft.", "End it; what it showed and cost is kept.")
            connection.execute("DELETE FROM campaigns WHERE id = %s", [number])

    def step(self, number: int, state: State, by: str, why: str = "", key: str = "") -> Campaign:
        """Take it to another state. Raises `InputError` for a step that is not allowed, or a launch without flights or ads; `NotFound`."""
        with self._database.connection() as connection:
            campaign = self._locked(connection, number, key)
            states.follow(campaign.state, state, _changed_since(connection, number))
            if state in ("review", "running"):
                _can_run(campaign, state)
            connection.execute("UPDATE campaigns SET state = %s WHERE id = %s", [state, number])
            _trail(connection, number, by, {"state": [campaign.state, state]}, why)
        return self.one(number)

    def trail(self, number: int, key: str = "") -> list[Step]:
        """Who changed what, the oldest first. Raises `NotFound`."""
        rows = self._database.rows(
            "SELECT at, by, state, change, why FROM campaign_steps WHERE campaign = %s ORDER BY number", [self.one(number, key).id]
        )
        return [Step(**row) for row in rows]

    def add_creatives(self, number: int, ads: Sequence[Ad], by: str, key: str = "") -> Campaign:
        """Add ads, with their pictures. Raises `InputError`, `NotFound`."""
        with self._database.connection() as connection:
            campaign = self._locked(connection, number, key)
            _changeable(campaign)
            added = creatives.add(connection, campaign, ads)
            if added:
                _trail(connection, number, by, {"creatives": [[], added]})
        return self.one(number)

    def remove_creative(self, number: int, creative: int, by: str, why: str = "", key: str = "") -> Campaign:
        """Take an ad away; what it did stays in the reports. Raises `InputError`, `NotFound`."""
        with self._database.connection() as connection:
            _changeable(self._locked(connection, number, key))
            creatives.remove(connection, number, creative)
            _trail(connection, number, by, {"creatives": [[creative], []]}, why)
        return self.one(number)

    def reviewed(self, review: int, accepted: bool, by: str, why: str = "") -> list[Campaign]:
        """A review came to another decision: its ads may run, or no longer. The campaigns that have them."""
        with self._database.connection() as connection:
            numbers = creatives.campaigns_of(connection, review)
            for number in numbers:
                self._locked(connection, number, "")
                if changed := creatives.reviewed(connection, number, review, accepted):
                    _trail(connection, number, by, {"accepted": [[] if accepted else changed, changed if accepted else []]}, why)
        return [self.one(number) for number in numbers]

    def alts(self, number: int) -> dict[tuple[int, str], str]:
        """What the pictures of a campaign show, by ad and size."""
        query = "SELECT creative, size, alt FROM creative_pictures WHERE creative IN (SELECT id FROM creatives WHERE campaign = %s)"
        return {(row["creative"], row["size"]): row["alt"] for row in self._database.rows(query, [number])}

    def creative(self, number: int) -> Creative:
        """An ad, one that was taken away too. Raises `NotFound`."""
        row = self._database.one(f"SELECT {shapes.CREATIVE}::text AS said FROM creatives x WHERE x.id = %s", [number])  # noqa: S608
        if row is None:
            raise NotFound(f"There is no ad {number}.", "A campaign lists its ads.")
        return msgspec.json.decode(row["said"], type=Creative)

    def picture(self, creative: int, size: str, key: str | None = None) -> Picture:
        """An ad's picture: anybody's to see where the ad was accepted, else its owner's alone; no `key` is anybody. Raises `NotFound`."""
        row = self._database.one(_PICTURE, [creative, size, key is not None, key])
        if row is None:
            raise NotFound(f"There is no such picture of ad {creative}.", "The ad itself lists its sizes.")
        return Picture(**row)

    def orders(self, at: datetime) -> list[Order]:
        """What can stand in an auction at that time, by campaign and flight: running, under way, with an ad that was accepted and money left."""
        return self._orders.at(at)

    def _found(self, where: str, params: list[Any]) -> list[Campaign]:
        query = f"{_SELECT} WHERE {where} ORDER BY c.id DESC LIMIT {MOST}"
        return [_campaign(row["said"]) for row in self._database.rows(query, params)]

    def _locked(self, connection: Connection[DictRow], number: int, key: str) -> Campaign:
        """The campaign, held until the transaction ends: its steps come one after the other."""
        held = (
            "SELECT FROM campaigns c JOIN advertisers a ON a.id = c.advertiser WHERE c.id = %s AND %s IN ('', a.key) FOR NO KEY UPDATE OF c"
        )
        if not connection.execute(held, [number, key]).rowcount:
            raise _missing(number)
        row = connection.execute(f"{_SELECT} WHERE c.id = %s", [number]).fetchone()
        assert row
        return _campaign(row["said"])


_JOINED = "FROM campaigns c JOIN advertisers a ON a.id = c.advertiser"
_SELECT = f"SELECT {shapes.CAMPAIGN}::text AS said {_JOINED}"
_PICTURE = """
SELECT p.size, p.png, p.alt FROM creative_pictures p JOIN creatives x ON x.id = p.creative JOIN campaigns c ON c.id = x.campaign
JOIN advertisers a ON a.id = c.advertiser WHERE p.creative = %s AND p.size = %s AND (x.accepted OR (%s AND %s IN ('', a.key)))
"""
_TRAIL = """
INSERT INTO campaign_steps (campaign, number, by, state, change, why)
SELECT id, (SELECT coalesce(max(number), 0) + 1 FROM campaign_steps WHERE campaign = c.id), %s, state, %s, %s FROM campaigns c WHERE id = %s
"""


def _trail(connection: Connection[DictRow], number: int, by: str, change: Change, why: str = "") -> None:
    connection.execute(_TRAIL, [by, json.dumps(change), check_reason(why), number])


def _changed_since(connection: Connection[DictRow], number: int) -> bool:
    """Whether the last line of the trail is a change, rather than another state."""
    last = connection.execute("SELECT change FROM campaign_steps WHERE campaign = %s ORDER BY number DESC LIMIT 1", [number]).fetchone()
    return last is not None and "state" not in last["change"]


def _changeable(campaign: Campaign, terms: Terms | None = None) -> None:
    if campaign.state == "ended":
        raise InputError(f"Campaign {campaign.id} has ended.", "Make another; this one is kept as it was.")
    if terms and terms.objective != campaign.objective and campaign.state != "draft":
        raise InputError(f"Campaign {campaign.id} was launched for {campaign.objective}.", "Make another for another objective.")


def _can_run(campaign: Campaign, state: State) -> None:
    """Raise `InputError` where a campaign that is to be launched lacks what it needs."""
    if not any(flight.ends_at > datetime.now(UTC) for flight in campaign.flights):
        raise InputError(f"Campaign {campaign.id} has no flight that is still to come.", "Add one, or give one a later end.")
    if not any(creative.accepted or state == "review" for creative in campaign.creatives):
        raise InputError(f"Campaign {campaign.id} has no ad that may run.", "Add one that its review accepts.")


def _missing(number: int) -> NotFound:
    return NotFound(f"There is no campaign {number} of yours.", "GET /v1/ads/campaigns lists them.")


def _campaign(said: str) -> Campaign:
    return msgspec.json.decode(said, type=Campaign)


def _terms(campaign: Campaign) -> Terms:
    return Terms(**{name: getattr(campaign, name) for name in Terms.__struct_fields__})


def _columns(terms: Terms) -> dict[str, Any]:
    """Terms as the columns of a row."""
    told = msgspec.structs.asdict(terms)
    caps = told.pop("caps")
    return told | {
        "placements": list(terms.placements),
        "targeting": msgspec.json.encode(terms.targeting).decode(),
        "cap": caps.impressions,
        "cap_hours": caps.hours,
    }


def _differences(before: Terms, after: Terms) -> Change:
    names = [name for name in Terms.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    return {name: [msgspec.to_builtins(getattr(terms, name)) for terms in (before, after)] for name in names}
