"""The ledger: what was served and set aside for it, what happened, what was charged. Whoever asks twice is charged once.

    reservations.py  money set aside for an ad on its way, and given back
    recording.py     events, each with its charge, in one transaction
    entries.py       refunds and corrections; entries, sums, and whether the books agree
    retention.py     what is forgotten, and what remains

Every operation is one transaction, in one or two round trips. Commits are on the disk before they are confirmed, reservations too: a token that somebody
holds has its ad here. Only the counts of refusals may lose the last second before a crash of the database. It knows no person but by pseudonym, chooses no
ad, and cannot tell a forged token from a true one: that is `ads.ledger`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from oscine.advertising import Entry, Event, EventKind, Micros, Served
from oscine.errors import NotFound
from oscine.store import entries, recording, reservations, retention
from oscine.store.entries import Total
from oscine.store.postgres import Database, Row
from oscine.store.recording import REPLAYED, UNKNOWN, Happened, Recorded

_COUNT = """
WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS way)
INSERT INTO ad_refusals AS r SELECT %s, %s, %s, 1 FROM quick WHERE way = 'off' ON CONFLICT (day, kind, reason) DO UPDATE SET count = r.count + 1
"""
_CONVERT = "INSERT INTO ad_conversions (advertiser, ref, person, at, value) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
_REFUSALS = "SELECT day, kind, reason, count AS events FROM ad_refusals WHERE day > now()::date - %s::int ORDER BY day DESC, kind, reason"
_SEEN = """
SELECT campaign, array_agg(at ORDER BY at DESC) AS times FROM served s WHERE person = %s AND at >= %s
AND (held OR open OR EXISTS (SELECT FROM ad_events e WHERE e.token = s.token AND e.kind = 'impression' AND e.refused = '')) GROUP BY campaign
"""


class Refusals(NamedTuple):
    """How many events of a kind were not counted on a day, for one reason."""

    day: date
    kind: str
    reason: str
    events: int


class Ledger:
    """The ledger of a database. Money is in micro-units, times are aware."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reserve(self, asked: Sequence[Served]) -> list[Served]:
        """Those whose money is set aside now, and which may be shown; never over a flight's budget or its day's limit."""
        return reservations.reserve(self._database, asked)

    def release(self, at: datetime) -> int:
        """Give back what was set aside for ads that expired by then; how many."""
        return reservations.release(self._database, at)

    def record(self, token: str, kind: EventKind, at: datetime, ref: str = "", value: Micros = 0, refused: str = "") -> Recorded:
        """An event of a served ad, once; charged where it is what the ad is paid by and the money is there. What is not counted is counted as refused.

        `ref` tells conversions of one ad apart; `refused` is why traffic is invalid. Raises `NotFound`.
        """
        try:
            event = recording.record(self._database, token, kind, at, ref, value, refused)
        except NotFound:
            self.refuse(kind, UNKNOWN, at)
            raise
        if event.repeated or event.refused:
            self.refuse(kind, REPLAYED if event.repeated else event.refused, at)
        return event

    def convert(self, advertiser: int, ref: str, person: str, at: datetime, value: Micros = 0) -> bool:
        """Somebody did what an advertiser hoped for, known by account and not by an ad; whether it is told for the first time."""
        return self._database.execute(_CONVERT, [advertiser, ref, person, at, value]) > 0

    def refuse(self, kind: str, reason: str, at: datetime) -> None:
        """Count an event that is not counted."""
        self._database.execute(_COUNT, [at.date(), kind, reason])

    def refusals(self, days: int) -> list[Refusals]:
        """What was not counted in the last so many days, the newest first."""
        return [Refusals(**row) for row in self._database.rows(_REFUSALS, [days])]

    def refund(self, flight: int, amount: Micros, by: str, why: str) -> Entry:
        """Give a positive amount back to a flight, which may spend it again. Raises `InputError` for more than it spent, `NotFound`."""
        return entries.move(self._database, flight, "refund", -amount, by, why)

    def refund_charges(self, tokens: Sequence[str], by: str, why: str) -> list[Entry]:
        """Give back what was charged for these ads, each once: for invalid traffic that is found later. Raises `InputError`."""
        return entries.refund(self._database, tokens, by, why)

    def correct(self, flight: int, amount: Micros, by: str, why: str) -> Entry:
        """Add an amount to what a flight spent, or take a negative one off. Raises `InputError` where that leaves its budget, `NotFound`."""
        return entries.move(self._database, flight, "correction", amount, by, why)

    def entries(self, key: str = "", campaign: int | None = None, before: int | None = None) -> list[Entry]:
        """The newest of a key's entries, or of everybody's."""
        return entries.entries(self._database, key, campaign, before)

    def totals(self, key: str = "", campaign: int | None = None) -> list[Total]:
        """Their sums by currency."""
        return entries.totals(self._database, key, campaign)

    def audit(self) -> list[Row]:
        """Where the books do not agree: empty, unless somebody changed them by hand."""
        return entries.audit(self._database)

    def served(self, token: str) -> Served:
        """An ad that was served. Raises `NotFound`."""
        row = self._database.one("SELECT row_to_json(s)::text AS said FROM served s WHERE token = %s", [token])
        if row is None:
            raise NotFound("There is no such ad.", "It was never served here, or is too long ago.")
        return msgspec.json.decode(row["said"], type=Served)

    def events(self, token: str) -> list[Event]:
        """What has happened to an ad so far, the oldest first; refused events too."""
        rows = self._database.rows("SELECT token, kind, at, charged, refused FROM ad_events WHERE token = %s ORDER BY at, number", [token])
        return [Event(**row) for row in rows]

    def seen(self, person: str, since: datetime) -> dict[int, tuple[datetime, ...]]:
        """By campaign, when a person was shown it, is about to be, or was kept from it, the newest first; none of nobody.

        Who is kept counts as if they had seen it, so that a cap makes no difference between the sides.
        """
        rows = self._database.rows(_SEEN, [person, since]) if person else []
        return {row["campaign"]: tuple(row["times"]) for row in rows}

    def newest(self) -> int:
        """The number of the newest event; 0 before there is one."""
        row = self._database.one("SELECT coalesce(max(number), 0) AS n FROM ad_events")
        assert row
        return int(row["n"])

    def events_after(self, number: int, most: int = recording.MOST) -> list[Happened]:
        """Events by their number, each once, for whoever learns from them."""
        return recording.after(self._database, number, most)

    def roll(self, before: datetime) -> int:
        """Sum up and delete what was served earlier; how many ads."""
        return retention.roll(self._database, before)

    def forget(self, person: str) -> int:
        """Take a person's pseudonym out of the ledger; in how many ads it stood."""
        return retention.forget(self._database, person)
