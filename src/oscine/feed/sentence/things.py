"""What a clause speaks of: an account, a tag, a word, a language, a tone, a form, a dial, or else a topic in free words.

Two things at once ("pictures of birds", "gardening in French") are two wishes where more is wanted. Where less is wanted they are not read: less of either
would be more than was said. It does not know in what degree they are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import regex

from oscine import text
from oscine.feed.sentence.lexicon import Lexicon, Named
from oscine.feed.sentence.peeled import core, layers

MOST_WORDS, MOST_SIGNS = 6, 24  # of a topic; letters where there are no spaces
MOST_BARE = 3  # words of a topic that stands alone


class Thing(NamedTuple):
    """`name` is None where `begin` to `end` is a topic. `framed` tells that a language was named as one posts are written in: "in French"."""

    begin: int
    end: int
    name: Named | None
    framed: bool = False


def things(lexicon: Lexicon, folded: str, begin: int, end: int, several: bool) -> list[Thing]:
    """What a stretch speaks of; nothing where that is not understood. `several` allows more than one thing."""
    for start, stop in layers(lexicon, folded, begin, end):
        if one := _one(lexicon, folded, start, stop):
            return [one]
        if called := next(_called(lexicon, folded, start, stop), None):
            return [called]
        if two := next(_two(lexicon, folded, start, stop), None):
            return list(two) if several else []
    start, stop = core(lexicon, folded, begin, end)
    if dial := lexicon.dial_within(folded, start, stop):
        return [Thing(start, stop, dial)]
    return [Thing(start, stop, None)] if start < stop and _is_topic(lexicon, folded[start:stop]) else []


def says_nothing(lexicon: Lexicon, said: str) -> bool:
    """Whether some words only lead to what is said: "can I"."""
    return lexicon.spaced and all(text.is_stop_word(word, lexicon.lang) for word in said.split())


def may_stand_alone(lexicon: Lexicon, folded: str, topic: Thing) -> bool:
    """Whether a topic of which no degree is said may be meant as one: a few words, none of them of a sentence about something else."""
    said = folded[topic.begin : topic.end]
    if not lexicon.spaced:
        return bool(regex.fullmatch(r"[\p{Han}\p{Katakana}ー・の\w--[\p{Hiragana}]]+", said, regex.V1))
    words = said.split()
    return len(words) <= MOST_BARE and not any(
        text.is_stop_word(word, lexicon.lang) and not lexicon.words["joins"].fullmatch(word) for word in words
    )


def _one(lexicon: Lexicon, folded: str, begin: int, end: int) -> Thing | None:
    said = folded[begin:end]
    if sign := _SIGNED.fullmatch(said):
        kind = "author" if said[0] == "@" else "tag" if said[0] == "#" else "word"
        return Thing(begin + 1, end - (kind == "word"), Named(kind, "")) if sign else None
    if framed := lexicon.words["in_language"].fullmatch(said):
        return Thing(begin, end, Named("lang", lexicon.language(framed["language"])), framed=True)
    if named := lexicon.words["language"].fullmatch(said):
        return Thing(begin, end, Named("lang", lexicon.language(named["language"])))
    return Thing(begin, end, name) if (name := lexicon.named(said)) else None


def _called(lexicon: Lexicon, folded: str, begin: int, end: int) -> Iterator[Thing]:
    """What is announced as a word or as a tag: "the word spoiler", "the hashtag #spoiler"."""
    for kind in ("tag", "word"):
        if announced := lexicon.words[kind].match(folded, begin, end):
            first, last = core(lexicon, folded, announced.end(), end)
            if _SIGNED.fullmatch(folded, first, last) and (signed := _one(lexicon, folded, first, last)):
                yield signed
            elif announced.end() < first < last and not (kind == "tag" and " " in folded[first:last]):
                yield Thing(first, last, Named(kind, ""))


def _two(lexicon: Lexicon, folded: str, begin: int, end: int) -> Iterator[tuple[Thing, Thing]]:
    """A thing and its language; a form and its topic, in the order of the language."""
    for place in _breaks(lexicon, folded, begin, end):
        first, second = core(lexicon, folded, begin, place), core(lexicon, folded, place, end)
        if first[0] == first[1] or second[0] == second[1]:
            continue
        pair = (_one(lexicon, folded, *first), _one(lexicon, folded, *_trim(folded, place, end)) or _one(lexicon, folded, *second))
        if _fit(pair, lexicon, folded, place, end):
            yield pair[0] or Thing(*first, None), pair[1] or Thing(*second, None)


def _trim(folded: str, begin: int, end: int) -> tuple[int, int]:
    while begin < end and folded[begin].isspace():
        begin += 1
    return begin, end


def _fit(pair: tuple[Thing | None, Thing | None], lexicon: Lexicon, folded: str, place: int, end: int) -> bool:
    """Whether two stretches are two things: the later a language or an author, or one of them a form and "of" between them."""
    first, second = pair
    if second and second.name and (second.framed or second.name.kind == "author"):
        return True
    joined = bool(lexicon.words["of"].match(folded, _trim(folded, place, end)[0], end)) or not lexicon.spaced
    a_form = next((thing for thing in pair if thing and thing.name and thing.name.kind == "form"), None)
    return joined and a_form is not None and (first is None or second is None)


def _breaks(lexicon: Lexicon, folded: str, begin: int, end: int) -> Iterator[int]:
    pattern = r"\s+" if lexicon.spaced else r"(?=の|で)"
    return (found.start() for found in regex.finditer(pattern, folded, pos=begin + 1, endpos=end))


def _is_topic(lexicon: Lexicon, said: str) -> bool:
    if lexicon.words["vague"].fullmatch(said) or not regex.search(r"[\p{L}\p{N}\p{Emoji_Presentation}]", said):
        return False
    return len(said.split()) <= MOST_WORDS if lexicon.spaced else len(said) <= MOST_SIGNS


_SIGNED = regex.compile(r"@[a-z0-9_][a-z0-9_.\-]*(?:@[a-z0-9_.\-]+)?|#\w+|\"[^\"]+\"|'[^']{2,}'")
