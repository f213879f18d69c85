"""The tables of weights, by version, and which one is live since when: kept with who and why, and never changed.

Version 0 ships with the software and is never stored; it is live until another is made so. It does not know what the weights do, nor whether they are wise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from math import isfinite
from typing import Any

import msgspec

from oscine.errors import InputError, NotFound
from oscine.recommendation import ACTIONS, DIALS, WISHES, Weights
from oscine.records import Record
from oscine.store.postgres import Database, Row

MOST = 1_000.0  # a weight, either way
LONGEST = 500  # characters of a reason


class Step(Record, frozen=True):
    """A version was made live. `by` is a key's id."""

    version: int
    since: datetime
    by: str
    why: str


class Tables:
    """The tables `feed_weights` and `feed_weights_live` of a database; `shipped` is version 0."""

    def __init__(self, database: Database, shipped: Weights) -> None:
        self._database = database
        self.shipped = shipped

    def one(self, version: int) -> Weights:
        """A version. Raises `NotFound`."""
        row = self._database.one("SELECT * FROM feed_weights WHERE version = %s", [version]) if version else None
        if version and row is None:
            raise NotFound(f"There is no version {version} of the weights.", "GET /v1/feed/weights lists them.")
        return self._told(row) if row else self.shipped

    def all(self) -> list[Weights]:
        """Every version, the newest first."""
        return [*map(self._told, self._database.rows("SELECT * FROM feed_weights ORDER BY version DESC")), self.shipped]

    def live(self) -> Weights:
        """The version in use."""
        row = self._database.one(
            "SELECT w.* FROM feed_weights_live l LEFT JOIN feed_weights w ON w.version = l.version ORDER BY l.step DESC LIMIT 1"
        )
        return self._told(row) if row and row["version"] else self.shipped

    def history(self) -> list[Step]:
        """Which version was made live when, the newest first."""
        rows = self._database.rows("SELECT version, since, by, why FROM feed_weights_live ORDER BY step DESC")
        return [Step(**row) for row in rows]

    def propose(self, weights: Weights, by: str, why: str) -> Weights:
        """Keep a new version, which is not live; `version` and what was said of it before are made anew. Raises `InputError`."""
        told = msgspec.structs.replace(checked(weights, self.shipped), version=0, made_at=None, by="", why="")
        row = self._database.one(
            "INSERT INTO feed_weights (weights, by, why) VALUES (%s, %s, %s) RETURNING *",
            [msgspec.json.encode(told).decode(), by, reason(why)],
        )
        assert row
        return self._told(row)

    def make_live(self, version: int, by: str, why: str) -> Weights:
        """Use a version from now on. Raises `NotFound`, `InputError` without a reason or while a test runs, which would no longer say what it compares."""
        weights, said = self.one(version), reason(why)
        made = self._database.execute(
            "INSERT INTO feed_weights_live (version, by, why) SELECT %s, %s, %s"
            " WHERE NOT EXISTS (SELECT FROM feed_tests WHERE ended_at IS NULL)",
            [version, by, said],
        )
        if not made:
            raise InputError("A test of the feed is running.", "End it first: oscine feed test end.")
        return weights

    def _told(self, row: Row) -> Weights:
        """A version; a weight that came with a later release stands as it ships, one that went is left out."""
        shipped, kept = msgspec.to_builtins(self.shipped), row["weights"]
        whole = {
            name: {key: kept.get(name, {}).get(key, value) for key, value in there.items()}
            if isinstance(there, dict)
            else kept.get(name, there)
            for name, there in shipped.items()
        }
        told = whole | {"version": row["version"], "made_at": row["made_at"], "by": row["by"], "why": row["why"]}
        return msgspec.convert(told, Weights)


def checked(weights: Weights, shipped: Weights) -> Weights:
    """The weights; raises `InputError` where a number is out of bounds, or a name is none of the shipped table's."""
    named: list[tuple[str, Mapping[Any, float], Collection[str]]] = [
        ("actions", weights.actions, ACTIONS),
        ("also", weights.also, shipped.also),
        ("dials", weights.dials, DIALS),
        ("wishes", weights.wishes, WISHES),
    ]
    for where, given, names in named:
        known = set(names)
        if set(given) != known:
            odd = sorted(set(given) ^ known)[0]
            raise InputError(f"{where}.{odd} is {'missing' if odd in known else 'no weight'}.", f"Give {', '.join(sorted(known))}.")
        for name, value in given.items():
            _within(f"{where}.{name}", value, -MOST, MOST)
    _within("diversity", weights.diversity, 0, 1)
    _within("author", weights.author, 0, 1)
    return weights


def reason(why: str) -> str:
    """A reason that can be kept. Raises `InputError`."""
    if not why.strip() or len(why) > LONGEST or "\0" in why:
        raise InputError("There is no reason, or a very long one.", f"Say in up to {LONGEST} characters why, for all who read the history.")
    return why.strip()


def _within(name: str, value: float, low: float, high: float) -> None:
    if not (isfinite(value) and low <= value <= high):
        raise InputError(f"{name} is {value}.", f"It goes from {low:g} to {high:g}.")
