"""What others say of posts and accounts, beside what posts say of themselves: a post's `labels` are its own, those said of it, and those said of its author.

Each label has who says it; who says it may take it back, and it may have an end. What a label does to a post is `safety`'s to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Connection
from psycopg.rows import DictRow

from oscine.records import Labelled
from oscine.store.postgres import Database

_SAY = """
INSERT INTO labels (network, kind, key, label, by, at, active, expires_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bool[], %s::timestamptz[])
    AS new(network, kind, key, label, by, at, active, expires_at)
WHERE NOT EXISTS (SELECT FROM tombstones t WHERE (t.kind, t.network, t.key) = (new.kind, new.network, new.key))
ON CONFLICT (network, kind, key, label, by) DO UPDATE SET at = excluded.at, active = excluded.active, expires_at = excluded.expires_at
WHERE excluded.at >= labels.at
"""
_OF = "l.network = p.network AND ((l.kind = 'post' AND l.key = p.key) OR (l.kind = 'account' AND l.key = a.key))"
_PUT = f"""
UPDATE posts SET labels = told.labels FROM (
    SELECT p.id, CASE WHEN said.labels IS NULL THEN p.own_labels
                      ELSE ARRAY (SELECT DISTINCT unnest(p.own_labels || said.labels) ORDER BY 1) END AS labels
    FROM posts p JOIN accounts a ON a.id = p.author
    CROSS JOIN LATERAL (SELECT count(*) AS n, array_agg(label) FILTER (WHERE active) AS labels FROM labels l WHERE {_OF}) AS said
    WHERE {{which}} AND said.n > 0
) AS told WHERE posts.id = told.id AND posts.labels IS DISTINCT FROM told.labels
"""  # noqa: S608 - our own words
_NAMED = {
    "post": "(p.network, p.key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
    "account": "p.author IN (SELECT id FROM accounts WHERE (network, key) IN (SELECT * FROM unnest(%s::text[], %s::text[])))",
}


def say(connection: Connection[DictRow], events: Sequence[Labelled]) -> None:
    """Note labels, and put them on the posts that they are about; the newest word of each who says it counts."""
    if not events:
        return
    newest: dict[tuple[str, ...], Labelled] = {}
    for event in events:
        name = (event.network, *_about(event), event.label, event.by)
        if name not in newest or event.at >= newest[name].at:
            newest[name] = event
    rows = [(*name, event.at, event.on, event.expires) for name, event in newest.items()]
    connection.execute(_SAY, [list(column) for column in zip(*rows, strict=True)])
    _refresh(connection, [name[:3] for name in newest])


def put(connection: Connection[DictRow], posts: Sequence[int]) -> None:
    """Put on posts that were just written what is already said of them and of their authors."""
    connection.execute(_PUT.format(which="p.id = ANY (%s)"), [list(posts)])


def forget(connection: Connection[DictRow], kind: str, network: str, key: str) -> None:
    """Forget what was said of a post or an account that is about to be deleted, and of an account's posts."""
    connection.execute("DELETE FROM labels WHERE (network, kind, key) = (%s, %s, %s)", [network, kind, key])
    if kind == "account":
        connection.execute(
            "DELETE FROM labels l USING posts p, accounts a WHERE (a.network, a.key) = (%s, %s) AND p.author = a.id"
            " AND (l.network, l.kind, l.key) = (p.network, 'post', p.key)",
            [network, key],
        )


def expire(database: Database) -> int:
    """Take from posts the labels that have come to their end; how many labels there were."""
    with database.connection() as connection:
        ended = connection.execute(
            "UPDATE labels SET active = false WHERE active AND expires_at <= clock_timestamp() RETURNING network, kind, key"
        ).fetchall()
        _refresh(connection, [(row["network"], row["kind"], row["key"]) for row in ended])
        return len(ended)


def _about(event: Labelled) -> tuple[str, str]:
    return ("post", event.post) if event.post else ("account", event.account)


def _refresh(connection: Connection[DictRow], named: Sequence[tuple[str, ...]]) -> None:
    for kind, which in _NAMED.items():
        touched = sorted({(network, key) for network, of, key in named if of == kind})
        if touched:
            connection.execute(_PUT.format(which=which), [[network for network, _ in touched], [key for _, key in touched]])
