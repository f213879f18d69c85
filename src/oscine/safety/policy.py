"""What may not be advertised, claimed or drawn, by words: each rule with its name, its sentence, its patterns in seven languages, its exceptions.

The rules are the files of `rules/`; their notation is `notation.md` there. A text is read as a person reads it, and as a filter is evaded: without what is
hidden, letters of other scripts and digits read as the letters that they pass for (`hidden`). It knows words, not meanings: irony, a quotation, what a
picture shows and whether a claim is true are beyond it, and what is `refer` is for a person to judge. The languages are those of `evidence/lexicon`.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple

import regex

from oscine.errors import InputError
from oscine.safety import hidden

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
_ALL = frozenset(LANGUAGES)
READ = 20_000  # characters of a text that are looked at
REACH = 160  # characters between a word and what must stand near it

_TOKEN = regex.compile(r"\w+|[#$€£]")
_ELEMENT = regex.compile(r"(?:(\((?:[^()]++|(?1))*\))|[^\s()])+")
_GROUP = regex.compile(r"(\((?:[^()]++|(?1))*\))")
_CHOICE = regex.compile(r"(?:(\((?:[^()]++|(?1))*\))|[^|()])+")
_BEGINS = regex.compile(r"(?P<certain>\w*?)(?:\w\?|(?P<whole>(?=\s|$))|(?!\w))")
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
KEY = 3  # letters by which patterns are looked up

FOR_ADVERTISERS = (
    "claims",
    "personal attributes",
)  # categories of what people may say to each other, and advertisers may not say to people

Decision = Literal["refuse", "refer"]
Part = Literal["patterns", "exceptions"]


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


class Written(NamedTuple):
    """A pattern as it is written, folded, with its rule, and the languages in which it counts."""

    rule: str
    langs: frozenset[str]
    plain: str


def findings(text: str, lang: str = "") -> list[Finding]:
    """The rules that a text meets, each once.

    What is refused counts in every language; with one of the seven as `lang`, what is only referred counts in that language and in English, since
    one language's wine is another's word for something else.
    """
    langs = frozenset({lang}) if lang in LANGUAGES else _ALL
    found: dict[str, Finding] = {}
    for reading in _readings(text[:READ]):
        for name, start, end in _met(reading.words, langs):
            if name not in found:
                found[name] = rules()[name].found(text[reading.places[start] : reading.places[end - 1] + 1])
    return list(found.values())


def unmakeable(text: str) -> Finding | None:
    """The first rule by which a text is not to be made, nor anything made of it, for anybody: rules for advertisers alone do not count."""
    return next((each for each in findings(text) if each.decision == "refuse" and each.category not in FOR_ADVERTISERS), None)


def refuse(text: str, what: str) -> None:
    """Raise `InputError`, naming the rule, where no `what` (a picture, a draft) is to be made of a text."""
    if finding := unmakeable(text):
        raise InputError(
            f"No {what} is made of this (rule {finding.rule}, by {finding.words!r}): {finding.why}.", "Ask for something else."
        )


def _readings(text: str) -> Iterator[hidden.Reading]:
    reading = hidden.plain(text)
    yield reading
    yield from hidden.disguised(reading)


def _met(words: str, langs: frozenset[str]) -> Iterator[tuple[str, int, int]]:
    """The rules that folded words meet, their exceptions put aside, each with where."""
    left: dict[str, str] = {}
    for name, start, end in _matches("exceptions", words, langs, {}):
        left[name] = left.get(name, words)[:start] + "x" * (end - start) + left.get(name, words)[end:]
    for name, start, end in _matches("patterns", words, langs, left):
        rule = rules()[name]
        if not rule.near or _near(rule.near).search(words[max(0, start - REACH) : start] + "\n" + words[end : end + REACH]):
            yield name, start, end


def _matches(part: Part, words: str, langs: frozenset[str], instead: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    """Where patterns match, in order; `instead` are the words of rules that read others."""
    patterns = _patterns(part)
    for token in _TOKEN.finditer(words):
        for key in ("", token[0][:KEY], "<n>" if token[0][0].isdigit() else "<"):
            for written in patterns.get(key, ()):
                if written.langs & langs and (found := _compiled(written.plain).match(instead.get(written.rule, words), token.start())):
                    yield written.rule, *found.span()


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
def _patterns(part: Part) -> dict[str, list[Written]]:
    """All patterns, or all exceptions, by how they begin: at a word only the few are tried that begin as it does."""
    found = defaultdict[str, list[Written]](list)
    for rule in rules().values():
        for lang, written in getattr(rule, part).items():
            for plain in (choice for each in written for choice in _choices(hidden.plain(each).words)):
                found[_key(plain)].append(
                    Written(rule.name, _ALL if rule.decision == "refuse" or lang == "en" else frozenset({lang}), plain)
                )
    return found


def _choices(plain: str) -> Iterator[str]:
    """A pattern that begins with a choice, once for each way in which it may begin."""
    group = _GROUP.match(plain)
    if not group or plain[group.end() :][:1] not in ("", " "):
        yield plain
        return
    for choice in _CHOICE.finditer(group[1][1:-1]):
        yield choice[0] + plain[group.end() :]


def _key(plain: str) -> str:
    """The letters that a pattern surely begins with, or `<n>` for a number; empty where that is not sure."""
    if plain.startswith("<n>"):
        return "<n>"
    begins = _BEGINS.match(plain)
    certain = begins["certain"] if begins else ""
    return certain[:KEY] if begins and (len(certain) >= KEY or begins["whole"] is not None) else ""


@cache
def _near(name: str) -> regex.Pattern[str]:
    listed = next(file["near"][name] for file in _files() if name in file.get("near", {}))
    said = "|".join(_as_regex(hidden.plain(each).words) for words in listed.values() for each in words)
    return regex.compile(rf"(?<!\w)(?:{said})(?!\w)")


@cache
def _compiled(plain: str) -> regex.Pattern[str]:
    return regex.compile(rf"{_as_regex(plain)}(?!\w)")


def _as_regex(plain: str) -> str:
    """The notation of `rules/`, folded, as a regular expression over folded text."""
    said, join = "", ""
    for element in (found[0] for found in _ELEMENT.finditer(plain)):
        if element == "...":
            join = _GAP
            continue
        body = join + _SIGNS.sub(lambda found: _AS_REGEX[found[0]], element.removesuffix(")?") + ")" * element.endswith(")?"))
        said += f"(?:{body})?" if element.endswith(")?") else body
        join = _JOIN
    return said
