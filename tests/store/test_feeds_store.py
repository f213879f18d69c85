"""Feeds are kept under names that Bluesky takes."""

from __future__ import annotations

from typing import Any

import pytest

from oscine.errors import InputError, NotFound
from oscine.store import feeds
from oscine.store.feeds import FeedGenerator, FeedGenerators
from oscine.store.postgres import Database


def feed(**told: Any) -> FeedGenerator:
    return FeedGenerator(**{"name": "ferries", "title": "Ferries", "query": "ferry -is:reply", **told})


def test_a_feed_is_kept_published_and_forgotten(database: Database) -> None:
    kept = FeedGenerators(database)
    kept.add(feed(description="Boats."))
    kept.add(feed(name="a"))
    assert [each.name for each in kept.all()] == ["a", "ferries"]
    assert kept.one("ferries") == feed(description="Boats.")
    kept.published("ferries", "did:plc:x")
    assert kept.one("ferries").publisher == "did:plc:x"
    with pytest.raises(InputError, match="already"):
        kept.add(feed(title="Other"))
    kept.remove("ferries")
    for gone in (kept.one, kept.remove):
        with pytest.raises(NotFound):
            gone("ferries")


@pytest.mark.parametrize(
    "told",
    [
        {"name": ""}, {"name": "Ferries"}, {"name": "-x"}, {"name": "x" * 16}, {"name": "a/b"}, {"name": "x\n"}, {"title": " "},
        {"title": "x" * 25}, {"title": "👩‍👩‍👧‍👧" * 12}, {"description": "x" * 301}, {"query": " "}, {"query": "x" * 2_001},
    ],
    ids=str,
)  # fmt: skip
def test_what_bluesky_does_not_take_is_refused(database: Database, told: dict[str, str]) -> None:
    with pytest.raises(InputError):
        FeedGenerators(database).add(feed(**told))
    assert FeedGenerators(database).all() == []


def test_there_are_not_too_many(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST", 1)
    kept = FeedGenerators(database)
    kept.add(feed())
    with pytest.raises(InputError, match="1 feeds already"):
        kept.add(feed(name="other"))
