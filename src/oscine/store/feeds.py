"""Feeds for Bluesky: a name, a title and a search whose newest posts they are; or, without a search, what is ranked for whoever looks.

It knows neither what a query finds nor how feeds are asked for.
"""

from __future__ import annotations

import re

import regex

from oscine.errors import InputError, NotFound
from oscine.records import Record
from oscine.store.postgres import Database, Row

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,14}")  # the record's key, which people see in addresses; Bluesky's app shows 15 characters of it
LONGEST_TITLE, LONGEST_DESCRIPTION = 24, 300  # graphemes, of app.bsky.feed.generator
LONGEST_TITLE_BYTES, LONGEST_DESCRIPTION_BYTES = 240, 3_000
LONGEST_QUERY = 2_000
MOST = 100
_COLUMNS = "name, title, description, query, publisher, personal"


class FeedGenerator(Record, frozen=True):
    """A feed: of a `query`, or `personal`, ranked for each. `publisher` is the DID of the account that published its record, empty before that."""

    name: str
    title: str
    query: str = ""
    description: str = ""
    publisher: str = ""
    personal: bool = False


class FeedGenerators:
    """The feeds of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, feed: FeedGenerator) -> None:
        """Keep a feed. Raises `InputError` for a name that is taken, for what Bluesky does not take, and for one too many."""
        _check(feed)
        if len(self.all()) >= MOST:
            raise InputError(f"There are {MOST} feeds already.", "Remove one first.")
        added = self._database.execute(
            "INSERT INTO feed_generators (name, title, description, query, personal) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [feed.name, feed.title, feed.description, feed.query, feed.personal],
        )
        if not added:
            raise InputError(f"There is a feed {feed.name!r} already.", "Choose another name, or remove that one first.")

    def all(self) -> list[FeedGenerator]:
        """All feeds, by name."""
        return [_feed(row) for row in self._database.rows(f"SELECT {_COLUMNS} FROM feed_generators ORDER BY name")]  # noqa: S608

    def one(self, name: str) -> FeedGenerator:
        """The feed of a name. Raises `NotFound`."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM feed_generators WHERE name = %s", [name])  # noqa: S608
        if row is None:
            raise NotFound(f"There is no feed {name[:100]!r}.", "`oscine feeds list` shows them.")
        return _feed(row)

    def remove(self, name: str) -> None:
        """Forget a feed. Raises `NotFound`."""
        if not self._database.execute("DELETE FROM feed_generators WHERE name = %s", [name]):
            raise NotFound(f"There is no feed {name[:100]!r}.", "`oscine feeds list` shows them.")

    def published(self, name: str, publisher: str) -> None:
        """Note whose repository holds a feed's record."""
        self._database.execute("UPDATE feed_generators SET publisher = %s WHERE name = %s", [publisher, name])


def _check(feed: FeedGenerator) -> None:
    if not NAME.fullmatch(feed.name):
        raise InputError(f"{feed.name[:40]!r} is not a name for a feed.", "Up to 15 small letters, digits and hyphens, such as `ferries`.")
    if not feed.title.strip() or _graphemes(feed.title) > LONGEST_TITLE or len(feed.title.encode()) > LONGEST_TITLE_BYTES:
        raise InputError("A feed has a title that people see.", f"Up to {LONGEST_TITLE} characters.")
    if _graphemes(feed.description) > LONGEST_DESCRIPTION or len(feed.description.encode()) > LONGEST_DESCRIPTION_BYTES:
        raise InputError("The description is too long for Bluesky.", f"Up to {LONGEST_DESCRIPTION} characters.")
    if bool(feed.query.strip()) == feed.personal or len(feed.query) > LONGEST_QUERY:
        raise InputError(
            "A feed has a query, or is ranked for each.", f"Give up to {LONGEST_QUERY:,} characters, as for `oscine search`, or --for-you."
        )


def _graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


def _feed(row: Row) -> FeedGenerator:
    return FeedGenerator(**row)
