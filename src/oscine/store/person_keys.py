"""A secret for each person, under which they stand in the log of accesses: made when first needed, deleted with the account.

Whoever has no secret any more cannot be told from anybody: what is left of them is a word that fits nobody. A secret is never shown, and kept nowhere else.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from psycopg import Connection
from psycopg.rows import DictRow

from oscine.store import secret
from oscine.store.postgres import Database
from oscine.store.posts import WRITERS_LOCK

Person = tuple[str, str]  # network, account

_FOUND = "SELECT network, account, secret FROM person_keys WHERE (network, account) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
_MADE = """
INSERT INTO person_keys (network, account, secret)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS w(network, account, secret)
WHERE NOT EXISTS (SELECT FROM tombstones t WHERE (t.kind, t.network, t.key) = ('account', w.network, w.account))
ON CONFLICT DO NOTHING
"""


def pseudonyms(connection: Connection[DictRow], people: Iterable[Person]) -> dict[Person, str]:
    """What people stand in the log as, all by one statement, and by two more where somebody is new. Who was deleted is left out."""
    wanted = sorted({person for person in people if person[1]})
    if not wanted:
        return {}
    known = _known(connection, wanted)
    if missing := [person for person in wanted if person not in known]:
        # together with writers, apart from deletions: nobody who is being deleted gets a secret again
        connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITERS_LOCK])
        made = [secrets.token_bytes(secret.BYTES) for _ in missing]
        connection.execute(_MADE, [*map(list, zip(*missing, strict=True)), made])
        known |= _known(connection, missing)
    return known


def pseudonym(database: Database, person: Person) -> str:
    """What somebody stands in the log as by now; empty where they never stood there."""
    with database.connection() as connection:
        return _known(connection, [person]).get(person, "") if person[1] else ""


def _known(connection: Connection[DictRow], people: list[Person]) -> dict[Person, str]:
    rows = connection.execute(_FOUND, [list(column) for column in zip(*people, strict=True)])
    return {(row["network"], row["account"]): secret.pseudonym(row["secret"], row["network"], row["account"]) for row in rows}
