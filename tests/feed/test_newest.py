"""The feed that nothing ranks."""

from __future__ import annotations

from itertools import chain

import pytest

from feed.world import ME, NOW, Write, follow, numbers, post
from oscine.app import App
from oscine.errors import InputError
from oscine.recommendation import Rule, Steering
from oscine.records import ANONYMOUS, Viewer


def pages(app: App, viewer: Viewer, limit: int, steering: Steering | None = None, most: int = 50) -> list[list[str]]:
    """Page after page, to the end."""
    found: list[list[str]] = []
    cursor: str | None = None
    while (not found or cursor) and len(found) < most:
        ranked, cursor = app.newest.page(viewer, steering or Steering(), limit, cursor, NOW)
        found.append([seen.post.id for seen in app.view(viewer).posts(numbers(ranked))])
    return found


def test_of_whom_one_follows_and_of_everybody_for_whoever_follows_nobody(app: App, write: Write) -> None:
    write(*(post(n, f"a{n % 3}", n) for n in range(9)))
    assert pages(app, ANONYMOUS, 50) == pages(app, ME, 50) == [[f"p{n}" for n in range(9)]]
    write(follow("a1"))
    assert pages(app, ME, 50) == [["p1", "p4", "p7"]]


def test_pages_follow_each_other_while_newer_posts_arrive(app: App, write: Write) -> None:
    write(*(post(n, "ann", n // 2) for n in range(11)), follow("ann"))
    whole = pages(app, ME, 50)[0]
    assert list(chain(*pages(app, ME, 4))) == whole and [len(page) for page in pages(app, ME, 4)] == [4, 4, 3]
    first, cursor = app.newest.page(ME, limit=4, now=NOW)
    write(post(20, "ann", 0))
    second, _ = app.newest.page(ME, limit=4, cursor=cursor, now=NOW)
    assert [seen.post.id for seen in app.view(ME).posts(numbers(first) + numbers(second))] == whole[:8]


def test_what_one_asked_to_be_left_out_is_left_out_and_all_else_is_there(app: App, write: Write) -> None:
    write(*(post(n, "ann", n, text=f"{'ferry' if n % 3 else 'train'} number {n}") for n in range(40)), follow("ann"))
    rules = Steering(rules=(Rule(kind="word", value="ferry", mode="never"),))
    assert list(chain(*pages(app, ME, 5, rules))) == [f"p{n}" for n in range(0, 40, 3)]


def test_a_cursor_of_somebody_else(app: App) -> None:
    with pytest.raises(InputError, match="not one of ours"):
        app.newest.page(ME, cursor="nonsense")
