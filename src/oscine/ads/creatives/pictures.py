"""An ad's pictures: its words, and what its page has to show, composed in every size and signed.

The pictures given are checked before anything is made of them. It neither fetches nor keeps a picture, and knows nothing of how one is laid out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from oscine.ads.creatives.page import Page, sentences
from oscine.errors import InputError, TooLarge
from oscine.pictures import check, symbols
from oscine.pictures.compose import Art, Composed, Words, compose
from oscine.pictures.moods import Near
from oscine.pictures.provenance import Made
from oscine.pictures.sizes import SIZES, Size

LONGEST_TOPIC = 500  # characters
VOTERS = 25  # passages that are asked which drawing they fit
AGREED = 4.0  # votes; below, they fit nothing in particular
Signer = Callable[[bytes, Made], bytes]


class Look(NamedTuple):
    """What a set of pictures shows: the words, the checked photo and logo, colours, what it is about and whom it is for; `model` drew the background."""

    words: Words
    art: Art
    seed: int = 0
    model: str = ""


class Drawn(NamedTuple):
    """One picture, and what is to be known of it: lowest contrast of its text (WCAG), smallest text in pixels, what in it a machine made."""

    size: Size
    png: bytes
    alt: str
    layout: str
    contrast: float
    smallest: float
    generated: tuple[str, ...]
    signed: bool


def topic(page: Page, near: Near | None = None) -> str:
    """What a page is about, for choosing an illustration: the name of the drawing that its passages agree on, where meaning can be told.

    Else its title, product and description, without the name of the site.
    """
    told = " ".join(dict.fromkeys(filter(None, (page.title, page.product, page.description))))
    told = " ".join((told.replace(page.site, " ").strip(" |–—-·:") or told).split())[:LONGEST_TOPIC] if page.site else told[:LONGEST_TOPIC]
    if near is None:
        return told
    votes: dict[str, float] = defaultdict(float, {symbol.called(page.lang): 2.0 for symbol in symbols.chosen(told, 3, page.lang, near)})
    for passage in page.passages[:VOTERS]:
        for rank, symbol in enumerate(symbols.chosen(passage.text, 2, page.lang, near)):
            votes[symbol.called(page.lang)] += 1 / (rank + 1)
    best = max(votes.items(), key=lambda vote: vote[1], default=("", 0.0))
    return best[0] if best[1] >= AGREED else told


def sizes(names: Sequence[str]) -> list[Size]:
    """The sizes of these names; all where none is named. Raises `InputError`."""
    if unknown := set(names) - SIZES.keys():
        raise InputError(f"There is no size {', '.join(sorted(unknown))}.", f"Sizes are {', '.join(SIZES)}.")
    return [SIZES[name] for name in names] or list(SIZES.values())


def given(data: bytes | None) -> bytes | None:
    """A picture that somebody gave, as PNG, once it passed the checks. Raises `InputError`."""
    return check.checked(data).png if data else None


def draw(look: Look, wanted: Sequence[Size], sign: Signer | None, near: Near | None = None) -> tuple[list[Drawn], list[str]]:
    """One picture for each size, and a note for each size that is too small for the headline. Raises `TooLarge` where all are."""
    drawn, notes = list[Drawn](), list[str]()
    for size in wanted:
        try:
            made = _fitting(look, size, near)
        except TooLarge as error:
            if not drawn and size == wanted[-1]:
                raise
            notes.append(f"{size.name} was left out: {error.what}")
            continue
        png = sign(made.png, _told(look)) if sign else made.png
        drawn.append(Drawn(size, png, made.alt, made.layout, made.contrast, made.smallest, made.generated, sign is not None))
    return drawn, notes


def _fitting(look: Look, size: Size, near: Near | None) -> Composed:
    *longer, shortest = _shorter(look.words)
    for words in longer:
        with suppress(TooLarge):
            return compose(words, look.art, size, look.seed, near)
    return compose(shortest, look.art, size, look.seed, near)


def _shorter(words: Words) -> Iterator[Words]:
    """The words, ever fewer: the body loses its last sentences, then the brand goes, then the call to action."""
    said = sentences(words.body)
    for kept in range(len(said), 0, -1):
        yield words._replace(body=" ".join(said[:kept]))
    yield words._replace(body="")
    yield words._replace(body="", brand="")
    yield words._replace(body="", brand="", action="")


def _told(look: Look) -> Made:
    """What the manifest says of a picture."""
    given = tuple(filter(None, (look.art.photo, look.art.logo)))
    return Made("photo" if look.art.photo else "background" if look.model else "composed", look.words.headline, look.model, given)
