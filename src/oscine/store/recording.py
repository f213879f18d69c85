"""What happens to a served ad: the event, its charge and the ledger's entry, in one statement and so all or nothing, each once.

An event is known by (token, kind, ref). Whoever records it again changes nothing, with one exception: what was refused, such as the look of a crawler at
a link, does not use up the event of the person who comes after it. A charge locks its flight and fits its budget, or is not made. It judges no traffic.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from oscine.advertising import Event, EventKind, Micros, Served
from oscine.errors import NotFound
from oscine.store.postgres import Database
from oscine.store.prepared import prepared

ORDER_LOCK = 7_211_005  # events are numbered under it, so that a reader knows up to which number all have come
BUDGET_SPENT, HELD, REPLAYED, UNKNOWN = "budget_spent", "held", "replayed", "unknown"
FINAL = ["", BUDGET_SPENT, HELD]  # what is not replaced by a later event that counts
MOST = 10_000  # events at a time


class Recorded(Event, frozen=True):
    """An event as it is kept; `repeated` where it had been kept before and nothing was done."""

    repeated: bool = False


class Happened(NamedTuple):
    """An event with its number, in the order in which they are to be read, and the ad that it happened to."""

    number: int
    event: Event
    served: Served


_RECORD = """
WITH ad AS MATERIALIZED (
    SELECT served.*, pg_advisory_xact_lock_shared(%(lock)s)::text AS turn FROM served WHERE token = %(token)s FOR NO KEY UPDATE
), money AS MATERIALIZED (
    SELECT id, budget, spent, reserved, greatest(day, %(day)s) AS day, CASE WHEN day >= %(day)s THEN spent_today ELSE 0 END AS today,
        CASE WHEN daily > 0 THEN daily END AS daily
    FROM flights WHERE %(refused)s = '' AND id = (SELECT flight FROM ad WHERE objective = %(kind)s || 's' AND charged = 0 AND price > 0 AND NOT held)
    FOR NO KEY UPDATE
), due AS (
    SELECT ad.*, m.id IS NOT NULL AS owed, others,
        price + CASE WHEN objective = 'impressions' THEN others ELSE 0 END <= least(m.budget - m.spent, m.daily - m.today) AS fits
    FROM ad LEFT JOIN money m ON true, LATERAL (SELECT greatest(0, m.reserved - CASE WHEN open THEN ad.reserved ELSE 0 END) AS others) aside
), event AS (
    INSERT INTO ad_events AS e (token, kind, ref, at, charged, refused, value)
    SELECT token, %(kind)s, %(ref)s, %(at)s, CASE WHEN owed AND fits THEN price ELSE 0 END,
        CASE WHEN %(refused)s <> '' THEN %(refused)s WHEN held THEN %(held)s WHEN owed AND NOT fits THEN %(spent)s ELSE '' END, %(value)s
    FROM due
    ON CONFLICT (token, kind, ref) DO UPDATE
    SET at = excluded.at, charged = excluded.charged, refused = excluded.refused, value = excluded.value, number = DEFAULT
    WHERE e.refused <> ALL(%(final)s) AND excluded.refused = ANY(%(final)s)
    RETURNING e.at, e.charged, e.refused
), paid AS (
    UPDATE flights SET budget = m.budget, spent = m.spent + charged, reserved = least(others, m.budget - m.spent - charged),
        day = m.day, spent_today = m.today + charged
    FROM (SELECT money.*, event.charged, others FROM money, event, due WHERE event.charged > 0) m WHERE flights.id = m.id
), closed AS (
    UPDATE served SET open = false, charged = event.charged FROM event WHERE event.charged > 0 AND served.token = %(token)s
), entry AS (
    INSERT INTO ad_entries (at, advertiser, campaign, flight, kind, amount, currency, token, event, by)
    SELECT event.at, advertiser, campaign, flight, 'charge', event.charged, currency, token, %(kind)s, 'system' FROM event, ad WHERE event.charged > 0
)
SELECT ad.token, event.at, event.charged, event.refused FROM ad LEFT JOIN event ON true
"""
_FIRST = "SELECT at, charged, refused FROM ad_events WHERE (token, kind, ref) = (%s, %s, %s)"
_EVENTS = """
SELECT e.number, e.token, e.kind, e.at, e.charged, e.refused, row_to_json(s)::text AS served
FROM ad_events e JOIN served s USING (token) WHERE e.number > %s AND e.number <= %s ORDER BY e.number LIMIT %s
"""


def record(database: Database, token: str, kind: EventKind, at: datetime, ref: str, value: Micros, refused: str) -> Recorded:
    """Keep an event and charge for it where it is what the ad is paid by. Raises `NotFound` for an ad that is not known."""
    asked = {"token": token, "kind": kind, "ref": ref, "at": at, "day": at.date(), "value": value, "refused": refused,
             "lock": ORDER_LOCK, "final": FINAL, "held": HELD, "spent": BUDGET_SPENT}  # fmt: skip
    rows = prepared(database, _RECORD, asked)
    if not rows:
        raise NotFound("There is no such ad.", "It was never served here, or is too long ago.")
    if rows[0]["at"]:
        return Recorded(**rows[0], kind=kind)
    first = database.one(_FIRST, [token, kind, ref])
    assert first
    return Recorded(**first, token=token, kind=kind, repeated=True)


def after(database: Database, number: int, most: int = MOST) -> list[Happened]:
    """Events with higher numbers, each with its ad; none with a lower number comes later.

    Numbers are given before a transaction ends; asked for alone under the lock, the highest is that of a transaction that has ended.
    """
    with database.connection() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [ORDER_LOCK])
        row = connection.execute("SELECT coalesce(max(number), 0) AS n FROM ad_events").fetchone()
    assert row
    return [_happened(**found) for found in database.rows(_EVENTS, [number, row["n"], most])]


def _happened(number: int, served: str, **event: object) -> Happened:
    return Happened(number, msgspec.convert(event, Event), msgspec.json.decode(served, type=Served))
