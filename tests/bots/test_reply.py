"""What a reply is made of: addresses, questions without names, sentences that fit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from oscine.ask.answer import Sentence, quoted
from oscine.ask.ask import Answer
from oscine.bots.addresses import address
from oscine.bots.question import without_names
from oscine.bots.reply import compose
from oscine.posting.base import Piece
from oscine.records import Account, Post
from oscine.view import SeenPost

LONG = "We talked of nets and boats for a while. The ferry to Skarholm leaves at half past seven from the old pier. Then it rained, and we went home early."
QUESTION = "When does the ferry to Skarholm leave?"


def seen(number: int = 1, text: str = LONG, **more: Any) -> SeenPost:
    post = Post(
        **{"id": f"p{number}", "network": "local", "author": "ann", "text": text, "created_at": datetime(2024, 5, 3, tzinfo=UTC), **more}
    )  # type: ignore[arg-type]
    return SeenPost(number=number, post=post, author=Account(id="ann", network="local", handle="ann.test", name="Ann"))


def answer(*sentences: Sentence | None) -> Answer:
    return Answer(QUESTION, QUESTION, tuple(filter(None, sentences)), False, (), "extractive", "", "en")


def fitting(longest: int) -> Any:
    return lambda pieces: sum(len(piece.text) for piece in pieces) <= longest


def said(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("post", "leads"),
    [
        ({"id": "at://did:plc:abc/app.bsky.feed.post/3k", "network": "bluesky"}, "https://bsky.app/profile/did:plc:abc/post/3k"),
        ({"id": "at://did:plc:abc/app.bsky.feed.post/3k/../..", "network": "bluesky"}, ""),
        ({"id": "123", "network": "x"}, "https://x.com/i/status/123"),
        ({"id": "123/../evil", "network": "x"}, ""),
        ({"network": "mastodon.example", "extra": {"url": "https://mastodon.example/@ann/1"}}, "https://mastodon.example/@ann/1"),
        ({"extra": {"url": "javascript:alert(1)"}}, ""),
        ({"extra": {"url": "https://ann@evil.example/"}}, ""),
        ({"extra": {"url": "https://10.0.0.1/x"}}, ""),
        ({"extra": {"url": ["https://a.example"]}}, ""),
        ({}, ""),
    ],
)
def test_a_post_is_cited_by_its_address_on_its_own_network(post: dict[str, Any], leads: str) -> None:
    assert address(seen(**post)) == leads


def test_where_a_network_has_no_pages_this_server_has() -> None:
    assert address(seen(id="a b&c"), "https://oscine.example/") == "https://oscine.example/post?id=a%20b%26c&network=local"


@pytest.mark.parametrize(
    ("text", "handle", "asked"),
    [
        ("@oscine.test when?", "oscine.test", "when?"),
        ("When, @Oscine.test?", "oscine.test", "When, ?"),
        ("@ann @oscine@club.example: and in Turin?", "oscine@club.example", "and in Turin?"),
        ("Hey @oscine, when?", "oscine@club.example", "Hey, when?"),
        ("ask @oscinette or @oscine.testing", "oscine.test", "ask @oscinette or @oscine.testing"),
        ("＠oscine.test   ", "oscine.test", ""),
        ("@oscine.test图书馆几点开门？", "oscine.test", "图书馆几点开门？"),
        ("图书馆@oscine.test几点开门？", "oscine.test", "图书馆 几点开门？"),
        ("@" * 5_000, "oscine.test", ""),
    ],
)
def test_a_question_is_what_is_left_without_names(text: str, handle: str, asked: str) -> None:
    assert without_names(text, handle) == asked


def test_posts_are_numbered_once_and_lead_to_their_pages() -> None:
    first, second = seen(1), seen(2, "The ferry to Skarholm leaves at eight.")
    given = answer(Sentence("half past seven", (first,), "short"), Sentence("Ann says so, others not.", (first, second), "sides"))
    reply = compose(given, "en", lambda post: f"https://club.example/{post.number}", fitting(300))
    assert said(reply.pieces) == "half past seven [1]\n\nAnn says so, others not. [1] [2]"
    assert [(piece.text, piece.link[-1]) for piece in reply.pieces if piece.link] == [("[1]", "1"), ("[1]", "1"), ("[2]", "2")]
    assert reply.cited == [("local", "p1"), ("local", "p2")]


@pytest.mark.parametrize("longest", [300, 160, 130, 110])
def test_a_quote_is_shortened_until_it_fits_with_its_link(longest: int) -> None:
    reply = compose(answer(quoted(seen(), QUESTION, "en")), "en", lambda _: "https://club.example/1", fitting(longest))
    assert len(said(reply.pieces)) <= longest and reply.pieces[-1].link and said(reply.pieces).startswith("Ann (@ann.test, 3 May 2024): “")


def test_what_has_no_address_or_no_room_is_left_out() -> None:
    given = answer(
        Sentence("Seven.", (seen(1),), "short"), Sentence("x" * 400, (seen(2),), "written"), Sentence("Eight.", (seen(3),), "short")
    )
    reply = compose(given, "en", lambda post: "" if post.number == 1 else "https://club.example", fitting(300))
    assert said(reply.pieces) == "Eight. [1]"
    nothing = compose(given, "de", lambda _: "", fitting(300))
    assert said(nothing.pieces) == "Die Beiträge hier sagen es nicht." and not nothing.cited
