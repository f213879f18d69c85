"""Builds everything from settings: the only constructor. The faces (`cli`, `api`) hold an `App` and decide nothing themselves.

engines.py   the store and its views; the models, loaded when they are first needed
learning.py  corpora, training, finetuning
making.py    drafts, pictures, ads
advertising.py   campaigns, the ad server, the ledger, what is measured
feeds.py     feeds for Bluesky
networks.py  connections to networks
people.py    signing in, and what people decide
voice.py     hearing and speaking
posting.py   writing to networks as the operator's own accounts
"""

from __future__ import annotations

import contextlib
from functools import cached_property
from types import TracebackType
from typing import IO, Any

import psycopg

from oscine import __version__, ingest, sample
from oscine.app.advertising import Advertising
from oscine.app.learning import Learning
from oscine.app.networks import Networks
from oscine.app.people import People
from oscine.app.posting import Posting
from oscine.app.voice import Voice
from oscine.ask.ask import Ask
from oscine.ask.summary import Summaries
from oscine.errors import OscineError
from oscine.records import ANONYMOUS
from oscine.search.background import Background
from oscine.search.people import Known
from oscine.search.saved import Webhooks
from oscine.search.search import Search
from oscine.search.spelling import Spelling
from oscine.search.trending import Trends
from oscine.settings import Settings
from oscine.sources.archives.recognise import open_archive, open_stream, peekable
from oscine.sources.base import Source
from oscine.sources.jsonl import JsonLines
from oscine.store import labels
from oscine.store.saved import SavedSearches

SAMPLE_NETWORK = "sample"
WORDS_SECONDS = 600.0  # between readings of the network's words, for spelling
DAY_SECONDS = 86_400.0  # between looks for reviews of ads that are kept no longer
MINUTE_SECONDS = 60.0  # between looks for ads that nobody saw, whose money is free again, and for labels that have come to their end
LIVE_SECONDS = 3.0  # between looks for what runs, what was spent and what was clicked
ARRIVALS_SECONDS = 5.0  # between looks for what has arrived, for webhooks


class App(Learning, Advertising, People, Posting, Networks, Voice):
    """Everything that runs on one data directory."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.worker: ingest.VectorWorker | None = None
        self._background: list[Background] = []

    def __enter__(self) -> App:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @cached_property
    def search(self) -> Search:
        """Search over the store."""
        return Search(self.view(ANONYMOUS), self.embedder, self.known.known)

    @cached_property
    def known(self) -> Known:
        """Whom a name means."""
        return Known(self.view(ANONYMOUS))

    @cached_property
    def spelling(self) -> Spelling:
        """What a mistaken query probably means; knows no word before it is refreshed."""
        return Spelling(self.view(ANONYMOUS))

    @cached_property
    def trends(self) -> Trends:
        """What people write about more than before."""
        return Trends(self.view(ANONYMOUS))

    @cached_property
    def saved(self) -> SavedSearches:
        """Searches that people keep."""
        return SavedSearches(self.database)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Tells the addresses of saved searches what is new."""
        return Webhooks(self.saved, self.search, self.view, sorted(self.settings.webhook_networks))

    @cached_property
    def ask(self) -> Ask:
        """Answers from the store."""
        return Ask(self.search, self.in_use.answerer, self.reader)

    @cached_property
    def summaries(self) -> Summaries:
        """Summaries of the store."""
        return Summaries(self.search)

    def source(self, path: str, network: str = "", stdin: IO[bytes] | None = None) -> Source:
        """A file, or standard input for `-`: recognised by what is in it."""
        largest = self.settings.max_line_bytes
        if path == "-" and stdin:
            stdin = peekable(stdin)
            archive = open_stream(stdin, network, largest)
        else:
            archive = open_archive(path, network, largest)
        return archive or JsonLines.open(path, network or self.settings.network, largest, stdin)

    def ingest(self, source: Source, networks: frozenset[str] | None = None, progress: ingest.Progress | None = None) -> ingest.Summary:
        """Read a source to its end; `networks` are the only ones that may be written, None for any."""
        return ingest.ingest(self.database, source, networks=networks, wait=self.settings.database_wait, progress=progress)

    def load_sample(self) -> bool:
        """Import the sample network where there is not a single post yet, and never before was; whether it did."""
        if self.database.one("SELECT 1 FROM posts LIMIT 1") or self.database.one("SELECT 1 FROM tombstones LIMIT 1"):
            return False
        for path in sample.files():
            self.ingest(self.source(str(path), SAMPLE_NETWORK))
        return True

    def has_sample(self) -> bool:
        """Whether the sample network is here."""
        return self.database.one("SELECT 1 FROM posts WHERE network = %s LIMIT 1", [SAMPLE_NETWORK]) is not None

    def start_worker(self) -> None:
        """Begin what goes on in the background: posts become vectors, words are read for spelling, webhooks are told."""
        if not self._background:
            self._background = [
                Background("spelling", self.spelling.refresh, WORDS_SECONDS),
                Background("webhooks", self.webhooks.tell, ARRIVALS_SECONDS),
                Background("reviews", self.forget_reviews, DAY_SECONDS),
                Background("ads", self.keep_ads, MINUTE_SECONDS),
                Background("sessions", self.sessions.forget, DAY_SECONDS),
                Background("labels", lambda: labels.expire(self.database), MINUTE_SECONDS),
                Background("live ads", self.ads.running.renew, LIVE_SECONDS, quick=True),
            ]
            for background in self._background:
                background.start()
        if self.settings.embedding != "none" and self.worker is None:
            self.embedder()  # loaded now, not with the first question
            _ = self.reader
            self.worker = ingest.VectorWorker(self.database, self.embedder)
            self.worker.start()

    def forget_reviews(self) -> None:
        """Delete the reviews of ads that are kept no longer."""
        self.reviews.forget(self.settings.review_days)

    def embed_all(self) -> None:
        """Turn all pending posts into vectors, now."""
        embedder = self.embedder()
        while embedder and ingest.embed_pending(self.database, embedder):
            pass

    def status(self, whole: bool = False) -> dict[str, Any]:
        """What is here and what is going on: of everything for the operator (`whole`), else of the public posts only."""
        row = self.database.one(
            "SELECT count(*) AS posts, count(q.post) AS pending_vectors, count(DISTINCT author) AS authors,"
            " coalesce(array_agg(DISTINCT network), '{}') AS networks"
            " FROM posts p LEFT JOIN pending_vectors q ON q.post = p.id WHERE p.visibility = 'public' OR %s",
            [whole],
        )
        return {
            "version": __version__,
            **(row or {}),
            "embedding": self.settings.embedding,
            "reader": self.settings.reader,
            "reader_problem": self.reader_problem,
            "embedding_problem": self.embedding_problem or (self.worker.error if self.worker else ""),
            "language_model": self.in_use.told(),
            "database": "external" if self.settings.database_url else "embedded",
            "data": str(self.settings.data),
        }

    def close(self) -> None:
        """Stop the worker, let go of models and of the database."""
        for background in self._background:
            background.stop()
        if self.worker:
            self.worker.stop()
        if "ads" in self.__dict__:
            with contextlib.suppress(OscineError, psycopg.Error):
                self.ads.running.keep()
        self.in_use.close()
        if "database" in self.__dict__:
            self.database.close()


def from_environment() -> App:
    """An `App` by the settings of the environment: for the commands that train and measure."""
    return App(Settings())  # type: ignore[call-arg]  # every setting has a default
