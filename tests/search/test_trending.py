"""Trends: what different people write about now clearly more than before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oscine.app import App
from oscine.errors import InputError
from oscine.records import ANONYMOUS, Viewer

NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)
Write = Callable[..., Any]


def post(text: str, author: str, hours_ago: float, **more: Any) -> dict[str, Any]:
    return {"text": text, "author": author, "created_at": (NOW - timedelta(hours=hours_ago)).isoformat(), **more}


@pytest.fixture
def before(write: Write) -> None:
    """Ten quiet days: forty people, each of whom writes about breakfast every day."""
    write(*(post(f"breakfast {day} {n} is #daily as ever", f"a{n}", 24 * day + 3) for day in range(1, 11) for n in range(40)))
    write(*(post(f"breakfast {n} again #daily", f"a{n}", 3) for n in range(40)))


def trends(app: App, viewer: Viewer = ANONYMOUS, **options: Any) -> dict[str, int]:
    """Terms with their authors."""
    return {trend.term.shown: trend.authors for trend in app.trends.topics(app.view(viewer), NOW, **options)}


def burst(text: str = "#ferrydown again, person {n} is stuck", people: int = 6, **more: Any) -> list[dict[str, Any]]:
    return [post(text.format(n="abcdefghijkl"[n] * 4), f"a{n}", 1, **more) for n in range(people)]


@pytest.mark.usefixtures("before")
def test_what_is_new_and_what_is_as_ever(app: App, write: Write) -> None:
    write(*burst())
    assert trends(app) == {"#ferrydown": 6}
    (trend,) = app.trends.topics(app.view(ANONYMOUS), NOW)
    assert (trend.term.kind, trend.posts, trend.sample.post.text[:10]) == ("tag", 6, "#ferrydown")
    assert trends(app, limit=1) == trends(app, hours=2) == {"#ferrydown": 6}
    later = app.trends.topics(app.view(ANONYMOUS), NOW + timedelta(days=30))
    assert later == [], "nothing was written then"


@pytest.mark.usefixtures("before")
def test_one_person_makes_no_trend_however_loud(app: App, write: Write) -> None:
    write(*(post(f"#buynow offer number {'xyz'[n % 3] * (n + 1)}", "spammer", 1) for n in range(60)))
    assert trends(app) == {}
    write(*burst("#buynow with exactly these words"))
    assert trends(app) == {}, "seven people, two texts"


@pytest.mark.usefixtures("before")
def test_three_people_are_the_fewest(app: App, write: Write) -> None:
    write(*burst(people=2))
    assert trends(app) == {}
    write(*burst(people=3))
    assert trends(app) == {"#ferrydown": 3}


@pytest.mark.usefixtures("before")
def test_phrases_names_links_and_language(app: App, write: Write) -> None:
    write(*burst("look, {n} saw the Quibble Wort", lang="en"))
    write(*(post(f"rien du tout {n}", f"a{n}", 30, lang="fr") for n in range(30)))
    write(*burst("quelque chose https://a.example/story?utm_source=x", lang="fr"))
    assert trends(app, lang="en") == {"Quibble Wort": 6}, "the phrase, not its words too"
    assert set(trends(app, lang="fr")) == {"https://a.example/story"}, "its title may always be the same"
    assert trends(app, lang="xx") == {}


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize(
    "how", [{"visibility": "followers"}, {"visibility": "unlisted"}, {"visibility": "direct"}, {"labels": ["spam"]}, {"author": "shy"}]
)
def test_only_what_everybody_may_read_counts(app: App, write: Write, how: dict[str, Any]) -> None:
    quiet = [{**each, "author": f"q{n}", **how} for n, each in enumerate(burst())]
    write(*burst(people=2), *quiet, *({"relation": "follow", "actor": "a0", "target": f"q{n}", "at": NOW.isoformat()} for n in range(6)))
    app.database.execute("UPDATE accounts SET searchable = false WHERE key = 'shy'")
    assert trends(app) == trends(app, Viewer(network="local", account="a0")) == {}


@pytest.mark.usefixtures("before")
def test_samples_are_for_the_viewers_eyes(app: App, write: Write) -> None:
    write(*burst(people=4), *({"relation": "block", "actor": f"a{n}", "target": "a9", "at": NOW.isoformat()} for n in range(3)))
    (trend,) = app.trends.topics(app.view(Viewer(network="local", account="a9")), NOW)
    assert trend.sample.author.id == "a3", "of four authors, three block this viewer"
    write({"relation": "mute", "actor": "a9", "target": "a3", "at": NOW.isoformat()})
    assert trends(app, Viewer(network="local", account="a9")) == {}, "a trend of which nothing may be seen is not told"


def test_now_is_the_newest_post_but_not_one_from_the_future(app: App, write: Write) -> None:
    assert app.trends.topics(app.view(ANONYMOUS)) == []
    write(*burst(), {"text": "hello from the far future", "created_at": "2999-01-01T00:00:00Z"})
    assert trends(app) == {}, "there is nothing to compare with"
    write(*(post(f"breakfast {n}", f"a{n}", 48) for n in range(30)))
    app.trends._kept.clear()
    assert [trend.term.shown for trend in app.trends.topics(app.view(ANONYMOUS))] == ["#ferrydown"]


@pytest.mark.parametrize("hours", [0, -1, 745, float("nan"), float("inf")])
def test_hours_that_make_no_window(app: App, hours: float) -> None:
    with pytest.raises(InputError):
        app.trends.topics(app.view(ANONYMOUS), NOW, hours)
