"""The ledger's entries: charges are made where events are recorded; refunds and corrections here. None is ever changed, and none names a person.

`spent` of a flight is the sum of its entries, in the same transaction. It does not decide whether somebody deserves a refund.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from oscine.advertising import Entry, EntryKind, Micros
from oscine.errors import InputError, NotFound
from oscine.store.postgres import Database, Row
from oscine.store.terms import check_money, check_reason

MOST = 500  # entries at a time
MOST_TOKENS = 5_000  # refunded at a time


class Total(NamedTuple):
    """What was charged, given back (negative) and corrected, in micro-units of a currency."""

    currency: str
    charged: Micros
    refunded: Micros
    corrected: Micros

    @property
    def spent(self) -> Micros:
        """What is owed in the end."""
        return self.charged + self.refunded + self.corrected


_COLUMNS = "id, at, advertiser, campaign, flight, kind, amount, currency, token, event, by, why"
_MOVE = f"""
WITH money AS MATERIALIZED (SELECT * FROM flights WHERE id = %(flight)s FOR NO KEY UPDATE),
moved AS (
    UPDATE flights SET budget = money.budget, spent = money.spent + %(amount)s, reserved = money.reserved FROM money
    WHERE flights.id = money.id AND money.spent + %(amount)s BETWEEN 0 AND money.budget - money.reserved RETURNING flights.id, flights.campaign
)
INSERT INTO ad_entries (advertiser, campaign, flight, kind, amount, currency, by, why)
SELECT a.id, c.id, moved.id, %(kind)s, %(amount)s, a.currency, %(by)s, %(why)s
FROM moved JOIN campaigns c ON c.id = moved.campaign JOIN advertisers a ON a.id = c.advertiser RETURNING {_COLUMNS}
"""  # noqa: S608
_REFUND = f"""
WITH charged AS MATERIALIZED (
    SELECT e.* FROM ad_entries e WHERE e.kind = 'charge' AND e.token = ANY(%(tokens)s)
), money AS MATERIALIZED (
    SELECT id, budget, spent, reserved FROM flights WHERE id IN (SELECT flight FROM charged) ORDER BY id FOR NO KEY UPDATE
), given AS (
    INSERT INTO ad_entries (advertiser, campaign, flight, kind, amount, currency, token, event, by, why)
    SELECT advertiser, campaign, flight, 'refund', -amount, currency, token, event, %(by)s, %(why)s
    FROM (SELECT charged.*, spent, sum(amount) OVER (PARTITION BY flight ORDER BY charged.id) AS upto FROM charged JOIN money ON money.id = flight
          WHERE NOT EXISTS (SELECT FROM ad_entries r WHERE r.kind = 'refund' AND r.token = charged.token)) each WHERE upto <= spent
    ON CONFLICT (token) WHERE kind = 'refund' AND token <> '' DO NOTHING RETURNING {_COLUMNS}
), back AS (
    UPDATE flights SET budget = money.budget, spent = money.spent + sums.amount, reserved = money.reserved
    FROM (SELECT flight, sum(amount) AS amount FROM given GROUP BY flight) sums JOIN money ON money.id = flight WHERE flights.id = flight
)
SELECT {_COLUMNS} FROM given ORDER BY id
"""  # noqa: S608
_SUM = "coalesce(sum(amount) FILTER (WHERE e.kind = '{}'), 0)::bigint AS {}"
_WHOSE = "FROM ad_entries e JOIN advertisers a ON a.id = e.advertiser WHERE %s IN ('', a.key) AND e.campaign = coalesce(%s, e.campaign)"
_ENTRIES = f"SELECT e.* {_WHOSE} AND e.id < coalesce(%s, e.id + 1) ORDER BY e.id DESC LIMIT {MOST}"
_SUMS = ", ".join(_SUM.format(*names) for names in (("charge", "charged"), ("refund", "refunded"), ("correction", "corrected")))
_TOTALS = f"SELECT e.currency, {_SUMS} {_WHOSE} GROUP BY 1 ORDER BY 1"
_FAULTS = """
SELECT 'flight ' || f.id AS what, f.spent, coalesce(e.amount, 0) AS entries, f.reserved, coalesce(o.amount, 0) AS open, f.budget
FROM flights f LEFT JOIN (SELECT flight, sum(amount) AS amount FROM ad_entries GROUP BY 1) e ON e.flight = f.id
LEFT JOIN (SELECT flight, sum(reserved) AS amount FROM served WHERE open GROUP BY 1) o ON o.flight = f.id
WHERE f.spent <> coalesce(e.amount, 0) OR f.spent + f.reserved > f.budget OR f.reserved > coalesce(o.amount, 0)
"""
_UNEVEN = """
SELECT campaign, sum(entries) AS entries, sum(events) AS events, sum(served) AS served FROM (
    SELECT campaign, amount AS entries, 0 AS events, 0 AS served FROM ad_entries WHERE kind = 'charge'
    UNION ALL SELECT campaign, 0, spent, spent FROM ad_days
    UNION ALL SELECT s.campaign, 0, e.charged, 0 FROM ad_events e JOIN served s USING (token)
    UNION ALL SELECT campaign, 0, 0, charged FROM served
) books GROUP BY campaign HAVING sum(entries) <> sum(events) OR sum(entries) <> sum(served)
"""


def move(database: Database, flight: int, kind: EntryKind, amount: Micros, by: str, why: str) -> Entry:
    """A refund or a correction of a flight; what it spent stays between nothing and its budget. Raises `InputError`, `NotFound`."""
    check_money(f"A {kind}", -amount if kind == "refund" else abs(amount), 1)
    asked = {"flight": flight, "kind": kind, "amount": amount, "by": by, "why": check_reason(why, 1)}
    with database.connection() as connection:
        row = connection.execute(_MOVE, asked).fetchone()
    if row:
        return _entry(row)
    found = database.one("SELECT spent, budget - spent - reserved AS room FROM flights WHERE id = %s", [flight])
    if found is None:
        raise NotFound(f"There is no flight {flight}.", "The campaign lists its flights.")
    raise InputError(f"Flight {flight} has spent {found['spent']} and has {found['room']} left.", "Give back or add no more than that.")


def refund(database: Database, tokens: Sequence[str], by: str, why: str) -> list[Entry]:
    """Give back what was charged for these ads, each whole and once; those charged nothing, or given back before, are passed over. Raises `InputError`."""
    if len(tokens) > MOST_TOKENS:
        raise InputError(f"{len(tokens):,} ads are too many at once.", f"Name up to {MOST_TOKENS:,}.")
    with database.connection() as connection:
        rows = connection.execute(_REFUND, {"tokens": list(tokens), "by": by, "why": check_reason(why, 1)}).fetchall()
    return [_entry(row) for row in rows]


def entries(database: Database, key: str, campaign: int | None, before: int | None) -> list[Entry]:
    """The newest `MOST`, of one campaign if one is named, older than the entry `before` if one is."""
    return [_entry(row) for row in database.rows(_ENTRIES, [key, campaign, before])]


def totals(database: Database, key: str, campaign: int | None) -> list[Total]:
    """Sums by currency."""
    return [Total(**row) for row in database.rows(_TOTALS, [key, campaign])]


def audit(database: Database) -> list[Row]:
    """Where the books do not agree: nowhere. What flights say is spent against entries, and entries against events, ads and days that were rolled."""
    return database.rows(_FAULTS) + database.rows(_UNEVEN)


def _entry(row: Row) -> Entry:
    return Entry(**row)
