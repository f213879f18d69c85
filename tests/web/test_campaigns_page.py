"""From a page to a running campaign and what it brought, in a real Chromium: launch, dashboard, the tag on somebody else's page, the repository, why.
What advertisers and pages say is text everywhere."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, expect

from conftest import Server, free_port

from .made import HOSTILE, too_wide

pytestmark = pytest.mark.browser

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"  # a headless browser is no person
HTML = f"""<!doctype html><html lang="en"><head><title>Quarnholm Night Ferry</title><meta property="og:site_name" content="Quarnholm Line"></head><body>
<h1>Sleep on the water, wake up on the island</h1><p>The night ferry leaves Harne at 23:40 and reaches Quarnholm at 06:30.</p>
<p>A cabin for two costs 48 crowns, breakfast included.</p><p>Bicycles travel free, and the deck has a workshop with pumps and spare tubes.</p>
<p>{HOSTILE.replace("<", "&lt;")}</p><a class="button" href="/book">Book a cabin</a></body></html>"""
AD = {"headline": "Sleep on the water", "body": "The night ferry leaves Harne at 23:40.", "action": "Book", "link": "https://ferry.example/", "brand": "Line",
      "lang": "en", "brief": "Quarnholm Line\nSleep on the water\nThe night ferry leaves Harne at 23:40.\nBook"}  # fmt: skip


class Site:
    """Somebody else's web site, of one page."""

    def __init__(self) -> None:
        self.page = ""
        self.url = f"http://localhost:{free_port()}"
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(site.page.encode())

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", int(self.url.rpartition(":")[2])), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Server]:
    """One of its own, without a model to load, that lets the site show its ads."""
    environment = {f"OSCINE_{name}": "none" for name in ("EMBEDDING", "READER", "LANGUAGE_MODEL")} | {
        "OSCINE_AD_SITES": json.dumps([site.url])
    }
    running = Server(tmp_path_factory.mktemp("campaigns"), environment=environment).wait(180)
    yield running
    running.stop()


def post(server: Server, path: str, **body: Any) -> Any:
    reply = httpx.post(server.url + path, json=body, timeout=30)
    assert reply.status_code < 300, reply.text
    return reply.json()


@pytest.fixture(scope="module")
def running(server: Server) -> dict[str, Any]:
    """A campaign that runs as fast as it can, of an advertiser with a hostile name."""
    advertiser = post(server, "/v1/ads/advertisers", name=f"Line {HOSTILE}", payer="Harbour Bank", currency="EUR")
    flight = {"starts_at": "2024-01-01T00:00:00Z", "ends_at": "2034-01-01T00:00:00Z", "budget": 50_000_000, "bid": 400_000}
    order = {"advertiser": advertiser["id"], "name": f"Ferry {HOSTILE}", "objective": "clicks", "pace": "fast", "flights": [flight]}
    campaign = post(server, "/v1/ads/campaigns", **order, creatives=[AD])
    launched: dict[str, Any] = post(server, f"/v1/ads/campaigns/{campaign['id']}/launch", why="")
    assert launched["state"] == "running"
    return launched


def test_from_a_page_to_a_running_campaign(server: Server, calm: Page) -> None:
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.goto(server.url + "/ads")
    calm.get_by_text("Paste the page's HTML instead").click()
    calm.get_by_label("HTML", exact=True).fill(HTML)
    calm.get_by_label("The page's address").fill("https://ferry.example/night")
    calm.keyboard.press("Control+Enter")
    launch = calm.locator("#launch")
    expect(launch.get_by_role("button", name="Launch")).to_be_visible()
    expect(launch.locator(".previews .ad")).to_have_count(2)
    launch.get_by_label("On whose behalf").fill(f"Quarnholm Line {HOSTILE}")
    launch.get_by_label("Who pays").fill("Harbour Bank")
    expect(launch.locator(".previews .ad-mark").first).to_have_text(f"Ad · paid by Harbour Bank for Quarnholm Line {HOSTILE}")
    launch.get_by_label("Budget").fill("1.000")
    expect(launch.get_by_text("Is 1.000 a thousand?")).to_be_visible()
    launch.get_by_label("Budget").fill("1 000,10")
    expect(launch.get_by_text("€1,000.10")).to_be_visible()
    assert too_wide(calm) == []
    launch.get_by_label("Draw pictures").uncheck()
    launch.get_by_role("button", name="Launch").click()
    expect(launch.get_by_role("link", name="See how it runs")).to_be_focused()
    expect(launch.locator(".reviews li")).to_have_count(2)
    calm.keyboard.press("Enter")
    expect(calm.locator(".stands")).to_contain_text("€0.00 of €1,000.10")
    expect(calm.locator("#report")).to_contain_text("Nothing of it has been shown yet.")
    assert too_wide(calm) == [] and calm.locator("main :is(script, img)").count() == 0
    [kept] = [
        each
        for each in httpx.get(server.url + "/v1/ads/campaigns").json()["data"]
        if each["payer"] == "Harbour Bank" and "Quarnholm" in each["name"]
    ]
    assert [flight["budget"] for flight in kept["flights"]] == [1_000_100_000]


def test_what_another_page_shows_is_counted_and_told(server: Server, site: Site, running: dict[str, Any], _browser: Any) -> None:
    asked: list[str] = []
    context = _browser.new_context(user_agent=PERSON)
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    site.page = f'<!doctype html><html lang="en"><title>News</title><h1>News</h1><script src="{server.url}/v1/ads/tag.js" data-placement="post" async></script>'
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
    assert {url.split("/")[2] for url in asked} == {part.split("/")[2] for part in (site.url, server.url)}
    assert context.cookies() == [] and page.evaluate("localStorage.length + sessionStorage.length") == 0

    page.goto(f"{server.url}/campaigns?id={running['id']}")
    expect(page.locator("#title")).to_have_text(running["name"])
    expect(page.locator(".stands")).to_contain_text("€50.00")
    expect(page.locator(".totals")).to_contain_text("1: 100%")
    expect(page.get_by_role("img", name="Click rate, day by day")).to_be_visible()
    expect(page.locator("#summary .sentences a").first).to_have_attribute("href", "#report")
    expect(page.locator("#ledger tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert download.value.path().read_text().splitlines()[1].split(",")[2:5] == ["1", "1", "1"]
    page.get_by_role("button", name="Decide").click()
    expect(page.locator("#explain")).to_contain_text("Yes: place 1, with ad")

    page.goto(server.url + "/ads/repository?q=sleep")
    expect(page.locator(".entry .facts")).to_contain_text("fewer than 10 people")
    expect(page.locator(".entry .ad-mark")).to_contain_text(HOSTILE)
    page.get_by_label("Words of the ad").fill("nothing is like that")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No ad of the last year is like that.")).to_be_visible()
    assert page.url.endswith("?q=nothing+is+like+that")
    context.close()


def test_pause_change_resume(server: Server, running: dict[str, Any], calm: Page) -> None:
    calm.goto(f"{server.url}/campaigns")
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
