"""The best of some days: what ranks highest among what the person may see, told word for word, and no mark of a post means anything in Markdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from oscine.app import App
from oscine.home import digest
from oscine.home.digest import Digest
from oscine.recommendation import Steering
from oscine.records import ANONYMOUS, Viewer
from oscine.view import SeenPost

Write = Callable[..., Any]
ANN = Viewer(network="local", account="ann")
MARKS = "\\`*_{}[]()<>#+-.!|~&$^=:@ \n1ab"
HOSTILE = "# Big [free](https://evil.example/) <script>alert(1)</script> ![x](https://evil.example/x.png) `code` https://evil.example/"


def address(seen: SeenPost) -> str:
    return f"https://here.example/{seen.post.id}"


def made(app: App, viewer: Viewer = ANN, days: float = 1, limit: int = 10) -> Digest:
    app.pool.load()
    return app.digest(viewer, Steering(), days, limit, "en")


@pytest.fixture
def days(write: Write) -> None:
    """Bo's post of today, which many like, one of last week, one for followers, one that is covered."""
    write(
        {"id": "today", "author": "bo", "author_name": "Bo", "created_at": "2024-05-10T12:00:00Z", "likes": 50,
         "text": "The glass harbour opened this morning"},
        {"id": "quiet", "author": "cy", "created_at": "2024-05-10T11:00:00Z", "text": "Somebody plays the violin behind our house"},
        {"id": "week", "author": "di", "created_at": "2024-05-05T12:00:00Z", "text": "Pottery was never this heavy before", "likes": 90},
        {"id": "closed", "author": "eve", "created_at": "2024-05-10T11:30:00Z", "visibility": "followers",
         "text": "For my followers alone: the keys are under the mat"},
        {"id": "cover", "author": "fay", "created_at": "2024-05-10T11:40:00Z", "text": "Not for everybody to look at", "sensitive": True},
    )  # fmt: skip


@pytest.mark.usefixtures("days")
def test_the_best_of_a_day_and_of_a_week(app: App) -> None:
    day, week = made(app), made(app, days=7)
    assert [best.seen.post.id for best in day.best] == ["today", "quiet"] and {best.seen.post.id for best in week.best} == {
        "today",
        "quiet",
        "week",
    }
    assert day.fact == "The best for you: 2 posts by 2 accounts, 10 May 2024."
    assert [best.seen.post.id for best in made(app, ANONYMOUS, limit=1).best] == ["today"]
    told = digest.text(day, address)
    assert told.startswith("The best for you: 2 posts by 2 accounts, 10 May 2024.\n\nBo (@bo, 10 May 2024): “The glass harbour opened this morning”\n"
                           "https://here.example/today\n")  # fmt: skip


@pytest.mark.usefixtures("days")
def test_what_was_seen_is_in_it_and_what_one_may_not_see_is_not(app: App, write: Write) -> None:
    write({"engagement": "like", "actor": "ann", "post": "today", "at": "2024-05-10T12:00:00Z"},
          {"id": "anns", "author": "ann", "created_at": "2024-01-01T12:00:00Z", "text": "hello"})  # fmt: skip
    assert "today" in [best.seen.post.id for best in made(app).best]
    write({"relation": "mute", "actor": "ann", "target": "bo", "at": "2024-05-10T12:00:00Z"})
    assert [best.seen.post.id for best in made(app).best] == ["quiet"]


def test_a_day_without_posts(app: App) -> None:
    assert digest.text(made(app), address) == "There is nothing to sum up here.\n"
    assert digest.markdown(made(app), address) == "# There is nothing to sum up here\\.\n"


def test_a_post_is_text_in_markdown_and_nothing_else(app: App, write: Write) -> None:
    write({"id": "evil", "author": "eve", "author_name": "](javascript:1)", "created_at": "2024-05-10T12:00:00Z", "text": HOSTILE})
    html = MarkdownIt("commonmark").render(digest.markdown(made(app), address))
    assert html.count("<a ") == html.count('<a href="https://here.example/evil">→</a>') == 1
    assert "<script" not in html and "<img" not in html and "<code" not in html and html.count("<h1>") == 1


@given(st.one_of(st.text(MARKS), st.text(st.characters(blacklist_categories=["Cc", "Cs"]))))
@example("1. one\n2. two")
@example("---")
@example("&lt;b&gt; &amp; &#35;")
@example("line  \nbreak\\")
def test_escaped_words_are_shown_as_they_are(words: str) -> None:
    tokens = MarkdownIt("commonmark").parse(digest.escaped(words))
    plain = " ".join(words.split())
    assert [token.type for token in tokens] == (["paragraph_open", "inline", "paragraph_close"] if plain else [])
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "text_special"}
    assert "".join(child.content for child in inline) == plain
