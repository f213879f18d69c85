"""Marks of texts: what is planted is found wherever it lies, also in part; what is not there is not found."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.store.marks import BLOCK, LEAST, PIECE, Finder, Marker, unpacked

MARKER = Marker(b"secret")
POST = "A heron stands in the reeds by Quarnholm, and nobody on the ferry sees it before it flies."
NOISE = np.random.default_rng(0).integers(32, 127, 3 * BLOCK, dtype=np.uint8).tobytes()


def finder(*texts: str) -> Finder:
    return Finder(MARKER, unpacked(MARKER.of(texts)))


@settings(max_examples=30, deadline=None)
@given(text=st.text(min_size=LEAST, max_size=600), place=st.integers(0, 2 * BLOCK))
def test_a_planted_text_is_found_at_any_place(text: str, place: int) -> None:
    looked, written = finder(text), text.encode()
    if not len(looked):
        return  # a row of dashes
    data = NOISE[:place] + written + NOISE[place : 2 * BLOCK]
    found = {hit.mark for hit in looked.find(data) if place <= hit.place < place + len(written)}
    assert found
    assert not looked.find(NOISE[: 2 * BLOCK])


@pytest.mark.parametrize("near", [BLOCK, 2 * BLOCK])
@pytest.mark.parametrize("shift", range(-PIECE - 1, 2))
def test_nothing_is_lost_between_blocks(near: int, shift: int) -> None:
    text = POST[:PIECE]
    place = near + shift
    data = NOISE[:place] + text.encode() + NOISE[place + PIECE :]
    assert [hit.place for hit in finder(text).find(data)] == [place]


WRITTEN = [POST, "Ein Reiher steht im Schilf – „keiner“ sieht ihn, & niemand <lacht>.", "葦の中に鷺が一羽立っている。誰もそれを見ていない。", "День добрый!"]


@pytest.mark.parametrize("text", WRITTEN)
def test_it_is_found_in_json_too(text: str) -> None:
    for ascii_only in (True, False):
        line = json.dumps({"id": "1", "text": text, "author": "ann"}, ensure_ascii=ascii_only).encode()
        assert finder(text).find(NOISE[:1000] + line)


def test_a_fragment_is_found(text: str = POST * 4) -> None:
    halves = [text[: len(text) // 2], text[len(text) // 2 :]]
    assert all(finder(text).find(half.encode()) for half in halves)


def test_what_says_too_little_has_no_mark() -> None:
    assert MARKER.of(["", "good morning"[: LEAST - 1], "ok"]) == b"" != MARKER.of(["good morning"])


def test_a_row_of_dashes_is_nobodys() -> None:
    assert MARKER.of(["-" * 200, "lol " * 20]) == b""


def test_a_short_text_is_found_whole_only() -> None:
    looked = finder("good morning, Ann")
    assert looked.find(b"she said good morning, Ann!") and not looked.find(b"good morning, Bob") and not looked.find(b"good morning, A")


def test_without_the_secret_marks_tell_nothing() -> None:
    assert MARKER.of([POST]) != Marker(b"another").of([POST])
    assert not Finder(Marker(b"another"), unpacked(MARKER.of([POST]))).find(POST.encode())


def test_nothing_to_look_for_and_nothing_to_look_in() -> None:
    assert finder().find(NOISE) == [] == finder(POST).find(b"") == finder(POST).find(b"x" * (LEAST - 1))
