"""Out of the database's files with what was deleted: tables and indexes are written anew, statistics too, and the write-ahead log begins again.

A deleted row stays in its table's file, in every index, in PostgreSQL's samples of the column, in the write-ahead log and perhaps in the server's own log.
`VACUUM FULL` writes a table and its indexes into new files; the old ones are unlinked with the next checkpoint. Old segments of the write-ahead log are
as a rule renamed and used again, with what stands in them: for the time of the purge they are not, and those that were renamed before are written through.
All of it may be cut off anywhere and done again. Of a server that is not ours, its files are its operator's: what the role may not do is told.

Each table is locked while it is written anew: who reads it waits. A lock is not waited for longer than others can bear to wait behind it. Sessions that
were there before posts were written anew are ended: pg_textsearch 1.0 remembers in each of them where its index was, and what such a session writes is
found by none that came later. Who asked is asked again by their pool.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from oscine.errors import SetupError
from oscine.records import Record
from oscine.store import words_index
from oscine.store.postgres import Database
from oscine.store.posts import WRITERS_LOCK
from oscine.store.vectors import EMBEDDER_LOCK, HNSW

NAME = "oscine purge"  # of our own sessions, which stay
PURGE_LOCK = 0x05C22
LOCK_SECONDS, LOCK_TRIES = 5.0, 60  # others wait behind us for so long at most, before we step back for as long
RELOAD_SECONDS = 0.5  # until every process of the server has read its settings again
STATISTICS = "pg_catalog.pg_statistic"
BESIDE = "vectors_anew"
_VECTORS_BESIDE: tuple[LiteralString, ...] = (
    f"CREATE TABLE {BESIDE} (LIKE vectors INCLUDING DEFAULTS)",
    f"DO $$ BEGIN EXECUTE format('ALTER TABLE {BESIDE} OWNER TO %I',"  # noqa: S608 - our own names, here and below
    " (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'vectors'::regclass)); END $$",
    f"INSERT INTO {BESIDE} SELECT * FROM vectors",  # noqa: S608
    f"ALTER TABLE {BESIDE} ADD PRIMARY KEY (post)",
    f"CREATE INDEX vectors_near_anew ON {BESIDE} {HNSW}",
)
_VECTORS_SWAPPED: tuple[LiteralString, ...] = (
    "LOCK TABLE vectors IN ACCESS EXCLUSIVE MODE",
    f"DELETE FROM {BESIDE} n WHERE NOT EXISTS (SELECT FROM vectors v WHERE v.post = n.post)",  # noqa: S608
    f"INSERT INTO {BESIDE} SELECT v.* FROM vectors v LEFT JOIN {BESIDE} n ON n.post = v.post WHERE n.embedding IS DISTINCT FROM v.embedding"  # noqa: S608
    " ON CONFLICT (post) DO UPDATE SET embedding = excluded.embedding",
    "DROP TABLE vectors",
    f"ALTER TABLE {BESIDE} RENAME TO vectors",
    "ALTER INDEX vectors_near_anew RENAME TO vectors_near",
    f"ALTER INDEX {BESIDE}_pkey RENAME TO vectors_pkey",
    "ALTER TABLE vectors ADD FOREIGN KEY (post) REFERENCES posts ON DELETE CASCADE",
)
_TABLES = """
SELECT c.oid::regclass::text AS name, pg_total_relation_size(c.oid) AS bytes FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY c.relname = 'posts', c.relname
"""
_AHEAD = "SELECT count(*) FROM pg_ls_waldir() WHERE name > pg_walfile_name(pg_current_wal_insert_lsn()) AND name ~ '^[0-9A-F]{24}$'"
_KEEP_BUILT = "INSERT INTO meta VALUES ('words_built', %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_END_SESSIONS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> %s
"""
_SEGMENTS = "SELECT count(*), coalesce(sum(size), 0)::bigint FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"


class Done(Record, frozen=True, omit_defaults=False):
    """One thing that was done: to what, how many of it, its bytes before and after, and how long others were kept from it; `trouble` is why not."""

    place: str
    did: str
    count: int = 0
    before: int = 0
    after: int = 0
    seconds: float = 0.0
    trouble: str = ""


class Alone:
    """The one purge of a database at a time: a session that holds the lock as long as it lives."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Connection[Any] | None = None

    def __enter__(self) -> Alone:
        self._session = psycopg.connect(self._database.conninfo, autocommit=True, application_name=NAME)
        row = self._session.execute("SELECT pg_try_advisory_lock(%s)", [PURGE_LOCK]).fetchone()
        if not row or not row[0]:
            self._session.close()
            raise SetupError("Another process purges already.", "Wait until it is done; `oscine purge --pending` tells what waits.")
        return self

    def __exit__(self, *_: object) -> None:
        if self._session:
            self._session.close()


def rewrite(database: Database, say: Callable[[str], None] = lambda _: None) -> Iterator[Done]:
    """Write every table anew with its indexes, and the statistics of all; posts last, so that they are locked once everything else is done."""
    ways = {"posts": _posts, "vectors": _vectors}
    with _session(database) as session:
        session.execute(f"DROP TABLE IF EXISTS {BESIDE}")  # of a purge that was killed
        tables: list[tuple[str, int]] = session.execute(_TABLES).fetchall()
        for name, before in tables:
            say(f"table {name}")
            yield ways.get(name, _rewritten)(session, name, before)
        database.renew()
        yield _rewritten(session, STATISTICS, 0, analyze=False)


def _posts(session: Connection[Any], name: str, before: int) -> Done:
    """The posts, with nobody writing; then with new sessions. The word index is built anew with them, which is noted for the next start."""
    if trouble := _locked(session, sql.SQL("SELECT pg_advisory_lock({})").format(WRITERS_LOCK)):
        return Done(place=name, did="not written anew", before=before, after=before, trouble=trouble)
    try:
        entries = _one(session, words_index.ENTRIES)
        done = _rewritten(session, name, before)
        if not done.trouble:
            session.execute(_KEEP_BUILT, [str(entries)])
            session.execute(_END_SESSIONS, [NAME])
        return done
    finally:
        session.execute("SELECT pg_advisory_unlock(%s)", [WRITERS_LOCK])


def _vectors(session: Connection[Any], name: str, before: int) -> Done:
    """The vectors, in a table beside: their index takes minutes, in which nobody is kept from the old one. Then the new one takes its place."""
    session.execute("SELECT pg_advisory_lock(%s)", [EMBEDDER_LOCK])
    try:
        for statement in _VECTORS_BESIDE:
            session.execute(statement)
        if trouble := _locked(session, sql.SQL("SELECT pg_advisory_lock({})").format(WRITERS_LOCK)):
            return Done(place=name, did="not written anew", before=before, after=before, trouble=trouble)
        try:
            began = time.monotonic()
            with session.transaction():
                for statement in _VECTORS_SWAPPED:
                    session.execute(statement)
            seconds = time.monotonic() - began
        finally:
            session.execute("SELECT pg_advisory_unlock(%s)", [WRITERS_LOCK])
        rows, after = int(_one(session, "SELECT count(*) FROM vectors")), int(_one(session, "SELECT pg_total_relation_size('vectors')"))
        return Done(place=name, did="written anew", count=rows, before=before, after=after, seconds=seconds)
    except (psycopg.errors.LockNotAvailable, psycopg.errors.InsufficientPrivilege) as error:
        return Done(place=name, did="not written anew", before=before, after=before, trouble=_said(error))
    finally:
        session.execute(f"DROP TABLE IF EXISTS {BESIDE}")
        session.execute("SELECT pg_advisory_unlock(%s)", [EMBEDDER_LOCK])


def _rewritten(session: Connection[Any], name: str, before: int, analyze: bool = True) -> Done:
    """One table."""
    statement = sql.SQL("VACUUM (FULL{}) {}").format(sql.SQL(", ANALYZE" if analyze else ""), sql.SQL(_known(name)))
    began = time.monotonic()
    trouble = _locked(session, statement)
    seconds = time.monotonic() - began
    if trouble:
        return Done(place=name, did="not written anew", before=before, after=before, seconds=seconds, trouble=trouble)
    rows = 0 if name == STATISTICS else int(_one(session, sql.SQL("SELECT count(*) FROM {}").format(sql.SQL(_known(name)))))
    after = int(_one(session, sql.SQL("SELECT pg_total_relation_size({}::regclass)").format(sql.Literal(name))))
    return Done(place=name, did="written anew", count=rows, before=before, after=after, seconds=seconds)


def _known(name: str) -> Any:
    """A name that PostgreSQL itself has quoted (`regclass`)."""
    return name


def _locked(session: Connection[Any], statement: sql.Composed) -> str:
    """Run what needs a table for itself; why it could not, or nothing. Steps back when others have waited long enough."""
    warnings: list[str] = []  # a table that the role may not write anew is passed over with one
    session.add_notice_handler(lambda told: warnings.append(told.message_primary or "") if told.severity_nonlocalized == "WARNING" else None)
    for _ in range(LOCK_TRIES):
        try:
            session.execute(statement)
            return "; ".join(warnings)
        except psycopg.errors.LockNotAvailable:
            time.sleep(LOCK_SECONDS)
        except psycopg.errors.UndefinedTable:
            return ""  # it went meanwhile
        except psycopg.errors.InsufficientPrivilege as error:
            return _said(error)
    return f"the lock was not to be had in {LOCK_TRIES} tries"


def renew_log(database: Database) -> Done:
    """Begin the write-ahead log again, and remove what was written before. Needs a superuser, as the embedded server's is."""
    began = time.monotonic()
    try:
        with _session(database) as session:
            before = session.execute(_SEGMENTS).fetchone() or (0, 0)
            session.execute("ALTER SYSTEM SET wal_recycle = off")
            session.execute("SELECT pg_reload_conf()")
            try:
                time.sleep(RELOAD_SECONDS)
                session.execute("CHECKPOINT")
                _write_through(session)
                session.execute("CHECKPOINT")
            finally:
                session.execute("ALTER SYSTEM RESET wal_recycle")
                session.execute("SELECT pg_reload_conf()")
            after = session.execute(_SEGMENTS).fetchone() or (0, 0)
    except psycopg.errors.InsufficientPrivilege as error:
        return Done(place="write-ahead log", did="not renewed", trouble=f"{_said(error)}: it is removed as the server's operator has set it")
    seconds = time.monotonic() - began
    return Done(place="write-ahead log", did="begun again", count=max(0, before[0] - after[0]), before=before[1], after=after[1], seconds=seconds)


def _write_through(session: Connection[Any]) -> None:
    """Use up the segments that wait, renamed, to be written: a switch fills the rest of a segment with zeros."""
    ahead = int((session.execute(_AHEAD).fetchone() or (0,))[0])
    for _ in range(ahead + 2):
        session.execute("SELECT pg_logical_emit_message(false, 'oscine', 'purge')")
        session.execute("SELECT pg_switch_wal()")


def empty_server_log(database: Database) -> Done | None:
    """Empty the embedded server's own log, which it appends to; None where the server is not ours."""
    path = _log(database)
    if path is None or not path.exists():
        return None
    before = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(0)
    return Done(place="postgres/server.log", did="emptied", count=1, before=before)


def _log(database: Database) -> Path | None:
    return database.server.cluster / "server.log" if database.server else None


def _session(database: Database) -> Connection[Any]:
    """A session that no statement's length ends: the superuser's where the server is ours."""
    conninfo = database.server.superuser if database.server else database.conninfo
    session = psycopg.connect(conninfo, autocommit=True, application_name=NAME)
    session.execute("SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', %s, false)", [f"{LOCK_SECONDS:.0f}s"])
    return session


def _one(session: Connection[Any], query: Any) -> Any:
    row = session.execute(query).fetchone()
    return row[0] if row else None


def _said(error: psycopg.Error) -> str:
    return str(error).strip().splitlines()[0]
