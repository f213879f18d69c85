"""Secrets that this network makes for itself and shares between its processes: kept in the database, shown to nobody.

It does not know what they sign.
"""

from __future__ import annotations

import secrets

from oscine.store.postgres import Database

BYTES = 32


def secret(database: Database, name: str) -> bytes:
    """The secret of this name; made when it is first asked for, the same for every process from then on."""
    database.execute("INSERT INTO meta VALUES (%s, %s) ON CONFLICT (key) DO NOTHING", [f"secret_{name}", secrets.token_hex(BYTES)])
    row = database.one("SELECT value FROM meta WHERE key = %s", [f"secret_{name}"])
    assert row
    return bytes.fromhex(row["value"])
