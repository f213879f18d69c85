"""Hearing and speaking, as an `App` has them: by its settings, loaded when they are first needed."""

from __future__ import annotations

import os
from functools import cached_property

from oscine.app.engines import Engines
from oscine.engines.hearing import Hearing, WhisperHearing
from oscine.engines.speaking import KokoroSpeaking, Speaking
from oscine.errors import EngineUnavailable, SetupError

THREADS = min(4, os.cpu_count() or 1)


class Voice(Engines):
    """What hears and what speaks."""

    @cached_property
    def hearing(self) -> Hearing:
        """What writes down speech. Raises `EngineUnavailable` where there is none, `SetupError`."""
        named = self.settings.hearing
        if named == "none":
            raise EngineUnavailable(
                "Nothing here writes down speech.", "Set OSCINE_HEARING=whisper, with the extra: pip install 'oscine[voice]'."
            )
        if named != "whisper":
            raise SetupError(f"There is no hearing {named!r}.", "OSCINE_HEARING takes whisper or none.")
        with self._loading:
            return WhisperHearing(self.settings.data / "models", THREADS)

    @cached_property
    def speaking(self) -> Speaking:
        """What reads aloud. Raises `EngineUnavailable` where there is none, `SetupError`."""
        named = self.settings.speaking
        if named == "none":
            raise EngineUnavailable("Nothing here reads aloud.", "Set OSCINE_SPEAKING=kokoro, with the extra: pip install 'oscine[voice]'.")
        if named != "kokoro":
            raise SetupError(f"There is no speaking {named!r}.", "OSCINE_SPEAKING takes kokoro or none.")
        with self._loading:
            return KokoroSpeaking(self.settings.data / "models", THREADS)
