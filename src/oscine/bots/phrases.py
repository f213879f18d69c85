"""What the bot says of itself, and the orders that it knows, in seven languages; `phrases.toml` holds the words.

What an answer says is Ask's. An order is the whole of a message: `stop` is one, `when does the bus stop?` is none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal

import regex

from oscine import text
from oscine.ask import phrases

Order = Literal["stop", "start", ""]
LONGEST_ORDER = 200  # characters of a message that may be one
_NAME = regex.compile(r"[@＠][A-Za-z0-9_.@-]+")


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(resources.files("oscine.bots").joinpath("phrases.toml").read_text(encoding="utf8"))


def languages() -> tuple[str, ...]:
    """The languages that the bot speaks of itself in."""
    return tuple(_file()["say"])


def say(key: str, lang: str | None, count: int | None = None) -> str:
    """A phrase in a language, or in English; `count` chooses between one and many. Raises `KeyError` for a key that is none."""
    phrase = _file()["say"].get(lang, _file()["say"][phrases.FALLBACK])[key]
    if isinstance(phrase, dict):
        phrase = phrase["one" if count == 1 else "other"]
    return str(phrase.format(count=count))


def order(said: str) -> Order:
    """What a message orders, names and courtesies around it left out; empty for any other message."""
    heard = _words(_NAME.sub(" ", said)) if len(said) <= LONGEST_ORDER else ()
    orders: tuple[Order, ...] = ("stop", "start")
    return next((kind for kind in orders if {heard, _bare(heard)} & _orders()[kind]), "")


def _words(said: str) -> tuple[str, ...]:
    return tuple(token.exact for token in text.tokens(said) if token.kind == "word")


def _bare(heard: Sequence[str]) -> tuple[str, ...]:
    """The words without the courtesies that they begin and end with."""
    kept = [place for place, word in enumerate(heard) if (word,) not in _orders()["courtesies"]]
    return tuple(heard[kept[0] : kept[-1] + 1]) if kept else ()


@cache
def _orders() -> dict[str, frozenset[tuple[str, ...]]]:
    """The orders, and the courtesies word by word."""
    listed = _file()["orders"]
    words = (word for phrase in listed["courtesies"] for word in _words(phrase))
    return {kind: frozenset(map(_words, listed[kind])) for kind in ("stop", "start")} | {"courtesies": frozenset((word,) for word in words)}
