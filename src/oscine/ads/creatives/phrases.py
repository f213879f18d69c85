"""A page's passages as phrases that an ad may use: what kind of thing each says, whether it stands by itself, and how it is made shorter.

Shortened at the ends of clauses only, and never by what limits a promise. There is no parser: lists of words and marks decide, and a sentence that
they cannot cut safely stays whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import regex

from oscine import text
from oscine.ads.creatives.page import Page, Passage
from oscine.ads.creatives.placements import length
from oscine.ads.creatives.words import folded, words
from oscine.evidence import lexicon, reading

FEWEST_WORDS = 2
TELLING = 40  # characters whose language can be told
LABEL = 4  # words of a heading that only says for whom it is
FEWEST_LEFT = 3  # words that a shortened sentence keeps
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’\-]*")
_MONEY = regex.compile(r"[€$£¥₹]\s?\d|\d[\d.,]*\s?(?:[€$£¥₹円元]|EUR\b|USD\b|GBP\b|CHF\b|euros?\b|Euro\b)|\d\s?%")
_TIME = regex.compile(r"\b\d{1,2}(?::\d\d| ?(?:am|pm|Uhr|h)\b|h\d\d)|\b(?:19|20)\d\d\b|\d月|\d日")
_CONTACT = regex.compile(
    r"https?://|www\.|@\S+\.\w|(?:\+|\b00|\b0)\d[\d /()\-]{6,}|©|®|\*|†|\b(?:Ltd|GmbH|IBAN|VAT|USt|SIRET|KvK|P\.?IVA|NIF)\b"
)
_QUOTE = regex.compile(r"^“(?P<said>[^”]+)” — (?P<who>.+)$")
_SPEAKS = regex.compile(r"[“\"„«]")
_PARENTHESES = regex.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_JOINT = regex.compile(r"(?P<comma>,)\s+|(?P<other>;|\s[–—-]|:)\s+|、|、")
_ENDS = ".。!！?？…"


class Phrase(NamedTuple):
    """A passage that may be used: its text, its passage's number and heading, what kinds of thing it says, whether it needs the one before it."""

    text: str
    number: int
    heading: str
    kinds: frozenset[str]
    leans: bool  # on the passage before it
    points: bool  # back to something known: no headline


def phrases(page: Page, lang: str) -> list[Phrase]:
    """The phrases of a page in one language, in its order."""
    spoken = languages(page)
    return [_phrase(passage, lang) for passage in page.passages if spoken[passage.number] == lang and _usable(passage, lang)]


def languages(page: Page) -> dict[int, str]:
    """The language of each passage by its number: that of all that stands under its heading, the page's where that cannot be told."""
    under: dict[str, list[str]] = {}
    for passage in page.passages:
        under.setdefault(passage.heading, []).append(passage.text)
    found = {heading: text.language(" ".join(said)) for heading, said in under.items() if len(" ".join(said)) > TELLING}
    return {passage.number: found.get(passage.heading) or page.lang for passage in page.passages}


def _phrase(passage: Passage, lang: str) -> Phrase:
    said = [word.split("'")[0] for word in _WORD.findall(folded(passage.text))] or [""]
    heads = passage.text == passage.heading
    leans = said[0] in words(lang).leaning and not heads
    points = not heads and (said[0] in words(lang).definite or bool(set(said) & words(lang).pronouns))
    return Phrase(passage.text, passage.number, passage.heading, frozenset(_kinds(passage, lang)), leans, points)


def _usable(passage: Passage, lang: str) -> bool:
    listed, plain = words(lang), folded(passage.text)
    if listed.closed.fullmatch(folded(passage.heading).rstrip(" .!?:")) and passage.heading:
        return False
    if _CONTACT.search(passage.text) or listed.boilerplate.search(plain) or listed.dull.fullmatch(plain.rstrip(" .!?:")):
        return False
    return bool(_QUOTE.match(passage.text)) or not listed.i & set(_WORD.findall(plain))


def _kinds(passage: Passage, lang: str) -> Iterator[str]:
    said, plain = passage.text, folded(passage.text)
    if quoted := _QUOTE.match(said):
        yield "quote" if quoted["who"].strip() else "nothing"
        return
    if said[0] in '“«„"':
        return
    asks, heads, ends = said[-1] in "?？؟", said == passage.heading, said[-1] in _ENDS
    row = ": " in said and not ends
    few = len(_WORD.findall(said)) < FEWEST_WORDS and not dense(said)
    if few:
        return
    if not row:
        label = heads and bool(label_of(said, lang))
        yield "label" if label else "question" if asks else "heading" if heads else "sentence" if ends else "item"
    if not asks and words(lang).problem.search(plain):
        yield "problem"
    if _MONEY.search(said):
        yield "offer"
    elif _TIME.search(said) or any(word in lexicon.date_words() and len(word) > 3 for word in _WORD.findall(plain)):
        yield "date"
    elif regex.search(r"\d", said) and not row:
        yield "number"


def dense(said: str) -> bool:
    """Whether a text is in a script without spaces."""
    return len(regex.findall(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]", said)) >= 4


def label_of(heading: str, lang: str) -> str:
    """What a heading that only says for whom something is (`For clubs`, `Renting?`) puts before a sentence; empty for another."""
    found = heading.split()
    if len(found) == 1 and heading[-1] in "?？؟":
        return f"{heading} "
    whom = words(lang).whom
    return f"{heading}{words(lang).apart}" if whom and 0 < len(found) <= LABEL and found[0] == whom and heading[-1] not in _ENDS else ""


def quoted(said: str) -> tuple[str, str]:
    """What a quotation says, and who says it."""
    found = _QUOTE.match(said)
    return (found["said"], found["who"]) if found else (said, "")


def shortened(said: str, most: int, lang: str) -> str:
    """The text, or the longest stretch from its beginning that is a whole clause and fits; empty where there is none."""
    for shorter in _shorter(said, lang):
        if length(shorter) <= most:
            return shorter
    return ""


def _shorter(said: str, lang: str) -> Iterator[str]:
    yield said
    plain = _without_parentheses(said, lang)
    if plain != said:
        yield plain
    for joint in reversed(list(_JOINT.finditer(plain))):
        head, tail = plain[: joint.start()].rstrip(" ,;:–—-"), plain[joint.end() :]
        if _may_cut(head, tail, joint, lang):
            yield head + (plain[-1] if plain[-1] in ".。" else "")


def _without_parentheses(said: str, lang: str) -> str:
    return str(_PARENTHESES.sub(lambda found: found[0] if _limits(found[0], lang) else "", said))


def _may_cut(head: str, tail: str, joint: regex.Match[str], lang: str) -> bool:
    listed, kept = words(lang), _WORD.findall(folded(head))
    first = (_WORD.findall(folded(tail)) or [""])[0].split("'")[0]
    if len(kept) < FEWEST_LEFT or _limits(tail, lang) or len(_SPEAKS.findall(head)) % 2 or head.count("“") != head.count("”"):
        return False
    if joint["comma"]:
        return first in listed.tails and "," not in tail and kept[0].split("'")[0] not in listed.opens and "," not in head
    return joint["other"] != ":" and kept[0].split("'")[0] not in listed.opens


def _limits(part: str, lang: str) -> bool:
    """Whether a part limits what the rest promises: a condition or a denial in it."""
    found = set(_WORD.findall(folded(part)))
    denied = any(lexicon.denials(lang)[0].find(word) for word in found)
    return denied or bool(found & words(lang).conditions)


def stems(said: str, lang: str) -> frozenset[str]:
    """The stems of a text's words of topic."""
    return frozenset(stem for _, stem in reading.content_stems(said, lang))


def capital(said: str) -> str:
    """The text with a capital at its beginning, as a headline has it; a word such as `iPhone` stays."""
    first = said.split(" ", 1)[0]
    return said if first[1:] != first[1:].lower() else said[:1].upper() + said[1:]


def full_stop(said: str) -> str:
    """The text as a sentence."""
    if not said or said[-1] in _ENDS or said[-1] in "”»)":
        return said
    return said + ("。" if dense(said) else ".")
