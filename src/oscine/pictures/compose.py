"""Pictures composed, not generated: words, brand colours, a photo or an illustration, set by one of six layouts in any size.

Each candidate layout is tried in the order that mood and seed give. What comes out has been measured: every text is at least as large as its
format asks, whole, and has WCAG AA contrast on the very pixels it covers. It judges neither truth nor taste of the words.
"""

from __future__ import annotations

import io
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from oscine.errors import InputError
from oscine.pictures import check, contrast, focus, fonts, moods, palette, symbols
from oscine.pictures.alt import alt
from oscine.pictures.moods import Mood, Near
from oscine.pictures.sizes import Size
from oscine.pictures.typeset import Page

if TYPE_CHECKING:
    from PIL.Image import Image

WITH_PHOTO = ("split", "veil", "frame", "card")
WITH_SYMBOL = ("type", "card", "frame", "pattern")
WITH_NEITHER = ("type", "pattern")
VEILS = (0.3, 0.5, 0.7, 0.85, 1.0)  # how much of the words' part a photo leaves dark, until they are legible
LONGEST = 400  # characters of any one text
LARGEST_LOGO = 600  # px
LOGO = 2.5  # contrast with its ground below which a logo gets a plate
LANCZOS = 1  # as Pillow numbers its filters


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


class _Made(NamedTuple):
    """All that is settled before a layout is tried."""

    words: Words
    size: Size
    mood: Mood
    photo: Image | None
    logo: Image | None
    drawn: list[symbols.Symbol]
    random: Random
    colours: tuple[str, ...]


def compose(words: Words, art: Art, size: Size, seed: int = 0, near: Near | None = None) -> Composed:
    """The first layout that holds the words legibly, of those that suit the audience; the same for the same arguments.

    Raises `InputError` for a text that is too long for the size, a character without a typeface, or a picture that cannot be read.
    """
    words = Words(*(_clean(one) for one in words))
    if not words.headline:
        raise InputError("A picture needs a headline.", "Give one.")
    mood = moods.choose(art.audience, art.topic, seed, near)
    given = art.photo or art.background
    photo = check.opened(given) if given else None
    logo = check.opened(art.logo) if art.logo else None
    topic = art.topic or f"{words.headline} {words.body}"
    drawn = [] if photo else symbols.chosen(topic, 2, words.lang, near)
    made = _Made(words, size, mood, photo, logo, drawn, Random(f"{seed}|{art.audience}|{art.topic}"), art.colours)
    for layout, scheme in _order(made):
        found = _tried(made, layout, scheme)
        if found:
            return found._replace(generated=("layout", *(("background",) if art.background and not art.photo else ())))
    raise InputError(
        f"The words are too long for {size.name}: they would be smaller than {size.smallest:g} px.",
        f"Shorten “{words.headline[:60]}” or the body.",
    )


def _clean(text: str) -> str:
    """A text of one line, without what is not written. Raises `InputError`."""
    kept = "".join(character if unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn") else " " for character in text)
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    if len(line) > LONGEST:
        raise InputError(f"A text of {len(line)} characters is too long for a picture.", f"The most is {LONGEST}.")
    return line


def _order(made: _Made) -> Iterator[tuple[str, str]]:
    """Layouts with their schemes: those of the mood first, turned by chance so that another seed begins with another."""
    possible = WITH_PHOTO if made.photo else WITH_SYMBOL if made.drawn else WITH_NEITHER
    liked = [layout for layout in made.mood.layouts if layout in possible]
    turn = made.random.randrange(len(liked))
    ordered = [*liked[turn:], *liked[:turn], *(layout for layout in possible if layout not in liked)]
    schemes = list(made.mood.schemes)
    turn = made.random.randrange(len(schemes))
    for row, layout in enumerate(ordered):
        yield layout, schemes[(turn + row) % len(schemes)]


def _tried(made: _Made, layout: str, scheme: str) -> Composed | None:
    """A layout drawn and measured; None where the words do not stand in it legibly."""
    with tempfile.TemporaryDirectory() as folder:
        page = Page(Path(folder))
        data = _data(made, layout, scheme)
        _put(page, made, data)
        told = page.told(data)
        if told["refused"]:
            return None
        texts = [contrast.Text(**text) for text in told["text"]]
        for veil in VEILS if layout == "veil" else VEILS[:1]:
            for box in page.told(data | {"veil": veil})["photo"]:
                _put_photo(page, made, box)
            found = _measured(page, data | {"veil": veil, "cut": made.photo is not None}, texts)
            if found:
                png, least = found
                said = [made.words._asdict()[text.kind] for text in texts]
                line = alt(said, [symbol.called(made.words.lang) for symbol in made.drawn[:1]], made.photo is not None)
                return Composed(png, layout, round(least, 2), round(min(text.size for text in texts), 1), line, ())
    return None


def _measured(page: Page, data: dict[str, Any], texts: list[contrast.Text]) -> tuple[bytes, float] | None:
    """The picture and its lowest contrast, where that is enough and no letter strays."""
    art, words = page.layer(data, "art"), page.layer(data, "words").convert("RGBA")
    covered = np.asarray(words.getchannel("A")) > 0
    under = np.asarray(art.convert("RGB"))
    least = min(contrast.lowest(text, under, covered) for text in texts)
    if least < palette.AA or contrast.strays(texts, covered):
        return None
    whole = art.convert("RGBA")
    whole.alpha_composite(words)
    return check.encoded(whole.convert("RGB")), least


def _data(made: _Made, layout: str, scheme: str) -> dict[str, Any]:
    """What the layout is told."""
    words, size = made.words, made.size
    small = size.height <= 100
    shown = {"headline": words.headline, "body": "" if small else words.body, "action": words.action, "brand": words.brand}
    setting = fonts.setting(words.headline + words.body, words.lang)
    pair = fonts.pairings()[made.mood.type]
    scale, least = (size.width * size.height) ** 0.5, size.smallest * 1.15
    phrased = (
        {kind: fonts.phrases(text) for kind, text in shown.items()}
        if setting.script in ("Hiragana", "Katakana") or words.lang[:2] == "ja"
        else None
    )
    latin = setting.script in ("Latin", "Cyrillic", "Greek")
    return {
        "width": size.width, "height": size.height, "layout": layout, "cut": False, "photo": made.photo is not None,
        "dir": "rtl" if setting.right_to_left else "ltr", "lang": words.lang[:2] or ("en" if latin else ""), "spaced": setting.spaced,
        "lines": setting.lines._asdict(), "optical": latin, "words": shown, "phrases": phrased,
        "head": _face(pair["headline"], shown["headline"], latin), "text": _face(pair["text"], "".join(list(shown.values())[1:]), latin),
        "scale": pair["scale"], "smallest": size.smallest, "largest": max(size.smallest, scale * 0.036),
        "headline": max(least, size.height * 0.4 if small else scale * 0.13), "least": least,
        "colours": palette.palette(made.colours, made.mood.colours, scheme), "radius": made.mood.radius, "veil": VEILS[0],
        "flip": made.random.random() < 0.5, "dice": [made.random.random() for _ in range(12)], "symbols": len(made.drawn),
        "logo": None, "plate": None,
    }  # fmt: skip


def _face(face: dict[str, Any], text: str, latin: bool) -> dict[str, Any]:
    """A typeface as the layout wants it: families in order; other scripts in Noto's own weight and width."""
    families = fonts.faces(list(face["faces"]), text)
    own = families[0] in face["faces"]
    weight = face["weight"] if own else min(700, face["weight"]) if face["weight"] > 500 else 400
    return {"fonts": families, "weight": weight, "stretch": face["wide"] if own else 100, "tracking": face["tracking"] if latin else 0.0}


def _put(page: Page, made: _Made, data: dict[str, Any]) -> None:
    """Illustrations and logo as the page's files."""
    for row, symbol in enumerate(made.drawn):
        page.put(f"symbol{row}.svg", symbol.svg())
    if made.logo:
        logo = made.logo.copy()
        logo.thumbnail((LARGEST_LOGO, LARGEST_LOGO))
        page.put("logo.png", check.encoded(logo))
        data["logo"] = logo.width / logo.height
        data["plate"] = _plate(logo, data["colours"]["veil" if data["layout"] == "veil" else "field"])


def _plate(logo: Image, ground: str) -> str | None:
    """The colour to set a logo on: none where it shows on the ground, else its own, or white or black as it shows better."""
    pixels = np.asarray(logo.convert("RGBA")).reshape(-1, 4)
    if pixels[:, 3].min() > 250:
        return "#" + bytes(pixels[0, :3]).hex()
    drawn = contrast.luminance(pixels[pixels[:, 3] > 128, :3])
    middle = float(np.median(drawn)) if len(drawn) else 0.0
    shows = {colour: abs(np.log((middle + 0.05) / (palette.luminance(colour) + 0.05))) for colour in (ground, "#ffffff", "#111111")}
    return None if shows[ground] > np.log(LOGO) else max(shows, key=lambda colour: shows[colour])


def _put_photo(page: Page, made: _Made, box: dict[str, Any]) -> None:
    """The photo, cut to its box by what matters in it."""
    if made.photo:
        part = focus.cut(made.photo, box["w"], box["h"], tuple(box["clear"]))
        size = max(1, round(box["w"])), max(1, round(box["h"]))
        out = io.BytesIO()
        made.photo.convert("RGB").resize(size, LANCZOS, box=part).save(out, "JPEG", quality=95, subsampling=0)
        page.put("photo.jpg", out.getvalue())


def layouts() -> Sequence[str]:
    """The names of all layouts."""
    return tuple(dict.fromkeys((*WITH_PHOTO, *WITH_SYMBOL)))
