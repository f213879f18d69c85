"""Signing in in a real browser: the button, the network's own page, the way back, one's account, and out again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import signing_in
from conftest import Server

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect

NONE = {f"OSCINE_{name}": "none" for name in ("EMBEDDING", "READER", "REWARD", "LANGUAGE_MODEL")}


@pytest.fixture(scope="module")
def mastodon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with signing_in.mastodon(tmp_path_factory.mktemp("mastodon")) as host:
        yield host


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, mastodon: str) -> Iterator[Server]:
    environment = NONE | {"OSCINE_SIGN_IN": mastodon, "OSCINE_CONNECT_NETWORKS": "127.0.0.0/8"}
    running = Server(tmp_path_factory.mktemp("people"), environment=environment).wait(120)
    yield running
    running.stop()


@pytest.fixture
def browser(calm: Any, mastodon: str) -> Page:
    """A page that must end without one console error of ours; the server's own page has no icon."""
    page: Page = calm
    page.route(f"http://{mastodon}/favicon.ico", lambda route: route.fulfill(status=204))
    return page


def go(page: Page, url: str, name: str) -> None:
    """From our page to the server's, and back."""
    page.goto(url)
    page.get_by_role("button", name="Go to your network").click()
    page.get_by_role("button", name=f"(@{name})").click()


def test_in_and_out(browser: Page, people: Server, mastodon: str) -> None:
    page = browser
    page.goto(people.url + "/search?q=heron")
    page.locator("header .account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_label(mastodon)).to_be_checked()
    page.get_by_role("button", name="Go to your network").click()
    page.get_by_role("button", name="(@ann)").click()
    expect(page.locator("header .account")).to_have_text(f"@ann@{mastodon}")
    assert page.url == people.url + "/search?q=heron", "back where one came from, and nothing of the sign-in in the address"
    page.locator("header .account").click()
    expect(page.locator(".who")).to_contain_text(f"Signed in as @ann@{mastodon}")
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.locator("header .account")).to_have_text("Sign in")


def test_ones_own_word_on_ones_posts(browser: Page, people: Server) -> None:
    page = browser
    go(page, people.url + "/sign-in", "bo")
    page.get_by_label("Teach a language model with my posts").select_option("deny")
    expect(page.get_by_role("status")).to_have_text("Saved: it counts from now on.")
    page.get_by_label("They may be found by search").uncheck()
    expect(page.get_by_role("status")).to_have_text("Saved: it counts from now on.")
    page.reload()
    expect(page.get_by_label("Teach a language model with my posts")).to_have_value("deny")
    expect(page.get_by_label("They may be found by search")).not_to_be_checked()
    expect(page.get_by_text("This browser since just now")).to_be_visible()


def test_who_comes_back_with_anothers_address_is_told(page: Any, troubles: list[str], people: Server, mastodon: str) -> None:
    page.goto(f"{people.url}/sign-in/{mastodon}?state=made-up&code=stolen")
    expect(page.get_by_role("alert")).to_contain_text("This sign-in is not known here, or not any more.")
    assert page.url == people.url + "/sign-in"
    assert [trouble for trouble in troubles if "400" not in trouble] == []
