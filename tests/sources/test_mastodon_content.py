"""The HTML of statuses as plain text: what people read is all there, and nothing else is."""

from __future__ import annotations

import pytest

from oscine.errors import InputError
from oscine.sources.mastodon.content import DEEPEST, LONGEST, plain

LINK = (
    '<a href="https://example.org/long/way?b=c&amp;d=e" rel="nofollow noopener" target="_blank"><span class="invisible">https://</span>'
    '<span class="ellipsis">example.org/long/way?b</span><span class="invisible">=c&amp;d=e</span></a>'
)
MENTION = '<span class="h-card" translate="no"><a href="https://one.example/@ann" class="u-url mention">@<span>ann</span></a></span>'
TAG = '<a href="https://one.example/tags/bread" class="mention hashtag" rel="tag">#<span>Bread</span></a>'


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>lines<br />more</p>", "One\n\nTwo\nlines\nmore"),
        ("<p>a &lt;b&gt; &amp; c</p>", "a <b> & c"),
        (f"<p>See {LINK}, please</p>", "See https://example.org/long/way?b=c&d=e, please"),
        (f"<p>{MENTION} hi {TAG}</p>", "@ann@one.example hi #Bread"),
        ('<p><a href="https://e.example/x">words</a> after</p>', "words https://e.example/x after"),
        ("<ul><li>one</li><li>two</li></ul><p>end</p>", "one\ntwo\n\nend"),
        ("<blockquote><p>said</p></blockquote><p>so</p>", "said\n\nso"),
        ("<p>a :blobcat: b</p>", "a :blobcat: b"),
        ('<p>a <img src="https://e.example/x.png" alt=":blobcat:"> b</p>', "a :blobcat: b"),
        ('<p class="quote-inline">RE: <a href="https://e.example/1">e</a></p><p>Mine</p>', "Mine"),
        ("just text  with\nspaces", "just text with spaces"),
        ("", ""),
    ],
)
def test_what_people_read_is_the_text(html: str, text: str) -> None:
    assert plain(html, {"https://one.example/@ann": "ann@one.example"}).text == text


def test_links_are_kept_whole_and_mentions_and_tags_are_none() -> None:
    assert plain(f"<p>{LINK} {LINK} {MENTION} {TAG}</p>").urls == ("https://example.org/long/way?b=c&d=e",)


@pytest.mark.parametrize(
    "html",
    [
        "<p>ok<script>steal()</script></p>",
        "<p>ok<style>p { color: red }</style></p>",
        '<p>ok<iframe src="https://evil.example"></iframe></p>',
        '<p onclick="steal()">ok</p>',
        '<p>ok<a href="javascript:steal()"></a></p>',
        "<p>ok<!-- hidden orders --></p>",
    ],
)
def test_nothing_but_text_comes_out(html: str) -> None:
    assert plain(html) == ("ok", ())


def test_a_mention_that_the_server_does_not_list_stays_as_it_is_shown() -> None:
    assert plain(MENTION).text == "@ann"
    assert plain(MENTION, {"@ann": "ann@one.example"}).text == "@ann@one.example"


@pytest.mark.parametrize("html", ["x" * (LONGEST + 1), "<div>" * (DEEPEST + 1)])
def test_what_would_take_too_long_is_refused(html: str) -> None:
    with pytest.raises(InputError, match=r"more than|longer than"):
        plain(html)


def test_much_that_is_not_deep_is_read() -> None:
    assert plain("<p>a<br>b</p>" * 5_000).text.count("a\nb") == 5_000
