"""Evaluation texts planted into posts are all found, however they are dressed; what only resembles them is not."""

from __future__ import annotations

import gzip
import json
import random
import string
from collections.abc import Callable

import polars as pl
import pytest

from oscine import sample
from oscine.corpus.contamination import SHORTEST, Contamination, suites
from oscine.corpus.shingles import normalise

EVALUATION = list(suites())
PUNCTUATION = str.maketrans("", "", string.punctuation)
SPACED = str.maketrans(string.punctuation, " " * len(string.punctuation))


@pytest.fixture(scope="module")
def known() -> Contamination:
    return Contamination(EVALUATION)


PLANTED = [
    text
    for text, plain in zip(EVALUATION, normalise(pl.Series(EVALUATION)), strict=True)
    if text.isascii() and len(plain.split()) >= SHORTEST
]


def test_the_suites_are_read() -> None:
    held = set(EVALUATION)
    assert "at which school were first responders on the scene for?" in held  # tweetqa.jsonl
    assert "What did the fire brigade of Turin say about the flood in Turin last week?" in held  # plain.jsonl
    assert "The Quarnholm ferry leaves the pier at 09:15 in winter." in held  # attack/scenes.jsonl
    assert any("Doug Ducey says he is praying" in text for text in held) and any("Jan Brewer says he is not" in text for text in held)
    assert len(held) > 3000 and min(len(text.split()) for text in held) >= SHORTEST


@pytest.mark.parametrize(
    "dress",
    [
        str,
        str.upper,
        lambda text: text.translate(PUNCTUATION),
        lambda text: text.translate(SPACED),
        lambda text: text.replace("'", "’").replace(" ", "  "),
        lambda text: text.replace(" ", ", "),
        lambda text: text + " https://t.co/AbC",
        lambda text: f"@someone Look at what they asked me today: {text} I had no answer to that #quiz",
        lambda text: text.replace(" ", " https://t.co/x ", 2),
    ],
    ids=[
        "as it is",
        "upper case",
        "no punctuation",
        "spaces for punctuation",
        "typographic",
        "commas",
        "link",
        "in a post",
        "links within",
    ],
)
def test_planted_texts_are_all_found(known: Contamination, dress: Callable[[str], str]) -> None:
    found = known.find(normalise(pl.Series(map(dress, PLANTED))))
    missed = [text for text, hit in zip(PLANTED, found, strict=True) if not hit]
    assert len(PLANTED) > 2000
    assert missed == []


def test_eight_words_of_a_text_are_enough_and_seven_are_not() -> None:
    known = Contamination(["one two three four five six seven eight nine ten"])
    posts = [
        "so two three four five six seven eight nine it is",
        "so two three four five six seven eight it is",
        "two three four five",
        "two three four",
    ]
    assert known.find(normalise(pl.Series(posts))).to_list() == [True, False, True, False]


def test_short_texts_must_stand_whole() -> None:
    known = Contamination(["who won the match", "yes"])
    posts = ["they asked who won the match yesterday", "who won the cup", "Yes!", "yes it is", "", "https://t.co/x", None]
    assert known.find(normalise(pl.Series(posts))).to_list() == [True, False, True, False, False, False, False]


def test_scripts_without_spaces() -> None:
    known = Contamination(["東京の人口は何人ですか"])
    assert known.find(normalise(pl.Series(["質問です。東京の人口は何人ですか？教えて", "東京は大きい"]))).to_list() == [True, False]


def test_real_posts_are_left() -> None:
    lines = gzip.decompress(next(path for path in sample.files() if "communities" in path.name).read_bytes()).splitlines()
    texts = [json.loads(line)["text"] for line in random.Random(4).sample(lines, 5000)]
    assert Contamination(EVALUATION).find(normalise(pl.Series(texts))).sum() < 10


def test_no_evaluation_texts() -> None:
    assert Contamination([]).find(normalise(pl.Series(["anything at all goes here"]))).to_list() == [False]
    assert Contamination(["a b c d"]).find(normalise(pl.Series([], dtype=pl.String))).to_list() == []
