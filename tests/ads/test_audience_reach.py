"""Reach before anything is ordered: estimates that hold, intervals, reasons, and nothing told of few people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from oscine.ads.audience import reach as reaching
from oscine.ads.audience.reach import Range, Reach, reach
from oscine.ads.audience.vocabulary import Vocabulary
from oscine.advertising import Targeting
from oscine.app import App
from oscine.records import Viewer
from oscine.store.activity import Activity
from oscine.store.choices import Choices

Write = Callable[..., Any]
NOW = datetime(2024, 5, 30, tzinfo=UTC)
EVERYBODY = Targeting()


@pytest.fixture
def network(app: App, write: Write) -> App:
    """60 people with 5 posts each in 30 days: 20 write of ferries in English, 40 of bread in German; 30 of them allow personal ads, 2 are minors."""
    about = [("the ferry is late again", "en") if n < 20 else ("frisches Brot aus dem Ofen", "de") for n in range(60)]
    write(
        *(
            {
                "author": f"a{n}",
                "id": f"p{n}-{day}",
                "text": about[n][0],
                "lang": about[n][1],
                "created_at": f"2024-05-{day + 10}T{n % 24:02}:00:00Z",
            }
            for n in range(60)
            for day in range(5)
        ),
        {"author": "old", "text": "the ferry of long ago", "created_at": "2023-01-01T00:00:00Z"},
    )
    choices = Choices(app.database)
    for n in range(32):
        choices.set(Viewer(network="local", account=f"a{n}"), personal=True)
    for n in (30, 31):
        choices.mark_minor(Viewer(network="local", account=f"a{n}"))
    return app


def of(app: App, targeting: Targeting, **more: Any) -> Reach:
    return reach(targeting, Vocabulary(Activity(app.database), app.view), NOW, **more)


def counts(left: tuple[reaching.LeftOut, ...]) -> dict[str, int]:
    return {each.code: each.number for each in left}


def test_everybody(network: App) -> None:
    found = of(network, EVERYBODY)
    assert found.people == Range(60, 60, 60) and found.people_left_out == ()
    assert found.places.said == "fewer than 10", "300 posts in 30 days"
    assert any("one beside each new public post" in note for note in found.notes)


def test_by_what_is_written_about(network: App) -> None:
    for targeting in (
        Targeting(query="ferry"),
        Targeting(topics=("ferry",)),
        Targeting(langs=("en",)),
        Targeting(not_query="brot"),
        Targeting(not_langs=("de",)),
    ):
        found = of(network, targeting, views=3_000.0)
        assert found.people == Range(20, 20, 20) and found.places.low <= 1_000 <= found.places.high, targeting
        assert sum(counts(found.people_left_out).values()) == 40 and sum(counts(found.places_left_out).values()) == 2_000


def test_every_one_left_out_has_its_reason(network: App) -> None:
    found = of(network, Targeting(langs=("en",), query="ferry -late", not_topics=("bread",)), views=3_000.0)
    assert counts(found.people_left_out) == {"language": 40, "query": 20} and counts(found.places_left_out) == {
        "language": 2_000,
        "query": 1_000,
    }
    assert all(left.why.endswith(".") for left in (*found.people_left_out, *found.places_left_out))
    assert found.people.said == "fewer than 10" and found.places.said == "fewer than 38"


def test_personal_targeting_counts_only_who_allows_it(network: App, write: Write) -> None:
    write(
        *(
            {"engagement": "like", "actor": f"a{n}", "post": f"p{(n + 1) % 20}-{day}", "at": "2024-05-20T00:00:00Z"}
            for n in range(60)
            for day in range(4)
        )
    )
    found = of(network, Targeting(interests=("ferry",)))
    assert found.people == Range(30, 30, 30) and counts(found.people_left_out) == {"minor": 10, "permission": 28}
    assert found.places.said == "fewer than 10", "10 a day, wherever they are"
    none = of(network, Targeting(interests=("bread",)))
    assert none.people.said == "fewer than 10" and counts(none.people_left_out)["interests"] == 30


def test_hours_of_the_week(network: App) -> None:
    friday_noon = 4 * 24 + 12
    found = of(network, Targeting(hours=(friday_noon,)), views=30_000.0)
    assert found.places.low < 200 < found.places.high and counts(found.places_left_out) == {"hours": 30_000}, "2 posts of 300"


def test_what_is_not_counted_is_said(network: App) -> None:
    notes = of(network, Targeting(places=("DE",), topics=("ferry",)), views=3_000.0).notes
    assert any("countries and regions are not counted" in note for note in notes) and any("no embedder" in note for note in notes)
    assert "Nobody is likened to local/a1" in of(network, Targeting(like=("local/a1",))).notes[0]
    assert any("like those who write" in note for note in notes) and not any("new public post" in note for note in notes)


def test_brand_safety_counts(network: App) -> None:
    assert of(network, EVERYBODY, tier="standard", views=3_000.0).places.estimate == 3_000
    strict = of(network, EVERYBODY, tier="strict", views=3_000.0)
    assert strict.places.said == "fewer than 38" and counts(strict.places_left_out) == {"brand": 3_000}, "nobody labelled these posts"


def test_a_sample_has_an_interval_that_holds_the_truth(network: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "PEOPLE", 25)
    monkeypatch.setattr(reaching, "POSTS", 60)
    found = of(network, Targeting(query="ferry"), views=3_000.0)
    assert found.people.low <= 20 <= found.people.high and found.people.low < found.people.high
    assert found.places.low <= 1_000 <= found.places.high and found.places.low < found.places.high
    assert found == of(network, Targeting(query="ferry"), views=3_000.0), "asked again, the same: no difference to learn from"


def test_an_empty_network_reaches_nobody(app: App) -> None:
    found = of(app, Targeting(query="ferry"))
    assert found.people.said == found.places.said == "fewer than 10" and any("Nobody in the sample" in note for note in found.notes)


def test_hidden_and_private_posts_are_no_places(app: App, write: Write) -> None:
    write(*({"text": "x", "created_at": "2024-05-20T00:00:00Z", "author": f"h{n}", "visibility": "followers"} for n in range(40)))
    write(*({"text": "x", "created_at": "2024-05-20T00:00:00Z", "author": f"s{n}", "labels": ["spam"]} for n in range(40)))
    assert of(app, EVERYBODY, views=1_000.0).places.said == "fewer than 10"


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0, 10, "fewer than 10"), (0, 11, "fewer than 11"), (1_200, 1_500, "about 1,300 (1,200 to 1,500)")]
)
def test_few_are_not_told_apart(low: int, high: int, said: str) -> None:
    assert Range(low, max(10, 1_300 if low else 10), high).said == said
