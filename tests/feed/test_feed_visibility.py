"""What a person may not see is in none of their feeds, whatever finds it and whatever changes meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from feed.world import ME, NOW, Write, follow, like, post, shown
from oscine.app import App
from oscine.feed.weights import shipped
from oscine.recommendation import Order
from oscine.records import ANONYMOUS, Viewer

AUTHORS, EACH = 8, 12
ORDERS: list[Order] = ["for-you", "newest"]


def number(author: int, post: int) -> int:
    return author * EACH + post


@pytest.fixture
def world(write: Write) -> None:
    """Eight people write a dozen posts each about three things; I follow four of them, talk with others, and like what `ben` likes."""
    write(
        *(
            post(number(a, n), f"a{a}", n + a / 10, text=f"thing {n % 3}, said {n} times by {a}",
                 visibility="followers" if n == 3 else "unlisted" if n == 4 else "direct" if n == 5 else "public")
            for a in range(AUTHORS) for n in range(EACH)
        ),
        *(follow(f"a{a}") for a in range(4)),
        *(like(number(a, 11)) for a in range(AUTHORS)), *(like(number(a, n), "ben") for a in range(AUTHORS) for n in (1, 2, 6, 9, 10, 11)),
        {"id": "mine", "author": "me", "text": "a word of mine", "created_at": NOW.isoformat(), "reply_to": f"p{number(6, 8)}"},
        {"id": "theirs", "author": "a7", "text": "a word on it", "created_at": NOW.isoformat(), "reply_to": "mine", "root": f"p{number(6, 8)}"},
    )  # fmt: skip


def edited(at: int, **more: Any) -> dict[str, Any]:
    return post(at, f"a{at // EACH}", 2, edited_at=NOW.isoformat(), **more)


Change = Callable[
    [int], tuple[dict[str, Any], set[str]]
]  # of an author: what happens, and the posts that nobody, or not I, may see from then on


def all_of(author: int) -> set[str]:
    return {f"p{number(author, n)}" for n in range(EACH)}


def delete(a: int) -> tuple[dict[str, Any], set[str]]:
    return {"delete": f"p{number(a, 1)}"}, {f"p{number(a, 1)}"}


def close(a: int) -> tuple[dict[str, Any], set[str]]:
    return edited(number(a, 2), visibility="direct"), {f"p{number(a, 2)}"}


def label(a: int) -> tuple[dict[str, Any], set[str]]:
    return edited(number(a, 6), labels=["spam"]), {f"p{number(a, 6)}"}


def block(a: int) -> tuple[dict[str, Any], set[str]]:
    return {"relation": "block", "actor": "me", "target": f"a{a}", "at": NOW.isoformat()}, all_of(a)


def blocked(a: int) -> tuple[dict[str, Any], set[str]]:
    return {"relation": "block", "actor": f"a{a}", "target": "me", "at": NOW.isoformat()}, all_of(a)


def mute(a: int) -> tuple[dict[str, Any], set[str]]:
    return {"relation": "mute", "actor": "me", "target": f"a{a}", "at": NOW.isoformat()}, all_of(a)


def unfollow(a: int) -> tuple[dict[str, Any], set[str]]:
    return follow(f"a{a}", on=False), {f"p{number(a, 3)}"}


FOR_ALL: list[tuple[Change, int]] = [(delete, 0), (close, 1), (label, 2), (delete, 5), (close, 6), (label, 7)]
MANY: list[tuple[Change, int]] = [(change, author) for author in range(AUTHORS) for change in (delete, close, label)]
FOR_ME: list[tuple[Change, int]] = [(block, 0), (blocked, 4), (mute, 1), (unfollow, 2), (mute, 5)]


def closed(viewer: Viewer) -> set[str]:
    """What the world does not show a viewer from the beginning."""
    never = {f"p{number(a, 5)}" for a in range(AUTHORS)}
    apart = {f"p{number(a, n)}" for a in range(AUTHORS) for n in (3, 4)}
    return never | (apart if viewer.anonymous else {f"p{number(a, 3)}" for a in range(4, AUTHORS)})


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("order", ORDERS)
def test_what_is_not_for_everybody_is_for_whom_it_is(app: App, order: Order) -> None:
    app.pool.load()
    for viewer in (ANONYMOUS, ME):
        assert not set(shown(app, viewer, order)) & closed(viewer)
    assert {f"p{number(a, 3)}" for a in range(4)} < set(shown(app, ME, order)), "whom I follow, for followers"


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(("change", "author"), FOR_ALL + FOR_ME)
def test_what_goes_is_gone_though_the_pool_does_not_know_yet(app: App, write: Write, change: Change, author: int) -> None:
    app.pool.load()
    event, gone = change(author)
    found = set(app.feed.rank(app.feed.ask(ME, now=NOW, limit=100), shipped()).candidates.numbers.tolist())
    assert {seen.number for seen in app.view(ANONYMOUS).keyed(sorted(gone), "local")} & found or change is unfollow, "it was found before"
    write(event)
    for order in ORDERS:
        assert not set(shown(app, ME, order)) & gone
        assert not (set(shown(app, ANONYMOUS, order)) & gone and (change, author) in FOR_ALL)
    app.pool.refresh()
    assert not set(shown(app, ME, "for-you")) & gone


@pytest.mark.usefixtures("world")
def test_every_source_finds_and_none_finds_what_is_closed(app: App, write: Write) -> None:
    app.pool.load()
    for change, author in FOR_ALL + FOR_ME:
        write(change(author)[0])
    ranked = app.feed.rank(app.feed.ask(ME, now=NOW, limit=100), shipped())
    gone = set().union(*(change(author)[1] for change, author in FOR_ALL + FOR_ME)) | closed(ME)
    with app.database.connection() as connection:
        rows = connection.execute("SELECT id FROM posts WHERE key = ANY (%s)", [sorted(gone)]).fetchall()
    hidden = {row["id"] for row in rows}
    assert not hidden & set(ranked.candidates.numbers.tolist())
    assert not hidden & ranked.dropped.keys(), "nor is anything said of it"
    found = {name for name, any_ in zip(ranked.sources, ranked.candidates.found.any(axis=0), strict=True) if any_}
    assert found >= {"people you follow", "people like you", "where you take part", "noticed now"}


@pytest.mark.usefixtures("world")
def test_while_others_change_what_may_be_seen(app: App, write: Write) -> None:
    """Each page is held against all that had been committed before it was asked for."""
    app.pool.load()
    for_all, for_me, wrong, noting, pages = set[str](), set[str](), list[Any](), threading.Lock(), list[int]()
    done = threading.Event()

    def change(events: list[tuple[Change, int]], noted: set[str]) -> None:
        for make, author in events:
            event, gone = make(author)
            write(event)
            with noting:
                noted |= gone

    def read(viewer: Viewer, order: Order) -> None:
        while not done.is_set():
            with noting:
                before = for_all | (set() if viewer.anonymous else for_me) | closed(viewer)
            page = set(shown(app, viewer, order))
            pages.append(len(page))
            if page & before:
                wrong.append((viewer, order, page & before))

    def refresh() -> None:
        while not done.is_set():
            app.pool.refresh()

    readers = [threading.Thread(target=read, args=(viewer, order)) for viewer in (ANONYMOUS, ME) for order in ORDERS]
    writers = [threading.Thread(target=change, args=each) for each in ((MANY, for_all), (FOR_ME, for_me))]
    everybody = [*readers, threading.Thread(target=refresh), *writers]
    for thread in everybody:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in everybody:
        thread.join()
    assert not wrong
    assert len(pages) >= 8 and min(pages) > 5, "pages were read meanwhile, and had posts"
