"""A connection that never ends, by a network that is written down: broken off, overtaken, unreadable, too much for the store, stopped, started twice.

Real networks are in `tests/sources/` and `tests/test_live_bluesky.py`.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from oscine import ingest
from oscine.errors import NetworkUnavailable, RateLimited, SetupError
from oscine.ingest import live, receiving
from oscine.ingest.receiving import Queue
from oscine.records import (
    ANONYMOUS,
    INACTIVE,
    Account,
    AccountChanged,
    AccountDeleted,
    Engagement,
    Gap,
    Labelled,
    PostDeleted,
    Reached,
    Refused,
    Relation,
    Undone,
)  # fmt: skip
from oscine.store import connections
from oscine.store.connections import Connection, Connections
from oscine.store.dead_letters import DeadLetters
from oscine.store.gaps import Gaps
from oscine.store.postgres import Database, wait_for
from scripted_network import NETWORK, START, Scripted, written


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rests are short."""
    monkeypatch.setattr(receiving, "FIRST_REST", 0.01)
    monkeypatch.setattr(live, "BEAT", 0.05)
    monkeypatch.setattr(connections, "PATIENCE", 0.2)
    monkeypatch.setattr(live, "DATABASE_REST", 0.1)


@contextlib.contextmanager
def reading(database: Database, source: Scripted) -> Iterator[threading.Event]:
    """The source is read in a thread; what goes wrong there is raised here."""
    stop, failures = threading.Event(), []

    def read() -> None:
        try:
            ingest.run(database, source, stop=stop)
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
    if failures:
        raise failures[0]


def until(true: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait for something to be so."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)
    return found


def place(database: Database) -> str:
    row = database.one("SELECT place FROM connections")
    return str(row["place"]) if row else ""


def posts(database: Database) -> dict[str, str]:
    return {row["key"]: row["text"] for row in database.rows("SELECT key, text FROM posts WHERE network = %s", [NETWORK])}


def read_all(database: Database, source: Scripted) -> Connection:
    """Read until all of the script is stored; how the connection stood then."""
    with reading(database, source):
        until(lambda: place(database) == str(len(source.script)))
        until(lambda: not Connections(database).one(source.name).trouble)
        return Connections(database).one(source.name)


def test_what_comes_is_stored_with_its_place(database: Database) -> None:
    source = Scripted([written(1), written(2), PostDeleted(cursor=3, network=NETWORK, id="p1"), written(2, "edited", edited=9)])
    stood = read_all(database, source)
    assert posts(database) == {"p2": "edited"}
    assert (stood.state, stood.events, stood.refused, stood.network) == ("running", 4, 0, NETWORK)
    assert Connections(database).one(source.name).state == "stopped"
    read_all(database, later := Scripted([*source.script, written(3)]))
    assert (later.begun, posts(database).keys()) == (["4"], {"p2", "p3"})


def test_it_connects_again_where_it_was(database: Database) -> None:
    broken = NetworkUnavailable("scripted.example broke off.", "It is tried again.")
    source = Scripted([written(1), broken, written(2), RateLimited("Slower.", retry_after=0), broken, written(3)])
    read_all(database, source)
    assert source.begun == ["0", "1", "3", "4"] or source.begun == ["", "1", "3", "4"]
    assert posts(database).keys() == {"p1", "p2", "p3"}


def test_a_network_that_ends_the_connection_is_asked_again(database: Database) -> None:
    source = Scripted([written(1)], endless=False)
    with reading(database, source):
        until(lambda: len(source.begun) > 5)
        stood = until(lambda: (one := Connections(database).one(source.name)).trouble and one)
    assert stood.trouble == "The network ended the connection."


def test_rests_grow_and_are_spread_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full jitter: from nothing to twice as long each time, up to a minute."""
    monkeypatch.setattr(receiving, "FIRST_REST", 1.0)
    stop, rests = threading.Event(), []
    monkeypatch.setattr(stop, "wait", lambda seconds: rests.append(seconds) or (len(rests) > 9 and stop.set()))
    receiving.Receiver(Scripted([], endless=False), "", Queue(), stop, chance=lambda least, most: most if least == 0 else -1).run()
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_trouble_that_trying_again_does_not_mend_ends_it(database: Database) -> None:
    source = Scripted([written(1), SetupError("The token is wrong.", "Give another.")])
    with pytest.raises(SetupError, match="The token is wrong"), reading(database, source):
        until(lambda: Connections(database).told() and Connections(database).one(source.name).state == "stopped")
    assert (posts(database).keys(), Connections(database).one(source.name).trouble) == ({"p1"}, "The token is wrong. Give another.")


def test_a_second_process_is_told_so(database: Database) -> None:
    with reading(database, first := Scripted([written(1)])):
        until(lambda: posts(database))
        with pytest.raises(SetupError, match="being read by another process"), reading(database, Scripted([written(2)])):
            time.sleep(0.5)
        with reading(database, other := Scripted([written(3)], name="another")):
            until(lambda: "p3" in posts(database))
    assert first.begun and other.begun and posts(database).keys() == {"p1", "p3"}


def test_what_cannot_be_read_is_put_aside_and_can_be_tried_again(database: Database) -> None:
    source = Scripted(
        [written(1), *(Refused(cursor=2, reason=f"no {word}", raw=word.encode()) for word in ("rhyme", "reason")), written(3)]
    )
    stood = read_all(database, source)
    assert (stood.refused, stood.dead, posts(database).keys()) == (2, 2, {"p1", "p3"})
    source.repaired = {b"rhyme": [written(2), PostDeleted(cursor=2, network=NETWORK, id="p3"), Reached(cursor=2, place="elsewhere")]}
    assert ingest.replay(database, source) == (1, 1)
    assert posts(database).keys() == {"p1", "p2"} and place(database) == "4"
    assert [(letter.reason, letter.tries) for letter in DeadLetters(database).of(source.name)] == [("still unreadable", 2)]


def test_a_profile_in_an_old_letter_is_compared_not_written(database: Database) -> None:
    source = Scripted([Refused(cursor=1, reason="no", raw=b"x")])
    read_all(database, source)
    source.repaired = {b"x": [AccountChanged(cursor=1, account=Account(id="ann", network=NETWORK, name="Old"), told=frozenset({"name"}))]}
    assert ingest.replay(database, source) == (1, 0)
    gap = Gaps(database, source.name).due()
    assert gap and gap.account == "ann" and not database.rows("SELECT 1 FROM accounts WHERE name = 'Old'")


def test_one_event_that_the_store_cannot_hold_stops_no_other(database: Database) -> None:
    """Of 100, found by halves: a zero byte, a name too long for an index, what no JSON holds."""
    bad = {
        7: written(7, "zero\x00byte"),
        50: PostDeleted(cursor=50, network=NETWORK, id=os.urandom(9_000).hex()),
        93: written(93, extra={"a": b"\xff"}),
    }
    source = Scripted([bad.get(number, written(number)) for number in range(100)])
    stood = read_all(database, source)
    assert posts(database).keys() == {f"p{number}" for number in range(100)} - {f"p{number}" for number in bad}
    letters = DeadLetters(database).of(source.name)
    assert (stood.refused, len(letters)) == (3, 3)
    assert (
        "PostgreSQL cannot take this" in letters[0].reason
        and "maximum size" in letters[1].reason
        and "JSON serializable" in letters[2].reason
    )
    assert ingest.replay(database, source) == (1, 2), "two it can still not hold; bytes are written down in base64"
    assert "p93" in posts(database)
    assert letters[0].raw.startswith(b"PostWritten\n{")


def test_several_posts_of_one_place_of_which_one_was_deleted(database: Database) -> None:
    """A commit may hold several records, and all have its number."""
    deleted = PostDeleted(cursor=1, network=NETWORK, id="p1")
    read_all(database, Scripted([deleted, *(msgspec.structs.replace(written(number), cursor=9) for number in (1, 2, 3))]))
    assert posts(database).keys() == {"p2", "p3"}


def test_a_database_that_goes_away_is_waited_for(database: Database) -> None:
    """Each of its sessions is ended, again and again, while 5,000 posts come."""
    source = Scripted([written(number) for number in range(5_000)])
    with psycopg.connect(database.conninfo, autocommit=True) as other, reading(database, source):
        while place(database) != "5000":
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
            wait_for(database, 30)
            time.sleep(0.3)
    assert len(posts(database)) == 5_000


def test_where_the_store_is_slower_the_network_waits() -> None:
    queue, put = Queue(most=5, most_bytes=100), []

    def fill() -> None:
        for number in range(8):
            put.append(queue.put(written(number), 30 if number < 4 else 1))

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    until(lambda: len(put) == 4)
    time.sleep(0.05)
    assert len(put) == 4, "120 bytes of 100"
    assert [item.cursor for item in queue.take(2, 0, 1)] == [0, 1]
    until(lambda: len(put) == 7)
    time.sleep(0.05)
    assert len(put) == 7, "five of five"
    queue.close()
    thread.join(10)
    assert put == [True] * 7 + [False]


def test_a_batch_is_what_comes_within_a_moment() -> None:
    queue = Queue()
    assert queue.take(10, 0.01, 0.01) == []
    for number in range(12):
        queue.put(written(number), 1)
    assert [len(queue.take(10, 0.01, 5)), len(queue.take(10, 0.01, 5))] == [10, 2]


def repository(*numbers: int) -> list[Any]:
    """What the network has of ann."""
    return [written(number) for number in numbers]


def like(key: str, post: str) -> Engagement:
    return Engagement(cursor=1, network=NETWORK, kind="like", actor="ann", post=post, at=START, key=key)


def follow(key: str, target: str) -> Relation:
    return Relation(cursor=1, network=NETWORK, kind="follow", actor="ann", target=target, at=START, key=key)


def acts(database: Database) -> set[str]:
    rows = database.rows("SELECT key FROM engagements WHERE active UNION ALL SELECT key FROM relations WHERE active")
    return {row["key"] for row in rows}


def mended(database: Database) -> bool:
    return not database.one("SELECT 1 FROM gaps LIMIT 1")


def test_a_gap_is_compared_with_the_network(database: Database) -> None:
    before = [
        written(1),
        written(2),
        written(3, author="bo"),
        written(4, visibility="direct"),
        like("l1", "p3"),
        like("l2", "p9"),
        follow("f1", "bo"),
    ]
    source = Scripted([*before, Gap(cursor=9, network=NETWORK, reason="a hole", account="ann")])
    source.repositories["ann"] = [*repository(2, 5), like("l2", "p9"), follow("f2", "cy")]
    with reading(database, source):
        until(lambda: place(database) == "8" and mended(database))
    assert posts(database).keys() == {"p2", "p3", "p4", "p5"}, "others' posts and what not everybody sees are left alone"
    assert acts(database) == {"l2", "f2"}


def test_an_edit_that_was_missed_is_newer_than_one_that_was_not(database: Database) -> None:
    """A repository does not say when a post was edited."""
    first = [written(1, "edited once", edited=5), written(2, "edited", edited=5)]
    source = Scripted([*first, Gap(cursor=9, network=NETWORK, reason="a hole", account="ann")])
    source.repositories["ann"] = [written(1, "edited twice"), written(2, "edited")]
    with reading(database, source):
        until(lambda: place(database) == "3" and mended(database))
    assert posts(database) == {"p1": "edited twice", "p2": "edited"}
    assert database.one("SELECT edited_at FROM posts WHERE key = 'p2'") == {"edited_at": START + timedelta(seconds=7)}


def test_a_snapshot_that_tells_nothing_at_all_deletes_nothing(database: Database) -> None:
    source = Scripted([written(1), Gap(cursor=9, network=NETWORK, reason="a hole", account="ann")])
    source.repositories["ann"] = []
    with reading(database, source):
        until(lambda: place(database) == "2" and mended(database))
    assert posts(database).keys() == {"p1"}


def test_what_is_told_of_an_account_before_its_server_breaks_off_counts(database: Database) -> None:
    source = Scripted([written(1), Gap(cursor=9, network=NETWORK, reason="a hole", account="ann")])
    source.repositories["ann"] = [written(2), NetworkUnavailable("It shows no more.", "Wait.")]
    with reading(database, source):
        until(lambda: posts(database).keys() == {"p1", "p2"})
        assert until(lambda: database.one("SELECT trouble FROM gaps WHERE tries > 0")) == {"trouble": "It shows no more. Wait."}


def test_a_gap_of_all_and_one_that_cannot_be_read_yet(database: Database) -> None:
    source = Scripted([written(1), written(3, author="bo"), Gap(cursor=9, network=NETWORK, reason="away too long")])
    source.repositories = {"ann": repository(2), "bo": NetworkUnavailable("bo's server does not answer.")}
    with reading(database, source):
        until(lambda: "p2" in posts(database) and "p1" not in posts(database))
        missed = until(lambda: database.one("SELECT account, trouble FROM gaps WHERE tries > 0"))
        assert missed == {"account": "bo", "trouble": "bo's server does not answer."}
        source.repositories["bo"] = [AccountChanged(cursor=1, account=Account(id="bo", network=NETWORK), told=frozenset({"name"}))]
        database.execute("UPDATE gaps SET next_try = now()")
        until(lambda: mended(database))
    assert posts(database).keys() == {"p2"}


@pytest.mark.parametrize("away", [
    AccountDeleted(cursor=1, network=NETWORK, id="ann"),
    Labelled(cursor=1, network=NETWORK, label=INACTIVE, by="network", at=START, account="ann"),
], ids=["deleted", "put away"])  # fmt: skip
def test_an_account_that_is_gone_or_away(database: Database, away: Any) -> None:
    source = Scripted([written(1), Gap(cursor=9, network=NETWORK, reason="a hole", account="ann")])
    source.repositories["ann"] = [away]
    with reading(database, source):
        until(lambda: place(database) == "2" and mended(database))
    assert posts(database).keys() == (set() if isinstance(away, AccountDeleted) else {"p1"})
    tombstones = database.rows("SELECT kind, key FROM tombstones")
    assert tombstones == ([{"kind": "account", "key": "ann"}] if isinstance(away, AccountDeleted) else [])


def test_what_the_stream_tells_meanwhile_is_newer(database: Database) -> None:
    """While ann's repository is on its way, the stream tells of a new name, an edit, a new post, a deleted one and a like taken back."""
    called = AccountChanged(cursor=9, account=Account(id="ann", network=NETWORK, name="New"), told=frozenset({"name"}))
    old = AccountChanged(cursor=9, account=Account(id="ann", network=NETWORK, name="Old"), told=frozenset({"name"}))
    gone = [PostDeleted(cursor=9, network=NETWORK, id="p2"), Undone(cursor=9, network=NETWORK, key="l1")]
    meanwhile = [called, written(1, "edited", edited=5), written(6), *gone]
    source = Scripted(
        [written(1), written(2), written(3), like("l1", "p3"), Gap(cursor=9, network=NETWORK, reason="a hole", account="ann")]
    )
    source.repositories["ann"] = [old, *repository(1, 2, 4), like("l1", "p3")]
    source.readable.clear()
    source.endless = False
    with reading(database, source):
        until(source.reading.is_set)
        source.script += meanwhile
        until(lambda: place(database) == str(len(source.script)))
        source.readable.set()
        until(lambda: mended(database))
    assert posts(database) == {"p1": "edited", "p4": "post number4", "p6": "post number6"}
    assert acts(database) == set()
    assert database.one("SELECT name FROM accounts WHERE key = 'ann'") == {"name": "New"}


def test_it_stops_when_it_is_asked_to(database: Database) -> None:
    source = Scripted([written(number) for number in range(10_000)])
    with reading(database, source) as stop:
        until(lambda: place(database))
        stop.set()
    assert len(posts(database)) == int(place(database)) < 10_000
    read_all(database, Scripted(source.script))
    assert len(posts(database)) == 10_000


def test_what_is_deleted_is_found_no_more(app: Any) -> None:
    source = Scripted(
        [written(1, "the Quarnholm ferry"), written(2, "the Quarnholm lighthouse"), PostDeleted(cursor=3, network=NETWORK, id="p1")]
    )
    read_all(app.database, source)
    found = app.search.search(app.view(ANONYMOUS), "Quarnholm", limit=10).results
    assert [result.seen.post.id for result in found] == ["p2"]


def test_accounts_that_are_ids_get_names_and_none_that_is_newer_is_lost(database: Database) -> None:
    """As from a view that is behind the stream, and knows nothing of the third."""
    source = Scripted([written(1, author="did:a"), written(2, author="did:b"), written(3, author="did:c"), written(4, author="did:d")])
    source.script.append(AccountChanged(cursor=5, account=Account(id="did:b", network=NETWORK, name="New"), told=frozenset({"name", "bio"})))
    source.script.append(AccountChanged(cursor=6, account=Account(id="did:d", network=NETWORK, handle="dee.example"), told=frozenset({"handle"})))
    read_all(database, source)
    asked: list[list[str]] = []

    def profiles(ids: Sequence[str]) -> Iterator[AccountChanged]:
        asked.append(list(ids))
        for name in {"did:a", "did:b"} & set(ids):
            account = Account(id=name, network=NETWORK, handle=f"{name[4:]}.example", name=f"Old {name[4:]}", bio="Old")
            yield AccountChanged(cursor=0, account=account, told=frozenset({"handle", "name", "bio"}))

    naming = ingest.Naming(database, NETWORK, profiles)
    assert [naming.ask(), naming.ask()] == [True, False]
    assert asked == [["did:a", "did:b", "did:c"]]
    rows = database.rows("SELECT handle, name, bio FROM accounts WHERE network = %s ORDER BY key", [NETWORK])
    told = [tuple(row.values()) for row in rows]
    assert told == [("a.example", "Old a", "Old"), ("b.example", "New", ""), ("did:c", "", ""), ("dee.example", "", "")]
    unproved = AccountChanged(cursor=7, account=Account(id="did:d", network=NETWORK, handle="did:d"), told=frozenset({"handle"}))
    read_all(database, Scripted([*source.script, unproved]))
    assert database.one("SELECT handle FROM accounts WHERE key = 'did:d'") == {"handle": "did:d"}, "it is somebody else's now"
