"""Writing what happens: one batch of events, one transaction, applied as if one after the other.

The key of a post is (network, id). The newest edit wins, ties by arrival; a tombstone beats everything, so that a late copy of a deleted
post cannot bring it back. Writers share an advisory lock that a delete takes for itself: no copy can slip in beside it.
It knows nothing of files or cursors; reading for people is the view's, `scan` is for the operator's own work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from oscine.records import AccountChanged, AccountDeleted, AnyEvent, Engagement, Geo, Labelled, PostDeleted, PostWritten, Relation, Undone
from oscine.store import accounts, acts, deletions, feed_log, labels, retention
from oscine.store.acts import COUNTED
from oscine.store.secret import ADS, FEED, known_as

WRITERS_LOCK = 0x05C1F
OF_ACCOUNTS = (  # what else is known of an account by its id, and goes with it
    "ad_choices", "bot_answers", "bot_stopped", "feed_steering", "sessions", "label_appeals", "person_keys",
)  # fmt: skip

_END_KEYS = """
UPDATE keys SET revoked_at = coalesce(revoked_at, now()), name = '', account_network = '', account = '' WHERE (account_network, account) = (%s, %s)
"""  # their accesses stand in the log by key: nothing is to lead from it to whom it acted for
_COLUMNS = (
    "cursor", "network", "key", "author_key", "text", "created_at", "edited_at", "lang", "reply_to", "root", "quote_of", "visibility",
    "media", "urls", "tags", "mentions", "likes", "reposts", "replies", "quotes", "own_labels", "sensitive", "content_warning", "source",
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
DELETE FROM incoming i WHERE EXISTS (
    SELECT FROM tombstones t WHERE (t.kind, t.network, t.key) IN (('post', i.network, i.key), ('account', i.network, i.author_key)))
RETURNING i.cursor
"""
_MERGE = f"""
INSERT INTO posts ({", ".join(_STORED)}, labels, author)
SELECT {", ".join(f"i.{c}::tsvector" if c == "lexemes" else f"i.{c}" for c in _STORED)}, i.own_labels, a.id
FROM incoming i JOIN accounts a ON (a.network, a.key) = (i.network, i.author_key)
ORDER BY i.network, i.key
ON CONFLICT (network, key) DO UPDATE SET {", ".join(f"{c} = excluded.{c}" for c in [*_STORED, "labels", "author"])}
WHERE coalesce(excluded.edited_at, excluded.created_at) >= coalesce(posts.edited_at, posts.created_at)
  AND ({", ".join(f"posts.{c}" for c in [*_STORED, "author"])}) IS DISTINCT FROM ({", ".join(f"excluded.{c}" for c in [*_STORED, "author"])})
RETURNING id, (xmax = 0) AS is_new
"""  # noqa: S608 - only our own columns' names are put in


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
    """Apply a batch inside the caller's transaction: posts first, then deletes, and what people did in its order, then what they took back."""
    deletes = [event for event in others if isinstance(event, PostDeleted | AccountDeleted)]
    lock = "pg_advisory_xact_lock" if deletes else "pg_advisory_xact_lock_shared"
    connection.execute(f"SELECT {lock}(%s)", [WRITERS_LOCK])
    denied = deletions.denied(connection, _denying(posts, others))
    accounts.write(connection, [item.event.author for item in posts])
    result = _write_posts(connection, posts)
    deleted = _delete(connection, deletes)
    accounts.change(connection, [event for event in others if isinstance(event, AccountChanged)])
    deletions.withdrawn(connection, denied)
    acts.engage(connection, [event for event in others if isinstance(event, Engagement)])
    acts.relate(connection, [event for event in others if isinstance(event, Relation)])
    acts.undo(connection, [event for event in others if isinstance(event, Undone)])
    labels.say(connection, [event for event in others if isinstance(event, Labelled)])
    return result._replace(deleted=deleted)


def _denying(posts: Sequence[Indexed], others: Sequence[AnyEvent]) -> set[tuple[str, str]]:
    """The accounts that deny something, as they are told of now."""
    told = [*(item.event.author for item in posts), *(event.account for event in others if isinstance(event, AccountChanged))]
    return {(account.network, account.id) for account in told if "deny" in account.intents.values()}


def scan(connection: Connection[DictRow], size: int) -> Iterator[list[DictRow]]:
    """All posts in the order of their arrival, `size` at a time, each with its author's word on training: for whoever decides on permission.

    Names are `network/key`, times microseconds since 1970. One snapshot, however long it takes.
    """
    connection.execute("SET LOCAL statement_timeout = 0")
    with connection.cursor(name="scan") as cursor:
        cursor.execute(_SCAN)
        while rows := cursor.fetchmany(size):
            yield rows


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
    deletions.edited(connection)
    dead = [row["cursor"] for row in connection.execute(_DEAD)]
    written = connection.execute(_MERGE).fetchall()
    labels.put(connection, [row["id"] for row in written])
    new = sum(row["is_new"] for row in written)
    _queue(connection, [row["id"] for row in written])
    return Written(new, len(written) - new, len(posts) - len(written) - len(dead), 0, tuple(dead))


def _version(item: Indexed) -> Any:
    return item.event.post.edited_at or item.event.post.created_at


def _row(item: Indexed) -> tuple[Any, ...]:
    p = item.event.post
    media = Jsonb([msgspec.to_builtins(m) for m in p.media])
    own_labels = None if p.labels is None else list(p.labels)
    geo = p.geo or Geo()
    card = p.card and Jsonb(msgspec.to_builtins(p.card))
    return (
        item.event.cursor, p.network, p.id, p.author, p.text, p.created_at, p.edited_at, p.lang, p.reply_to, p.root, p.quote_of,
        p.visibility, media, list(p.urls), list(p.tags), [m.lower() for m in p.mentions], p.likes, p.reposts, p.replies, p.quotes,
        own_labels, p.sensitive, p.content_warning, p.source, geo.lat, geo.lon, geo.name, card, Jsonb(p.extra), item.words, item.lexemes,
    )  # fmt: skip


def _queue(connection: Connection[DictRow], posts: list[int]) -> None:
    """Posts whose texts wait for a vector and for labels; one that lost its text waits where labels were given to what it said."""
    connection.execute(
        "INSERT INTO pending_vectors (post) SELECT id FROM posts WHERE id = ANY (%s) AND text <> ''"
        " ON CONFLICT (post) DO UPDATE SET since = clock_timestamp()",
        [posts],
    )
    connection.execute(
        "INSERT INTO pending_labels (post) SELECT p.id FROM posts p WHERE p.id = ANY (%s)"
        " AND (p.text <> '' OR EXISTS (SELECT FROM machine_labels m WHERE m.post = p.id OFFSET 0))"
        " ON CONFLICT (post) DO UPDATE SET since = clock_timestamp()",
        [posts],
    )


def _delete(connection: Connection[DictRow], events: Sequence[PostDeleted | AccountDeleted]) -> int:
    """Remove posts and accounts from every table, and leave tombstones; how many of them there were."""
    count = 0
    for event in events:
        kind: Literal["post", "account"]
        kind, table = ("post", "posts") if isinstance(event, PostDeleted) else ("account", "accounts")
        connection.execute(
            "INSERT INTO tombstones (kind, network, key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", [kind, event.network, event.id]
        )
        deletions.deleted(connection, kind, event.network, event.id)
        labels.forget(connection, kind, event.network, event.id)
        count += connection.execute(f"DELETE FROM {table} WHERE (network, key) = (%s, %s)", [event.network, event.id]).rowcount  # noqa: S608
        if kind == "post":
            connection.execute("DELETE FROM engagements WHERE (network, post) = (%s, %s)", [event.network, event.id])
        else:
            for told in OF_ACCOUNTS:
                connection.execute(f"DELETE FROM {told} WHERE (network, account) = (%s, %s)", [event.network, event.id])  # noqa: S608
            connection.execute(_END_KEYS, [event.network, event.id])
            retention.leave(connection, known_as(connection, ADS, event.network, event.id))
            feed_log.leave(connection, known_as(connection, FEED, event.network, event.id))
    return count
