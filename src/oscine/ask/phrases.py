"""What Oscine itself says in an answer, in seven languages, and dates and numbers written as each writes them.

The words are data: `phrases.json`, one table a language, with the same keys in each. A phrase that counts has two forms, `one` and `other`.
A language that is not among them gets English. It translates nothing that people wrote, and it decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

FALLBACK = "en"
_INNER = str.maketrans("“”„«»", "‘’‚‹›")
Phrase = str | dict[str, str]


@cache
def _tables() -> dict[str, dict[str, Phrase]]:
    """Every phrase, by language and key."""
    raw = files("oscine.ask").joinpath("phrases.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, dict[str, Phrase]])


def languages() -> tuple[str, ...]:
    """The languages that Oscine speaks."""
    return tuple(_tables())


def spoken(*wanted: str | None) -> str:
    """The first of some languages that Oscine speaks, or English."""
    return next((lang for lang in wanted if lang in _tables()), FALLBACK)


def say(key: str, lang: str | None, count: int | None = None, **values: Any) -> str:
    """A phrase in a language, with its values put in; `count` chooses between one and many. Raises `KeyError` for a key that is none."""
    phrase = _tables()[spoken(lang)][key]
    if isinstance(phrase, dict):
        phrase = phrase["one" if count == 1 else "other"]
    if count is not None:
        values["count"] = number(count, lang)
    return phrase.format(**values)


def refuses(words: str) -> bool:
    """Whether words begin as an answer that says that the posts do not say."""
    return words.strip().startswith(tuple(say("refusal", lang).rstrip(".") for lang in languages()))


def day(moment: datetime, lang: str | None) -> str:
    """The day of a moment, in UTC: `3 May 2014`, `3 mai 2014`, `3. Mai 2014`, `3 de mayo de 2014`."""
    moment = moment.astimezone(UTC)
    month = say("months", lang).split()[moment.month - 1]
    return say("day", lang, day=say("first_day", lang) if moment.day == 1 else moment.day, month=month, year=moment.year)


def number(count: int, lang: str | None) -> str:
    """A whole number with its thousands apart: `1,234` in English, `1.234` in German; four digits stay together."""
    return str(count) if abs(count) < 10_000 else f"{count:,}".replace(",", say("thousands", lang))


def quoted(words: str, lang: str | None) -> str:
    """Words between the quotation marks of a language; marks within become single ones, so that a quote ends where we end it."""
    return f"{say('open', lang)}{words.translate(_INNER)}{say('close', lang)}"


def listed(items: Sequence[str], lang: str | None) -> str:
    """`a`, `a and b`, `a, b and c`."""
    head, last = items[:-1], items[-1:]
    return f" {say('and', lang)} ".join([part for part in (", ".join(head), *last) if part])


def posts_by(posts: int, accounts: int, lang: str | None) -> str:
    """`12 posts by 3 accounts`."""
    return say("by", lang, posts=say("posts", lang, posts), accounts=say("accounts", lang, accounts))
