"""What feeds served: kept whole, told about once, nobody's where none is named, gone with posts and accounts, rolled away when it is old."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oscine.app import App
from oscine.errors import NotFound
from oscine.recommendation import Outcome, ServedPage, ServedPost
from oscine.records import ANONYMOUS, Viewer
from oscine.store.feed_log import BATCH, FeedLog

Write = Callable[..., Any]
ANN, BOB = Viewer(network="local", account="ann"), Viewer(network="local", account="bob")
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(app: App, write: Write) -> FeedLog:
    write(*({"id": f"p{n}", "text": f"post {n}"} for n in (1, 2, 3)))
    return app.feed_log


def numbers(app: App) -> list[int]:
    return [row["id"] for row in app.database.rows("SELECT id FROM posts ORDER BY key")]


def made(token: str, posts: list[int], at: datetime = NOW, **more: Any) -> ServedPage:
    served = tuple(ServedPost(post=post, position=place, points=1000 - place) for place, post in enumerate(posts))
    return ServedPage(
        **{"token": token, "session": token, "at": at, "person": "", "order": "for-you", "weights": 0, "posts": served, **more}
    )


def test_a_page_is_kept_as_it_was_served(app: App, log: FeedLog) -> None:
    one, two, _ = numbers(app)
    posts = (
        ServedPost(post=two, position=0, points=-12, propensity=0.25, sources=("trending", "a 'name'")),
        ServedPost(post=one, position=1, points=2**40),
    )
    page = ServedPage(
        token="t", session="s", at=NOW, person=log.person(ANN), order="for-you", weights=3, posts=posts, ranker="r1", experiment=7, arm="treatment",
        temperature=0.5, candidates=b"\x00\xff", ads=("a1", "a2"),
    )  # fmt: skip
    log.keep(page)
    assert log.page("t") == page
    log.keep(empty := made("e", [], order="newest"))
    assert log.page("e") == empty


def test_a_page_that_never_was_is_not_found(log: FeedLog) -> None:
    with pytest.raises(NotFound, match="not known here"):
        log.page("' OR true --")


def test_what_came_of_a_post_is_noted_once_and_only_of_its_own_page(app: App, log: FeedLog) -> None:
    one, two, three = numbers(app)
    log.keep(made("t", [one, two]))
    log.keep(made("u", [three]))
    assert log.outcome("t", one, "like") and not log.outcome("t", one, "like")
    assert not log.outcome("t", three, "like"), "it was not on that page"
    assert not log.outcome("nowhere", one, "like") and not log.outcome("t", 10**12, "seen")
    told: list[tuple[int, Outcome]] = [(one, "seen"), (one, "seen"), (two, "seen"), (three, "seen"), (one, "like")]
    assert (log.outcomes("t", told), log.outcomes("t", told)) == ({(one, "seen"), (two, "seen")}, set())
    kept = app.database.rows("SELECT page, post, kind FROM feed_outcomes ORDER BY post, kind")
    assert [(row["page"], row["post"], row["kind"]) for row in kept] == [("t", one, "like"), ("t", one, "seen"), ("t", two, "seen")]


def test_a_session_knows_what_all_its_pages_showed(app: App, log: FeedLog) -> None:
    one, two, three = numbers(app)
    log.keep(made("t", [one, two]))
    log.keep(made("u", [two], session="t"))
    log.keep(made("v", [three]))
    assert (log.served("t"), log.served("v"), log.served("?")) == ([one, two], [three], [])


@pytest.mark.parametrize(
    ("minutes", "last"),
    [
        ([], None),
        ([0], None),
        ([1, 20, 45], None),
        ([1, 20, 60], 60),
        ([29, 30], None),
        ([300, 310, 700], 300),
        ([5, 300, 301, 700], 300),
    ],
)
def test_the_last_visit_ended_before_a_pause(log: FeedLog, minutes: list[int], last: int | None) -> None:
    for ago in minutes:
        log.keep(made(f"t{ago}", [], NOW - timedelta(minutes=ago), person=log.person(ANN)))
    log.keep(made("another's", [], NOW - timedelta(minutes=200), person=log.person(BOB)))
    log.keep(made("nobody's", [], NOW - timedelta(minutes=200)))
    assert log.last_visit(ANN, NOW) == (None if last is None else NOW - timedelta(minutes=last))
    assert log.last_visit(ANONYMOUS, NOW) is None


def test_a_person_is_taken_out_and_what_was_served_stays(app: App, log: FeedLog) -> None:
    one, *_ = numbers(app)
    log.keep(made("t", [one], person=log.person(ANN)))
    log.keep(made("u", [one], person=log.person(BOB)))
    log.keep(made("v", [one]))
    assert log.person(ANN) and log.person(ANN) != log.person(BOB) and log.person(ANONYMOUS) == ""
    assert (log.forget(ANN), log.forget(ANN), log.forget(ANONYMOUS)) == (1, 0, 0)
    assert [log.page(token).person for token in "tuv"] == ["", log.person(BOB), ""]
    assert log.served("t") == [one]


def test_a_deleted_account_leaves_no_name_behind(app: App, log: FeedLog, write: Write) -> None:
    write({"id": "b", "author": "bob", "text": "bob's"})
    app.database.execute("INSERT INTO feed_steering (network, account, steering) VALUES ('local', 'bob', '{}')")
    log.keep(made("t", [], person=log.person(BOB)))
    log.keep(made("u", [], person=log.person(ANN)))
    write({"delete_account": "bob"})
    assert (log.page("t").person, log.page("u").person) == ("", log.person(ANN))
    assert app.database.rows("SELECT * FROM feed_steering") == []


def test_a_deleted_post_is_gone_from_every_page_with_what_came_of_it(app: App, log: FeedLog, write: Write) -> None:
    one, two, _ = numbers(app)
    log.keep(made("t", [one, two]))
    log.outcomes("t", [(one, "like"), (two, "like")])
    write({"delete": "p1"})
    assert [post.post for post in log.page("t").posts] == [two]
    assert [row["post"] for row in app.database.rows("SELECT post FROM feed_outcomes")] == [two]
    log.keep(made("u", [one, two]))
    assert [(post.post, post.position) for post in log.page("u").posts] == [(two, 1)], "deleted while the page was made"


def test_nobody_waits_for_a_post_that_is_being_deleted(app: App, log: FeedLog) -> None:
    one, two, _ = numbers(app)
    done = threading.Event()

    def keep() -> None:
        log.keep(made("t", [one, two]))
        log.outcomes("t", [(two, "seen"), (one, "seen")])
        done.set()

    with app.database.connection() as connection:
        connection.execute("DELETE FROM posts WHERE id = %s", [one])
        keeping = threading.Thread(target=keep)
        keeping.start()
        waited = not done.wait(20)
    keeping.join()
    assert not waited
    assert [post.post for post in log.page("t").posts] == [two]


def test_old_pages_are_rolled_away(app: App, log: FeedLog) -> None:
    one, *_ = numbers(app)
    app.database.execute(
        "INSERT INTO feed_pages (token, session, at, kind, weights) SELECT 'o' || n, '', %s, 'newest', 0 FROM generate_series(1, %s) n",
        [NOW - timedelta(days=2), BATCH + 1],
    )
    log.keep(made("old", [one], NOW - timedelta(days=2)))
    log.keep(made("new", [one], NOW))
    log.outcomes("old", [(one, "like")])
    assert log.roll(NOW - timedelta(days=1)) == BATCH + 2
    assert [row["token"] for row in app.database.rows("SELECT token FROM feed_pages")] == ["new"]
    assert app.database.rows("SELECT * FROM feed_outcomes") == []


def test_pages_are_kept_for_the_days_of_the_settings(app: App, log: FeedLog) -> None:
    now = datetime.now(UTC)
    app.settings.feed_log_days = 3
    log.keep(made("old", [], now - timedelta(days=4)))
    log.keep(made("new", [], now - timedelta(days=2)))
    app.roll_feed_log()
    assert [row["token"] for row in app.database.rows("SELECT token FROM feed_pages")] == ["new"]
