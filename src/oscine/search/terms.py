"""What a post is about, in terms that one can search for: hashtags, cash tags, links, names, two-word phrases; and how telling a term is.

Trends and related searches are made of them. Candidates are taken from texts; how often each occurs is then counted in the store, by one
tsquery a term, so that all counts are of the same thing. It does not know whose posts it is shown. Scripts that are written without spaces
give hashtags and links only: their words have no edges here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import regex

from oscine import text

SEEN = 1_000  # characters of a post in which terms are looked for
NOISE = frozenset("rt via amp http https www com html gt lt nbsp co per inc ltd corp plc".split())
SHORTEST = 3  # letters of a name of one word
LOUD = 0.6  # share of capitalised words from which capitals mark no names: headlines, shouting
_SIGNS: dict[str, Literal["tag", "cash"]] = {"tag": "tag", "cash": "cash"}
_SENTENCE_END = regex.compile(r"[.!?:…\n\"“”]\W*$")
_SCHEME = regex.compile(r"https?://(?:www\.)?")


class Term(NamedTuple):
    """A term: `key` tells it from others, `shown` is how it is written here, `tsquery` finds the posts that hold it."""

    kind: Literal["tag", "cash", "link", "name", "phrase"]
    key: str
    shown: str
    tsquery: str

    @property
    def query(self) -> str:
        """The search that finds the posts of the term."""
        return {"link": f"url:{_SCHEME.sub('', self.shown)}", "phrase": f'"{self.shown}"'}.get(self.kind, self.shown)


def terms(post: str, urls: Sequence[str] = (), lang: str | None = None) -> Iterator[Term]:
    """The terms of a post, each as often as it stands there."""
    seen = post[:SEEN]
    found = text.tokens(seen, lang)
    for token in found:
        if token.kind in _SIGNS:
            yield Term(_SIGNS[token.kind], token.exact, seen[token.start : token.end], text.quote(token.exact))
    for url in urls:
        if link := _link(url):
            yield link
    yield from _worded(seen, _plain_words(found), lang)


def _link(url: str) -> Term | None:
    """A link without what only tracks; None where it leads to a site's front page, which tells nothing."""
    address = url.partition("#")[0]
    if "utm_" in address:
        address = address.partition("?")[0]
    bare = _SCHEME.sub("", address).rstrip("/")
    parts = [token.exact for token in text.tokens(address) if token.kind == "url"]
    return Term("link", bare.lower(), address, " <-> ".join(map(text.quote, parts))) if "/" in bare and parts else None


def _plain_words(found: Sequence[text.Token]) -> list[text.Token]:
    """The words that are no part of a tag, a mention or a link."""
    kept: list[text.Token] = []
    covered = 0
    for token in found:
        if token.kind == "word" and token.start >= covered:
            kept.append(token)
        elif token.kind != "word":
            covered = max(covered, token.end)
    return kept


def _worded(seen: str, words: Sequence[text.Token], lang: str | None) -> Iterator[Term]:
    capitals = [seen[word.start].isupper() for word in words]
    quiet = sum(capitals) < LOUD * len(words)
    for (before, word), capital in zip(pairwise([None, *words]), capitals, strict=True):
        assert word is not None
        if not _telling(word, lang):
            continue
        begins = before is None or _SENTENCE_END.search(seen[before.end : word.start]) is not None
        if capital and quiet and not begins and len(word.exact) >= SHORTEST:
            yield Term("name", word.exact, seen[word.start : word.end], text.quote("=" + word.exact))
        if before is not None and seen[before.end : word.start] == " " and _telling(before, lang):
            exact = (before.exact, word.exact)
            yield Term("phrase", " ".join(exact), seen[before.start : word.end], " <-> ".join(text.quote("=" + part) for part in exact))


def _telling(word: text.Token, lang: str | None) -> bool:
    """Whether a word can be part of a name or a phrase."""
    exact = word.exact
    if len(exact) < 2 or exact in NOISE or not any(character.isalpha() for character in exact):
        return False
    return not (text.is_stop_word(exact, lang) or text.is_stop_word(exact, text.FALLBACK_LANGUAGE))


def surprise(here: int, all_here: int, elsewhere: int, all_elsewhere: int) -> float:
    """How far a term's share here is from its share elsewhere: the signed log-likelihood ratio G² of two binomials (Dunning 1993).

    Above 10.8, chance alone is less likely than one in a thousand; below zero, the term is rarer here. 0 where either side is empty.
    """
    if not all_here or not all_elsewhere:
        return 0.0
    share = (here + elsewhere) / (all_here + all_elsewhere)
    likelihood = _log_likelihood(here, all_here, here / all_here) + _log_likelihood(elsewhere, all_elsewhere, elsewhere / all_elsewhere)
    ratio = 2 * (likelihood - _log_likelihood(here, all_here, share) - _log_likelihood(elsewhere, all_elsewhere, share))
    return math.copysign(max(ratio, 0.0), here * all_elsewhere - elsewhere * all_here)


def _log_likelihood(count: int, of: int, share: float) -> float:
    return (count * math.log(share) if count else 0.0) + ((of - count) * math.log(1 - share) if of > count else 0.0)
