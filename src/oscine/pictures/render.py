"""One layout, drawn and measured: what it is told, the files it draws, and the checks on the pixels that come out.

The order in which layouts are tried, and what is said when none will do, is `compose`'s.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from oscine.pictures import check, contrast, focus, fonts, palette
from oscine.pictures.moods import Mood
from oscine.pictures.sizes import Size
from oscine.pictures.symbols import Symbol
from oscine.pictures.typeset import Page

if TYPE_CHECKING:
    from PIL.Image import Image

VEILS = (0.3, 0.5, 0.7, 0.85, 1.0)  # how much of the words' part a photo leaves dark, until they are legible
BLACK_ON_WHITE = 21.0  # WCAG's highest contrast: told where there are no words
LARGEST_LOGO = 600  # px
LOGO = 2.5  # contrast with its ground below which a logo gets a plate
LANCZOS = 1  # as Pillow numbers its filters
ALOFT = frozenset(  # drawings that stand on nothing
    "airplane small-airplane helicopter rocket balloon kite parachute bird eagle dove bat butterfly honeybee sun sun-with-face full-moon crescent-moon "
    "star glowing-star shooting-star ringed-planet comet cloud rainbow sun-behind-cloud snowflake sparkles red-heart musical-note musical-notes owl parrot "
    "satellite flying-saucer fireworks party-popper umbrella fire high-voltage globe-showing-europe-africa globe-showing-americas".split()
)
LATIN = ("Latin", "Cyrillic", "Greek")


class Brief(NamedTuple):
    """All that is settled before a layout is tried; `texts` are headline, body, action and brand, empty where there is none."""

    texts: Mapping[str, str]
    lang: str
    size: Size
    mood: Mood
    colours: tuple[str, ...]
    photo: Image | None
    logo: Image | None
    symbols: list[Symbol]
    random: Random


class Rendered(NamedTuple):
    """A picture as PNG, the lowest contrast and the smallest letters (px; 0 where there are none) in it, the kinds of texts it shows."""

    png: bytes
    contrast: float
    smallest: float
    shown: tuple[str, ...]


def render(brief: Brief, layout: str, scheme: str) -> Rendered | None:
    """A layout drawn and measured; None where the words do not stand in it legibly."""
    with tempfile.TemporaryDirectory() as folder:
        page = Page(Path(folder))
        data = _data(brief, layout, scheme) | _put(page, brief)
        if brief.logo:
            data["plate"] = _plate(brief.logo, data["colours"]["veil" if layout == "veil" else "field"])
        told = page.told(data)
        if told["refused"]:
            return None
        texts = [contrast.Text(**text) for text in told["text"]]
        for veil in VEILS if layout == "veil" else VEILS[:1]:
            for box in page.told(data | {"veil": veil})["photo"]:
                _put_photo(page, brief, box)
            found = _measured(page, data | {"veil": veil, "cut": brief.photo is not None}, texts)
            if found:
                smallest = min((text.size for text in texts), default=0.0)
                return Rendered(found[0], round(found[1], 2), round(smallest, 1), tuple(text.kind for text in texts))
    return None


def _measured(page: Page, data: dict[str, Any], texts: list[contrast.Text]) -> tuple[bytes, float] | None:
    """The picture and its lowest contrast, where that is enough and no letter strays."""
    art, words = page.layer(data, "art"), page.layer(data, "words").convert("RGBA")
    covered = np.asarray(words.getchannel("A")) > 0
    under = np.asarray(art.convert("RGB"))
    least = min((contrast.lowest(text, under, covered) for text in texts), default=BLACK_ON_WHITE)
    if least < palette.AA or contrast.strays(texts, covered):
        return None
    whole = art.convert("RGBA")
    whole.alpha_composite(words)
    return check.encoded(whole.convert("RGB")), least


def _data(brief: Brief, layout: str, scheme: str) -> dict[str, Any]:
    """What the layout is told."""
    size, mood = brief.size, brief.mood
    return {
        "width": size.width, "height": size.height, "layout": layout, "cut": False, "photo": brief.photo is not None, "logo": None, "plate": None,
        "colours": palette.palette(brief.colours, mood.colours, scheme), "radius": mood.radius, "veil": VEILS[0], "symbols": len(brief.symbols),
        "aloft": [symbol.name in ALOFT for symbol in brief.symbols],
        "flip": brief.random.random() < 0.5, "dice": [brief.random.random() for _ in range(12)], **_type(brief),
    }  # fmt: skip


def _type(brief: Brief) -> dict[str, Any]:
    """The words and how they are set."""
    size, texts = brief.size, dict(brief.texts)
    small = size.height <= 100  # a strip has no room for a body
    if small:
        texts["body"] = ""
    setting = fonts.setting(texts["headline"] + texts["body"], brief.lang)
    pair, latin = fonts.pairings()[brief.mood.type], setting.script in LATIN
    japanese = setting.script in ("Hiragana", "Katakana") or (setting.script == "Han" and setting.lang == "ja")
    scale, least = (size.width * size.height) ** 0.5, size.smallest * 1.15
    return {
        "words": texts, "phrases": {kind: fonts.phrases(text) for kind, text in texts.items()} if japanese else None,
        "dir": "rtl" if setting.right_to_left else "ltr", "lang": setting.lang, "spaced": setting.spaced,
        "lines": setting.lines._asdict(), "optical": latin, "head": _face(pair["headline"], texts["headline"], latin),
        "text": _face(pair["text"], texts["body"] + texts["action"] + texts["brand"], latin),
        "scale": pair["scale"], "smallest": size.smallest, "largest": max(size.smallest, scale * 0.036),
        "headline": max(least, size.height * 0.4 if small else scale * 0.13), "least": least,
    }  # fmt: skip


def _face(face: dict[str, Any], text: str, latin: bool) -> dict[str, Any]:
    """A typeface as the layout wants it: families in order; other scripts in Noto's own weight and width."""
    families = fonts.faces(list(face["faces"]), text)
    own = families[0] in face["faces"]
    weight = face["weight"] if own else min(700, face["weight"]) if face["weight"] > 500 else 400
    return {"fonts": families, "weight": weight, "stretch": face["wide"] if own else 100, "tracking": face["tracking"] if latin else 0.0}


def _put(page: Page, brief: Brief) -> dict[str, Any]:
    """Illustrations and logo as the page's files; what the layout is to know of the logo: width by height."""
    for row, symbol in enumerate(brief.symbols):
        page.put(f"symbol{row}.svg", symbol.svg())
    if not brief.logo:
        return {}
    logo = brief.logo.copy()
    logo.thumbnail((LARGEST_LOGO, LARGEST_LOGO))
    page.put("logo.png", check.encoded(logo))
    return {"logo": logo.width / logo.height}


def _plate(logo: Image, ground: str) -> str | None:
    """The colour to set a logo on: none where it shows on the ground, else its own, or white or black as it shows better."""
    pixels = np.asarray(logo.convert("RGBA")).reshape(-1, 4)
    if pixels[:, 3].min() > 250:
        return "#" + bytes(pixels[0, :3]).hex()
    drawn = contrast.luminance(pixels[pixels[:, 3] > 128, :3])
    middle = float(np.median(drawn)) if len(drawn) else 0.0
    shows = {colour: abs(np.log((middle + 0.05) / (palette.luminance(colour) + 0.05))) for colour in (ground, "#ffffff", "#111111")}
    return None if shows[ground] > np.log(LOGO) else max(shows, key=lambda colour: shows[colour])


def _put_photo(page: Page, brief: Brief, box: dict[str, Any]) -> None:
    """The photo, cut to its box by what matters in it."""
    if brief.photo:
        part = focus.cut(brief.photo, box["w"], box["h"], tuple(box["clear"]))
        size = max(1, round(box["w"])), max(1, round(box["h"]))
        out = io.BytesIO()
        brief.photo.convert("RGB").resize(size, LANCZOS, box=part).save(out, "JPEG", quality=95, subsampling=0)
        page.put("photo.jpg", out.getvalue())
