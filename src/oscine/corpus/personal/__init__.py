"""Personal data in posts, replaced by what it was: e-mails, telephone numbers, cards, accounts, national numbers, addresses.

Each kind has a hint, a pattern for Rust's regular expressions that most posts fail, and a finder with validators for the few that do not.
It knows patterns, not people: a name, a handle, a place told in words stay. Numbers in links, prices, dates, versions and counts stay.
Finding is by form, so a number that merely looks like one of these goes too, and one in an unknown form stays.

numbers.py    cards, IBANs, national numbers with check digits, IP addresses
phones.py     telephone numbers: international, national of ten countries and their like
addresses.py  postal addresses of ten countries
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import polars as pl

from oscine.corpus.personal import addresses, emails, numbers, phones

Span = tuple[int, int]


class Kind(NamedTuple):
    """A kind of personal data. `hint` holds of every text that has one; `find` gives the spans."""

    hint: str
    find: Callable[[str], Iterator[Span]]


KINDS = {  # in this order, so that what is surest goes first
    "email": Kind(emails.HINT, emails.find),
    "ip": Kind(numbers.IP_HINT, numbers.ips),
    "iban": Kind(numbers.IBAN_HINT, numbers.ibans),
    "card": Kind(numbers.DIGITS_HINT, numbers.cards),
    "id": Kind(numbers.ID_HINT, numbers.ids),
    "address": Kind(addresses.HINT, addresses.find),
    "phone": Kind(numbers.DIGITS_HINT, phones.find),
}
_ANY = "|".join(  # with addresses, or all forms of national numbers, this would be a slow automaton
    f"(?:{hint})" for hint in (emails.HINT, numbers.IP_HINT, numbers.IBAN_HINT, numbers.DIGITS_HINT, numbers.DIGITS_OR_ID_HINT)
)
ROOM = 150  # characters around a number that tell what it is
_NUMBERED = re.compile(rf"(?:\d|s/n)(?:.{{0,{2 * ROOM}}}(?:\d|s/n))*", re.DOTALL)
_LINK = re.compile(r"((?:https?://|www\.)[^\s<>\"]+)")


def scrub(texts: pl.Series) -> tuple[pl.Series, dict[str, int]]:
    """(the texts with `‹kind›` for each piece of personal data, how many pieces of each kind); a null stays null."""
    counts = dict.fromkeys(KINDS, 0)
    some, placed = (texts.str.contains(hint).arg_true() for hint in (_ANY, r"\d|s/n"))
    plain: dict[int, str] = {}
    for name, kind in KINDS.items():
        rows = placed if name == "address" else some
        for i in rows.filter(texts.gather(rows).str.contains(kind.hint)):
            plain[i], count = _without(name, plain.get(i) or texts[i])
            counts[name] += count
    return (texts.clone().scatter(list(plain), list(plain.values())) if plain else texts), counts


def _without(name: str, text: str) -> tuple[str, int]:
    """The text without one kind of personal data, and how often it stood there; links keep theirs, but for e-mail addresses."""
    parts = [text] if name == "email" else _LINK.split(text)
    count = 0
    for i in range(0, len(parts), 2):
        windows = [(0, parts[i])] if name == "email" else _near_numbers(parts[i])
        spans = ((at + start, at + end) for at, window in windows for start, end in KINDS[name].find(window))
        for start, end in reversed(list(_apart(spans))):
            parts[i] = f"{parts[i][:start]}‹{name}›{parts[i][end:]}"
            count += 1
    return "".join(parts), count


def _near_numbers(text: str) -> Iterator[tuple[int, str]]:
    """The pieces of a text that have numbers, and where they begin: the finders are slow, and most of a long text is far from any."""
    if len(text) <= 2 * ROOM:
        yield 0, text
        return
    for numbered in _NUMBERED.finditer(text):
        start = max(0, numbered.start() - ROOM)
        yield start, text[start : numbered.end() + ROOM]


def _apart(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans in order, without those that begin within another."""
    done = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= done:
            yield start, end
            done = end
