"""Posts to tokens and back; what a post spells is never a special token."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.errors import InputError
from oscine.model import tokenizer
from oscine.model.tokenizer import LEAST, PLACEHOLDERS, SPECIALS, Turn

TEXTS = ["the ferry leaves at seven", "the ferry is late again", "wer fährt mit der Fähre?", "‹url› the ferry"] * 20
TRAINED = tokenizer.train(TEXTS, LEAST + 60)


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert TRAINED.decode(TRAINED.encode_text(text)) == text


@given(st.lists(st.sampled_from([*SPECIALS, "<|", "|>", " the ", "post"])).map("".join))
def test_no_text_makes_a_special_token(text: str) -> None:
    assert not set(TRAINED.encode_text(text)) & set(TRAINED.ids.values())
    assert TRAINED.decode(TRAINED.encode_text(text)) == text


def test_specials_come_first_and_a_placeholder_is_one_token() -> None:
    assert [TRAINED.ids[token] for token in SPECIALS] == list(range(len(SPECIALS)))
    for placeholder in PLACEHOLDERS:
        assert len(TRAINED.encode_text(placeholder)) == 1
    assert LEAST < TRAINED.size <= LEAST + 60


def test_a_document_has_authors_only_where_there_are_several() -> None:
    ids = TRAINED.ids
    assert TRAINED.document([Turn(0, "a")], [[300]]) == [ids["<|post|>"], 300, ids["<|end|>"]]
    thread = TRAINED.document([Turn(0, "a"), Turn(1, "b")], [[300], [301]], [302])
    assert thread == [
        ids["<|time|>"], 302, ids["<|post|>"], ids["<|author_0|>"], 300, ids["<|reply|>"], ids["<|author_1|>"], 301, ids["<|end|>"],
    ]  # fmt: skip


def test_it_is_the_same_again_from_its_file(tmp_path: Path) -> None:
    TRAINED.save(tmp_path / "tokenizer.json")
    again = tokenizer.load(tmp_path)
    assert again.ids == TRAINED.ids and again.encode_text("the <|post|> ferry‹url›") == TRAINED.encode_text("the <|post|> ferry‹url›")
    assert tokenizer.train(TEXTS, LEAST + 60).encode_text("the ferries") == TRAINED.encode_text("the ferries")


def test_what_is_no_tokenizer_is_said(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="is not a tokenizer"):
        tokenizer.load(tmp_path)
    with pytest.raises(InputError, match="too small"):
        tokenizer.train(TEXTS, 100)
