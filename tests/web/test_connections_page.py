"""The page of connections in a real browser: figures as they come, dead letters tried again and forgotten, whatever a network writes into them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, expect

from conftest import Server
from oscine.records import Gap, Refused
from oscine.store import connections, dead_letters, gaps
from oscine.store.connections import Step
from oscine.store.postgres import Database, open_database

from .made import HOSTILE, too_wide

pytestmark = pytest.mark.browser
NAME = "bluesky ws://127.0.0.1:1"
EVENT = b"PostDeleted\n" + json.dumps({"cursor": 1, "network": "bluesky", "id": "at://did:plc:x/app.bsky.feed.post/1"}).encode()
Work = Callable[..., None]


@pytest.fixture
def work(ad_server: Server) -> Iterator[Work]:
    """A reader of one connection, as `oscine connect` is one; `refused` of the events are kept as letters."""
    shared = open_database(ad_server.data)
    own = Database(shared.conninfo, size=1)

    def advance(state: str = "running", trouble: str = "", rate: float = 0.0, events: int = 0, refused: tuple[Refused, ...] = ()) -> None:
        with own.connection() as session:
            dead_letters.keep(session, NAME, refused)
            connections.advance(session, NAME, Step(state, trouble, rate, None, datetime.now(UTC), events, len(refused)))  # type: ignore[arg-type]

    with own.connection() as session:
        connections.begin(session, NAME, "bluesky")
        gaps.note(session, NAME, [Gap(cursor=1, network="bluesky", reason="a hole", account="did:plc:a")])
    yield advance
    own.close()
    shared.execute("DELETE FROM connections")
    shared.close()


def figure(page: Page, name: str) -> Any:
    return page.locator(".figures div", has=page.locator("dt", has_text=name)).locator("dd")


def test_nothing_is_connected(ad_server: Server, calm: Page) -> None:
    calm.goto(ad_server.url + "/connections")
    calm.get_by_text("Nothing is connected yet.").wait_for()


def test_figures_are_told_as_they_come(ad_server: Server, work: Work, calm: Page) -> None:
    work(rate=412.4, events=1_203_118)
    calm.clock.install()
    calm.goto(ad_server.url + "/connections")
    expect(calm.locator(".badge")).to_have_text("▶ running")
    expect(figure(calm, "events a second")).to_have_text("412")
    assert figure(calm, "behind").inner_text().endswith(" s")
    assert [figure(calm, name).inner_text() for name in ("refused", "dead letters", "gaps")] == ["0", "0", "1"]
    card = calm.locator(".connection").element_handle()
    work("waiting", f"{HOSTILE} does not answer.", rate=3.25, events=5)
    calm.clock.run_for(5_000)
    expect(calm.locator(".badge")).to_have_text("◔ waiting")
    expect(calm.locator(".why")).to_have_text(f"{HOSTILE} does not answer.")
    expect(figure(calm, "events a second")).to_have_text("3.3")
    calm.clock.run_for(5_000)
    calm.locator("figure svg[role=img]").wait_for()
    assert card and card.evaluate("card => card.isConnected"), "the card is told, not made anew"
    assert calm.locator("main img").count() == 0


def test_letters_are_tried_again_and_forgotten(ad_server: Server, work: Work, calm: Page) -> None:
    work(refused=(Refused(cursor=1, reason=HOSTILE, raw=b"\xff junk"), Refused(cursor=2, reason="not then", raw=EVENT)))
    calm.goto(ad_server.url + "/connections")
    letters = calm.locator(".letters")
    letters.locator("summary", has_text="2 dead letters").click()
    expect(letters.locator("tbody tr")).to_have_count(2)
    assert HOSTILE in letters.locator("tbody tr").first.inner_text()
    letters.get_by_role("button", name="Try all again").click()
    letters.get_by_text("1 letter could be used now, 1 stays.").wait_for()
    expect(letters.locator("tbody tr")).to_have_count(1)
    expect(letters.locator("summary").first).to_have_text("1 dead letter")
    letters.get_by_text("Forget all…").click()
    letters.get_by_role("button", name="Forget them").click()
    letters.get_by_text("1 letter forgotten.").wait_for()
    expect(figure(calm, "dead letters")).to_have_text("0")


def test_on_a_phone_and_by_keyboard(ad_server: Server, work: Work, calm: Page) -> None:
    work(refused=(Refused(cursor=1, reason=HOSTILE + "W" * 300, raw=b"\xff"),))
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.goto(ad_server.url + "/connections")
    summary = calm.locator(".letters summary").first
    summary.wait_for()
    summary.focus()
    calm.keyboard.press("Enter")
    calm.locator(".letters tbody tr").wait_for()
    assert too_wide(calm) == []


def test_a_reader_that_is_gone_is_lost(ad_server: Server, work: Work, calm: Page) -> None:
    work(rate=9.0, events=1)
    shared = open_database(ad_server.data)
    shared.execute("DELETE FROM gaps")
    shared.execute("UPDATE connections SET name = 'bluesky wss://x.example'")  # which nobody holds
    shared.close()
    calm.goto(ad_server.url + "/connections")
    expect(calm.locator(".badge")).to_have_text("✕ lost")
    expect(calm.locator(".why")).to_contain_text("Start it again")
    expect(figure(calm, "events a second")).to_have_text("0")


def test_it_is_for_the_operator(ad_server: Server, page: Page) -> None:
    page.route(
        "**/v1/connections",
        lambda route: route.fulfill(
            status=403, json={"error": {"code": "not_allowed", "message": "This key may not.", "fix": "Use another."}}
        ),
    )
    page.goto(ad_server.url + "/connections")
    page.get_by_text("This key may not.").wait_for()
