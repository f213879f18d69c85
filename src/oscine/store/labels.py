"""What others say of posts and accounts, beside what posts say of themselves: a post's `labels` are its own, those said of it, and those said of its author.

Each label has who says it; who says it may take it back, and it may have an end. What a label does to a post is `safety`'s to say.

The machine (`MACHINE`) says `auto-<label>`; a person of this network (`OPERATOR`) says `<label>`, or that it is not so (a row that is not active), and
with that the machine has no say on this label of this post any more, whatever it finds later.

A post's `labels` are counted anew with every word. Whoever counts holds the post's row first, in the order of (network, key), and counts in a statement of
its own after that: two who speak of one post at once would otherwise each count without the other. Rows are put out of use rather than deleted: a post of
which nobody has ever said anything is passed over when it is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import DictRow

from oscine.records import AUTO, MACHINE, OPERATOR, Labelled
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
    WHERE p.id = ANY (%s) AND said.n > 0
) AS told WHERE posts.id = told.id AND posts.labels IS DISTINCT FROM told.labels
"""  # noqa: S608 - our own words
_TOUCHED = """
SELECT p.id FROM posts p WHERE p.id IN (
    SELECT p.id FROM posts p WHERE (p.network, p.key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
    UNION ALL
    SELECT p.id FROM posts p JOIN accounts a ON a.id = p.author WHERE (a.network, a.key) IN (SELECT * FROM unnest(%s::text[], %s::text[])))
ORDER BY p.network, p.key FOR NO KEY UPDATE OF p
"""
_HOLD = "SELECT id FROM posts WHERE id = ANY (%s) ORDER BY network, key FOR NO KEY UPDATE"
_DECIDE = """
INSERT INTO labels (network, kind, key, label, by, at, active, why) VALUES (%s, 'post', %s, %s, %s, clock_timestamp(), %s, %s)
ON CONFLICT (network, kind, key, label, by) DO UPDATE SET at = excluded.at, active = excluded.active, why = excluded.why, expires_at = NULL
"""
_FOUND = f"""
SELECT p.id, p.network, p.key, said.label FROM unnest(%s::bigint[], %s::text[]) AS said(post, label) JOIN posts p ON p.id = said.post
WHERE NOT EXISTS (SELECT FROM labels l WHERE (l.network, l.kind, l.key, l.label, l.by) = (p.network, 'post', p.key, said.label, '{OPERATOR}'))
"""  # noqa: S608 - our own words
_SILENCE = f"""
UPDATE labels l SET active = false, at = clock_timestamp() FROM posts p
WHERE p.id = ANY (%s) AND (l.network, l.kind, l.key, l.by) = (p.network, 'post', p.key, '{MACHINE}') AND l.active
  AND NOT EXISTS (SELECT FROM unnest(%s::bigint[], %s::text[]) AS said(post, label) WHERE said.post = p.id AND l.label = '{AUTO}' || said.label)
"""  # noqa: S608 - our own words
_FIND = f"""
INSERT INTO labels (network, kind, key, label, by, at, active)
SELECT network, 'post', key, '{AUTO}' || label, '{MACHINE}', clock_timestamp(), true FROM ({_FOUND}) AS found
ON CONFLICT (network, kind, key, label, by) DO UPDATE SET at = excluded.at, active = true WHERE NOT labels.active
"""  # noqa: S608 - our own words


class Word(NamedTuple):
    """A label that is on a post: who says it, since when, and, of a person of this network, why; `about` is the post or its author's account."""

    label: str
    by: str
    at: datetime
    why: str
    about: str


def say(connection: Connection[DictRow], events: Sequence[Labelled]) -> None:
    """Note labels, and put them on the posts that they are about; the newest word of each who says it counts."""
    newest: dict[tuple[str, ...], Labelled] = {}
    for event in events:
        if event.by in (MACHINE, OPERATOR):
            continue  # whatever a network tells: nobody out there speaks for us
        name = (event.network, *_about(event), event.label, event.by)
        if name not in newest or event.at >= newest[name].at:
            newest[name] = event
    if not newest:
        return
    rows = [(*name, event.at, event.on, event.expires) for name, event in newest.items()]
    connection.execute(_SAY, [list(column) for column in zip(*rows, strict=True)])
    _refresh(connection, [name[:3] for name in newest])


def put(connection: Connection[DictRow], posts: Sequence[int]) -> None:
    """Put on posts, whose rows the caller holds, what is said of them and of their authors."""
    connection.execute(_PUT, [list(posts)])


def forget(connection: Connection[DictRow], kind: str, network: str, key: str) -> None:
    """Forget what was said of a post or an account that is about to be deleted, and of an account's posts."""
    connection.execute("DELETE FROM labels WHERE (network, kind, key) = (%s, %s, %s)", [network, kind, key])
    if kind == "post":
        connection.execute("DELETE FROM label_appeals WHERE (network, post) = (%s, %s)", [network, key])
    if kind == "account":
        connection.execute(
            "DELETE FROM labels l USING posts p, accounts a WHERE (a.network, a.key) = (%s, %s) AND p.author = a.id"
            " AND (l.network, l.kind, l.key) = (p.network, 'post', p.key)",
            [network, key],
        )


def decide(connection: Connection[DictRow], network: str, post: str, label: str, is_so: bool, why: str) -> bool:
    """Take a person's word on a label of a post, by its plain name: the machine's goes, for good; whether there is such a post."""
    held = connection.execute("SELECT id FROM posts WHERE (network, key) = (%s, %s) FOR NO KEY UPDATE", [network, post]).fetchone()
    if held is None:
        return False
    connection.execute(_DECIDE, [network, post, label, OPERATOR, is_so, why])
    connection.execute(
        "UPDATE labels SET active = false, at = clock_timestamp() WHERE (network, kind, key, label, by) = (%s, 'post', %s, %s, %s) AND active",
        [network, post, AUTO + label, MACHINE],
    )
    put(connection, [held["id"]])
    return True


def found(connection: Connection[DictRow], said: Mapping[int, Sequence[str]]) -> None:
    """Put on posts what the machine says of them now, and take off what it said before: all of it, by the posts' numbers and plain names."""
    pairs = [(post, label) for post, labels in said.items() for label in labels]
    numbers, names = [post for post, _ in pairs], [label for _, label in pairs]
    before = connection.execute(
        "SELECT DISTINCT p.id FROM posts p JOIN labels l ON (l.network, l.kind, l.key, l.by) = (p.network, 'post', p.key, %s)"
        " WHERE p.id = ANY (%s) AND l.active",
        [MACHINE, list(said)],
    )
    touched = sorted({*numbers, *(row["id"] for row in before)})
    if not touched:
        return
    connection.execute(_HOLD, [touched])
    connection.execute(_SILENCE, [touched, numbers, names])
    connection.execute(_FIND, [numbers, names])
    put(connection, touched)


def of_post(connection: Connection[DictRow], network: str, post: str, author: str) -> list[Word]:
    """What is said of a post and of its author, the newest first; what a post says of itself is not among it."""
    rows = connection.execute(
        "SELECT label, by, at, why, kind AS about FROM labels WHERE active AND network = %s"
        " AND (kind, key) IN (('post', %s), ('account', %s)) ORDER BY at DESC, label, by",
        [network, post, author],
    )
    return [Word(**row) for row in rows]


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
    if not named:
        return
    columns: list[list[str]] = []
    for kind in ("post", "account"):
        touched = sorted({(network, key) for network, of, key in named if of == kind})
        columns += [[network for network, _ in touched], [key for _, key in touched]]
    put(connection, [row["id"] for row in connection.execute(_TOUCHED, columns).fetchall()])
