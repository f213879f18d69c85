"""A network that was never there, as large as wanted: only to measure how long its feeds take. What they show is worth nothing.

Posts are spread over fourteen days, by authors of whom few write much, on 200 topics, which are directions with noise; people act on the topics that they
like. One in twenty posts is unlisted, one in twenty for followers. Word indexes stay empty: no feed reads them. Vectors have no index: no feed asks it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from oscine.store.postgres import Database
from oscine.store.readers import Readers

NETWORK = "synthetic"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAYS, TOPICS, WIDTH, CHUNK = 14, 200, 384, 50_000
POSTS_PER_AUTHOR, ACTS_PER_POST = 10, 2
READERS, FOLLOWS, LIKED, AVOIDED, SHOWN = 50, 10_000, 200, 20, 300
WORDS = 4_000
_POSTS = "COPY posts (network, key, author, text, created_at, lang, visibility, likes, reposts, replies, urls, words, lexemes) FROM STDIN"
_ACCOUNTS = "COPY accounts (network, key, handle) FROM STDIN"


class Made:
    """What was made: who wrote each post, on which topic, when (seconds before now, rising numbers being newer)."""

    def __init__(self, posts: int, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.authors = max(FOLLOWS + 1_000, posts // POSTS_PER_AUTHOR)
        weights = 1 / np.arange(10, self.authors + 10 - READERS) ** 0.7
        self.author = (
            self.chance.choice(self.authors - READERS, posts, p=weights / weights.sum()) + 1 + READERS
        )  # readers write nothing themselves
        self.topic = np.where(self.chance.random(posts) < 0.7, self.author % TOPICS, self.chance.integers(0, TOPICS, posts))
        self.age = np.sort(self.chance.random(posts) * DAYS * 86_400)[::-1]
        self.likes = self.chance.pareto(1.2, posts).astype(np.int64).clip(0, 100_000)


def make(database: Database, posts: int, seed: int = 1) -> Made:
    """Fill an empty store."""
    made = Made(posts, seed)
    with database.connection() as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(
            f"CREATE TABLE vectors (post bigint PRIMARY KEY REFERENCES posts ON DELETE CASCADE, embedding halfvec({WIDTH}) NOT NULL)"
        )
        cursor = connection.cursor()
        for statement, rows in ((_ACCOUNTS, _accounts(made)), (_POSTS, _posts(made)), ("COPY engagements FROM STDIN", _acts(made)),
                                ("COPY relations (actor, kind, target, at, active) FROM STDIN", _relations(made))):  # fmt: skip
            with cursor.copy(statement) as copy:
                for text in rows:
                    copy.write(text)
        with cursor.copy("COPY vectors FROM STDIN (FORMAT BINARY)") as copy:
            for packed in _vectors(made):
                copy.write(packed)
    _shown(database, made)
    with database.connection() as connection:
        connection.autocommit = True
        connection.execute("SET statement_timeout = 0")
        connection.execute("VACUUM ANALYZE")
        connection.execute("RESET statement_timeout")
        connection.autocommit = False
    return made


def _lines(rows: Iterator[str]) -> Iterator[str]:
    buffer, size = io.StringIO(), 0
    for row in rows:
        size += buffer.write(row + "\n")
        if size > 1_000_000:
            yield buffer.getvalue()
            buffer, size = io.StringIO(), 0
    yield buffer.getvalue()


def _at(seconds: float) -> str:
    return (NOW - timedelta(seconds=float(seconds))).isoformat()


def _accounts(made: Made) -> Iterator[str]:
    return _lines(f"{NETWORK}\tu{n}\tu{n}" for n in range(1, made.authors + 1))


def _posts(made: Made) -> Iterator[str]:
    words = made.chance.integers(0, WORDS, (len(made.author), 12)).tolist()
    kinds = made.chance.choice(["public", "unlisted", "followers"], len(made.author), p=[0.9, 0.05, 0.05]).tolist()
    linked = (made.chance.random(len(made.author)) < 0.3).tolist()
    columns = zip(made.author.tolist(), made.topic.tolist(), made.age.tolist(), made.likes.tolist(), words, kinds, linked, strict=True)
    return _lines(
        f"{NETWORK}\tp{n}\t{author}\ttopic{topic} {' '.join(f'w{word}' for word in said)}\t{_at(age)}\ten\t{kind}\t{likes}\t{likes // 9}\t{likes // 5}"
        f"\t{{{f'https://example.org/{n}' if link else ''}}}\t\t"
        for n, (author, topic, age, likes, said, kind, link) in enumerate(columns, 1)
    )


def _acts(made: Made) -> Iterator[str]:
    """Likes and reposts within two days after a post, each by somebody else; readers like posts of a few topics."""
    posts = made.chance.integers(0, len(made.author), ACTS_PER_POST * len(made.author))
    actors = (made.topic[posts] + TOPICS * made.chance.integers(0, made.authors // TOPICS, len(posts))) + 1
    readers = np.arange(1, READERS + 1).repeat(LIKED)
    theirs = made.chance.integers(len(made.author) // 2, len(made.author), 40 * len(readers)).reshape(len(readers), 40)
    near = np.abs(made.topic[theirs] - (readers * 3 % TOPICS)[:, None]).argmin(axis=1)
    posts, actors = np.concatenate([posts, theirs[np.arange(len(readers)), near]]), np.concatenate([actors, readers])
    ages = np.maximum(made.age[posts] - made.chance.exponential(20_000, len(posts)), 0)
    kinds = np.where(made.chance.random(len(posts)) < 0.8, "like", "repost")
    _, once = np.unique(np.char.add(np.char.add(posts.astype(str), kinds), actors.astype(str)), return_index=True)
    columns = zip(posts[once].tolist(), kinds[once].tolist(), actors[once].tolist(), ages[once].tolist(), strict=True)
    return _lines(f"{NETWORK}\tp{post + 1}\t{kind}\t{actor}\t{_at(age)}\tt\t" for post, kind, actor, age in columns)


def _relations(made: Made) -> Iterator[str]:
    """Readers follow some and avoid a few; everybody else follows nobody, which no reader's feed can tell."""
    for reader in range(1, READERS + 1):
        known = made.chance.permutation(np.arange(READERS + 1, made.authors + 1))[: FOLLOWS + AVOIDED].tolist()
        kinds = ["follow"] * FOLLOWS + ["block", "mute"] * (AVOIDED // 2)
        yield from _lines(f"{reader}\t{kind}\t{target}\t{_at(10_000_000)}\tt" for kind, target in zip(kinds, known, strict=True))


def _vectors(made: Made) -> Iterator[bytes]:
    """PostgreSQL's binary format, with pgvector's of a halfvec inside."""
    common, topics = made.chance.normal(size=WIDTH), made.chance.normal(size=(TOPICS, WIDTH))
    yield b"PGCOPY\n\xff\r\n\x00" + bytes(8)
    size = 4 + 2 * WIDTH
    for start in range(0, len(made.author), CHUNK):
        numbers = np.arange(start, min(start + CHUNK, len(made.author)))
        mixed = 2 * common + topics[made.topic[numbers]] + 0.8 * made.chance.normal(size=(len(numbers), WIDTH))
        yield _rows(numbers + 1, mixed / np.linalg.norm(mixed, axis=1, keepdims=True), size)
    yield b"\xff\xff"


def _rows(numbers: NDArray[np.int64], vectors: NDArray[np.float64], size: int) -> bytes:
    row = np.dtype(
        [("fields", ">i2"), ("l1", ">i4"), ("post", ">i8"), ("l2", ">i4"), ("d", ">i2"), ("unused", ">i2"), ("vector", ">f2", WIDTH)]
    )
    rows = np.zeros(len(numbers), row)
    rows["fields"], rows["l1"], rows["post"], rows["l2"], rows["d"], rows["vector"] = 2, 8, numbers, size, WIDTH, vectors
    return rows.tobytes()


def _shown(database: Database, made: Made) -> None:
    """Pages that the readers were shown lately."""
    from oscine.records import Viewer

    readers = Readers(database)
    with database.connection() as connection:
        for reader in range(1, READERS + 1):
            person = readers.person(Viewer(network=NETWORK, account=f"u{reader}"))
            posts = (made.chance.permutation(100_000)[:SHOWN] + max(0, len(made.author) - 100_000)) % len(made.author) + 1
            connection.execute("INSERT INTO feed_pages (token, session, at, person, kind, weights) VALUES (%s, %s, %s, %s, 'for-you', 0)",
                               [f"t{reader}", f"t{reader}", NOW - timedelta(hours=20), person])  # fmt: skip
            connection.execute(
                "INSERT INTO feed_outcomes (page, post, kind, at) SELECT %s, unnest(%s::bigint[]), 'seen', %s",
                [f"t{reader}", posts.tolist(), NOW - timedelta(hours=20)],
            )
