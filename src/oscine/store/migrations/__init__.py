"""The schema, as Alembic revisions in `versions/`; `upgrade` brings a database to the newest."""

from __future__ import annotations

from pathlib import Path

import psycopg

HEAD = max(path.stem for path in (Path(__file__).parent / "versions").glob("[0-9]*.py"))
LOCK = 0x05C1E  # an advisory lock: two processes that start at once migrate one after the other


def upgrade(conninfo: str) -> None:
    """Bring the database to `HEAD`; where it is there already, Alembic is not even imported."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if _revision(connection) == HEAD:
            return
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if _revision(connection) != HEAD:
            _run_alembic(conninfo)


def _revision(connection: psycopg.Connection[tuple[object, ...]]) -> object:
    if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row and row[0]


def _run_alembic(conninfo: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["conninfo"] = conninfo
    command.upgrade(config, "head")
