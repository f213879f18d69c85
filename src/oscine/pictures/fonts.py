"""The typefaces that are installed, which of them set a text, and how its script wants its lines.

Faces come as packages (`fontpkg-…`, `noto-cjk-sans-jp-…`); any other `fontpkg-noto-…` that is installed is used as well. A text with a character
that no face has is refused: an empty box on an ad is worse than none. It does not judge whether a script is set in good style.
"""

from __future__ import annotations

import sys
import tomllib
import unicodedata
from collections import Counter
from functools import cache
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import regex

from oscine.errors import InputError

PACKAGES = ("fontpkg_*/files/*.ttf", "noto_cjk_*/*.otf")  # where font packages keep their files
SCRIPTS = (
    "Latin",
    "Cyrillic",
    "Greek",
    "Arabic",
    "Hebrew",
    "Devanagari",
    "Han",
    "Hiragana",
    "Katakana",
    "Hangul",
    "Thai",
    "Tamil",
    "Telugu",
    "Khmer",
)
UNSPACED = ("Han", "Hiragana", "Katakana", "Thai", "Khmer")
CJK = ("Han", "Hiragana", "Katakana", "Hangul")
RIGHT_TO_LEFT = ("Arabic", "Hebrew")
SILENT = regex.compile(r"[\p{Cc}\p{Cf}\p{Z}\p{VS}]")  # characters that nothing is drawn for
LANGUAGE = regex.compile("[a-z]{2}")
SAMPLES = {script: regex.compile(rf"\p{{Script={script}}}") for script in SCRIPTS}
SPOKEN = {
    "Arabic": "ar",
    "Hebrew": "he",
    "Devanagari": "hi",
    "Han": "zh",
    "Hiragana": "ja",
    "Katakana": "ja",
    "Hangul": "ko",
    "Greek": "el",
    "Cyrillic": "ru",
}
WRITES = {"ar": "Arabic", "fa": "Arabic", "ur": "Arabic", "he": "Hebrew", "hi": "Devanagari", "mr": "Devanagari", "ne": "Devanagari"}


PHRASE = regex.compile(  # of Japanese: up to its particles and endings, which are in hiragana, and to a mark
    r"(?:[ごお](?=\p{Han}))?(?:[\p{Han}\p{Katakana}ー\p{Latin}\p{N}\p{Ps}\p{Pi}]|(?<=\p{N})[.,](?=\p{N}))*[\p{Hiragana}ー]*[\p{Po}\p{Pe}\p{Pf}\s]*"
)


class Lines(NamedTuple):
    """Of a script, in em: how far a line reaches above and below its base, and the space between lines of headlines and of text."""

    top: float
    bottom: float
    tight: float
    loose: float


LATIN = Lines(0.72, 0.0, 0.36, 0.62)
LINES = {
    "Arabic": Lines(0.86, 0.22, 0.22, 0.42),
    "Devanagari": Lines(0.92, 0.12, 0.24, 0.42),
    "Thai": Lines(1.0, 0.2, 0.15, 0.3),
} | dict.fromkeys(CJK, Lines(0.84, 0.06, 0.34, 0.62))


class Setting(NamedTuple):
    """How a text is set: its main script, language (ISO 639-1), direction, lines."""

    script: str
    lang: str
    right_to_left: bool
    spaced: bool
    lines: Lines


@cache
def files() -> dict[str, tuple[Path, ...]]:
    """The upright font files of each installed family, by the family's name."""
    found: dict[str, list[Path]] = {}
    for folder, pattern in product(sys.path, PACKAGES):
        for path in sorted(Path(folder or ".").glob(pattern)):
            if "Italic" not in path.name:
                found.setdefault(_family(path), []).append(path)
    return {family: tuple(paths) for family, paths in sorted(found.items())}


def _family(path: Path) -> str:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped,unused-ignore]

    names = TTFont(path, lazy=True)["name"]
    return str(names.getDebugName(16) or names.getDebugName(1))


@cache
def characters(family: str) -> frozenset[int]:
    """The code points that a family has letters for."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped,unused-ignore]

    return frozenset(TTFont(files()[family][0], lazy=True).getBestCmap()) if family in files() else frozenset()


@cache
def pairings() -> dict[str, dict[str, Any]]:
    """The pairs of typefaces of `types.toml`."""
    return tomllib.loads((resources.files("oscine.pictures") / "types.toml").read_text("utf-8"))


def setting(text: str, lang: str = "") -> Setting:
    """How a text is to be set, by the script of most of its letters; Latin where it has none."""
    counts = Counter({script: len(pattern.findall(text)) for script, pattern in SAMPLES.items()})
    script, most = counts.most_common(1)[0]
    if not most:
        script = "Latin"
    if WRITES.get(lang[:2]) and counts[WRITES[lang[:2]]]:
        script = WRITES[lang[:2]]
    spoken = lang[:2].lower() if LANGUAGE.fullmatch(lang[:2].lower()) else SPOKEN.get(script, "en")
    return Setting(script, spoken, script in RIGHT_TO_LEFT, script not in UNSPACED, LINES.get(script, LATIN))


def phrases(text: str) -> list[str]:
    """A Japanese text in pieces that lines should not break, since it has no spaces: each ends with its particles."""
    return [piece for piece in PHRASE.findall(text) if piece]


def _letters(text: str) -> set[int]:
    return {ord(character) for character in SILENT.sub("", text)}


def faces(preferred: list[str], text: str) -> list[str]:
    """The families that set a text, first choice first: a preferred one only where it has every letter, or Noto for those that it lacks.

    Raises `InputError` for a character that no installed family has.
    """
    letters = _letters(text)
    fallbacks = ["Noto Sans", *(family for family in files() if family.startswith("Noto Sans ")), "Noto Sans CJK JP"]
    own = next((family for family in preferred if letters <= characters(family)), "")
    chosen = [own] if own else []
    for family in dict.fromkeys(fallbacks):
        if letters and not own and letters & characters(family):
            chosen.append(family)
            letters -= characters(family)
    if letters and not own:
        odd = chr(min(letters))
        name = unicodedata.name(odd, f"U+{ord(odd):04X}").lower()
        raise InputError(
            f"No typeface here has the character {odd!r} ({name}).", "Leave it out, or install the fontpkg-noto package of its script."
        )
    return chosen or ["Noto Sans"]
