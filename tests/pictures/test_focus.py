"""The cut of a photo keeps what matters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from oscine.pictures import focus

PHOTOS = Path(__file__).parent / "photos"


def with_disc(x: int, y: int) -> Image.Image:
    """Grey noise with one red disc."""
    noise = np.random.default_rng(0).integers(110, 140, (200, 400, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    ImageDraw.Draw(image).ellipse((x - 30, y - 30, x + 30, y + 30), fill=(220, 40, 30))
    return image


@pytest.mark.parametrize("x", [50, 130, 200, 330])
def test_a_narrow_cut_holds_the_disc(x: int) -> None:
    left, top, right, bottom = focus.cut(with_disc(x, 100), 1, 2)
    assert (right - left, bottom - top) == (100, 200)
    assert left <= x - 25 and x + 25 <= right


def test_what_matters_is_put_where_no_words_stand() -> None:
    image = with_disc(200, 100)
    left, _, right, _ = focus.cut(image, 1, 1, clear=(0.5, 0, 1, 1))
    assert (200 - left) / (right - left) > 0.55


def test_the_cats_eyes_stay_in_a_tall_cut() -> None:
    image = Image.open(PHOTOS / "chelsea.jpg")  # 451x300; the eyes are about (165, 95) and (280, 120)
    left, _, right, _ = focus.cut(image, 2, 3)
    assert left <= 160 and right >= 285


def test_an_even_picture_is_cut_in_the_middle() -> None:
    left, _, right, _ = focus.cut(Image.new("RGB", (300, 100), "white"), 1, 1)
    assert abs((left + right) / 2 - 150) <= 10
