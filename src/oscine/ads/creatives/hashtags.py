"""Hashtags out of a page's own words: its name, the names in it, what it speaks of most. None that a sensitive group is known by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import regex

from oscine import text
from oscine.ads.creatives.audiences import sensitive
from oscine.ads.creatives.page import Page
from oscine.ads.creatives.phrases import Phrase
from oscine.ads.creatives.words import words
from oscine.evidence import names, reading

SHORTEST, LONGEST = 4, 28  # characters of a hashtag
TITLE, HEADING, NAME = 3, 2, 2  # how many times a word counts there
ENOUGH = 3
MONEY = frozenset(("euro", "euros", "pound", "pounds", "dollar", "dollars"))
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


def hashtags(page: Page, phrases: Sequence[Phrase], lang: str, near: str, most: int) -> tuple[str, ...]:
    """At most so many, those that the text they stand under speaks of first."""
    weights: Counter[str] = Counter()
    for name in (page.site, page.product):
        weights.update({_camel(name): 5} if "." not in name else {})
    for phrase in (phrase for phrase in phrases if "quote" not in phrase.kinds):
        weights.update(dict.fromkeys(_named(phrase.text, lang), NAME))
        weights.update(dict.fromkeys(_topics(phrase.text, lang), HEADING if "heading" in phrase.kinds else 1))
    weights.update(dict.fromkeys(_topics(page.title, lang), TITLE))
    said = text.fold(near).replace(" ", "")
    usable = [tag for tag, weight in weights.items() if weight >= ENOUGH and _fits(tag) and not sensitive(_spaced(tag))]
    best = sorted(usable, key=lambda tag: -(weights[tag] + 4 * (text.fold(tag) in said)))
    chosen: list[str] = []
    for tag in best:
        if len(chosen) < most and not any(
            text.fold(tag)[:5] in text.fold(other) or text.fold(other)[:5] in text.fold(tag) for other in chosen
        ):
            chosen.append(tag)
    return tuple(f"#{tag}" for tag in chosen)


def _fits(tag: str) -> bool:
    shortest = SHORTEST if tag.isascii() else 2
    return shortest <= len(tag) <= LONGEST and not tag.isdigit() and tag.casefold() not in MONEY


def _camel(name: str) -> str:
    joint = "" if name.lower() != name.upper() else "_"  # in scripts without capitals
    return joint.join(word[:1].upper() + word[1:] for word in _WORD.findall(name.replace("’", "").replace("'", "")))


def _spaced(tag: str) -> str:
    return str(regex.sub(r"(?<=\p{Ll})(?=\p{Lu})", " ", tag))


def _named(said: str, lang: str) -> list[str]:
    """The names in a text; a single word that opens a sentence may be no name."""
    return [
        _camel(" ".join(word.raw for word in run))
        for run in names.named(said, lang)
        if len(run) in (2, 3) or (len(run) == 1 and not run[0].opens)
    ]


def _topics(said: str, lang: str) -> list[str]:
    """The nouns that not any text would hold: with a capital in German; elsewhere a word that an article or the like stands before."""
    found = reading.words(said)
    pairs = zip([None, *found], found, strict=False)
    nouns = [word for before, word in pairs if (word.capital if lang == "de" else before and before.form in words(lang).before)]
    return [_camel(word.raw) for word in nouns if len(word.form) > 4 and word.form.isalpha() and not reading.ordinary(word.form, lang)]
