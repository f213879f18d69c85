"""Appeals of authors against labels on their posts, and how a person of this network decided each. A label stands here by its plain name.

There is one open appeal for a post and a label. What is decided is never decided again: whoever disagrees appeals anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

from psycopg import Connection
from psycopg.rows import DictRow

from oscine.errors import InputError
from oscine.records import Record
from oscine.store.postgres import Database
from oscine.store.posts import WRITERS_LOCK

LONGEST = 1_000  # characters of an appeal
LONGEST_WHY = 500  # characters of the reason for a decision
MOST = 100  # appeals at a time

_COLUMNS = "id, network, post, label, account, words, at, decided_at, decided_by, upheld, why"
_ADD = f"""
INSERT INTO label_appeals (network, post, label, account, words) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (network, post, label) WHERE decided_at IS NULL DO NOTHING RETURNING {_COLUMNS}
"""  # noqa: S608 - our own words
_QUEUE = """
SELECT q.id, q.network, q.post, q.label, q.account, q.words, q.at, p.text, a.handle AS author_handle, m.probabilities,
       CASE WHEN EXISTS (SELECT FROM labels l WHERE (l.network, l.kind, l.key, l.label, l.by) = (q.network, 'post', q.post, q.label, 'operator')
                         AND l.active) THEN 'operator' ELSE 'machine' END AS by
FROM label_appeals q JOIN posts p ON (p.network, p.key) = (q.network, q.post) JOIN accounts a ON a.id = p.author
LEFT JOIN machine_labels m ON m.post = p.id WHERE q.decided_at IS NULL ORDER BY q.id LIMIT %s
"""


class Appeal(Record, frozen=True):
    """An appeal; `upheld` is whether the label stayed, None while nobody decided, `decided_by` the key of who did."""

    id: int
    network: str
    post: str
    label: str
    account: str
    words: str
    at: datetime
    decided_at: datetime | None = None
    decided_by: str = ""
    upheld: bool | None = None
    why: str = ""


class Open(Record, frozen=True):
    """An open appeal with what it is about: the post's text and its author's handle, who says the label, and what the machine found, if it read it."""

    id: int
    network: str
    post: str
    label: str
    account: str
    words: str
    at: datetime
    text: str
    author_handle: str
    by: str
    probabilities: list[float] | None = None


@contextlib.contextmanager
def deciding(database: Database) -> Iterator[Connection[DictRow]]:
    """A transaction beside which nobody deletes a post or an account."""
    with database.connection() as connection:
        connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITERS_LOCK])
        yield connection


def add(connection: Connection[DictRow], network: str, post: str, label: str, account: str, words: str) -> Appeal:
    """Keep an appeal. Raises `InputError` where one is open already."""
    row = connection.execute(_ADD, [network, post, label, account, words]).fetchone()
    if row is None:
        raise InputError("You appealed against this label already, and nobody has decided yet.", "Wait for the decision; it is told where you appealed.")
    return Appeal(**row)


def close(connection: Connection[DictRow], network: str, post: str, label: str, upheld: bool, why: str, by: str) -> int:
    """Decide the open appeal on a label of a post, if there is one; how many."""
    return connection.execute(
        "UPDATE label_appeals SET decided_at = clock_timestamp(), decided_by = %s, upheld = %s, why = %s"
        " WHERE (network, post, label) = (%s, %s, %s) AND decided_at IS NULL",
        [by, upheld, why, network, post, label],
    ).rowcount


class Appeals:
    """The appeals of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def one(self, number: int) -> Appeal | None:
        """An appeal by its number."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM label_appeals WHERE id = %s", [number])  # noqa: S608 - our own words
        return Appeal(**row) if row else None

    def of_account(self, network: str, account: str) -> list[Appeal]:
        """An account's own, the newest first."""
        return self._found("(network, account) = (%s, %s)", [network, account])

    def of_post(self, network: str, post: str) -> dict[str, Appeal]:
        """The newest on each label of a post."""
        return {appeal.label: appeal for appeal in reversed(self._found("(network, post) = (%s, %s)", [network, post]))}

    def open(self, limit: int = MOST) -> list[Open]:
        """Those that wait for a person, the oldest first."""
        return [Open(**row) for row in self._database.rows(_QUEUE, [limit])]

    def _found(self, where: str, params: list[str]) -> list[Appeal]:
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM label_appeals WHERE {where} ORDER BY id DESC LIMIT {MOST}", params)  # noqa: S608
        return [Appeal(**row) for row in rows]
