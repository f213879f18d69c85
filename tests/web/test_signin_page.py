"""Signing in in a real browser: the button, the network's own page, the way back, one's account, and out again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import signing_in
from at_network import AtProto
from oscine.api.limits import Buckets
from oscine.api.routes import signin as routes
from oscine.app import App

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect


@pytest.fixture(scope="module")
def mastodon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with signing_in.mastodon(tmp_path_factory.mktemp("mastodon")) as host:
        yield host


@pytest.fixture
def people(app: App, mastodon: str, atproto: AtProto, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a server listens that people sign in to, from that server and from Bluesky."""
    monkeypatch.setattr(routes, "TRIES", Buckets(1_000_000))
    settings = app.settings
    settings.sign_in, settings.connect_networks = frozenset({mastodon, "bluesky"}), frozenset({"127.0.0.0/8", "::1/128"})
    settings.plc_url, settings.bluesky_server, settings.bluesky_view = atproto.plc_url, atproto.pds_url, ""
    with signing_in.serving(app) as url:
        yield url


@pytest.fixture
def browser(calm: Any, mastodon: str) -> Page:
    """A page that must end without one console error of ours; the server's own page has no icon."""
    page: Page = calm
    page.route(f"http://{mastodon}/favicon.ico", lambda route: route.fulfill(status=204))
    return page


def go(page: Page, url: str, network: str, name: str) -> None:
    """From our page to the server's, and back."""
    page.goto(url)
    page.get_by_label(network).check()
    page.get_by_role("button", name="Go to your network").click()
    page.get_by_role("button", name=f"(@{name})").click()


def test_in_and_out(browser: Page, people: str, mastodon: str) -> None:
    page = browser
    page.goto(people + "/search?q=heron")
    page.locator("header .account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label(mastodon).check()
    page.get_by_role("button", name="Go to your network").click()
    page.get_by_role("button", name="(@ann)").click()
    expect(page.locator("header .account")).to_have_text(f"@ann@{mastodon}")
    assert page.url == people + "/search?q=heron", "back where one came from, and nothing of the sign-in in the address"
    page.locator("header .account").click()
    expect(page.locator(".who")).to_contain_text(f"Signed in as @ann@{mastodon}")
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.locator("header .account")).to_have_text("Sign in")


def test_where_a_key_is_asked_for_one_may_sign_in_instead(page: Any, troubles: list[str], app: App, people: str, mastodon: str) -> None:
    app.settings.public_url = people
    page.goto(people + "/search?q=heron")
    expect(page.get_by_text("This server asks for a key")).to_be_visible()
    page.get_by_role("link", name="sign in with your network").click()
    page.get_by_label(mastodon).check()
    page.get_by_role("button", name="Go to your network").click()
    page.get_by_role("button", name="(@ann)").click()
    expect(page.locator("header .account")).to_have_text(f"@ann@{mastodon}")
    assert page.url == people + "/search?q=heron"
    expect(page.get_by_text("This server asks for a key")).to_have_count(0)
    assert [trouble for trouble in troubles if "401" not in trouble and "404" not in trouble] == []


def test_ones_own_word_on_ones_posts(browser: Page, people: str, mastodon: str) -> None:
    page = browser
    go(page, people + "/sign-in", mastodon, "bo")
    learning = page.get_by_role("group", name="Teach a language model with my posts").get_by_label("No", exact=True)
    search = page.get_by_role("group", name="They may be found by search").get_by_label("No", exact=True)
    for no in (learning, search):
        no.check()
        expect(page.get_by_text("Saved: it counts from now on.")).to_be_visible()
    expect(page.get_by_role("button", name="Undo: They may be found by search")).to_be_visible()
    expect(page.get_by_role("link", name="What is held about you")).to_have_attribute("href", "/me")
    page.reload()
    expect(learning).to_be_checked()
    expect(search).to_be_checked()
    expect(page.get_by_text("This browser since just now")).to_be_visible()


def test_who_comes_back_with_anothers_address_is_told(page: Any, troubles: list[str], people: str, mastodon: str) -> None:
    page.goto(f"{people}/sign-in/{mastodon}?state=made-up&code=stolen")
    expect(page.get_by_role("alert")).to_contain_text("This sign-in is not known here, or not any more.")
    assert page.url == people + "/sign-in"
    assert [trouble for trouble in troubles if "400" not in trouble] == []


def test_a_draft_is_posted_as_oneself(browser: Page, people: str, atproto: AtProto) -> None:
    """From the page that drafts, by way of one's own server and its real pages, back to the draft and out into the world."""
    page, ann = browser, atproto.account("ann")
    page.route("**/v1/models", lambda route: route.fulfill(json={"object": "list", "data": []}))
    page.goto(people + "/write")
    page.get_by_role("link", name="Sign in to post as yourself").click()
    page.get_by_label("Bluesky").check()
    page.get_by_label("Your handle").fill("@" + ann.handle)
    expect(page.get_by_label("Let me post drafts as myself")).to_be_checked()
    page.get_by_role("button", name="Go to your network").click()
    signing_in.allow_at_pds(page)
    expect(page.locator("header .account")).to_have_text(f"@{ann.handle}")
    assert page.url == people + "/write"
    offered = page.get_by_role("button", name=f"Post as @{ann.handle}")
    expect(offered).to_be_disabled()
    page.locator("#beginning").fill("A heron <b>stands</b> in the reeds.")
    offered.click()
    expect(page.locator(".confirm blockquote")).to_have_text("A heron <b>stands</b> in the reeds.")
    expect(page.get_by_label("A machine wrote it")).not_to_be_checked()
    page.get_by_role("button", name="Post it now").dblclick()
    expect(page.get_by_role("status")).to_contain_text(f"Posted as @{ann.handle}: at://{ann.did}/app.bsky.feed.post/")
    records = ann.client.com.atproto.repo.list_records({"repo": ann.did, "collection": "app.bsky.feed.post"}).records
    assert [record.value.text for record in records] == ["A heron <b>stands</b> in the reeds."]
