"""Statements of the ledger: the same few again and again, so their plans are made once for each connection. It knows nothing of what they do."""

from __future__ import annotations

from typing import Any

from oscine.store.postgres import Database, Row


def prepared(database: Database, query: str, params: Any) -> list[Row]:
    """All rows of one statement that writes, in a transaction of its own.

    It is not tried again where the database went away, for nobody knows whether it was carried out: the caller asks again, and is told.
    """
    with database.connection() as connection:
        connection.autocommit = True
        connection.prepare_threshold = 0
        try:
            return connection.execute(query, params).fetchall()
        finally:
            if not connection.closed:
                connection.autocommit = False
                connection.prepare_threshold = None
