"""A page's pictures and colours, as its marks and style blocks tell: no picture is loaded, no outside style sheet read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from colorsys import hls_to_rgb, rgb_to_hls
from typing import Literal, NamedTuple
from urllib.parse import urljoin, urlsplit

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from oscine.ads.creatives.blocks import line

MOST_PICTURES, MOST_COLOURS = 12, 8
GREY = 0.12  # how far apart the parts of a colour are, of 1, below which it is a grey
_COLOUR = regex.compile(r"#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b|\b(rgb|hsl)a?\(([^()]{3,60})\)", regex.IGNORECASE)
_PROPERTY = regex.compile(r"--([\w-]{1,60})\s*:\s*([^;{}]{3,60})")
_TELLING = regex.compile(r"brand|primary|accent|main|theme|secondary|highlight|cta|button", regex.IGNORECASE)
_NUMBER = regex.compile(r"-?\d+(?:\.\d+)?")
_LOGO = regex.compile(r"logo|wordmark", regex.IGNORECASE)
_ICON = regex.compile(r"icon|sprite|pixel|badge|avatar|flag|emoji|spinner", regex.IGNORECASE)
_SMALL = 64  # pixels: what is smaller is an icon


class Picture(NamedTuple):
    """A picture that the page shows, by its address and the words that stand for it."""

    url: str
    alt: str
    kind: Literal["photo", "logo", "icon"]


def pictures(tree: LexborHTMLParser, url: str, told: tuple[str, ...], logos: tuple[str, ...]) -> tuple[Picture, ...]:
    """The page's pictures: what it names as its own first, then those in its body, each address once."""
    marked = [Picture(address, "", "photo") for address in told] + [Picture(address, "", "logo") for address in logos]
    shown = [_picture(node) for node in tree.css("img[src]")]
    icons = [Picture(node.attributes.get("href") or "", "", "icon") for node in tree.css("link[rel~=icon], link[rel~=apple-touch-icon]")]
    alts = {_absolute(url, picture.url): picture.alt for picture in shown}
    found: dict[str, Picture] = {}
    for picture in (*marked, *shown, *icons):
        address = _absolute(url, picture.url)
        if address:
            found.setdefault(address, Picture(address, picture.alt or alts.get(address, ""), picture.kind))
    return tuple(found.values())[:MOST_PICTURES]


def _absolute(url: str, address: str) -> str:
    try:
        whole = urljoin(url, address.strip())
        scheme = urlsplit(whole).scheme
    except ValueError:
        return ""
    return whole if scheme in ("http", "https", "") and whole and len(whole) < 2_000 else ""


def _picture(node: LexborNode) -> Picture:
    told = {name: value or "" for name, value in node.attributes.items()}
    words = " ".join(told.get(name, "") for name in ("class", "id", "src", "alt"))
    sizes = [int(size) for name in ("width", "height") if (size := told.get(name, "").removesuffix("px")).isdecimal() and len(size) < 6]
    small = bool(sizes) and min(sizes) < _SMALL
    kind: Literal["photo", "logo", "icon"] = "logo" if _LOGO.search(words) else "icon" if small or _ICON.search(words) else "photo"
    return Picture(told["src"], line(told.get("alt", ""))[:300], kind)


def colours(tree: LexborHTMLParser) -> tuple[str, ...]:
    """The page's colours as `#rrggbb`, most telling first: its theme, properties named for the brand, then by use; greys last."""
    styles = "\n".join(
        [*(node.text() for node in tree.css("style")), *(node.attributes.get("style") or "" for node in tree.css("[style]"))]
    )
    weights: Counter[str] = Counter()
    for node in tree.css("meta[name=theme-color]"):
        weights.update(dict.fromkeys(_colours(node.attributes.get("content") or ""), 1_000))
    for name, value in _PROPERTY.findall(styles):
        weights.update(dict.fromkeys(_colours(value), 100 if _TELLING.search(name) else 10))
    weights.update(_colours(styles))
    return tuple(sorted(weights, key=lambda colour: (_grey(colour), -weights[colour])))[:MOST_COLOURS]


def _colours(style: str) -> Iterator[str]:
    for found in _COLOUR.finditer(style):
        numbers = [float(number) for number in _NUMBER.findall(found[2] or "")]
        if not found[1]:
            digits = found[0][1:7].lower()
            yield "#" + ("".join(digit * 2 for digit in digits[:3]) if len(digits) < 6 else digits)
        elif len(numbers) >= 3:
            yield _hex(numbers, found[1].lower())


def _hex(numbers: list[float], kind: str) -> str:
    if kind == "hsl":
        hue, saturation, light = numbers[0] / 360 % 1, min(numbers[1] / 100, 1), min(numbers[2] / 100, 1)
        numbers = [255 * part for part in hls_to_rgb(hue, max(light, 0), max(saturation, 0))]
    return "#" + "".join(f"{min(255, max(0, round(part))):02x}" for part in numbers[:3])


def _grey(colour: str) -> bool:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    _, light, _ = rgb_to_hls(red, green, blue)
    return max(red, green, blue) - min(red, green, blue) < GREY or not 0.04 < light < 0.97
