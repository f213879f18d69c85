"""Corpora, training and finetuning, as an `App` has them. What they bring (Polars, torch) is imported when their verb runs, and needs the extra `train`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oscine import names
from oscine.app.engines import Engines
from oscine.corpus.options import Options
from oscine.errors import SetupError
from oscine.teach.tuning import Tuning

if TYPE_CHECKING:
    from oscine.corpus.corpora import Corpora


class Learning(Engines):
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
