"""The page about oneself in a real browser: what is held, where it went, choices saved and undone, posts and the account deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, Route, expect

from conftest import Server
from oscine import access
from oscine.records import Viewer
from oscine.store.postgres import open_database

from . import made_trust
from .made import HOSTILE, reply_with, too_wide

pytestmark = pytest.mark.browser
SEARCHABLE, TRAINING = "They may be found by search", "Teach a language model with my posts"
SIGNED_IN = {
    "networks": ["bluesky"],
    "me": {"network": "local", "account": "ann", "handle": "ann", "may_post": False, "until": "2099-01-01T00:00:00Z"},
}


@pytest.fixture
def at(open_server: Server, page: Page) -> str:
    """The page of somebody who signed in; what is told of them is said by each test."""
    reply_with(page, "**/v1/sign-in", SIGNED_IN)
    reply_with(page, "**/v1/search?*", {"posts": [], "cursor": None})
    reply_with(page, "**/v1/trust", {"deletion": {"pending": 0, "bound_days": 30}})
    reply_with(page, "**/v1/certificates/cert-1", made_trust.certificate())
    return open_server.url + "/me"


def answer(page: Page, name: str, way: str) -> Any:
    return page.get_by_role("group", name=name).get_by_label(way, exact=True)


def test_all_that_is_told_is_in_words(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/me", made_trust.me())
    calm.goto(at)
    expect(calm.locator(".who")).to_contain_text("@ann on local")
    expect(calm.locator("#held tbody tr").first).to_contain_text("until you delete them")
    expect(calm.locator("#reads")).to_contain_text("5,120 posts of yours were read")
    expect(calm.locator("#reads .bars").first.locator("dt")).to_have_text(["search", "answers", "exports"])
    expect(calm.locator("#reads")).to_contain_text("Under a licence, by University of Quarnholm.")
    expect(calm.locator("#labels")).to_contain_text("spam a machine says, 97% sure")
    expect(calm.locator("#labels q")).to_have_text("Buy now")
    expect(calm.locator("#used")).to_contain_text("sparrow-1")
    expect(calm.locator("#certificates tbody tr").nth(1)).to_contain_text("waits for the next purge")
    calm.get_by_text("✓ purged: the certificate").click()
    certificate = calm.locator("#certificates .certificate")
    expect(certificate).to_contain_text("It covers 1 account, 2 posts: 14 posts in all.")
    expect(certificate).to_contain_text("812 files of 93,000,000 bytes were searched")
    expect(certificate).to_contain_text("✓ Nothing of it was found any more.")
    expect(certificate).to_contain_text("sparrow-1 was trained before on 14 posts of these accounts, 2,100 bytes.")
    certificate.get_by_text("What was done, in 2 places").click()
    expect(certificate.locator("tbody tr").nth(1)).to_contain_text("built again")
    with calm.expect_download() as download:
        certificate.get_by_role("button", name="Download it").click()
    assert json.loads(Path(download.value.path()).read_text()) == made_trust.certificate()
    expect(calm.locator("#leave")).to_contain_text("by the next purge, which comes within 30 days")


def test_who_is_not_known_learns_how_to_be(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/sign-in", {"networks": ["bluesky"], "me": None})
    calm.goto(at)
    expect(calm.get_by_role("link", name="Sign in with your network")).to_have_attribute("href", "/sign-in")
    reply_with(calm, "**/v1/me", made_trust.me())
    calm.get_by_role("button", name="Use a key that acts for your account").click()
    calm.get_by_role("textbox", name="Key").fill("osc_x_y")
    calm.get_by_role("button", name="Use this key").click()
    expect(calm.locator(".who")).to_contain_text("@ann")


def test_choices_are_saved_at_once_and_undone(calm: Page, at: str) -> None:
    sent: list[Any] = []

    def save(route: Route) -> None:
        sent.append(route.request.post_data_json)
        route.fulfill(json={})

    reply_with(
        calm, "**/v1/me", made_trust.me() | {"choices": {"searchable": True, "training": "allow", "archive": "unset", "bulk": "unset"}}
    )
    calm.route("**/v1/me/choices", save)
    calm.goto(at)
    choices = calm.locator("#choices")
    expect(choices.get_by_role("group", name=SEARCHABLE).get_by_role("radio")).to_have_count(2)  # the server knows no third
    answer(calm, TRAINING, "No").check()
    expect(choices.get_by_text("Saved: it counts from now on.")).to_be_visible()
    expect(choices).to_contain_text("No model learns from them from the next run on")
    answer(calm, SEARCHABLE, "Yes").focus()
    calm.keyboard.press("ArrowRight")
    expect(choices).to_contain_text("Search here finds none of them")
    choices.get_by_role("button", name=f"Undo: {SEARCHABLE}").click()
    expect(answer(calm, SEARCHABLE, "Yes")).to_be_checked()
    expect(choices.get_by_text("Saved: it counts from now on.")).to_be_visible()
    assert sent == [{"training": "deny"}, {"searchable": False}, {"searchable": True}]


def test_what_could_not_be_saved_goes_back(page: Page, at: str) -> None:
    reply_with(page, "**/v1/me", made_trust.me())
    page.route(
        "**/v1/me/choices",
        lambda route: route.fulfill(status=503, json={"error": {"message": "The database is busy.", "fix": "Try again."}}),
    )
    page.goto(at)
    answer(page, TRAINING, "Yes").click()
    expect(page.locator("#choices").get_by_role("alert")).to_contain_text("The database is busy.")
    expect(answer(page, TRAINING, "No")).to_be_checked()


def test_an_appeal_is_sent_from_here(calm: Page, at: str) -> None:
    sent: list[Any] = []
    reply_with(calm, "**/v1/me", made_trust.me())
    calm.route("**/v1/labels/appeals", lambda route: (sent.append(route.request.post_data_json), route.fulfill(status=201, json={"id": 7})))
    calm.goto(at)
    calm.get_by_text("It is wrong: appeal").click()
    calm.get_by_label("Why the label is wrong").fill("It quotes a scam to warn of it.")
    calm.get_by_role("button", name="Send it").click()
    expect(calm.locator("#labels")).to_contain_text("Appeal 7 is with a person of this network.")
    assert sent == [{"post": "p1", "network": "local", "label": "auto-spam", "words": "It quotes a scam to warn of it."}]


def test_the_account_goes_when_its_handle_is_typed(calm: Page, at: str) -> None:
    sent: list[Any] = []
    reply_with(calm, "**/v1/me", made_trust.me())
    calm.route(
        "**/v1/me/delete",
        lambda route: (sent.append(route.request.post_data_json), route.fulfill(json={"purged_by": "2099-01-31T00:00:00Z"})),
    )
    calm.goto(at)
    calm.get_by_role("link", name="Delete the account").click()
    calm.get_by_label("To be sure that it is meant").fill("somebody")
    calm.get_by_role("button", name="Delete my account here").click()
    expect(calm.get_by_role("alert")).to_contain_text("That is not your handle.")
    assert sent == []
    calm.get_by_label("To be sure that it is meant").fill("@ann")
    calm.keyboard.press("Enter")
    expect(calm.get_by_text("Your account here is deleted.")).to_be_visible()
    expect(calm.locator("#leave .notice")).to_be_focused()
    assert sent == [{"confirm": "ann"}]


def test_with_nothing_told_it_says_so(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/me", {"account": {"handle": "ann"}})
    calm.goto(at)
    expect(calm.locator(".none")).to_have_text(
        [
            "Nothing is held about you.",
            "Nobody has read them here yet, as far as the log goes back.",
            "Nothing: no post of yours carries a label.",
            "No training data here holds a post of yours.",
            "No model here learned from a post of yours.",
            "Search finds none of your posts here. You may still name one.",
            "Nothing yet.",
        ]
    )


def test_hostile_words_are_text_and_fit_a_phone(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/me", made_trust.hostile(made_trust.me()))
    reply_with(calm, "**/v1/certificates/*", made_trust.hostile(made_trust.certificate()))
    post = {"id": HOSTILE, "network": HOSTILE, "text": f"{HOSTILE}{'W' * 900}", "created_at": HOSTILE}
    reply_with(calm, "**/v1/search?*", {"posts": [post], "cursor": None})
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.goto(at)
    expect(calm.locator(".mine .words")).to_contain_text(HOSTILE)
    calm.locator("#content details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    assert calm.locator("main :is(img, script)").count() == 0
    assert [a for a in calm.locator("main a").evaluate_all("all => all.map((a) => new URL(a.href).origin)") if not at.startswith(a)] == []
    assert too_wide(calm) == []


def test_a_person_and_a_real_server(open_server: Server, page: Page, troubles: list[str]) -> None:
    """By a key of one's own: a choice is kept, all is downloaded, a post is gone, and at last the account."""
    server, url = open_server, open_server.url
    server.write(
        [{"id": f"m{n}", "author": "mira", "text": f"Miraculous heron number {n}", "created_at": f"2024-05-0{n}T12:00:00Z"} for n in (1, 2)]
    )
    database = open_database(server.data)
    secret, _ = access.create(database, "mira", ["read", "write"], ["local"], Viewer("local", "mira"))
    page.goto(url + "/me")
    page.get_by_role("button", name="Use a key that acts for your account").click()
    page.get_by_role("textbox", name="Key").fill(secret)
    page.get_by_role("button", name="Use this key").click()
    expect(page.locator("#held tbody tr", has_text="posts").first).to_contain_text("2")

    answer(page, TRAINING, "No").check()
    expect(page.get_by_text("Saved: it counts from now on.")).to_be_visible()
    page.reload()
    expect(answer(page, TRAINING, "No")).to_be_checked()

    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything (JSON)").click()
    assert "Miraculous heron number 1" in json.dumps(json.loads(Path(download.value.path()).read_text()))

    post = page.locator(".mine li", has_text="Miraculous heron number 2")
    post.get_by_text("Delete…").click()
    post.get_by_role("button", name="Yes, delete this post").click()
    expect(page.locator(".mine").get_by_text("✓ Deleted.")).to_be_visible()
    left = httpx.get(url + "/v1/search", params={"q": "miraculous heron"}, timeout=30).json()["posts"]
    assert [each["id"] for each in left] == ["m1"]
    expect(page.locator("#certificates tbody tr", has_text="m2")).to_contain_text("waits for the next purge")

    page.get_by_label("To be sure that it is meant").fill("mira")
    page.get_by_role("button", name="Delete my account here").click()
    expect(page.get_by_text("Your account here is deleted.")).to_be_visible()
    assert httpx.get(url + "/v1/search", params={"q": "miraculous heron"}, timeout=30).json()["posts"] == []
    database.close()
    assert troubles == []
