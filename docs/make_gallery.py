"""Draws the gallery of `docs/guides/pictures.md` into `docs/images/`, with what was measured on every picture: `python docs/make_gallery.py`.

Every picture is signed and its manifest read back. Photos: tests/pictures/photos (CC0).
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from oscine.pictures import fonts, provenance
from oscine.pictures.compose import Art, Composed, Words, compose
from oscine.pictures.request import picture
from oscine.pictures.sizes import SIZES, any_size

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs/images"
COFFEE = (ROOT / "tests/pictures/photos/coffee.jpg").read_bytes()
CAT = (ROOT / "tests/pictures/photos/chelsea.jpg").read_bytes()
PAPER, INK, GAP, WIDTH, CAPTION = "#f1f0ee", "#66625c", 24, 1640, 26

BIKES = Words("Ride to work, rested", "City bikes with a belt drive, serviced at your door. From 39 euros a month.", "See the bikes", "Velora", "en")
ROAST = Words("Slow mornings, strong coffee", "Roasted on Tuesday, at your door on Thursday.", "Taste it", "Haus Lindner", "en")
CATS = Words("Food that cats finish", "Fresh, grain-free, twice a week.", "Try a week", "Mika", "en")
GARDEN = Words("A garden on your balcony", "Herbs, tomatoes and flowers that grow in any box.", "Choose your seeds", "Grünwerk", "en")
SCRIPTS = {
    "Latin": Words("À vélo, l’esprit léger", "Des vélos de ville entretenus à votre porte.", "Voir les vélos", "Velora", "fr"),
    "Arabic": Words("اركب إلى عملك مرتاحًا", "دراجات المدينة مع صيانة عند بابك.", "شاهد الدراجات", "فيلورا", "ar"),
    "Devanagari": Words("आराम से दफ़्तर पहुँचें", "शहर की साइकिलें, आपके दरवाज़े पर सर्विस।", "साइकिलें देखें", "वेलोरा", "hi"),
    "Japanese": Words("らくに走って、会社まで", "ベルトドライブの街乗り自転車を、ご自宅で整備。", "自転車を見る", "ベロラ", "ja"),
}
AUDIENCES = ("families with young children", "software engineers", "readers of art and design books")
REQUESTS = (
    "a fox reading a book under a tree at night", "coffee and a croissant", "a rocket, a planet and stars, purple", "vegetables: tomato, carrot, broccoli",
    "a cat and a guitar", "Ein Fahrrad in den Bergen, blau", "airplane and beach, orange", "A poster that says “Open day on Saturday” with a dog",
)  # fmt: skip


class Shown(NamedTuple):
    """A picture of the gallery: its caption, the picture as it goes out, what was measured, the size it is shown at in px."""

    caption: str
    made: Composed
    across: int


Column = list[Shown]


def eight(words: Words, art: Art, seed: int) -> list[list[Column]]:
    """One ad in all eight sizes, the large ones made smaller."""

    def made(name: str, across: int = 0) -> Shown:
        return Shown(name, compose(words, art, SIZES[name], seed), across or SIZES[name].width)

    return [
        [[made("1080x1920", 360)], [made("160x600")], [made("1080x1080", 640)], [made("300x250"), made("320x50")]],
        [[made("1200x628", 800)], [made("970x250", 728), made("728x90")]],
    ]


def sheet(name: str, rows: Sequence[Sequence[Column]]) -> None:
    """Rows of columns of pictures on paper, each with its caption; written as WebP."""
    heights = [max(sum(_height(one) + CAPTION for one in column) for column in row) for row in rows]
    paper = Image.new("RGB", (WIDTH, sum(heights) + GAP * (len(rows) + 1)), PAPER)
    y = GAP
    for row, height in zip(rows, heights, strict=True):
        x = GAP
        for column in row:
            below = y
            for one in column:
                _place(paper, one, x, below)
                below += _height(one) + CAPTION + GAP // 2
            x += max(one.across for one in column) + GAP
        y += height + GAP
    paper.save(IMAGES / f"{name}.webp", quality=86, method=6)


def _height(one: Shown) -> int:
    width, height = Image.open(io.BytesIO(one.made.png)).size
    return round(height * one.across / width)


def _place(paper: Image.Image, one: Shown, x: int, y: int) -> None:
    image = Image.open(io.BytesIO(one.made.png)).convert("RGB")
    small = image if image.width == one.across else image.resize((one.across, _height(one)), Image.Resampling.LANCZOS)
    paper.paste(small, (x, y))
    measured = f" · {one.made.contrast:g}:1" if one.made.smallest else ""
    face = ImageFont.truetype(str(fonts.files()["Noto Sans"][0]), 15)
    ImageDraw.Draw(paper).text((x, y + small.height + 5), f"{one.caption} · {one.made.layout}{measured}", INK, face)


def gallery() -> dict[str, list[list[Column]]]:
    """All sheets."""
    bikes, roast = Art(colours=("#1f6f54", "#f2b632"), topic="bicycle", audience="commuters"), Art(COFFEE, colours=("#7a3b2e",), audience="coffee lovers")
    return {
        "sizes-drawn": eight(BIKES, bikes, 2),
        "sizes-photo": eight(ROAST, roast, 1),
        "scripts": [_row(script, SCRIPTS[script], Art(colours=("#274690", "#f2a541"), topic="bicycle city"), seed) for seed, script in enumerate(SCRIPTS)],
        "audiences": [_row(audience, GARDEN, Art(colours=("#3a7d44",), topic="tomato, carrot and tulip", audience=audience), 0) for audience in AUDIENCES],
        "seeds": [_seeds(BIKES, bikes), _seeds(CATS, Art(CAT, colours=("#2b6777", "#e9a23b"), audience="pet owners"))],
        "requests": [[[_asked(seed)] for seed in range(first, first + 4)] for first in (0, 4)],
    }  # fmt: skip


def _row(caption: str, words: Words, art: Art, seed: int) -> list[Column]:
    across = {"1200x628": 640, "1080x1080": 335, "1080x1920": 188, "300x250": 300, "320x50": 320}
    made = {name: Shown(caption if name == "1200x628" else name, compose(words, art, SIZES[name], seed), wide) for name, wide in across.items()}
    return [[made["1200x628"]], [made["1080x1080"]], [made["300x250"], made["320x50"]], [made["1080x1920"]]]


def _seeds(words: Words, art: Art) -> list[Column]:
    return [[Shown(f"seed {seed}", compose(words, art, SIZES["1200x628"], seed), 380)] for seed in range(4)]


def _asked(seed: int) -> Shown:
    return Shown(f"“{REQUESTS[seed][:36]}”", picture(REQUESTS[seed], any_size(1024, 768), seed), 380)


def table(sheets: dict[str, list[Shown]]) -> str:
    """What was measured on every picture, as Markdown."""
    own = provenance.self_signed("Oscine gallery", datetime.datetime.now(datetime.UTC))
    lines = [
        "# The gallery, measured", "",
        "Written by `python docs/make_gallery.py`. Contrast is the lowest WCAG ratio of any text on any pixel; letters are the smallest, in px.", "",
        "| sheet | picture | layout | contrast | letters | manifest |", "| --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for name, shown in sheets.items():
        for one in shown:
            told = provenance.verify(provenance.sign(one.made.png, provenance.Made("composed", one.caption), own))
            words = f"{one.made.contrast:g} | {one.made.smallest:g}" if one.made.smallest else "no words | "
            lines.append(f"| {name} | {one.caption} | {one.made.layout} | {words} | {'holds' if told['holds'] else told['problems']} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Draw, measure, write."""
    IMAGES.mkdir(exist_ok=True)
    sheets = gallery()
    for name, rows in sheets.items():
        sheet(name, rows)
    shown = {name: [one for row in rows for column in row for one in column] for name, rows in sheets.items()}
    (IMAGES / "README.md").write_text(table(shown), "utf-8")
    every = [one for all_of in shown.values() for one in all_of]
    size = sum(file.stat().st_size for file in IMAGES.iterdir()) // 1024
    print(f"{len(every)} pictures, lowest contrast {min(one.made.contrast for one in every):g}:1, {size} KB")


if __name__ == "__main__":
    main()
