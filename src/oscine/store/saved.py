"""Saved searches: whose they are, how far their saver has looked, how far their webhook has been told.

How far is a post's number, in order of arrival, so that a post that is imported late is new all the same. A search belongs to an account,
or to the key that saved it; it ends with that account, and its webhook with that key. It does not know what a query finds.
"""

from __future__ import annotations

from datetime import timedelta

from oscine.errors import InputError, NotFound
from oscine.records import Record, Viewer
from oscine.store.postgres import Database, Row
from oscine.store.posts import WRITERS_LOCK

LOCAL_KEY = "local"  # the person at this computer, who needs no key
MOST = 100  # saved searches of one owner
LONGEST_NAME, LONGEST_QUERY = 100, 2_000
RETRY_MINUTES = (1, 5, 30, 120, 720)  # after each failure in a row; after the last, the webhook is given up
LEASE = timedelta(minutes=2)  # for which nobody else tries

_ALIVE = "NOT EXISTS (SELECT FROM tombstones t WHERE (t.kind, t.network, t.key) = ('account', s.network, s.account))"
_UNLICENSED = "NOT EXISTS (SELECT FROM licences l WHERE l.key = k.id)"  # no licence covers saved searches, whenever it was granted
_KEY_LIVES = f"(s.key = '{LOCAL_KEY}' OR EXISTS (SELECT FROM keys k WHERE k.id = s.key AND k.revoked_at IS NULL AND {_UNLICENSED}))"


class SavedSearch(Record, frozen=True):
    """A saved search. `looked` and `delivered` are post numbers; `trouble` is why its webhook failed last; `stopped`, that it is not called."""

    id: int
    viewer: Viewer
    name: str
    query: str
    looked: int
    delivered: int
    webhook: str = ""
    secret: str = ""
    failures: int = 0
    trouble: str = ""
    stopped: bool = False


class SavedSearches:
    """The saved searches of a database. Every method that takes an owner touches only what is that owner's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: str, viewer: Viewer, name: str, query: str, webhook: str = "", secret: str = "") -> SavedSearch:
        """Save a search; what is there now counts as seen. Raises `InputError` for a name that is taken, empty or too long, or one too many."""
        whose = owner(key, viewer)
        if not 0 < len(name) <= LONGEST_NAME or not 0 < len(query) <= LONGEST_QUERY:
            raise InputError("A saved search has a name and a query.", f"Up to {LONGEST_NAME} and {LONGEST_QUERY:,} characters.")
        if len(self.of(whose)) >= MOST:
            raise InputError(f"{MOST} searches are saved already.", "Remove one first.")
        now = self.arrived()
        row = self._database.one(
            "INSERT INTO saved_searches AS s (owner, key, network, account, name, query, webhook, secret, looked, delivered)"  # noqa: S608
            f" VALUES (%s, %s, %s, %s, %s, %s, nullif(%s, ''), %s, %s, %s) ON CONFLICT DO NOTHING RETURNING {_COLUMNS}",
            [whose, key, viewer.network, viewer.account, name, query, webhook, secret, now, now],
        )
        if row is None:
            raise InputError(f"A search is saved as {name!r} already.", "Choose another name, or remove that one first.")
        return _saved(row)

    def of(self, owner: str) -> list[SavedSearch]:
        """All of an owner, by name."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM saved_searches s WHERE owner = %s AND {_ALIVE} ORDER BY name", [owner])  # noqa: S608
        return [_saved(row) for row in rows]

    def one(self, owner: str, number: int) -> SavedSearch:
        """One of an owner's. Raises `NotFound`."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM saved_searches s WHERE id = %s AND owner = %s AND {_ALIVE}", [number, owner])  # noqa: S608
        if row is None:
            raise NotFound(f"There is no saved search {number} of yours.", "`oscine saved list` shows them.")
        return _saved(row)

    def named(self, owner: str, name: str) -> SavedSearch:
        """One of an owner's, by its name. Raises `NotFound`."""
        found = next((one for one in self.of(owner) if one.name == name), None)
        if found is None:
            raise NotFound(f"There is no saved search {name!r} of yours.", "`oscine saved list` shows them.")
        return found

    def remove(self, owner: str, number: int) -> None:
        """Forget one. Raises `NotFound`."""
        if not self._database.execute("DELETE FROM saved_searches WHERE id = %s AND owner = %s", [number, owner]):
            raise NotFound(f"There is no saved search {number} of yours.", "`oscine saved list` shows them.")

    def looked(self, owner: str, number: int, upto: int) -> None:
        """Note that the posts up to this number were seen."""
        self._database.execute(
            "UPDATE saved_searches SET looked = greatest(looked, %s) WHERE id = %s AND owner = %s", [upto, number, owner]
        )

    def arrived(self, wait: bool = False) -> int:
        """The number up to which every post that will ever come has come.

        Writers number their posts before they commit; this asks when none is at work. Where one is, it gives the number found last, or
        waits for the writer.
        """
        lock = "pg_advisory_xact_lock(%s)::text = ''" if wait else "pg_try_advisory_xact_lock(%s)"
        with self._database.connection() as connection:
            held = connection.execute(f"SELECT {lock} AS held", [WRITERS_LOCK]).fetchone()
            if held and held["held"]:
                connection.execute(
                    "INSERT INTO meta SELECT 'arrived', coalesce(max(id), 0)::text FROM posts"
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value <> excluded.value"
                )
            row = connection.execute("SELECT value FROM meta WHERE key = 'arrived'").fetchone()
        return int(row["value"]) if row else 0

    def due(self, arrived: int, limit: int = 10) -> list[SavedSearch]:
        """Searches whose webhook is to be told of posts up to `arrived`, each taken for a while so that no other process takes it too."""
        self._database.execute(f"DELETE FROM saved_searches s WHERE NOT ({_ALIVE})")  # noqa: S608
        rows = self._database.rows(
            "UPDATE saved_searches s SET next_try = now() + %s WHERE id IN (SELECT id FROM saved_searches s"  # noqa: S608
            f" WHERE webhook IS NOT NULL AND delivered < %s AND next_try <= now() AND {_KEY_LIVES} AND {_ALIVE}"
            f" ORDER BY next_try LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING {_COLUMNS}",
            [LEASE, arrived, limit],
        )
        return [_saved(row) for row in rows]

    def delivered(self, number: int, upto: int) -> None:
        """Note that a webhook has been told of all posts up to this number."""
        self._database.execute(
            "UPDATE saved_searches SET delivered = %s, failures = 0, trouble = '', next_try = now() WHERE id = %s", [upto, number]
        )

    def failed(self, saved: SavedSearch, trouble: str) -> None:
        """Note why a webhook was not told; it is tried again later, until it has failed too often."""
        tries = saved.failures + 1
        again = f"{RETRY_MINUTES[tries - 1]} minutes" if tries <= len(RETRY_MINUTES) else "infinity"
        self._database.execute(
            "UPDATE saved_searches SET failures = %s, trouble = %s, next_try = now() + %s::interval WHERE id = %s",
            [tries, trouble[:200], again, saved.id],
        )


_COLUMNS = (
    "s.id, s.network, s.account, s.name, s.query, s.looked, s.delivered, coalesce(s.webhook, '') AS webhook, s.secret, s.failures,"
    f" s.trouble, s.webhook IS NOT NULL AND (s.next_try = 'infinity' OR NOT {_KEY_LIVES}) AS stopped"
)


def owner(key: str, viewer: Viewer) -> str:
    """Whose searches these are: the account's that is looking, or else the key's."""
    return f"key:{key}" if viewer.anonymous else f"account:{viewer.network}/{viewer.account}"


def _saved(row: Row) -> SavedSearch:
    viewer = Viewer(network=row["network"], account=row["account"])
    return SavedSearch(
        id=row["id"], viewer=viewer, name=row["name"], query=row["query"], looked=row["looked"], delivered=row["delivered"],
        webhook=row["webhook"], secret=row["secret"], failures=row["failures"], trouble=row["trouble"], stopped=row["stopped"],
    )  # fmt: skip
