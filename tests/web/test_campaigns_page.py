"""From a page to a running campaign and what it brought, in a real Chromium: launch, dashboard, the tag on somebody else's page, the repository, why.
What advertisers and pages say is text everywhere."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, expect

from conftest import Server

from .made import HOSTILE, Site, too_wide

pytestmark = pytest.mark.browser

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"  # a headless browser is no person
HTML = f"""<!doctype html><html lang="en"><head><title>Quarnholm Night Ferry</title><meta property="og:site_name" content="Quarnholm Line"></head><body>
<h1>Sleep on the water, wake up on the island</h1><p>The night ferry leaves Harne at 23:40 and reaches Quarnholm at 06:30.</p>
<p>A cabin for two costs 48 crowns, breakfast included.</p><p>Bicycles travel free, and the deck has a workshop with pumps and spare tubes.</p>
<p>{HOSTILE.replace("<", "&lt;")}</p><a class="button" href="/book">Book a cabin</a></body></html>"""
AD = {"headline": "Sleep on the water", "body": "The night ferry leaves Harne at 23:40.", "action": "Book", "link": "https://ferry.example/", "brand": "Line",
      "lang": "en", "brief": "Quarnholm Line\nSleep on the water\nThe night ferry leaves Harne at 23:40.\nBook"}  # fmt: skip


def post(ad_server: Server, path: str, **body: Any) -> Any:
    reply = httpx.post(ad_server.url + path, json=body, timeout=30)
    assert reply.status_code < 300, reply.text
    return reply.json()


@pytest.fixture(scope="module")
def running(ad_server: Server) -> dict[str, Any]:
    """A campaign that runs as fast as it can, of an advertiser with a hostile name."""
    advertiser = post(ad_server, "/v1/ads/advertisers", name=f"Line {HOSTILE}", payer="Harbour Bank", currency="EUR")
    flight = {"starts_at": "2024-01-01T00:00:00Z", "ends_at": "2034-01-01T00:00:00Z", "budget": 50_000_000, "bid": 400_000}
    order = {
        "advertiser": advertiser["id"],
        "name": f"Ferry {HOSTILE}",
        "objective": "clicks",
        "placements": ["search"],
        "pace": "fast",
        "flights": [flight],
    }
    campaign = post(ad_server, "/v1/ads/campaigns", **order, creatives=[AD])
    launched: dict[str, Any] = post(ad_server, f"/v1/ads/campaigns/{campaign['id']}/launch", why="")
    assert launched["state"] == "running"
    return launched


def test_from_a_page_to_a_running_campaign(ad_server: Server, page: Page, troubles: list[str]) -> None:
    post(ad_server, "/v1/ads/advertisers", name="Another", currency="SEK")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(ad_server.url + "/ads")
    page.get_by_text("Paste the page's HTML instead").click()
    page.get_by_label("HTML", exact=True).fill(HTML)
    page.get_by_label("The page's address").fill("https://ferry.example/night")
    page.keyboard.press("Control+Enter")
    launch = page.locator("#launch")
    expect(launch.get_by_role("button", name="Launch")).to_be_visible()
    expect(launch.locator(".previews .ad")).to_have_count(2)
    launch.get_by_label("Advertiser").select_option("A new one…")
    launch.get_by_label("On whose behalf").fill(f"Quarnholm Line {HOSTILE}")
    launch.get_by_label("Who pays").fill("Harbour Bank")
    expect(launch.locator(".previews .ad-mark").first).to_have_text(f"Ad · paid by Harbour Bank for Quarnholm Line {HOSTILE}")
    launch.get_by_label("Budget").fill("1.000")
    expect(launch.get_by_text("Is 1.000 a thousand?")).to_be_visible()
    launch.get_by_label("Budget").fill("1 000,10")
    expect(launch.get_by_text("€1,000.10")).to_be_visible()
    assert too_wide(page) == []
    launch.get_by_label("Draw pictures").uncheck()
    page.route("**/creatives", lambda route: route.fulfill(status=503, json={"error": {"message": "A hiccup."}}), times=1)
    launch.get_by_role("button", name="Launch").click()
    expect(launch.get_by_role("alert")).to_contain_text("A hiccup.")
    launch.get_by_label("Budget").fill("1000.20")
    launch.get_by_role("button", name="Launch").click()  # goes on where it stopped
    expect(launch.get_by_role("link", name="See how it runs")).to_be_focused()
    expect(launch.locator(".reviews li")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator(".stands")).to_contain_text("€0.00 of €1,000.20")
    expect(page.locator("#report")).to_contain_text("Nothing of it has been shown yet.")
    assert too_wide(page) == [] and page.locator("main :is(script, img)").count() == 0
    [kept] = [
        each
        for each in httpx.get(ad_server.url + "/v1/ads/campaigns").json()["data"]
        if each["payer"] == "Harbour Bank" and "Quarnholm" in each["name"]
    ]
    assert [flight["budget"] for flight in kept["flights"]] == [1_000_200_000]
    assert [each for each in troubles if "503" not in each] == []


def test_what_another_page_shows_is_counted_and_told(ad_server: Server, site: Site, running: dict[str, Any], _browser: Any) -> None:
    asked: list[str] = []
    context = _browser.new_context(user_agent=PERSON)
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    tag = f'<script src="{ad_server.url}/v1/ads/tag.js" data-placement="search" async></script>'
    site.page = f'<!doctype html><html lang="en"><title>News</title><h1>News</h1>{tag}'
    with page.expect_response(lambda reply: "/viewable" in reply.url, timeout=20_000):
        page.goto(site.url + "/")
    ad = page.locator("article")
    expect(ad.locator(".mark")).to_have_text(f"Ad · paid by Harbour Bank for Line {HOSTILE}")
    expect(ad.locator(".body")).to_contain_text(AD["headline"])
    with context.expect_page() as opened:
        ad.locator(".body").click()  # leads to the advertiser's page, which there is none of here
    opened.value.close()
    with context.expect_page() as opened:
        ad.get_by_role("link", name="Why this ad?").click()
    why = opened.value
    expect(why.locator(".why")).to_contain_text("Paid by Harbour Bank")
    expect(why.locator(".because li").first).to_be_visible()
    why.close()
    assert {url.split("/")[2] for url in asked} == {part.split("/")[2] for part in (site.url, ad_server.url)}
    assert context.cookies() == [] and page.evaluate("localStorage.length + sessionStorage.length") == 0

    page.goto(ad_server.url + "/search")  # as on any page, under this server's own policy
    page.evaluate("""() => {
        const place = Object.assign(document.createElement("div"), { id: "place" });
        place.dataset.oscineAd = "search";
        document.body.append(place, Object.assign(document.createElement("script"), { src: "/v1/ads/tag.js" }));
    }""")
    expect(page.locator("#place .headline")).to_have_text(AD["headline"])

    page.goto(f"{ad_server.url}/campaigns?id={running['id']}")
    expect(page.locator("#title")).to_have_text(running["name"])
    expect(page.locator(".stands")).to_contain_text("€50.00")
    expect(page.locator(".totals")).to_contain_text("1: 50% (")
    expect(page.get_by_role("img", name="Click rate, day by day")).to_be_visible()
    expect(page.locator("#summary .sentences a").first).to_have_attribute("href", "#report")
    expect(page.locator("#ledger tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert download.value.path().read_text().splitlines()[1].split(",")[2:5] == ["2", "1", "1"]
    page.get_by_role("button", name="Decide").click()
    expect(page.locator("#explain")).to_contain_text("Yes: place 1, with ad")

    page.goto(ad_server.url + "/ads/repository?q=sleep")
    expect(page.locator(".entry .facts")).to_contain_text("fewer than 10 people")
    expect(page.locator(".entry .ad-mark")).to_contain_text(HOSTILE)
    page.get_by_label("Words of the ad").fill("nothing is like that")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No ad of the last year is like that.")).to_be_visible()
    assert page.url.endswith("?q=nothing+is+like+that")
    context.close()


def test_pause_change_resume(ad_server: Server, running: dict[str, Any], calm: Page) -> None:
    calm.goto(f"{ad_server.url}/campaigns")
    calm.get_by_role("link", name=running["name"]).click()
    calm.get_by_label("Why", exact=True).fill(f"a storm {HOSTILE}")
    calm.get_by_role("button", name="Pause").click()
    expect(calm.locator(".stands .badge")).to_have_text("‖ paused")
    expect(calm.locator("#trail")).to_contain_text(f"a storm {HOSTILE}")
    calm.get_by_text("Change budget or end").click()
    calm.locator("#flights").get_by_label("Budget").fill("60,5")
    calm.locator("#flights").get_by_role("button", name="Change").click()
    expect(calm.locator(".stands")).to_contain_text("of €60.50")
    calm.get_by_role("button", name="Resume").click()
    expect(calm.locator(".stands .badge")).to_have_text("▶ running")
