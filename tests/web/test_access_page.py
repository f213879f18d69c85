"""The operator's page of access in a real browser: keys made, licensed, narrowed, revoked; the log, filtered and verified."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, Route, expect

from conftest import Server

from . import made_trust
from .made import HOSTILE, reply_with, too_wide

pytestmark = pytest.mark.browser


@pytest.fixture
def at(open_server: Server, page: Page) -> str:
    """The page's address; what it asks for is answered as made, but for what a test says."""
    reply_with(page, "**/v1/keys", made_trust.keys())
    reply_with(page, "**/v1/access/log*", made_trust.log())
    reply_with(page, "**/v1/trust", made_trust.trust())
    return open_server.url + "/access"


def key(page: Page, name: str) -> Any:
    return page.get_by_role("article", name=name)


def test_keys_and_licences_in_words(calm: Page, at: str) -> None:
    calm.goto(at)
    expect(key(calm, "operator").locator(".badge")).to_have_text("★ may do everything")
    tides = key(calm, "tides")
    expect(tides.locator(".badge")).to_have_text("▣ licensed")
    for words in (
        "University of Quarnholm",
        "for research: may search and export",
        "text and author of a post",
        "from the last 30 days",
        "at most 60 calls a minute",
        "Version 2",
    ):
        expect(tides).to_contain_text(words)
    calm.get_by_text("Revoked: 1 key").click()
    expect(key(calm, "old bot")).to_contain_text("acts for local/bot")
    expect(key(calm, "old bot").get_by_text("Revoke…")).to_have_count(0)
    expect(calm.locator("#waiting")).to_contain_text("3 deletions, the oldest for 4 days")
    expect(calm.get_by_role("link", name="Review labels")).to_have_attribute("href", "/labels")


def test_a_secret_is_shown_once(calm: Page, at: str) -> None:
    sent: list[Any] = []

    def made(route: Route) -> None:
        if route.request.method == "GET":
            return route.fallback()
        sent.append(route.request.post_data_json)
        route.fulfill(status=201, json={"key": "osc_1_secret", "id": "k9", "name": "study"})

    calm.route("**/v1/keys", made)
    calm.goto(at)
    calm.get_by_text("Make a key…").click()
    calm.get_by_label("What it is for").fill("study")
    calm.get_by_role("button", name="Make it").click()
    expect(calm.locator(".secret code")).to_have_text("osc_1_secret")
    expect(calm.locator(".secret").get_by_role("button", name="Copy")).to_be_visible()
    calm.get_by_role("button", name="I have it: put it away").click()
    expect(calm.get_by_text("osc_1_secret")).to_have_count(0)
    assert sent == [{"name": "study", "scopes": ["read"], "networks": []}]


def test_a_licence_says_what_it_changes_before_it_is_sent(calm: Page, at: str) -> None:
    sent: list[Any] = []
    calm.route("**/v1/keys/k2/licence", lambda route: (sent.append(route.request.post_data_json), route.fulfill(json={})))
    calm.goto(at)
    tides = key(calm, "tides")
    tides.get_by_text("Change the licence…").click()
    expect(tides.locator(".means")).to_have_text("No limit changes.")
    tides.get_by_label("Days back").fill("7")
    tides.get_by_label("export").uncheck()
    tides.get_by_label("counts").check()
    expect(tides.locator(".means")).to_have_text("▼ narrower: − export; back: 30 days → 7 days · ▲ wider: + counts")
    tides.get_by_label("Why", exact=True).fill("A week is enough.")
    tides.get_by_role("button", name="Put this version in force").click()
    expect(tides.locator(".licensing")).to_be_hidden()
    assert sent == [
        {
            "holder": "University of Quarnholm",
            "purpose": "research",
            "uses": ["search"],
            "fields": ["text", "author", "counts"],
            "networks": [],
            "days": 7,
            "per_minute": 60,
            "expires_at": "2099-01-01T00:00:00Z",
            "why": "A week is enough.",
        }
    ]


def test_versions_tell_what_each_changed(calm: Page, at: str) -> None:
    first = made_trust.LICENCE | {"version": 1, "days": None, "networks": [], "uses": ["search", "export", "stream"]}
    reply_with(calm, "**/v1/keys/k2/licences", {"licences": [first, made_trust.LICENCE]})
    calm.goto(at)
    key(calm, "tides").get_by_text("All versions").click()
    versions = key(calm, "tides").locator(".versions > li")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("▼ narrower: − stream; back: no limit → 30 days")


def test_the_log_is_filtered_and_goes_on(calm: Page, at: str) -> None:
    asked: list[dict[str, list[str]]] = []

    def reply(route: Route) -> None:
        asked.append(parse_qs(urlsplit(route.request.url).query))
        route.fulfill(json=made_trust.log() | {"after": None if "after" in asked[-1] else 2})

    calm.route("**/v1/access/log*", reply)
    calm.goto(at)
    rows = calm.get_by_role("region", name="The log").locator("tbody > tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("read · export · research")
    expect(rows.first).to_contain_text("tides")
    expect(rows.first).to_contain_text("220 posts of 1 author")
    calm.get_by_role("button", name="Load more").click()
    expect(rows).to_have_count(4)
    expect(calm.get_by_role("button", name="Load more")).to_have_count(0)
    calm.get_by_label("By which key").select_option("k2")
    expect(rows).to_have_count(2)
    assert asked[-2:] == [{"after": ["2"]}, {"key": ["k2"]}]
    rows.first.locator("summary").click()
    expect(rows.first.locator("pre")).to_contain_text('"path": "/v1/export"')


def test_verified_or_not_is_said_in_words(calm: Page, at: str) -> None:
    head = {"place": 3, "hash": made_trust.HASH, "at": "2024-05-02T08:00:00Z"}
    reply_with(calm, "**/v1/access/verify", {"entries": 4, "sealed": 3, "verified": True, "broken": None, "head": head, "unsealed": 1})
    calm.goto(at)
    calm.get_by_role("button", name="Verify now").click()
    expect(calm.locator(".verify")).to_contain_text(
        "✓ The chain holds: 3 entries, from first to last. 1 entry of the last second is not sealed yet."
    )
    broken = {"place": 2, "why": "Its hash does not follow."}
    reply_with(calm, "**/v1/access/verify", {"entries": 3, "sealed": 3, "verified": False, "broken": broken, "head": head, "unsealed": 0})
    calm.get_by_role("button", name="Verify now").click()
    expect(calm.get_by_role("alert")).to_contain_text("At place 2: Its hash does not follow.")


def test_what_may_not_be_is_said(page: Page, at: str) -> None:
    told = {"error": {"code": "not_allowed", "message": "This key may not.", "fix": "Use an admin key."}}
    page.route("**/v1/keys", lambda route: route.fulfill(status=403, json=told))
    page.goto(at)
    expect(page.get_by_role("alert")).to_contain_text("This key may not.")


def test_with_nothing_told_it_says_so(calm: Page, at: str) -> None:
    for address in ("keys", "access/log*", "trust"):
        reply_with(calm, f"**/v1/{address}", {})
    calm.goto(at)
    expect(calm.locator(".none")).to_have_count(4)
    expect(calm.locator(".none")).to_have_text(
        [
            "There is no key yet: only the person at this computer may call.",
            "Nothing of this kind is in the log.",
            "Nothing is told of deletions.",
            "None goes on.",
        ]
    )


def test_hostile_words_are_text_and_fit_a_phone(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/keys", made_trust.hostile(made_trust.keys()))
    reply_with(calm, "**/v1/access/log*", made_trust.hostile(made_trust.log()))
    reply_with(calm, "**/v1/trust", made_trust.hostile(made_trust.trust()))
    reply_with(calm, "**/v1/certificates/*", made_trust.hostile(made_trust.certificate()))
    reply_with(calm, "**/licences", {"licences": [made_trust.hostile(made_trust.LICENCE)]})
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.goto(at)
    expect(calm.locator("#log tbody tr").first).to_contain_text(HOSTILE)
    calm.locator("#content details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    assert calm.locator("main :is(img, script)").count() == 0
    assert [a for a in calm.locator("main a").evaluate_all("all => all.map((a) => new URL(a.href).origin)") if not at.startswith(a)] == []
    assert too_wide(calm) == []


def test_an_incident_is_told_of_and_ended(open_server: Server, calm: Page) -> None:
    """On a real server: everybody reads it, as text."""
    calm.goto(open_server.url + "/access")
    calm.get_by_text("Tell of one…").click()
    calm.get_by_label("In one line").fill(HOSTILE)
    calm.get_by_label("What happened", exact=True).last.fill("A disk was full.")
    calm.get_by_role("button", name="Tell everybody").click()
    told = calm.locator(".open-incidents > li", has_text=HOSTILE)
    expect(told).to_contain_text("A disk was full.")
    calm.goto(open_server.url + "/trust")
    expect(calm.locator("#content > .notice").first).to_contain_text(f"1 incident goes on: {HOSTILE}")
    calm.goto(open_server.url + "/access")
    told.get_by_text("It has ended…").click()
    told.get_by_label("What was mended").fill("It is larger.")
    told.get_by_role("button", name="End it").click()
    expect(told).to_have_count(0)
    calm.goto(open_server.url + "/trust")
    expect(calm.locator("#incidents")).to_contain_text("What was mended: It is larger.")
    expect(calm.locator("#content > .notice")).to_have_count(0)


def test_a_key_from_its_making_to_its_end(open_server: Server, calm: Page) -> None:
    """On a real server: made, licensed, narrowed, revoked; each counts at the next call, and stands in the log, which verifies."""
    url = open_server.url
    open_server.write([{"id": "tide", "author": "pier", "text": "Springtide at Quarnholm tonight", "created_at": "2024-05-01T12:00:00Z"}])
    calm.goto(url + "/access")
    calm.get_by_text("Make a key…").click()
    calm.get_by_label("What it is for").fill("springtide study")
    calm.get_by_role("button", name="Make it").click()
    headers = {"Authorization": f"Bearer {calm.locator('.secret code').inner_text()}"}

    def reaches(path: str) -> int:
        return httpx.get(url + path, params={"q": "springtide"}, headers=headers, timeout=30).status_code

    assert reaches("/v1/search") == 200
    card = key(calm, "springtide study")
    card.get_by_text("Give it a licence…").click()
    card.get_by_label("Who holds it").fill("University of Quarnholm")
    card.get_by_label("export").check()
    card.get_by_label("Why", exact=True).fill("A study of tides.")
    card.get_by_role("button", name="Grant it").click()
    expect(card).to_contain_text("for research: may search and export")
    assert reaches("/v1/export") == 200
    card.get_by_text("Change the licence…").click()
    card.get_by_label("export").uncheck()
    card.get_by_label("Why", exact=True).fill("Search is enough.")
    card.get_by_role("button", name="Put this version in force").click()
    expect(card).to_contain_text("Version 2")
    assert (reaches("/v1/export"), reaches("/v1/search")) == (403, 200)
    card.get_by_text("All versions").click()
    expect(card.locator(".versions > li").first).to_contain_text("▼ narrower: − export")
    card.get_by_text("Revoke…").click()
    card.get_by_role("button", name="Revoke springtide study").click()
    expect(calm.get_by_text("Revoked: 1 key")).to_be_visible()
    assert reaches("/v1/search") == 401

    calm.reload()
    chosen = calm.get_by_label("By which key").locator("option", has_text="springtide study").get_attribute("value")
    calm.get_by_label("By which key").select_option(chosen)
    told = calm.get_by_role("region", name="The log").locator("tbody > tr")
    expect(told.filter(has_text="export").first).to_be_visible()
    calm.get_by_role("button", name="Verify now").click()
    expect(calm.locator(".verify")).to_contain_text("✓ The chain holds:")
