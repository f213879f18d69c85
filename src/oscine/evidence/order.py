"""Who did what to whom: `A beat B` is not `B beat A`.

Where a sentence and a post join the same two names by the same verb, or by the two ends of a scale, their order must agree. It sees
neighbouring names only, and does not parse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import regex

from oscine import text
from oscine.evidence import lexicon, names, reading

APART = 5  # words between two names that are still joined by a verb
_PASSIVE = regex.compile(
    r"\b(?:was|is|were|are|been|be|being|est|été|è|stato|wurde|wird|fue|foi|werd|wordt)\b.*\b(?:by|par|da|dal|dalla|von|por|door)\b",
    regex.IGNORECASE,
)


class Deed(NamedTuple):
    """Two names in the order of doer and done to, and what joins them: stems, or scales."""

    doer: str
    other: str
    joined: frozenset[str]


def swapped(sentence: str, lang: str, said: Sequence[tuple[str, str]]) -> str:
    """What the sentence says the wrong way round, or nothing."""
    theirs = [deed for content, other in said for deed in _deeds(content, other)]
    for mine in _deeds(sentence, lang):
        shared = [deed for deed in theirs if deed.joined & mine.joined and {deed.doer, deed.other} == {mine.doer, mine.other}]
        if shared and all(deed.doer != mine.doer for deed in shared):
            return f"{mine.doer} and {mine.other}"
    return ""


def _deeds(content: str, lang: str) -> Iterator[Deed]:
    forms, _ = lexicon.places()
    for one, two in pairwise(names.named(content, lang)):
        between = content[one[-1].end : two[0].start]
        words = reading.words(between)
        if not words or len(words) > APART or regex.search(r"[.;!?]", between):
            continue
        first, second = (min(forms.longest(run[-1].form), default=text.stem(run[-1].form, lang)) for run in (one, two))
        ends = {end for word in words for end in lexicon.scales(lang).find(word.form) if end.startswith("win")}
        if bool(_PASSIVE.search(between)) != any(end.endswith("-") for end in ends):
            first, second = second, first
        stems = {text.stem(word.form, lang) for word in words if not text.is_stop_word(word.form, lang)}
        if joined := frozenset(stems | {end[:-1] for end in ends}):
            yield Deed(first, second, joined)
