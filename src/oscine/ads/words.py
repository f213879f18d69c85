"""The words of `patterns/words.toml` by language, as sets and patterns; a language without lists has empty ones."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

import regex

from oscine import text

_NEVER = regex.compile(r"(?!)")


class Words(NamedTuple):
    """What is known of a language: sets of folded words, and patterns over folded text."""

    whom: str  # "For", before an audience
    apart: str
    action: str
    how: str
    leaning: frozenset[str]
    definite: frozenset[str]
    conditions: frozenset[str]
    tails: frozenset[str]
    opens: frozenset[str]
    you: frozenset[str]
    i: frozenset[str]
    chrome: frozenset[str]
    dull: regex.Pattern[str]
    boilerplate: regex.Pattern[str]
    problem: regex.Pattern[str]
    lowest: regex.Pattern[str]


@cache
def words(lang: str) -> Words:
    """The lists of a language."""
    told = table("words").get(lang, {})
    listed = {name: frozenset(told.get(name, "").split()) for name in ("leaning", "definite", "conditions", "tails", "opens", "you", "i")}
    dull = "|".join(regex.escape(part).replace(r"\*", ".*") for part in told.get("dull", "").split("|"))
    return Words(
        whom=told.get("for", ""), apart=told.get("apart", ": "), action=told.get("action", ""), how=told.get("how", ""), **listed,
        chrome=frozenset(told.get("chrome", "").split("|")), dull=regex.compile(rf"(?:{dull})"),
        boilerplate=_any(told.get("boilerplate", "").split(), r"\b(?:{})"), problem=_any(told.get("problem", "").split("|"), r"\b(?:{})"),
        lowest=_any(told.get("from", "").split("|"), r"\b(?:{})\b"),
    )  # fmt: skip


@cache
def table(name: str) -> dict[str, dict[str, str]]:
    """A file of `patterns/`."""
    return tomllib.loads(resources.files("oscine.ads").joinpath(f"patterns/{name}.toml").read_text(encoding="utf8"))


def folded(said: str) -> str:
    """A text as the lists are written: no case, no accents, plain apostrophes."""
    return " ".join(text.fold(said).replace("’", "'").split())


def _any(parts: list[str], around: str) -> regex.Pattern[str]:
    listed = "|".join(regex.escape(part.strip()) for part in parts if part.strip())
    return regex.compile(around.format(listed)) if listed else _NEVER
