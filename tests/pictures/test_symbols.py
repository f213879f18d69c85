"""Illustrations by what a text is about, in seven languages."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from oscine.pictures import symbols


@pytest.mark.parametrize(
    ("topic", "lang", "name"),
    [
        ("Fresh coffee, delivered", "en", "hot-beverage"),
        ("Fahrräder für die Stadt", "de", "bicycle"),
        ("Des livres pour les vacances", "fr", "books"),
        ("Pizza a domicilio", "es", "pizza"),
        ("Un gatto in casa", "it", "cat"),
        ("Guitarra para iniciantes", "pt", "guitar"),
        ("Een tent voor het weekend", "nl", "tent"),
    ],
)
def test_chosen_by_words(topic: str, lang: str, name: str) -> None:
    assert name in [symbol.name for symbol in symbols.chosen(topic, 3, lang)]


def test_no_drawing_where_no_word_names_one() -> None:
    assert symbols.chosen("zxqv brrl", 2, "en") == []


def test_each_drawing_is_for_a_word_of_its_own() -> None:
    names = [symbol.name for symbol in symbols.chosen("a dog and a cat", 2, "en")]
    assert any("dog" in name for name in names) and any("cat" in name for name in names)


def test_meaning_chooses_where_words_do_not() -> None:
    def near(text: str, others: Sequence[str]) -> list[float]:
        return [1.0 if other.startswith("rocket") else 0.0 for other in others]

    assert symbols.chosen("zxqv", 1, "en", near)[0].name == "rocket"


def test_drawings_are_plain_svg() -> None:
    bodies = [symbol.body for symbol in symbols.symbols().values()]
    assert len(bodies) > 800
    assert not any("<script" in body or "<image" in body or 'href="' in body.replace('href="#', "") for body in bodies)
