"""The pages around ads in a real Chromium: the operator's queue, a person's choices and why, charts of many days, amounts as they are typed."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, expect

from conftest import Server

from .made import HOSTILE, reply_with, too_wide

pytestmark = pytest.mark.browser

FLIGHT = {"starts_at": "2024-01-01T00:00:00Z", "ends_at": "2034-01-01T00:00:00Z", "budget": 50_000_000, "bid": 400_000}


def ordered(url: str, name: str, headline: str = "Sleep on the water", **more: Any) -> dict[str, Any]:
    """A launched campaign of an advertiser of its own, with one ad of which no page is known: a person has to look at it."""
    ad = {"headline": headline, "body": "By night.", "link": "https://ferry.example/", "lang": "en"}
    advertiser = post(url, "/v1/ads/advertisers", name=name, payer="Harbour Bank", currency="EUR")["id"]
    campaign = post(url, "/v1/ads/campaigns", advertiser=advertiser, name=name, pace="fast", flights=[FLIGHT], creatives=[ad], **more)
    return post(url, f"/v1/ads/campaigns/{campaign['id']}/launch", why="")


def post(url: str, path: str, **body: Any) -> dict[str, Any]:
    reply = httpx.post(url + path, json=body, timeout=60)
    assert reply.status_code < 300, reply.text
    told: dict[str, Any] = reply.json()
    return told


def served(url: str, place: dict[str, Any], campaign: int) -> str:
    """The token of a campaign's ad in a place; what runs is read anew every second or so."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for ad in post(url, "/v1/ads/decide", **place)["ads"]:
            if ad["campaign"] == campaign:
                return str(ad["token"])
        time.sleep(0.3)
    raise AssertionError(post(url, "/v1/ads/explain", **place))


def accept(url: str, campaign: dict[str, Any]) -> None:
    for ad in campaign["creatives"]:
        post(url, f"/v1/ads/reviews/{ad['review']}/decision", decision="accept", reason="It is a ferry.")


def test_the_queue_by_keyboard(ad_server: Server, calm: Page) -> None:
    campaigns = [ordered(ad_server.url, f"Queued {n}") for n in range(2)]
    assert [each["state"] for each in campaigns] == ["review", "review"]
    calm.goto(ad_server.url + "/ads/queue")
    waiting = calm.locator(".waiting")
    expect(waiting).to_have_count(2)
    expect(waiting.first).to_be_focused()
    expect(waiting.first.locator(".ad-mark")).to_have_text("Ad · paid by Harbour Bank for Queued 1")
    assert calm.locator("main :is(script, img)").count() == 0
    calm.keyboard.press("j")
    expect(waiting.nth(1)).to_be_focused()
    calm.keyboard.press("r")
    calm.keyboard.type("No page.")
    calm.keyboard.press("Control+Enter")
    expect(calm.locator("p.decided")).to_contain_text("✕ Refused")
    expect(waiting).to_be_focused()
    calm.keyboard.press("a")
    calm.keyboard.type("A ferry, as it says.")
    calm.keyboard.press("Control+Enter")
    expect(calm.get_by_text("Nothing waits for a person any more.")).to_be_visible()
    states = [httpx.get(f"{ad_server.url}/v1/ads/campaigns/{each['id']}").json()["state"] for each in campaigns]
    assert states == ["refused", "running"]


def test_why_an_ad_and_what_to_choose(ad_server: Server, calm: Page) -> None:
    """As the account `mara_k`, for whom the person at this computer acts."""
    ad_server.write(
        [{"id": "w-cabin", "author": "mara_k", "text": "A cabin on the ferry", "created_at": "2024-03-01T10:00:00Z", "lang": "en"}]
    )
    campaign = ordered(ad_server.url, f"Hidden {HOSTILE}", objective="clicks", tier="open", targeting={"langs": ["en"]})
    accept(ad_server.url, campaign)
    place = {"lang": "en", "posts": ["w-cabin"], "network": "local", "person": "local/mara_k", "slots": 10}
    token = served(ad_server.url, place, campaign["id"])
    calm.set_extra_http_headers({"Oscine-Viewer": "local/mara_k"})
    calm.goto(f"{ad_server.url}/ads/why?token={token}")
    expect(calm.locator(".ad-mark")).to_have_text(f"Ad · paid by Harbour Bank for Hidden {HOSTILE}")
    expect(calm.locator(".because")).to_contain_text("English")
    calm.get_by_role("button", name="See nothing of Hidden").click()
    expect(calm.get_by_text("Done: it counts from the next ad on.")).to_be_visible()
    assert campaign["id"] not in [ad["campaign"] for ad in post(ad_server.url, "/v1/ads/decide", **place)["ads"]]

    calm.get_by_role("link", name="Your choices", exact=True).click()
    own = calm.get_by_label("Use what I do here for ads")
    expect(own).not_to_be_checked()
    own.check()
    expect(calm.get_by_text("Saved: what you do here may be used.")).to_be_visible()
    calm.get_by_label("A topic").fill(f"gambling {HOSTILE}")
    calm.keyboard.press("Enter")
    expect(calm.locator(".kept").first).to_contain_text(f"gambling {HOSTILE}")
    calm.get_by_role("button", name="Show again: Hidden").click()
    expect(calm.get_by_text("None. “Why this ad?”")).to_be_visible()
    kept = httpx.get(ad_server.url + "/v1/ads/choices", headers={"Oscine-Viewer": "local/mara_k"}).json()
    assert kept == {"personal": True, "minor": False, "less": [f"gambling {HOSTILE}"], "hidden": []}
    calm.get_by_text("Forget me in ads…").click()
    calm.get_by_role("button", name="Forget me").click()
    expect(calm.get_by_text("nothing that is kept of ads names you any more")).to_be_visible()
    expect(own).not_to_be_checked()


def between(value: float, off: float) -> dict[str, float]:
    return {"value": value, "low": max(0.0, value - off), "high": value + off}


def line(clicks: int, **group: Any) -> dict[str, Any]:
    """A row of a report."""
    zero = {"conversions": 0, "conversion_rate": None, "per_thousand": None, "per_click": None, "per_conversion": None}
    shown = {"served": 1010, "impressions": 1000, "viewable": 700, "clicks": clicks, "spent": clicks * 400_000}
    return {"group": group, **shown, **zero, "viewability": between(0.7, 0.03), "click_rate": between(clicks / 1000, 0.004)}


FILLS = """(name) => {  // a chart is drawn anew for another width: what is found before may stand nowhere after
    const chart = [...document.querySelectorAll("svg[role=img]")].find((svg) => svg.querySelector("title").textContent.startsWith(name));
    return chart?.parentElement && chart.clientWidth === Math.floor(chart.parentElement.clientWidth);
}"""


def test_charts_of_many_days(ad_server: Server, calm: Page) -> None:
    campaign = ordered(ad_server.url, "Charted", HOSTILE, holdout=0.1)
    path = f"**/v1/ads/campaigns/{campaign['id']}"
    days = [line(5 + n, day=f"2024-01-{1 + n:02}") for n in range(9) if n != 4]
    none = {"corrected": 0, "owed": 0, "people": 0, "frequency": None, "refused": [], "notes": []}
    arms = [{"name": str(ad["id"]), "impressions": 8000, "clicks": 60, "per_thousand": between(7.5, 2)} for ad in campaign["creatives"]]
    sides = {"shown": {"people": 900, "converted": 40}, "held": {"people": 100, "converted": 3}}
    change = {"interval": {"value": 0.4, "low": -0.2, "high": 1.1}, "sentence": "Too early to say.", "brought": None, "notes": []}
    reply_with(calm, f"{path}/report*", {"campaign": campaign["id"], "by": ["day"], "lines": days, "total": line(60), **none})
    reply_with(calm, f"{path}/compare", {"arms": arms, "pairs": [], "kinds": [], "between": None, "method": "Daily."})
    reply_with(calm, f"{path}/lift", {"holdout": 0.1, **sides, **change})
    calm.goto(f"{ad_server.url}/campaigns?id={campaign['id']}")
    daily = calm.get_by_role("img", name="Click rate, day by day")
    expect(daily.locator(".dot")).to_have_count(8)
    expect(daily.locator("polygon.band")).to_have_count(2)  # a day without impressions is between them
    daily.focus()
    calm.keyboard.press("ArrowRight")
    calm.keyboard.press("ArrowRight")
    expect(calm.locator(".reading").first).to_have_text("2 Jan: click rate 0.60% (0.20% to 1.0%)")
    expect(calm.get_by_role("img", name="Spent, beside an even plan").locator("polyline.dashed")).to_have_count(1)
    expect(calm.get_by_role("img", name="Ad by ad").locator(".name")).to_contain_text("<img src=x")
    expect(calm.get_by_role("img", name="What it changed").locator(".tick", has_text="+100%")).to_be_visible()
    calm.get_by_text("Numbers").first.click()
    expect(calm.locator(".chart tbody").first.locator("tr")).to_have_count(9)
    for width in (1280, 360):
        calm.set_viewport_size({"width": width, "height": 740})
        calm.wait_for_function(FILLS, arg="Click rate, day by day")
        assert too_wide(calm) == []


@pytest.mark.parametrize("path", ["/campaigns", "/ads/queue", "/ads/repository", "/ads/choices", "/ads/why"])
def test_on_a_phone_with_nothing_to_show(ad_server: Server, calm: Page, path: str) -> None:
    reply_with(calm, "**/v1/ads/*", {"data": [], "reviews": [], "before": None, "personal": False, "minor": True, "less": [], "hidden": []})
    calm.emulate_media(color_scheme="dark")
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.goto(ad_server.url + path)
    expect(calm.locator("#content").locator(".notice, section").first).to_be_visible()
    assert too_wide(calm) == []


def test_amounts_as_they_are_typed(ad_server: Server, calm: Page) -> None:
    calm.goto(ad_server.url + "/ads/repository")
    typed = ["12", "12.5", "12,50", "1 234.50", "1,234.50", "1.234,5", "0.000001", "0,125", "999999999.999999"]
    read = calm.evaluate(
        "async (typed) => { const { micros } = await import('/static/money.js'); return typed.map((text) => micros(text).micros); }", typed
    )
    assert read == [12_000_000, 12_500_000, 12_500_000, 1_234_500_000, 1_234_500_000, 1_234_500_000, 1, 125_000, 999_999_999_999_999]
    wrong = ["", "1.000", "1,000", "-5", "1e3", "0.1234567", "9999999999", "twelve", "1.2.3", HOSTILE]
    told = calm.evaluate(
        "async (typed) => { const { micros } = await import('/static/money.js'); return typed.map((text) => micros(text)); }", wrong
    )
    assert [each["micros"] for each in told] == [None] * len(wrong) and all(each["wrong"] for each in told)


def test_hours_by_the_readers_clock(ad_server: Server, _browser: Any) -> None:
    """Monday evening in New York begins on Monday at 23:00 UTC, in winter and (as it stands in July) at 22:00."""
    context = _browser.new_context(timezone_id="America/New_York")
    page = context.new_page()
    for at, first in (("2024-01-10T12:00:00Z", 23), ("2024-07-10T12:00:00Z", 22)):
        page.clock.set_fixed_time(at)
        page.goto(ad_server.url + "/ads/repository")
        hours = page.evaluate("async () => (await import('/static/launch-form.js')).hours('evening')")
        monday = sorted((hour - first) % 168 for hour in hours)[:6]
        assert len(hours) == 7 * 6 and monday == list(range(6)) and all(0 <= hour < 168 for hour in hours)
    context.close()
