"""A sentence in which stretches are taken one after the other, and what is left of it as a query.

Positions are those of the folded sentence (no case, no accents, ß is ss); what leaves this module is in code points of the sentence itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import regex

from oscine import text
from oscine.search.operators import named

TAKEN = ";"  # stands in `left` for every character that is understood: to a pattern, the end of a clause
FIXED = "("  # and for what must not be touched, as quoted phrases
_FIXED = regex.compile(
    r"""
      "[^"]*"? | “[^”]*”? | „[^“”]*[“”]? | «[^»]*»? | (?<!\w)['‘][^'’]{2,}['’](?!\w)
    | \([^()]*\)? | (?<!\S)[-+]\S+ | (?<!\S)(?i:[a-z_]+):\S+ | \w+://\S+ | [#$]\w+ | (?:\S+\s+)?\b(?:OR|AND)\b(?:\s+\S+)?
    """,
    regex.VERBOSE,
)
_OPERATOR = regex.compile(r"(?<![\w-])(-?[a-z_]+):(\w*)")
_TELLING = regex.compile(r"[^\s,.:!?…–—'-]")
_WORD = regex.compile(r"\S+")
_LONE_MARK = regex.compile(r"[,.:!?…–—'-]+")


class Part(NamedTuple):
    """A stretch that was understood: `text` is the sentence from `start` to `end`; `operator` may be several, separated by spaces."""

    text: str
    start: int
    end: int
    operator: str
    means: str


class Sentence:
    """`folded` is what patterns read, `left` the same with what is taken struck out."""

    def __init__(self, sentence: str) -> None:
        self.text = sentence
        pieces = [(folded, place) for place, letter in enumerate(sentence) for folded in text.fold("'" if letter in "’‘" else letter)]
        self.folded = "".join(letter for letter, _ in pieces)
        self._places = [place for _, place in pieces] + [len(sentence)]
        self.left = self.folded
        for found in _FIXED.finditer(sentence):
            self.keep(*(bisect_left(self._places, place) for place in found.span()))
        self._kept = self.left

    def keep(self, start: int, end: int) -> None:
        """Let no pattern touch a stretch: it is a name, or already a query."""
        self.left = struck(self.left, start, end, FIXED)

    def take(self, start: int, end: int) -> None:
        """Strike a stretch out: no pattern sees it any more."""
        self.left = struck(self.left, start, end)

    def original(self, start: int, end: int) -> str:
        """A stretch as it was written."""
        return self.text[self._places[start] : self._places[end]]

    def part(self, start: int, end: int, operator: str, means: str) -> Part:
        """A stretch of the folded sentence as a part of the sentence."""
        first, last = self._places[start], self._places[end]
        return Part(self.text[first:last], first, last, operator, means)

    def subjects(self) -> set[str]:
        """What the operators are about that the sentence already holds."""
        return {subject(found.group()) for found in _OPERATOR.finditer(self.folded)}

    def query(self, parts: Sequence[Part], empty: regex.Pattern[str]) -> str:
        """The sentence with operators for its parts. Words that match `empty` go where they begin it or stand beside a part."""
        pieces: list[str] = []
        after = 0
        for part in parts:
            start, end = (bisect_left(self._places, place) for place in (part.start, part.end))
            pieces += [*self._topic(after, start, empty), part.operator]
            after = end
        return " ".join([*pieces, *self._topic(after, len(self.folded), empty)])

    def _topic(self, start: int, end: int, empty: regex.Pattern[str]) -> list[str]:
        """The words between two parts that carry the topic."""
        spans = [found.span() for found in _WORD.finditer(self._kept, start, end) if not _LONE_MARK.fullmatch(found.group())]
        while spans and (found := empty.match(self._kept, spans[0][0], end)):
            spans = [(max(start, found.end()), stop) for start, stop in spans if _TELLING.search(self._kept, max(start, found.end()), stop)]
        while spans and end < len(self.folded) and empty.fullmatch(self._kept, *spans[-1]):
            spans.pop()
        return [self.original(*span) for span in spans]


def struck(text: str, start: int, end: int, mark: str = TAKEN) -> str:
    """A text of the same length with a stretch struck out."""
    return text[:start] + mark * (end - start) + text[end:]


def subject(operator: str) -> str:
    """What an operator is about, as two of them are that contradict each other: all times are one subject."""
    name, _, value = operator.lower().partition(":")
    known = named(name.lstrip("-"))
    if known and known.family == "time":
        return "time"
    sign = "-" if name.startswith("-") else ""
    return f"{sign}filter:{value}" if known and known.name == "filter" else f"{sign}{known.name if known else name.lstrip('-')}"
