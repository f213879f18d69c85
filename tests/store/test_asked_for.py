"""Counts of places that were asked for, hour by hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from oscine.store.asked_for import HOURS, AskedFor
from oscine.store.postgres import Database

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_week_of_counts(database: Database) -> None:
    asked = AskedFor(database)
    asked.add({(MONDAY, "post"): 5, (MONDAY, "banner"): 2, (MONDAY + 30 * HOUR, "post"): 3})
    asked.add({(MONDAY, "post"): 1, (MONDAY + 168 * HOUR, "post"): 4})
    counts, seen = asked.week(MONDAY, MONDAY + 169 * HOUR)
    assert (counts[0], counts[30], sum(counts)) == (12, 3, 15) and (seen[0], seen[1], len(seen)) == (2, 1, HOURS)
    assert asked.week(MONDAY, MONDAY)[0] == [0] * HOURS, "an hour counts when it is over"
    assert sum(asked.week(MONDAY + HOUR, MONDAY + 169 * HOUR)[0]) == 7


def test_how_many_a_day(database: Database) -> None:
    asked = AskedFor(database)
    assert asked.a_day(MONDAY) is None
    asked.add({(MONDAY, "post"): 10, (MONDAY + 20 * HOUR, "post"): 30})
    assert asked.a_day(MONDAY + 23 * HOUR) is None and asked.a_day(MONDAY + 48 * HOUR) == 20.0
    assert asked.forget(MONDAY + HOUR) == 1 and sum(asked.week(MONDAY, MONDAY + 48 * HOUR)[0]) == 30
