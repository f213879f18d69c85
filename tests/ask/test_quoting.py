"""What is quoted of a post: its own words, none of them cut, nothing that cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.ask import quoting

LONG = "The bridge is closed. " * 8 + "Trains to Turin run again from 23:40 tonight. " + "Nobody knows why it was closed. " * 8


@pytest.mark.parametrize(
    ("post", "quoted"),
    [
        ("Salt &amp; pepper &lt;3 https://t.co/abc", "Salt & pepper <3"),
        ("@ann @bob.example it opens at nine", "it opens at nine"),
        ("RT @nasa: Liftoff!\n\nWhat a day", "Liftoff! What a day"),
        ("A strong close today $AAPL $GOOG $FB $AMZN http://t.co/x", "A strong close today"),
        ("@ann", "@ann"),
        ("$AAPL $GOOG $FB", "$AAPL $GOOG $FB"),
        ("hid\u200bden \u202etxet\u202c here\U000e0041", "hidden txet here"),
        ("AT&T and R&amp;D; fish &chips", "AT&T and R&D; fish &chips"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_left_out(post: str, quoted: str) -> None:
    assert quoting.quote(post) == quoted


def test_a_long_post_is_quoted_where_it_tells_most() -> None:
    assert quoting.quote(LONG, frozenset({"turin"}), "en").startswith("Trains to Turin run again from 23:40 tonight. Nobody")


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=80), st.integers(20, 120))
def test_no_word_is_cut(words: list[str], longest: int) -> None:
    short = quoting.shortened(" ".join(words), longest)
    assert len(short) <= longest + 1
    assert short.removesuffix(" …").split() == words[: len(short.removesuffix(" …").split())]


@given(st.text(max_size=600))
def test_a_quote_is_short_and_has_no_links(post: str) -> None:
    found = quoting.quote(post)
    assert len(found) <= quoting.LONGEST + 1 and "https://" not in found.replace("https://…", "")
