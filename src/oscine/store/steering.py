"""What people ask of their feeds, kept with their accounts; and which account a name stands for.

Without a row nothing is asked. It does not know what a steering does.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from oscine.errors import InputError
from oscine.recommendation import UNSTEERED, Steering
from oscine.records import Viewer
from oscine.store.postgres import Database

_SET = """
INSERT INTO feed_steering (network, account, steering) VALUES (%s, %s, %s::jsonb)
ON CONFLICT (network, account) DO UPDATE SET steering = excluded.steering, changed_at = clock_timestamp()
"""
_NAMED = """
SELECT network || '/' || key AS name FROM accounts WHERE lower(handle) = lower(%(name)s) OR key = %(name)s
ORDER BY network = %(network)s DESC, key = %(name)s DESC, followers DESC NULLS LAST, id LIMIT 1
"""
_NUMBERS = """
SELECT said.name, a.id FROM unnest(%s::text[]) AS said(name)
JOIN accounts a ON a.network = split_part(said.name, '/', 1) AND a.key = substr(said.name, strpos(said.name, '/') + 1)
"""


class Steerings:
    """The table `feed_steering` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, viewer: Viewer) -> Steering:
        """What a viewer asks for; nothing where that was never said."""
        if viewer.anonymous:
            return UNSTEERED
        row = self._database.one("SELECT steering FROM feed_steering WHERE (network, account) = (%s, %s)", [viewer.network, viewer.account])
        return msgspec.convert(row["steering"], Steering) if row else UNSTEERED

    def set(self, viewer: Viewer, steering: Steering) -> None:
        """Keep what a viewer asks for. Raises `InputError` without an account."""
        if viewer.anonymous:
            raise InputError("There is no account to keep a steering for.", "Sign in, or send it with each call as `steering`.")
        self._database.execute(_SET, [viewer.network, viewer.account, msgspec.json.encode(steering).decode()])

    def forget(self, viewer: Viewer) -> bool:
        """Delete what a viewer asked for; whether there was anything."""
        statement = "DELETE FROM feed_steering WHERE (network, account) = (%s, %s)"
        return self._database.execute(statement, [viewer.network, viewer.account]) > 0

    def author(self, name: str, network: str = "") -> str | None:
        """The NETWORK/ACCOUNT that a handle or an id stands for, on this network first; None where nobody is called so."""
        row = self._database.one(_NAMED, {"name": name.lstrip("@"), "network": network})
        return str(row["name"]) if row else None

    def numbers(self, names: Iterable[str]) -> dict[str, int]:
        """The numbers in the store of accounts by NETWORK/ACCOUNT; those that are not there are left out."""
        wanted = sorted(set(names))
        return {row["name"]: int(row["id"]) for row in self._database.rows(_NUMBERS, [wanted])} if wanted else {}
