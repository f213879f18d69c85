"""A short answer as a value: its numbers, its date, its time, its units, its words, and whether it denies; and whether two say the same.

`12`, `twelve` and `12 people` are one value, `12 hours` and `12 days` are two; `3 May` and `2014-05-03` agree, `Houston` and `Houston, Texas` too.
The words it knows are data (`values.json`), in seven languages. Pure. It does not know that two names may mean one thing (`NYC`, `New York`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
import regex

from oscine import text
from oscine.ask import phrases
from oscine.evidence import NEGATIONS

POINT_DECIMAL = ("en", "ja", "zh", "ko", "th", "he")  # `1.5` is one and a half there, elsewhere `1,5`
ALIKE = 0.75  # of the shorter one's words, from three on, that two wordings of one value share
_CLOCK = regex.compile(r"\b(\d{1,2})(?:[:h.](\d\d))?\s*(am|pm|a\.m\.|p\.m\.|uhr|h\b)|\b(\d{1,2}):(\d\d)\b", regex.IGNORECASE)
_ISO = regex.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_PART = regex.compile(r"(?P<number>\d[\d.,'’\u00a0\u202f]*(?<=\d))|(?P<sign>[%$€£])|(?P<word>[\p{L}\p{M}]+(?:['’\-][\p{L}\p{M}]+)*)")


class Value(NamedTuple):
    """What an answer comes to. `date` is year, month and day, as far as they are said; `minutes` a time of day."""

    denied: bool = False
    affirmed: bool = False
    numbers: frozenset[float] = frozenset()
    date: tuple[int | None, int | None, int | None] | None = None
    minutes: int | None = None
    units: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


@cache
def _known() -> dict[str, Any]:
    """The word lists, folded, each word with what it stands for."""
    raw = msgspec.json.decode(files("oscine.ask").joinpath("values.json").read_bytes())
    numbers = {text.fold(word): i for line in raw["numbers"].values() for i, word in enumerate(line.split()) if word != "-"}
    months = {
        text.fold(form): i
        for lang in phrases.languages()
        for i, name in enumerate(phrases.say("months", lang).split(), 1)
        for form in (name, name[:3])
    }
    return {
        "numbers": numbers,
        "scales": {text.fold(word): float(scale) for scale, line in raw["scales"].items() for word in line.split()},
        "units": {text.fold(word): unit for unit, line in raw["units"].items() for word in line.split()},
        "months": months,
        **{kind: frozenset(map(text.fold, raw[kind].split())) for kind in ("yes", "no", "untrue")},
    }


def read(answer: str, lang: str | None) -> Value:
    """The value of a short answer in a language."""
    rest, date = _date(answer)
    rest, minutes = _clock(rest)
    numbers, units, words = _parts(rest, lang)
    denied = any(word in NEGATIONS or word.endswith("n't") or word in _known()["no"] | _known()["untrue"] for word in words)
    first = words[0] if words else ""
    spoken = [word for word in words if word not in NEGATIONS | _known()["yes"] | _known()["no"]]
    stems = frozenset(token.stem for token in text.content_words(" ".join(spoken), lang)) if spoken else frozenset()
    if all(text.is_stop_word(word, lang) for word in spoken):
        stems = frozenset()
    return Value(denied, first in _known()["yes"], frozenset(numbers), date, minutes, frozenset(units), stems)


def agree(one: Value, other: Value) -> bool:
    """Whether two values may be the same answer: neither says what the other excludes."""
    if one.denied != other.denied:
        return False
    if one.units and other.units and not one.units & other.units:
        return False
    if one.minutes is not None and other.minutes is not None:
        return one.minutes == other.minutes
    if one.date and other.date:
        return all(a == b for a, b in zip(one.date, other.date, strict=True) if a is not None and b is not None)
    if (one.date and other.numbers) or (other.date and one.numbers):
        date, numbers = (one.date or other.date), (other.numbers if one.date else one.numbers)
        return any(part in numbers for part in date or () if part is not None)
    if one.numbers and other.numbers:
        return one.numbers <= other.numbers or one.numbers >= other.numbers
    return _same_words(one, other)


def _same_words(one: Value, other: Value) -> bool:
    fewer, more = sorted((one.words, other.words), key=len)
    if not fewer:
        return (not more and one.numbers == other.numbers) or (one.affirmed and other.affirmed) or (one.denied and other.denied)
    return fewer <= more or (len(fewer) > 2 and len(fewer & more) >= ALIKE * len(fewer))


def _date(answer: str) -> tuple[str, tuple[int | None, int | None, int | None] | None]:
    """The text without its date, and the date: a month by its name with what stands beside it, or `2014-05-03`."""
    if found := _ISO.search(answer):
        return answer.replace(found.group(), " "), (int(found[1]), int(found[2]), int(found[3]))
    for match in regex.finditer(r"[\p{L}]{3,}", answer):
        month = _known()["months"].get(text.fold(match.group()))
        around = _beside(answer, match.start(), match.end()) if month else None
        if around and (any(around[:2]) or len(match.group()) > 3):
            year, day, start, end = around
            return answer[:start] + " " + answer[end:], (year, month, day)
    return answer, None


def _beside(answer: str, start: int, end: int) -> tuple[int | None, int | None, int, int]:
    """The year and the day that stand beside a month, and where the whole begins and ends."""
    before = regex.search(r"(\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s*(?:de|of)?\s*$", answer[:start])
    after = regex.match(r"\.?\s*(?!\d{4})(\d{1,2})(?:st|nd|rd|th)?(?![\d:])", answer[end:])
    day = before or after
    reach = end + (after.end() if after and not before else 0)
    year = regex.match(r"\.?,?\s*(?:de|of)?\s*(\d{4})\b", answer[reach:])
    return (
        int(year[1]) if year else None, int(day[1]) if day else None, before.start() if before else start, reach + (year.end() if year else 0)
    )  # fmt: skip


def _clock(answer: str) -> tuple[str, int | None]:
    """The text without its time of day, and the time in minutes after midnight."""
    found = _CLOCK.search(answer)
    if not found:
        return answer, None
    hour, minute = int(found[1] or found[4]), int(found[2] or found[5] or 0)
    half = (found[3] or "").lower()[:1]
    hour = hour % 12 + 12 if half == "p" else hour % 12 if half == "a" else hour
    return answer.replace(found.group(), " "), 60 * hour + minute


def _parts(answer: str, lang: str | None) -> tuple[list[float], set[str], list[str]]:
    """The numbers with their scales (`3 million`), the units, and the words that are left, folded."""
    numbers: list[float] = []
    units: set[str] = set()
    words: list[str] = []
    for kind, part in _pieces(answer):
        if kind == "number" and (value := _float(part, lang)) is not None:
            numbers.append(value)
        elif part in _known()["scales"] and (numbers or len(part) > 2):
            numbers.append((numbers.pop() if numbers else 1.0) * _known()["scales"][part])
        elif part in _known()["numbers"]:
            numbers.append(float(_known()["numbers"][part]))
        elif (part in _known()["units"] and numbers) or kind == "sign":
            units.add(_known()["units"][part])
        else:
            words.append(part)
    return numbers, units, words


def _pieces(answer: str) -> Iterator[tuple[str, str]]:
    for match in _PART.finditer(answer):
        kind = str(match.lastgroup)
        yield kind, text.fold(match.group()).replace("’", "'") if kind == "word" else match.group()


def _float(raw: str, lang: str | None) -> float | None:
    """A number as its language writes it; a last group that has not three digits is a fraction whatever the language."""
    raw = regex.sub(r"['’\u00a0\u202f]", "", raw)
    decimal, thousands = (".", ",") if (lang or "en") in POINT_DECIMAL else (",", ".")
    if thousands in raw and not regex.fullmatch(rf"\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{decimal}\d+)?", raw):
        decimal, thousands = thousands, decimal  # written as the others do
    try:
        return float(raw.replace(thousands, "").replace(decimal, "."))
    except ValueError:
        return None
