"""What an account's owner said may be done with their posts. How it is said, and what follows of it, is decided elsewhere."""

from __future__ import annotations

from oscine.records import Intent, Record, Viewer
from oscine.store.postgres import Database

INTENTS = ("training", "archive", "bulk")


class Consent(Record, frozen=True):
    """For each of the intents, yes, no or nothing; and whether the posts may be found by search."""

    training: Intent = "unset"
    archive: Intent = "unset"
    bulk: Intent = "unset"
    searchable: bool = True


def consent(database: Database, who: Viewer) -> Consent:
    """The word of an account; of one that is not heard of yet, nothing."""
    row = database.one("SELECT intents, searchable FROM accounts WHERE (network, key) = (%s, %s)", [who.network, who.account])
    if row is None:
        return Consent()
    return Consent(searchable=row["searchable"], **{name: row["intents"].get(name, "unset") for name in INTENTS})
