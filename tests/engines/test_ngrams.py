"""Hashed n-grams: the same for the same letters, found where they stand, of any text."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oscine.engines import ngrams
from oscine.engines.labels import NGramWeights


def test_every_run_of_two_to_six_characters_stands_in_its_place() -> None:
    found = ngrams.ngrams("abc")  # " abc " has 4 + 3 + 2 + 1 runs
    assert sorted(zip(found.starts.tolist(), found.ends.tolist(), strict=True))[:4] == [(0, 2), (0, 3), (0, 4), (0, 5)]
    assert len(found.places) == 10 and (found.places >= 0).all() and (found.places < 2**ngrams.BITS).all()


def test_places_do_not_change_from_one_release_to_the_next() -> None:
    """What was weighed is of no use where texts are hashed otherwise."""
    assert ngrams.ngrams("a").places.tolist() == [92403, 98378, 2904] == [_place(run) for run in (" a", "a ", " a ")]


def test_case_and_kinds_of_white_space_do_not_matter() -> None:
    assert (ngrams.places("You IDIOT\nthere") == ngrams.places("you idiot there")).all()
    assert len(ngrams.ngrams("İstanbul").starts) == len(ngrams.ngrams("istanbul").starts)  # small, it is two characters


@given(st.text(min_size=1, max_size=80))
def test_what_characters_add_is_the_score_but_for_the_blanks_around(text: str) -> None:
    table = np.random.default_rng(0).integers(-127, 128, (2**ngrams.BITS, 8)).astype(np.int8)
    weights = NGramWeights(table, np.full(8, 0.01, np.float32))
    found = ngrams.ngrams(text)
    once, which, times = np.unique(found.places, return_inverse=True, return_counts=True)
    each = (table[once, 3] * 0.01 / times)[which] / np.sqrt(len(once))
    outside = (found.starts == 0).astype(int) + (found.ends == len(text) + 2)
    blanks = (each * outside / (found.ends - found.starts)).sum()
    assert weights.characters(text, 3).shape == (len(text),)
    np.testing.assert_allclose(weights.characters(text, 3).sum() + blanks, weights.score(text)[3], atol=1e-5)


def _place(run: str) -> int:
    state = 0
    for letter in run:
        state = (state * 0x9E3779B97F4A7C15 + ord(letter) + 1) % 2**64
    mixed = (state ^ state >> 29) * 0xBF58476D1CE4E5B9 % 2**64
    return (mixed ^ mixed >> 32) >> 64 - ngrams.BITS
