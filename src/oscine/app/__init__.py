"""Builds everything from settings: the only constructor. The faces (`cli`, `api`) hold an `App` and decide nothing themselves.

engines.py   the store and its views; the models, loaded when they are first needed
learning.py  corpora, training, finetuning
making.py    drafts, pictures, ads
advertising.py   campaigns, the ad server, the ledger, what is measured
feeds.py     feeds for Bluesky
networks.py  connections to networks
people.py    signing in, and what people decide
recommending.py  feeds, what people ask of them, what was served
voice.py     hearing and speaking
posting.py   writing to networks as the operator's own accounts
labelling.py   labels by the machine and by people, appeals
licensing.py   licences, exports, streams
logging_access.py   the log of accesses
erasing.py   what is held about a person, purging, certificates
reporting.py   what the software publishes about itself, incidents
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import IO, Any

import psycopg

from oscine import __version__, ingest, sample
from oscine.app.erasing import Erasing
from oscine.app.labelling import Labelling
from oscine.app.licensing import Licensing
from oscine.app.logging_access import LoggingAccess
from oscine.app.networks import Networks
from oscine.app.people import People
from oscine.app.posting import Posting
from oscine.app.recommending import Recommending
from oscine.app.reporting import Reporting
from oscine.app.voice import Voice
from oscine.ask.ask import Ask
from oscine.ask.summary import Summaries
from oscine.errors import OscineError
from oscine.feed.propose import Proposals, Proposer
from oscine.feed.wanted import Wanted
from oscine.home.catch_up import CatchUp, Missed
from oscine.home.digest import Digest, best, digest
from oscine.recommendation import Steering
from oscine.records import ANONYMOUS, Viewer
from oscine.search.background import Background, finish
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
from oscine.store.follows import Follows
from oscine.store.saved import SavedSearches

SAMPLE_NETWORK = "sample"
WORDS_SECONDS = 600.0  # between readings of the network's words, for spelling
DAY_SECONDS = 86_400.0  # between looks for reviews of ads that are kept no longer
HOUR_SECONDS = 3_600.0  # between looks for what was deleted and has waited long enough
MINUTE_SECONDS = 60.0  # between looks for ads that nobody saw, whose money is free again, and for labels that have come to their end
GUARD_SECONDS = 300.0  # between looks for a test of the feed that does harm
LIVE_SECONDS = 3.0  # between looks for what runs, what was spent and what was clicked
POOL_SECONDS = 5.0  # between looks for what feeds may show to everybody
WHOLE_POOL_SECONDS = 600.0  # between looks for acts that came late, or were taken back
SEAL_SECONDS = 1.0  # between looks for accesses that are not in the chain yet
ARRIVALS_SECONDS = 5.0  # between looks for what has arrived, for webhooks


class App(Recommending, People, Posting, Networks, Voice, Labelling, Licensing, Erasing, Reporting, LoggingAccess):
    """Everything that runs on one data directory."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.worker: ingest.VectorWorker | None = None
        self.label_worker: ingest.LabelWorker | None = None
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

    def missed(self, viewer: Viewer, steering: Steering, since: datetime | None = None, lang: str | None = None) -> CatchUp:
        """What somebody missed since then, by default since they were last here."""
        known = since or (self.feed_log.last_visit(viewer, datetime.now(UTC)) if steering.personal else None)
        missed = Missed(self.view(viewer), self.summaries, self.trends, lang, steering.personal, self._wanted(viewer, steering))
        return missed.between(known, self.pool.now())

    def _wanted(self, viewer: Viewer, steering: Steering) -> Wanted:
        filters = self.steer.asked(steering, self.pool.posts.vectors).filters()
        return Wanted(self.view(viewer), self.pool.posts, filters, self.feed.ask(viewer, steering))

    def digest(self, viewer: Viewer, steering: Steering, days: float, limit: int, lang: str | None = None) -> Digest:
        """The best of some days for somebody."""
        since, view = self.pool.now() - timedelta(days=days), self.view(viewer)
        weights, _, _ = self.weights_for(viewer if steering.personal else ANONYMOUS)
        return digest(best(self.feed, view, weights, steering, since, limit), self.missed(viewer, steering, since, lang), lang)

    def proposals(self, viewer: Viewer, steering: Steering, limit: int) -> Proposals:
        """What somebody might want more of."""
        public, wanted = self.view(ANONYMOUS), self._wanted(viewer, steering)
        proposer = Proposer(self.view(viewer), public, self.pool.posts, Follows(self.database), self.trends, wanted)
        return proposer.proposals(self.feed.ask(viewer, steering, limit))

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
        done = ingest.ingest(self.database, source, networks=networks, wait=self.settings.database_wait, progress=progress)
        if done.deleted:
            self.tell("deleted", posts_and_accounts=done.deleted)
        return done

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
        """Begin what goes on in the background: posts become vectors and are labelled, words are read for spelling, webhooks are told."""
        if not self._background:
            self._background = [
                Background("spelling", self.spelling.refresh, WORDS_SECONDS),
                Background("webhooks", self.tell_webhooks, ARRIVALS_SECONDS),
                Background("reviews", self.forget_reviews, DAY_SECONDS),
                Background("ads", self.keep_ads, MINUTE_SECONDS),
                Background("sessions", self.sessions.forget, DAY_SECONDS),
                Background("labels", lambda: labels.expire(self.database), MINUTE_SECONDS),
                Background("feed test", self.guard_feed_test, GUARD_SECONDS),
                Background("feed log", self.roll_feed_log, DAY_SECONDS),
                Background("access log", self.seal_access_log, SEAL_SECONDS),
                Background("old access log", self.roll_access_log, DAY_SECONDS),
                Background("live ads", self.ads.running.renew, LIVE_SECONDS, quick=True),
                Background("pool", self.pool.refresh, POOL_SECONDS),
                Background("purge", self.purge_when_due, HOUR_SECONDS),
                Background("deletions", self.watch_deletions, HOUR_SECONDS),
                Background("whole pool", self.pool.load, WHOLE_POOL_SECONDS),
            ]
            for background in self._background:
                background.start()
        if self.settings.embedding != "none" and self.worker is None:
            self.embedder()  # loaded now, not with the first question
            _ = self.reader
            self.worker = ingest.VectorWorker(self.database, self.embedder)
            self.worker.start()
        if self.settings.labels != "none" and self.label_worker is None:
            self.label_worker = ingest.LabelWorker(self.database, lambda: self.label_reading)
            self.label_worker.start()

    def tell_webhooks(self) -> int:
        """Tell the addresses of saved searches what is new; how many deliveries were acknowledged."""
        with self.noting("webhooks"):
            return self.webhooks.tell()

    def roll_feed_log(self) -> None:
        """Delete what feeds served before, and what came of it."""
        self.feed_log.roll(datetime.now(UTC) - timedelta(days=self.settings.feed_log_days))

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
            "SELECT count(*) AS posts, count(q.post) AS pending_vectors, count(l.post) AS pending_labels, count(DISTINCT author) AS authors,"
            " coalesce(array_agg(DISTINCT network), '{}') AS networks"
            " FROM posts p LEFT JOIN pending_vectors q ON q.post = p.id LEFT JOIN pending_labels l ON l.post = p.id WHERE p.visibility = 'public' OR %s",
            [whole],
        )
        return {
            "version": __version__,
            **(row or {}),
            "embedding": self.settings.embedding,
            "reader": self.settings.reader,
            "reader_problem": self.reader_problem,
            "embedding_problem": self.embedding_problem or (self.worker.error if self.worker else ""),
            "labels": self.settings.labels,
            "labels_problem": self.labels_problem or (self.label_worker.error if self.label_worker else ""),
            "language_model": self.in_use.told(),
            "database": "external" if self.settings.database_url else "embedded",
            "data": str(self.settings.data),
        }

    def close(self) -> None:
        """Stop the worker, let go of models and of the database."""
        finish([*self._background, *(worker for worker in (self.worker, self.label_worker) if worker)])
        if "ads" in self.__dict__:
            with contextlib.suppress(OscineError, psycopg.Error):
                self.ads.running.keep()
        self.in_use.close()
        self.end_verb()
        if "database" in self.__dict__:
            self.database.close()


def from_environment() -> App:
    """An `App` by the settings of the environment: for the commands that train and measure."""
    return App(Settings())  # type: ignore[call-arg]  # every setting has a default
