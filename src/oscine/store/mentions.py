"""Mentions of the bot, and what became of each: one row a mention, written before anything is posted, so that none is answered twice.

A mention waits, then is answered, declined or failed, each with the reason. An answer keeps the posts that it cites, to be deleted with them.
Who asked to be left alone stays on the list until they say otherwise or their account is deleted. It does not know what an answer says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Composable
from psycopg.sql import Literal as Value

from oscine.errors import DatabaseUnavailable, SetupError
from oscine.records import AUTOMATED, SIGNED_IN_ONLY, Record
from oscine.store import connections
from oscine.store.postgres import Database

State = Literal["waiting", "answered", "declined", "failed"]
LOOKED_AT_ONCE = 200
HOUR = timedelta(hours=1)
OLDEST = timedelta(days=1)
LONGEST_WHY = 300

_NEW = """
SELECT p.id AS number, p.key AS post, p.text, a.key AS account, a.bot OR coalesce(%(automated)s = ANY (p.labels), false) AS bot,
       p.mentions && %(names)s AS named, b.account AS answered
FROM posts p JOIN accounts a ON a.id = p.author
LEFT JOIN bot_answers b ON b.network = p.network AND b.reply = p.reply_to AND b.reply <> ''
WHERE p.network = %(network)s AND p.id > coalesce((SELECT looked FROM bot_positions WHERE network = %(network)s), 0) AND p.id <= %(upto)s
  AND a.key <> %(me)s AND (p.mentions && %(names)s OR b.mention IS NOT NULL) AND p.created_at > now() - %(oldest)s
ORDER BY p.id LIMIT %(limit)s
"""
_NOTICE = """
INSERT INTO bot_answers (network, mention, account, state, why) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_LOOKED = (
    "INSERT INTO bot_positions VALUES (%s, %s) ON CONFLICT (network) DO UPDATE SET looked = greatest(bot_positions.looked, excluded.looked)"
)
_KNOWN = """
INSERT INTO accounts (network, key, handle, bot) VALUES (%s, %s, %s, true) ON CONFLICT (network, key) DO UPDATE SET bot = true WHERE NOT accounts.bot
"""
_DUE = """
UPDATE bot_answers SET tries = tries + 1 WHERE (network, mention) = (
    SELECT network, mention FROM bot_answers WHERE network = %s AND state = 'waiting' AND next_try <= now() ORDER BY why = '', at, mention LIMIT 1)
RETURNING mention AS post, account, why, tries
"""
_ORPHANS = SQL("""
SELECT b.mention, b.reply FROM bot_answers b WHERE b.network = {network} AND b.reply <> '' AND (
    NOT EXISTS (SELECT FROM posts p WHERE (p.network, p.key) = (b.network, b.mention))
    OR EXISTS (SELECT FROM unnest(b.cited) AS cited(name) WHERE NOT EXISTS (
        SELECT FROM posts p WHERE (p.network, p.key) = (split_part(name, ' ', 1), substr(name, strpos(name, ' ') + 1)) AND {citable})))
UNION ALL
SELECT b.mention, p.key FROM posts p JOIN bot_answers b ON (b.network, b.mention) = (p.network, p.reply_to)
WHERE p.author = (SELECT id FROM accounts WHERE (network, key) = ({network}, {me})) AND (b.state, b.why) = ('declined', 'gone')
""")


class Noticed(NamedTuple):
    """A post that names the bot or replies to it: whether its author is a bot, whether it is `named`, and whom the post was for that it replies to."""

    number: int
    post: str
    text: str
    account: str
    bot: bool
    named: bool
    answered: str | None


class Verdict(NamedTuple):
    """What becomes of a mention: `why` is the reason where it is declined, and what was ordered where a waiting one orders something."""

    state: State
    why: str = ""


class Mention(NamedTuple):
    """A mention that waits, tried so often, this time included."""

    post: str
    account: str
    why: str
    tries: int


class Answered(Record, frozen=True):
    """What became of a mention, for whoever looks."""

    network: str
    mention: str
    account: str
    at: datetime
    state: State
    why: str
    reply: str


class Mentions:
    """The mentions of one bot, `account` on `network`. Only the process that is `alone` writes."""

    def __init__(self, database: Database, network: str, account: str, handle: str) -> None:
        self.network, self.account, self._handle = network, account, handle
        self._names = sorted({account.lower(), handle.lower()})
        self._database = database

    @contextlib.contextmanager
    def alone(self) -> Iterator[Callable[[], None]]:
        """Hold this bot's lock, and make its account known; gives what makes sure that the lock still holds.

        Raises `SetupError` where another process has it, and `DatabaseUnavailable`.
        """
        self._database.one("SELECT 1")  # starts an embedded server that went away
        try:
            with psycopg.connect(self._database.conninfo, autocommit=True, row_factory=dict_row) as session:
                self._hold(session)
                session.execute(_KNOWN, [self.network, self.account, self._handle])
                yield lambda: self._hold(session)
        except psycopg.OperationalError:
            raise DatabaseUnavailable("The database does not answer.", "Try again in a moment; `oscine doctor` tells more.") from None

    def _hold(self, session: psycopg.Connection[DictRow]) -> None:
        try:
            connections.hold(session, f"bot {self.network}")
        except SetupError:
            raise SetupError(f"Another process is the bot on {self.network}.", "Stop that one first.") from None

    def new(self, upto: int) -> list[Noticed]:
        """The first mentions among the posts up to this number that were not looked at, of at most a day ago."""
        told = {"network": self.network, "me": self.account, "names": self._names, "upto": upto, "oldest": OLDEST, "limit": LOOKED_AT_ONCE,
                "automated": AUTOMATED}  # fmt: skip
        return [Noticed(**row) for row in self._database.rows(_NEW, told)]

    def notice(self, found: Sequence[tuple[Noticed, Verdict]], upto: int) -> None:
        """Write down what is to become of mentions, and that all posts up to this number were looked at. Both or neither."""
        with self._database.connection() as connection:
            for noticed, verdict in found:
                key = [self.network, noticed.account]
                if verdict.why == "stop":
                    connection.execute("INSERT INTO bot_stopped VALUES (%s, %s) ON CONFLICT DO NOTHING", key)
                    connection.execute(
                        "UPDATE bot_answers SET state = 'declined', why = 'stopped' WHERE (network, account, state) = (%s, %s, 'waiting')",
                        key,
                    )
                elif verdict.why == "start":
                    connection.execute("DELETE FROM bot_stopped WHERE (network, account) = (%s, %s)", key)
                connection.execute(_NOTICE, [self.network, noticed.post, noticed.account, *verdict])
            connection.execute(_LOOKED, [self.network, upto])

    def stopped(self, account: str) -> bool:
        """Whether somebody asked to be left alone."""
        return self._database.one("SELECT 1 FROM bot_stopped WHERE (network, account) = (%s, %s)", [self.network, account]) is not None

    def due(self) -> Mention | None:
        """The next mention to be answered: what was ordered first, then the oldest."""
        rows = self._database.rows(_DUE, [self.network])
        return Mention(**rows[0]) if rows else None

    def replies(self, account: str) -> int:
        """How often something was said to somebody within the last hour, also what was deleted since."""
        return self._count(account, "(reply <> '' OR why IN ('hourly', 'orphaned'))")

    def told_to_wait(self, account: str) -> bool:
        """Whether somebody was told within the last hour that it is enough for now."""
        return self._count(account, "why = 'hourly'") > 0

    def known(self, account: str) -> bool:
        """Whether anything was ever said to somebody."""
        row = self._database.one(
            "SELECT 1 FROM bot_answers WHERE (network, account) = (%s, %s) AND reply <> '' LIMIT 1", [self.network, account]
        )
        return row is not None

    def _count(self, account: str, which: str) -> int:
        row = self._database.one(
            f"SELECT count(*) AS n FROM bot_answers WHERE network = %s AND account = %s AND at > now() - %s AND {which}",  # noqa: S608 - ours
            [self.network, account, HOUR],
        )
        return int(row["n"]) if row else 0

    def cite(self, mention: Mention, cited: Sequence[tuple[str, str]]) -> None:
        """Keep the posts, by network and id, that are about to be cited; those of an earlier try stay, for it may have been the one that was posted."""
        self._database.execute(
            "UPDATE bot_answers SET cited = ARRAY(SELECT DISTINCT unnest(cited || %s::text[])) WHERE (network, mention) = (%s, %s)",
            [[f"{network} {key}" for network, key in cited], self.network, mention.post],
        )

    def settle(self, post: str, verdict: Verdict, reply: str = "") -> None:
        """Note what became of a mention, and the reply if there is one."""
        self._database.execute(
            "UPDATE bot_answers SET state = %s, why = %s, reply = %s WHERE (network, mention) = (%s, %s)",
            [verdict.state, verdict.why[:LONGEST_WHY], reply, self.network, post],
        )

    def withdrawn(self, post: str) -> None:
        """Note that the reply to a mention was deleted."""
        self._database.execute(
            "UPDATE bot_answers SET state = 'declined', reply = '', why = CASE why WHEN 'hourly' THEN why ELSE 'orphaned' END"
            " WHERE (network, mention) = (%s, %s)",
            [self.network, post],
        )

    def later(self, mention: Mention, seconds: float) -> None:
        """Try a mention again after so many seconds."""
        self._database.execute(
            "UPDATE bot_answers SET next_try = now() + %s WHERE (network, mention) = (%s, %s)",
            [timedelta(seconds=seconds), self.network, mention.post],
        )

    def orphans(self, citable: Composable) -> list[tuple[str, str]]:
        """Mentions with their replies, where the mention is gone or a cited post `p` is no longer `citable`.

        A reply that was posted but not noted, and whose mention went meanwhile, is known by its own post.
        """
        rows = self._database.rows(_ORPHANS.format(network=Value(self.network), me=Value(self.account), citable=citable))
        return [(row["mention"], row["reply"]) for row in rows]

    def quotable(self) -> Composable:
        """The condition that a post `p` is public, also to those who are not signed in, and neither the bot's own nor said to it."""
        return SQL(
            "(p.visibility = 'public' AND NOT coalesce({members} = ANY (p.labels), false)"
            " AND NOT (p.network = {network} AND p.mentions && {names}::text[])"
            " AND p.author IS DISTINCT FROM (SELECT id FROM accounts WHERE (network, key) = ({network}, {me}))"
            " AND NOT EXISTS (SELECT FROM bot_answers b WHERE (b.network, b.mention) = (p.network, p.key)))"
        ).format(network=Value(self.network), names=Value(self._names), me=Value(self.account), members=Value(SIGNED_IN_ONLY))


def last(database: Database, limit: int, network: str = "") -> list[Answered]:
    """What became of the last mentions, the newest first; of one network, or of all."""
    rows = database.rows(
        "SELECT network, mention, account, at, state, why, reply FROM bot_answers WHERE %(network)s IN ('', network) ORDER BY at DESC LIMIT %(limit)s",
        {"network": network, "limit": limit},
    )
    return [Answered(**row) for row in rows]
