"""What is to be gone: the deletions that wait, by account, by post and by marks; and which of the marks others who stay have said too.

It looks for nothing in files, and removes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, LiteralString

import numpy as np
from psycopg import Connection
from psycopg.rows import DictRow

from oscine.store import deletions
from oscine.store.deletions import Deletion
from oscine.store.marks import Finder, Marker, unpacked
from oscine.store.postgres import Database
from oscine.trust.search import hits_in

ROWS = 2_000  # of the store at a time
_TEXTS = """SELECT a.network || '/' || a.key AS account, p.key AS post, p.text, p.content_warning, p.media FROM posts p JOIN accounts a ON a.id = p.author
WHERE (a.network, a.key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"""
_SAID: LiteralString = """
COPY (SELECT concat_ws(E'\\n', p.text, p.content_warning, p.words, p.media::text, p.card::text, p.extra::text, p.source, p.place,
    array_to_string(p.urls, ' '), array_to_string(p.tags, ' '))
  FROM posts p JOIN accounts a ON a.id = p.author
  WHERE ((a.network, a.key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))) = %s) TO STDOUT (FORMAT BINARY)
"""
_NAMED: LiteralString = """
COPY (SELECT concat_ws(E'\\n', handle, name, bio) FROM accounts
      UNION ALL SELECT key FROM tombstones UNION ALL SELECT concat_ws(E'\\n', key, account) FROM deletions) TO STDOUT (FORMAT BINARY)
"""  # ids of what is gone stay, so that no late copy of it comes back: a text that held such an address is known by its other pieces


class Gone:
    """All that waits for a purge. `finder` looks for its marks; of an account that is still here and took back a consent, not in the database."""

    def __init__(self, database: Database, rows: Sequence[Deletion]) -> None:
        self.rows = rows
        self.accounts = {f"{row.network}/{row.key}" for row in rows if row.kind == "account"}
        self.posts = {f"{row.network}/{row.key}" for row in rows if row.kind == "post"}
        self.denied = {f"{row.network}/{row.account}" for row in rows if row.kind == "consent"}
        self.untrained = self.accounts | {f"{row.network}/{row.account}" for row in rows if row.kind == "consent" and row.key == "training"}
        self._database, self._marker = database, Marker(deletions.secret(database))
        self._denying = [tuple(account.split("/", 1)) for account in sorted(self.denied)] if self.denied else []
        self._deleted = unpacked(b"".join(row.marks for row in rows))["whole"]
        self._all = set(self._deleted.tolist())
        self.said_by_others = 0
        self.finder = Finder(self._marker, unpacked(b"".join([*(row.marks for row in rows), *self._marked()])))
        self.set_aside()

    def set_aside(self, among: set[int] | None = None) -> set[int]:
        """Leave out the marks, of those in `among` or of all, that stand in posts and names of others who stay; which they were."""
        with self._database.connection() as connection:
            connection.execute("SET LOCAL statement_timeout = 0")
            others = self._found(connection, _SAID, False) | self._found(connection, _NAMED)
            own = self._found(connection, _SAID, True) if self._denying else set()
        deleted = {int(mark) for mark in np.flatnonzero(np.isin(self.finder.marks["whole"], self._deleted))}
        found = others | (own & deleted)
        found = found if among is None else found & among
        if found:
            self.said_by_others += len(found)
            self.finder = Finder(self._marker, np.delete(self.finder.marks, sorted(found)))
        return found

    def counts(self, mark: int, database: bool) -> bool:
        """Whether a mark is looked for: what was deleted everywhere, what was withdrawn everywhere but in the database."""
        return not database or self.finder.marks["whole"][mark] in self._all

    def wrote(self, network: str, author: str, post: str) -> bool:
        """Whether this post is to be gone from what is kept of posts outside of the database."""
        return f"{network}/{author}" in self.accounts or f"{network}/{author}" in self.denied or f"{network}/{post}" in self.posts

    def _marked(self) -> Iterator[bytes]:
        """Marks of what was said by those who took back a consent."""
        if not self._denying:
            return
        for rows in _pages(self._database, _TEXTS, self._pairs()):
            yield self._marker.of([text for row in rows for text in deletions.said(row)])

    def _pairs(self) -> list[list[str]]:
        return [[network for network, _ in self._denying], [account for _, account in self._denying]]

    def _found(self, connection: Connection[DictRow], query: LiteralString, whether: bool | None = None) -> set[int]:
        """Numbers of the marks in what a COPY gives."""
        given: list[Any] = [] if whether is None else [*self._pairs(), whether]
        with connection.cursor().copy(query, given) as copy:
            return hits_in((bytes(piece) for piece in _gathered(copy)), self.finder).marks


def _gathered(pieces: Any) -> Iterator[bytes]:
    """Rows come one by one: together they are searched faster."""
    some, size = list[bytes](), 0
    for piece in pieces:
        some.append(bytes(piece))
        size += len(some[-1])
        if size > 1 << 20:
            yield b"".join(some)
            some, size = [], 0
    yield b"".join(some)


def _pages(database: Database, query: LiteralString, given: list[Any]) -> Iterator[list[DictRow]]:
    with database.connection() as connection, connection.cursor(name="gone") as cursor:
        cursor.execute(query, given)
        while rows := cursor.fetchmany(ROWS):
            yield rows
