"""Keeps the BM25 index right across restarts of the server.

pg_textsearch before 1.3 holds its newest entries in shared memory and its corpus statistics where a restart loses them: after one, an index
that grew from nothing finds nothing (its issue 350), one that grew after it was built finds only what came since, and after a crash segments
may be missing. The posts themselves are safe, and the index is made from them: so after a restart it is rebuilt, unless the server was stopped
in an orderly way and not one entry was added since it was last built. Newer versions need none of this.
"""

from __future__ import annotations

from psycopg import Connection
from psycopg.rows import TupleRow

SETTLE_LOCK = 0x05C21
SAFE_SINCE = (1, 3)
ENTRIES = """
SELECT coalesce(max(n_tup_ins + n_tup_upd - n_tup_hot_upd), 0) FROM pg_stat_user_tables WHERE relid = 'posts'::regclass
"""  # ever added to the index, as PostgreSQL counts for itself and keeps across orderly restarts


def settle(connection: Connection[TupleRow]) -> bool:
    """Rebuild the index if a restart has made it unreliable; whether it did. The connection is in autocommit mode."""
    if _version(connection) >= SAFE_SINCE:
        return False
    started = str(_one(connection, "SELECT pg_postmaster_start_time()"))
    if _get(connection, "words_settled") == started:
        return False
    connection.execute("SELECT pg_advisory_lock(%s)", [SETTLE_LOCK])
    try:
        return _get(connection, "words_settled") != started and _settle(connection, started)
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [SETTLE_LOCK])


def note_orderly_stop(connection: Connection[TupleRow]) -> None:
    """Note that nothing was being written when the server was stopped."""
    _set(connection, "words_orderly", "yes")


def _settle(connection: Connection[TupleRow], started: str) -> bool:
    entries = str(_one(connection, ENTRIES))  # before rebuilding, so that what is added meanwhile counts as added since
    orderly = _get(connection, "words_orderly") == "yes"
    rebuild = not orderly or _get(connection, "words_built") != entries
    if rebuild:
        connection.execute("REINDEX INDEX posts_words")
        _set(connection, "words_built", entries)
    connection.execute("DELETE FROM meta WHERE key = 'words_orderly'")
    _set(connection, "words_settled", started)
    return rebuild


def _version(connection: Connection[TupleRow]) -> tuple[int, ...]:
    version = str(_one(connection, "SELECT extversion FROM pg_extension WHERE extname = 'pg_textsearch'"))
    return tuple(int(part) for part in version.split("-")[0].split(".")[:2] if part.isdigit())


def _one(connection: Connection[TupleRow], query: str) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _get(connection: Connection[TupleRow], key: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = %s", [key]).fetchone()
    return str(row[0]) if row else None


def _set(connection: Connection[TupleRow], key: str, value: str) -> None:
    connection.execute("INSERT INTO meta VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value", [key, value])
