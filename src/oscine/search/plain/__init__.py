"""Plain language → operators that can be seen: "posts by NASA last week" is `from:nasa since:2024-05-06 until:2024-05-13`.

Seven languages, one file of words each (`words/`), read by rules; pure: no clock, no posts, no accounts but what `known` says. A sentence in
which nothing is understood comes back as it is, and in doubt words stay words: a search is never narrower than what was said.

It does not read what needs knowledge of the world ("between the two elections"), dates yet to come, times of day (time zones are unknown,
whole UTC days hold them) or who *she* is. Questions about one post ("in the tweet") are left alone. `dateparser` was tried and is not used:
it reads moments where a search needs stretches of time, takes 4 to 7 ms a sentence for the seven languages, takes "Mars" for March, "may"
for May and the Sunday Times for a Sunday, and misses "last week".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from oscine import text
from oscine.search.plain.lexicon import LANGUAGES, Lexicon, lexicon
from oscine.search.plain.reader import Reader
from oscine.search.plain.sentence import Part, Sentence

__all__ = ["LANGUAGES", "Part", "Reading", "read"]

MAX_SENTENCE = 400  # characters; nobody says more in a breath, and what is longer was pasted


class Reading(NamedTuple):
    """A sentence as a query: what was understood stands as operators, the words of the topic in their order; `lang` is what it was read as."""

    sentence: str
    query: str
    parts: tuple[Part, ...]
    lang: str | None


def read(sentence: str, now: datetime, known: Callable[[str], str | None], lang: str | None = None) -> Reading:
    """What a sentence asks for. `known` gives the handle of the account that a name means, or None; never raises of its own."""
    said = Sentence(sentence[: MAX_SENTENCE + 1])
    words = _language(said, lang) if len(sentence) <= MAX_SENTENCE else None
    if words is None:
        return Reading(sentence, sentence, (), None)
    parts = Reader(said, words, now.astimezone(UTC), known).parts()
    return Reading(sentence, said.query(parts, words.words["peel"]) if parts else sentence, tuple(parts), words.lang)


def _language(said: Sentence, lang: str | None) -> Lexicon | None:
    """The language given, if it is one of ours; else the one whose words the sentence holds most of."""
    if lang is not None:
        code = lang.lower().partition("-")[0]
        return lexicon(code) if code in LANGUAGES else None
    likely = text.language(said.text)
    words = [token.exact for token in text.tokens(said.text)]

    def score(code: str) -> float:
        signs = sum(word in lexicon(code).vocabulary for word in words)
        return sum(word in text.stop_words(code) for word in words) + 1.5 * signs + 1.5 * (code == likely)

    return lexicon(max(LANGUAGES, key=score))
