"""Saved searches as they are kept: whose, how far, and who may take them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from oscine import access
from oscine.app import App
from oscine.errors import InputError, NotFound
from oscine.records import ANONYMOUS, Viewer
from oscine.store import saved
from oscine.store.posts import WRITERS_LOCK
from oscine.store.saved import SavedSearch, SavedSearches, owner

ANN = Viewer(network="local", account="ann")
HOOK = "https://hook.example/x"


@pytest.fixture
def store(app: App) -> SavedSearches:
    return app.saved


def test_whose(store: SavedSearches) -> None:
    mine = store.add("local", ANONYMOUS, "storms", "storm", HOOK, "secret")
    anns = store.add("k1", ANN, "storms", "storm -rain")
    assert owner("local", ANONYMOUS) != owner("k1", ANONYMOUS) and owner("k1", ANN) == owner("k2", ANN), "an account has it with any key"
    assert store.of("key:local") == [mine] and store.of(owner("k2", ANN)) == [anns]
    assert store.one("key:local", mine.id) == store.named("key:local", "storms") == mine
    for other in (owner("k1", ANONYMOUS), owner("k2", ANN)):
        with pytest.raises(NotFound):
            store.one(other, mine.id)
        with pytest.raises(NotFound):
            store.remove(other, mine.id)
    store.remove("key:local", mine.id)
    with pytest.raises(NotFound):
        store.named("key:local", "storms")


def test_what_cannot_be_saved(store: SavedSearches, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, query in (("", "x"), ("x", ""), ("x" * 101, "x"), ("x", "y" * 2_001), ("a\0b", "x")):
        with pytest.raises(InputError):
            store.add("local", ANONYMOUS, name, query)
    store.add("local", ANONYMOUS, "a", "x")
    with pytest.raises(InputError, match="'a' already"):
        store.add("local", ANONYMOUS, "a", "y")
    monkeypatch.setattr(saved, "MOST", 2)
    store.add("local", ANONYMOUS, "b", "x")
    with pytest.raises(InputError, match="Remove one"):
        store.add("local", ANONYMOUS, "c", "x")


def test_looking_goes_on_only(store: SavedSearches) -> None:
    one = store.add("local", ANONYMOUS, "a", "x")
    store.looked("key:local", one.id, 7)
    store.looked("key:local", one.id, 3)
    store.looked("key:other", one.id, 9)
    assert store.one("key:local", one.id).looked == 7


def test_arrived_waits_for_writers(app: App, store: SavedSearches, write: Callable[..., Any]) -> None:
    """A post that was numbered early and comes late is not passed over."""
    write({"text": "one"})
    first = store.arrived()
    assert first > 0
    with app.database.connection() as writer:
        writer.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITERS_LOCK])
        late = writer.execute("SELECT nextval('posts_id_seq') AS n").fetchone()
        write({"text": "two"})
        assert late and late["n"] > first
        assert store.arrived() == first, "somebody writes: only what was known is said"
        found: list[int] = []
        waiting = threading.Thread(target=lambda: found.append(store.arrived(wait=True)))
        waiting.start()
    waiting.join(20)
    assert found and found[0] > late["n"] and store.arrived() == found[0]


def due(store: SavedSearches) -> list[SavedSearch]:
    return store.due(1_000_000)


def test_a_webhook_is_taken_by_one_at_a_time(app: App, store: SavedSearches) -> None:
    one = store.add("local", ANONYMOUS, "a", "x", HOOK, "secret")
    store.add("local", ANONYMOUS, "without", "x")
    assert [item.id for item in due(store)] == [one.id] and due(store) == [], "who takes it has it for a while"
    app.database.execute("UPDATE saved_searches SET next_try = now()")
    assert store.due(one.delivered) == [], "nothing has arrived"
    store.delivered(one.id, 1_000_000)
    assert due(store) == []


def test_failures_are_tried_again_later_and_then_no_more(app: App, store: SavedSearches) -> None:
    one = store.add("local", ANONYMOUS, "a", "x", HOOK, "secret")
    waits = []
    for _ in range(len(saved.RETRY_MINUTES) + 1):
        assert not store.one("key:local", one.id).stopped
        app.database.execute("UPDATE saved_searches SET next_try = now()")
        (taken,) = due(store)
        store.failed(taken, "it answered 500")
        row = app.database.one(
            "SELECT next_try = 'infinity' AS never, CASE WHEN next_try < 'infinity' THEN next_try - now() END AS wait FROM saved_searches"
        )
        assert row
        waits.append(row["wait"])
    assert waits[-1] is None and all(early < late for early, late in pairwise(waits[:-1]))
    assert timedelta(seconds=50) < waits[0] < timedelta(minutes=1)
    ended = store.one("key:local", one.id)
    assert (ended.stopped, ended.trouble, ended.failures) == (True, "it answered 500", len(waits)) and due(store) == []


def test_revoking_the_key_stops_it(app: App, store: SavedSearches) -> None:
    _, key = access.create(app.database, "test", ["read"], [], ANONYMOUS)
    one = store.add(key.id, ANN, "a", "x", HOOK, "secret")
    access.revoke(app.database, key.id)
    assert due(store) == [] and store.one(owner("other", ANN), one.id).stopped


def test_deleting_the_account_ends_it(app: App, store: SavedSearches, write: Callable[..., Any]) -> None:
    write({"text": "hello"})
    store.add("local", ANN, "a", "x", HOOK, "secret")
    app.database.execute("INSERT INTO tombstones (kind, network, key) VALUES ('account', 'local', 'ann')")
    assert store.of(owner("local", ANN)) == []
    assert due(store) == []
    assert app.database.rows("SELECT 1 FROM saved_searches") == [], "and what it was looking for is forgotten"
