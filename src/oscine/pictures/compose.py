"""Pictures composed, not generated: words, brand colours, a photo or an illustration, set by one of six layouts in any size.

Each candidate layout is tried in the order that mood and seed give. What comes out has been measured: every text is at least as large as its
format asks, whole, and has WCAG AA contrast on the very pixels it covers. It judges neither truth nor taste of the words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from oscine.errors import InputError, TooLarge
from oscine.pictures import check, moods, symbols
from oscine.pictures.alt import alt
from oscine.pictures.moods import Near
from oscine.pictures.render import Brief, render
from oscine.pictures.sizes import Size

WITH_PHOTO = ("split", "veil", "frame", "card")
WITH_SYMBOL = ("type", "card", "frame", "pattern")
WITH_NEITHER = ("type", "pattern")
LONGEST = 400  # characters of any one text


class Words(NamedTuple):
    """What a picture says; `lang` is an ISO 639-1 code, or empty."""

    headline: str
    body: str = ""
    action: str = ""
    brand: str = ""
    lang: str = ""


class Art(NamedTuple):
    """What there is to make it of: files as bytes, colours `#rrggbb` most telling first, what it is about and for whom in plain words."""

    photo: bytes | None = None
    logo: bytes | None = None
    background: bytes | None = None
    colours: tuple[str, ...] = ()
    topic: str = ""
    audience: str = ""


class Composed(NamedTuple):
    """The picture, its layout, the lowest contrast and the smallest letters (px) measured, a text for who does not see it, what a machine made."""

    png: bytes
    layout: str
    contrast: float
    smallest: float
    alt: str
    generated: tuple[str, ...]


def compose(words: Words, art: Art, size: Size, seed: int = 0, near: Near | None = None) -> Composed:
    """The first layout that holds the words legibly, of those that suit the audience; the same for the same arguments.

    Raises `TooLarge` for words that the size cannot hold, `InputError` for a character without a typeface or a picture that cannot be read.
    """
    words = Words(*(clean(one) for one in words))
    if not words.headline:
        raise InputError("A picture needs a headline.", "Give one.")
    brief = _brief(words, art, size, seed, near)
    for layout, scheme in order(brief, seed):
        found = render(brief, layout, scheme)
        if found:
            said = [words._asdict()[kind] for kind in found.shown]
            line = alt(said, [symbol.called(words.lang) for symbol in brief.symbols[:1]], brief.photo is not None)
            generated = ("layout", "background") if art.background and not art.photo else ("layout",)
            return Composed(found.png, layout, found.contrast, found.smallest, line, generated)
    raise TooLarge(
        f"The words are too long for {size.name}: they would be smaller than {size.smallest:g} px.",
        f"Shorten “{words.headline[:60]}” or the body.",
    )


def _brief(words: Words, art: Art, size: Size, seed: int, near: Near | None) -> Brief:
    """What is settled before a layout is tried: pictures opened, mood and illustrations chosen."""
    given = art.photo or art.background
    photo = check.opened(given) if given else None
    logo = check.opened(art.logo) if art.logo else None
    mood = moods.choose(art.audience, art.topic, seed, near)
    drawn = [] if photo else symbols.chosen(art.topic or f"{words.headline} {words.body}", 3, words.lang, near)
    if drawn:
        turn = (list(moods.moods()).index(mood.name) + seed) % len(drawn)  # what is shown large differs with mood and seed
        drawn = [*drawn[turn:], *drawn[:turn]]
    texts = {kind: text for kind, text in words._asdict().items() if kind != "lang"}
    return Brief(texts, words.lang, size, mood, art.colours, photo, logo, drawn, Random(f"{seed}|{art.audience}|{art.topic}"))


def clean(text: str) -> str:
    """A text of one line, without what is not written. Raises `InputError`."""
    kept = "".join(character if unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn") else " " for character in text)
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    if len(line) > LONGEST:
        raise InputError(f"A text of {len(line)} characters is too long for a picture.", f"The most is {LONGEST}.")
    return line


def order(brief: Brief, seed: int) -> Iterator[tuple[str, str]]:
    """Layouts with their schemes: the mood's favourite first for seed 0, its next for each seed after, then those that it does not like."""
    possible = WITH_PHOTO if brief.photo else WITH_SYMBOL if brief.symbols else WITH_NEITHER
    liked = [layout for layout in brief.mood.layouts if layout in possible]
    turn = seed % len(liked)
    ordered = [*liked[turn:], *liked[:turn], *(layout for layout in possible if layout not in liked)]
    schemes = brief.mood.schemes
    for row, layout in enumerate(ordered):
        yield layout, schemes[(seed // len(liked) + turn + row) % len(schemes)]


def layouts() -> Sequence[str]:
    """The names of all layouts."""
    return tuple(dict.fromkeys((*WITH_PHOTO, *WITH_SYMBOL)))
