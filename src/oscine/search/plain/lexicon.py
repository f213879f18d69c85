"""The words of one language as patterns, made from `words/*.toml`.

Patterns are read over a sentence without case and accents. A lexicon knows how things are said, not when they count: that is `reader`'s.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NamedTuple

import regex

from oscine.search.plain import dates

LANGUAGES = ("en", "fr", "it", "de", "es", "pt", "nl")
MAX_NAME = 6  # words of an account's name
_WORD = r"[^\s,;:?!\"()…]+"
_MORE = rf"(?:\s{_WORD}){{0,{MAX_NAME - 1}}}"
_NAMES = {
    "who": rf"(?P<name>{_WORD}{_MORE}?)",  # ends where the pattern goes on
    "who>": rf"(?P<until_known>{_WORD}{_MORE})",  # ends where an account's name does
    "<who": rf"(?P<from_known>{_WORD}{_MORE}?)",  # begins where an account's name does
    "topic": rf"(?P<topic>{_WORD}(?:\s{_WORD}){{0,2}})(?=\s*(?:[.,;:?!…]|$))",
}
_LISTS = {"month": "months", "weekday": "weekdays", "unit": "units", "season": "seasons", "feast": "feasts", "n": "numbers",
          "decade": "decades", "language": "languages"}  # fmt: skip
_NUMBERS = {
    "day": r"[0-3]?\d",
    "year": r"(?:19|20)\d\d",
    "number": r"\d{1,3}(?:[.,]\d{3})+|\d{1,7}(?:[.,]\d)?k|\d{1,9}",
}
_NUMERIC = regex.compile(r"(?<![\w./-])(?:(?:19|20)\d\d-\d\d-\d\d|\d{1,2}([./-])\d{1,2}\1(?:19|20)\d\d)(?![\w/-])")
_TELLING = ("say", "happen", "about", "question", "place", "peel")  # the conditions whose words tell a language from another
_BEFORE, _AFTER = r"(?<![\w@#$:/.&+-])", r"(?!\w|-\w|'\w)"
_SLOT = regex.compile(r"\{([A-Za-z<>_]+)\}")


class Said(NamedTuple):
    """A date as it was said: where, its kind in the language's file, what it names, and whether it is seen from now, as "last week" is."""

    start: int
    end: int
    kind: str
    names: Mapping[str, str]
    from_now: bool

    def period(self, today: date) -> dates.Period:
        """The days meant. Raises `ValueError` or `OverflowError` for those that no calendar has."""
        return dates.period(self.kind, self.names, today)


class Rule(NamedTuple):
    """A pattern, and what a stretch that matches it stands for."""

    pattern: regex.Pattern[str]
    means: str


class Lexicon:
    """One language: `words` are conditions on a sentence, `rules` what may be said, by section of its file."""

    def __init__(self, lang: str, data: Mapping[str, Any]) -> None:
        self.lang = lang
        self._data = data
        self._shapes = {name: "|".join(data[section].values()) for name, section in _LISTS.items()} | _NUMBERS | data["words"]
        self._shapes["n"] += r"|\d{1,3}"
        telling = [section for name, section in data.items() if name not in ("words", "feasts")] + [
            data["words"][name] for name in _TELLING
        ]
        self.vocabulary = frozenset(regex.findall(r"\p{Ll}{2,}", str(telling)))

    @cached_property
    def words(self) -> dict[str, regex.Pattern[str]]:
        """What a sentence may hold, by name."""
        return {name: self._compiled(shape) for name, shape in self._data["words"].items()}

    @cached_property
    def rules(self) -> dict[str, list[Rule]]:
        """What may be said, by section."""
        rules = {section: [*self._rules(self._data[section])] for section in ("people", "in_language", "kinds", "negation")}
        within = [Rule(self._compiled(shape), "within") for shape in self._data["frames"]["within"]]
        return rules | {"within": within, "counts": [Rule(self._counts(self._data["counts"]), "")]}

    @cached_property
    def frames(self) -> dict[str, regex.Pattern[str]]:
        """What stands before a date, by what it makes of it."""
        return {name: self._leading(self._data["frames"][name]) for name in ("since", "until", "before", "after", "at")}

    @cached_property
    def between(self) -> list[tuple[regex.Pattern[str], regex.Pattern[str]]]:
        """What stands before a first date, and between it and a second."""
        pairs = self._data["frames"]["between"]
        return [(self._leading(first), regex.compile(rf"\s+(?:{second})(?:\s+|(?<='))")) for first, second in pairs]

    @cached_property
    def from_day(self) -> regex.Pattern[str]:
        """What stands before a date that is the last of some days: "from 3 to" 10 May."""
        pairs = "|".join(
            rf"(?:(?:{first}) )?{{day}}(?:\.|°|º|er|st|nd|rd|th)? ?(?:{second}|-)" for first, second in self._data["frames"]["between"]
        )
        return regex.compile(rf"{_BEFORE}(?:{self._expanded(pairs)})\s*$")

    @cached_property
    def bare_weekday(self) -> bool:
        """Whether a weekday alone is a date, as in "wat is er vrijdag gezegd"."""
        return bool(self._data["frames"]["bare_weekday"])

    @cached_property
    def _dates(self) -> list[tuple[regex.Pattern[str], str, bool]]:
        shapes = [(*shape, section == "seen_from_now") for section in ("seen_from_now", "named") for shape in self._data["dates"][section]]
        return [(self._compiled(shape), kind, from_now) for shape, kind, from_now in shapes]

    def value(self, slot: str, said: str) -> str:
        """What a word of a list stands for: `1` for "january" in the slot `month`; the text itself where it is in none."""
        return next((key for key, pattern in self._values.get(slot, {}).items() if pattern.fullmatch(said)), said)

    @cached_property
    def _values(self) -> dict[str, dict[str, regex.Pattern[str]]]:
        return {slot: {key: regex.compile(shape) for key, shape in self._data[section].items()} for slot, section in _LISTS.items()}

    def dates(self, left: str) -> list[Said]:
        """The dates in a text, in order; of those that overlap, the first and longest."""
        found = [self._numeric(match) for match in _NUMERIC.finditer(left)]
        for pattern, kind, from_now in self._dates:
            for match in pattern.finditer(left):
                names = {slot: self.value(slot, word) for slot, word in match.groupdict().items() if word}
                found.append(Said(*match.span(), kind, names, from_now))
        kept: list[Said] = []
        for said in sorted(found, key=lambda one: (one.start, -one.end)):
            if not kept or said.start >= kept[-1].end:
                kept.append(said)
        return kept

    def _numeric(self, found: regex.Match[str]) -> Said:
        """Day first, but in English month first where that can be."""
        first, second, third = map(int, regex.findall(r"\d+", found.group()))
        month_first = self.lang == "en" and first <= 12
        year, month, day = (first, second, third) if first > 31 else (third, first, second) if month_first else (third, second, first)
        return Said(*found.span(), "day", {"year": str(year), "month": str(month), "day": str(day)}, False)

    def _rules(self, section: Any) -> Iterator[Rule]:
        for means, shapes in section.items():
            for shape, operator in ((entry, means) if isinstance(entry, str) else (entry[0], f"{means} {entry[1]}") for entry in shapes):
                yield Rule(self._compiled(shape), operator)

    def _counts(self, said: Mapping[str, str]) -> regex.Pattern[str]:
        how = "|".join(rf"(?P<{name}>{said[name]})" for name in ("more", "least", "fewer"))
        what = "|".join(rf"(?P<{name}>{said[name]})" for name in ("likes", "reposts", "replies"))
        return self._compiled(rf"(?:(?:{said['with']}) )?(?:(?:{how}) {{number}}|{{number}}\+) (?:{what})")

    def _compiled(self, shape: str) -> regex.Pattern[str]:
        return regex.compile(f"{_BEFORE}(?:{self._expanded(shape)}){_AFTER}")

    def _leading(self, shape: str) -> regex.Pattern[str]:
        return regex.compile(rf"{_BEFORE}(?:{self._expanded(shape)})(?:\s+|(?<='))$")

    def _expanded(self, shape: str) -> str:
        """A pattern with its slots filled; those that hold a value are named."""

        def fill(slot: regex.Match[str]) -> str:
            name = slot[1]
            if name in _NAMES:
                return _NAMES[name]
            return f"(?P<{name}>{self._shapes[name]})" if name in _LISTS or name in _NUMBERS else f"(?:{self._shapes[name]})"

        return _SLOT.sub(fill, shape).replace(" ", r"\s+")


@cache
def lexicon(lang: str) -> Lexicon:
    """The words of a language of `LANGUAGES`."""
    return Lexicon(lang, tomllib.loads((files(__package__) / "words" / f"{lang}.toml").read_text(encoding="utf8")))
