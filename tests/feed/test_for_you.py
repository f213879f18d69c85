"""The feed for one person, over a real store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from feed.world import ME, NOW, Write, ago, follow, like, numbers, post, ranked
from oscine.app import App
from oscine.feed.pipeline import Ranked
from oscine.feed.weights import shipped
from oscine.recommendation import ACTIONS, Act, Steering
from oscine.records import ANONYMOUS, Viewer


def keys(app: App, found: Ranked) -> list[str]:
    return [seen.post.id for seen in app.view(ME).posts(numbers(found))]


def by(app: App, found: Ranked) -> dict[str, tuple[str, ...]]:
    """What found each post."""
    return {key: found.found_by(pick.place) for key, pick in zip(keys(app, found), found.picks, strict=True)}


def reasons(app: App, found: Ranked) -> dict[str, str]:
    """Why each post was left out."""
    return {seen.post.id: found.dropped[seen.number] for seen in app.view(ME).posts(list(found.dropped))}


def test_nobody_gets_a_feed_too(app: App, write: Write) -> None:
    write(*(post(n, f"a{n % 5}", n) for n in range(20)))
    found = ranked(app)
    assert sorted(keys(app, found)) == sorted(f"p{n}" for n in range(20))
    assert all(sum(part.points for part in found.parts(pick.place)) == found.points[pick.place] for pick in found.picks)
    assert {column.name for column in found.columns} >= {*ACTIONS, *shipped().also}


def test_of_an_empty_network_nothing_is_shown(app: App) -> None:
    assert ranked(app).picks == [] and ranked(app, ME).picks == []


def test_whom_one_follows_comes_first(app: App, write: Write) -> None:
    write(*(post(n, f"a{n % 5}", n) for n in range(20)), follow("a3"))
    found = ranked(app, ME)
    assert keys(app, found)[0] == "p3"
    assert "people you follow" in found.found_by(found.picks[0].place)


def test_people_like_me_and_what_i_did_is_not_shown_again(app: App, write: Write) -> None:
    write(*(post(n, f"a{n}", 30) for n in range(20)), like(0), like(0, "ben"), like(7, "ben"), like(1, "eve"), like(8, "eve"))
    found = ranked(app, ME)
    assert "people like you" in by(app, found)["p7"] and "people like you" not in by(app, found)["p8"]
    assert reasons(app, found) == {"p0": "you have seen it"}


def test_those_i_take_part_with_and_the_talk_that_i_am_in(app: App, write: Write) -> None:
    talk = {"id": "mine", "author": "me", "created_at": ago(1), "text": "aha", "reply_to": "p1", "root": "p1"}
    write(*(post(n, f"a{n % 4}", n) for n in range(8)), like(0), talk, post(9, "a9", 0.5, reply_to="mine", root="p1"))
    found = by(app, ranked(app, ME))
    assert {key for key, sources in found.items() if "where you take part" in sources} == {"p4", "p5", "p9"}
    assert "mine" not in found


def test_each_filter_says_why(app: App, write: Write) -> None:
    write(
        *(post(n, f"a{n}", 400) for n in range(2_000, 3_001)),
        post(0, "me"), post(1, "ann", text="Twice  https://a.example"), post(2, "ben", 2, text="twice"), post(3, "eve", -1), post(4, "dan", 500),
        post(5, "ann", content_warning="food"), post(6, "fay", content_warning="food"), follow("fay"),
        like(7), post(7, "hal"), *(like(n, "ben") for n in (0, 1, 3, 5, 7)),
    )  # fmt: skip
    found = ranked(app, ME, limit=2_000)
    why = reasons(app, found)
    assert {key: why[key] for key in ("p0", "p1", "p3", "p5") if key in why} == {
        "p0": "you wrote it", "p1": "another post says the same", "p3": "it is dated in the future", "p5": "it is covered, and by somebody you do not follow",
    }  # fmt: skip
    assert {"p2", "p6"} <= set(keys(app, found)) and "p4" not in keys(app, found)


def test_a_quiet_network_has_a_feed_of_its_newest_thousand(app: App, write: Write) -> None:
    write(*(post(n, f"a{n}", 24 * 365 * 3 + 24 * n) for n in range(40)))
    app.pool.load()
    assert app.feed.now() == NOW.replace(year=2021, day=21), "three years of which one is leap"
    found = app.feed.rank(app.feed.ask(ANONYMOUS), shipped())
    assert len(found.picks) == 40 and "it is too old" not in found.dropped.values()


def test_where_somebody_wrote_today_it_is_now(app: App, write: Write) -> None:
    write(post(1, "ann"), {"id": "new", "author": "ben", "text": "hello", "created_at": datetime.now(UTC).isoformat()})
    app.pool.load()
    assert abs((app.feed.now() - datetime.now(UTC)).total_seconds()) < 60


def test_who_is_new_is_found_and_who_is_known_is_not_fresh(app: App, write: Write) -> None:
    write(
        *(post(n, "star", n, likes=500) for n in range(1, 9)),
        post(20, "nobody", 2),
        *(like(n, f"fan{f}") for n in range(1, 9) for f in range(9)),
    )
    found = ranked(app, ME)
    assert {key for key, sources in by(app, found).items() if "new voices" in sources} == {"p20"}
    fresh = next(column.values for column in found.columns if column.name == "fresh")
    place = {key: pick.place for key, pick in zip(keys(app, found), found.picks, strict=True)}
    assert fresh[place["p20"]] == 1 and all(fresh[place[f"p{n}"]] < 0.01 for n in range(1, 9))


def test_without_profiling_nothing_that_one_did_is_read(app: App, write: Write) -> None:
    write(*(post(n, f"a{n % 5}", n) for n in range(20)), follow("a3"), like(1), like(1, "ben"), like(6, "ben"))
    mine = app.feed.rank(app.feed.ask(ME, Steering(personal=False), now=NOW), shipped())
    nobodys = app.feed.rank(app.feed.ask(ANONYMOUS, now=NOW), shipped())
    assert numbers(mine) == numbers(nobodys) and mine.points.tolist() == nobodys.points.tolist()
    reader = app.feed.ask(ME, Steering(personal=False), now=NOW).reader
    assert (reader.acts, reader.follows.tolist(), reader.seen.tolist()) == ((), [], [])


@pytest.mark.parametrize("viewer", [ME, ANONYMOUS])
def test_the_same_ask_gives_the_same_feed_bit_for_bit(app: App, write: Write, viewer: Viewer) -> None:
    write(
        *(post(n, f"a{n % 5}", n, likes=n % 3) for n in range(40)),
        follow("a3"),
        *(like(n, f"b{n % 4}") for n in range(0, 40, 3)),
        like(6),
        like(9),
    )
    first = ranked(app, viewer)
    app.pool.refresh()
    again = app.feed.rank(app.feed.ask(viewer, now=NOW), shipped())
    anew = ranked(app, viewer)
    for other in (again, anew):
        assert (other.picks, other.dropped) == (first.picks, first.dropped)
        for mine, theirs in zip(first.columns, other.columns, strict=True):
            assert mine.values.tobytes() == theirs.values.tobytes()


def undone(app: App, events: Callable[[], Any], act: Act) -> tuple[Ranked, Ranked]:
    """The feed as if an act had not been done, and as it is once it truly is undone."""
    app.pool.load()
    supposed = app.feed.rank(app.feed.ask(ME, now=NOW, without=act, limit=100), shipped())
    events()
    return supposed, ranked(app, ME, limit=100)


@pytest.mark.parametrize("event", [*(like(n, on=False) for n in (0, 7, 13)), follow("a3", on=False), follow("a1", on=False)])
def test_what_would_be_is_what_is(app: App, write: Write, event: dict[str, Any]) -> None:
    write(
        *(post(n, f"a{n % 7}", n, likes=n % 3, visibility="followers" if n % 7 == 3 and n > 30 else "public") for n in range(60)), follow("a3"), follow("a1"),
        *(like(n, f"b{n % 4}", n / 2) for n in range(0, 60, 3)), *(like(n, "b1") for n in (0, 7, 13, 20, 30)), like(0), like(7), like(13),
    )  # fmt: skip
    acts = app.readers.of(ME, NOW, NOW).acts
    key = event.get("post") or event["target"]
    names = {row["id"]: row["key"] for row in app.database.rows("SELECT id, key FROM posts UNION ALL SELECT -id, key FROM accounts")}
    act = next(act for act in acts if names[act.post or -act.author] == key and act.kind in event.values())
    supposed, real = undone(app, lambda: write(event), act)
    assert (numbers(supposed), supposed.dropped) == (numbers(real), real.dropped)
    assert supposed.points.tolist() == real.points.tolist()
    assert all(np.array_equal(one.values, other.values) for one, other in zip(supposed.columns, real.columns, strict=True))
    assert np.array_equal(supposed.candidates.found, real.candidates.found)
