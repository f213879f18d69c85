"""From events to the store: clean, index, write in batches; vectors follow in the background.

A batch and the cursor after it are one transaction, so that a process killed at any moment loses and doubles nothing. While one batch is
written the next is being read. A database that goes away is waited for. It does not know what networks are like: sources do.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from itertools import islice

import msgspec
import psycopg
import regex

from oscine import text
from oscine.engines.embedding import Embedder
from oscine.errors import DatabaseUnavailable, OscineError
from oscine.records import AccountDeleted, AnyEvent, Post, PostDeleted, PostWritten, Refused
from oscine.sources.base import Source
from oscine.store import imports, posts, vectors
from oscine.store.postgres import Database, wait_for

BATCH = 2_000
REASONS = 20  # of the refused lines, how many are told
GAP = 50  # positions between a post's text, its pictures' texts and its tags: no phrase spans two of them
_URL = regex.compile(r"""https?://[^\s<>"]+""")


class Events:
    """A source of events that are at hand already."""

    name = ""

    def __init__(self, events: Sequence[AnyEvent]) -> None:
        self._events = events

    def events(self, cursor: int = 0) -> Iterator[AnyEvent]:
        """Those after `cursor`."""
        return (event for event in self._events if event.cursor > cursor)

    def done(self) -> float | None:
        """Not told."""
        return None


class Summary(msgspec.Struct):
    """What an import did, in lines. `reasons` are the first refused lines and why."""

    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    refused: int = 0
    seconds: float = 0.0
    resumed_after: int = 0
    reasons: list[tuple[int, str]] = []

    @property
    def lines(self) -> int:
        """All lines that were read."""
        return self.accepted + self.updated + self.unchanged + self.deleted + self.refused

    @property
    def useful(self) -> bool:
        """Whether any line could be used."""
        return self.lines > self.refused


Progress = Callable[[Summary, float | None], None]


def ingest(database: Database, source: Source, *, networks: frozenset[str] | None = None, wait: float = 60.0,
           progress: Progress | None = None) -> Summary:  # fmt: skip
    """Read a source to its end. `networks`: the only ones that may be written; None for any.

    An unfinished reading of the same source goes on where it stopped. Raises `DatabaseUnavailable` when the database stays away for
    longer than `wait` seconds, `DiskFull` when it cannot write; what was counted as accepted is stored, in either case.
    """
    with database.connection() as connection:
        cursor, counts = imports.position(connection, source.name) if source.name else (0, {})
    summary = msgspec.convert(counts, Summary) if counts else Summary()
    summary.resumed_after = cursor
    start = time.monotonic() - summary.seconds
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="write") as writer:
        previous: Future[None] | None = None
        for batch in _batches(source.events(cursor), networks):
            if previous:
                previous.result()
            previous = writer.submit(_write, database, source.name, batch, summary, start, wait)
            if progress:
                progress(summary, source.done())
        if previous:
            previous.result()
    if source.name:
        with database.connection() as connection:
            imports.finish(connection, source.name)
    return summary


class _Batch(msgspec.Struct):
    """Events that are written together; `cursor` is where to go on after them."""

    posts: list[posts.Indexed]
    others: list[AnyEvent]
    refused: list[Refused]
    cursor: int


def _batches(events: Iterable[AnyEvent], networks: frozenset[str] | None) -> Iterator[_Batch]:
    stream = iter(events)
    while some := list(islice(stream, BATCH)):
        batch = _Batch([], [], [], some[-1].cursor)
        for event in some:
            event = _permitted(event, networks)
            if isinstance(event, PostWritten):
                batch.posts.append(index(event))
            elif isinstance(event, Refused):
                batch.refused.append(event)
            else:
                batch.others.append(event)
        yield batch


def _permitted(event: AnyEvent, networks: frozenset[str] | None) -> AnyEvent:
    if networks is None or isinstance(event, Refused) or event.network in networks:
        return event
    return Refused(
        cursor=event.cursor, reason=f"network {event.network!r} is not one that this key may write ({', '.join(sorted(networks))})"
    )


def _write(database: Database, name: str, batch: _Batch, summary: Summary, start: float, wait: float) -> None:
    """Write one batch with its cursor, again and again while the database is away; then count it."""
    while True:
        try:
            with database.connection() as connection:
                written = posts.write(connection, batch.posts, batch.others)
                counted = _count(summary, batch, written, time.monotonic() - start)
                if name:
                    imports.advance(connection, name, batch.cursor, msgspec.to_builtins(counted))
            break
        except DatabaseUnavailable:
            wait_for(database, wait)
    for field in Summary.__struct_fields__:
        setattr(summary, field, getattr(counted, field))


def _count(before: Summary, batch: _Batch, written: posts.Written, seconds: float) -> Summary:
    dead = [(cursor, "the post was deleted earlier, and a deleted post does not come back") for cursor in written.dead]
    refused = [(event.cursor, event.reason) for event in batch.refused]
    deletes = sum(isinstance(event, PostDeleted | AccountDeleted) for event in batch.others)
    return Summary(
        accepted=before.accepted + written.new + len(batch.others) - deletes,
        updated=before.updated + written.updated,
        unchanged=before.unchanged + written.unchanged,
        deleted=before.deleted + deletes,
        refused=before.refused + len(refused) + len(dead),
        seconds=seconds,
        resumed_after=before.resumed_after,
        reasons=(before.reasons + sorted(refused + dead))[:REASONS],
    )


def index(event: PostWritten) -> posts.Indexed:
    """A post cleaned, completed (language, links, tags and mentions that its source did not give) and analysed."""
    post, author = event.post, event.author
    lang = post.lang or text.language(post.text)
    said = text.analyse(post.text, lang)
    shown = text.analyse(" ".join(media.alt for media in post.media), lang, said.end + GAP)
    given = text.analyse(_unsaid(post, said.names), lang, shown.end + GAP)
    more = text.signs(post.text) + text.place_tokens(post.geo.name if post.geo else "")
    complete = msgspec.structs.replace(
        post,
        lang=lang,
        urls=post.urls or (tuple(_URL.findall(post.text)) if "://" in post.text else ()),
        tags=post.tags or _named("#", said.names),
        mentions=post.mentions or _named("@", said.names),
    )
    words = " ".join(filter(None, (said.words, shown.words, given.words, _author_words(author.name, author.handle, lang))))
    lexemes = " ".join(filter(None, (said.lexemes, shown.lexemes, given.lexemes, text.lexemes(more))))
    return posts.Indexed(msgspec.structs.replace(event, post=complete), words, lexemes)


def _unsaid(post: Post, said: tuple[str, ...]) -> str:
    """The tags, mentions and links that a source names and the text does not."""
    names = [*(f"#{tag}" for tag in post.tags), *(f"@{name}" for name in post.mentions)]
    return " ".join([*(name for name in names if text.fold(name) not in said), *(url for url in post.urls if url not in post.text)])


def _named(sign: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[1:] for name in names if name.startswith(sign))


@lru_cache(maxsize=10_000)
def _author_words(name: str, handle: str, lang: str | None) -> str:
    """A post is found by its author's name too."""
    return text.words(text.tokens(f"{name} @{handle}", lang))


class VectorWorker(threading.Thread):
    """Embeds what is pending, for as long as it runs; one such worker works on a database at a time.

    `error` holds what it stumbled over last, for `status`; it tries again.
    """

    def __init__(self, database: Database, embedder: Callable[[], Embedder | None], batch: int = 256, pause: float = 1.0) -> None:
        super().__init__(name="vectors", daemon=True)
        self.error = ""
        self._database, self._embedder, self._batch, self._pause = database, embedder, batch, pause
        self._stopping = threading.Event()

    def run(self) -> None:
        """Work until `stop`."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)  # people who search come first
        while not self._stopping.is_set():
            try:
                embedder = self._embedder()
                idle = embedder is None or embed_pending(self._database, embedder, self._batch) == 0
                self.error = ""
            except (OscineError, psycopg.Error) as error:
                idle, self.error = True, str(error)
            if idle:
                self._stopping.wait(self._pause)

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        self._stopping.set()
        self.join(timeout=30)


def embed_pending(database: Database, embedder: Embedder, batch: int = 256) -> int:
    """Embed one batch of what is pending, unless another process is at it; how many there were."""
    with database.connection() as holder:
        row = holder.execute("SELECT pg_try_advisory_xact_lock(%s) AS mine", [vectors.EMBEDDER_LOCK]).fetchone()
        if not row or not row["mine"]:
            return 0
        items = vectors.pending(database, batch)
        if items:
            vectors.save(database, items, embedder.embed_passages([item.text for item in items]))
        return len(items)
