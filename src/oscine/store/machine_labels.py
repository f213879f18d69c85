"""Which posts still wait for the machine's labels, and how probable each label is of each post. What is said of that, `labels` holds.

It knows nothing of how texts are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.records import OPERATOR
from oscine.store import labels
from oscine.store.postgres import Database
from oscine.store.posts import WRITERS_LOCK

LABELLER_LOCK = 0x05C2B
LABELS = ("toxic", "threat", "hate", "sexual", "spam", "scam", "self-harm", "generated")  # in the order in which probabilities are kept
RECENT = 5_000  # posts, the newest that were read, among which the uncertain are looked for

_TAKE = (
    "DELETE FROM pending_labels q USING unnest(%s::bigint[], %s::timestamptz[]) AS done(post, since)"
    " WHERE q.post = done.post AND q.since = done.since RETURNING q.post"
)
_KEEP = """
INSERT INTO machine_labels (post, model, at, probabilities)
SELECT post, %s, clock_timestamp(), string_to_array(told, ' ')::real[] FROM unnest(%s::bigint[], %s::text[]) AS new(post, told)
ON CONFLICT (post) DO UPDATE SET model = excluded.model, at = excluded.at, probabilities = excluded.probabilities
"""
_UNCERTAIN = f"""
SELECT p.network, p.key AS post, p.text, a.key AS account, a.handle AS author_handle, d.label, d.probability, m.at
FROM (SELECT * FROM machine_labels ORDER BY at DESC LIMIT %s) AS m
CROSS JOIN LATERAL unnest(%s::text[], m.probabilities, %s::float8[]) AS d(label, probability, threshold)
JOIN posts p ON p.id = m.post JOIN accounts a ON a.id = p.author
WHERE p.visibility IN ('public', 'unlisted')
  AND NOT EXISTS (SELECT FROM labels l WHERE (l.network, l.kind, l.key, l.label, l.by) = (p.network, 'post', p.key, d.label, '{OPERATOR}'))
  AND NOT EXISTS (SELECT FROM label_appeals q WHERE (q.network, q.post, q.label) = (p.network, p.key, d.label) AND q.decided_at IS NULL)
ORDER BY abs(d.probability - d.threshold), m.at DESC LIMIT %s
"""  # noqa: S608 - our own words


class Waiting(NamedTuple):
    """A post to be read; `since` tells of edits."""

    post: int
    since: datetime
    text: str


class Read(NamedTuple):
    """What the machine found in a post: a probability for each of `LABELS`, by which model and when."""

    model: str
    at: datetime
    probabilities: dict[str, float]


class Uncertain(NamedTuple):
    """A label that a post hardly has, or hardly lacks."""

    network: str
    post: str
    text: str
    account: str
    author_handle: str
    label: str
    probability: float
    at: datetime


def pending(database: Database, limit: int) -> list[Waiting]:
    """The next posts to read, the newest first: what came just now is seen now."""
    rows = database.rows(
        "SELECT q.post, q.since, p.text FROM pending_labels q JOIN posts p ON p.id = q.post ORDER BY q.post DESC LIMIT %s", [limit]
    )
    return [Waiting(row["post"], row["since"], row["text"]) for row in rows]


def save(database: Database, items: Sequence[Waiting], model: str, probabilities: NDArray[np.float32], thresholds: Mapping[str, float]) -> int:
    """Keep probabilities, shape (n, 8), of posts that were neither edited nor deleted since they were read, and say what is above; how many posts."""
    with database.connection() as connection:
        connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITERS_LOCK])
        taken = connection.execute(_TAKE, [[item.post for item in items], [item.since for item in items]]).fetchall()
        current = {row["post"] for row in taken}
        keep = [(item, row) for item, row in zip(items, probabilities.tolist(), strict=True) if item.post in current]
        if keep:
            told = [" ".join(f"{value:.4g}" for value in row) for _, row in keep]
            connection.execute(_KEEP, [model, [item.post for item, _ in keep], told])
            labels.found(connection, {item.post: said(row, thresholds) for item, row in keep})
    return len(keep)


def said(probabilities: Sequence[float], thresholds: Mapping[str, float]) -> list[str]:
    """The labels whose probability is at or above their threshold."""
    return [label for label, probability in zip(LABELS, probabilities, strict=True) if probability >= thresholds[label]]


def read(database: Database, post: int) -> Read | None:
    """What was found in a post, by its number; None where it was not read yet."""
    row = database.one("SELECT model, at, probabilities FROM machine_labels WHERE post = %s", [post])
    return Read(row["model"], row["at"], dict(zip(LABELS, row["probabilities"], strict=True))) if row else None


def uncertain(database: Database, thresholds: Mapping[str, float], limit: int = 50) -> list[Uncertain]:
    """The labels nearest to their thresholds among posts read lately that a person has not decided, the newest first; of posts for everybody only."""
    rows = database.rows(_UNCERTAIN, [RECENT, list(LABELS), [thresholds[label] for label in LABELS], limit])
    return sorted((Uncertain(**row) for row in rows), key=lambda item: item.at, reverse=True)


def again(database: Database) -> int:
    """Let all posts wait for labels anew, those whose text is gone among them where they were read; how many wait."""
    with database.connection() as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(
            "INSERT INTO pending_labels (post) SELECT p.id FROM posts p WHERE p.text <> '' OR EXISTS (SELECT FROM machine_labels m WHERE m.post = p.id)"
            " ON CONFLICT (post) DO UPDATE SET since = clock_timestamp()"
        )
    return waiting(database)


def waiting(database: Database) -> int:
    """How many posts wait."""
    row = database.one("SELECT count(*) AS n FROM pending_labels")
    return int(row["n"]) if row else 0
