"""Writing what people do: likes and reposts, follows, blocks, mutes and lists; and taking it back.

Some networks take an act back by its kind and its target, others by its key alone. What has a key counts in the order of arrival, as its
network tells it; what has none, by its time. Of two acts of one kind on one thing by one person, the later stands for both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from psycopg import Connection
from psycopg.rows import DictRow

from oscine.records import Engagement, Relation, Undone
from oscine.store import accounts

COUNTED = {"like": "likes", "repost": "reposts", "reply": "replies", "quote": "quotes"}
Act = TypeVar("Act", Engagement, Relation)

_ALIVE = "NOT EXISTS (SELECT FROM tombstones t WHERE (t.kind, t.network, t.key) = ('act', new.network, new.key))"
_ENGAGE = f"""
INSERT INTO engagements (network, post, kind, actor, at, active, key)
SELECT new.network, new.post, new.kind, a.id, new.at, new.active, new.key
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bool[], %s::text[])
     AS new(network, post, kind, actor, at, active, key) JOIN accounts a ON (a.network, a.key) = (new.network, new.actor)
WHERE NOT EXISTS (SELECT FROM tombstones t WHERE (t.kind, t.network, t.key) = ('post', new.network, new.post)) AND {_ALIVE}
ORDER BY 1, 2, 3, 4
ON CONFLICT (network, post, kind, actor) DO UPDATE SET at = excluded.at, active = excluded.active, key = excluded.key
WHERE excluded.key <> '' OR excluded.at >= engagements.at
"""  # noqa: S608 - our own words
_SEEN = """
UPDATE posts SET {column} = seen.n FROM (
    SELECT e.network, e.post, count(*) AS n FROM engagements e
    JOIN unnest(%s::text[], %s::text[]) AS touched(network, post) USING (network, post)
    WHERE e.kind = %s AND e.active GROUP BY 1, 2
) AS seen WHERE (posts.network, posts.key) = (seen.network, seen.post) AND posts.{column} < seen.n
"""
_RELATE = f"""
INSERT INTO relations (actor, kind, target, at, active, key)
SELECT a.id, new.kind, b.id, new.at, new.active, new.key
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bool[], %s::text[])
     AS new(network, actor, kind, target, at, active, key)
JOIN accounts a ON (a.network, a.key) = (new.network, new.actor) JOIN accounts b ON (b.network, b.key) = (new.network, new.target)
WHERE {_ALIVE} ORDER BY 1, 2, 3
ON CONFLICT (actor, kind, target) DO UPDATE SET at = excluded.at, active = excluded.active, key = excluded.key
WHERE excluded.key <> '' OR excluded.at >= relations.at
"""  # noqa: S608 - our own words
_UNDO = "UPDATE {table} SET active = false WHERE key = ANY (%s) AND active"
_LESS = "UPDATE posts SET {column} = greatest({column} - %s, 0) WHERE (network, key) = (%s, %s)"


def engage(connection: Connection[DictRow], events: Sequence[Engagement]) -> None:
    """Note who liked or reposted what; a post's count is what its network states or what was seen, whichever is larger."""
    if not events:
        return
    accounts.ensure(connection, ((event.network, event.actor) for event in events))
    last = _last(events, lambda e: (e.network, e.post, e.kind, e.actor))
    columns = [[getattr(e, name) for e in last] for name in ("network", "post", "kind", "actor", "at", "on", "key")]
    connection.execute(_ENGAGE, columns)
    for kind, column in COUNTED.items():
        touched = sorted({(e.network, e.post) for e in events if e.kind == kind})
        if touched:
            connection.execute(_SEEN.format(column=column), [[n for n, _ in touched], [p for _, p in touched], kind])


def relate(connection: Connection[DictRow], events: Sequence[Relation]) -> None:
    """Note who follows, blocks or mutes whom, and who is on whose lists; the newest word counts."""
    if not events:
        return
    accounts.ensure(connection, ((event.network, name) for event in events for name in (event.actor, event.target)))
    _list(connection, [event for event in events if event.kind == "list"])
    last = _last([event for event in events if event.kind != "list"], lambda e: (e.network, e.actor, e.kind, e.target))
    connection.execute(_RELATE, [[getattr(e, name) for e in last] for name in ("network", "actor", "kind", "target", "at", "on", "key")])


def undo(connection: Connection[DictRow], events: Sequence[Undone]) -> None:
    """Take back acts by their keys, for good; an act that is told of later under such a key is none."""
    if not events:
        return
    keys = sorted({(event.network, event.key) for event in events})
    connection.cursor().executemany(
        "INSERT INTO tombstones (kind, network, key) VALUES ('act', %s, %s) ON CONFLICT DO NOTHING", [list(key) for key in keys]
    )
    undone = connection.execute(_UNDO.format(table="engagements") + " RETURNING network, post, kind", [[key for _, key in keys]]).fetchall()
    connection.execute(_UNDO.format(table="relations"), [[key for _, key in keys]])
    for (network, post, kind), times in sorted(Counter((row["network"], row["post"], row["kind"]) for row in undone).items()):
        if kind in COUNTED:
            connection.execute(_LESS.format(column=COUNTED[kind]), [times, network, post])


def _last(events: Sequence[Act], what: Callable[[Act], Hashable]) -> list[Act]:
    """Of the acts on one thing, the one that stands."""
    found: dict[Hashable, Act] = {}
    for event in events:
        before = found.get(what(event))
        if before is None or event.key or event.at >= before.at:
            found[what(event)] = event
    return list(found.values())


def _list(connection: Connection[DictRow], events: Sequence[Relation]) -> None:
    connection.cursor().executemany(
        "INSERT INTO lists (owner, name, member, public, at, active)"
        " SELECT a.id, %s, b.id, %s, %s, %s FROM accounts a, accounts b WHERE (a.network, a.key) = (%s, %s) AND (b.network, b.key) = (%s, %s)"
        " ON CONFLICT (owner, name, member) DO UPDATE SET public = excluded.public, at = excluded.at, active = excluded.active"
        " WHERE excluded.at >= lists.at",
        [[e.list, e.public, e.at, e.on, e.network, e.actor, e.network, e.target] for e in events],
    )
