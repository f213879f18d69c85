"""One process a connection; figures that are true of a process that was killed; letters and gaps that have an end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from oscine.errors import NotFound, SetupError
from oscine.records import Gap, Refused
from oscine.store import connections, dead_letters, gaps
from oscine.store.connections import Connection, Connections, Step
from oscine.store.dead_letters import DeadLetters
from oscine.store.gaps import Gaps
from oscine.store.postgres import Database

NAME, NETWORK = "bluesky wss://bsky.example", "bluesky"


@contextlib.contextmanager
def session(database: Database, name: str = NAME) -> Iterator[Database]:
    """A session that reads the connection."""
    with contextlib.closing(Database(database.conninfo, size=1)) as own:
        with own.connection() as connection:
            connections.begin(connection, name, NETWORK)
        yield own


def told(database: Database) -> Connection:
    return Connections(database).one(NAME)


def test_the_place_is_kept_and_figures_add_up(database: Database) -> None:
    happened = datetime.now(UTC) - timedelta(seconds=10)
    with session(database) as own:
        for step in (
            Step("running", "", 5.0, "17", happened, 40, 2),
            Step("running", "", 5.5),
            Step("waiting", "It is gone.\x00", 2.5, None, None, 2),
        ):
            with own.connection() as connection:
                connections.advance(connection, NAME, step)
        now = told(database)
        assert (now.state, now.trouble, now.rate, now.events, now.refused) == ("waiting", "It is gone.", 2.5, 42, 2)
        assert now.lag is not None and now.lag >= 10
    with session(database) as own, own.connection() as connection:
        assert connections.begin(connection, NAME, NETWORK) == "17"


def test_lag_is_of_the_newest_that_is_stored_while_it_runs(database: Database) -> None:
    with session(database) as own:
        assert told(database).lag is None
        with own.connection() as connection:
            connections.advance(connection, NAME, Step("running", happened_at=datetime.now(UTC) - timedelta(seconds=100), events=1))
            connection.execute("UPDATE connections SET stored_at = happened_at + interval '7 seconds'")
        assert told(database).lag == 7
    end = time.monotonic() + 20
    while told(database).state == "running":  # the server takes its time to end a session
        assert time.monotonic() < end
    assert (told(database).lag or 0) >= 100, "nobody reads it any more"


def test_who_has_lost_the_session_has_lost_the_lock(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.2)
    with session(database) as own:
        with pytest.raises(SetupError, match="being read by another process"), session(database):
            pass
        with session(database, "another"):
            pass
        assert told(database).state == "running"
        with own.connection() as connection:
            killed = connection.info.backend_pid
        database.execute("SELECT pg_terminate_backend(%s, 5000)", [killed])
        assert told(database).state == "lost"
        with session(database):
            assert told(database).state == "running"


def test_it_stops_in_good_order(database: Database) -> None:
    with session(database) as own, own.connection() as connection:
        connections.advance(connection, NAME, Step("stopped"))
    assert told(database).state == "stopped"


def test_a_connection_that_is_not_there(database: Database) -> None:
    with pytest.raises(NotFound, match="no connection 'x'"):
        Connections(database).one("x")


def test_letters_have_an_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "MOST", 5)
    monkeypatch.setattr(dead_letters, "MOST_BYTES", 100)
    monkeypatch.setattr(dead_letters, "LARGEST", 60)
    with session(database) as own:
        for sizes in ([10] * 7, [30, 30], [60], [61], [0]):
            with own.connection() as connection:
                dead_letters.keep(connection, NAME, [Refused(cursor=n, reason=f"of {n}\x00\ud800", raw=b"x" * n) for n in sizes])
    kept = DeadLetters(database).of(NAME)
    assert [(letter.reason, len(letter.raw)) for letter in kept] == [("of 30?", 30), ("of 60?", 60), ("of 61?", 0)]
    database.execute("UPDATE dead_letters SET at = at - interval '31 days' WHERE id = %s", [kept[0].id])
    with database.connection() as connection:
        dead_letters.again(connection, kept[1], "still no good")
        dead_letters.keep(connection, NAME, [Refused(cursor=1, reason="new", raw=b"y")])
        dead_letters.expire(connection, NAME)
    assert [(letter.reason, letter.tries) for letter in DeadLetters(database).of(NAME)] == [("still no good", 2), ("of 61?", 1), ("new", 1)]
    assert DeadLetters(database).of(NAME, after=kept[1].id, limit=1)[0].raw == b""
    assert (told(database).dead, DeadLetters(database).drop(NAME), told(database).dead) == (3, 3, 0)


def test_a_gap_found_again_while_it_is_mended_stays(database: Database) -> None:
    with session(database):
        mine = Gaps(database, NAME)
        mine.add(["did:a", "did:b", "did:a"], "a hole")
        first = mine.due()
        assert first and first.reason == "a hole" and told(database).gaps == 2
        with database.connection() as connection:
            gaps.note(connection, NAME, [Gap(cursor=1, network=NETWORK, reason="another\x00", account=first.account)])
        mine.mended(first)
        again = mine.due()
        assert again and (again.account, again.reason) == (first.account, "another")
        mine.mended(again)
        assert told(database).gaps == 1


def test_a_gap_that_cannot_be_mended_rests_longer_each_time(database: Database) -> None:
    with session(database):
        mine = Gaps(database, NAME)
        mine.add(["did:a"], "a hole")
        rests = []
        for tries in range(14):
            gap = mine.due()
            assert gap and gap.tries == tries
            mine.failed(gap, f"no answer {tries}")
            rests.append(database.one("SELECT extract(epoch FROM next_try - clock_timestamp())::float8 AS rest FROM gaps")["rest"])  # type: ignore[index]
            assert mine.due() is None
            database.execute("UPDATE gaps SET next_try = now()")
        assert rests[0] <= 2 and rests[5] > rests[1] and 1_790 < rests[-1] <= 3_600
        assert (again := mine.due()) and again.trouble == "no answer 13"
