"""Pictures for requests in plain words."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from oscine.errors import InputError
from oscine.pictures.request import colours, picture
from oscine.pictures.sizes import any_size

SMALL = any_size(320, 240)


def test_what_is_named_is_drawn_and_told() -> None:
    found = picture("A fox reading a book under a tree at night", SMALL)
    assert found.alt.startswith("fox") and "tree" in found.alt
    assert Image.open(io.BytesIO(found.png)).size == (320, 240)
    assert (found.layout, found.smallest, found.generated) == ("scene", 0.0, ("layout",))


def test_quoted_words_are_set() -> None:
    found = picture("A poster that says “Open day on Saturday” with a dog", any_size(600, 400))
    assert found.alt.startswith("Open day on Saturday.") and found.smallest > 10


@pytest.mark.parametrize(
    ("request_", "lang", "first"),
    [("a bicycle in blue and yellow", "en", "#2f5fd0"), ("ein rotes Fahrrad", "de", "#d8343f"), ("una bicicleta verde", "es", "#2f8f4e")],
)
def test_colours_that_are_named_are_used(request_: str, lang: str, first: str) -> None:
    assert colours(request_, lang)[0] == first
    assert "heart" not in picture(request_, SMALL, lang=lang).alt


@pytest.mark.parametrize("seed", range(8))
def test_every_setting_is_drawn(seed: int) -> None:
    assert picture("a rocket, a tent and a dog", SMALL, seed).png


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(InputError, match="No drawing here shows"):
        picture("zxqv brrl", SMALL)
