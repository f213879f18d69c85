"""How far each source has been read, kept in the same transaction as what was read from it."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb


def position(connection: Connection[DictRow], source: str) -> tuple[int, dict[str, Any]]:
    """The cursor after which an unfinished reading of `source` goes on, and what it had counted; (0, {}) for a new one."""
    row = connection.execute("SELECT cursor, counts FROM imports WHERE source = %s", [source]).fetchone()
    return (row["cursor"], row["counts"]) if row else (0, {})


def advance(connection: Connection[DictRow], source: str, cursor: int, counts: dict[str, Any]) -> None:
    """Note that everything up to `cursor` is stored."""
    connection.execute(
        "INSERT INTO imports (source, cursor, counts) VALUES (%s, %s, %s)"
        " ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor, counts = excluded.counts, updated_at = now()",
        [source, cursor, Jsonb(counts)],
    )


def finish(connection: Connection[DictRow], source: str) -> None:
    """Forget the cursor: the same source starts from its beginning the next time."""
    connection.execute("DELETE FROM imports WHERE source = %s", [source])
