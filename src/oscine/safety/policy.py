"""What may not be advertised, claimed or drawn, by words: each rule with its name, its sentence, its patterns in seven languages, its exceptions.

The rules are the files of `rules/`; their notation is `notation.md` there. A text is read as a person reads it, and as a filter is evaded: without what is
hidden, letters of other scripts and digits read as the letters that they pass for (`hidden`). It knows words, not meanings: irony, a quotation, what a
picture shows and whether a claim is true are beyond it, and what is `refer` is for a person to judge. The languages are those of `evidence/lexicon`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple

import regex

from oscine.errors import InputError
from oscine.safety import hidden

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
READ = 20_000  # characters of a text that are looked at
REACH = 160  # characters between a word and what must stand near it

_ELEMENT = regex.compile(r"(?:(\((?:[^()]++|(?1))*\))|[^\s()])+")
_GAP = r"\W{1,4}(?:\w+\W{1,4}){0,4}?"
_JOIN = r"\W{1,4}"
_AS_REGEX = {
    " ... ": _GAP,
    "(": "(?:",
    " ": _JOIN,
    "*": r"\w*",
    "<n>": r"\d[\d.,]*",
    "%": r"\s?%",
    ".": r"\.",
    "$": r"\$",
    "+": r"\+",
    "ss": "(?:ss|ß)",
}
_SIGNS = regex.compile("|".join(regex.escape(sign) for sign in _AS_REGEX))

Decision = Literal["refuse", "refer"]


class Finding(NamedTuple):
    """A rule that a text meets: its name and category, the words that meet it as they are written, why in one sentence, and what the rule says to do."""

    rule: str
    category: str
    words: str
    why: str
    decision: Decision = "refuse"


class Rule(NamedTuple):
    """A rule as its file has it. `near` names the words that must stand near; `patterns` and `exceptions` are by language."""

    name: str
    category: str
    decision: Decision
    why: str
    near: str
    patterns: Mapping[str, tuple[str, ...]]
    exceptions: Mapping[str, tuple[str, ...]]

    def found(self, words: str) -> Finding:
        """This rule as met by these words."""
        return Finding(self.name, self.category, words, self.why, self.decision)


def findings(text: str, lang: str = "") -> list[Finding]:
    """The rules that a text meets, each once. With one of the seven languages as `lang`, only its words and the English ones count."""
    langs = ("en", lang) if lang in LANGUAGES else LANGUAGES
    found: dict[str, Finding] = {}
    for reading in _readings(text[:READ]):
        for rule in rules().values():
            if rule.patterns and rule.name not in found and (span := _met(rule, reading.words, langs)):
                start, end = reading.places[span[0]], reading.places[span[1] - 1] + 1
                found[rule.name] = rule.found(text[start:end])
    return list(found.values())


def refuse(text: str, what: str) -> None:
    """Raise `InputError`, naming the rule, where a rule refuses a text that somebody wants `what` made of, such as "picture"."""
    for finding in findings(text):
        if finding.decision == "refuse":
            raise InputError(
                f"No {what} is made of this: {finding.why} (rule {finding.rule}: {finding.words!r}).", "Ask for something else."
            )


def _readings(text: str) -> Iterator[hidden.Reading]:
    reading = hidden.plain(text)
    yield reading
    yield from hidden.disguised(reading)


def _met(rule: Rule, words: str, langs: tuple[str, ...]) -> tuple[int, int] | None:
    """Where the rule is first met, its exceptions put aside."""
    excepted = _compiled(rule.name, "exceptions", langs)
    left = excepted.sub(lambda found: "x" * len(found[0]), words) if excepted else words
    pattern = _compiled(rule.name, "patterns", langs)
    for found in pattern.finditer(left) if pattern else ():
        if not rule.near or _nearby(rule.near, left, *found.span()):
            return found.span()
    return None


def _nearby(name: str, words: str, start: int, end: int) -> bool:
    around = words[max(0, start - REACH) : start] + "\n" + words[end : end + REACH]
    return bool(_near(name).search(around))


@cache
def rules() -> dict[str, Rule]:
    """All rules by name, in the order of their files."""
    return {name: _rule(name, told) for file in _files() for name, told in file.items() if name != "near"}


@cache
def _files() -> tuple[dict[str, Any], ...]:
    folder = resources.files("oscine.safety").joinpath("rules")
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(tomllib.loads(file.read_text(encoding="utf8")) for file in found)


def _rule(name: str, told: dict[str, Any]) -> Rule:
    patterns = {lang: tuple(told[lang]) for lang in LANGUAGES if lang in told}
    exceptions = {lang: tuple(words) for lang, words in told.get("except", {}).items()}
    return Rule(name, told["category"], told["decision"], told["why"], told.get("near", ""), patterns, exceptions)


@cache
def _compiled(name: str, part: Literal["patterns", "exceptions"], langs: tuple[str, ...]) -> regex.Pattern[str] | None:
    by_lang = getattr(rules()[name], part)
    return _pattern([written for lang in dict.fromkeys(langs) for written in by_lang.get(lang, ())])


@cache
def _near(name: str) -> regex.Pattern[str]:
    listed = next(file["near"][name] for file in _files() if name in file.get("near", {}))
    pattern = _pattern([written for words in listed.values() for written in words])
    assert pattern, "a list of words that stand near has words"
    return pattern


def _pattern(written: Iterable[str]) -> regex.Pattern[str] | None:
    said = "|".join(map(_as_regex, dict.fromkeys(written)))
    return regex.compile(rf"(?<!\w)(?:{said})(?!\w)") if said else None


def _as_regex(written: str) -> str:
    """The notation of `rules/` as a regular expression over folded text."""
    said, join = "", ""
    for element in (found[0] for found in _ELEMENT.finditer(hidden.plain(written).words)):
        if element == "...":
            join = _GAP
            continue
        body = join + _SIGNS.sub(lambda found: _AS_REGEX[found[0]], element.removesuffix("?"))
        said += f"(?:{body})?" if element.endswith("?") else body
        join = _JOIN
    return said
