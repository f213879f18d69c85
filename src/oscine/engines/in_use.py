"""The language model in use: loaded when somebody first needs it, and another as soon as another is chosen, without a restart.

It does not close the one before: that goes when the last answer that it is writing is done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from oscine.engines.language import LanguageModel
from oscine.engines.library import Library
from oscine.errors import EngineUnavailable

Writer = tuple[LanguageModel | None, str]  # who writes, if anyone, and why that one or none


class InUse:
    """Looks at what is chosen before every answer. `wanted` tells the setting, `load` makes the model of a name."""

    def __init__(self, library: Library, wanted: Callable[[], str], load: Callable[[str], LanguageModel | None]) -> None:
        self._library, self._wanted, self._load = library, wanted, load
        self._loading = threading.Lock()
        self._writer: Writer | None = None
        self._chosen: tuple[int, int] | None = None

    def writer(self) -> Writer:
        """Who writes, whatever it was taught. Raises `SetupError` where the settings name none that there is."""
        with self._loading:
            chosen = self._library.stamp()
            if self._writer is None or chosen != self._chosen:
                self._writer, self._chosen = None, chosen  # the one before is gone before the next takes its memory
                self._writer = self._loaded()
            return self._writer

    def _loaded(self) -> Writer:
        name, why = self._library.choice(self._wanted())
        try:
            return self._load(name), why
        except EngineUnavailable as error:
            return None, str(error)

    def answerer(self) -> Writer:
        """Who writes the fuller answer: the model in use, if it was taught to answer."""
        model, why = self.writer()
        if model is None or model.form != "post":
            return model, why
        return None, f"{model.name} continues posts: it writes drafts, and was not taught to answer; answers are quoted from the posts."

    def told(self) -> dict[str, str]:
        """Its name, its form, and why that one; where none is loaded yet, of the one that would be."""
        if self._writer is None:
            name, why = self._library.choice(self._wanted())
            return {"name": name, "form": self._library.form(name), "why": why}
        model, why = self.writer()
        return {"name": model.name, "form": model.form, "why": self.answerer()[1]} if model else {"name": "none", "form": "", "why": why}

    def close(self) -> None:
        """Let go of the model."""
        if self._writer and self._writer[0]:
            self._writer[0].close()
