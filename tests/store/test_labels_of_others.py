"""What labelers and networks say of posts and accounts, on the real PostgreSQL, up to what people see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.sql import SQL

from oscine.app import App
from oscine.ingest import Events
from oscine.records import ANONYMOUS, INACTIVE, Account, AccountDeleted, AnyEvent, Labelled, Post, PostDeleted, PostWritten, Viewer
from oscine.store import labels

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ANN = Viewer(network="bluesky", account="did:ann")


def post(key: str = "p1", own: tuple[str, ...] | None = None, minutes: int = 0) -> PostWritten:
    edited = NOON + timedelta(minutes=minutes) if minutes else None
    written = Post(
        id=key, network="bluesky", author="did:ann", text=f"The night ferry {minutes}", created_at=NOON, edited_at=edited, labels=own
    )
    return PostWritten(cursor=1, post=written, author=Account(id="did:ann", network="bluesky", handle="ann.test", bio="On ferries"))


def says(label: str, by: str = "did:labeler", *, on: bool = True, minutes: int = 0, account: bool = False, **more: Any) -> Labelled:
    about = {"account": "did:ann"} if account else {"post": "p1"}
    return Labelled(cursor=2, network="bluesky", label=label, by=by, at=NOON + timedelta(minutes=minutes), on=on, **about, **more)


def tell(app: App, *events: AnyEvent) -> None:
    app.ingest(Events(events))


def labelled(app: App) -> list[list[str] | None]:
    return [row["labels"] for row in app.database.rows("SELECT labels FROM posts ORDER BY key")]


def test_labels_of_others_stand_beside_a_post_s_own(app: App) -> None:
    tell(app, post(own=("nsfw",)), post("p2"))
    tell(app, says("spoiler"), says("rude", "did:other"), says("spoiler", "did:other"))
    assert labelled(app) == [["nsfw", "rude", "spoiler"], None]
    tell(app, says("spoiler", on=False, minutes=1))
    assert labelled(app)[0] == ["nsfw", "rude", "spoiler"]  # the other still says so
    tell(app, says("spoiler", "did:other", on=False, minutes=1), says("rude", "did:other", on=False, minutes=1))
    assert labelled(app) == [["nsfw"], None]
    tell(app, says("rude", "did:other"))  # an old word, told again
    assert labelled(app)[0] == ["nsfw"]


@pytest.mark.parametrize("early", [False, True])
def test_a_label_is_on_posts_before_and_after_it_and_through_edits(app: App, early: bool) -> None:
    word = says("rude", account=True)
    for event in [word, post()] if early else [post(), word]:
        tell(app, event)
    assert labelled(app) == [["rude"]]
    tell(app, post(minutes=5), post("p2"))
    assert labelled(app) == [["rude"], ["rude"]]
    assert app.ingest(Events([post(minutes=5)])).unchanged == 1
    tell(app, says("rude", account=True, on=False, minutes=1))
    assert labelled(app) == [None, None]


def test_an_account_put_away_is_seen_by_nobody_else_until_it_is_back(app: App) -> None:
    tell(app, post())
    seen = lambda viewer: app.view(viewer).count(SQL("true"), 10)  # noqa: E731
    people = lambda: [row["handle"] for row in app.view(ANONYMOUS).accounts(SQL("true"), 10)]  # noqa: E731
    assert (seen(ANONYMOUS), seen(ANN), people()) == (1, 1, ["ann.test"])
    tell(app, says(INACTIVE, "network", account=True))
    assert (seen(ANONYMOUS), seen(ANN), people()) == (0, 1, [])
    tell(app, says(INACTIVE, "network", account=True, on=False, minutes=1))
    assert (seen(ANONYMOUS), seen(ANN), people()) == (1, 1, ["ann.test"])


def test_a_label_ends(app: App) -> None:
    tell(
        app,
        post(),
        says("rude", expires=datetime.now(UTC) - timedelta(seconds=1)),
        says("spoiler", expires=datetime.now(UTC) + timedelta(days=1)),
    )
    assert labels.expire(app.database) == 1
    assert labelled(app) == [["spoiler"]] and labels.expire(app.database) == 0


def test_labels_go_with_what_they_are_about(app: App) -> None:
    tell(app, post(), post("p2"), says("rude"), says("odd", account=True))
    tell(app, PostDeleted(cursor=3, network="bluesky", id="p1"), says("late", minutes=1))
    assert [row["label"] for row in app.database.rows("SELECT label FROM labels")] == ["odd"]
    tell(app, AccountDeleted(cursor=4, network="bluesky", id="did:ann"))
    assert not app.database.rows("SELECT FROM labels")
