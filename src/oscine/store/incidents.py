"""What went wrong, told to everyone: opened by the software itself or by the operator, ended with what was mended. Nothing of it is ever deleted.

Whoever writes one names no person and quotes no post: it is public.
"""

from __future__ import annotations

from datetime import datetime

from oscine.errors import InputError, NotFound
from oscine.records import Record
from oscine.store.postgres import Database

LONGEST_TITLE, LONGEST = 200, 2_000
MOST = 200  # that are listed
BY_OPERATOR = "operator"  # the kind of one that no software opened
_COLUMNS = "id, kind, title, what, effect, by, at, ended_at, mended"
_OPEN = f"""
INSERT INTO incidents (kind, title, what, effect, by) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (kind, title) WHERE ended_at IS NULL DO NOTHING RETURNING {_COLUMNS}
"""  # noqa: S608 - our own words
_GOES_ON = f"SELECT {_COLUMNS} FROM incidents WHERE (kind, title) = (%s, %s) AND ended_at IS NULL"  # noqa: S608
_END = f"UPDATE incidents SET ended_at = clock_timestamp(), mended = %s WHERE id = %s AND ended_at IS NULL RETURNING {_COLUMNS}"  # noqa: S608
_ALL = f"SELECT {_COLUMNS} FROM incidents ORDER BY (ended_at IS NOT NULL), at DESC, id DESC LIMIT %s"  # noqa: S608


class Incident(Record, frozen=True):
    """One thing that went wrong: `what` happened, its `effect` on people, who opened it (`by`), and, once it has ended, what was `mended`."""

    id: int
    kind: str
    title: str
    what: str
    effect: str
    by: str
    at: datetime
    ended_at: datetime | None = None
    mended: str = ""


class Incidents:
    """The table `incidents` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, kind: str, title: str, what: str, effect: str, by: str) -> Incident:
        """Open one; where one of this kind and title goes on, that one. Raises `InputError` for an empty or very long text."""
        given = [
            _said("title", title, LONGEST_TITLE),
            _said("what happened", what, LONGEST),
            _said("effect", effect, LONGEST, needed=False),
        ]
        row = self._database.one(_OPEN, [kind, *given, by]) or self._database.one(_GOES_ON, [kind, given[0]])
        return Incident(**row) if row else self.open(kind, title, what, effect, by)  # it ended in between

    def end(self, number: int, mended: str) -> Incident:
        """End one, with what was mended. Raises `NotFound` where none goes on under this number, `InputError` for an empty text."""
        done = self._database.one(_END, [_said("what was mended", mended, LONGEST), number])
        if done is None:
            raise NotFound(f"No incident {number} goes on.", "See which do: oscine incidents list.")
        return Incident(**done)

    def end_all(self, kind: str, title: str, mended: str) -> None:
        """End the one of this kind and title, where one goes on: for what mended itself."""
        self._database.execute(
            "UPDATE incidents SET ended_at = clock_timestamp(), mended = %s WHERE (kind, title) = (%s, %s) AND ended_at IS NULL",
            [mended, kind, title],
        )

    def all(self, limit: int = MOST) -> list[Incident]:
        """Those that go on, then those that have ended, each newest first."""
        return [Incident(**row) for row in self._database.rows(_ALL, [limit])]


def _said(what: str, words: str, longest: int, *, needed: bool = True) -> str:
    words = words.strip()
    if (needed and not words) or len(words) > longest or "\0" in words:
        raise InputError(f"The {what} of an incident is missing or very long.", f"Say it in up to {longest:,} characters.")
    return words
