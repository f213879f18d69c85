"""Secrets that this network makes for itself and shares between its processes: kept in the database, shown to nobody. And the pseudonyms made with one.

It does not know what else they sign.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

from psycopg import Connection

from oscine.store.postgres import Database

BYTES = 32
SHORT = 16  # bytes of a code
ADS = "ads"
FEED = "feed"
_KEPT = "SELECT value FROM meta WHERE key = %s"


def secret(database: Database, name: str) -> bytes:
    """The secret of this name; made when it is first asked for, the same for every process from then on."""
    database.execute("INSERT INTO meta VALUES (%s, %s) ON CONFLICT (key) DO NOTHING", [f"secret_{name}", secrets.token_hex(BYTES)])
    row = database.one(_KEPT, [f"secret_{name}"])
    assert row
    return bytes.fromhex(row["value"])


def code(key: bytes, label: str, text: str) -> str:
    """HMAC-SHA256 (RFC 2104) of a text under a label, cut to 128 bits, url-safe: 22 characters."""
    digest = hmac.digest(key, f"{label}\n{text}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:SHORT]).rstrip(b"=").decode()


def pseudonym(key: bytes, network: str, account: str) -> str:
    """What stands for an account in the ledger of ads, or in the log of feeds; empty for nobody. Without the secret nobody can tell whose it is."""
    return code(key, "person", f"{network}\n{account}") if account else ""


def known_as(connection: Connection[Any], name: str, network: str, account: str) -> str:
    """The pseudonym of an account by the secret of this name; empty where none was ever made."""
    row = connection.execute(_KEPT, [f"secret_{name}"]).fetchone()
    return pseudonym(bytes.fromhex(row["value"]), network, account) if row else ""
