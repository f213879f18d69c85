"""Corpora, training, the feed's ranker and finetuning, as an `App` has them. What they bring (Polars, torch) is imported when their verb runs, and needs the
extra `train`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from oscine import names
from oscine.app.logging_access import LoggingAccess
from oscine.corpus.options import Options
from oscine.engines.ranker import Latest, Ranker
from oscine.errors import InputError, SetupError
from oscine.feed import rival
from oscine.store import interactions
from oscine.store.access_log import READ
from oscine.teach.tuning import Tuning
from oscine.trust import cards

if TYPE_CHECKING:
    from oscine.corpus.corpora import Corpora


RANKER_POSTS = 500_000  # the newest, that the feed's ranker learns from: 384 MB of vectors


class Learning(LoggingAccess):
    """What learns from the posts."""

    @cached_property
    def corpora(self) -> Corpora:
        """What models are trained on. Raises `SetupError` where the extra is not installed."""
        try:
            from oscine.corpus.corpora import Corpora
        except ImportError as error:
            raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
        usual = Options(
            network=self.settings.network, policy=self.settings.training_policy, hidden_labels=tuple(sorted(self.label_policy.concealing(anonymous=True)))
        )
        return Corpora(self.settings.data, usual, self.settings.max_line_bytes, lambda: self.database, self._built)

    def _built(self, name: str, about: dict[str, Any]) -> None:
        """Whose posts they are stands in the corpus's own ledger."""
        self.tell(READ, door="corpus", posts=about["posts"], corpus=name)

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
        result = run.train(run.Wanted(folder, place, begin_with=begin_with, layout=layout, **wanted), log)
        if result:  # the first of the processes
            cards.write(place, self.settings.data)
        return result

    def corpus_folder(self, corpus: str) -> Path:
        """Where a corpus lies: its name, or its folder. Raises `InputError`."""
        return Path(corpus) if "/" in corpus else self.settings.data / "corpora" / names.checked(corpus)

    def train_ranker(self, log: Callable[[str], None], *, from_scratch: bool = False) -> dict[str, Any]:
        """Train the feed's ranker on what people did here; what is said of the version made. Raises `InputError`, `SetupError`."""
        try:
            from oscine.engines.ranker_versions import Given, renew
            from oscine.model.ranker_training import Config
        except ImportError as error:
            raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
        known = interactions.read(self.database, RANKER_POSTS)
        self.tell(READ, door="ranker", posts=len(known.numbers))
        if not known.embedder:
            raise InputError("No post here has a vector yet.", "Set OSCINE_EMBEDDING, and let `oscine up` make them.")
        vectors = known.acts.posts.vectors
        middle = vectors[vectors.any(axis=1)].mean(axis=0, dtype=np.float32)
        rivals = {"prior": rival.prior(middle), "popularity": rival.popularity, "recency": rival.recency}
        given = Given(known.acts, interactions.served(self.database, known.numbers), known.embedder)
        return renew(given, self.rankers, rivals, Config(days=self.settings.feed_days), log, from_scratch=from_scratch)

    @cached_property
    def ranker(self) -> Callable[[], Ranker | None]:
        """What foretells what a person will do, as it is in use now; None where the prior is to."""
        return (lambda: None) if self.settings.feed_ranker == "prior" else Latest(self.rankers)

    @property
    def rankers(self) -> Path:
        """Where the versions of the ranker lie."""
        return self.settings.data / "models" / "ranker"

    @cached_property
    def tuning(self) -> Tuning:
        """Examples, and models taught by them."""
        return Tuning(self.settings.data, self.models)
