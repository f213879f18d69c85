"""What the audience of ads is told from: public acts of accounts that may be found, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from oscine.app import App
from oscine.records import ANONYMOUS, Viewer
from oscine.store.activity import Active, Activity
from oscine.store.choices import Choices

Write = Callable[..., Any]
SINCE = datetime(2024, 1, 1, tzinfo=UTC)
ANN = Viewer(network="local", account="ann")


@pytest.fixture
def store(app: App) -> Activity:
    return Activity(app.database)


def keys(app: App, numbers: list[int]) -> list[str]:
    found = {row["id"]: row["key"] for row in app.database.rows("SELECT id, key FROM posts")}
    return [found[number] for number in numbers]


def acts(write: Write, *acts: tuple[str, str, str, str], on: bool = True) -> None:
    write(
        *(
            {"engagement": kind, "actor": actor, "post": post, "at": f"2024-05-0{day}T00:00:00Z", "on": on}
            for actor, kind, post, day in acts
        )
    )


def test_what_was_done_the_newest_first(app: App, store: Activity, write: Write) -> None:
    write(*({"id": f"p{n}", "text": "x", "author": f"a{n}"} for n in range(6)))
    acts(write, ("ann", "like", "p0", "1"), ("ann", "repost", "p1", "3"), ("ann", "dwell", "p2", "2"), ("bob", "like", "p3", "2"))
    write({"text": "indeed", "author": "ann", "reply_to": "p4", "created_at": "2024-05-02T00:00:00Z"})
    assert keys(app, store.done(ANN, SINCE, 9)) == ["p1", "p4", "p0"]
    assert keys(app, store.done(ANN, SINCE, 1)) == ["p1"]
    assert store.done(ANN, datetime(2024, 6, 1, tzinfo=UTC), 9) == [] == store.done(ANONYMOUS, SINCE, 9)
    acts(write, ("ann", "repost", "p1", "4"), on=False)
    assert keys(app, store.done(ANN, SINCE, 9)) == ["p4", "p0"], "taken back is not done"


def test_nothing_of_what_is_not_public(app: App, store: Activity, write: Write) -> None:
    write(
        {"id": "own", "text": "x", "author": "ann"},
        {"id": "closed", "text": "x", "author": "bob", "visibility": "followers"},
        {"id": "shy", "text": "x", "author": "shy"},
        {"id": "gone", "text": "x", "author": "bob"},
        {"text": "secretly", "author": "ann", "reply_to": "open", "visibility": "direct"},
        {"id": "open", "text": "x", "author": "bob"},
    )
    acts(write, *(("ann", "like", post, "1") for post in ("own", "closed", "shy", "gone")))
    app.database.execute("UPDATE accounts SET searchable = false WHERE key = 'shy'")
    write({"delete": "gone"})
    assert store.done(ANN, SINCE, 9) == []


def test_whom_one_follows(app: App, store: Activity, write: Write) -> None:
    write(*({"id": f"f{n}", "text": "x", "author": "fay", "created_at": f"2024-05-1{n}T00:00:00Z"} for n in range(9)))
    write({"relation": "follow", "actor": "ann", "target": "fay", "at": "2024-05-01T00:00:00Z"})
    assert set(keys(app, store.done(ANN, SINCE, 99))) == {"f8", "f7", "f6", "f5", "f4"}


def test_what_accounts_say_of_themselves(store: Activity, write: Write) -> None:
    write(
        {"author": "ann", "author_handle": "annie", "author_name": "Ann", "author_bio": "Sails", "text": "x"},
        {"author": "cat", "text": "x", "visibility": "direct"},
    )
    assert store.told(["local/ann", "local/cat", "other/ann"]) == {"local/ann": "annie . Ann . Sails"}


def test_who_was_active(store: Activity, app: App, write: Write) -> None:
    write(
        {"id": "p", "author": "ann", "text": "x"},
        {"author": "old", "text": "x", "created_at": "2020-01-01T00:00:00Z"},
        {"author": "bot", "text": "x"},
    )
    acts(write, ("bob", "like", "p", "1"))
    app.database.execute("UPDATE accounts SET bot = true WHERE key = 'bot'")
    Choices(app.database).set(ANN, personal=True)
    Choices(app.database).mark_minor(Viewer(network="local", account="bob"))
    found = store.active(SINCE, 9)
    assert found.total == 2 and set(found.sample) == {Active(ANN, True, False), Active(Viewer(network="local", account="bob"), False, True)}
    assert store.active(SINCE, 1) == store.active(SINCE, 1) and store.active(SINCE, 1).total == 2


def test_recent_posts(app: App, store: Activity, write: Write) -> None:
    write(
        *({"id": f"p{n}", "text": "x", "created_at": f"2024-05-{n:02}T00:00:00Z"} for n in range(1, 21)),
        {"text": "x", "visibility": "followers"},
    )
    found = store.recent(datetime(2024, 5, 11, tzinfo=UTC), datetime(2024, 5, 21, tzinfo=UTC), 4)
    assert found.total == 10 and len(found.sample) == 4 and all(int(key[1:]) >= 11 for key in keys(app, list(found.sample)))


def test_no_vectors_are_asked_for_where_there_are_no_posts(store: Activity) -> None:
    assert store.vectors([]) == {}
