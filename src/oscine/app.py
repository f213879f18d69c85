"""Builds everything from settings: the only constructor. The faces (`cli`, `api`) hold an `App` and decide nothing themselves.

Models are loaded when they are first needed, so that `oscine status` does not wait for one.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from oscine import __version__, ingest, names, sample
from oscine.ask.ask import Ask
from oscine.ask.summary import Summaries
from oscine.corpus.options import Options
from oscine.create.drafts import Drafts
from oscine.engines import library, watermark
from oscine.engines.e5 import E5Embedder
from oscine.engines.embedding import Embedder, HttpEmbedder
from oscine.engines.in_use import InUse
from oscine.engines.language import HttpLanguageModel, LanguageModel
from oscine.engines.library import Library
from oscine.engines.reader import E5Reader
from oscine.errors import EngineUnavailable, SetupError
from oscine.records import ANONYMOUS, Viewer
from oscine.safety.visibility import LabelPolicy
from oscine.search.background import Background
from oscine.search.people import Known
from oscine.search.saved import Webhooks
from oscine.search.search import Search
from oscine.search.spelling import Spelling
from oscine.search.trending import Trends
from oscine.settings import Settings
from oscine.sources.base import Source
from oscine.sources.jsonl import JsonLines
from oscine.store import vectors
from oscine.store.postgres import Database, open_database
from oscine.store.saved import SavedSearches
from oscine.teach.tuning import Tuning
from oscine.view import View

if TYPE_CHECKING:
    from oscine.corpus.corpora import Corpora  # brings Polars, which only its verbs need

SAMPLE_NETWORK = "sample"
RETRY_SECONDS = 30.0
READER_THREADS = min(4, os.cpu_count() or 1)
WORDS_SECONDS = 600.0  # between readings of the network's words, for spelling
ARRIVALS_SECONDS = 5.0  # between looks for what has arrived, for webhooks


class App:
    """Everything that runs on one data directory."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.worker: ingest.VectorWorker | None = None
        self._background: list[Background] = []
        self.embedding_problem = ""
        self.reader_problem = ""
        self._embedder: Embedder | None = None
        self._next_try = 0.0
        self._loading = threading.RLock()

    def __enter__(self) -> App:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @cached_property
    def database(self) -> Database:
        """The store; started and brought up to date on first use. Raises `SetupError`."""
        return open_database(self.settings.data, self.settings.database_url, seconds=self.settings.request_seconds)

    def embedder(self) -> Embedder | None:
        """What turns text into vectors, with the vector table made for it.

        None where there is none, with `embedding_problem` saying why; a server that was away is tried again after a while.
        """
        with self._loading:
            if self._embedder is None and time.monotonic() >= self._next_try:
                self._next_try = time.monotonic() + RETRY_SECONDS
                try:
                    self._embedder = self._prepared_embedder()
                    self.embedding_problem = ""
                except EngineUnavailable as error:
                    self.embedding_problem = str(error)
            return self._embedder

    def _prepared_embedder(self) -> Embedder | None:
        embedder = _embedder(self.settings)
        if embedder:
            vectors.prepare(self.database, embedder.name, embedder.dimensions)
        return embedder

    @cached_property
    def models(self) -> Library:
        """The language models that are kept here."""
        return Library(self.settings.data)

    @cached_property
    def in_use(self) -> InUse:
        """The language model that writes, if any."""
        return InUse(self.models, lambda: self.settings.language_model, lambda name: _language_model(name, self.settings, self.models))

    @property
    def language_model(self) -> tuple[LanguageModel | None, str]:
        """Who writes, if anyone, and why that one or none."""
        return self.in_use.writer()

    def detect(self, text: str, model: str = "") -> watermark.Found:
        """Whether a model, by default the one in use, wrote a text with the watermark that is set. Raises `SetupError`, `NotFound`."""
        if not self.settings.watermark:
            raise SetupError("No watermark is set.", "Set OSCINE_WATERMARK to the secret that the text would be marked with.")
        name = model or self.models.choice(self.settings.language_model)[0]
        return watermark.Watermark(self.settings.watermark).detect(self.models.tokens(name, text))

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
    def reader(self) -> E5Reader | None:
        """What finds short answers in posts; None where there is none, with `reader_problem` saying why."""
        if self.settings.reader not in ("e5", "none"):
            raise SetupError(f"There is no reader {self.settings.reader!r}.", "OSCINE_READER takes e5 or none.")
        with self._loading:
            try:
                return E5Reader(self.settings.data / "models", threads=READER_THREADS) if self.settings.reader == "e5" else None
            except EngineUnavailable as error:
                self.reader_problem = str(error)
                return None

    @cached_property
    def drafts(self) -> Drafts:
        """Drafts of posts by the model in use."""
        return Drafts(lambda: self.language_model[0], self.view(ANONYMOUS), bool(self.settings.watermark))

    @cached_property
    def corpora(self) -> Corpora:
        """What models are trained on. Raises `SetupError` where the extra is not installed."""
        try:
            from oscine.corpus.corpora import Corpora
        except ImportError as error:
            raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
        usual = Options(
            network=self.settings.network, policy=self.settings.training_policy, hidden_labels=tuple(sorted(self.settings.hidden_labels))
        )
        return Corpora(self.settings.data, usual, self.settings.max_line_bytes, lambda: self.database)

    def train(self, corpus: str, name: str, log: Callable[[str], None], *, begin_with: Path | None, **wanted: Any) -> dict[str, Any]:
        """Train a model on a corpus of this data directory, or of a folder; what came of it. Raises `InputError`, `SetupError`."""
        try:
            from oscine.model import launch, parallel, run
        except ImportError as error:
            raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
        folder = self.corpus_folder(corpus)
        launch.again("oscine", sys.argv[1:])
        layout = parallel.started(wanted.pop("shards"), wanted.pop("tensor"))
        place = self.settings.data / "runs" / names.checked(name or folder.name)
        return run.train(run.Wanted(folder, place, begin_with=begin_with, layout=layout, **wanted), log)

    def corpus_folder(self, corpus: str) -> Path:
        """Where a corpus lies: its name, or its folder. Raises `InputError`."""
        return Path(corpus) if "/" in corpus else self.settings.data / "corpora" / names.checked(corpus)

    @cached_property
    def tuning(self) -> Tuning:
        """Examples, and models taught by them."""
        return Tuning(self.settings.data, self.models)

    @cached_property
    def summaries(self) -> Summaries:
        """Summaries of the store."""
        return Summaries(self.search)

    def view(self, viewer: Viewer) -> View:
        """The posts as `viewer` may see them."""
        return View(self.database, viewer, LabelPolicy(hidden=self.settings.hidden_labels, blurred=self.settings.blurred_labels))

    def source(self, path: str, network: str = "", stdin: IO[bytes] | None = None) -> Source:
        """A file, or standard input for `-`."""
        return JsonLines.open(path, network or self.settings.network, self.settings.max_line_bytes, stdin)

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
            ]
            for background in self._background:
                background.start()
        if self.settings.embedding != "none" and self.worker is None:
            self.embedder()  # loaded now, not with the first question
            _ = self.reader
            self.worker = ingest.VectorWorker(self.database, self.embedder)
            self.worker.start()

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
        self.in_use.close()
        if "database" in self.__dict__:
            self.database.close()


def from_environment() -> App:
    """An `App` by the settings of the environment: for the commands that train and measure."""
    return App(Settings())  # type: ignore[call-arg]  # every setting has a default


def _embedder(settings: Settings) -> Embedder | None:
    if settings.embedding == "none":
        return None
    if settings.embedding == "http":
        return HttpEmbedder(settings.embedding_url, settings.embedding_model, settings.embedding_key)
    if settings.embedding == "e5":
        return E5Embedder(settings.data / "models")
    raise SetupError(f"There is no embedding {settings.embedding!r}.", "OSCINE_EMBEDDING takes e5, http or none.")


def _language_model(name: str, settings: Settings, models: Library) -> LanguageModel | None:
    if name == "none":
        return None
    if name == "http":
        if not settings.language_model_url:
            raise SetupError("No server is named for the language model.", "Set OSCINE_LANGUAGE_MODEL_URL and OSCINE_LANGUAGE_MODEL_NAME.")
        if settings.watermark:
            raise library.unmarkable(settings.language_model_name)
        return HttpLanguageModel(
            settings.language_model_url, settings.language_model_name, settings.language_model_key, form=settings.language_model_form
        )
    return models.load(name, max(1, (os.cpu_count() or 2) - 1), settings.watermark)
