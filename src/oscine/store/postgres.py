"""Connections to PostgreSQL, embedded or the operator's own: what it must have, and its errors in our own words.

`Database.connection()` is a transaction: committed when the block ends, rolled back when it raises. It knows nothing of what is stored.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from oscine.errors import DatabaseUnavailable, DiskFull, InputError, OscineError, SetupError
from oscine.store import migrations, words_index
from oscine.store.embedded import EmbeddedServer

logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # of a connection that is gone we tell in our own words

Row = dict[str, Any]
OLDEST_SERVER = 170_000
PROGRAM_LIMIT = "54"  # the class of errors for what is too long or too complex: trying again is no help
EXTENSIONS = {"vector": "pgvector: https://github.com/pgvector/pgvector", "pg_textsearch": "https://github.com/timescale/pg_textsearch"}
SESSION = "-c jit=off -c hnsw.ef_search=300 -c hnsw.iterative_scan=relaxed_order -c hnsw.max_scan_tuples=20000 -c timezone=UTC"


class Database:
    """A pool of connections, opened on the first use and closed by `close`; no statement may take longer than `seconds`."""

    def __init__(self, conninfo: str, server: EmbeddedServer | None = None, size: int = 8, seconds: float = 30.0) -> None:
        self.conninfo = conninfo
        self.server = server
        self.pool = _pool(conninfo, f"{SESSION} -c statement_timeout={1000 * seconds:.0f}", size)
        self._ordered = _pool(conninfo, f"{SESSION} -c statement_timeout={1000 * seconds:.0f} -c enable_sort=off", size)

    @contextlib.contextmanager
    def connection(self, by_index: bool = False) -> Iterator[Connection[DictRow]]:
        """A transaction; `by_index` makes the planner take rows in order from an index where it can, rather than sort them.

        Raises `DatabaseUnavailable` or `DiskFull`, with the fix, where PostgreSQL cannot go on; `InputError` for what it cannot hold.
        """
        pool = self._ordered if by_index else self.pool
        try:
            pool.open()
            with pool.connection() as connection:
                try:
                    yield connection
                except psycopg.InternalError:
                    connection.close()  # it remembers pages of an index that was rebuilt under it: the pool makes another
                    raise
        except (psycopg.OperationalError, psycopg.DataError, psycopg.InternalError, UnicodeEncodeError, PoolTimeout) as error:
            raise self._in_our_words(error) from error

    def rows(self, query: sql.Composable | str, params: Any = None, by_index: bool = False) -> list[Row]:
        """All rows of one statement, in a transaction of its own; tried again once where the database went away and came back."""
        try:
            return self._rows(query, params, by_index)
        except DatabaseUnavailable as error:
            if not isinstance(error.__cause__, psycopg.OperationalError) or isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                raise
            return self._rows(query, params, by_index)

    def _rows(self, query: sql.Composable | str, params: Any, by_index: bool) -> list[Row]:
        with self.connection(by_index) as connection:
            connection.autocommit = True  # spares the two round trips of a transaction around one statement
            try:
                return connection.execute(query, params).fetchall()  # type: ignore[arg-type]
            finally:
                if not connection.closed:
                    connection.autocommit = False

    def one(self, query: sql.Composable | str, params: Any = None) -> Row | None:
        """The first row of one statement, or None."""
        found = self.rows(query, params)
        return found[0] if found else None

    def execute(self, query: sql.Composable | str, params: Any = None) -> int:
        """Run one statement that returns no rows; how many rows it touched."""
        with self.connection() as connection:
            return connection.execute(query, params).rowcount  # type: ignore[arg-type]

    def _in_our_words(self, error: Exception) -> OscineError:
        if isinstance(error, psycopg.errors.DiskFull):
            return DiskFull("The disk is full; nothing that was confirmed is lost.", "Free some space and try again.")
        if isinstance(error, psycopg.DataError | UnicodeEncodeError) or str(getattr(error, "sqlstate", "")).startswith(PROGRAM_LIMIT):
            return InputError(f"PostgreSQL cannot take this ({str(error).splitlines()[0]}).", "Leave it out, or make it shorter.")
        if isinstance(error, psycopg.errors.QueryCanceled):
            return DatabaseUnavailable("The query took too long.", "Ask for less, or try again.")
        if isinstance(error, psycopg.InternalError):
            return DatabaseUnavailable("An index is being rebuilt.", "Try again in a moment.")
        if self.server is not None:
            with contextlib.suppress(OscineError, OSError, psycopg.Error):
                self.server.start()  # it may have been stopped or killed: the next try finds it running
                _settle(self.conninfo)
        self.renew()
        return DatabaseUnavailable("The database does not answer.", "Try again in a moment; `oscine doctor` tells more.")

    def renew(self) -> None:
        """Let go of connections that the server has ended, or that went with it: they are of no more use."""
        for pool in (self.pool, self._ordered):
            if not pool.closed:
                with contextlib.suppress(psycopg.Error, PoolClosed):
                    pool.check()

    def close(self) -> None:
        """Close the connections, and let go of the embedded server."""
        self.pool.close()
        self._ordered.close()
        if self.server is not None:
            self.server.stop(before=_note_orderly_stop)


def open_database(data: Path, url: str = "", size: int = 8, seconds: float = 30.0) -> Database:
    """The database of a data directory, or the one at `url`; checked, and brought to the newest schema.

    Raises `SetupError` naming what the server lacks and the command that adds it.
    """
    server = None if url else EmbeddedServer(data)
    conninfo = url if server is None else server.start()
    try:
        with psycopg.connect(conninfo, autocommit=True, connect_timeout=10) as connection:
            check(connection)
        migrations.upgrade(conninfo)
        _settle(conninfo)
    except psycopg.OperationalError as error:
        raise SetupError(f"The database cannot be reached: {str(error).strip().splitlines()[0]}", "Check DATABASE_URL.") from None
    return Database(conninfo, server, size, seconds)


def _settle(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        words_index.settle(connection)


def _note_orderly_stop(conninfo: str) -> None:
    with contextlib.suppress(psycopg.Error), psycopg.connect(conninfo, autocommit=True) as connection:
        words_index.note_orderly_stop(connection)


def check(connection: Connection[Any]) -> None:
    """Raise `SetupError` where the server is too old or lacks an extension, with the command that mends it."""
    if connection.info.server_version < OLDEST_SERVER:
        raise SetupError(f"PostgreSQL {connection.info.server_version // 10_000} is too old.", "Oscine needs PostgreSQL 17 or newer.")
    installed = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
    available = {name for (name,) in connection.execute("SELECT name FROM pg_available_extensions")}
    for name, where in EXTENSIONS.items():
        if name not in available:
            raise SetupError(
                f"PostgreSQL lacks the extension {name}.", f"Install it on the server ({where}), then run: CREATE EXTENSION {name};"
            )
        if name not in installed:
            try:
                connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(name)))
            except psycopg.Error as error:
                preload = " with shared_preload_libraries = 'pg_textsearch' in its configuration" if name == "pg_textsearch" else ""
                raise SetupError(f"The extension {name} is not created in this database ({str(error).strip().splitlines()[0]}).",
                                 f"As a superuser of the server{preload}, run: CREATE EXTENSION {name};") from None  # fmt: skip


def wait_for(database: Database, seconds: float, pause: Callable[[float], None] = time.sleep) -> None:
    """Return when the database answers again; raise `DatabaseUnavailable` when `seconds` have passed without that."""
    end = time.monotonic() + seconds
    while True:
        try:
            database.one("SELECT 1")
            return
        except DatabaseUnavailable:
            if time.monotonic() > end:
                raise
            pause(0.5)


def _pool(conninfo: str, options: str, size: int) -> ConnectionPool[Connection[DictRow]]:
    return ConnectionPool(
        conninfo, min_size=1, max_size=size, open=False, timeout=5, reconnect_timeout=5, configure=_configure,
        kwargs={"row_factory": dict_row, "options": options, "connect_timeout": 5},
    )  # fmt: skip


def _configure(connection: Connection[DictRow]) -> None:
    connection.prepare_threshold = None  # each search is another statement: plans are made for its own values
