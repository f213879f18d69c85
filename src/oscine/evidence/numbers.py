"""Are the numbers and dates of a sentence those of its posts? In digits and in words, with their units, in seven languages.

It compares values: `two`, `deux` and `2` are one number, `3.5 million` and `3,5 Millionen` too. The number one is not looked for: its word is an
article. It does not know what a number counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import regex

from oscine import text
from oscine.evidence import lexicon

_LETTER = r"\p{L}\p{M}"
_DIGITS = regex.compile(
    rf"(?P<cash>[$€£]\s?)?(?<![{_LETTER}@_])(?P<number>\d+(?:[.,:/\-h]\d+)*)(?P<half>[ap](?:\.?m\.?)?(?![{_LETTER}])|\s[ap]\.?m\.?(?![{_LETTER}]))?"
    rf"(?P<scale>\s?(?:k|m|bn|mn|million|millions|milion[ei]|millon(?:es)?|milh(?:ão|ões)|millionen|miljoen|billions?|milliards?|miliard[oi]"
    rf"|milliarden?|miljard|thousand|mille|mil|mila|tausend|duizend|hundred)(?![{_LETTER}]))?"
    rf"(?P<unit>\s?(?:%|percent|per\s?cent|pour\s?cent|por\s?ciento|por\s?cento|per\s?cento|prozent|procent|points?|punti|punten|punkte|puntos|pontos"
    rf"|dollars?|dollari|dólares|euros?|[€$£]|usd|eur)(?![{_LETTER}]))?",
    regex.IGNORECASE,
)
_SCALES = {"k": 1e3, "t": 1e3, "d": 1e3, "m": 1e6, "b": 1e9, "h": 1e2}
_WORD = regex.compile(rf"[{_LETTER}]+(?:['’\-][{_LETTER}]+)*")
_TENS = regex.compile(rf"([{_LETTER}]+)[\s\-]([{_LETTER}]+)")
ONE = 1.0
NOTHING = frozenset(("zero", "cero", "null", "nul"))  # as a word it denies, and counts nothing


class Number(NamedTuple):
    """A number of a text as written: the values that it may have, its unit where it names one, and whether it is rough."""

    raw: str
    values: frozenset[float]
    unit: str
    rough: bool = False


def wrong(sentence: str, lang: str, said: Sequence[tuple[str, str]], days: frozenset[date]) -> str:
    """What number or date of a sentence is not in what is `said` (texts with their languages) by posts written on `days`; or nothing."""
    held = [number for content, other in said for number in (*numbers(content, other), *_joined(content))]
    dated = {label for content, _ in said for label in dates(content, days)}
    for label, raw in _labels(sentence):
        if label not in dated and (label != "near0" or any(other.startswith("near") for other in dated)):
            return raw
    for number in numbers(sentence, lang):
        if (
            number.values != {ONE}
            and number.raw not in NOTHING
            and not any(_same(number, other) for other in held)
            and not _of_a_day(number, days, sentence)
        ):
            return number.raw
    return ""


def numbers(content: str, lang: str) -> list[Number]:
    """The numbers of a text, in digits and in the words of its language."""
    found = []
    for match in _DIGITS.finditer(content):
        scale = _scale(match["scale"] or "")
        values = {value * scale for value in _values(match["number"], match["half"] or "")}
        found.append(Number(match.group().strip(), frozenset(values), _unit(match["cash"] or match["unit"] or "")))
    return found + _in_words(content, lang)


def _values(raw: str, half: str) -> set[float]:
    """What digits may mean: `118,5` is 118.5, `1,200` is 1200 or 1.2, `3:45` and `2-0` are kept whole, and in parts."""
    if regex.search(r"[:/\-h]", raw):
        whole = [float(part) for part in regex.findall(r"\d+", raw)]
        hour = whole[0] + (12 if half.strip().startswith(("p", "P")) and whole[0] < 12 else 0)
        return {_whole(whole), _whole([hour, *whole[1:]])}
    plain = raw.replace(",", "").replace(".", "")
    values = {float(plain)} if regex.fullmatch(r"\d{1,3}(?:[.,]\d{3})+|\d+", raw) else set()
    if raw.count(",") + raw.count(".") == 1:
        values.add(float(raw.replace(",", ".")))
    value = values or {float(plain)}
    return value | {number + 12 for number in value if half.strip().lower().startswith("p") and number < 12}


def _whole(parts: list[float]) -> float:
    """Several numbers as one that no other list of them is: 3:45 is not 345."""
    return -sum(part * 1000.0**place for place, part in enumerate(reversed(parts))) - 0.5


def _scale(written: str) -> float:
    word = text.fold(written.strip())
    if word.startswith(("mill", "mili", "milj", "milh")):
        thousand, milliard = word in ("mille", "mila"), word.startswith(("milliard", "miliard", "miljard"))
        return 1e3 if thousand else 1e9 if milliard else 1e6
    return 1e3 if word == "mil" or word == "mila" else _SCALES.get(word[:1], 1.0)


def _unit(written: str) -> str:
    word = text.fold(written.strip())
    if word.startswith(("%", "per", "pour", "por", "pro")):
        return "percent"
    if word.startswith(("$", "dol", "usd")):
        return "dollar"
    return {"€": "euro", "e": "euro", "£": "pound", "p": "points"}.get(word[:1], "")


def _in_words(content: str, lang: str) -> list[Number]:
    known = lexicon.number_words(lang)
    folded = text.fold(content)
    found: list[Number] = []
    last = -1
    for match in _WORD.finditer(folded):
        pieces = match.group().split("-")
        if not all(piece in known for piece in pieces) or _a_source(match, lang) or regex.search(r"\d[\d.,]*\s?$", folded[: match.start()]):
            continue
        value, rough = known[pieces[0]]
        value += sum(known[piece][0] for piece in pieces[1:])
        joined = found and not folded[last : match.start()].strip()
        if joined and value > min(found[-1].values):
            value *= min(found.pop().values)
        elif joined and min(found[-1].values) >= 20:
            value += min(found.pop().values)
        found.append(Number(match.group(), frozenset({value}), "", rough))
        last = match.end()
    return found


def _a_source(match: regex.Match[str], lang: str) -> bool:
    """Whether `secondo` or `segundo` opens a sentence: then it means according to."""
    return match.group() in lexicon.speech(lang)[1] and not regex.search(r"[^.!?\s]\s*$", match.string[: match.start()])


def _joined(said: str) -> list[Number]:
    """`63 60` as a score may be told as 6-3 6-0; a number's parts, such as those of 3:45 or 2/6/17, may be told alone."""
    found = []
    for match in regex.finditer(r"(?<![\d.,])\d+(?:[:/\-h.]\d+)*", said):
        parts = [float(part) for part in regex.findall(r"\d+", match.group())]
        if len(parts) > 1:
            found.append(Number(match.group(), frozenset({*parts, *(part + 2000 for part in parts[2:] if part < 100)}), ""))
        elif len(match.group()) == 2:
            found.append(Number(match.group(), frozenset({_whole([float(digit) for digit in match.group()])}), ""))
    return found


def _same(number: Number, other: Number) -> bool:
    if number.unit and other.unit and number.unit != other.unit:
        return False
    if number.rough and not other.rough:
        return any(value >= least and value < 20 * least for value in other.values for least in number.values)
    return number.rough == other.rough and bool(number.values & other.values)


def _of_a_day(number: Number, days: frozenset[date], sentence: str) -> bool:
    """Whether a number is the year, or beside a month the day, on which a post was written or which it tells from there."""
    around = {day + timedelta(days=shift) for day in days for shift in (-1, 0, 1)}
    if number.values & {float(day.year) for day in days}:
        return True
    months = {label for label, _ in _labels(sentence) if label.startswith("month")}
    return any(number.values & {float(day.day)} and f"month{day.month}" in months for day in around)


def dates(said: str, days: frozenset[date]) -> set[str]:
    """The months and days that posts speak of: named, written in digits, or those on which they were written."""
    found = {label for label, _ in _labels(said, abbreviated=True)}
    for first, second in regex.findall(r"(?<!\d)(\d{1,2})/(\d{1,2})(?!\d)", said):
        found |= {f"month{int(first)}", f"month{int(second)}"}
    if not any(label.startswith("month") for label in found):
        found |= {f"month{(day + timedelta(days=shift)).month}" for day in days for shift in (-1, 0, 1)}
    told = {int(label[4:]) for label in found if label.startswith("near")}
    return found | {f"day{(day + timedelta(days=shift)).weekday()}" for day in days for shift in told}


def _labels(content: str, abbreviated: bool = False) -> list[tuple[str, str]]:
    """The month and day words of a text; those that are common words too count with a capital or beside a number only."""
    found = []
    for match in regex.finditer(rf"last night|this morning|{_WORD.pattern}", content, regex.IGNORECASE):
        written = match.group().lower().replace("’", "'").replace(" ", "_")
        form = text.fold(written)
        label = lexicon.date_words().get(written) or (
            lexicon.date_words().get(form) if form == "marzo" or not form.startswith("marco") else None
        )
        beside = regex.search(r"\d(?:st|nd|rd|th|er|º)?\.?\s(?:de\s)?$", content[: match.start()]) or regex.match(
            r"\.?\s?\d", content[match.end() :]
        )
        if label and (
            label.startswith("near")
            or len(form) > 4
            or beside
            or ((abbreviated or form in ("july", "june")) and match.group()[0].isupper())
        ):
            found.append((label, match.group()))
    return found
