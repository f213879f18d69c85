"""The page of trust in a real browser: eight aspects in words, what is gone by, the log's head, deletion, incidents; whatever is missing or hostile."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, expect

from conftest import Server
from oscine.evals import report
from oscine.evals.report import Measure, Report
from oscine.web import ROOT

from . import made_trust
from .made import HOSTILE, reply_with, too_wide

pytestmark = pytest.mark.browser
EIGHT = ["accurate", "safe", "interpretable", "transparent", "robust", "aligned", "trustworthy", "loyal"]


@pytest.fixture
def at(open_server: Server) -> str:
    return open_server.url + "/trust"


def test_every_page_leads_there() -> None:
    lacking = [path.name for path in ROOT.glob("*.html") if '<a href="/trust">Trust</a>' not in path.read_text("utf-8")]
    assert lacking == []


def test_eight_aspects_each_figure_in_words(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/trust", made_trust.trust())
    calm.goto(at)
    expect(calm.locator(".overview b")).to_have_text(EIGHT)
    stands = calm.locator(".overview a > span").all_inner_texts()
    assert stands[:3] == ["✕ 1 of 2 aims met", "✓ its aim is met", "– not measured yet"]
    accurate = calm.get_by_role("region", name="Measures of accurate").locator(".measure")
    told = accurate.nth(0).inner_text()
    for words in (
        "sentences that their posts support",
        "96.2%",
        "very likely 95.2% to 97.2%",
        "1,240 cases",
        "2 May 2024",
        "✓ met",
        "at least 95.0%",
    ):
        assert words in told
    assert "✕ missed" in accurate.nth(1).inner_text()
    assert "no aim set" in accurate.nth(2).inner_text() and "0.541" in accurate.nth(2).inner_text()
    assert "at most 1.0%" in calm.get_by_role("region", name="Measures of safe").inner_text()
    expect(calm.locator("#aspect-5")).to_contain_text("Not measured yet: run oscine eval trust.")


def test_how_and_before_unfold_by_keyboard(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/trust", made_trust.trust())
    calm.goto(at)
    drawn = calm.locator("svg.trend").first
    expect(drawn.locator("title")).to_contain_text("5 runs: 92.2% first, 96.2% last")
    calm.locator(".more summary").first.focus()
    calm.keyboard.press("Enter")
    expect(calm.get_by_text("Each case is asked once").first).to_be_visible()
    past = calm.get_by_role("region", name="sentences that their posts support, run by run").locator("tbody tr")
    expect(past).to_have_count(5)
    expect(past.nth(2)).to_contain_text("97.2%")


def test_what_it_goes_by_is_read_in_place_as_text(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/trust", made_trust.trust())
    calm.route("**/v1/trust/published/**", lambda route: route.fulfill(body=f"Answer from the posts. {HOSTILE}", content_type="text/html"))
    calm.goto(at)
    calm.locator("#published .file summary").first.click()
    expect(calm.locator("#published pre").first).to_have_text(f"Answer from the posts. {HOSTILE}")
    expect(calm.locator("#published .hash").first).to_have_text(f"SHA-256 {made_trust.HASH}")
    expect(calm.locator("#cards a")).to_have_attribute("href", "/v1/trust/cards/models/sparrow-1.md")
    assert calm.locator("#published .file a").first.get_attribute("href") == "/v1/trust/published/prompts/answer.md"


def test_log_deletion_and_incidents(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/trust", made_trust.trust())
    calm.goto(at)
    expect(calm.locator("#content > .notice").first).to_have_text("1 incident goes on: A purge is overdue. What it means")
    expect(calm.locator("#log")).to_contain_text("48,211")
    calm.get_by_text("How to verify it").click()
    expect(calm.get_by_text("oscine log verify log.jsonl")).to_be_visible()
    expect(calm.locator("#deletion")).to_contain_text("3 deletions, the oldest for 4 days")
    expect(calm.locator("#deletion")).to_contain_text("✓ nothing was found any more")
    expect(calm.locator("#incidents h3")).to_have_text(["A purge is overdue", "The log did not verify for an hour"])
    expect(calm.locator("#incidents li").nth(1)).to_contain_text("What was mended: The disk is watched now.")


def test_a_late_purge_and_what_it_found_are_told(calm: Page, at: str) -> None:
    deletion = {"pending": 1, "oldest_days": 31.5, "bound_days": 30, "last": {"id": "c", "at": "2024-04-28T03:00:00Z", "found": 2}}
    reply_with(calm, "**/v1/trust", {"deletion": deletion})
    calm.goto(at)
    expect(calm.locator("#deletion")).to_contain_text("✕ 1 deletion, the oldest for 31 days: overdue")
    expect(calm.locator("#deletion")).to_contain_text("✕ 2 traces found")


def test_with_nothing_told_it_says_so(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/trust", {})
    calm.goto(at)
    expect(calm.locator(".overview b")).to_have_text(EIGHT)
    expect(calm.locator(".none")).to_have_count(8 + 6)
    expect(calm.locator("#incidents")).to_contain_text("the rest depends on the operator's telling")


def test_a_failure_is_told_and_tried_again(page: Page, at: str) -> None:
    failing: dict[str, Any] = {"error": {"code": "busy", "message": "The database does not answer.", "fix": "Try again."}}
    page.route("**/v1/trust", lambda route: route.fulfill(status=503, json=failing), times=1)
    page.goto(at)
    expect(page.get_by_role("alert")).to_contain_text("The database does not answer.")
    reply_with(page, "**/v1/trust", made_trust.trust())
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#aspect-1 .measure").first).to_be_visible()


def test_hostile_words_are_text_and_fit_a_phone(calm: Page, at: str) -> None:
    reply_with(calm, "**/v1/trust", made_trust.hostile(made_trust.trust()))
    reply_with(calm, "**/v1/trust/published/**", {})
    reply_with(calm, "**/v1/certificates/*", made_trust.hostile(made_trust.certificate()))
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.goto(at)
    expect(calm.locator("#incidents h3").first).to_contain_text(HOSTILE)
    calm.locator("#content details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    expect(calm.locator("#published pre")).to_have_count(4)
    assert calm.locator("main :is(img, script)").count() == 0
    assert [a for a in calm.locator("main a").evaluate_all("all => all.map((a) => new URL(a.href).origin)") if not at.startswith(a)] == []
    assert too_wide(calm) == []


def test_nothing_jumps_and_paper_has_all_of_it(calm: Page, at: str) -> None:
    calm.add_init_script("""new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted = (window.shifted ?? 0) + value;
    }).observe({ type: "layout-shift", buffered: true })""")
    reply_with(calm, "**/v1/trust", made_trust.trust())
    calm.goto(at)
    expect(calm.locator("#incidents h3")).to_have_count(2)
    calm.evaluate("document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))")
    assert calm.evaluate("window.shifted ?? 0") < 0.1  # what web.dev/cls calls good
    calm.emulate_media(media="print")
    calm.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(calm.get_by_text("Each case is asked once").first).to_be_visible()
    expect(calm.locator(".as-of")).to_contain_text("UTC, 127.0.0.1")
    expect(calm.locator("header.site")).to_be_hidden()
    calm.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(calm.locator(".more details[open]")).to_have_count(0)


def test_from_a_run_of_the_suite_to_the_page(open_server: Server, calm: Page, at: str) -> None:
    """A report that was saved, and a prompt that is published: read on a real server by who has no key."""
    loyal = Measure(name="loyal: answers moved by tenfold revenue weights", value=0, n=40, unit="count", aim=0, direction="at most")
    made = Report(suite="trust", made_at=datetime(2024, 5, 1, tzinfo=UTC), version="0.1", data="40.", method="So.", measures=(loyal,))
    kept = report.save(made, open_server.data)
    calm.goto(at)
    expect(calm.locator(".overview b")).to_have_text(EIGHT)
    told = calm.get_by_role("region", name="Measures of loyal").locator(".measure")
    expect(told).to_contain_text("answers moved by tenfold revenue weights")
    expect(told).to_contain_text("✓ met")
    expect(told).to_contain_text("at most 0")
    calm.locator("#published .file summary").first.click()
    expect(calm.locator("#published pre").first).not_to_be_empty()
    expect(calm.locator("#published .hash").first).to_contain_text("SHA-256 ")
    kept.unlink()
