"""Colours: OKLCH there and back, WCAG's ratios, and palettes whose words are legible whatever the brand."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.pictures import moods, palette

HEX = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")
SCHEMES = ("light", "tint", "bold", "dark")


@given(HEX)
def test_oklch_there_and_back(colour: str) -> None:
    again = palette.read(colour).hex()
    assert all(abs(a - b) <= 3 for a, b in zip(palette.channels(colour), palette.channels(again), strict=True))


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)]
)
def test_contrast_as_wcag_has_it(one: str, other: str, ratio: float) -> None:
    assert palette.contrast(one, other) == pytest.approx(ratio, abs=0.01)


@settings(max_examples=40)
@given(HEX, HEX, st.sampled_from(sorted(moods.moods())), st.sampled_from(SCHEMES))
def test_words_are_legible_on_any_brand(first: str, second: str, mood: str, scheme: str) -> None:
    made = palette.palette((first, second), moods.moods()[mood].colours, scheme)
    pairs = [("ink", "field"), ("soft", "field"), ("brand", "field"), ("label", "button"), ("on-veil", "veil")]
    assert min(palette.contrast(made[text], made[ground]) for text, ground in pairs) >= palette.AA


def test_moods_give_one_brand_different_palettes() -> None:
    fields = [palette.palette(("#1f6f54",), mood.colours, mood.schemes[0]) for mood in moods.moods().values()]
    assert all(one != other for one, other in itertools.combinations(fields, 2))


def test_a_colour_that_is_not_one_is_not_read() -> None:
    mood = moods.moods()["clear"].colours
    assert palette.palette(("red; }", "#12345"), mood, "light") == palette.palette((), mood, "light")
