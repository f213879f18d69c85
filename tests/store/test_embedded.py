"""The embedded server: shared by processes, stopped with the last, usable after any kill, its index right after any restart; and a server by URL."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from oscine.errors import DatabaseUnavailable, DiskFull, InputError, SetupError
from oscine.store.embedded import EmbeddedServer
from oscine.store.postgres import Database, open_database

POSTS = 300
OPEN = "import sys, pathlib; from oscine.store.postgres import open_database; database = open_database(pathlib.Path(sys.argv[1])); "


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A data directory under a folder that is closed to everyone else, for all tests here."""
    with tempfile.TemporaryDirectory(prefix="oscine-closed-") as closed:
        Path(closed).chmod(0o700)
        yield Path(closed) / "data"


class Client:
    """Another process that holds the database open until it is told to leave."""

    def __init__(self, place: Path) -> None:
        script = OPEN + "print(database.one('SELECT 1 AS n')['n'], flush=True); sys.stdin.readline(); database.close()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout and self.process.stdout.readline() == "1\n"

    def leave(self) -> None:
        """Close the database and end."""
        self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0


def running(place: Path) -> bool:
    """Whether the server runs."""
    return EmbeddedServer(place)._running()


def fill(database: Database, first: int, last: int) -> None:
    """Write posts, each with the word `storm`."""
    database.execute("INSERT INTO accounts (network, key, handle) VALUES ('net', 'ann', 'ann') ON CONFLICT DO NOTHING")
    database.execute(
        "INSERT INTO posts (network, key, author, text, created_at, visibility, words, lexemes)"
        " SELECT 'net', n, (SELECT id FROM accounts LIMIT 1), 'storm', now(), 'public', 'storm number' || n, '''storm'':1'"
        " FROM generate_series(%s::int, %s::int) AS n ON CONFLICT DO NOTHING",
        [first, last],
    )


def found(database: Database) -> int:
    """How many posts BM25 finds by the word that they share."""
    row = database.one(
        "SELECT count(*) AS n FROM (SELECT p.words <@> to_bm25query('storm', 'posts_words') AS score FROM posts p ORDER BY 1 LIMIT 10000) AS f"
        " WHERE score < 0"
    )
    assert row
    return int(row["n"])


def postmaster(place: Path) -> int:
    """The server's process id."""
    return int((place / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def ended(process: int) -> bool:
    """Whether a process is gone, or is waiting only to be noticed."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_processes_share_a_server_and_the_last_one_stops_it(place: Path) -> None:
    first, second = Client(place), Client(place)
    server = postmaster(place)
    first.leave()
    assert running(place) and postmaster(place) == server
    second.leave()
    assert not running(place)


def test_a_killed_client_leaves_the_server_to_the_next(place: Path) -> None:
    client = Client(place)
    server = postmaster(place)
    client.process.kill()
    client.process.communicate()
    assert running(place)
    database = open_database(place)
    assert postmaster(place) == server
    fill(database, 1, 10)
    assert found(database) == 10
    database.close()
    assert not running(place)


def test_an_orderly_restart_finds_everything(place: Path) -> None:
    for last in (POSTS, POSTS + 5, POSTS + 5, POSTS + 6, 4 * POSTS):  # grown from little, by little, not at all, by one, by much
        database = open_database(place)
        assert {"n": found(database)} == database.one("SELECT count(*) AS n FROM posts")
        fill(database, 1, last)
        assert found(database) == last
        database.close()
    for change in ("UPDATE posts SET words = words || ' again' WHERE key = '7'", "DELETE FROM posts WHERE key = '7'", "VACUUM posts"):
        database = open_database(place)
        with psycopg.connect(database.conninfo, autocommit=True) as connection:
            connection.execute(change)  # type: ignore[arg-type]
        database.close()
        database = open_database(place)
        assert {"n": found(database)} == database.one("SELECT count(*) AS n FROM posts")
        database.close()


def test_a_killed_server_is_started_again_and_finds_everything(place: Path) -> None:
    database = open_database(place)
    fill(database, 1, 4 * POSTS + 50)
    total = database.one("SELECT count(*) AS n FROM posts")
    server = postmaster(place)
    os.kill(server, signal.SIGKILL)
    while not ended(server):
        time.sleep(0.02)
    with contextlib.suppress(DatabaseUnavailable):  # the first who asks starts it; a statement that only reads is tried again
        database.one("SELECT 1")
    assert running(place) and postmaster(place) != server
    assert {"n": found(database)} == total
    fill(database, 10_001, 10_010)
    os.kill(postmaster(place), signal.SIGKILL)
    database.close()
    database = open_database(place)
    assert total and found(database) == total["n"] + 10
    database.close()


def test_the_directory_stays_closed_to_others(place: Path) -> None:
    server = EmbeddedServer(place)
    server.start()
    closed = place.parent
    assert closed.stat().st_mode & 0o006 == 0
    for role in ("postgres", "oscine"):
        assert (place / f"{role}.password").stat().st_mode & 0o077 == 0
    if os.geteuid() == 0:
        listing = subprocess.run(["ls", str(closed)], user="oscine", group="oscine", extra_groups=[], capture_output=True, check=False)
        assert listing.returncode != 0  # the server's user passes through, but may not list
    wrong = make_conninfo(server._conninfo("oscine"), password="guess")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(wrong)
    with psycopg.connect(server._conninfo("oscine")) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    server.stop()


def test_a_server_by_its_url_and_what_it_may_lack(place: Path) -> None:
    ours = open_database(place)
    assert ours.server
    with psycopg.connect(ours.server._conninfo("postgres", "postgres"), autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS bare")
        server.execute("CREATE DATABASE bare OWNER oscine")
    theirs = open_database(place / "unused", ours.conninfo)
    assert theirs.server is None and found(theirs) == found(ours) > 0
    theirs.close()
    assert running(place) and not (place / "unused").exists()

    bare = make_conninfo(ours.conninfo, dbname="bare")
    with pytest.raises(SetupError, match=r"run: CREATE EXTENSION (vector|pg_textsearch);"):
        open_database(place / "unused", bare)
    with psycopg.connect(ours.server._conninfo("postgres", "bare"), autocommit=True) as server:
        server.execute("CREATE EXTENSION vector")
        server.execute("CREATE EXTENSION pg_textsearch")
    other = open_database(place / "unused", bare)
    fill(other, 1, 3)
    assert found(other) == 3
    other.close()
    ours.close()


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "host=/nowhere dbname=x"])
def test_a_server_that_is_not_there(place: Path, url: str) -> None:
    with pytest.raises(SetupError, match="DATABASE_URL"):
        open_database(place, url)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", DatabaseUnavailable),
        ("DO $$ BEGIN RAISE SQLSTATE '57014'; END $$", DatabaseUnavailable),
        ("DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", DiskFull),
        ("SELECT repeat('x', 3000)::tsvector", InputError),  # longer than a lexeme may be: to try again is no help
        ("SELECT 'x'::int", InputError),
    ],
)
def test_errors_in_our_own_words(database: Database, statement: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        database.execute(statement)
    assert database.one("SELECT 1 AS n") == {"n": 1}


@pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
def test_what_postgresql_cannot_hold_is_the_callers_mistake(database: Database, value: str) -> None:
    with pytest.raises(InputError):
        database.one("SELECT %s::text", [value])
