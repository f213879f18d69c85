"""Writing accounts: what posts tell of their authors, and what accounts tell of themselves. It knows nothing of posts.

A deleted account does not come back, whatever still speaks of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from oscine.records import Account, AccountChanged
from oscine.store.postgres import Database

_ACCOUNTS = """
INSERT INTO accounts (network, key, handle, name, bio, created_at, followers, following, bot, verified, searchable, intents, intents_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::int[], %s::int[],
                     %s::bool[], %s::bool[], %s::bool[], %s::jsonb[], %s::timestamptz[]) AS new(network, key, handle, name, bio, created_at, followers,
                     following, bot, verified, searchable, intents, intents_at)
WHERE NOT EXISTS (SELECT FROM tombstones t WHERE (t.kind, t.network, t.key) = ('account', new.network, new.key))
ORDER BY 1, 2
ON CONFLICT (network, key) DO UPDATE SET
    handle = coalesce(nullif(excluded.handle, excluded.key), accounts.handle), name = coalesce(nullif(excluded.name, ''), accounts.name),
    bio = coalesce(nullif(excluded.bio, ''), accounts.bio),
    created_at = coalesce(excluded.created_at, accounts.created_at), followers = coalesce(excluded.followers, accounts.followers),
    following = coalesce(excluded.following, accounts.following),
    intents = CASE WHEN {newer} THEN accounts.intents || excluded.intents ELSE accounts.intents END,
    intents_at = CASE WHEN {newer} THEN excluded.intents_at ELSE accounts.intents_at END
WHERE (accounts.handle, accounts.name, accounts.bio, accounts.followers) IS DISTINCT FROM
      (excluded.handle, coalesce(nullif(excluded.name, ''), accounts.name), coalesce(nullif(excluded.bio, ''), accounts.bio),
       coalesce(excluded.followers, accounts.followers)) OR {newer}
""".format(newer="(excluded.intents <> '{}' AND coalesce(excluded.intents_at >= accounts.intents_at, true))")
_SEARCHABLE = """
UPDATE accounts SET searchable = CASE intents ->> 'search' WHEN 'allow' THEN true WHEN 'deny' THEN false ELSE %s END WHERE (network, key) = (%s, %s)
"""  # what a person said here outlasts what their network says of them
_ENSURE = """
INSERT INTO accounts (network, key, handle) SELECT network, key, key FROM unnest(%s::text[], %s::text[]) AS new(network, key)
WHERE NOT EXISTS (SELECT FROM accounts a WHERE (a.network, a.key) = (new.network, new.key))
  AND NOT EXISTS (SELECT FROM tombstones t WHERE (t.kind, t.network, t.key) = ('account', new.network, new.key))
ORDER BY 1, 2 ON CONFLICT (network, key) DO NOTHING
"""


def write(connection: Connection[DictRow], accounts: Iterable[Account]) -> None:
    """Make or refresh accounts from what posts tell of them; what a post does not tell is left as it is."""
    newest: dict[tuple[str, str], Account] = {}
    for account in accounts:
        before = newest.get((account.network, account.id))
        newest[account.network, account.id] = _after(before, account) if before else account
    if not newest:
        return
    rows = [
        (a.network, a.id, a.handle or a.id, a.name, a.bio, a.created_at, a.followers, a.following, a.bot, a.verified, a.searchable,
         Jsonb(a.intents), a.intents_at)
        for a in newest.values()
    ]  # fmt: skip
    connection.execute(_ACCOUNTS, [list(column) for column in zip(*rows, strict=True)])


def _after(before: Account, account: Account) -> Account:
    """The later account, with the newest intents that either states; an untimed statement is of now."""
    if not before.intents or (account.intents and _stated(account) >= _stated(before)):
        return account
    return msgspec.structs.replace(account, intents=before.intents, intents_at=before.intents_at)


def _stated(account: Account) -> datetime:
    return account.intents_at or datetime.max.replace(tzinfo=UTC)


def ensure(connection: Connection[DictRow], keys: Iterable[tuple[str, str]]) -> None:
    """Somebody may act before they are heard of: such an account, (network, id), is its id, until more is known."""
    wanted = sorted(set(keys))
    if wanted:
        connection.execute(_ENSURE, [[network for network, _ in wanted], [key for _, key in wanted]])


class Nameless(NamedTuple):
    """An account without a handle; `name` is what it calls itself, where that is known."""

    id: int
    key: str
    name: str


def nameless(database: Database, network: str, after: int, limit: int) -> list[Nameless]:
    """Accounts of a network that are known by their ids alone, in the order in which they came, from behind number `after` on."""
    rows = database.rows(
        "SELECT id, key, name FROM accounts WHERE network = %s AND handle = key AND id > %s ORDER BY id LIMIT %s", [network, after, limit]
    )
    return [Nameless(**row) for row in rows]


def change(connection: Connection[DictRow], changes: Sequence[AccountChanged]) -> None:
    """An account's own event tells all of it, or names what it tells, so that flags can be taken back too."""
    write(connection, [change.account for change in changes])
    for a, told in ((change.account, change.told) for change in changes):
        if told is None:
            connection.execute("UPDATE accounts SET intents = %s WHERE (network, key) = (%s, %s)", [Jsonb(a.intents), a.network, a.id])
        if told and "handle" in told:  # also that it has none that can be believed any more
            connection.execute("UPDATE accounts SET handle = %s WHERE (network, key) = (%s, %s)", [a.handle or a.id, a.network, a.id])
        if told is None or "searchable" in told:
            connection.execute(_SEARCHABLE, [a.searchable, a.network, a.id])
        for flag in ("name", "bio", "bot", "verified"):
            if told is None or flag in told:
                statement = f"UPDATE accounts SET {flag} = %s WHERE (network, key) = (%s, %s)"  # noqa: S608 - our own names
                connection.execute(statement, [getattr(a, flag), a.network, a.id])
