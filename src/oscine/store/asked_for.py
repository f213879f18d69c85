"""How many places for ads were asked for, by hour and placement: what traffic is foretold by, and reach before launch. Counts alone; of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from oscine.store.postgres import Database

HOURS = 168  # of a week, from Monday 0:00 UTC
_ADD = "INSERT INTO ad_traffic AS t VALUES (%s, %s, %s) ON CONFLICT (hour, placement) DO UPDATE SET places = t.places + excluded.places"
_WEEK = """
SELECT ((extract(isodow FROM hour) - 1) * 24 + extract(hour FROM hour))::int AS at, sum(places)::bigint AS places, min(hour) AS first
FROM ad_traffic WHERE hour >= %s AND hour < date_trunc('hour', %s::timestamptz) GROUP BY 1
"""


class AskedFor:
    """The counts of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, counts: Mapping[tuple[datetime, str], int]) -> None:
        """So many more in an hour, for a placement."""
        with self._database.connection() as connection:
            for (hour, placement), places in sorted(counts.items()):
                connection.execute(_ADD, [hour, placement, places])

    def week(self, since: datetime, now: datetime) -> tuple[list[int], list[int]]:
        """Of each hour of the week, (168,): what was asked for in whole hours since then, and how often that hour has passed since the first count."""
        counts, seen = [0] * HOURS, [0] * HOURS
        rows = self._database.rows(_WEEK, [since, now])
        for row in rows:
            counts[row["at"]] = row["places"]
        hour = min((row["first"] for row in rows), default=now)
        while hour + timedelta(hours=1) <= now:
            seen[hour.weekday() * 24 + hour.hour] += 1
            hour += timedelta(hours=1)
        return counts, seen

    def a_day(self, now: datetime, days: int = 7) -> float | None:
        """How many are asked for in a day, of those counted; None before a whole day is."""
        row = self._database.one(
            "SELECT sum(places) AS places, min(hour) AS first FROM ad_traffic WHERE hour >= %s", [now - timedelta(days=days)]
        )
        if row is None or row["first"] is None or now - row["first"] < timedelta(days=1):
            return None
        passed: timedelta = now - row["first"]
        return float(row["places"]) / (passed / timedelta(days=1))

    def forget(self, before: datetime) -> int:
        """Delete what is older; how many hours."""
        return self._database.execute("DELETE FROM ad_traffic WHERE hour < %s", [before])
