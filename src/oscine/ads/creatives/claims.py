"""Which sentences of an ad claim something, and on which passages of the page each stands.

`evidence.support` decides about numbers, names, negation and meaning; on top of it, what `patterns/claims.toml` lists (superlatives, comparisons,
guarantees, what is free, hurry, health) must stand in the passage in the same words, and so must what limits a price. It knows words, not the world: a
page that lies is believed. In languages without lists the last two checks see nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import regex

from oscine import evidence, text
from oscine.ads.creatives.page import Page, Passage, sentences
from oscine.ads.creatives.phrases import languages, stems
from oscine.ads.creatives.texts import Claim, Dropped
from oscine.ads.creatives.words import folded, table, words
from oscine.evidence import Near, names, reading

LIKELY = 6  # passages, those that share most words, that a sentence is tried on
TOGETHER = 3  # of them, that may support it together
LISTED = " · "  # between the items of a list
CONDITIONAL = frozenset(("free", "guarantee"))  # rules whose claim must keep the passage's conditions
ROOT = 4  # letters by which two strong words are one
REACH = 3  # words between a word such as free and what it says is free
_NUMBER = regex.compile(r"\d")
_AMOUNT = regex.compile(r"\d[\d.,]*")


class Said(NamedTuple):
    """A passage with the language that it is in."""

    passage: Passage
    lang: str


class Checker:
    """Checks texts against one page; what was checked once is kept."""

    def __init__(self, page: Page, near: Near | None = None) -> None:
        self._page = page
        self._near = near
        self._author = " ".join(filter(None, (page.site, page.product)))
        self._texts = frozenset(passage.text for passage in page.passages)
        self._kept: dict[tuple[str, str], Claim | Dropped] = {}
        spoken = languages(page)
        self._said = [Said(passage, spoken[passage.number]) for passage in page.passages]
        self._stems = {one: stems(one.passage.text, one.lang) for one in self._said}

    def checked(self, said: str, lang: str) -> tuple[list[Claim], list[Dropped]]:
        """The claims of a text with their passages, and what in it does not stand, sentence by sentence."""
        parts = [said] if said in self._texts else [part for item in said.split(LISTED) for part in sentences(item)]
        found = [self._sentence(part, lang) for part in parts if claims_something(part, lang)]
        return [one for one in found if isinstance(one, Claim)], [one for one in found if isinstance(one, Dropped)]

    def _sentence(self, sentence: str, lang: str) -> Claim | Dropped:
        if (sentence, lang) not in self._kept:
            self._kept[sentence, lang] = self._found(sentence, lang)
        return self._kept[sentence, lang]

    def _found(self, sentence: str, lang: str) -> Claim | Dropped:
        likely = self._likely(sentence, lang)
        problems: list[str] = []
        for said in [*([one] for one in likely), likely[:TOGETHER]] if likely else []:
            problem = self._problem(sentence, lang, said)
            if not problem:
                return Claim(sentence, tuple(one.passage.number for one in said))
            problems.append(problem)
        return Dropped(sentence, problems[0] if problems else _unsaid(sentence, lang, []) or "the page says nothing of it")

    def _likely(self, sentence: str, lang: str) -> list[Said]:
        """The passages that share most with a sentence: one that holds it word for word first; of another language, the nearest."""
        ours, plain = stems(sentence, lang), folded(sentence).strip(".")
        shares = {one: len(ours & held) + 10.0 * _holds(folded(one.passage.text).strip("."), plain) for one, held in self._stems.items()}
        if self._near and any(one.lang != lang for one in self._said):
            shares = {one: share + 5 * self._near(sentence, one.passage.text) for one, share in shares.items()}
        best = sorted(shares, key=lambda one: -shares[one])[:LIKELY]
        return [one for one in best if shares[one] > 0]

    def _problem(self, sentence: str, lang: str, said: Sequence[Said]) -> str:
        """Why a sentence does not stand on these passages, or nothing."""
        if strong := _unsaid(sentence, lang, said):
            return strong
        foreign = any(one.lang != lang for one in said)
        held = evidence.support(sentence, [self._shown(one) for one in said], lang, self._near if foreign else None)
        if not held.holds:
            return held.reason.replace("its posts", "the page").replace("none of the page", "no passage of the page")
        return _unlimited(sentence, lang, said)

    def _shown(self, one: Said) -> evidence.Passage:
        heading = "" if one.passage.heading == one.passage.text else f"{one.passage.heading}. "
        return evidence.Passage(self._author, heading + one.passage.text, one.lang)


def _holds(one: str, other: str) -> bool:
    return bool(one and other) and (one in other or other in one)


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


def _unsaid(sentence: str, lang: str, said: Sequence[Said]) -> str:
    """Why a strong word of the sentence does not stand in what is said, or nothing."""
    for rule, found in _strong(sentence, lang):
        held = [one for one in said if _same(rule, sentence, found, lang, one)]
        if not held:
            return table("claims")[rule]["why"]
        if rule in CONDITIONAL and all(_conditional(one, sentence, lang) for one in held):
            return "it leaves out a condition that the page makes"
    return ""


def _same(rule: str, sentence: str, found: regex.Match[str], lang: str, one: Said) -> bool:
    """Whether a passage has the strong word too, and beside it the same thing; of another language, a word of the same rule."""
    plain = folded(one.passage.text)
    theirs = list(_pattern(rule, one.lang).finditer(plain))
    if lang != one.lang:
        return bool(theirs)
    beside = _beside(folded(sentence), found, lang)
    return any(other[0][:ROOT] == found[0][:ROOT] and (not beside or beside & _beside(plain, other, lang)) for other in theirs)


def _beside(plain: str, found: regex.Match[str], lang: str) -> frozenset[str]:
    """The stems next to a match, so many words before and after."""
    before, after = text.content_words(plain[: found.start()], lang)[-REACH:], text.content_words(plain[found.end() :], lang)[:REACH]
    return frozenset(token.stem for token in (*before, *after) if not text.is_stop_word(token.exact, lang))


def _conditional(one: Said, sentence: str, lang: str) -> bool:
    """Whether a passage makes a condition, and the sentence none."""
    return bool(_conditions(one.passage.text, one.lang)) and not _conditions(sentence, lang)


def _conditions(said: str, lang: str) -> frozenset[str]:
    return words(lang).conditions & {word.form for word in reading.words(said)}


def _unlimited(sentence: str, lang: str, said: Sequence[Said]) -> str:
    """Why an amount stands without what limits it on the page (`from 49 €`), or nothing."""
    for amount in _AMOUNT.findall(sentence):
        limited = [_limited(one.passage.text, amount, one.lang) for one in said if amount in one.passage.text]
        if limited and all(limited) and not _limited(sentence, amount, lang):
            return f"the page limits {amount} (from, up to)"
    return ""


def _limited(said: str, amount: str, lang: str) -> bool:
    before = folded(said[: said.find(amount)])[-20:]
    found = list(words(lang).lowest.finditer(before))
    return bool(found) and len(before[found[-1].end() :].split()) <= 1
