"""Personal data in published forms is found, in sentences of many languages; numbers that are none are left."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest

from oscine.corpus.personal import KINDS, numbers, scrub

FOLDER = Path(__file__).parent
FORMATS = tomllib.loads((FOLDER / "formats.toml").read_text(encoding="utf8"))["formats"]
EXAMPLES = [(entry["kind"], entry["country"], example) for entry in FORMATS for example in entry["examples"]]
HARMLESS = (FOLDER / "harmless.txt").read_text(encoding="utf8").splitlines()
SENTENCES = (
    "{}",
    "Here it is: {}",
    "Hello all, {} and thank you!",
    "({})",
    "me encuentran en {}. Gracias",
    "@ann {} #now https://t.co/AbC123",
)


def scrubbed(*texts: str) -> list[str]:
    return scrub(pl.Series(texts))[0].to_list()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_published_forms_are_found(sentence: str) -> None:
    missed = [example for (kind, _, example), text in zip(EXAMPLES, scrubbed(*(sentence.format(e[2]) for e in EXAMPLES)), strict=True)
              if text != sentence.format(f"‹{kind}›")]  # fmt: skip
    assert len(EXAMPLES) >= 150
    assert len(missed) <= 0.05 * len(EXAMPLES), missed


def test_every_country_is_covered() -> None:
    for country in {entry["country"] for entry in FORMATS}:
        examples = [example for _, where, example in EXAMPLES if where == country]
        found = sum(not any(map(str.isdigit, text)) for text in scrubbed(*examples))
        assert found >= 0.9 * len([example for example in examples if any(map(str.isdigit, example))]), country


def test_harmless_numbers_are_left() -> None:
    assert len(HARMLESS) >= 150
    assert [(line, text) for line, text in zip(HARMLESS, scrubbed(*HARMLESS), strict=True) if text != line] == []


def test_what_is_found_is_counted() -> None:
    texts = pl.Series(["ann@example.com or +44 7700 900123", "GB29 NWBK 6016 1331 9268 19", "nothing", None])
    plain, counts = scrub(texts)
    assert plain.to_list() == ["‹email› or ‹phone›", "‹iban›", "nothing", None]
    assert counts == dict.fromkeys(KINDS, 0) | {"email": 1, "phone": 1, "iban": 1}
    assert scrub(plain)[0].to_list() == plain.to_list()


def test_a_wrong_check_digit_is_no_card_and_no_account() -> None:
    assert scrubbed("4111 1111 1111 1112", "GB29 NWBK 6016 1331 9268 18")[1] == "GB29 NWBK 6016 1331 9268 18"
    assert not numbers.luhn("4111111111111112") and numbers.luhn("4111111111111111")


def test_links_keep_their_digits_but_no_address() -> None:
    link = "https://example.com/4111111111111111/2025550123"
    assert scrubbed(link, "https://example.com/?to=ann@example.com") == [link, "https://example.com/?to=‹email›"]


def test_a_bracket_between_numbers_is_no_number() -> None:
    assert scrubbed("1234567 ( 100", "12.34.56 ( ) 7 8 9") == ["1234567 ( 100", "12.34.56 ( ) 7 8 9"]


def test_what_is_far_from_a_number_does_not_matter() -> None:
    far = "and so on, " * 60
    assert scrubbed(f"{far}call +44 7700 900123 {far}or 12 Baker Street, London NW1 6XE {far}") == [
        f"{far}call ‹phone› {far}or ‹address› {far}"
    ]


def test_digits_of_other_scripts() -> None:
    assert scrubbed("फ़ोन +९१ ९८७६५ ४३२१०") == ["फ़ोन ‹phone›"]


def test_nothing_in_nothing_out() -> None:
    plain, counts = scrub(pl.Series([], dtype=pl.String))
    assert plain.to_list() == [] and set(counts.values()) == {0}
