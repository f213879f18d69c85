"""Tests of weights as they are kept: one at a time, begun and ended with who and why."""

from __future__ import annotations

from typing import Any

import pytest

from oscine.app import App
from oscine.errors import InputError, NotFound
from oscine.store.feed_tests import LONGEST_NAME, Tests

GIVEN: dict[str, Any] = {"name": "likes", "control": 0, "treatment": 3, "share": 0.5, "by": "key", "why": "Do they help?"}


@pytest.fixture
def tests(app: App) -> Tests:
    return Tests(app.database)


def test_one_runs_at_a_time(tests: Tests) -> None:
    assert tests.running() is None and tests.all() == []
    first = tests.start(**GIVEN)
    assert tests.running() == tests.one(first.id) == first and first.ended_at is None
    with pytest.raises(InputError, match="is running"):
        tests.start(**GIVEN | {"name": "another"})
    ended = tests.end(first.id, "key2", "Enough.")
    assert (ended.ended_by, ended.ended_why, ended.why) == ("key2", "Enough.", "Do they help?") and ended.ended_at
    second = tests.start(**GIVEN)
    assert [test.id for test in tests.all()] == [second.id, first.id]
    with pytest.raises(InputError, match=f"Test {first.id} is ended"):
        tests.end(first.id, "key", "Again.")
    with pytest.raises(NotFound, match="no test 999"):
        tests.end(999, "key", "Again.")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"share": 0.0}, "share of 0.0"),
        ({"share": 1.0}, "share of 1.0"),
        ({"share": float("nan")}, "share of nan"),
        ({"treatment": 0}, "Version 0 is the one in use"),
        ({"name": " "}, "no name"),
        ({"name": "x" * (LONGEST_NAME + 1)}, "no name"),
        ({"why": ""}, "no reason"),
    ],
)
def test_what_is_no_test_is_refused(tests: Tests, change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        tests.start(**GIVEN | change)
    assert tests.running() is None
