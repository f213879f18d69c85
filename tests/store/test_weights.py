"""Tables of weights by version: the one that ships is 0, others are kept with who and why, and one is live."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from oscine.app import App
from oscine.errors import InputError, NotFound
from oscine.feed.weights import shipped
from oscine.store.feed_tests import Tests
from oscine.store.weights import LONGEST, Tables

BOLDER = msgspec.structs.replace(shipped(), actions={**shipped().actions, "like": 9.5}, version=77, by="somebody else", why="not this")


@pytest.fixture
def tables(app: App) -> Tables:
    return Tables(app.database, shipped())


def test_what_ships_is_live_until_another_is(tables: Tables) -> None:
    assert tables.live() == tables.one(0) == shipped()
    assert (tables.all(), tables.history()) == ([shipped()], [])
    made = tables.propose(BOLDER, "key1", " More likes. ")
    assert (made.actions["like"], made.by, made.why, made.made_at is None) == (9.5, "key1", "More likes.", False)
    assert made.version > 0 and tables.live() == shipped()
    assert tables.make_live(made.version, "key2", "It did well.") == made == tables.live() == tables.one(made.version)
    tables.make_live(0, "key1", "It did not.")
    assert tables.live() == shipped()
    assert [(step.version, step.by, step.why) for step in tables.history()] == [
        (0, "key1", "It did not."),
        (made.version, "key2", "It did well."),
    ]
    assert [weights.version for weights in tables.all()] == [made.version, 0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"actions": {"like": 1.0}}, "actions.click is missing"),
        ({"also": {**shipped().also, "luck": 1.0}}, "also.luck is no weight"),
        ({"also": {**shipped().also, "fresh": float("nan")}}, "also.fresh is nan"),
        ({"actions": {**shipped().actions, "like": 1e9}}, "actions.like is 1000000000.0"),
        ({"diversity": 1.5}, "diversity is 1.5"),
        ({"author": -0.1}, "author is -0.1"),
    ],
)
def test_what_is_no_table_is_refused(tables: Tables, change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        tables.propose(msgspec.structs.replace(shipped(), **change), "key", "why not")


@pytest.mark.parametrize("why", ["", "  ", "x" * (LONGEST + 1), "a\0b"])
def test_every_change_has_a_reason(tables: Tables, why: str) -> None:
    with pytest.raises(InputError, match="no reason"):
        tables.propose(BOLDER, "key", why)
    with pytest.raises(InputError, match="no reason"):
        tables.make_live(0, "key", why)


def test_there_is_no_such_version(tables: Tables) -> None:
    with pytest.raises(NotFound, match="no version 99"):
        tables.make_live(99, "key", "why not")


def test_while_a_test_runs_the_live_table_stays(tables: Tables, app: App) -> None:
    made = tables.propose(BOLDER, "key", "More likes.")
    test = Tests(app.database).start("likes", 0, made.version, 0.5, "key", "Do they help?")
    with pytest.raises(InputError, match="A test of the feed is running"):
        tables.make_live(made.version, "key", "Now.")
    Tests(app.database).end(test.id, "key", "Enough.")
    assert tables.make_live(made.version, "key", "Now.") == tables.live()


def test_a_version_lives_through_releases(tables: Tables, app: App) -> None:
    """What an older release did not know stands as it ships; what a newer one does not know is left out."""
    made = tables.propose(BOLDER, "key", "More likes.")
    change = (
        "UPDATE feed_weights SET weights = (weights #- '{also,fresh}') #- '{diversity}' || jsonb_build_object('luck', 7) WHERE version = %s"
    )
    app.database.execute(change, [made.version])
    assert tables.one(made.version) == msgspec.structs.replace(made, diversity=shipped().diversity)
    assert tables.propose(tables.one(made.version), "key", "Again.").also == shipped().also
