"""Which sentences of an ad claim something, and on which passages of the page each stands.

`evidence.support` decides about numbers, names, negation and meaning; on top of it, what `patterns/claims.toml` lists (superlatives, comparisons,
guarantees, what is free, hurry, health) must stand in the passage in the same words, and so must what limits a price. It knows words, not the world: a
page that lies is believed. In languages without lists the last two checks see nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import regex

from oscine import evidence, text
from oscine.ads.page import Page, Passage, sentences
from oscine.ads.phrases import stems
from oscine.ads.texts import Claim, Dropped
from oscine.ads.words import folded, table, words
from oscine.evidence import Near, names, reading

LIKELY = 6  # passages, those that share most words, that a sentence is tried on
TOGETHER = 3  # of them, that may support it together
REACH = 3  # words between a word such as free and what it says is free
_NUMBER = regex.compile(r"\d")
_AMOUNT = regex.compile(r"\d[\d.,]*")


class Checker:
    """Checks texts against one page; what was checked once is kept."""

    def __init__(self, page: Page, near: Near | None = None) -> None:
        self._page = page
        self._near = near
        self._texts = frozenset(passage.text for passage in page.passages)
        self._kept: dict[tuple[str, str], Claim | Dropped] = {}
        self._stems = {passage.number: stems(passage.text, page.lang) for passage in page.passages}

    def checked(self, said: str, lang: str) -> tuple[list[Claim], list[Dropped]]:
        """The claims of a text with their passages, and what in it does not stand, sentence by sentence."""
        parts = [said] if said in self._texts else sentences(said)
        found = [self._sentence(part, lang) for part in parts if claims_something(part, lang)]
        return [one for one in found if isinstance(one, Claim)], [one for one in found if isinstance(one, Dropped)]

    def _sentence(self, sentence: str, lang: str) -> Claim | Dropped:
        if (sentence, lang) not in self._kept:
            self._kept[sentence, lang] = self._found(sentence, lang)
        return self._kept[sentence, lang]

    def _found(self, sentence: str, lang: str) -> Claim | Dropped:
        likely = self._likely(sentence, lang)
        reason = "the page says nothing of it"
        for passages in [*([passage] for passage in likely), likely[:TOGETHER]]:
            problem = self._problem(sentence, lang, passages)
            if not problem:
                return Claim(sentence, tuple(passage.number for passage in passages))
            reason = problem if passages == likely[:1] else reason
        return Dropped(sentence, reason)

    def _likely(self, sentence: str, lang: str) -> list[Passage]:
        """The passages that share most with a sentence; of another language's, all that share a number or a name come first."""
        ours, plain = stems(sentence, lang), folded(sentence)
        shares = {
            passage: len(ours & self._stems[passage.number])
            + 10.0 * (folded(passage.text).strip(".") in plain or plain.strip(".") in folded(passage.text))
            for passage in self._page.passages
        }
        if self._near and lang != self._page.lang:
            shares = {passage: share + 5 * self._near(sentence, passage.text) for passage, share in shares.items()}
        best = sorted(shares, key=lambda passage: -shares[passage])[:LIKELY]
        return [passage for passage in best if shares[passage] > 0]

    def _problem(self, sentence: str, lang: str, passages: Sequence[Passage]) -> str:
        if not passages:
            return "the page says nothing of it"
        author = " ".join(filter(None, (self._page.site, self._page.product)))
        shown = [self._shown(passage, author) for passage in passages]
        held = evidence.support(sentence, shown, lang, self._near if lang != self._page.lang else None)
        if not held.holds:
            return held.reason.replace("its posts", "the page").replace("none of the page", "no passage of the page")
        return _unsaid(sentence, lang, [passage.text for passage in passages], self._page.lang) or _unlimited(
            sentence, lang, passages, self._page.lang
        )

    def _shown(self, passage: Passage, author: str) -> evidence.Passage:
        heading = "" if passage.heading == passage.text else f"{passage.heading}. "
        return evidence.Passage(author, heading + passage.text, self._page.lang)


def claimed(texts: Sequence[str], page: Page, lang: str = "") -> tuple[list[Claim], list[Dropped]]:
    """The claims of the parts of one text with their passages, and what stands on none, with the reason."""
    checker = Checker(page)
    found = [checker.checked(said, lang or page.lang) for said in texts if said.strip()]
    return [claim for stand, _ in found for claim in stand], [drop for _, fall in found for drop in fall]


def claims_something(sentence: str, lang: str) -> bool:
    """Whether a sentence says something that may be wrong: a call or a question without number, name or strong word does not."""
    if next(_strong(sentence, lang), None) or _NUMBER.search(sentence) or next(names.named(sentence, lang), None):
        return True
    if sentence[-1:] in "?？؟":
        return False
    return bool(stems(sentence, lang)) and not calls(sentence, lang)


def calls(sentence: str, lang: str) -> bool:
    """Whether a sentence only calls to do something: three words at most, one of them of a list."""
    plain = reading.words(sentence)
    return len(plain) <= 3 and folded(sentence).strip(" .!") in words(lang).chrome


def _strong(sentence: str, lang: str) -> Iterator[tuple[str, regex.Match[str]]]:
    """The strong words of a sentence, each with its rule."""
    plain = folded(sentence)
    for rule in table("claims"):
        yield from ((rule, found) for found in _pattern(rule, lang).finditer(plain))


@cache
def _pattern(rule: str, lang: str) -> regex.Pattern[str]:
    listed = table("claims")[rule].get(lang, "")
    parts = (rf"{regex.escape(part[:-1])}(?!\w)" if part.endswith("$") else rf"{regex.escape(part)}\w*" for part in listed.split("|"))
    return regex.compile(rf"(?<!\w)(?:{'|'.join(parts)})" if listed else r"(?!)")


def _unsaid(sentence: str, lang: str, said: Sequence[str], page_lang: str) -> str:
    """Why a strong word of the sentence does not stand in what is said, or nothing."""
    for rule, found in _strong(sentence, lang):
        held = any(_same(rule, sentence, found, lang, passage, page_lang) for passage in said)
        if not held:
            return table("claims")[rule]["why"]
    return ""


def _same(rule: str, sentence: str, found: regex.Match[str], lang: str, passage: str, page_lang: str) -> bool:
    """Whether a passage has the strong word too, and beside it the same thing."""
    theirs = list(_pattern(rule, page_lang).finditer(folded(passage)))
    if lang != page_lang:
        return bool(theirs)
    beside = _beside(folded(sentence), found, lang)
    return any(_root(one[0]) == _root(found[0]) and (not beside or beside & _beside(folded(passage), one, lang)) for one in theirs)


def _root(word: str) -> str:
    return word[:4]


def _beside(plain: str, found: regex.Match[str], lang: str) -> frozenset[str]:
    """The stems next to a match, so many words before and after."""
    before, after = text.content_words(plain[: found.start()], lang)[-REACH:], text.content_words(plain[found.end() :], lang)[:REACH]
    return frozenset(token.stem for token in (*before, *after) if not text.is_stop_word(token.exact, lang))


def _unlimited(sentence: str, lang: str, passages: Sequence[Passage], page_lang: str) -> str:
    """Why an amount stands without what limits it on the page (`from 49 €`), or nothing."""
    for amount in _AMOUNT.findall(sentence):
        limited = [_limited(passage.text, amount, page_lang) for passage in passages if amount in passage.text]
        if limited and all(limited) and not _limited(sentence, amount, lang):
            return f"the page limits {amount} (from, up to)"
    return ""


def _limited(said: str, amount: str, lang: str) -> bool:
    before = folded(said[: said.find(amount)])[-20:]
    found = list(words(lang).lowest.finditer(before))
    return bool(found) and len(before[found[-1].end() :].split()) <= 1
