"""Labels in a real browser: who says what on a post's page, an author's appeal, the operator's queue by the keyboard; hostile words stay words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, Route, expect

from conftest import Server
from oscine import access
from oscine.records import Viewer
from oscine.store import machine_labels
from oscine.store.machine_labels import LABELS
from oscine.store.postgres import Database, open_database

from .made import HOSTILE, reply_with, too_wide

pytestmark = pytest.mark.browser
TEXT = "What a lot of 🐟 people write about the Quarnholm ferry is hateful nonsense."
SPAN = [len("What a lot of 🐟 people write about the "), len("What a lot of 🐟 people write about the Quarnholm ferry")]
OPERATOR_SAYS = {"post": "l-1", "network": "local", "label": "scam", "is": True, "why": f"It sells what is not there {HOSTILE}"}


@pytest.fixture
def database(open_server: Server) -> Iterator[Database]:
    """The server's, with Ann's post, which the machine and a person label."""
    made = open_database(open_server.data)
    post = {"id": "l-1", "author": "l-ann", "author_handle": "l-ann", "created_at": "2024-05-01T12:00:00Z", "lang": "en", "text": TEXT, "labels": ["nsfw"]}
    open_server.write([post])
    waiting = [one for one in machine_labels.pending(made, 1000) if one.text == TEXT]
    found = np.array([[0.93 if label == "hate" else 0.01 for label in LABELS]], np.float32)
    machine_labels.save(made, waiting, "scripted-1", found, dict.fromkeys(LABELS, 0.5))
    httpx.post(open_server.url + "/v1/labels/decisions", json=OPERATOR_SAYS).raise_for_status()
    yield made
    open_server.write([{"delete": "l-1"}])
    made.execute("DELETE FROM tombstones WHERE key = 'l-1'")
    made.close()


def as_account(page: Page, database: Database, account: str) -> None:
    """Whoever looks has a key that acts for an account."""
    secret, _ = access.create(database, "test", ["read"], [], Viewer(network="local", account=account))
    page.add_init_script(f"sessionStorage.setItem('oscine.key', {json.dumps(secret)})")


def waiting(label: str = "hate", text: str = TEXT, **more: Any) -> dict[str, Any]:
    return {"network": "local", "post": "l-1", "text": text, "author_handle": "l-ann", "label": label, "probability": 0.52,
            "at": "2024-05-01T12:00:00Z", **more}  # fmt: skip


def test_a_post_s_page_says_who_says_what_and_why(open_server: Server, database: Database, calm: Page) -> None:
    calm.goto(f"{open_server.url}/post?id=l-1&network=local")
    expect(calm.locator("#labels .chip")).to_have_text(["the post itself: nsfw", "a person of this network: scam", "a machine: hate, 93%"])
    calm.locator("#labels li", has_text="scam").get_by_text("Why").click()
    expect(calm.locator("#labels")).to_contain_text(f"It sells what is not there {HOSTILE}")
    assert calm.get_by_text("appeal").count() == 0
    assert too_wide(calm) == []


def test_the_words_that_a_label_rests_on_are_shown(open_server: Server, database: Database, calm: Page) -> None:
    said = {"label": "auto-hate", "by": "machine", "about": "post", "probability": 0.998, "at": "2024-05-01T12:00:00Z", "why": "", "appeal": None,
            "reason": {"start": 0, "end": 9, "text": HOSTILE}}  # fmt: skip
    other = said | {"label": HOSTILE, "by": HOSTILE, "about": "account", "probability": None, "reason": None}
    reply_with(calm, "**/v1/labels/posts/*", {"post": "l-1", "network": "local", "mine": False, "labels": [said, other], "appeals": []})
    calm.set_viewport_size({"width": 340, "height": 700})
    calm.goto(f"{open_server.url}/post?id=l-1&network=local#labels")
    expect(calm.locator("#labels h2")).to_be_focused()
    expect(calm.locator("#labels .chip")).to_have_text(["a machine: hate, 99%", f"{HOSTILE}: {HOSTILE} (of the account)"])
    calm.get_by_text("Why", exact=True).click()
    expect(calm.locator("#labels mark")).to_have_text(HOSTILE)
    assert too_wide(calm) == []


def test_an_author_appeals_and_reads_what_became_of_it(open_server: Server, database: Database, calm: Page) -> None:
    as_account(calm, database, "l-ann")
    calm.goto(f"{open_server.url}/post?id=l-1&network=local")
    hate = calm.locator("#labels li", has_text="hate")
    hate.get_by_text("It is wrong: appeal").click()
    hate.get_by_label("Why the label is wrong").fill(f"I quote {HOSTILE}")
    hate.get_by_role("button", name="Send it").click()
    expect(hate.get_by_role("status")).to_contain_text("is with a person of this network")
    number = httpx.get(open_server.url + "/v1/labels/queue").json()["appeals"][0]["id"]
    calm.reload()
    expect(hate).to_contain_text("a person of this network decides")
    httpx.post(f"{open_server.url}/v1/labels/appeals/{number}", json={"uphold": False, "why": "A quote."}).raise_for_status()
    calm.reload()
    expect(calm.locator("#labels")).to_contain_text("No longer hate. You appealed; it was taken off: A quote.")


def test_cards_carry_labels(open_server: Server, database: Database, calm: Page) -> None:
    calm.goto(open_server.url + "/search?q=Quarnholm")
    calm.get_by_role("button", name="Show the post").click()
    expect(calm.locator(".labels-on li")).to_have_text(["a machine: hate", "nsfw", "scam", "Why"])
    calm.get_by_role("link", name="Why these labels").click()
    expect(calm.locator("#labels h2")).to_be_focused()


def test_the_operator_decides_with_one_key_and_a_reason(open_server: Server, database: Database, calm: Page) -> None:
    author = access.create(database, "author", ["read"], [], Viewer(network="local", account="l-ann"))[0]
    appeal = {"post": "l-1", "network": "local", "label": "auto-hate", "words": f"I quote {HOSTILE}"}
    httpx.post(open_server.url + "/v1/labels/appeals", json=appeal, headers={"Authorization": f"Bearer {author}"}).raise_for_status()
    calm.goto(open_server.url + "/labels")
    card = calm.locator("article.waiting")
    expect(card).to_be_focused()
    expect(card).to_contain_text(f"I quote {HOSTILE}")
    expect(card.locator(".chip")).to_have_text("a machine: hate, 93%")
    calm.keyboard.press("n")
    expect(card.get_by_label("Why")).to_be_focused()
    calm.keyboard.press("Control+Enter")
    expect(card).to_have_count(1)  # it takes a reason
    calm.keyboard.type("It quotes a book, yes")
    calm.keyboard.press("Control+Enter")
    expect(calm.get_by_role("status")).to_contain_text("✕ not hate: @l-ann. It quotes a book, yes")
    told = httpx.get(open_server.url + "/v1/labels/posts/l-1").json()["labels"]
    assert {one["label"] for one in told} == {"scam", "nsfw"}


def test_the_uncertain_show_their_reasons_and_are_decided(open_server: Server, database: Database, calm: Page) -> None:
    queue = {"model": "scripted-1", "appeals": [], "uncertain": [waiting(), waiting("spam", f"Buy {HOSTILE} {'W' * 400}", author_handle=HOSTILE)]}
    reply_with(calm, "**/v1/labels/queue", queue)

    def read(route: Route) -> None:
        sent = route.request.post_data_json
        span = SPAN if sent["reason"] == "hate" else [4, 4 + len(HOSTILE)]
        route.fulfill(json={"results": [{"labels": {}, "said": [], "reasons": {sent["reason"]: {"start": span[0], "end": span[1], "text": ""}}}]})

    calm.route("**/v1/labels", read)
    calm.set_viewport_size({"width": 340, "height": 700})
    calm.goto(open_server.url + "/labels")
    cards = calm.locator("article.waiting")
    expect(cards.nth(0).locator("mark")).to_have_text("Quarnholm ferry")
    calm.keyboard.press("j")
    expect(cards.nth(1)).to_be_focused()
    expect(cards.nth(1).locator("mark")).to_have_text(HOSTILE)
    assert too_wide(calm) == []
    calm.keyboard.press("y")
    calm.keyboard.press("Escape")
    expect(cards.nth(1)).to_be_focused()
    calm.keyboard.press("k")
    calm.keyboard.press("y")
    calm.keyboard.type("Of a whole town")
    calm.keyboard.press("Control+Enter")
    expect(calm.get_by_role("status")).to_contain_text("✓ hate: @l-ann.")
    expect(calm.locator("article.waiting")).to_be_focused()
    told = {one["label"]: one["by"] for one in httpx.get(open_server.url + "/v1/labels/posts/l-1").json()["labels"]}
    assert told["hate"] == "operator"


def test_nothing_waits(open_server: Server, calm: Page) -> None:
    calm.goto(open_server.url + "/labels")
    calm.get_by_text("No author waits for a decision.").wait_for()


def test_trouble_is_said(open_server: Server, page: Page) -> None:
    reply_with(page, "**/v1/labels/queue", {})
    page.route("**/v1/labels/queue", lambda route: route.fulfill(status=503, json={"error": {"message": "The database does not answer.", "fix": "Try again."}}))
    page.goto(open_server.url + "/labels")
    expect(page.get_by_role("alert")).to_contain_text("The database does not answer.")
