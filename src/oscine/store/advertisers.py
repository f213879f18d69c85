"""Advertisers as they are kept: on whose behalf ads are shown, who pays, and whose key orders for them.

`key` names whose; empty stands for everybody's, which an admin sees. It knows nothing of what they order.
"""

from __future__ import annotations

from collections.abc import Collection

from oscine.advertising import Advertiser
from oscine.errors import InputError, NotFound
from oscine.store.postgres import Database, Row
from oscine.store.terms import check_currency, check_name

MOST = 500  # advertisers at a time
_COLUMNS = "id, key, name, payer, currency, created_at, account"


class Advertisers:
    """The advertisers of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: str, name: str, payer: str = "", currency: str = "EUR", account: str = "") -> Advertiser:
        """Keep one; without a `payer` it pays itself. Raises `InputError`."""
        row = self._database.one(
            f"INSERT INTO advertisers (key, name, payer, currency, account) VALUES (%s, %s, %s, %s, %s) RETURNING {_COLUMNS}",  # noqa: S608
            [key, *_names(name, payer), check_currency(currency), check_name("An account", account, 0)],
        )
        assert row
        return _advertiser(row)

    def one(self, number: int, key: str = "") -> Advertiser:
        """One advertiser. Raises `NotFound`, the same for another key's and for none."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM advertisers WHERE id = %s AND %s IN ('', key)", [number, key])  # noqa: S608
        if row is None:
            raise NotFound(f"There is no advertiser {number} of yours.", "GET /v1/ads/advertisers lists them.")
        return _advertiser(row)

    def of(self, key: str = "", before: int | None = None) -> list[Advertiser]:
        """The newest `MOST`, older than the advertiser `before` if one is named."""
        query = (
            f"SELECT {_COLUMNS} FROM advertisers WHERE %s IN ('', key) AND id < coalesce(%s::bigint, id + 1) ORDER BY id DESC LIMIT {MOST}"  # noqa: S608
        )
        return [_advertiser(row) for row in self._database.rows(query, [key, before])]

    def named(self, numbers: Collection[int]) -> dict[int, str]:
        """The names of these."""
        rows = self._database.rows("SELECT id, name FROM advertisers WHERE id = ANY (%s)", [list(numbers)]) if numbers else []
        return {row["id"]: row["name"] for row in rows}

    def change(self, number: int, name: str, payer: str = "", account: str = "", key: str = "") -> Advertiser:
        """Word it anew; its currency stays, for its ledger is kept in it. Raises `InputError`, `NotFound`."""
        row = self._database.one(
            f"UPDATE advertisers SET name = %s, payer = %s, account = %s WHERE id = %s AND %s IN ('', key) RETURNING {_COLUMNS}",  # noqa: S608
            [*_names(name, payer), check_name("An account", account, 0), number, key],
        )
        return _advertiser(row) if row else self.one(number, key)

    def delete(self, number: int, key: str = "") -> None:
        """Forget one that has no campaign. Raises `InputError` where it has, `NotFound`."""
        gone = "DELETE FROM advertisers a WHERE id = %s AND NOT EXISTS (SELECT FROM campaigns c WHERE c.advertiser = a.id)"
        if not self._database.execute(gone, [self.one(number, key).id]):
            raise InputError(
                f"Advertiser {number} has campaigns.", "Delete its drafts; one with a campaign that ran is kept with its ledger."
            )


def _names(name: str, payer: str) -> tuple[str, str]:
    found = check_name("An advertiser's name", name)
    return found, check_name("A payer's name", payer, 0) or found


def _advertiser(row: Row) -> Advertiser:
    return Advertiser(**row)
