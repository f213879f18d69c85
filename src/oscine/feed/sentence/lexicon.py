"""The words of one language as patterns, made from `words/*.toml`: how things are said, not what comes of it.

Patterns are read over a folded sentence (see `folded`). In Japanese, which is written without spaces, they may stand anywhere.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NamedTuple

import regex

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ja")
NAMED = ("tone", "form", "dial")
_UNSPACED = {"ja"}
_WORDS = files(__package__) / "words"


class Named(NamedTuple):
    """What a stretch of words is a name of: a kind of wish, or a dial, and its value."""

    kind: str
    value: str


class Mark(NamedTuple):
    """A stretch of a sentence that says how it is to be read: `sort` is before, after, means, and, but, stop or kept; `says` depends on it."""

    start: int
    end: int
    sort: str
    says: str = ""


class Lexicon:
    """One language."""

    def __init__(self, lang: str, data: Mapping[str, Any]) -> None:
        self.lang = lang
        self.spaced = lang not in _UNSPACED
        self._data = data
        self._language = "|".join(data["languages"].values())

    @cached_property
    def words(self) -> dict[str, regex.Pattern[str]]:
        """What joins words and what carries nothing, by name."""
        return {name: self._pattern(shape) for name, shape in self._data["words"].items()}

    @cached_property
    def closing(self) -> regex.Pattern[str]:
        """What carries nothing at the end of a thing."""
        return self._pattern(f"(?:{self._data['words']['tail']})$")

    @cached_property
    def carried(self) -> regex.Pattern[str]:
        """Any number of words that carry nothing at the end."""
        return regex.compile(rf"\s*(?:(?:{self._pattern(self._data['words']['tail']).pattern})\s*)*", regex.POSIX)

    @cached_property
    def marks(self) -> list[tuple[regex.Pattern[str], str, str]]:
        """Every pattern that marks a stretch, with the sort of mark and what it says."""
        words = self._data["words"]
        found = [(_KEPT, "kept", ""), (_STOP, "stop", ""), (_COMMA, "and", "")]
        found += [(self._pattern(words[sort]), sort, "") for sort in ("but", "and")]
        found += [(self._pattern(words["in_language"]), "language", "")]
        for sort in ("before", "after", "means"):
            found += [(self._pattern("|".join(shapes)), sort, says) for says, shapes in self._data[sort].items() if shapes]
        found += [(self._pattern(shape), "kept", "") for kind in NAMED for shape in self._data[kind].values()]
        return found

    def named(self, said: str) -> Named | None:
        """What some folded words name, as a whole."""
        return next((name for pattern, name in self._names if pattern.fullmatch(said)), None)

    def dial_within(self, folded: str, begin: int, end: int) -> Named | None:
        """The dial that several words of a longer stretch name: "what small accounts write"."""
        found = ((pattern.search(folded, begin, end), name) for pattern, name in self._names if name.kind == "dial")
        return next((name for match, name in found if match and (not self.spaced or " " in match.group())), None)

    def language(self, name: str) -> str:
        """The ISO 639-1 code of a language by its name, which is one of this lexicon."""
        codes: Mapping[str, str] = self._data["languages"]
        return next(code for code, shape in codes.items() if self._pattern(shape).fullmatch(name))

    @cached_property
    def _names(self) -> list[tuple[regex.Pattern[str], Named]]:
        return [(self._pattern(shape), Named(kind, value)) for kind in NAMED for value, shape in self._data[kind].items()]

    def signs(self, folded: str) -> int:
        """How many letters of a sentence are words of this lexicon that say how it is to be read."""
        patterns = [pattern for pattern, sort, _ in self.marks if sort != "stop" and pattern is not _KEPT] + [self.words["word"]]
        told = [span for pattern in patterns for span in _spans(pattern, folded)]
        return len({place for start, end in told for place in range(start, end)})

    def _pattern(self, shape: str) -> regex.Pattern[str]:
        shape = shape.replace("{language}", f"(?P<language>{self._language})")
        return regex.compile(rf"(?<![\w@#])(?:{shape})(?:(?<=')|(?!\w|'\w))" if self.spaced else f"(?:{shape})", regex.POSIX)


_KEPT = regex.compile(
    r"\"[^\"]+\"|(?<!\w)'[^']{2,}'(?!\w)|https?://\S+|(?<![a-z0-9_@])@[a-z0-9_](?:[a-z0-9_.\-]*[a-z0-9_])?(?:@[a-z0-9_.\-]*[a-z0-9_])?|(?<![\w&])#[\w]+"
)
_STOP = regex.compile(r"[.;!?\n]+(?=\s|$|\P{ascii})|[\n…]+")
_COMMA = regex.compile(r",|\s[-–—]+\s|/(?=\s)")


def _closing(lexicon: Lexicon, folded: str, end: int) -> bool:
    """Whether a clause ends here: nothing follows but what joins, or carries nothing."""
    rest = lexicon.carried.match(folded, end)
    after = rest.end() if rest else end
    return after >= len(folded) or folded[after] in ",.;:!?-" or any(lexicon.words[name].match(folded, after) for name in ("and", "but"))


def _spans(pattern: regex.Pattern[str], folded: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in pattern.finditer(folded))


_RANKS = {"means": 0, "after": 1, "before": 2, "language": 3, "kept": 4}  # of two marks on one stretch, the first


def marks(lexicon: Lexicon, folded: str) -> Sequence[Mark]:
    """The marks of a sentence, in order: of those that overlap the first, of those that begin together the longest."""
    found = [Mark(*match.span(), sort, says) for pattern, sort, says in lexicon.marks for match in pattern.finditer(folded, overlapped=sort == "kept")]
    found = [mark for mark in found if mark.sort != "after" or not lexicon.spaced or _closing(lexicon, folded, mark.end)]
    kept: list[Mark] = []
    for mark in sorted(found, key=lambda mark: (mark.start, -mark.end, _RANKS.get(mark.sort, 9))):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


@cache
def lexicon(lang: str) -> Lexicon:
    """The words of a language of `LANGUAGES`."""
    return Lexicon(lang, tomllib.loads((_WORDS / f"{lang}.toml").read_text(encoding="utf8")))


@cache
def degrees() -> dict[str, float]:
    """What each degree adds to a wish."""
    return tomllib.loads((_WORDS / "degrees.toml").read_text(encoding="utf8"))
