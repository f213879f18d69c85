"""Are the names of a sentence those of its posts? People, places, organisations, handles.

A name is a word written as one: with a capital where the language has none for common words, or a place or people that the lists know. German
writes every noun so: there a noun is no name if it is frequent, follows an article, or ends as nouns do. It does not know who bears a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

import regex

from oscine import text
from oscine.evidence import lexicon, reading
from oscine.evidence.reading import Word

SHORTEST_INSIDE = 4  # letters of a name that is looked for inside a handle or hashtag
MISSPELLED, LONG = 0.88, 7  # how alike a name and its misspelling are, and from how many letters on that counts
SPELLED_ALIKE = 0.8  # how alike two spellings of one name are in two languages, of 1
_GERMAN_NOUN = regex.compile(
    r".{3,}(?:ung|heit|keit|schaft|tion|ismus|tum|nis|lein|chen|ungen|keiten|heiten|tionen|schaften|stellung|lust|ruhe|gang|werk)s?$"
)
_GERMAN_ARTICLE = frozenset(
    (
        "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner mein meine meinen seine seinen seinem seiner ihr"
        " ihre ihren ihrem ihrer unser unsere im am zum zur vom beim ins ans dieser diese dieses diesen jeder jede jedes jeden alle viele wenige mehr"
    ).split()
)
_GERMAN_ADJECTIVE = regex.compile(r"^\p{Ll}{3,}(?:e|en|er|es|em)$")


_COMPASS = frozenset(("east+", "east-", "north+", "north-"))


class Known(NamedTuple):
    """The names that posts hold, in the ways in which they may be written."""

    forms: frozenset[str]
    stems: frozenset[str]
    capitals: frozenset[str]
    handles: str
    places: frozenset[str]
    compass: frozenset[str]
    foreign: bool


def known(said: str, lang: str, foreign: bool) -> Known:
    """What may be named on the strength of `said`, the posts with their authors; `foreign`: in a sentence of another language."""
    found = reading.words(said)
    forms = {part for word in found for part in (word.form, *regex.split(r"['’&.\-]", word.form))}
    forms |= {token.exact.removesuffix("'s") for token in text.tokens(said, lang)}
    handles = " ".join(reading.squeezed(word.raw) for word in found if word.raw[0] in "@#" or regex.search(r"\p{Ll}\p{Lu}|_|\d", word.raw))
    capitals = frozenset(part for word in found for part in regex.findall(r"\p{Lu}{2,}", word.raw.replace(".", "")))
    stems = {text.stem(form, lang) for form in forms}
    compass = frozenset(end for form in forms for end in lexicon.scales(lang).find(form)) & _COMPASS
    return Known(frozenset(forms), frozenset(stems), capitals, f"{handles} {_credited(said)}", _places(said, capitals), compass, foreign)


def _credited(said: str) -> str:
    return " ".join(reading.squeezed(part) for part in said.split("\n")[:1])


def unknown(sentence: str, lang: str, posts: Known) -> str:
    """The first name of a sentence that its posts do not hold, or nothing."""
    for run in named(sentence, lang):
        if len(run) > 1 and (_initials(run) in posts.capitals or _place(run) & posts.places or _squeezed(run) in posts.handles):
            continue
        for word in run:
            if not _holds(posts, word, lang):
                return word.raw
    return ""


def named(sentence: str, lang: str) -> Iterator[list[Word]]:
    """The names of a sentence, each as its words."""
    run: list[Word] = []
    before: Word | None = None
    found = reading.words(sentence)
    for index, word in enumerate(found):
        if _is_name(found, index, lang, bool(run) and run[-1].capital):
            if run and before and sentence[before.end : word.start].strip(" .'’-"):
                yield run
                run = []
            run.append(word)
        elif run:
            yield run
            run = []
        before = word
    if run:
        yield run


def _is_name(found: Sequence[Word], index: int, lang: str, goes_on: bool) -> bool:
    word = found[index]
    if word.raw[0].isdigit() or word.form in lexicon.NO_CONTENT or word.form in lexicon.date_words() or len(word.form) < 2:
        return False
    if not word.capital:
        return (
            bool(lexicon.places()[0].longest(word.form))
            and not text.is_stop_word(word.form, lang)
            and not reading.ordinary(word.form, "en")
        )
    if word.raw[0] in "@＠" or (len(word.raw) > 1 and word.raw.isupper()):
        return True
    if word.opens and not goes_on and not lexicon.places()[0].longest(word.form):
        following = found[index + 1] if index + 1 < len(found) else None
        runs_on = following is not None and following.capital and not following.opens and lang != "de"
        return not reading.listed(word.form, lang) and (runs_on or not reading.ordinary(word.form, lang))
    if lang not in ("en", "de") and not goes_on and word.form in lexicon.ordinary(lang):
        return False
    return not (lang == "de" and not goes_on and _german_noun(found, index)) and word.form not in lexicon.kinds()


def _german_noun(found: Sequence[Word], index: int) -> bool:
    form = found[index].form
    if lexicon.places()[0].longest(form):
        return False
    if reading.ordinary(form, "de") or _GERMAN_NOUN.match(form) or _compound(form):
        return True
    return _after_article(found, index)


def _compound(form: str) -> bool:
    cuts = range(4, len(form) - 3)
    return any(
        reading.ordinary(form[cut:], "de") and any(reading.ordinary(form[:cut].removesuffix(glue), "de") for glue in ("", "s", "n", "en"))
        for cut in cuts
    )


def _after_article(found: Sequence[Word], index: int) -> bool:
    before = index - 1
    while before >= 0 and _GERMAN_ADJECTIVE.match(found[before].raw) and not text.is_stop_word(found[before].form, "de"):
        before -= 1
    return before >= 0 and found[before].form in _GERMAN_ARTICLE


def _holds(posts: Known, word: Word, lang: str) -> bool:
    short = word.raw.replace(".", "")
    place = lexicon.places()[0].longest(word.form) | {lexicon.places()[1].get(short, "")}
    if place & posts.places or short.rstrip("s") in posts.capitals or lexicon.scales(lang).find(word.form) & posts.compass:
        return True
    parts = [part for part in regex.split(r"['’&.\-]", word.form) if len(part) > 1] or [word.form]
    return (
        all(_holds_part(posts, part, lang) for part in parts)
        or (len(word.form) >= SHORTEST_INSIDE and reading.squeezed(word.raw) in posts.handles)
        or (short.isupper() and len(short) > 2 and short.lower() in posts.handles)
    )


def _holds_part(posts: Known, part: str, lang: str) -> bool:
    if part in posts.forms or part.rstrip("s") in posts.forms or part + "s" in posts.forms or text.stem(part, lang) in posts.stems:
        return True
    if len(part) >= SHORTEST_INSIDE and part in posts.handles:
        return True
    if len(part) >= LONG and any(_alike(part, form, MISSPELLED) for form in posts.forms):
        return True
    return posts.foreign and len(part) >= SHORTEST_INSIDE and any(_alike(part, form, SPELLED_ALIKE) for form in posts.forms)


def _alike(one: str, other: str, enough: float) -> bool:
    """Whether two words may be one name, in two languages or misspelled."""
    return one[0] == other[0] and len(other) >= SHORTEST_INSIDE and SequenceMatcher(None, one, other).ratio() >= enough


def _place(run: Sequence[Word]) -> set[str]:
    """The place that a name of several words is, its kind left out: `Casa Bianca`."""
    return lexicon.places()[0].whole(" ".join(word.form for word in run))


def _squeezed(run: Sequence[Word]) -> str:
    return reading.squeezed("".join(word.raw for word in run))


def _initials(run: Sequence[Word]) -> str:
    return "".join(word.raw.lstrip("@")[0] for word in run).upper()


def _places(said: str, capitals: frozenset[str]) -> frozenset[str]:
    forms, short = lexicon.places()
    found = {place for word in reading.words(said) for place in forms.longest(word.form)}
    folded = [word.form for word in reading.words(said)]
    found |= {place for pair in pairwise(folded) for place in forms.longest(" ".join(pair))}
    tags = {token.exact for token in text.tokens(said) if token.kind == "word"}
    found |= {place for tag in tags for place in forms.longest(tag)}
    return frozenset(found | {short[written] for written in capitals if written in short})
