"""Posts, judged → sentences that stand on them, or a refusal. Pure.

A question that has a short answer gets it first, in the words of the post that holds it; then the reasons: of each post that speaks of what is
asked, the stretch that does so most, with who wrote it and when. Where posts answer differently, all sides are told. It knows nothing of how
posts were found, and writes no word of its own but who says what.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Literal, NamedTuple

import regex

from oscine import evidence, text
from oscine.ask import disagreement, phrases, quoting, worth
from oscine.ask.disagreement import Claim, Side
from oscine.ask.worth import Judged
from oscine.safety.injection import byline, cleaned
from oscine.view import SeenPost

MOST_QUOTES = 3
ENOUGH = 0.5  # worth below which a post is not quoted
CLOSE = 0.75  # of the best post's worth, from which another is quoted beside it
MOST_SIDES = 3  # where there are more, they speak of different things
SURE = 0.85  # worth from which a post is one of those that disagree: a doubtful answer to another question contradicts nobody
LONGEST_QUOTE = 280  # characters
LONGEST_SHORT = 120  # characters of a short answer
_EDGES = " \t\n.,;:!?…|-–—\"'“”‘’«»„#>*`"
_LINK = regex.compile(r"(?:https?://|www\.|pic\.twitter\.com/)\S+")


class Sentence(NamedTuple):
    """A sentence of an answer and the posts it stands on.

    `short` is the short answer, `quoted` a post's own words with who wrote them, `sides` who says what where posts disagree, and `written` a
    language model's.
    """

    text: str
    sources: tuple[SeenPost, ...]
    stage: Literal["short", "quoted", "sides", "written"] = "quoted"

    @property
    def posts(self) -> list[str]:
        """The ids of its posts; two networks may have the same, so use `sources` to find a post."""
        return [seen.post.id for seen in self.sources]


class Composed(NamedTuple):
    """The sentences of an answer, none where the posts do not say, and the sides where they disagree."""

    sentences: list[Sentence]
    sides: tuple[Side, ...] = ()


def compose(question: str, lang: str | None, judged: Sequence[Judged], short: bool = True, enough: float = ENOUGH) -> Composed:
    """The short answer if there is to be one, who disagrees if anybody does, and the quotes, most telling first."""
    ranked = sorted(judged, key=lambda item: -item.worth)
    worthy = [item for item in ranked if item.worth >= max(enough, CLOSE * ranked[0].worth) and not item.found.seen.blurred]
    quotes = [said for item in worthy[:MOST_QUOTES] if (said := quoted(item.found.seen, question, lang))]
    claims = [claim for item in worthy if (claim := claimed(item))] if short else []
    if not quotes or not claims:
        return Composed(quotes)
    sure = [claim for item in worthy if item.worth >= SURE and _said(item) and (claim := claimed(item))]
    sides = disagreement.sides(sure, lang)
    if 1 < len(sides) <= MOST_SIDES and disagreement.conflict(sides):
        sources = tuple(seen for side in sides for seen in side.posts)
        told = Sentence(disagreement.told(sides, lang) + ".", sources, "sides")
        return Composed([Sentence(claims[0].value, (claims[0].seen,), "short"), told, *quotes], tuple(sides))
    return Composed([Sentence(claims[0].value, (claims[0].seen,), "short"), *quotes])


def claimed(item: Judged) -> Claim | None:
    """The short answer that was read in a post; None where nothing was, where it leads to a link, or where it runs from credit into text."""
    if item.reading is None or (not _said(item) and item.reading.end > _begins(item)):
        return None
    found = worth.readable(item.found.seen)[item.reading.start : item.reading.end]
    value = " ".join(_LINK.sub("", html.unescape(found)).split()).strip(_EDGES)
    return Claim(value, item.found.seen) if value and len(value) <= LONGEST_SHORT else None


def _said(item: Judged) -> bool:
    """Whether what was read stands in the post itself: nobody says their own name by having it."""
    if item.reading is None:
        return False
    read = worth.readable(item.found.seen)[item.reading.start : item.reading.end]
    return item.reading.start + len(read) - len(read.lstrip(" :")) >= _begins(item)  # a word's token begins with the space before it


def _begins(item: Judged) -> int:
    """Where the post itself begins in what the reader reads."""
    return len(worth.readable(item.found.seen)) - len(cleaned(item.found.seen.post.text))


def quoted(seen: SeenPost, question: str, lang: str | None, longest: int = LONGEST_QUOTE) -> Sentence | None:
    """What a post says of a question, word for word, with who wrote it; None where nothing of it can be quoted."""
    about = frozenset(token.stem for token in text.content_words(question, lang))
    words = quoting.quote(seen.post.text, about, lang, longest)
    sentence = f"{credit(seen, lang)}: {phrases.quoted(words, None)}"
    holds = words and evidence.support(sentence, [passage(seen, lang)], lang).holds
    return Sentence(sentence, (seen,)) if holds else None


def credit(seen: SeenPost, lang: str | None = None) -> str:
    """Who wrote a post and on which day, as the question's language writes it."""
    return quoting.credit(seen, lang)


def passage(seen: SeenPost, lang: str | None = None) -> evidence.Passage:
    """A post as evidence: its credit line may be quoted too; what it orders to be said is none."""
    author = f"{credit(seen, lang)} {byline(seen.author.name)}"
    return evidence.Passage(author, html.unescape(cleaned(seen.post.text)), seen.post.lang, seen.post.created_at.date())
