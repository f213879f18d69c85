"""A post explained, posts like it, and an answer's short form and sides."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, expect

from .made import FERRY, answer_with, chunk, too_wide, wire

pytestmark = pytest.mark.browser

POSTS = [wire("ada", "12 boats left."), wire("bo", "I counted 12 boats."), wire("cy", "There were 14 boats.")]
SENTENCES = [
    {"text": "12", "posts": ["ada"], "stage": "short"},
    {"text": "2 accounts say “12”, 1 says “14”.", "posts": ["ada", "bo", "cy"], "stage": "sides"},
    {"text": "Ada (1 March 2024): “12 boats left.”", "posts": ["ada"], "stage": "quoted"},
]
SIDES = [{"value": "12", "accounts": 2, "posts": ["ada", "bo"]}, {"value": "14", "accounts": 1, "posts": ["cy"]}]


def answered(page: Page, url: str, sides: list[dict[str, Any]]) -> None:
    final = chunk(
        answer="12", sentences=SENTENCES, refused=False, posts=POSTS, model="extractive", why="", search="boats",
        short={"text": "12", "posts": ["ada"]}, sides=sides,
    )  # fmt: skip
    answer_with(page, chunk(posts=POSTS, search="boats"), *(chunk(said["text"], sentence=said) for said in SENTENCES), final)
    page.goto(f"{url}/?{urlencode({'q': 'How many boats left?'})}")
    expect(page.locator(".why")).to_be_visible()


def test_a_post_is_explained_with_links_to_its_sources(calm: Page, url: str) -> None:
    calm.goto(f"{url}/post?id=w-reply&network=local")
    calm.get_by_role("button", name="Explain this post").click()
    explained = calm.get_by_role("region", name="This post explained")
    expect(explained.get_by_role("heading", name="This post explained")).to_be_focused()
    before = explained.locator(".kind", has=calm.get_by_role("heading", name="What came before"))
    expect(before).to_contain_text("07:40")
    before.get_by_role("link", name="Harbour Office").click()
    expect(calm.locator("#post .text")).to_have_text(FERRY)


def test_more_like_a_post(calm: Page, url: str) -> None:
    calm.goto(f"{url}/post?id=w-ticket&network=local")
    calm.get_by_role("button", name="More like this").click()
    similar = calm.get_by_role("region", name="More like this")
    expect(similar.locator(".post", has_text="07:40")).to_have_count(1)
    expect(similar.locator(".post", has_text="four crowns")).to_have_count(0)


def test_what_cannot_be_explained_can_be_tried_again(page: Page, troubles: list[str], url: str) -> None:
    error = {"error": {"code": "database_unavailable", "message": "PostgreSQL does not answer.", "fix": ""}}
    page.route("**/v1/posts/*/explain*", lambda route: route.fulfill(status=503, json=error))
    page.goto(f"{url}/post?id=w-reply&network=local")
    page.get_by_role("button", name="Explain this post").click()
    expect(page.locator("#explained .problem")).to_contain_text("PostgreSQL does not answer.")
    page.unroute("**/v1/posts/*/explain*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#explained .cited").first).to_be_visible()
    assert not [line for line in troubles if "503" not in line]


def test_an_explanation_fits_a_phone(calm: Page, url: str) -> None:
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.goto(f"{url}/post?id=w-reply&network=local")
    calm.get_by_role("button", name="Explain this post").click()
    expect(calm.locator("#explained .cited").first).to_be_visible()
    calm.get_by_role("button", name="More like this").click()
    expect(calm.locator("#similar .post").first).to_be_visible()
    assert too_wide(calm) == []


def test_the_short_answer_comes_first_and_largest(calm: Page, url: str) -> None:
    calm.set_viewport_size({"width": 1280, "height": 800})
    answered(calm, url, SIDES)
    short, reason = calm.locator(".sentence.short"), calm.locator(".sentence.quoted")
    expect(short.locator(".words")).to_have_text("12")
    size = "(element) => parseFloat(getComputedStyle(element).fontSize)"
    assert short.evaluate(size) > 1.4 * reason.evaluate(size)
    above, below, source = short.bounding_box(), reason.bounding_box(), calm.locator(".source").first.bounding_box()
    assert above and below and source
    assert above["y"] < below["y"]
    assert above["x"] + above["width"] <= source["x"], "its source stands beside it"


@pytest.mark.parametrize("width", [360, 1280])
def test_sides_are_counted_and_lead_to_their_posts(calm: Page, url: str, width: int) -> None:
    calm.set_viewport_size({"width": width, "height": 800})
    answered(calm, url, SIDES)
    sides = calm.get_by_role("list", name="Who says what").get_by_role("listitem")
    expect(sides).to_have_count(2)
    expect(sides.nth(0)).to_contain_text("2 accounts")
    expect(sides.nth(1)).to_contain_text("1 account")
    wide, narrow = (sides.nth(n).locator(".bar").evaluate("(bar) => getComputedStyle(bar).backgroundSize") for n in (0, 1))
    assert wide.startswith("100%") and not narrow.startswith("100%")
    sides.nth(1).get_by_role("link", name="Source 3: Cy").click()
    expect(calm.locator(".source:focus")).to_contain_text("There were 14 boats.")
    assert too_wide(calm) == []


def test_where_posts_agree_no_sides_are_shown(calm: Page, url: str) -> None:
    answered(calm, url, [])
    expect(calm.get_by_role("list", name="Who says what")).to_be_hidden()
