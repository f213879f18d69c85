"""The store, and the models that an `App` has by its settings: loaded when they are first needed, so that `oscine status` waits for none."""

from __future__ import annotations

import os
import threading
import time
from functools import cached_property

from oscine.access.uses import Policy
from oscine.engines import library, watermark
from oscine.engines.e5 import E5Embedder
from oscine.engines.embedding import Embedder, HttpEmbedder
from oscine.engines.in_use import InUse
from oscine.engines.language import HttpLanguageModel, LanguageModel
from oscine.engines.library import Library
from oscine.engines.reader import E5Reader
from oscine.errors import EngineUnavailable, SetupError
from oscine.records import Viewer
from oscine.safety.visibility import LabelPolicy
from oscine.settings import Settings
from oscine.store import vectors
from oscine.store.postgres import Database, open_database
from oscine.view import View

RETRY_SECONDS = 30.0
READER_THREADS = min(4, os.cpu_count() or 1)


class Engines:
    """The database with its views, and the models."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.embedding_problem = ""
        self.reader_problem = ""
        self._embedder: Embedder | None = None
        self._next_try = 0.0
        self._loading = threading.RLock()

    @cached_property
    def database(self) -> Database:
        """The store; started and brought up to date on first use. Raises `SetupError`."""
        return open_database(self.settings.data, self.settings.database_url, seconds=self.settings.request_seconds)

    @property
    def label_policy(self) -> LabelPolicy:
        """Which labels hide a post, and which cover it."""
        return LabelPolicy(hidden=self.settings.hidden_labels, blurred=self.settings.blurred_labels)

    def view(self, viewer: Viewer) -> View:
        """The posts as `viewer` may see them."""
        silent = Policy(training=self.settings.training_policy, bulk=self.settings.bulk_policy)
        return View(self.database, viewer, self.label_policy, silent=silent)

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
