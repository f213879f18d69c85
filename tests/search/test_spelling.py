"""Did you mean: from the network's own public words, and never from any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from oscine.app import App
from oscine.search.spelling import Spelling, Vocabulary


@pytest.fixture
def spelling(app: App, write: Callable[..., Any]) -> Spelling:
    texts = ["The ferry to Zürich", "Beyoncé on the ferry", "паром пришёл", "an accommodation by the lake"]
    write(*({"text": text, "author": "ann", "author_name": "Ann Quillfeather"} for text in texts * 10))
    app.spelling.refresh()
    return app.spelling


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ferrry", "ferry"),
        ("frery", "ferry"),
        ("Ferrry TIMES", "Ferry TIMES"),
        ("zurihc", "zürich"),
        ("beyonse", "beyoncé"),
        ("паорм", "паром"),
        ("acomodation", "accommodation"),
        ("quilfeather", "quillfeather"),
        ('"the ferrry" -lake from:ann', '"the ferry" -lake from:ann'),
        ("(ferrry OR laek) since:2024-01-01", "(ferry OR lake) since:2024-01-01"),
        ("ferrry, ferrry", "ferry, ferry"),
    ],
)
def test_what_was_meant(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.suggest(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["ferry", "ferries", "the", "fery-", "-ferrry", "#ferrry", "from:ferrry", "$FERY", "@ferrry", "", "a", "?", "xylophone", "f3rry", "渡船", "url:ferrry"],
)  # fmt: skip
def test_what_is_left_alone(spelling: Spelling, typed: str) -> None:
    suggested = spelling.suggest(typed)
    assert suggested is None or (typed == "fery-" and suggested == "ferry-")


def test_nothing_is_known_before_it_is_read(app: App) -> None:
    assert app.spelling.suggest("ferrry") is None
    assert app.spelling.refresh() is False, "an empty network has no words"


def test_a_word_that_the_network_uses_is_no_mistake(app: App, write: Callable[..., Any]) -> None:
    write(*({"text": "form from"} for _ in range(4)), *({"text": "from"} for _ in range(90)))
    app.spelling.refresh()
    assert app.spelling.suggest("form") is None
    write(*({"text": "frim"} for _ in range(2)))
    app.spelling.refresh()
    assert app.spelling.suggest("frim") == "from", "two posts may be mistaken; a hundred are not"


HIDDEN = [
    {"visibility": "followers"},
    {"visibility": "direct"},
    {"visibility": "unlisted"},
    {"labels": ["spam"]},
    {"author": "shy"},
]


@pytest.mark.parametrize("how", HIDDEN)
def test_words_that_not_everybody_may_read_are_not_proposed(app: App, write: Callable[..., Any], how: dict[str, Any]) -> None:
    write(
        *({"text": f"the quibblewort {i}", "author": "eve", "author_name": "Eve Snorkelwood", **how} for i in range(9)), {"text": "hello"}
    )
    app.database.execute("UPDATE accounts SET searchable = false WHERE key = 'shy'")
    app.spelling.refresh()
    assert app.spelling.suggest("quibblewrot") is None and app.spelling.suggest("snorkelwod") is None
    assert app.spelling.vocabulary.posts("quibblewort") == 0 == app.spelling.vocabulary.posts("snorkelwood")


def test_deleted_words_are_forgotten_at_once(app: App, write: Callable[..., Any]) -> None:
    write(*({"id": f"q{i}", "text": "the quibblewort"} for i in range(5)))
    app.spelling.refresh()
    assert app.spelling.suggest("quibblewrot") == "quibblewort"
    write(*({"delete": f"q{i}"} for i in range(5)))
    assert app.spelling.suggest("quibblewrot") is None, "the words have not been read again, and still"
    assert app.spelling.refresh() is True and len(app.spelling.vocabulary) == 0
    assert app.spelling.refresh() is False


WORDS = st.text(st.sampled_from("abcdeéжあ"), min_size=3, max_size=9)


@given(st.sets(WORDS, max_size=40), WORDS, st.sampled_from([1, 2]))
def test_signatures_lose_no_word(words: set[str], typed: str, edits: int) -> None:
    """Every word within so many edits is found, and no other."""
    vocabulary = Vocabulary(dict.fromkeys(words, 5), len(words))
    expected = {word for word in words if 0 < OSA.distance(typed, word) <= edits}
    assert {near.word for near in vocabulary.near(typed, edits)} == expected


@given(st.text(max_size=60))
def test_any_query_may_be_asked(typed: str) -> None:
    assert Vocabulary({"ferry": 9}, 9).near(typed, 2) is not None
