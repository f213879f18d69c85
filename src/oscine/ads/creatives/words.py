"""The words of `patterns/words.toml` by language, as sets and patterns; a language without lists has empty ones."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import regex

from oscine import text

_NEVER = regex.compile(r"(?!)")


class Words(NamedTuple):
    """What is known of a language: sets of folded words, and patterns over folded text."""

    whom: str  # "For", before an audience
    apart: str
    action: str
    leaning: frozenset[str]
    definite: frozenset[str]
    pronouns: frozenset[str]
    before: frozenset[str]
    conditions: frozenset[str]
    tails: frozenset[str]
    opens: frozenset[str]
    you: frozenset[str]
    i: frozenset[str]
    chrome: frozenset[str]
    dull: regex.Pattern[str]
    closed: regex.Pattern[str]
    boilerplate: regex.Pattern[str]
    problem: regex.Pattern[str]
    lowest: regex.Pattern[str]


@cache
def words(lang: str) -> Words:
    """The lists of a language."""
    told = table("words").get(lang, {})
    sets = ("leaning", "definite", "pronouns", "before", "conditions", "tails", "opens", "you", "i")
    lists: dict[str, Any] = {name: frozenset(told.get(name, "").split()) for name in sets}
    headings: dict[str, Any] = {name: _whole(told.get(name, "").split("|")) for name in ("dull", "closed")}
    return Words(
        whom=told.get("for", ""), apart=told.get("apart", ": "), action=told.get("action", ""), **lists, **headings,
        chrome=frozenset(told.get("chrome", "").split("|")), boilerplate=_any(told.get("boilerplate", "").split(), r"\b(?:{})"),
        problem=_any(told.get("problem", "").split("|"), r"\b(?:{})"), lowest=_any(told.get("from", "").split("|"), r"\b(?:{})\b"),
    )  # fmt: skip


@cache
def table(name: str) -> dict[str, dict[str, str]]:
    """A file of `patterns/`."""
    return tomllib.loads(resources.files("oscine.ads.creatives").joinpath(f"patterns/{name}.toml").read_text(encoding="utf8"))


def folded(said: str) -> str:
    """A text as the lists are written: no case, no accents, plain apostrophes."""
    return " ".join(text.fold(said).replace("’", "'").split())


def _whole(parts: list[str]) -> regex.Pattern[str]:
    """Phrases to be met whole; `*` stands for anything."""
    return regex.compile("|".join(regex.escape(part).replace(r"\*", ".*") for part in parts))


def _any(parts: list[str], around: str) -> regex.Pattern[str]:
    listed = "|".join(regex.escape(part.strip()) for part in parts if part.strip())
    return regex.compile(around.format(listed)) if listed else _NEVER
