"""Search under a licence: what it withholds is neither asked for, nor found by, nor ranked by."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from oscine.access.fields import FIELDS
from oscine.app import App
from oscine.errors import NotAllowed
from oscine.records import Field, Licence, Viewer
from oscine.search import licensed
from oscine.search.grammar import Condition, parse
from oscine.search.operators import OPERATORS
from oscine.search.operators.kinds import FILTERS, PLACES_TO_LOOK

Write = Callable[..., Any]


def viewer(*withheld: Field) -> Viewer:
    return Viewer(licence=Licence(holder="h", purpose="research", uses=frozenset({"search", "answer"}), fields=FIELDS - set(withheld)))


def found(app: App, query: str, who: Viewer, **how: Any) -> list[str]:
    return [result.seen.post.text for result in app.search.search(app.view(who), query, **how).results]


@pytest.mark.parametrize(("query", "field"), [
    ("from:ann", "author"), ("storm -from:ann", "author"), ("(storm OR @ann)", "author"), ("to:ann", "author"), ("list:ann/x", "author"),
    ("filter:replies", "author"), ("is:verified", "author"), ("conversation_id:1", "author"), ("source:web", "author"), ("did:plc:x", "author"),
    ("min_faves:1", "counts"), ("-min_retweets:2", "counts"), ("filter:has_engagement", "counts"), ("storm sort:likes", "counts"),
    ("filter:links", "links"), ("url:bbc", "links"), ("domain:bbc.co.uk", "links"), ("card_name:poll*", "links"), ("filter:news", "links"),
    ("filter:media", "media"), ("has:images", "media"), ("exclude:videos", "media"), ("lang:qme", "media"), ("lang:zxx", "links"),
    ("near:Turin", "place"), ("place:Turin", "place"), ("filter:place", "place"), ("geocode:45,7,1km", "place"),
    ("filter:safe", "labels"), ("-filter:sensitive", "labels"), ("storm", "text"), ("", "text"), ("#storm", "text"),
])  # fmt: skip
def test_what_would_tell_of_a_withheld_field_is_refused(app: App, query: str, field: Field) -> None:
    view = app.view(viewer(field))
    for ask in (lambda: app.search.search(view, query), lambda: app.search.find(view, query, 5, datetime.now(UTC))):
        if query.endswith("sort:likes") and ask is not None:
            ask = lambda: app.search.search(view, query)  # noqa: E731 - the order of an answer's posts is never by likes
        with pytest.raises(NotAllowed, match=field if field != "text" else "no text"):
            ask()
    assert app.search.search(app.view(viewer()), query) is not None


@pytest.mark.parametrize("sort", ["likes", "reposts", "replies"])
def test_an_order_by_counts_is_refused(app: App, sort: Any) -> None:
    with pytest.raises(NotAllowed, match="counts"):
        app.search.search(app.view(viewer("counts")), "storm", sort=sort)


def test_every_operator_stands_in_the_table() -> None:
    now = datetime.now(UTC)
    for operator in OPERATORS.values():
        for node in parse(operator.example, now, Viewer(network="local", account="ann")).must:
            if isinstance(node, Condition):
                assert licensed.looks_at(node) <= FIELDS
    assert licensed.KIND.keys() == FILTERS.keys() | PLACES_TO_LOOK.keys()
    assert licensed.FAMILY.keys() | {"kind"} >= {operator.family for operator in OPERATORS.values()}


POSTS = [
    {"id": "1", "author": "zelda", "author_name": "Zelda Quarn", "text": "the harbour is quiet", "created_at": "2024-05-01T12:00:00Z"},
    {"id": "2", "author": "bob", "text": "the harbour at night", "media": [{"url": "https://pic.example/a", "alt": "a lighthouse"}], "likes": 900,
     "created_at": "2024-05-02T12:00:00Z"},
    {"id": "3", "author": "cleo", "text": "the harbour news", "urls": ["https://secretpaper.example/x"], "created_at": "2024-05-03T12:00:00Z"},
    {"id": "4", "author": "dan", "text": "a Quarn lighthouse secretpaper", "created_at": "2024-05-04T12:00:00Z"},
]  # fmt: skip


@pytest.mark.parametrize(("field", "word", "hidden"), [("author", "quarn", "quiet"), ("author", "zelda", "quiet"), ("media", "lighthouse", "night"),
                                                       ("links", "secretpaper", "news")])  # fmt: skip
@pytest.mark.parametrize("sort", ["top", "latest"])
def test_a_post_is_found_by_what_is_given_of_it_only(app: App, write: Write, field: Field, word: str, hidden: str, sort: Any) -> None:
    write(*POSTS)
    everything = found(app, f"url:{word}" if field == "links" else word, viewer(), sort="top")
    assert any(hidden in text for text in everything), "with all fields it is found"
    told = found(app, word, viewer(field), sort=sort)
    assert not any(hidden in text for text in told) and (word == "zelda" or told == ["a Quarn lighthouse secretpaper"])
    order = found(app, f"harbour {word}", viewer(field), sort="top")
    assert len([text for text in order if "harbour" in text]) == 3
    assert found(app, f"harbour -{word}", viewer(field), sort="latest") == ["the harbour news", "the harbour at night", "the harbour is quiet"]


def test_counts_that_are_withheld_move_nothing(app: App, write: Write) -> None:
    same = {"created_at": "2024-05-01T12:00:00Z"}
    write({"id": "1", "author": "ann", "text": "harbour walk today", **same}, {"id": "2", "author": "bob", "text": "harbour swim today", **same})
    before = found(app, "harbour", viewer("counts"))
    write({"id": "1", "author": "ann", "text": "harbour walk today", "likes": 9_000, "edited_at": "2024-05-01T12:00:00Z", **same})
    write({"id": "2", "author": "bob", "text": "harbour swim today", "likes": 0, **same})
    assert found(app, "harbour", viewer("counts")) == before
    assert found(app, "harbour", viewer())[0] == "harbour walk today"


def test_an_answer_tells_nobody_who_said_it(app: App, write: Write) -> None:
    write({"id": "1", "author": "zelda", "author_name": "Zelda Quarn", "text": "The ferry to Quarnholm costs four crowns."})
    given = app.ask.ask(app.view(viewer("author")), [{"role": "user", "content": "How much does the ferry to Quarnholm cost?"}])
    told = json.dumps([given.text, *(repr(seen) for seen in given.posts)])
    assert "four crowns" in told and "elda" not in told


def test_pages_follow_each_other(app: App, write: Write) -> None:
    write(*({"id": f"n{n}", "author": "zelda", "text": f"harbour number {n}", "created_at": f"2024-05-01T12:{n:02}:00Z"} for n in range(30)))
    view, cursor, seen = app.view(viewer("author")), None, []
    for _ in range(10):
        page = app.search.search(view, "harbour", sort="latest", limit=7, cursor=cursor, fold=False)
        seen += [result.seen.post.text for result in page.results]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [f"harbour number {n}" for n in reversed(range(30))]
