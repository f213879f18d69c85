"""Money that is set aside while an ad is on its way to somebody, and given back where nothing comes of it.

What is reserved for impressions is their whole price, and a promise: it is theirs until they come or expire. What is reserved for clicks and conversions
is what they are expected to cost, and an estimate: a click that comes may take what others only expect. Whoever locks flights locks them by their ids,
and served ads before flights, so that nobody waits in a circle. It does not know why an ad was chosen.

Whoever changes a flight writes every column that its constraints compare, from the row as locked: PostgreSQL checks them on the row as the statement's
snapshot has it before it finds that another has changed it meanwhile, and would refuse what fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from oscine.advertising import Served
from oscine.store.postgres import Database
from oscine.store.prepared import prepared

COLUMNS = Served.__struct_fields__
BATCH = 5_000  # expired reservations at a time

_NAMES = ", ".join(COLUMNS)
_RESERVE = f"""
WITH asked AS MATERIALIZED (
    SELECT {_NAMES}, ordinality FROM jsonb_populate_recordset(NULL::served, %(asked)s) WITH ORDINALITY
), money AS MATERIALIZED (
    SELECT id, campaign, starts_at, ends_at, budget, spent, reserved,
        least(budget - spent, CASE WHEN daily > 0 THEN daily - CASE WHEN day >= %(day)s THEN spent_today ELSE 0 END END) AS unspent
    FROM flights WHERE id = ANY(%(flights)s) ORDER BY id FOR NO KEY UPDATE
), room AS (
    SELECT asked.*, unspent, unspent - money.reserved AS free, sum(asked.reserved) OVER (PARTITION BY flight ORDER BY ordinality) AS needed
    FROM asked JOIN money ON money.id = asked.flight JOIN campaigns c ON c.id = money.campaign AND c.state = 'running'
    WHERE asked.campaign = c.id AND asked.at >= starts_at AND asked.at < ends_at
), kept AS (
    INSERT INTO served ({_NAMES}, open) SELECT {_NAMES}, NOT held FROM room WHERE price <= unspent AND needed <= free
    ON CONFLICT (token) DO NOTHING RETURNING token, flight, reserved
), taken AS (
    UPDATE flights SET budget = money.budget, spent = money.spent, reserved = money.reserved + sums.amount
    FROM (SELECT flight, sum(reserved) AS amount FROM kept GROUP BY flight) sums JOIN money ON money.id = flight WHERE flights.id = flight
)
SELECT token FROM kept
"""  # noqa: S608
_RELEASE = """
WITH over AS MATERIALIZED (
    SELECT token FROM served WHERE open AND expires_at <= %(at)s ORDER BY expires_at LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
), closed AS (
    UPDATE served SET open = false FROM over WHERE served.token = over.token RETURNING flight, reserved
), held AS MATERIALIZED (
    SELECT id FROM flights WHERE id IN (SELECT flight FROM closed) ORDER BY id FOR NO KEY UPDATE
), given AS (
    UPDATE flights SET reserved = greatest(0, flights.reserved - sums.amount)
    FROM (SELECT flight, sum(reserved) AS amount FROM closed GROUP BY flight) sums, held WHERE flights.id = sums.flight AND held.id = flights.id
)
SELECT count(*) AS n FROM closed
"""


def reserve(database: Database, asked: Sequence[Served]) -> list[Served]:
    """Keep those whose flight has the money, runs and is under way, and set it aside; the others are as if never asked for. All in one transaction.

    Of several for one flight the first come first. What is held back from its person costs nothing, and is kept for the measurement
    where it might have been shown.
    """
    if not asked:
        return []
    asked = [msgspec.structs.replace(each, reserved=0) if each.held else each for each in asked]
    said = msgspec.json.encode([msgspec.structs.asdict(each) for each in asked]).decode()
    day = max(each.at for each in asked).date()
    rows = prepared(database, _RESERVE, {"asked": said, "day": day, "flights": sorted({each.flight for each in asked})})
    kept = {row["token"] for row in rows}
    return [each for each in asked if each.token in kept]


def release(database: Database, at: datetime) -> int:
    """Give back what was set aside for ads that expired by then; how many. Each is given back once, however often this is called and by whomever."""
    released = 0
    while found := int(prepared(database, _RELEASE, {"at": at, "most": BATCH})[0]["n"]):
        released += found
    return released
