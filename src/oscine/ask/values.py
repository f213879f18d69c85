"""A short answer as a value: its numbers, its date, its time, its units, its words, and whether it denies; and whether two say the same.

`12`, `twelve` and `12 people` are one value, `12 hours` and `12 days` are two; `3 May` and `2014-05-03` agree, `Houston` and `Houston, Texas` too.
The words it knows are data (`values.json`, and the lists of `evidence`), in seven languages. Pure. It does not know that two names may mean one
thing (`NYC`, `New York`), and takes digits that may mean two numbers (`1.200`) for either.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
import regex

from oscine import text
from oscine.ask import phrases
from oscine.evidence import lexicon, numbers

ALIKE = 0.75  # of the shorter one's words, from three on, that two wordings of one value share
_CLOCK = regex.compile(r"\b(\d{1,2})(?:[:h.](\d\d))?\s*(am|pm|a\.m\.|p\.m\.|uhr|h\b)|\b(\d{1,2}):(\d\d)\b", regex.IGNORECASE)
_ISO = regex.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’\-][\p{L}\p{M}]+)*|[%$€£]")


class Value(NamedTuple):
    """What an answer comes to. Each number is all that its digits may mean; `date` is year, month and day, as far as they are said."""

    denied: bool = False
    affirmed: bool = False
    numbers: tuple[frozenset[float], ...] = ()
    date: tuple[int | None, int | None, int | None] | None = None
    minutes: int | None = None
    units: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


@cache
def _known() -> dict[str, Any]:
    """The word lists, folded."""
    raw = msgspec.json.decode(files("oscine.ask").joinpath("values.json").read_bytes())
    months = {
        text.fold(form): i
        for lang in phrases.languages()
        for i, name in enumerate(phrases.say("months", lang).split(), 1)
        for form in (name, name[:3])
    }
    units = {text.fold(word): unit for unit, line in raw["units"].items() for word in line.split()}
    return {
        "units": units,
        "months": months,
        **{kind: frozenset(map(text.fold, raw[kind].split())) for kind in ("one", "yes", "no", "untrue")},
    }


def read(answer: str, lang: str | None) -> Value:
    """The value of a short answer in a language."""
    rest, date = _date(answer)
    rest, minutes = _clock(rest)
    counted = numbers.numbers(rest, lang or text.FALLBACK_LANGUAGE)
    for number in counted:
        rest = rest.replace(number.raw, " ", 1) if number.raw[0].isnumeric() else rest
    words = [text.fold(match.group()).replace("’", "'") for match in _WORD.finditer(rest)]
    values = [number.values for number in counted] + [frozenset({1.0}) for word in words if word in _known()["one"]]
    units = {number.unit for number in counted if number.unit} | {
        _known()["units"][word] for word in words if values and word in _known()["units"]
    }
    denied = any(denies(word, lang) or word in _known()["no"] | _known()["untrue"] for word in words)
    affirmed = bool(words) and words[0] in _known()["yes"]
    return Value(denied, affirmed, tuple(values), date, minutes, frozenset(units), _topic(words, lang))


def _topic(words: Sequence[str], lang: str | None) -> frozenset[str]:
    """The stems that are neither numbers, units, a yes or no, nor words that any answer may hold."""
    counts = lexicon.number_words(lang or text.FALLBACK_LANGUAGE)
    empty = _known()["yes"] | _known()["no"] | _known()["one"] | _known()["units"].keys() | counts.keys()
    kept = [word for word in words if word not in empty and not denies(word, lang) and not text.is_stop_word(word, lang)]
    return frozenset(token.stem for token in text.content_words(" ".join(kept), lang))


def denied(said: str, lang: str | None) -> bool:
    """Whether a sentence holds a word that denies, phrases such as `can't wait` left out."""
    folded = text.fold(said).replace("’", "'")
    for idiom in lexicon.denials(lang or text.FALLBACK_LANGUAGE)[1]:
        folded = folded.replace(idiom, " ")
    return any(denies(token.exact, lang) for token in text.tokens(folded))


def denies(word: str, lang: str | None) -> bool:
    """Whether a folded word denies its clause."""
    return word.endswith("n't") or "hard" in lexicon.denials(lang or text.FALLBACK_LANGUAGE)[0].find(word)


def agree(one: Value, other: Value) -> bool:
    """Whether two values may be the same answer: neither says what the other excludes."""
    if one.denied != other.denied:
        return False
    if one.units and other.units and not one.units & other.units:
        return False
    if one.minutes is not None and other.minutes is not None:
        return one.minutes == other.minutes
    if (one.minutes is not None and other.numbers) or (other.minutes is not None and one.numbers):
        hour, minute = divmod((one.minutes or 0) + (other.minutes or 0), 60)
        return any(round(hour + minute / 100, 2) in number for number in one.numbers or other.numbers)  # 21.30
    if one.date and other.date:
        return all(a == b for a, b in zip(one.date, other.date, strict=True) if a is not None and b is not None)
    if (one.date and other.numbers) or (other.date and one.numbers):
        date, counted = (one.date, other.numbers) if one.date else (other.date, one.numbers)
        return any(part in number for part in date or () for number in counted)
    if one.numbers and other.numbers:
        fewer, more = sorted((one.numbers, other.numbers), key=len)
        return all(any(number & another for another in more) for number in fewer)
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
