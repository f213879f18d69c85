"""What a connection missed, until it is mended: accounts that must be compared with what their network has of them.

The empty account stands for all; it is replaced by them, one by one. It does not know how an account is read from its network.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Connection as Session
from psycopg.rows import DictRow

from oscine.records import Gap, Record
from oscine.store.connections import plain
from oscine.store.postgres import Database

ALL = ""
FIRST_REST, LONGEST_REST = 2.0, 3_600.0  # seconds after a failure; doubled with each

_NOTE = """
INSERT INTO gaps (connection, account, reason) SELECT %s, * FROM unnest(%s::text[], %s::text[])
ON CONFLICT (connection, account) DO UPDATE SET reason = excluded.reason, found_at = clock_timestamp()
"""
_HELD = """
SELECT p.key FROM posts p JOIN accounts a ON a.id = p.author WHERE (a.network, a.key) = (%(network)s, %(account)s) AND p.visibility IN ('public', 'unlisted')
"""
_ACTS = """
SELECT e.key FROM engagements e JOIN accounts a ON a.id = e.actor WHERE (a.network, a.key) = (%(network)s, %(account)s) AND e.active AND e.key <> ''
UNION SELECT r.key FROM relations r JOIN accounts a ON a.id = r.actor WHERE (a.network, a.key) = (%(network)s, %(account)s) AND r.active AND r.key <> ''
"""


class Missed(Record, frozen=True):
    """A gap. `found_at` tells it from a later one of the same account."""

    account: str
    reason: str
    found_at: datetime
    tries: int
    trouble: str


class Held(Record, frozen=True):
    """What the store has of an account that everybody may see: ids of posts, keys of acts."""

    posts: set[str]
    acts: set[str]


class Edited(NamedTuple):
    """A post that the store holds as edited."""

    text: str
    extra: dict[str, Any]
    edited_at: datetime


class Gaps:
    """The gaps of one connection."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self._name = database, name

    def due(self) -> Missed | None:
        """The one that waits longest, of those that may be tried now."""
        row = self._database.one(
            "SELECT account, reason, found_at, tries, trouble FROM gaps WHERE connection = %s AND next_try <= clock_timestamp()"
            " ORDER BY next_try LIMIT 1",
            [self._name],
        )
        return Missed(**row) if row else None

    def add(self, accounts: Iterable[str], reason: str) -> None:
        """Note that these must be compared."""
        with self._database.connection() as session:
            note(session, self._name, [Gap(cursor=0, network="", reason=reason, account=account) for account in accounts])

    def mended(self, gap: Missed) -> None:
        """Forget a gap, unless the same was found again since."""
        with self._database.connection() as session:
            mended(session, self._name, gap)

    def failed(self, gap: Missed, trouble: str) -> None:
        """Note why a gap could not be mended; it is tried again, later and later."""
        rest = min(LONGEST_REST, FIRST_REST * 2.0 ** min(gap.tries, 20)) * random.uniform(0.5, 1)
        self._database.execute(
            "UPDATE gaps SET tries = tries + 1, trouble = %s, next_try = clock_timestamp() + %s WHERE (connection, account) = (%s, %s)",
            [plain(trouble), timedelta(seconds=rest), self._name, gap.account],
        )


def note(session: Session[DictRow], name: str, gaps: Iterable[Gap]) -> None:
    """Keep gaps that were found; the same account is compared once, after the last of them."""
    reasons = {gap.account: gap.reason for gap in gaps}
    if reasons:
        session.execute(_NOTE, [name, list(reasons), [plain(reason) for reason in reasons.values()]])


def mended(session: Session[DictRow], name: str, gap: Missed) -> None:
    """The same as `Gaps.mended`, in the transaction that mends it."""
    session.execute("DELETE FROM gaps WHERE (connection, account, found_at) = (%s, %s, %s)", [name, gap.account, gap.found_at])


def held(database: Database, network: str, account: str) -> Held:
    """What the store has of an account; to be asked before the network is, so that what comes meanwhile is not taken for deleted."""
    about = {"network": network, "account": account}
    return Held(posts={row["key"] for row in database.rows(_HELD, about)}, acts={row["key"] for row in database.rows(_ACTS, about)})


def edited(session: Session[DictRow], network: str, posts: Sequence[str]) -> dict[str, Edited]:
    """Those of some posts that are known to have been edited."""
    rows = session.execute(
        "SELECT key, text, extra, edited_at FROM posts WHERE network = %s AND key = ANY (%s) AND edited_at IS NOT NULL",
        [network, list(posts)],
    )
    return {row["key"]: Edited(row["text"], row["extra"], row["edited_at"]) for row in rows}
