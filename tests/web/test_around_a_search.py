"""What stands around the posts of a search: people, related searches, feeds, a summary, saved searches, the operators, what is trending."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, expect

from .made import found_with, too_wide, wire

pytestmark = pytest.mark.browser


def test_a_person_is_shown_above_the_posts(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?q=mara")
    person = calm.get_by_role("region", name="People").get_by_role("link", name="Mara K")
    expect(person).to_contain_text("@mara_k")
    person.click()
    expect(calm.get_by_role("combobox", name="Search the posts")).to_have_value("from:mara_k")
    expect(calm.locator(".results .post")).to_have_count(2)


def test_who_only_writes_about_it_is_no_person_called_so(calm: Page, url: str) -> None:
    found_with(calm, wire("ada", "A ferry"))
    called = [{"handle": f"ferry{n}", "name": f"Ferry {n}", "bio": "", "followers": None, "why": "name", "posts": n} for n in range(2)]
    writes = {"handle": "bo", "name": "Bo", "bio": "", "followers": 2, "why": "posts", "posts": 3}
    calm.route("**/v1/people?*", lambda route: route.fulfill(json={"people": [*called, writes]}))
    calm.goto(f"{url}/search?q=ferry")
    expect(calm.locator(".person .name")).to_have_text(["Ferry 0", "Ferry 1"])
    expect(calm.locator(".person").nth(1)).to_contain_text("1 post about this")


def test_related_searches_end_the_page(calm: Page, url: str) -> None:
    found_with(calm, wire("ada", "A ferry"))
    calm.route("**/v1/related?*", lambda route: route.fulfill(json={"related": [{"query": "ferry timetable", "score": 9.1, "posts": 3}]}))
    calm.goto(f"{url}/search?q=ferry")
    calm.get_by_role("region", name="Related searches").get_by_role("link", name="ferry timetable").click()
    expect(calm.get_by_role("combobox", name="Search the posts")).to_have_value("ferry timetable")


def test_the_most_liked_come_first(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?q=Quarnholm")
    calm.get_by_label("Order", exact=True).select_option("likes")
    expect(calm).to_have_url(f"{url}/search?q=Quarnholm&sort=likes")
    expect(calm.locator(".results .post").first).to_contain_text("four crowns")
    calm.reload()
    expect(calm.get_by_label("Order", exact=True)).to_have_value("likes")
    expect(calm.locator(".results .post").first).to_contain_text("four crowns")


def test_an_order_that_was_typed_is_told_and_gives_way_to_the_one_chosen(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?{urlencode({'q': 'Zumblehive sort:latest'})}")
    expect(calm.locator("#summary")).to_contain_text("The latest 20")
    calm.get_by_label("Order", exact=True).select_option("replies")
    expect(calm.get_by_role("combobox", name="Search the posts")).to_have_value("Zumblehive")
    expect(calm.locator("#summary")).to_contain_text("The most replied to 20")


def test_a_search_is_a_feed(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?q=Quarnholm")
    feeds = calm.locator("#feeds a")
    expect(feeds).to_have_text(["RSS", "Atom", "JSON"])
    announced = calm.locator('head link[rel="alternate"]')
    assert [link.get_attribute("href") for link in announced.all()] == [link.get_attribute("href") for link in feeds.all()]
    for link in feeds.all():
        reply = calm.request.get(url + str(link.get_attribute("href")))
        assert reply.status == 200
        assert "four crowns" in reply.text()
        assert reply.headers["content-type"].startswith(str(link.get_attribute("type")))
    calm.get_by_role("combobox", name="Search the posts").fill("")
    calm.keyboard.press("Enter")
    expect(announced).to_have_count(0)


def test_a_summary_is_asked_for_and_each_sentence_leads_to_its_post(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?q=Quarnholm")
    calm.get_by_role("button", name="Sum up").click()
    digest = calm.get_by_role("region", name="In short")
    expect(digest.get_by_role("heading", name="In short")).to_be_focused()
    expect(digest.locator(".fact")).to_contain_text("3")
    digest.locator(".cited", has_text="four crowns").get_by_role("link", name="Mara K").click()
    expect(calm.locator("#post .text")).to_contain_text("four crowns")


def test_a_search_is_saved_tells_what_is_new_and_is_deleted(calm: Page, server: Any, url: str) -> None:
    calm.goto(f"{url}/search?q=Vexelmoor")
    calm.get_by_role("button", name="Save this search").click()
    calm.get_by_label("Name", exact=True).fill("The moor")
    calm.keyboard.press("Enter")
    expect(calm.locator("#saving")).to_contain_text("Saved as The moor.")
    server.write([{"id": "w-moor", "author": "harbour", "created_at": "2024-03-03T10:00:00Z", "text": "Fog on the Vexelmoor"}])
    calm.get_by_role("link", name="Your saved searches").click()
    saved = calm.get_by_role("region", name="Saved searches")
    saved.get_by_role("button", name="1 new post").click()
    expect(saved.get_by_role("list", name="New for The moor")).to_contain_text("Fog on the Vexelmoor")
    calm.wait_for_load_state("networkidle")
    calm.reload()
    expect(saved).to_contain_text("nothing new")
    saved.get_by_role("button", name="Delete The moor").click()
    saved.get_by_role("button", name="Save it again").click()
    expect(saved.get_by_role("link", name="The moor")).to_be_focused()
    saved.get_by_role("button", name="Delete The moor").click()
    expect(saved).to_contain_text("The moor is deleted.")
    calm.reload()
    expect(saved.locator("li")).to_have_count(0)


def test_saving_is_left_by_escape(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?q=Quarnholm")
    calm.get_by_role("button", name="Save this search").click()
    expect(calm.get_by_label("Name", exact=True)).to_be_focused()
    calm.keyboard.press("Escape")
    expect(calm.locator(".save-form")).to_have_count(0)
    expect(calm.get_by_role("button", name="Save this search")).to_be_focused()


def test_the_empty_page_offers_what_is_trending(calm: Page, url: str) -> None:
    trend = {"kind": "hashtag", "text": "#regatta", "query": "#regatta", "posts": 9, "authors": 4, "score": 30.1}
    calm.route("**/v1/trending?*", lambda route: route.fulfill(json={"trends": [trend]}))
    calm.goto(f"{url}/search")
    trending = calm.get_by_role("region", name="Trending")
    expect(trending).to_contain_text("9 posts by 4 people")
    trending.get_by_role("link", name="#regatta").click()
    expect(calm.get_by_role("combobox", name="Search the posts")).to_have_value("#regatta")
    expect(trending).to_be_hidden()


def test_the_operators_are_listed_by_family(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search")
    calm.get_by_text("What you can type").click()
    headings = calm.get_by_role("region", name="Operators").get_by_role("heading").all_inner_texts()
    assert headings[:3] == ["Words", "People", "Time"]
    assert len(headings) == len(set(headings))
    people = calm.locator(".families section", has=calm.get_by_role("heading", name="People", exact=True))
    expect(people.get_by_role("link", name="from:nasa")).to_be_visible()
    expect(people).to_contain_text("Also author:")


def test_operators_are_offered_under_their_other_names(calm: Page, url: str) -> None:
    with calm.expect_response("**/v1/operators"):
        calm.goto(f"{url}/search")
    calm.get_by_role("combobox", name="Search the posts").press_sequentially("has:lin")
    expect(calm.get_by_role("option", name="has:links")).to_be_visible()


def test_all_of_it_fits_a_phone(calm: Page, url: str) -> None:
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.goto(f"{url}/search?q=mara")
    expect(calm.locator(".person").first).to_be_visible()
    calm.get_by_role("button", name="Sum up").click()
    expect(calm.locator(".digest .fact")).to_be_visible()
    calm.get_by_role("button", name="Save this search").click()
    expect(calm.locator(".save-form")).to_be_visible()
    calm.get_by_text("What you can type").click()
    assert too_wide(calm) == []
