"""Related searches, and more like this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oscine.app import App
from oscine.records import ANONYMOUS, Viewer
from oscine.search import related, similar

Write = Callable[..., Any]


@pytest.fixture
def harbour(write: Write) -> None:
    write(*({"text": f"nothing much on day {n}, only bread and rain", "author": f"x{n % 20}"} for n in range(200)))
    write(*({"text": f"the ferry sank near Quarnholm today #ferrydown {'abcde'[n] * 3}", "author": f"a{n}"} for n in range(5)))


def searches(app: App, query: str) -> list[str]:
    return [item.query for item in related.searches(app.search, app.view(ANONYMOUS), query)]


@pytest.mark.usefixtures("harbour")
def test_what_stands_with_it_more_than_elsewhere(app: App) -> None:
    found = searches(app, "ferry")
    assert "#ferrydown" in found or "ferry Quarnholm" in found
    assert not any("bread" in query or "rain" in query for query in found)
    assert "ferry" not in found and len(found) == len(set(found))
    assert searches(app, "") == [] or "ferry" not in searches(app, "")
    assert searches(app, "no such words") == []


@pytest.mark.usefixtures("harbour")
@pytest.mark.parametrize("how", [{"visibility": "followers"}, {"labels": ["spam"]}, {"visibility": "unlisted"}, {"author": "shy"}])
def test_terms_that_not_everybody_may_read_are_not_proposed(app: App, write: Write, how: dict[str, Any]) -> None:
    write(*({"text": f"the ferry and #secretplan {n}", "author": f"s{n}", **how} for n in range(6)))
    write({"text": "the ferry and #myownplan", "author": "alone"}, {"text": "ferry #myownplan once more", "author": "alone"})
    app.database.execute("UPDATE accounts SET searchable = false WHERE key = 'shy'")
    found = searches(app, "ferry")
    assert found and "#secretplan" not in found and "#myownplan" not in found, "and one author makes no search"


def like(app: App, key: str, viewer: Viewer = ANONYMOUS, limit: int = 10) -> list[str]:
    view = app.view(viewer)
    return [seen.post.id for seen in similar.posts(view, app.embedder(), view.post(key), limit)]


@pytest.fixture
def boats(write: Write) -> None:
    write(
        {"id": "one", "text": "The night ferry to Quarnholm is late again because of fog"},
        {"id": "copy", "text": "The night ferry to Quarnholm is late again, because of fog! https://t.co/x"},
        {"id": "two", "text": "Fog at Quarnholm harbour, no night ferry tonight"},
        {"id": "three", "text": "We took the ferry"},
        {"id": "four", "text": "Sourdough needs patience"},
        {
            "id": "secret",
            "text": "Night ferry to Quarnholm cancelled because of fog, says the captain",
            "visibility": "followers",
            "author": "bob",
        },
        {"id": "shy", "text": "Fog, and the ferry of Quarnholm late this night", "author": "shy"},
        {"id": "empty", "text": "", "media": ["https://a.example/p.jpg"]},
        {"relation": "follow", "actor": "cleo", "target": "bob", "at": "2024-05-01T12:00:00Z"},
    )


@pytest.mark.usefixtures("boats")
def test_more_like_this(app: App) -> None:
    app.database.execute("UPDATE accounts SET searchable = false WHERE key = 'shy'")
    assert like(app, "one") == ["two", "three"], "not itself, no copy, nothing else, nothing that is not for all"
    assert like(app, "one", limit=1) == ["two"]
    assert like(app, "one", Viewer(network="local", account="cleo")).count("secret") == 1, "a follower may see it"
    assert like(app, "empty") == []
