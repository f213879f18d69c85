"""How well speech is made and heard: posts read aloud by each voice, written down again, compared word by word.

python -m benchmarks.voice [--posts 12] [--data FOLDER]

Both models err in it, and texts come from the sample network; words are compared without their case and punctuation, numbers as Whisper writes them.
Needs the extra `voice`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from num2words import num2words
from rapidfuzz.distance import Levenshtein

from oscine import sample, text
from oscine.engines import hearing, sound
from oscine.engines.hearing import WhisperHearing
from oscine.engines.speaking import KokoroSpeaking

Made = TypeVar("Made")
LENGTH = range(40, 121)  # characters
_PLAIN = re.compile(r"[A-Za-z0-9 ,.;:!?'’-]+")


def posts(count: int) -> list[str]:
    """English posts of one plain sentence or two."""
    texts = {json.loads(line).get("text", "") for file in sample.files() for line in gzip.decompress(file.read_bytes()).splitlines()}
    fit = sorted(one for one in texts if len(one) in LENGTH and _PLAIN.fullmatch(one) and text.language(one) == "en")
    return random.Random(0).sample(fit, count)


def words(said: str) -> list[str]:
    """Words as they sound: numbers in words."""
    spelled = re.sub(r"\d+", lambda found: num2words(int(found[0])), said.lower().replace(",", "").replace("’", "'"))
    return re.findall(r"[a-z']+", spelled)


def timed(make: Callable[[], Made]) -> tuple[Made, float]:
    """What is made, and the CPU-seconds that it took."""
    begun = time.process_time()
    made = make()
    return made, time.process_time() - begun


def main() -> None:
    """Measure and print a line a voice."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.voice", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=12, help="how many are read aloud by each voice")
    parser.add_argument("--data", type=Path, help="where models are put together; by default a folder that is deleted")
    parser.add_argument("--voice", action="append", help="only this one")
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        kept = chosen.data or Path(folder)
        speaker, hearer = KokoroSpeaking(kept), WhisperHearing(kept)
        print("voice, words, wrong words, seconds of speech, CPU-seconds to speak a second, to hear one")
        for voice in chosen.voice or speaker.voices:
            print(measured(speaker, hearer, voice, posts(chosen.posts)))


def measured(speaker: KokoroSpeaking, hearer: WhisperHearing, voice: str, texts: list[str]) -> str:
    """One voice's line."""
    wrong = total = 0
    seconds = speaking = listening = 0.0
    for one in texts:
        said, spent = timed(lambda one=one: speaker.speak(one, voice))
        samples = sound.decode(sound.encode(said.samples, said.rate, "flac"), hearing.RATE)
        heard, spent_too = timed(lambda samples=samples: hearer.transcribe(samples, "en"))
        wrong, total = wrong + Levenshtein.distance(words(one), words(heard.text)), total + len(words(one))
        seconds, speaking, listening = seconds + len(said.samples) / said.rate, speaking + spent, listening + spent_too
    return f"{voice}, {total}, {wrong / total:.1%}, {seconds:.0f}, {speaking / seconds:.2f}, {listening / seconds:.2f}"


if __name__ == "__main__":
    main()
