"""What is forgotten, and what remains of it: ads and events that are old become sums without people, and a person can be taken out at once.

Each batch is summed and deleted in one transaction: cut off anywhere it has counted everything or nothing, and may be called again. Sums stay as they were;
only the reach can differ: whoever comes back after all that was known of them is gone counts as another person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection

from oscine.store.postgres import Database

ROLL_LOCK = 7_211_006  # one at a time: of two, each would leave a person's last row to the other
BATCH = 5_000  # ads in one transaction

_OLD = "SELECT token FROM served WHERE at < %s AND NOT open ORDER BY at LIMIT %s FOR UPDATE SKIP LOCKED"
_EVENT = "count(*) FILTER (WHERE e.kind = '{}' AND e.refused = '')"
_KINDS = ", ".join(map(_EVENT.format, ("impression", "viewable", "click", "conversion")))
_MORE = ", ".join(
    f"{name} = d.{name} + excluded.{name}" for name in ("served", "impressions", "viewable", "clicks", "conversions", "spent")
)
_SEEN = "EXISTS (SELECT FROM ad_events e WHERE e.token = s.token AND e.kind = 'impression' AND e.refused = '')"
_REACHED = """
INSERT INTO ad_reach AS r (campaign, country, people, impressions, first_at, last_at) {}
ON CONFLICT (campaign, country) DO UPDATE SET people = r.people + excluded.people, impressions = r.impressions + excluded.impressions,
    first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at)
"""
_SUM_DAYS = f"""
INSERT INTO ad_days AS d (day, campaign, creative, placement, lang, country, served, impressions, viewable, clicks, conversions, spent)
SELECT s.at::date, s.campaign, s.creative, s.placement, s.lang, s.country, count(DISTINCT s.token), {_KINDS}, coalesce(sum(e.charged), 0)
FROM served s LEFT JOIN ad_events e ON e.token = s.token WHERE s.token = ANY(%(old)s) AND NOT s.held
GROUP BY s.at::date, s.campaign, s.creative, s.placement, s.lang, s.country
ON CONFLICT (day, campaign, creative, placement, lang, country) DO UPDATE SET {_MORE}
"""  # noqa: S608
_SUM_REACH = _REACHED.format(f"""
SELECT campaign, country, count(DISTINCT person) FILTER (WHERE person <> '' AND NOT EXISTS (
        SELECT FROM served s WHERE (s.person, s.campaign, s.country) = (o.person, o.campaign, o.country)
            AND s.token <> ALL(%(old)s) AND NOT s.held AND {_SEEN})),
    count(*), min(at), max(at)
FROM served o WHERE token = ANY(%(old)s) AND NOT held AND {_SEEN.replace("s.token", "o.token")} GROUP BY campaign, country
""")  # noqa: S608
_COUNT_PERSON = _REACHED.format(f"""
SELECT campaign, country, 1, 0, min(at), max(at) FROM served s WHERE person = %(person)s AND NOT held AND {_SEEN} GROUP BY campaign, country
""")  # noqa: S608
_FORGET = "UPDATE served SET person = '', context = context - ARRAY['interests', 'like'] WHERE person = %(person)s"


def roll(database: Database, before: datetime, most: int = BATCH) -> int:
    """Sum up and delete the ads that were served earlier, with their events, and old conversions by account; how many ads. Open reservations stay."""
    rolled = 0
    while found := _batch(database, before, most):
        rolled += found
    database.execute("DELETE FROM ad_conversions WHERE at < %s", [before])
    return rolled


def _batch(database: Database, before: datetime, most: int) -> int:
    """Rows are locked first and summed by statements that begin after that: no event can come between its sum and its end."""
    with database.connection() as connection:
        _alone(connection)
        old = [row["token"] for row in connection.execute(_OLD, [before, most])]
        if old:
            for statement in (_SUM_DAYS, _SUM_REACH, "DELETE FROM served WHERE token = ANY(%(old)s)"):
                connection.execute(statement, {"old": old})
    return len(old)


def forget(database: Database, person: str) -> int:
    """Take a person's pseudonym out of everything that is kept of ads, with what was known of them; in how many ads it stood. Money and sums stay."""
    with database.connection() as connection:
        return leave(connection, person)


def leave(connection: Connection[Any], person: str) -> int:
    """The same, in a transaction of the caller's: an account that is deleted takes its pseudonym with it."""
    if not person:
        return 0
    _alone(connection)
    connection.execute(_COUNT_PERSON, {"person": person})
    connection.execute("DELETE FROM ad_conversions WHERE person = %s", [person])
    return connection.execute(_FORGET, {"person": person}).rowcount


def _alone(connection: Connection[Any]) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [ROLL_LOCK])
