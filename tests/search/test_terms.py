"""What a post is about, and how telling a term is."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.search import terms as module
from oscine.search.terms import surprise


def found(post: str, *urls: str, lang: str = "en") -> set[tuple[str, str]]:
    return {(term.kind, term.key) for term in module.terms(post, urls, lang)}


def test_tags_names_phrases_and_links() -> None:
    post = "RT @nasa: the ferry to New York sank, said Marie #FerryDown $AAPL https://www.bbc.co.uk/news/1?utm_source=x"
    assert found(post, "https://www.bbc.co.uk/news/1?utm_source=x") == {
        ("tag", "#ferrydown"), ("cash", "$aapl"), ("link", "bbc.co.uk/news/1"), ("name", "new"), ("name", "york"), ("name", "marie"),
        ("phrase", "new york"), ("phrase", "york sank"), ("phrase", "said marie"),
    }  # fmt: skip


@pytest.mark.parametrize("post", ["rt via http https amp", "the of and", "12 34", "@ann @bob", "https://t.co/abc", "", "…!?"])
def test_what_carries_no_topic_gives_no_term(post: str) -> None:
    assert found(post) == set()


def test_a_front_page_is_no_link_and_a_headline_has_no_names() -> None:
    assert found("", "https://www.bbc.co.uk/") == set()
    assert {kind for kind, _ in found("Big Storm Hits Old Town Tonight")} == {"phrase"}
    assert ("name", "paris") not in found("we left. Paris was cold"), "the first word of a sentence has a capital anyway"


def test_a_term_is_a_search() -> None:
    (tag,) = module.terms("#FerryDown")
    (link,) = module.terms("", ["http://a.example/b?c=1"])
    (phrase,) = (term for term in module.terms("night ferry") if term.kind == "phrase")
    assert (tag.query, link.query, phrase.query) == ("#FerryDown", "url:a.example/b?c=1", '"night ferry"')


@given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=2), st.sampled_from(["en", "zh", None]))
def test_any_text_is_read(post: str, urls: list[str], lang: str | None) -> None:
    for term in module.terms(post, urls, lang):
        assert term.key and term.tsquery and term.shown


COUNTS = st.tuples(st.integers(0, 1000), st.integers(0, 1000)).map(lambda pair: (min(pair), max(pair)))


@given(COUNTS, COUNTS)
def test_surprise_is_antisymmetric_and_finite(one: tuple[int, int], other: tuple[int, int]) -> None:
    score = surprise(*one, *other)
    assert math.isfinite(score)
    assert score == pytest.approx(-surprise(*other, *one), abs=1e-6)


@given(st.integers(1, 1000), st.integers(1, 50))
def test_the_same_share_is_no_surprise(of: int, times: int) -> None:
    assert surprise(of // 2, of, times * (of // 2), times * of) == pytest.approx(0, abs=1e-6)


def test_surprise_as_dunning_has_it() -> None:
    """the swiss: 110 of 2,552 here against 111 of 29,225 there, in his table of bigrams (1993)."""
    assert surprise(110, 2552, 111, 29225) == pytest.approx(270.72, abs=0.01)
    assert surprise(5, 5, 0, 1000) > surprise(2, 5, 0, 1000) > 0 > surprise(0, 100, 50, 100)
