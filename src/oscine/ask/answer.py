"""Posts → sentences that stand on them, or a refusal. Pure.

An answer is composed of what the posts themselves say: of each post that speaks of what is asked, the stretch that does so most, with who
wrote it and when. Whether the posts say enough is decided by how much of the question they hold (rare words count more) and how near they
are in meaning; the weights are in `ENOUGH`, fitted by `benchmarks/answers.py`. It knows nothing of how posts were found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Literal, NamedTuple

import regex

from oscine import evidence, text
from oscine.safety.injection import byline, cleaned
from oscine.search.search import Found
from oscine.view import SeenPost

MOST_SENTENCES = 3
ENOUGH_WORTH = 0.45  # a post below it is not quoted
LONGEST_QUOTE = 280  # characters
CLOSE = 0.75  # of the best post's worth, from which another is quoted beside it
REFUSAL = "The posts here do not say."
ENOUGH = {"bias": -8.26, "coverage": 5.77, "near": 38.79, "typical_near": -32.97, "typical_coverage": -3.17}
FITTED_ON = 12  # posts found for each question that the weights were fitted on
TYPICAL_NEAR, TYPICAL_COVERAGE = 0.84, 0.3  # what those were like
ENOUGH_BY_WORDS = {"bias": -3.21, "coverage": 5.07}  # where there are no vectors yet
_SENTENCE = regex.compile(r"(?<=[.!?…。！？])\s+|\n+")
_LINK = regex.compile(r"https?://\S+")
_SPACE = regex.compile(r"\s+")
_INNER_QUOTES = str.maketrans("“”", "‘’")  # a quote ends where we end it


class Sentence(NamedTuple):
    """A sentence of an answer and the posts it stands on: `quoted` from them, or `written` by a language model."""

    text: str
    sources: tuple[SeenPost, ...]
    stage: Literal["quoted", "written"] = "quoted"

    @property
    def posts(self) -> list[str]:
        """The ids of its posts; two networks may have the same, so use `sources` to find a post."""
        return [seen.post.id for seen in self.sources]


class Judged(NamedTuple):
    """A post, how likely it is to hold the answer, and how much of the question's words it holds; both from 0 to 1."""

    found: Found
    worth: float
    coverage: float


def judge(question: str, lang: str | None, found: Sequence[Found], rarity: Mapping[str, float]) -> list[Judged]:
    """Each post judged, in the order of `found`; `rarity` weighs the question's stems."""
    wanted = {token.stem: rarity.get(token.stem, 1.0) for token in text.content_words(question, lang)}
    coverage = [_coverage(wanted, item.seen, lang) for item in found]
    near = [item.near for item in found if item.near is not None]
    typical = {  # where fewer are found, the best is not to be its own measure
        "typical_near": median([*near, *[TYPICAL_NEAR] * (FITTED_ON - len(near))]),
        "typical_coverage": median([*coverage, *[TYPICAL_COVERAGE] * (FITTED_ON - len(coverage))]),
    }
    return [Judged(item, _worth(held, item.near, typical), held) for item, held in zip(found, coverage, strict=True)]


def _coverage(wanted: Mapping[str, float], seen: SeenPost, lang: str | None) -> float:
    """The share of the question's words that a post or its author's name holds, rare words counting more."""
    held = {token.stem for token in text.tokens(f"{byline(seen.author.name)} @{seen.author.handle} {cleaned(seen.post.text)}", lang)}
    total = sum(wanted.values())
    return sum(weight for stem, weight in wanted.items() if stem in held) / total if total else 0.0


def _worth(coverage: float, near: float | None, typical: Mapping[str, float]) -> float:
    """How likely a post is to hold the answer: a logistic regression."""
    facts = {"bias": 1.0, "coverage": coverage, "near": near or 0.0, **typical}
    weights = ENOUGH_BY_WORDS if near is None else ENOUGH
    return 1 / (1 + math.exp(-sum(weight * facts[name] for name, weight in weights.items())))


def compose(question: str, lang: str | None, judged: Sequence[Judged], enough: float = ENOUGH_WORTH) -> list[Sentence]:
    """The sentences of the answer, most telling first; none where the posts do not say."""
    worthy = sorted((item for item in judged if item.worth >= enough and item.coverage > 0), key=lambda item: -item.worth)
    sentences = []
    for item in worthy[:MOST_SENTENCES]:
        if item.worth < CLOSE * worthy[0].worth:
            break
        said = quote(cleaned(item.found.seen.post.text), question, lang)
        sentence = f"{credit(item.found.seen)}: “{said.translate(_INNER_QUOTES)}”"
        if said and evidence.support(sentence, [passage(item.found.seen)], lang).holds:
            sentences.append(Sentence(sentence, (item.found.seen,)))
    return sentences


def credit(seen: SeenPost) -> str:
    """Who wrote a post and on which day."""
    known_as = byline(seen.author.handle)
    name = byline(seen.author.name) or known_as
    handle = f"@{known_as}, " if known_as and seen.author.handle != seen.author.name else ""
    day = seen.post.created_at
    return f"{name} ({handle}{day.day} {day:%B %Y})"


def passage(seen: SeenPost) -> evidence.Passage:
    """A post as evidence: its credit line may be quoted too; what it orders to be said is none."""
    return evidence.Passage(f"{credit(seen)} {byline(seen.author.name)}", cleaned(seen.post.text), seen.post.lang)


def quote(post: str, question: str, lang: str | None) -> str:
    """The sentences of a post around the one that shares most with the question, as many as fit; word for word, links left out."""
    sentences = [clean for part in _SENTENCE.split(_LINK.sub("", post)) if (clean := _SPACE.sub(" ", part).strip())]
    if not sentences:
        return str(_SPACE.sub(" ", post)).strip()[:LONGEST_QUOTE]
    wanted = {token.stem for token in text.content_words(question, lang)}
    shared = [len(wanted & {token.stem for token in text.tokens(sentence, lang)}) for sentence in sentences]
    first = last = max(range(len(sentences)), key=lambda i: (shared[i], -i))
    while True:
        length = sum(map(len, sentences[first : last + 1]))
        if last + 1 < len(sentences) and length + len(sentences[last + 1]) < LONGEST_QUOTE:
            last += 1
        elif first > 0 and length + len(sentences[first - 1]) < LONGEST_QUOTE:
            first -= 1
        else:
            break
    whole = " ".join(sentences[first : last + 1])
    return whole if len(whole) <= LONGEST_QUOTE else whole[: LONGEST_QUOTE - 1].rsplit(" ", 1)[0] + " …"
