"""What a rewritten text says that the first did not, and the other way round: numbers, names, links, denials.

Each sentence of the one is held against the whole of the other by `evidence`. It sees words, not meaning: a fact that has no number and no name may be
lost or twisted without its seeing it; between languages a name in another spelling may count as lost, and denials are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import regex

from oscine import text
from oscine.evidence import lexicon, names, negation, numbers, reading

Kind = Literal["number", "name", "link", "denial"]
_SENTENCE = regex.compile(r"[^.!?…。！？\n]+(?:[.!?…。！？]+(?!\s|$)[^.!?…。！？\n]+)*[.!?…。！？]*")


class Change(NamedTuple):
    """Something that is in one of two texts only: `added` by the rewriting, `lost` by it, or `turned` round where it denies."""

    kind: Kind
    what: Literal["added", "lost", "turned"]
    words: str


def changes(before: str, after: str) -> tuple[Change, ...]:
    """What changed from one text to the other, each once."""
    return tuple(dict.fromkeys([*_alone(after, before, "added"), *_alone(before, after, "lost"), *_turned(before, after)]))


def _alone(here: str, there: str, what: Literal["added", "lost"]) -> Iterator[Change]:
    """What `here` says and `there` does not."""
    lang, other = reading.language(here, None), reading.language(there, None)
    known = names.known(there, other, lang != other)
    for sentence in map(str.strip, _SENTENCE.findall(here)):
        if number := numbers.wrong(sentence, lang, [(there, other)], frozenset()):
            yield Change("number", what, number)
        if (name := names.unknown(sentence, lang, known)) and not _a_day(name):
            yield Change("name", what, name)
    links = {token.exact for token in text.tokens(there) if token.kind == "url"}
    for token in text.tokens(here):
        if token.kind == "url" and token.exact not in links:
            yield Change("link", what, here[token.start : token.end])


def _a_day(name: str) -> bool:
    """Whether a name is of a day or a month, which `numbers` compares in all languages."""
    form = text.fold(name)
    return any(each in lexicon.date_words() for each in (form, form.removesuffix("s")))


def _turned(before: str, after: str) -> Iterator[Change]:
    lang = reading.language(after, None)
    said = [(before, reading.language(before, None))]
    for sentence in map(str.strip, _SENTENCE.findall(after)):
        if lang == said[0][1] and sentence not in before and negation.problem(sentence, lang, "", said, None):
            yield Change("denial", "turned", sentence)
