"""The feed in a real browser: posts with their reasons, what steers them, what is told of them, by keyboard, on a phone, whatever posts say."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, Route, expect

from conftest import Server
from oscine import access
from oscine.records import Viewer
from oscine.store.postgres import open_database

from .conftest import unlike
from .made import HOSTILE, everything_hostile, reply_with, too_wide, wire

pytestmark = pytest.mark.browser

PARTS = [
    {"name": "like", "value": 0.25, "weight": 4.0, "points": 1_000_000},
    {"name": "hide", "value": 0.01, "weight": -60.0, "points": -600_000},
    {"name": "recent", "value": 0.5, "weight": 0.2, "points": 100_000},
]
WHY = {"points": 500_000, "parts": PARTS, "position": 2, "moved": -12_400, "sources": ["people you follow"]}
AD = {
    "kind": "ad", "token": "t", "headline": "Sleep on the water", "body": "The night ferry.", "action": "Book", "lang": "en", "generated": False,
    "hashtags": [], "paid_by": "Harbour Bank", "on_behalf_of": "Quarnholm Line", "picture": None, "click": "http://elsewhere.example/v1/ads/click/t",
    "impression": "http://elsewhere.example/v1/ads/events/t/impression", "viewable": "http://elsewhere.example/v1/ads/events/t/viewable",
    "why": "http://elsewhere.example/ads/why?token=t",
}  # fmt: skip


def item(key: str, text: str, **more: Any) -> dict[str, Any]:
    return {"kind": "post", "post": wire(key, text, **more), "position": 1, "points": 5, "sources": [], "why": f"because you follow {key}"}


def feed(*items: dict[str, Any], cursor: str | None = None, **more: Any) -> dict[str, Any]:
    return {"token": "page-1", "order": "for-you", "items": items, "cursor": cursor, "weights": 0, "steering": {}, "dropped": {}, **more}


def feed_with(page: Page, *items: dict[str, Any], **more: Any) -> list[str]:
    """Answer every call for the feed with these, and with the steering that was sent; returns the addresses that were asked."""
    asked: list[str] = []

    def reply(route: Route) -> None:
        asked.append(route.request.url)
        sent = parse_qs(urlsplit(route.request.url).query).get("steering", ["{}"])
        route.fulfill(json=feed(*items, **{"steering": json.loads(sent[0])} | more))

    page.route("**/v1/feed?*", reply)
    return asked


def told(page: Page) -> list[dict[str, Any]]:
    """What the page tells of its posts, as it does."""
    events: list[dict[str, Any]] = []

    def note(route: Route) -> None:
        events.extend(json.loads(route.request.post_data or "{}")["events"])
        route.fulfill(json={})

    page.route("**/v1/feed/events", note)
    return events


def kinds(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(event["post"], event["kind"]) for event in events]


@pytest.fixture
def at(fed: Server, page: Page) -> str:
    """The page's address; the window is so narrow that what stands beside the posts is folded."""
    page.set_viewport_size({"width": 800, "height": 700})
    reply_with(page, "**/v1/feed/catch-up*", {"since": None, "lines": [], "posts": []})
    reply_with(page, "**/v1/feed/proposals*", {})
    reply_with(page, "**/v1/feed/events", {})  # of pages that the server never made
    return fed.url + "/feed"


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Let the browser go on until something holds."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never held")


def steered(page: Page) -> dict[str, Any]:
    """What this browser keeps."""
    kept: dict[str, Any] = json.loads(page.evaluate("localStorage.getItem('oscine.feed.steering')") or "{}")
    return kept


def act(page: Page, name: str, at: int = 0) -> Any:
    return page.locator(f"[data-act={name}]").nth(at)


# ── Posts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_first_posts_come_by_one_request_each_with_its_reason(calm: Page, at: str) -> None:
    asked = feed_with(calm, item("ann", "The heron is back."), item("bo", "No herons here."), dropped={"you have seen it": 12})
    calm.goto(at)
    expect(calm.locator(".because")).to_have_text(["because you follow ann", "because you follow bo"])
    expect(calm.locator(".item .text")).to_have_text(["The heron is back.", "No herons here."])
    assert len(asked) == 1 and "steering" not in asked[0]
    calm.get_by_text("12 posts left out, and why").click()
    expect(calm.locator(".dropped li")).to_have_text("12: you have seen it")


def test_nothing_jumps_when_posts_come(calm: Page, at: str) -> None:
    calm.set_viewport_size({"width": 1280, "height": 900})
    calm.add_init_script("""new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted = (window.shifted ?? 0) + value;
    }).observe({ type: "layout-shift", buffered: true })""")
    feed_with(calm, *(item(f"p{n}", f"Post {n} says a little more than that.") for n in range(20)))
    calm.goto(at)
    expect(calm.locator(".item")).to_have_count(20)
    expect(calm.get_by_text("You missed nothing")).to_be_visible()
    assert calm.evaluate("window.shifted ?? 0") < 0.1  # what web.dev/cls calls good


def test_more_goes_on_where_the_page_ended(calm: Page, at: str) -> None:
    asked = feed_with(calm, item("ann", "One."), cursor="c2")
    calm.goto(at)
    calm.get_by_role("button", name="More").click()
    expect(calm.locator(".item")).to_have_count(2)
    assert "cursor=c2" in asked[1]
    expect(calm.locator(".item").nth(1)).to_be_focused()


def test_why_this_adds_up_and_says_what_would_have_been(calm: Page, at: str) -> None:
    feed_with(calm, item("ann", "The heron is back."), steering={"wishes": [{"kind": "topic", "value": "herons", "weight": 0.6}]})
    reply_with(calm, "**/v1/feed/why?*", WHY)
    asked: list[Any] = []
    calm.route(
        "**/v1/feed/what-if",
        lambda route: (
            asked.append(route.request.post_data_json),
            route.fulfill(json={"before": 2, "after": 14, "then": {}}),
        ),
    )
    calm.goto(at)
    act(calm, "why").click()
    why = calm.get_by_role("region", name="Why this post")
    expect(why).to_contain_text("place 2")
    expect(why).to_contain_text("lost 12,400 points")
    number = "(cells) => cells.map((cell) => Number(cell.textContent.replaceAll(',', '').replace('−', '-')))"
    points = why.locator("tbody .points").evaluate_all(number)
    assert why.locator("tfoot .points").evaluate_all(number) == [sum(points)] == [500_000]
    expect(why.locator("tbody tr").nth(1)).to_contain_text("You may hide it")
    stripes = why.locator(".against i").evaluate("(bar) => getComputedStyle(bar).backgroundImage")
    assert "repeating" in stripes, "what speaks against a post is told by more than a colour"
    why.get_by_role("button", name="without your wish for more herons").click()
    expect(why.locator(".outcome").first).to_have_text("place 2 → place 14")
    assert asked[0]["post"] == "ann" and asked[0]["steering"]["wishes"] == []
    act(calm, "why").click()
    expect(why).to_have_count(0)


# ── What a person says of a post ─────────────────────────────────────────────────────────────────────────────────────


def test_hidden_at_once_and_back_by_undo(calm: Page, at: str) -> None:
    events = told(calm)
    feed_with(calm, item("ann", "The heron is back."), item("bo", "No herons here."), cursor="c2")
    calm.goto(at)
    act(calm, "hide").click()
    expect(calm.get_by_text("The heron is back.")).to_have_count(0)
    expect(calm.get_by_role("button", name="Undo")).to_be_focused()
    calm.keyboard.press("Enter")
    expect(calm.get_by_text("The heron is back.")).to_be_visible()
    act(calm, "hide").click()
    calm.get_by_role("button", name="More").click()
    expect(calm.locator(".item")).to_have_count(3)  # that which is hidden does not come again
    assert kinds(events) == [("ann", "hide")], "taken back once, told once, before more was asked for"
    expect(calm.get_by_role("button", name="Undo")).to_have_count(0)
    calm.reload()
    expect(calm.locator(".item .text")).to_have_text(["No herons here."])


def test_a_report_is_asked_about_first(calm: Page, at: str) -> None:
    calm.clock.install()
    events = told(calm)
    feed_with(calm, item("ann", "Buy now!"))
    calm.goto(at)
    act(calm, "report").click()
    calm.get_by_role("button", name="Leave it").click()
    expect(calm.get_by_role("button", name="Report it")).to_have_count(0)
    act(calm, "report").click()
    assert events == []
    calm.get_by_role("button", name="Report it").click()
    expect(calm.get_by_text("Reported. You will not see it again.")).to_be_visible()
    calm.clock.run_for(5_000)
    until(calm, lambda: ("ann", "report") in kinds(events))


def test_seen_and_stayed_with_are_told_in_batches_and_not_of_who_is_not_profiled(calm: Page, at: str) -> None:
    calm.clock.install()
    events = told(calm)
    feed_with(calm, item("ann", "The heron is back."), item("bo", "No herons here."))
    calm.goto(at)
    expect(calm.locator(".item")).to_have_count(2)
    calm.clock.run_for(3_000)
    act(calm, "like", 1).click()
    expect(act(calm, "like", 1)).to_have_attribute("aria-pressed", "true")
    calm.clock.run_for(20_000)
    every = {("ann", "seen"), ("ann", "dwell"), ("bo", "seen"), ("bo", "dwell"), ("bo", "like")}
    until(calm, lambda: len(events) >= len(every))
    assert sorted(kinds(events)) == sorted(every)
    events.clear()
    calm.get_by_text("Steer", exact=True).first.click()
    calm.get_by_role("switch", name="Do not profile me").check()
    expect(calm.locator(".item")).to_have_count(2)
    act(calm, "like").click()
    calm.clock.run_for(30_000)
    until(calm, lambda: bool(events))
    assert kinds(events) == [("ann", "like")], "what they say themselves, and nothing that they did in passing"


def test_less_of_something_becomes_a_wish_and_whoever_reads_keeps_their_place(calm: Page, at: str) -> None:
    asked = feed_with(calm, item("ann", "Goal!", tags=["football"]), cursor="c2")
    calm.goto(at)
    act(calm, "less").click()
    calm.get_by_role("button", name="#football").click()
    expect(calm.locator(".panel")).to_contain_text("Less: #football. It counts from the next posts on.")
    assert steered(calm)["wishes"] == [{"kind": "tag", "value": "football", "weight": -0.6}]
    assert len(asked) == 1
    calm.get_by_role("button", name="Show the feed anew").click()
    expect(calm.locator(".panel:not(:empty)")).to_have_count(0)
    assert "football" in asked[1]


# ── Steering ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sentence_is_shown_as_it_was_understood_and_can_be_edited(calm: Page, at: str) -> None:
    wishes = [{"kind": "tone", "value": "outrage", "weight": -0.6}, {"kind": "topic", "value": "gardening", "weight": 0.6}]
    read = {"wishes": wishes, "rules": [{"kind": "lang", "value": "fr", "mode": "only"}]}
    understood = [{"words": "fewer outrage posts", "means": "less outrage"}]
    reply_with(calm, "**/v1/feed/steering/read", {"steering": read, "understood": understood, "not_understood": ["and a pony"]})
    feed_with(calm)
    calm.goto(at)
    calm.locator("#steer > summary").click()
    calm.get_by_label("Say what you want").fill("fewer outrage posts, more gardening, in French and a pony")
    calm.keyboard.press("Enter")
    expect(calm.locator(".read li")).to_have_text("fewer outrage posts less outrage")
    expect(calm.locator(".unread")).to_have_text("Not understood: and a pony")
    expect(calm.locator(".wishes .name")).to_have_text(["outrage", "gardening"])
    expect(calm.locator(".wishes output")).to_have_text(["less", "more"])
    calm.get_by_label("How much: gardening").press("End")
    expect(calm.locator(".wishes output").nth(1)).to_have_text("much more")
    calm.get_by_role("button", name="Remove: outrage").click()
    calm.get_by_role("button", name="Remove: only French").click()
    expect(calm.get_by_role("button", name="Remove: only French")).to_have_count(0)
    assert steered(calm)["wishes"] == [{"kind": "topic", "value": "gardening", "weight": 1}] and steered(calm)["rules"] == []
    calm.get_by_label("Languages that you read").select_option("ja")
    expect(calm.get_by_role("button", name="Remove: only Japanese")).to_be_visible()


def test_dials_order_and_reset(calm: Page, at: str) -> None:
    asked = feed_with(calm, item("ann", "The heron is back."))
    calm.goto(at)
    calm.get_by_label("Newest").check()
    expect(calm.locator("#posts")).to_have_attribute("aria-busy", "false")
    calm.reload()
    expect(calm.get_by_label("Newest")).to_be_checked()
    assert "newest" in asked[-1]
    calm.locator("#steer > summary").click()
    dial = calm.get_by_label("New voices")
    for _ in range(5):
        dial.press("ArrowRight")
    expect(dial).to_have_attribute("aria-valuetext", "more")
    assert steered(calm)["dials"] == {"fresh": 0.5}
    calm.get_by_text("Reset…").click()
    calm.get_by_role("button", name="Reset my feed").click()
    expect(calm.get_by_text("Reset: your feed starts anew.")).to_be_visible()
    expect(dial).to_have_attribute("aria-valuetext", "as usual")
    assert steered(calm) == {} and "steering" not in asked[-1]


def test_an_account_keeps_what_is_asked(calm: Page, at: str) -> None:
    feed_with(calm, item("ann", "The heron is back."), kept=True, steering={"dials": {"fresh": 0.5}})
    put: list[Any] = []
    calm.route("**/v1/feed/steering", lambda route: (put.append(route.request.post_data_json), route.fulfill(json={})))
    calm.goto(at)
    calm.locator("#steer > summary").click()
    expect(calm.get_by_label("New voices")).to_have_attribute("aria-valuetext", "more")
    expect(calm.get_by_text("is kept with your account")).to_be_visible()
    calm.get_by_label("Newest").check()
    expect(calm.locator("#posts")).to_have_attribute("aria-busy", "false")
    assert [each["order"] for each in put] == ["newest"] and steered(calm) == {}


# ── Ads, keys, phones, trouble ───────────────────────────────────────────────────────────────────────────────────────


def test_an_ad_is_marked_and_told_to_this_server_only(calm: Page, at: str) -> None:
    asked: list[str] = []
    calm.on("request", lambda request: asked.append(request.url))
    calm.route("**/v1/ads/events/**", lambda route: route.fulfill(json={}))
    feed_with(calm, item("ann", "The heron is back."), AD)
    with calm.expect_request("**/v1/ads/events/t/viewable"):
        calm.goto(at)
    ad = calm.get_by_role("article", name="Ad: Sleep on the water")
    expect(ad.locator(".ad-mark")).to_have_text("Ad · paid by Harbour Bank for Quarnholm Line")
    expect(ad.locator(".ad-body")).to_have_attribute("href", "/v1/ads/click/t")
    expect(ad.get_by_role("link", name="Why this ad?")).to_have_attribute("href", "/ads/why?token=t")
    assert sum("impression" in url for url in asked) == 1
    assert {url.split("/")[2] for url in asked} == {at.split("/")[2]}


def test_by_keyboard(calm: Page, at: str) -> None:
    calm.clock.install()
    events = told(calm)
    feed_with(calm, item("ann", "One."), item("bo", "Two."), item("cy", "Three."))
    reply_with(calm, "**/v1/feed/why?*", WHY)
    calm.goto(at)
    items = calm.locator(".item")
    expect(items).to_have_count(3)
    calm.keyboard.press("l")
    expect(act(calm, "like")).to_have_attribute("aria-pressed", "false")  # a stray key does nothing
    calm.keyboard.press("j")
    expect(items.nth(0)).to_be_focused()
    calm.keyboard.press("j")
    expect(items.nth(1)).to_be_focused()
    calm.keyboard.press("l")
    expect(act(calm, "like", 1)).to_have_attribute("aria-pressed", "true")
    calm.keyboard.press("w")
    expect(calm.locator(".parts")).to_be_visible()
    calm.keyboard.press("j")
    calm.keyboard.press("h")
    expect(calm.get_by_text("Three.")).to_have_count(0)
    calm.keyboard.press("k")
    expect(items.nth(1)).to_be_focused()
    calm.clock.run_for(20_000)
    until(calm, lambda: {("bo", "like"), ("cy", "hide")} <= set(kinds(events)))
    calm.keyboard.press("/")
    expect(calm.get_by_label("Say what you want")).to_be_focused()


@pytest.mark.parametrize("width", [360, 1280])
def test_hostile_text_in_every_field_is_inert(page: Page, troubles: list[str], at: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    post, asked = everything_hostile(), {"kind": HOSTILE, "value": HOSTILE}
    steering = {"wishes": [{**asked, "weight": 0.5}], "rules": [{**asked, "mode": HOSTILE}], "dials": {HOSTILE: 0.5}}
    ad = {
        name: HOSTILE if isinstance(value, str) and name not in ("kind", "click", "impression", "viewable", "why") else value
        for name, value in AD.items()
    }
    page.route("**/v1/ads/events/**", lambda route: route.fulfill(json={}))
    told(page)
    feed_with(page, {**item("x", "x"), "post": post, "why": HOSTILE}, ad, steering=steering, dropped={HOSTILE: 3})
    part = {"name": HOSTILE, "value": 1.0, "weight": 1.0, "points": 1}
    acts = [{"kind": "like", "post": HOSTILE, "network": HOSTILE, "words": HOSTILE}]
    for path, reply in {
        "why?*": {"points": 1, "parts": [part], "position": 1, "moved": 0, "sources": [HOSTILE], "acts": acts},
        "catch-up*": {"since": HOSTILE, "lang": HOSTILE, "lines": [{"text": HOSTILE, "posts": [HOSTILE]}], "posts": [post]},
        "proposals*": {"topics": [{"topic": HOSTILE, "why": HOSTILE}], "accounts": [{"id": HOSTILE, "network": HOSTILE, "handle": HOSTILE, "name": HOSTILE,
                       "why": HOSTILE}], "conversations": [{"post": post, "why": HOSTILE}]},
        "steering/read": {"steering": steering, "understood": [{"words": HOSTILE, "means": HOSTILE}], "not_understood": [HOSTILE]},
    }.items():  # fmt: skip
        reply_with(page, f"**/v1/feed/{path}", reply)
    page.goto(at)
    for name in ("steer", "away", "proposals"):
        page.locator(f"#{name}").evaluate("(box) => { box.open = true; }")
    page.get_by_label("Say what you want").fill(HOSTILE)
    page.keyboard.press("Enter")
    expect(page.locator(".unread q")).to_have_text(HOSTILE)
    act(page, "less").click()
    expect(page.locator(".choices")).to_contain_text(HOSTILE)
    act(page, "why").click()
    expect(page.locator(".parts th bdi")).to_have_text(HOSTILE)
    assert page.locator("main :is(img, script, iframe)").count() == 0
    assert set(page.evaluate("[...document.querySelectorAll('a')].map((a) => a.protocol)")) <= {"http:", "https:"}
    assert too_wide(page) == []
    assert troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(calm: Page, at: str, scheme: Any) -> None:
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    feed_with(calm, *(item(f"p{n}", "A long enough post. " * n) for n in range(1, 9)), AD, cursor="c2")
    reply_with(calm, "**/v1/feed/why?*", WHY)
    calm.route("**/v1/ads/events/**", lambda route: route.fulfill(json={}))
    calm.goto(at)
    expect(calm.locator(".item")).to_have_count(9)
    head = calm.locator("header.site").bounding_box()
    assert head and head["height"] < 80, "five pages beside the name, in one line"
    first = calm.locator(".item").first.bounding_box()
    assert first and first["y"] < 250, "posts begin on the first screen"
    for name in ("steer", "away", "proposals"):
        calm.locator(f"#{name} > summary").click()
        assert too_wide(calm) == [], name
    act(calm, "why").click()
    expect(calm.locator(".parts")).to_be_visible()
    assert too_wide(calm) == []


def test_trouble_is_told_and_empty_feeds_say_what_next(page: Page, troubles: list[str], at: str) -> None:
    error = {"error": {"code": "database_unavailable", "message": "PostgreSQL does not answer.", "fix": HOSTILE}}
    page.route("**/v1/feed?*", lambda route: route.fulfill(status=503, json=error))
    page.goto(at)
    expect(page.locator(".problem .what")).to_have_text("PostgreSQL does not answer.")
    page.unroute("**/v1/feed?*")
    feed_with(page, steering={"rules": [{"kind": "lang", "value": "fr", "mode": "only"}]})
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".notice")).to_contain_text("Your rules leave nothing to show.")
    expect(page.locator(".problem")).to_have_count(0)
    page.get_by_role("button", name="See your rules").click()
    expect(page.get_by_role("button", name="Remove: only French")).to_be_visible()
    assert not [line for line in troubles if "503" not in line]


# ── With the real server ─────────────────────────────────────────────────────────────────────────────────────────────

WRITERS = {"mara": "herons", "bo": "bicycles", "cy": "bread", "dee": "chess"}
NOW = "2024-05-10T12:00:00Z"


def lines() -> list[dict[str, Any]]:
    """Eighty posts by four people; ann follows mara and liked what bo wrote first."""
    said = [
        {"id": f"f-{who}-{n}", "author": who, "author_name": who.title(), "lang": "en", "created_at": f"2024-05-{1 + n // 3:02}T{10 + n % 3}:00:00Z",
         "text": f"{topic.title()}, note {n}: {unlike(1000 * at + n)}", "likes": n % 7, "labels": []}
        for at, (who, topic) in enumerate(WRITERS.items()) for n in range(20)
    ]  # fmt: skip
    return [*said, {"id": "f-ann", "author": "ann", "created_at": NOW, "text": "I am new here."},
            {"relation": "follow", "actor": "ann", "target": "mara", "at": NOW},
            {"engagement": "like", "actor": "ann", "post": "f-bo-0", "at": NOW}]  # fmt: skip


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a network whose people follow and like."""
    environment = {f"OSCINE_{name}": "none" for name in ("EMBEDDING", "READER", "LANGUAGE_MODEL")} | {
        "OSCINE_REQUESTS_PER_MINUTE": "100000",
        "OSCINE_FEED_CHANCE": "0",  # nothing is left to chance
    }
    running = Server(tmp_path_factory.mktemp("fed"), environment=environment).wait(180)
    running.write(lines())
    end = time.monotonic() + 60
    while not httpx.get(running.url + "/v1/feed", timeout=30).json()["items"]:
        assert time.monotonic() < end, "posts do not come"
        time.sleep(0.2)
    yield running
    running.stop()


@pytest.fixture
def ann(fed: Server, calm: Page) -> Page:
    """Her browser, before she opens the feed."""
    database = open_database(fed.data)
    secret, _ = access.create(database, "ann", ["read"], [], Viewer(network="local", account="ann"))
    database.close()
    calm.add_init_script(f"sessionStorage.setItem('oscine.key', {json.dumps(secret)})")
    calm.set_viewport_size({"width": 800, "height": 700})
    return calm


def test_the_feed_of_an_account_and_what_it_hides(fed: Server, ann: Page) -> None:
    ann.goto(fed.url + "/feed")
    expect(ann.locator(".item")).to_have_count(20)
    because = ann.locator(".item", has_text="Herons").first.locator(".because")
    assert "follow" in because.inner_text()
    expect(ann.get_by_text("I am new here.")).to_have_count(0)
    hidden = ann.locator(".item").first.get_attribute("aria-label"), ann.locator(".item .text").first.inner_text()
    act(ann, "hide").click()
    ann.get_by_role("button", name="More").click()
    expect(ann.locator(".item")).to_have_count(40)
    texts = ann.locator(".item .text").all_inner_texts()
    assert len(set(texts)) == 39 and hidden[1] not in texts, "nothing comes twice, and what was hidden not at all"
    ann.evaluate("localStorage.clear()")
    ann.reload()
    expect(ann.locator(".item")).to_have_count(20)
    assert hidden[1] not in ann.locator(".item .text").all_inner_texts(), "the account remembers"


def test_why_and_what_if_with_what_she_did(fed: Server, ann: Page) -> None:
    ann.goto(fed.url + "/feed")
    item = ann.locator(".item", has_text="Herons").first
    item.locator("[data-act=why]").click()
    why = ann.get_by_role("region", name="Why this post")
    number = "(cells) => cells.map((cell) => Number(cell.textContent.replaceAll(',', '').replace('−', '-')))"
    expect(why.locator("tfoot .points")).to_be_visible()
    assert why.locator("tfoot .points").evaluate_all(number) == [sum(why.locator("tbody .points").evaluate_all(number))]
    expect(why.locator("tbody")).to_contain_text("By somebody you follow")
    why.get_by_role("button", name="without your follow of Mara").click()
    expect(why.locator(".outcome").first).to_contain_text(re.compile(r"^place \d+(, as now| → (place \d+|not on this page|left out: .+))$"))
    expect(why.get_by_role("button", name="without your like of “Bicycles, note 0")).to_be_visible()


def test_a_sentence_steers_and_is_taken_back(fed: Server, calm: Page) -> None:
    calm.goto(fed.url + "/feed")
    expect(calm.locator(".item", has_text="Bicycles").first).to_be_visible()
    calm.get_by_label("Say what you want").fill("no bicycles, more chess")
    calm.keyboard.press("Enter")
    expect(calm.locator(".read li")).to_have_count(2)
    expect(calm.locator(".wishes .name")).to_have_text(["chess"])
    expect(calm.get_by_role("button", name="Remove: never")).to_have_count(1)
    expect(calm.locator("#posts")).to_have_attribute("aria-busy", "false")
    expect(calm.locator(".item", has_text="Bicycles")).to_have_count(0)
    as_old = calm.locator(".item").filter(has_not_text="I am new here.")  # which is days newer than all the rest, and may stand above what was asked for
    expect(as_old.first).to_contain_text("Chess")
    calm.get_by_role("button", name="Undo").click()
    expect(calm.locator(".item", has_text="Bicycles").first).to_be_visible()
    expect(calm.locator(".wishes")).to_have_count(0)


def test_her_account_keeps_what_she_asks_until_she_starts_over(fed: Server, ann: Page) -> None:
    ann.goto(fed.url + "/feed")
    ann.get_by_label("Newest").check()
    expect(ann.locator(".because")).to_have_count(0)
    ann.locator("#steer > summary").click()
    ann.get_by_role("switch", name="Do not profile me").check()
    expect(ann.locator("#posts")).to_have_attribute("aria-busy", "false")
    ann.evaluate("localStorage.clear()")
    ann.reload()
    expect(ann.locator(".item").first).to_be_visible()
    expect(ann.get_by_label("Newest")).to_be_checked()
    ann.locator("#steer > summary").click()
    expect(ann.get_by_role("switch", name="Do not profile me")).to_be_checked()
    ann.get_by_text("Reset…").click()
    ann.get_by_role("button", name="Reset my feed").click()
    expect(ann.get_by_label("For you")).to_be_checked()
    expect(ann.get_by_role("switch", name="Do not profile me")).not_to_be_checked()


def test_newest_is_newest_for_people_without_an_account_too(fed: Server, calm: Page) -> None:
    calm.goto(fed.url + "/feed")
    expect(calm.locator(".item")).to_have_count(20)
    calm.get_by_label("Newest").check()
    expect(calm.locator(".item .text").first).to_have_text("I am new here.")
    times = calm.locator(".item time").evaluate_all("(all) => all.map((time) => time.dateTime)")
    assert times == sorted(times, reverse=True)
    calm.get_by_role("button", name="More").click()
    expect(calm.locator(".item")).to_have_count(40)


def test_the_weights_are_published_with_their_history(fed: Server, calm: Page) -> None:
    calm.goto(fed.url + "/feed/weights")
    row = calm.locator(".parts tr", has_text="You may report it")
    expect(row.locator(".points")).to_contain_text("−")
    expect(calm.get_by_text("The table that ships has been in use from the first day.")).to_be_visible()
    reply = httpx.post(fed.url + "/v1/feed/weights", json={"actions": {"like": 6}, "why": f"Likes count for more. {HOSTILE}"}).json()
    httpx.post(f"{fed.url}/v1/feed/weights/{reply['version']}/live", json={"why": "as estimated"}).raise_for_status()
    calm.reload()
    newest = calm.get_by_role("region", name="Versions").get_by_role("listitem").first
    expect(newest).to_contain_text(f"Likes count for more. {HOSTILE}")
    expect(newest).to_contain_text("You may like it: 4 → 6")
    expect(calm.get_by_role("region", name="Put in use")).to_contain_text("as estimated")
    assert too_wide(calm) == []


def test_ads_stand_between_posts_marked_and_with_their_reason(fed: Server, calm: Page) -> None:
    ad = {"headline": "Sleep on the water", "body": "The night ferry leaves Harne at 23:40.", "action": "Book", "link": "https://ferry.example/",
          "brand": "Line", "lang": "en", "brief": "Quarnholm Line\nSleep on the water\nThe night ferry leaves Harne at 23:40.\nBook"}  # fmt: skip
    flight = {"starts_at": "2024-01-01T00:00:00Z", "ends_at": "2034-01-01T00:00:00Z", "budget": 50_000_000, "bid": 400_000}
    with httpx.Client(base_url=fed.url, timeout=30) as server:
        payer = server.post("/v1/ads/advertisers", json={"name": "Quarnholm Line", "payer": "Harbour Bank", "currency": "EUR"}).json()["id"]
        order = {"advertiser": payer, "name": "Ferry", "objective": "clicks", "placements": ["post"], "pace": "fast", "flights": [flight]}
        campaign = server.post("/v1/ads/campaigns", json={**order, "creatives": [ad]}).json()
        assert server.post(f"/v1/ads/campaigns/{campaign['id']}/launch", json={"why": ""}).json()["state"] == "running"
    with calm.expect_request("**/v1/ads/events/*/impression"):
        calm.goto(fed.url + "/feed")
    shown = calm.get_by_role("article", name="Ad: Sleep on the water")
    expect(shown.locator(".ad-mark")).to_have_text("Ad · paid by Harbour Bank for Quarnholm Line")
    assert calm.locator("#posts > li:first-child .ad").count() == 0, "never first"
    shown.get_by_role("link", name="Why this ad?").click()
    expect(calm.locator(".why")).to_contain_text("Paid by Harbour Bank")
