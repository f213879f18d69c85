"""Writing what happens: one batch of events, one transaction, applied as if one after the other.

The key of a post is (network, id). The newest edit wins, ties by arrival; a tombstone beats everything, so that a late copy of a deleted
post cannot bring it back. Writers share an advisory lock that a delete takes for itself: no copy can slip in beside it.
It knows nothing of files or cursors; reading for people is the view's, `scan` is for the operator's own work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from oscine.records import (
    Account,
    AccountChanged,
    AccountDeleted,
    AnyEvent,
    Engagement,
    Geo,
    PostDeleted,
    PostWritten,
    Relation,
)  # fmt: skip
from oscine.store import retention
from oscine.store.secret import known_as

WRITERS_LOCK = 0x05C1F
COUNTED = {"like": "likes", "repost": "reposts", "reply": "replies", "quote": "quotes"}

_COLUMNS = (
    "cursor", "network", "key", "author_key", "text", "created_at", "edited_at", "lang", "reply_to", "root", "quote_of", "visibility",
    "media", "urls", "tags", "mentions", "likes", "reposts", "replies", "quotes", "labels", "sensitive", "content_warning", "source",
    "lat", "lon", "place", "card", "extra", "words", "lexemes",
)  # fmt: skip
_STORED = [column for column in _COLUMNS if column not in ("cursor", "author_key")]
_TYPES = ["int8", "text", "text", "text", "text", "timestamptz", "timestamptz", "text", "text", "text", "text", "text", "jsonb", "text[]",
          "text[]", "text[]", "int4", "int4", "int4", "int4", "text[]", "bool", "text", "text", "float8", "float8",
          "text", "jsonb", "jsonb", "text", "text"]  # fmt: skip

_INCOMING = (
    "CREATE TEMP TABLE IF NOT EXISTS incoming ("
    + ", ".join(f"{c} {t}" for c, t in zip(_COLUMNS, _TYPES, strict=True))
    + ") ON COMMIT DELETE ROWS"
)
_COPY = f"COPY incoming ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)"
_SEEN_BEFORE = f"""
UPDATE incoming i SET ({", ".join(COUNTED.values())}) = (
    SELECT {", ".join(f"greatest(i.{column}, count(*) FILTER (WHERE e.kind = '{kind}'))" for kind, column in COUNTED.items())}
    FROM engagements e WHERE (e.network, e.post) = (i.network, i.key) AND e.active)
WHERE EXISTS (SELECT FROM engagements e WHERE (e.network, e.post) = (i.network, i.key))
"""  # noqa: S608 - our own names
_DEAD = """
SELECT i.cursor FROM incoming i WHERE EXISTS (
    SELECT FROM tombstones t WHERE (t.kind, t.network, t.key) IN (('post', i.network, i.key), ('account', i.network, i.author_key)))
"""
_MERGE = f"""
INSERT INTO posts ({", ".join(_STORED)}, author)
SELECT {", ".join(f"i.{c}::tsvector" if c == "lexemes" else f"i.{c}" for c in _STORED)}, a.id
FROM incoming i JOIN accounts a ON (a.network, a.key) = (i.network, i.author_key)
WHERE i.cursor <> ALL (%s)
ORDER BY i.network, i.key
ON CONFLICT (network, key) DO UPDATE SET {", ".join(f"{c} = excluded.{c}" for c in [*_STORED, "author"])}
WHERE coalesce(excluded.edited_at, excluded.created_at) >= coalesce(posts.edited_at, posts.created_at)
  AND ({", ".join(f"posts.{c}" for c in [*_STORED, "author"])}) IS DISTINCT FROM ({", ".join(f"excluded.{c}" for c in [*_STORED, "author"])})
RETURNING id, (xmax = 0) AS is_new
"""  # noqa: S608 - only our own columns' names are put in
_ACCOUNTS = """
INSERT INTO accounts (network, key, handle, name, bio, created_at, followers, following, bot, verified, searchable, intents, intents_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::int[], %s::int[],
                     %s::bool[], %s::bool[], %s::bool[], %s::jsonb[], %s::timestamptz[]) AS new(network, key, handle, name, bio, created_at, followers,
                     following, bot, verified, searchable, intents, intents_at)
ORDER BY 1, 2
ON CONFLICT (network, key) DO UPDATE SET
    handle = coalesce(nullif(excluded.handle, excluded.key), accounts.handle), name = coalesce(nullif(excluded.name, ''), accounts.name),
    bio = coalesce(nullif(excluded.bio, ''), accounts.bio),
    created_at = coalesce(excluded.created_at, accounts.created_at), followers = coalesce(excluded.followers, accounts.followers),
    following = coalesce(excluded.following, accounts.following),
    intents = CASE WHEN {newer} THEN accounts.intents || excluded.intents ELSE accounts.intents END,
    intents_at = CASE WHEN {newer} THEN excluded.intents_at ELSE accounts.intents_at END
WHERE (accounts.handle, accounts.name, accounts.bio, accounts.followers) IS DISTINCT FROM
      (excluded.handle, coalesce(nullif(excluded.name, ''), accounts.name), coalesce(nullif(excluded.bio, ''), accounts.bio),
       coalesce(excluded.followers, accounts.followers)) OR {newer}
""".format(newer="(excluded.intents <> '{}' AND coalesce(excluded.intents_at >= accounts.intents_at, true))")


_SCAN = """
SELECT p.network || '/' || p.key AS key, a.network || '/' || a.key AS account, p.text,
       (extract(epoch FROM p.created_at) * 1e6)::bigint AS at, (extract(epoch FROM coalesce(p.edited_at, p.created_at)) * 1e6)::bigint AS version,
       p.lang, p.network || '/' || p.reply_to AS parent, p.visibility, coalesce(p.labels, '{}') AS labels,
       p.sensitive OR p.content_warning <> '' AS sensitive, p.likes::bigint + p.reposts + p.replies + p.quotes AS engagement,
       a.intents ->> 'training' AS training
FROM posts p JOIN accounts a ON a.id = p.author ORDER BY p.id
"""


class Indexed(NamedTuple):
    """A written post with what the analyzer made of it."""

    event: PostWritten
    words: str
    lexemes: str


class Written(NamedTuple):
    """What a batch did. `dead` are the cursors of posts that were deleted before they arrived."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    dead: tuple[int, ...] = ()


def write(connection: Connection[DictRow], posts: Sequence[Indexed], others: Sequence[AnyEvent]) -> Written:
    """Apply a batch inside the caller's transaction: posts first, then deletes, engagement and relations in their order."""
    deletes = [event for event in others if isinstance(event, PostDeleted | AccountDeleted)]
    lock = "pg_advisory_xact_lock" if deletes else "pg_advisory_xact_lock_shared"
    connection.execute(f"SELECT {lock}(%s)", [WRITERS_LOCK])
    write_accounts(connection, [item.event.author for item in posts])
    result = _write_posts(connection, posts)
    deleted = _delete(connection, deletes)
    _change_accounts(connection, [event for event in others if isinstance(event, AccountChanged)])
    _engage(connection, [event for event in others if isinstance(event, Engagement)])
    _relate(connection, [event for event in others if isinstance(event, Relation)])
    return result._replace(deleted=deleted)


def scan(connection: Connection[DictRow], size: int) -> Iterator[list[DictRow]]:
    """All posts in the order of their arrival, `size` at a time, each with its author's word on training: for whoever decides on permission.

    Names are `network/key`, times microseconds since 1970. One snapshot, however long it takes.
    """
    connection.execute("SET LOCAL statement_timeout = 0")
    with connection.cursor(name="scan") as cursor:
        cursor.execute(_SCAN)
        while rows := cursor.fetchmany(size):
            yield rows


def write_accounts(connection: Connection[DictRow], accounts: Iterable[Account]) -> None:
    """Make or refresh accounts from what posts tell of them; what a post does not tell is left as it is."""
    newest: dict[tuple[str, str], Account] = {}
    for account in accounts:
        before = newest.get((account.network, account.id))
        newest[account.network, account.id] = _after(before, account) if before else account
    if not newest:
        return
    rows = [
        (a.network, a.id, a.handle or a.id, a.name, a.bio, a.created_at, a.followers, a.following, a.bot, a.verified, a.searchable,
         Jsonb(a.intents), a.intents_at)
        for a in newest.values()
    ]  # fmt: skip
    connection.execute(_ACCOUNTS, [list(column) for column in zip(*rows, strict=True)])


def _after(before: Account, account: Account) -> Account:
    """The later account, with the newest intents that either states; an untimed statement is of now."""
    if not before.intents or (account.intents and _stated(account) >= _stated(before)):
        return account
    return msgspec.structs.replace(account, intents=before.intents, intents_at=before.intents_at)


def _stated(account: Account) -> datetime:
    return account.intents_at or datetime.max.replace(tzinfo=UTC)


def _ensure_accounts(connection: Connection[DictRow], keys: Iterable[tuple[str, str]]) -> None:
    """Somebody may act before they are heard of: such an account is its id, until more is known."""
    connection.cursor().executemany(
        "INSERT INTO accounts (network, key, handle) VALUES (%s, %s, %s) ON CONFLICT (network, key) DO NOTHING",
        [[network, key, key] for network, key in sorted(keys)],
    )


def _change_accounts(connection: Connection[DictRow], changes: Sequence[AccountChanged]) -> None:
    """An account's own event tells all of it, or names what it tells, so that flags can be taken back too."""
    write_accounts(connection, [change.account for change in changes])
    for a, told in ((change.account, change.told) for change in changes):
        if told is None:
            connection.execute("UPDATE accounts SET intents = %s WHERE (network, key) = (%s, %s)", [Jsonb(a.intents), a.network, a.id])
        for flag in ("bio", "bot", "verified", "searchable"):
            if told is None or flag in told:
                statement = f"UPDATE accounts SET {flag} = %s WHERE (network, key) = (%s, %s)"  # noqa: S608 - our own names
                connection.execute(statement, [getattr(a, flag), a.network, a.id])


def _write_posts(connection: Connection[DictRow], posts: Sequence[Indexed]) -> Written:
    if not posts:
        return Written()
    newest: dict[tuple[str, str], Indexed] = {}
    for item in posts:  # within a batch too, the newest edit wins and ties go to the later arrival
        key = (item.event.post.network, item.event.post.id)
        if key not in newest or _version(item) >= _version(newest[key]):
            newest[key] = item
    connection.execute(_INCOMING)
    with connection.cursor().copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for item in newest.values():
            copy.write_row(_row(item))
    connection.execute(_SEEN_BEFORE)
    dead = [row["cursor"] for row in connection.execute(_DEAD)]
    written = connection.execute(_MERGE, [dead]).fetchall()
    new = sum(row["is_new"] for row in written)
    _queue_vectors(connection, [row["id"] for row in written])
    return Written(new, len(written) - new, len(posts) - len(written) - len(dead), 0, tuple(dead))


def _version(item: Indexed) -> Any:
    return item.event.post.edited_at or item.event.post.created_at


def _row(item: Indexed) -> tuple[Any, ...]:
    p = item.event.post
    media = Jsonb([msgspec.to_builtins(m) for m in p.media])
    labels = None if p.labels is None else list(p.labels)
    geo = p.geo or Geo()
    card = p.card and Jsonb(msgspec.to_builtins(p.card))
    return (
        item.event.cursor, p.network, p.id, p.author, p.text, p.created_at, p.edited_at, p.lang, p.reply_to, p.root, p.quote_of,
        p.visibility, media, list(p.urls), list(p.tags), [m.lower() for m in p.mentions], p.likes, p.reposts, p.replies, p.quotes,
        labels, p.sensitive, p.content_warning, p.source, geo.lat, geo.lon, geo.name, card, Jsonb(p.extra), item.words, item.lexemes,
    )  # fmt: skip


def _queue_vectors(connection: Connection[DictRow], posts: list[int]) -> None:
    connection.execute(
        "INSERT INTO pending_vectors (post) SELECT id FROM posts WHERE id = ANY (%s) AND text <> ''"
        " ON CONFLICT (post) DO UPDATE SET since = clock_timestamp()",
        [posts],
    )


def _delete(connection: Connection[DictRow], events: Sequence[PostDeleted | AccountDeleted]) -> int:
    """Remove posts and accounts from every table, and leave tombstones; how many of them there were."""
    count = 0
    for event in events:
        kind, table = ("post", "posts") if isinstance(event, PostDeleted) else ("account", "accounts")
        connection.execute(
            "INSERT INTO tombstones (kind, network, key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", [kind, event.network, event.id]
        )
        count += connection.execute(f"DELETE FROM {table} WHERE (network, key) = (%s, %s)", [event.network, event.id]).rowcount  # noqa: S608
        if kind == "post":
            connection.execute("DELETE FROM engagements WHERE (network, post) = (%s, %s)", [event.network, event.id])
        else:
            connection.execute("DELETE FROM ad_choices WHERE (network, account) = (%s, %s)", [event.network, event.id])
            retention.leave(connection, known_as(connection, event.network, event.id))
    return count


def _engage(connection: Connection[DictRow], events: Sequence[Engagement]) -> None:
    """Note who liked or reposted what; a post's count is what its network states or what was seen, whichever is larger."""
    _ensure_accounts(connection, {(event.network, event.actor) for event in events})
    connection.cursor().executemany(
        "INSERT INTO engagements (network, post, kind, actor, at, active)"
        " SELECT %s, %s, %s, a.id, %s, %s FROM accounts a WHERE (a.network, a.key) = (%s, %s)"
        " AND NOT EXISTS (SELECT FROM tombstones t WHERE (t.kind, t.network, t.key) = ('post', %s, %s))"
        " ON CONFLICT (network, post, kind, actor) DO UPDATE SET at = excluded.at, active = excluded.active WHERE excluded.at >= engagements.at",
        [[e.network, e.post, e.kind, e.at, e.on, e.network, e.actor, e.network, e.post] for e in events],
    )
    for kind, column in COUNTED.items():
        touched = sorted({(e.network, e.post) for e in events if e.kind == kind})
        if touched:
            connection.execute(_SEEN.format(column=column), [[n for n, _ in touched], [p for _, p in touched], kind])


_SEEN = """
UPDATE posts SET {column} = seen.n FROM (
    SELECT e.network, e.post, count(*) AS n FROM engagements e
    JOIN unnest(%s::text[], %s::text[]) AS touched(network, post) USING (network, post)
    WHERE e.kind = %s AND e.active GROUP BY 1, 2
) AS seen WHERE (posts.network, posts.key) = (seen.network, seen.post) AND posts.{column} < seen.n
"""


def _relate(connection: Connection[DictRow], events: Sequence[Relation]) -> None:
    """Note who follows, blocks or mutes whom, and who is on whose lists; the newest word counts."""
    _ensure_accounts(connection, {(event.network, name) for event in events for name in (event.actor, event.target)})
    _list(connection, [event for event in events if event.kind == "list"])
    connection.cursor().executemany(
        "INSERT INTO relations (actor, kind, target, at, active)"
        " SELECT a.id, %s, b.id, %s, %s FROM accounts a, accounts b WHERE (a.network, a.key) = (%s, %s) AND (b.network, b.key) = (%s, %s)"
        " ON CONFLICT (actor, kind, target) DO UPDATE SET at = excluded.at, active = excluded.active WHERE excluded.at >= relations.at",
        [[e.kind, e.at, e.on, e.network, e.actor, e.network, e.target] for e in events if e.kind != "list"],
    )


def _list(connection: Connection[DictRow], events: Sequence[Relation]) -> None:
    connection.cursor().executemany(
        "INSERT INTO lists (owner, name, member, public, at, active)"
        " SELECT a.id, %s, b.id, %s, %s, %s FROM accounts a, accounts b WHERE (a.network, a.key) = (%s, %s) AND (b.network, b.key) = (%s, %s)"
        " ON CONFLICT (owner, name, member) DO UPDATE SET public = excluded.public, at = excluded.at, active = excluded.active"
        " WHERE excluded.at >= lists.at",
        [[e.list, e.public, e.at, e.on, e.network, e.actor, e.network, e.target] for e in events],
    )
