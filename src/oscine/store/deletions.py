"""What was deleted, edited away or withdrawn and still stands in files: kept until the purge, with marks of the text, never the text itself.

A row is one post, one account, one edit, or one consent taken back (`key` is then what was denied). It deletes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Literal

from psycopg import Connection
from psycopg.rows import DictRow

from oscine.records import Record
from oscine.store.marks import Marker
from oscine.store.postgres import Database

Kind = Literal["post", "account", "consent", "edit"]
INTENTS = ("training", "archive", "bulk")

_MADE_BY = "SELECT value FROM meta WHERE key = 'secret_marks'"
_WORDS = f"({_MADE_BY}) AS made_by, a.key AS account, p.key AS post, p.text, p.content_warning, p.media"
_SAID = {
    "post": f"SELECT {_WORDS} FROM posts p JOIN accounts a ON a.id = p.author WHERE (p.network, p.key) = (%s, %s)",  # noqa: S608 - our own words
    "account": f"SELECT {_WORDS}, a.name, a.bio FROM accounts a LEFT JOIN posts p ON p.author = a.id WHERE (a.network, a.key) = (%s, %s)",  # noqa: S608
}
_REPLACED = f"""
SELECT {_WORDS}, p.network, i.text AS new_text, i.content_warning AS new_warning
FROM incoming i JOIN posts p ON (p.network, p.key) = (i.network, i.key) JOIN accounts a ON a.id = p.author
WHERE (p.text, p.content_warning) IS DISTINCT FROM (i.text, i.content_warning)
  AND coalesce(i.edited_at, i.created_at) >= coalesce(p.edited_at, p.created_at)
"""  # noqa: S608 - our own words
_KEEP = "INSERT INTO deletions (network, kind, key, account, posts, marks) VALUES (%s, %s, %s, %s, %s, %s)"
_DENIED = f"""
SELECT a.network, a.key AS account, i.name, a.intents ->> i.name = 'deny' IS TRUE AS denied, (SELECT count(*) FROM posts p WHERE p.author = a.id) AS posts
FROM accounts a, unnest(ARRAY{list(INTENTS)!r}) AS i(name)
WHERE (a.network, a.key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""  # noqa: S608 - our own words


class Deletion(Record, frozen=True):
    """One thing that waits for the purge."""

    id: int
    network: str
    kind: Kind
    key: str
    account: str
    at: datetime
    posts: int
    marks: bytes = b""


class Waiting(Record, frozen=True):
    """What waits in sum: how many of each kind, since when, how many posts and bytes of marks."""

    kinds: dict[str, int]
    posts: int
    oldest: datetime | None
    marks: int


def deleted(connection: Connection[DictRow], kind: Literal["post", "account"], network: str, key: str) -> None:
    """Note a post or an account that is about to be deleted, with marks of all it said; nothing where it is not here."""
    rows = connection.execute(_SAID[kind], [network, key]).fetchall()
    if rows:
        texts = [text for row in rows for text in said(row)]
        profile = [rows[0]["name"], rows[0]["bio"]] if kind == "account" else []
        posts = sum(row["post"] is not None for row in rows)
        keep(connection, network, kind, key, rows[0]["account"], posts, _marker(connection, rows[0]["made_by"]).of([*profile, *texts]))


def edited(connection: Connection[DictRow]) -> None:
    """Note the words of posts that the rows of `incoming` will replace, a network's together: their bytes stay in the table's file until the purge."""
    gone: dict[str, list[tuple[DictRow, str]]] = {}
    for row in connection.execute(_REPLACED).fetchall():
        new = {row["new_text"], row["new_warning"]}
        gone.setdefault(row["network"], []).extend((row, text) for text in said(row) if text not in new)
    for network, texts in gone.items():
        posts, accounts = {row["post"] for row, _ in texts}, {row["account"] for row, _ in texts}
        if texts:
            marks = _marker(connection, texts[0][0]["made_by"]).of([text for _, text in texts])
            keep(connection, network, "edit", _only(posts), _only(accounts), 0, marks)


def _only(names: set[str]) -> str:
    """The one that there is; of several, none."""
    return next(iter(names)) if len(names) == 1 else ""


def said(row: dict[str, Any]) -> list[str]:
    """All that a post says in words: its text, its warning, what its pictures show."""
    if row["post"] is None:
        return []
    media = row["media"] or []
    return [text for text in (row["text"], row["content_warning"], *(str(each.get("alt", "")) for each in media)) if text]


def secret(database: Database) -> bytes:
    """What marks are made by."""
    with database.connection() as connection:
        return _secret(connection)


def _marker(connection: Connection[DictRow], known: str | None) -> Marker:
    """By the secret that a statement brought with it, if there was one yet."""
    return _made(bytes.fromhex(known) if known else _secret(connection))


@cache
def _made(key: bytes) -> Marker:
    return Marker(key)


def _secret(connection: Connection[DictRow]) -> bytes:
    """Made when it is first needed, in the transaction of whoever needs it."""
    row = connection.execute(_MADE_BY).fetchone()
    if row is None:
        connection.execute("INSERT INTO meta VALUES ('secret_marks', %s) ON CONFLICT (key) DO NOTHING", [secrets.token_hex(32)])
        row = connection.execute(_MADE_BY).fetchone()
    assert row
    return bytes.fromhex(row["value"])


def keep(connection: Connection[DictRow], network: str, kind: Kind, key: str, account: str, posts: int, marks: bytes) -> None:
    """Note what is gone, in the transaction that removes it."""
    connection.execute(_KEEP, [network, kind, key, account, posts, marks])


def denied(connection: Connection[DictRow], accounts: Iterable[tuple[str, str]]) -> dict[tuple[str, str, str], tuple[bool, int]]:
    """For each of these accounts that is here, and each intent: whether it is denied, and how many posts there are."""
    wanted = sorted(set(accounts))
    if not wanted:
        return {}
    rows = connection.execute(_DENIED, [[network for network, _ in wanted], [key for _, key in wanted]])
    return {(row["network"], row["account"], row["name"]): (row["denied"], row["posts"]) for row in rows}


def withdrawn(connection: Connection[DictRow], before: dict[tuple[str, str, str], tuple[bool, int]]) -> None:
    """Note the consents that were taken back since `before` was read."""
    now = denied(connection, {(network, account) for network, account, _ in before})
    for (network, account, intent), (is_denied, posts) in now.items():
        if is_denied and posts and not before[network, account, intent][0]:
            keep(connection, network, "consent", intent, account, posts, b"")


def waiting(database: Database) -> Waiting:
    """What waits for the purge."""
    rows = database.rows(
        "SELECT kind, count(*) AS n, sum(posts)::bigint AS posts, min(at) AS oldest, sum(octet_length(marks))::bigint AS marks"
        " FROM deletions WHERE certificate = '' GROUP BY kind ORDER BY kind"
    )
    oldest = min((row["oldest"] for row in rows), default=None)
    kinds, posts, marks = {row["kind"]: row["n"] for row in rows}, sum(row["posts"] for row in rows), sum(row["marks"] for row in rows)
    return Waiting(kinds=kinds, posts=posts, oldest=oldest, marks=marks)


def pending(database: Database) -> list[Deletion]:
    """All that waits, oldest first."""
    rows = database.rows("SELECT id, network, kind, key, account, at, posts, marks FROM deletions WHERE certificate = '' ORDER BY id")
    return [Deletion(**{**row, "marks": bytes(row["marks"])}) for row in rows]


def finish(connection: Connection[DictRow], done: Iterable[int], certificate: str) -> None:
    """Note that these are purged: their marks go. Of an edit nothing stays, its post is still there."""
    numbers = list(done)
    connection.execute("UPDATE deletions SET certificate = %s, marks = '' WHERE id = ANY (%s)", [certificate, numbers])
    connection.execute("DELETE FROM deletions WHERE id = ANY (%s) AND kind = 'edit'", [numbers])


def certificates(database: Database, limit: int = 20) -> list[dict[str, Any]]:
    """The newest certificates."""
    return [row["certificate"] for row in database.rows("SELECT certificate FROM certificates ORDER BY at DESC, id LIMIT %s", [limit])]


def certificate(database: Database, identity: str) -> dict[str, Any] | None:
    """A certificate by its id."""
    row = database.one("SELECT certificate FROM certificates WHERE id = %s", [identity])
    return dict(row["certificate"]) if row else None
