"""What is left of some words without those at both ends that carry nothing: "posts about the cats please" is "cats"."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from oscine.feed.sentence.lexicon import Lexicon

_EDGES = regex.compile(r"[\s,.;:!?\-–—~・…]+")
_END = regex.compile(r"[\s,.;:!?\-–—~・…]+$")


def layers(lexicon: Lexicon, folded: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch, and what is left of it as layer after layer goes: first at its beginning, then at its end."""
    begin, end = _trimmed(folded, begin, end)
    while begin < end:
        yield begin, end
        front = lexicon.words["peel"].match(folded, begin, end)
        back = None if front else lexicon.closing.search(folded, begin, end)
        if not front and not back:
            return
        begin, end = _trimmed(folded, front.end() if front else begin, back.start() if back else end)


def core(lexicon: Lexicon, folded: str, begin: int, end: int) -> tuple[int, int]:
    """What is left at last, or an empty stretch."""
    last = [(end, end), *layers(lexicon, folded, begin, end)][-1]
    return (end, end) if _gone(lexicon, folded, *last) else last


def _gone(lexicon: Lexicon, folded: str, begin: int, end: int) -> bool:
    """Whether what is left is itself a layer."""
    words = lexicon.words
    return begin >= end or any(words[name].fullmatch(folded, begin, end) for name in ("peel", "tail"))


def _trimmed(folded: str, begin: int, end: int) -> tuple[int, int]:
    if edge := _EDGES.match(folded, begin, end):
        begin = edge.end()
    if edge := _END.search(folded, begin, end):
        end = edge.start()
    return begin, end
