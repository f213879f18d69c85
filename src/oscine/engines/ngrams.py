"""Hashed character n-grams: every run of two to six characters of a text as a place in a table (feature hashing, Weinberger et al. 2009).

They know words that an encoder's tokens blur: names for people, spellings, hashtags. Places are of one size with the text, so that whoever weighs them
can say which characters a weight came from. It knows no language and splits nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SHORTEST, LONGEST = 2, 6
BITS = 17  # places are below two to the power of it
MULTIPLIER, MIXER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)  # of SplitMix64 (Steele et al. 2014)

Places = NDArray[np.int64]


class NGrams(NamedTuple):
    """Those of a text, shortest first: the place of each, and where it begins and ends in the text padded by a blank on both sides."""

    places: Places
    starts: Places
    ends: Places


def ngrams(text: str) -> NGrams:
    """All n-grams of a text, whatever its case; any white space is a blank."""
    codes = np.frombuffer(f" {_lower(text)} ".encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    state, found = np.zeros(len(codes), np.uint64), list[tuple[Places, Places, Places]]()
    for n in range(1, min(LONGEST, len(codes)) + 1):
        starts = np.arange(len(codes) - n + 1)
        state = state[: len(starts)] * MULTIPLIER + codes[n - 1 :] + np.uint64(1)
        if n >= SHORTEST:
            found.append((_mixed(state), starts, starts + n))
    return NGrams(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def places(text: str) -> Places:
    """Where a text's n-grams stand in the table, each once, in order."""
    return np.unique(ngrams(text).places)


def _mixed(state: NDArray[np.uint64]) -> Places:
    mixed = (state ^ (state >> np.uint64(29))) * MIXER
    return ((mixed ^ (mixed >> np.uint64(32))) >> np.uint64(64 - BITS)).astype(np.int64)


def _lower(text: str) -> str:
    """In small letters, each character still one character."""
    small = text.lower()
    if len(small) != len(text):  # a few letters become two
        small = "".join(lower if len(lower := each.lower()) == 1 else each for each in text)
    return "".join(" " if each.isspace() else each for each in small)
