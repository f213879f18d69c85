"""What a model wrote as text that may be shown. It removes marks and what is not seen, masks, shortens and flags; it judges no meaning.

The rude words are the corpus's (`corpus/words.toml`): they see neither irony nor who speaks of whom.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

import regex

from oscine.safety.injection import steers, visible

LONGEST = 500  # characters of a draft
Flag = Literal["hateful", "coarse", "masked", "steers"]

_MARK = regex.compile(r"<\|\w{1,24}\|>|</?s>")
_SPACES = regex.compile(r"[^\S\n]+")
_LINES = regex.compile(r"\s*\n\s*\n\s*|\s*(\n)\s*")
_EMAIL = regex.compile(r"(?<![\w@.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_DATE = r"\d{1,2}[./ -]\d{1,2}[./ -](?:\d{4}|\d\d)(?![./ -]?\d)"
_PHONE = regex.compile(
    rf"(?<![\w.,:/#$€£-])(?!{_DATE})(?:(?:(?:\+|00)[1-9]|\(?0[1-9])(?:[ ()./-]{{0,2}}\d){{6,13}}|\(?\d{{3}}\)?[-. ]\d{{3}}[-. ]\d{{4}})(?!\w)"
)


def beginning(given: str) -> str:
    """What somebody began, without what is not seen; what looks like a special token is broken, so that only the model ends a text."""
    return _even(visible(given).replace("<|", "< |"))


def finished(raw: str, longest: int = LONGEST) -> str:
    """One text: up to its document's end, evenly spaced, at most `longest` characters, cut between words."""
    said = _even(visible(_MARK.split(raw, maxsplit=1)[0]).replace("\ufffd", ""))
    if len(said) <= longest:
        return said
    cut = said[: longest + 1]
    return (cut.rpartition(" ")[0] or cut[:longest]).rstrip()


def _even(text: str) -> str:
    spaced = _SPACES.sub(" ", text)
    return str(_LINES.sub(lambda found: found[1] or "\n\n", spaced)).strip()


def masked(text: str) -> str:
    """The text with what looks like an e-mail address or a phone number as the corpus's placeholders."""
    return str(_PHONE.sub("‹phone›", _EMAIL.sub("‹email›", text)))


def shown(text: str) -> tuple[str, tuple[Flag, ...]]:
    """The text masked, and what a reader should know of it: rude words, something masked, or that it tries to steer a machine."""
    safe = masked(text)
    return safe, (*flags(safe), *(("masked",) if safe != text else ()))


def flags(text: str) -> tuple[Flag, ...]:
    """What a reader should know of a text as it is."""
    holds: dict[Flag, bool] = {
        "hateful": bool(_rude("hateful").search(text)),
        "coarse": bool(_rude("coarse").search(text)),
        "steers": steers(text),
    }
    return tuple(flag for flag, held in holds.items() if held)


@cache
def _rude(kind: str) -> regex.Pattern[str]:
    table = tomllib.loads(resources.files("oscine.corpus").joinpath("words.toml").read_text(encoding="utf8"))
    words = "|".join(regex.escape(word) for listed in table[kind].values() for word in listed)
    return regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{words})(?![\p{{L}}\p{{N}}])", regex.IGNORECASE)
