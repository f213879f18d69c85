"""From brand colours to the palette of a picture: paper, tint, ink, accent, all legible where they carry words.

Colours are reckoned in OKLCH (Ottosson 2020), where equal steps of lightness look equal; what the screen cannot show loses chroma, never hue.
Contrast is WCAG 2.2's. The palette promises contrast on plain grounds; on photos it is measured elsewhere, on the pixels.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

AA = 4.5  # WCAG 2.2, 1.4.3: the contrast of text; held for large text too, which needs 3 only
SAFE = 4.7  # asked for here, since what is drawn has whole bytes a channel
GREY = 0.03  # chroma below which a colour has no hue worth keeping
HEX = re.compile(r"#[0-9a-fA-F]{6}")


class Colour(NamedTuple):
    """OKLCH: lightness 0 to 1, chroma 0 to about 0.37, hue in degrees."""

    light: float
    chroma: float
    hue: float

    def hex(self) -> str:
        """`#rrggbb`; chroma gives way until the screen can show it."""
        chroma = self.chroma
        rgb = _linear(self.light, chroma, self.hue)
        while chroma > 0.001 and not all(-0.0005 <= value <= 1.0005 for value in rgb):
            chroma *= 0.96
            rgb = _linear(self.light, chroma, self.hue)
        return "#" + "".join(f"{round(255 * _gamma(min(1.0, max(0.0, value)))):02x}" for value in rgb)

    def at(self, light: float, most_chroma: float = 1.0) -> Colour:
        """The same hue at another lightness."""
        return Colour(light, min(self.chroma, most_chroma), self.hue)


def _linear(light: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    l3 = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m3 = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s3 = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
        -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
        -0.0041960863 * l3 - 0.7034186147 * m3 + 1.7076147010 * s3,
    )


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * float(value ** (1 / 2.4)) - 0.055


def _light(byte: int) -> float:
    value = byte / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def channels(colour: str) -> tuple[int, int, int]:
    """The bytes of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def read(colour: str) -> Colour:
    """OKLCH of `#rrggbb`."""
    r, g, b = (_light(byte) for byte in channels(colour))
    l1 = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    m1 = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s1 = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    light = 0.2104542553 * l1 + 0.7936177850 * m1 - 0.0040720468 * s1
    a = 1.9779984951 * l1 - 2.4285922050 * m1 + 0.4505937099 * s1
    second = 0.0259040371 * l1 + 0.7827717662 * m1 - 0.8086757660 * s1
    return Colour(light, math.hypot(a, second), math.degrees(math.atan2(second, a)) % 360)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, as WCAG defines it."""
    r, g, b = (_light(byte) for byte in channels(colour))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def legible(colour: Colour, ground: str, least: float = SAFE) -> str:
    """The colour as near as can be to what was asked, with enough contrast on a ground; black or white at worst."""
    away = -1 if luminance(ground) > 0.18 else 1
    for step in range(100):
        found = colour.at(min(1.0, max(0.0, colour.light + away * step * 0.01))).hex()
        if contrast(found, ground) >= least:
            return found
    return "#000000" if away < 0 else "#ffffff"


class Mood(NamedTuple):
    """What of a mood bears on colour: its own where the brand gives none, warmth -1 to 1, strength of chroma, the accent's hue and chroma."""

    colour: str
    warmth: float
    chroma: float
    accent: float
    pale: float


def _apart(one: float, other: float) -> float:
    """Degrees between two hues."""
    return abs((one - other + 180) % 360 - 180)


def brands(colours: Sequence[str], mood: Mood) -> tuple[Colour, Colour]:
    """The brand's colour and its accent: the first given that has a hue, the next that differs, or what the mood makes of the first."""
    given = [read(colour) for colour in colours if HEX.fullmatch(colour)]
    hued = [colour for colour in given if colour.chroma > GREY]
    first = hued[0] if hued else (given[0] if given else read(mood.colour))
    others = [colour for colour in hued[1:] if _apart(colour.hue, first.hue) > 30]
    near = _apart(mood.accent, first.hue) < 35 and first.chroma > GREY
    own = Colour(0.78, mood.pale, (first.hue + 150) % 360 if near else mood.accent)
    return first, others[0] if others else own


def _paper(brand: Colour, mood: Mood) -> Colour:
    """Off-white: of the brand's hue, or warmed or cooled by the mood."""
    hue = brand.hue if abs(mood.warmth) < 0.3 else (75.0 if mood.warmth > 0 else 245.0)
    return Colour(0.975, 0.014 * mood.chroma, hue)


def palette(colours: Sequence[str], mood: Mood, scheme: str) -> dict[str, str]:
    """Each role's colour as `#rrggbb`, for one of four schemes: `light`, `tint`, `bold` (on the brand's colour), `dark`."""
    brand, accent = brands(colours, mood)
    paper = _paper(brand, mood)
    strength = min(0.19, brand.chroma * mood.chroma)
    tinted = Colour(0.9, min(0.06, strength), brand.hue)
    deep = Colour(0.25, min(0.07, strength), brand.hue)
    strong = Colour(min(0.62, max(0.4, brand.light)), brand.chroma, brand.hue)
    pale = Colour(0.87, min(0.11, accent.chroma), accent.hue)
    field, shape, second = {
        "light": (paper, tinted, pale),
        "tint": (tinted.at(0.93, 0.04), Colour(0.8, min(0.1, strength), brand.hue), pale.at(0.9)),
        "bold": (strong, strong.at(strong.light - 0.07), Colour(0.82, min(0.14, accent.chroma), accent.hue)),
        "dark": (deep, deep.at(0.34, 0.09), Colour(0.46, min(0.13, strength), brand.hue)),
    }[scheme]
    ground = field.hex()
    ink = legible(Colour(0.24, 0.035, brand.hue) if luminance(ground) > 0.18 else Colour(0.975, 0.012, paper.hue), ground, 7.0)
    soft = legible(Colour(0.43, 0.03, brand.hue) if luminance(ground) > 0.18 else Colour(0.9, 0.02, paper.hue), ground)
    button = {"light": strong, "tint": strong, "bold": paper, "dark": pale}[scheme]
    face = button.hex()
    label = legible(Colour(0.99, 0.005, paper.hue) if luminance(face) < 0.18 else Colour(0.25, 0.06, brand.hue), face)
    veil = Colour(0.17, min(0.04, strength), brand.hue).hex()
    return {
        "field": ground, "ink": ink, "soft": soft, "brand": legible(strong, ground) if scheme in ("light", "tint") else ink,
        "button": face, "label": label, "shape": shape.hex(), "shape2": second.hex(), "spot": {"light": tinted.at(0.94), "tint": paper}.get(scheme, pale).hex(),
        "solid": (strong if scheme in ("light", "tint") else accent.at(0.7, 0.15)).hex(), "depth": deep.hex(),
        "soil": strong.at(min(0.78, strong.light + 0.16), 0.12).hex(),
        "hair": Colour((read(ground).light + read(ink).light) / 2, 0.02, brand.hue).hex(),
        "veil": veil, "on-veil": Colour(0.985, 0.008, paper.hue).hex(), "plate": "#ffffff",
    }  # fmt: skip
