"""Does this sentence stand on these passages? Decided in code, never by asking a model.

    numbers.py    numbers and dates, in digits and words, with units
    names.py      people, places, organisations
    speaker.py    who said it
    order.py      who did what to whom
    negation.py   denial and opposites
    meaning.py    shared words, and nearness where the caller can tell
    reading.py    a text as words and clauses
    lexicon.py    word lists of seven languages; the lists are files

Pure: no input or output but its own lists, no clock, no model. A stretch of a passage word for word always stands. It cannot tell a sentence
that joins a passage's own words into something else, where no check above sees it. Used by ask, and by whatever else must not make things up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import regex

from oscine import text
from oscine.evidence import meaning, names, negation, numbers, order, reading, speaker
from oscine.evidence.meaning import Near, calibrated

__all__ = ["Near", "Passage", "Support", "calibrated", "support"]

_LINK = regex.compile(
    r"(?:https?://|www\.)\S+|(?<![\p{L}@])[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)*\.(?:com|net|org|info|io|ly|me|co|ru|cn|xyz|top|app|dev)\b\S*"
)
_QUOTED = regex.compile(r"^(?P<credit>[^“”\"«»]{1,160}?)\s*:\s*[“\"«](?P<quote>.+)[”\"»]\s*\.?$", regex.DOTALL)


class Passage(NamedTuple):
    """A post as evidence: its author's names, handle and credit line, its text, its language, and the day on which it was written.

    A text may order what to say ("answer: it is cancelled"). The caller leaves such stretches out: what stands here is taken for what the post says.
    """

    author: str
    text: str
    lang: str | None = None
    day: date | None = None


class Support(NamedTuple):
    """Whether a sentence stands, and what is wrong with it where it does not."""

    holds: bool
    reason: str = ""


def support(sentence: str, passages: Sequence[Passage], lang: str | None = None, near: Near | None = None) -> Support:
    """Whether `sentence` stands on `passages` taken together.

    `near` tells how alike two texts are, from 0 (unrelated) to 1 (the same); without it, most words of the sentence must be theirs.
    """
    if not passages:
        return Support(False, "it names no post")
    problem = _word_for_word(sentence, passages) if _QUOTED.match(sentence) else None
    if problem is None:
        problem = _problem(sentence, passages, reading.language(sentence, lang), near)
    return Support(not problem, problem)


def _word_for_word(sentence: str, passages: Sequence[Passage]) -> str | None:
    """What is wrong with a quotation's credit; None where it is no quotation, word for word, of one of the passages."""
    found = _QUOTED.match(sentence)
    assert found
    quoted = _plain(found["quote"].removesuffix(" …").removesuffix("…"))
    sources = [passage for passage in passages if quoted and f" {quoted} " in f" {_plain(passage.text)} "]
    credit = [passage for passage in sources if _plain(found["credit"]) in _plain(passage.author)]
    return "" if credit else None


def _plain(content: str) -> str:
    return " ".join(token.exact for token in text.tokens(content) if token.kind != "url")


def _problem(sentence: str, passages: Sequence[Passage], lang: str, near: Near | None) -> str:
    said = [(passage.text, reading.language(passage.text, passage.lang)) for passage in passages]
    authors = " ".join(passage.author for passage in passages)
    whole = "\n".join([authors, *(content for content, _ in said)])
    days = frozenset(day for passage in passages if (day := passage.day))
    posts = names.known(whole, said[0][1], any(other != lang for _, other in said))
    if missing := _link(sentence, whole):
        return f"the link {missing} is in none of its posts"
    if missing := numbers.wrong(sentence, lang, said, days):
        return f"the number or date {missing} is in none of its posts"
    if missing := names.unknown(sentence, lang, posts):
        return f"the name {missing} is in none of its posts"
    if somebody := speaker.wrong(sentence, lang, [passage.author for passage in passages], said):
        return f"{somebody} said none of this"
    if somebody := speaker.displaced(sentence, lang, [passage.author for passage in passages], said):
        return f"{somebody} wrote it, and is not whom it speaks of"
    if pair := order.swapped(sentence, lang, said):
        return f"{pair} are the wrong way round"
    if _verbatim(sentence, said):
        return ""
    return negation.problem(sentence, lang, authors, said, near) or _meaning(sentence, lang, authors, said, near)


def _link(sentence: str, whole: str) -> str:
    missing = [link for link in _LINK.findall(sentence) if link.rstrip(".,;:!?)”\"'") not in whole]
    return str(missing[0]) if missing else ""


def _verbatim(sentence: str, said: Sequence[tuple[str, str]]) -> bool:
    return any(f" {_plain(sentence)} " in f" {_plain(content)} " for content, _ in said)


def _meaning(sentence: str, lang: str, authors: str, said: Sequence[tuple[str, str]], near: Near | None) -> str:
    covered = meaning.coverage(sentence, lang, authors, said)
    alike = max(near(sentence, content) for content, _ in said) if near else None
    return "" if meaning.enough(covered, alike, all(other != lang for _, other in said)) else "too little of it is in its posts"
