"""Tests of a table of weights against the one in use, as they are kept: one runs at a time, each begins and ends with who and why.

It does not know what came of them: `feed.judge` does.
"""

from __future__ import annotations

from datetime import datetime

import psycopg

from oscine.errors import InputError, NotFound
from oscine.records import Record
from oscine.store.postgres import Database
from oscine.store.weights import reason

LONGEST_NAME = 100
_COLUMNS = "id, name, control, treatment, share, started_at, by, why, ended_at, ended_by, ended_why"


class Test(Record, frozen=True):
    """`share` of the people who have an account are given the version `treatment`, the others `control`, until it is ended."""

    __test__ = False  # for pytest

    id: int
    name: str
    control: int
    treatment: int
    share: float
    started_at: datetime
    by: str
    why: str
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""


class Tests:
    """The table `feed_tests` of a database."""

    __test__ = False

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, name: str, control: int, treatment: int, share: float, by: str, why: str) -> Test:
        """Begin one. Raises `InputError` where it compares a version with itself, has no name or reason, or another runs."""
        if not 0 < share < 1:
            raise InputError(f"A share of {share} is no part of the people.", "Give a number between 0 and 1.")
        if control == treatment:
            raise InputError(f"Version {treatment} is the one in use.", "Test another: oscine feed weights propose.")
        if not name.strip() or len(name) > LONGEST_NAME or "\0" in name:
            raise InputError("The test has no name, or a very long one.", f"Give up to {LONGEST_NAME} characters.")
        insert = (
            "INSERT INTO feed_tests (name, control, treatment, share, by, why) VALUES (%s, %s, %s, %s, %s, %s)"  # noqa: S608
            f" RETURNING {_COLUMNS}"
        )
        try:
            row = self._database.one(insert, [name.strip(), control, treatment, share, by, reason(why)])
        except psycopg.errors.UniqueViolation:
            raise InputError("A test of the feed is running.", "End it first: oscine feed test end.") from None
        assert row
        return Test(**row)

    def running(self) -> Test | None:
        """The one that runs, if one does."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM feed_tests WHERE ended_at IS NULL")  # noqa: S608
        return Test(**row) if row else None

    def one(self, number: int) -> Test:
        """One, running or not. Raises `NotFound`."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM feed_tests WHERE id = %s", [number])  # noqa: S608
        if row is None:
            raise NotFound(f"There is no test {number}.", "GET /v1/feed/tests lists them.")
        return Test(**row)

    def all(self) -> list[Test]:
        """All, the newest first."""
        return [Test(**row) for row in self._database.rows(f"SELECT {_COLUMNS} FROM feed_tests ORDER BY id DESC")]  # noqa: S608

    def end(self, number: int, by: str, why: str) -> Test:
        """End one: everybody is given the version in use again. Raises `NotFound`, `InputError` where it is ended already or there is no reason."""
        ended = (
            "UPDATE feed_tests SET ended_at = clock_timestamp(), ended_by = %s, ended_why = %s WHERE id = %s AND ended_at IS NULL"  # noqa: S608
            f" RETURNING {_COLUMNS}"
        )
        row = self._database.one(ended, [by, reason(why), number])
        if row is None:
            raise InputError(f"Test {self.one(number).id} is ended.", "Begin another.")
        return Test(**row)
