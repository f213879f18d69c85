"""The web app in a real Chromium, against a real server.

What depends on the server is tested with posts that are written to it. What only the page decides (a stream that breaks
off, every field hostile, a fuller answer) is tested with replies made here, in the exact shapes of the wire.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, Route, expect

from .made import FERRY, HOSTILE, answer_with, chunk, everything_hostile, found_with, reply_with, too_wide, wire

pytestmark = pytest.mark.browser

# ── Ask ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_stands_beside_its_sources(calm: Page, url: str) -> None:
    calm.set_viewport_size({"width": 1280, "height": 800})
    calm.goto(url)
    calm.get_by_label("Your question").fill("When does the Quarnholm ferry leave in winter?")
    calm.keyboard.press("Enter")
    sentence = calm.locator(".sentence", has_text="07:40").first
    source = calm.locator(".source", has_text="07:40").first
    expect(calm.locator(".why")).to_contain_text("Answered by")
    left, right = sentence.bounding_box(), source.bounding_box()
    assert left and right
    assert left["x"] + left["width"] <= right["x"], "the source is to the right"
    assert right["y"] < left["y"] + left["height"], "and beside, not below"
    assert left["y"] < right["y"] + right["height"]
    sentence.locator(".words").hover()
    expect(source).to_have_class("source marked")
    source.locator(".text").hover()
    expect(sentence).to_contain_class("marked")
    calm.locator("h2.question").hover()
    expect(calm.locator(".marked")).to_have_count(0)
    assert "q=When" in calm.url
    assert calm.title().startswith("When does the Quarnholm ferry")


def test_a_number_leads_to_its_source_and_back(calm: Page, url: str) -> None:
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.goto(f"{url}/?{urlencode({'q': 'When does the Quarnholm ferry leave in winter?'})}")
    reference = calm.locator(".ref").first
    reference.click()
    number = calm.locator(".source:focus .number")
    expect(number).to_have_text(reference.inner_text())
    expect(calm.locator(".source.marked")).to_have_count(1)
    number.click()
    expect(reference).to_be_focused()
    assert too_wide(calm) == []


def test_a_follow_up_keeps_the_conversation(calm: Page, url: str) -> None:
    asked: list[Any] = []
    calm.on("request", lambda request: asked.append(request.post_data_json) if "completions" in request.url else None)
    calm.goto(f"{url}/?{urlencode({'q': 'When does the Quarnholm ferry leave in winter?'})}")
    expect(calm.locator(".why")).to_have_count(1)
    calm.get_by_label("Your question").fill("And what does a ferry ticket cost?")
    calm.get_by_role("button", name="Ask").click()
    expect(calm.locator(".why")).to_have_count(2)
    expect(calm.locator(".turn").nth(1).locator(".sentence", has_text="four crowns").first).to_be_visible()
    assert [message["role"] for message in asked[-1]["messages"]] == ["user", "assistant", "user"]
    assert "07:40" in asked[-1]["messages"][1]["content"]
    calm.get_by_role("link", name="New question").click()
    expect(calm.locator(".turn")).to_have_count(0)
    expect(calm.get_by_role("heading", name="Ask the posts")).to_be_visible()


def test_what_the_posts_do_not_say_is_refused(calm: Page, url: str) -> None:
    calm.goto(f"{url}/?{urlencode({'q': 'Which zebra was elected mayor of Xanthippolis?'})}")
    expect(calm.locator(".refusal")).to_be_visible()
    expect(calm.locator(".sentence")).to_have_count(0)


def test_a_refusal_shows_the_nearest_posts(calm: Page, url: str) -> None:
    near = wire("near", "The nearest thing that was said")
    answer_with(calm, chunk(answer="", sentences=[], refused=True, posts=[near], model="extractive", why="", search="x"))
    calm.goto(f"{url}/?q=x")
    expect(calm.locator(".refusal")).to_have_text("The posts here do not say.")
    expect(calm.locator(".nearest .text")).to_have_text("The nearest thing that was said")


def test_a_fuller_answer_is_set_apart_and_sources_are_numbered_once(calm: Page, url: str) -> None:
    posts = [wire("ada", "One."), wire("bo", "Two.")]
    sentences = [
        {"text": "First.", "posts": ["ada"], "stage": "quoted"},
        {"text": "Second.", "posts": ["bo", "ada"], "stage": "quoted"},
        {"text": "Both, in more words.", "posts": ["ada", "bo"], "stage": "written"},
    ]
    answer_with(
        calm,
        chunk(posts=posts, search="x"),
        *(chunk(f"{sentence['text']} ", sentence=sentence) for sentence in sentences),
        chunk(
            answer="First. Second. Both, in more words.",
            sentences=sentences,
            refused=False,
            posts=posts,
            model="tiny",
            why="it is set up.",
            search="x",
        ),
    )
    calm.goto(f"{url}/?q=x")
    expect(calm.locator(".why")).to_contain_text("Answered by tiny: it is set up.")
    expect(calm.locator(".source")).to_have_count(2)
    assert calm.locator(".sentence .refs").all_inner_texts() == ["\u202f1", "\u202f21", "\u202f12"]
    expect(calm.get_by_role("heading", name="In more words")).to_have_count(1)
    assert calm.locator("#spoken p").all_inner_texts() == ["First.", "Second.", "Both, in more words."]


@pytest.mark.parametrize("ending", ["error", "cut off"])
def test_an_answer_that_breaks_off_says_so_and_can_be_tried_again(calm: Page, url: str, ending: str) -> None:
    sentence = {"text": "A start.", "posts": ["ada"], "stage": "quoted"}
    error = {"error": {"code": "engine_unavailable", "message": "The model went away.", "fix": "Start it again."}}
    events = [chunk("A start.", sentence=sentence), *([error] if ending == "error" else [])]
    asked = answer_with(calm, *events, done=False)
    calm.goto(f"{url}/?q=x")
    expect(calm.locator(".problem .what")).to_have_text(
        "The model went away." if ending == "error" else "The answer broke off: the server stopped sending."
    )
    expect(calm.locator(".sentence")).to_contain_text("A start.")
    calm.get_by_role("button", name="Try again").click()
    expect(calm.locator(".problem")).to_have_count(1)
    assert [message["role"] for message in asked[-1]["messages"]] == ["user"]
    assert len(asked) == 2


def test_a_stream_can_be_stopped(calm: Page, url: str) -> None:
    calm.route("**/v1/chat/completions", lambda route: None)  # never answers
    calm.goto(f"{url}/?q=x")
    calm.get_by_role("button", name="Stop").click()
    expect(calm.locator(".state")).to_have_text("Stopped.")
    expect(calm.get_by_role("button", name="Ask")).to_be_visible()


def test_no_network_is_told(page: Page, troubles: list[str], url: str) -> None:
    page.goto(url)
    page.context.set_offline(True)
    page.get_by_label("Your question").fill("anything")
    page.keyboard.press("Enter")
    expect(page.locator(".problem .what")).to_have_text("You are offline.")
    page.context.set_offline(False)
    assert not [line for line in troubles if "pageerror" in line]


# ── Search ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_operators_are_offered_and_chosen_by_keyboard(calm: Page, url: str) -> None:
    with calm.expect_response("**/v1/operators"):
        calm.goto(f"{url}/search")
    calm.locator("main").focus()
    calm.keyboard.press("/")
    box = calm.get_by_role("combobox", name="Search the posts")
    expect(box).to_be_focused()
    calm.keyboard.type("ferry fro")
    option = calm.get_by_role("option", name="from:")
    expect(option).to_be_visible()
    calm.keyboard.press("Escape")
    expect(option).to_be_hidden()
    calm.keyboard.press("ArrowLeft")
    calm.keyboard.press("End")
    calm.keyboard.press("Backspace")
    calm.keyboard.press("ArrowDown")
    chosen = calm.get_by_role("listbox", name="Operators").get_by_role("option", selected=True)
    while chosen.inner_text().split()[0] != "from:":
        calm.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    calm.keyboard.press("Enter")
    expect(box).to_have_value("ferry from:")
    calm.keyboard.type("mara_k")
    calm.keyboard.press("Enter")
    expect(calm.locator(".results .post").first).to_contain_text("Mara K")
    expect(calm.locator(".results .post", has_text="07:40")).to_have_count(0)
    assert "from%3Amara_k" in calm.url


def test_a_chip_taken_away_edits_the_query_and_back_returns(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?{urlencode({'q': 'Quarnholm from:mara_k'})}")
    expect(calm.locator(".results .post")).to_have_count(2)
    calm.get_by_role("button", name="Remove from:mara_k").click()
    box = calm.get_by_role("combobox", name="Search the posts")
    expect(box).to_have_value("Quarnholm")
    expect(calm.locator(".results .post", has_text="07:40")).to_have_count(1)
    expect(calm.locator(".chip")).to_have_count(0)
    calm.go_back()
    expect(box).to_have_value("Quarnholm from:mara_k")
    expect(calm.locator(".results .post")).to_have_count(2)


def test_filters_only_edit_the_text(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?q=Quarnholm")
    box = calm.get_by_role("combobox", name="Search the posts")
    calm.get_by_label("Time", exact=True).select_option("365d")
    expect(box).to_have_value("Quarnholm within_time:365d")
    calm.get_by_label("Language", exact=True).select_option("en")
    expect(box).to_have_value("Quarnholm within_time:365d lang:en")
    calm.get_by_label("Time", exact=True).select_option("")
    expect(box).to_have_value("Quarnholm lang:en")
    calm.get_by_label("Order", exact=True).select_option("latest")
    expect(calm).to_have_url(f"{url}/search?{urlencode({'q': 'Quarnholm lang:en', 'sort': 'latest'})}")
    expect(calm.locator(".results .post")).to_have_count(3)
    for name in ("Links", "Media"):
        calm.get_by_label(name, exact=True).check()
        expect(calm.get_by_label(name, exact=True)).to_be_checked()
    calm.reload()
    expect(calm.get_by_label("Order", exact=True)).to_have_value("latest")
    expect(calm.get_by_label("Language", exact=True)).to_have_value("en")
    expect(calm.get_by_label("Media", exact=True)).to_be_checked()


def test_words_are_highlighted_and_unknown_operators_noted(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?{urlencode({'q': 'Quarnholm zork:blub'})}")
    expect(calm.locator(".ignored").first).to_contain_text("zork:blub")
    expect(calm.locator(".results mark").first).to_have_text("Quarnholm")


def test_highlights_count_code_points_and_survive_nonsense(calm: Page, url: str) -> None:
    spans = [[2, 6], [5, 8], [-3, 1], [40, 900], [9, 9], ["x", 2], None]
    found_with(calm, wire("ada", "🪐 Saturn 🇯🇵 https://example.org/Saturn.", highlights=spans))
    calm.goto(f"{url}/search?q=x")
    expect(calm.locator(".text")).to_have_text("🪐 Saturn 🇯🇵 https://example.org/Saturn.")
    assert calm.locator("mark").all_inner_texts() == ["🪐", "Saturn"]
    link = calm.locator(".text a")
    expect(link).to_have_attribute("href", "https://example.org/Saturn")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow ugc")
    expect(link).to_have_attribute("target", "_blank")


def test_more_goes_on_where_the_page_ended(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?q=Zumblehive")
    results = calm.locator(".results .post")
    expect(results).to_have_count(20)
    calm.get_by_role("button", name="More").click()
    expect(results).to_have_count(40)
    ids = [result.get_attribute("data-id") for result in results.all()]
    assert len(set(ids)) == 40


def test_near_duplicates_are_folded_and_open(calm: Page, url: str) -> None:
    found_with(calm, wire("ada", "Buy now", folded=["w-ferry", "w-ticket", "w-never-was"]))
    calm.route("**/v1/posts/w-never-was*", lambda route: route.fulfill(json=wire("last", "The third")))
    calm.goto(f"{url}/search?q=x")
    calm.get_by_role("button", name="+3 alike").click()
    expect(calm.locator(".alike .post")).to_have_count(3)
    expect(calm.locator(".alike")).to_contain_text("07:40")
    calm.get_by_role("button", name="Fold").click()
    expect(calm.locator(".alike")).to_be_hidden()


def test_nothing_found_and_errors_are_told(page: Page, troubles: list[str], url: str) -> None:
    found_with(page)
    page.goto(f"{url}/search?q=x")
    expect(page.locator(".notice")).to_contain_text("No post here matches")
    error = {"error": {"code": "database_unavailable", "message": "PostgreSQL does not answer.", "fix": HOSTILE}}
    page.route("**/v1/search?*", lambda route: route.fulfill(status=503, json=error))
    page.goto(f"{url}/search?q=y")
    expect(page.locator(".problem .what")).to_have_text("PostgreSQL does not answer.")
    expect(page.locator(".problem .fix")).to_have_text(HOSTILE)
    page.unroute("**/v1/search?*")
    found_with(page, wire("ada", "There it is"))
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".results .post")).to_have_count(1)
    expect(page.locator(".problem")).to_have_count(0)
    assert not [line for line in troubles if "pageerror" in line or "dialog" in line]


def test_the_way_from_a_search_to_its_question(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?q=Quarnholm+ferry")
    calm.get_by_role("link", name="Ask this").click()
    expect(calm.locator("h2.question")).to_have_text("Quarnholm ferry")


# ── Post ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_post_stands_in_its_conversation(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?{urlencode({'q': 'Finally early Quarnholm from:mara_k'})}")
    calm.locator(".results .post", has_text="Finally").locator(".when").click()
    expect(calm.locator("#post .text")).to_have_text("Finally an early Quarnholm ferry!")
    expect(calm.locator("#above .text")).to_have_text(FERRY)
    calm.locator("#above .when").click()
    expect(calm.locator("#post .text")).to_have_text(FERRY)
    expect(calm.locator("#replies .text")).to_have_text("Finally an early Quarnholm ferry!")


def test_a_deleted_post_says_so(page: Page, troubles: list[str], server: Any, url: str) -> None:
    server.write([{"id": "w-doomed", "author": "harbour", "created_at": "2024-03-02T10:00:00Z", "text": "Soon gone, Quarnholm"}])
    page.goto(f"{url}/post?id=w-doomed&network=local")
    expect(page.locator("#post .text")).to_have_text("Soon gone, Quarnholm")
    server.write([{"delete": "w-doomed"}])
    page.reload()
    expect(page.locator(".notice")).to_contain_text("it has been deleted, or it may not be seen by you")
    expect(page.locator(".post")).to_have_count(0)
    assert not [line for line in troubles if "404" not in line]


def test_a_covered_post_is_shown_on_request_only(calm: Page, url: str) -> None:
    found_with(calm, wire("ada", "What was covered", blurred="Marked sensitive by its author"))
    calm.goto(f"{url}/search?q=x")
    expect(calm.locator(".cover")).to_contain_text("Marked sensitive by its author")
    assert "What was covered" not in calm.content()
    calm.get_by_role("button", name="Show").click()
    expect(calm.locator(".text")).to_have_text("What was covered")


# ── Every page ───────────────────────────────────────────────────────────────────────────────────────────────────────


def assert_inert(page: Page, troubles: list[str]) -> None:
    page.wait_for_load_state("networkidle")
    expect(page.locator("main").get_by_text("onerror").first).to_be_attached()
    made = "[...document.querySelectorAll('img, script, iframe, object, embed, style, link[rel=stylesheet]')]"
    addresses = page.evaluate(f"{made}.map((e) => e.getAttribute('src') ?? e.getAttribute('href'))")
    assert all(address.startswith("/static/") for address in addresses), addresses
    hrefs = page.evaluate("[...document.querySelectorAll('a')].map((a) => a.protocol)")
    assert set(hrefs) <= {"http:", "https:"}, hrefs
    away = page.evaluate("[...document.querySelectorAll('a')].filter((a) => a.host !== location.host).map((a) => a.host)")
    assert set(away) <= {"ok.example", "pics.example"}, away
    assert too_wide(page) == []
    assert troubles == []


@pytest.mark.parametrize("width", [360, 1280])
def test_hostile_text_in_every_field_is_inert(page: Page, troubles: list[str], url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    post = everything_hostile()
    found_with(
        page,
        post,
        understood=[{"text": HOSTILE, "operator": HOSTILE, "value": HOSTILE, "means": HOSTILE}],
        reading=[{"text": HOSTILE, "start": 0, "end": 9, "operator": HOSTILE, "means": HOSTILE}],
        query=HOSTILE,
        did_you_mean=HOSTILE,
        ignored=[{"text": HOSTILE, "why": HOSTILE}],
    )
    page.route("**/v1/posts/**", lambda route: route.fulfill(json=post))
    page.route(
        "**/v1/operators",
        lambda route: route.fulfill(json={"operators": [{"name": "on:", "example": HOSTILE, "help": HOSTILE, "values": [HOSTILE]}]}),
    )
    told = {"text": HOSTILE, "posts": [HOSTILE, "unknown"], "kind": HOSTILE}
    person = {"handle": HOSTILE, "name": HOSTILE, "bio": HOSTILE, "followers": 1, "why": "name", "posts": 1}
    kept = {"id": 1, "name": HOSTILE, "query": HOSTILE, "new": 1, "more": False}
    reason = {"start": 0, "end": 9, "text": HOSTILE}
    label = {"label": HOSTILE, "by": HOSTILE, "at": HOSTILE, "about": "post", "probability": 0.5, "why": HOSTILE, "reason": reason, "appeal": None}
    for path, reply in {
        "labels/posts/*": {"post": HOSTILE, "network": HOSTILE, "mine": True, "labels": [label, label | {"by": "machine"}], "appeals": []},
        "people?*": {"people": [person]},
        "related?*": {"related": [{"query": HOSTILE}]},
        "trending?*": {"trends": [{"text": HOSTILE, "query": HOSTILE, "posts": 1, "authors": 1}]},
        "saved": {"saved": [kept]},
        "summary?*": {"lang": HOSTILE, "fact": HOSTILE, "sentences": [told], "posts": [post]},
        "posts/*/explain*": {"lang": HOSTILE, "points": [told], "posts": [post]},
        "posts/*/similar*": {"posts": [post]},
    }.items():
        reply_with(page, f"**/v1/{path}", reply)
    page.route("**/v1/examples", lambda route: route.fulfill(json={"questions": [HOSTILE], "searches": [HOSTILE]}))
    sentences = [{"text": HOSTILE, "posts": [HOSTILE, "unknown"], "stage": stage} for stage in ("short", "sides", "quoted", HOSTILE)]
    answer_with(
        page,
        *(chunk(HOSTILE, sentence=sentence) for sentence in sentences),
        chunk(
            answer=HOSTILE,
            sentences=sentences,
            sides=[{"value": HOSTILE, "accounts": HOSTILE, "posts": [HOSTILE, "unknown"]}],
            refused=False,
            posts=[post],
            model=HOSTILE,
            why=HOSTILE,
            search=HOSTILE,
        ),
    )
    for path in (
        "/",
        f"/?q={quote(HOSTILE)}",
        "/search",
        f"/search?q={quote(HOSTILE)}",
        f"/post?id={quote(HOSTILE)}&network={quote(HOSTILE)}",
    ):
        page.goto(url + path)
        assert_inert(page, troubles)
        for name in ("Sum up", "Save this search", "Explain this post", "More like this"):
            for button in page.get_by_role("button", name=name).all():
                if button.is_visible():
                    button.click()
                    assert_inert(page, troubles)
    page.goto(f"{url}/search")
    page.get_by_role("combobox", name="Search the posts").fill("on")
    expect(page.get_by_role("listbox")).to_be_visible()
    assert_inert(page, troubles)


def test_hostile_posts_of_the_server_are_inert(page: Page, troubles: list[str], url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    response = page.goto(f"{url}/search?q=Quibblewort")
    assert response
    assert "default-src 'none'" in (response.header_value("content-security-policy") or "")
    expect(page.locator(".results .text").first).to_contain_text("<script>alert(2)</script>")
    assert_inert(page, troubles)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone(calm: Page, url: str, scheme: Any) -> None:
    calm.set_viewport_size({"width": 360, "height": 740})
    calm.emulate_media(color_scheme=scheme)
    for path in (
        "/",
        "/?q=Quarnholm+ferry",
        "/search",
        "/search?q=Quarnholm+lang:en",
        "/post?id=w-ferry&network=local",
    ):
        calm.goto(url + path)
        calm.wait_for_load_state("networkidle")
        assert too_wide(calm) == [], path
        expect(calm.locator("#status")).to_contain_text("post")


def test_a_key_is_asked_for_kept_and_forgotten(page: Page, troubles: list[str], url: str) -> None:
    error = {"error": {"code": "key_required", "message": "This server answers only to a key.", "fix": ""}}

    def guard(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer sesame":
            route.fallback()
        else:
            route.fulfill(status=401, json=error)

    page.route("**/v1/**", guard)
    page.goto(f"{url}/search?q=Quarnholm")
    form = page.get_by_role("form", name="This server asks for a key")
    expect(form).to_have_count(1)
    expect(form).to_contain_text("This server answers only to a key.")
    page.get_by_label("Key", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    expect(form).to_contain_text("That key was not accepted.")
    page.get_by_label("Key", exact=True).fill("sesame")
    page.get_by_role("button", name="Use this key").click()
    expect(page.locator(".results .post").first).to_be_visible()
    expect(form).to_have_count(0)
    page.reload()
    expect(page.locator(".results .post").first).to_be_visible()
    page.get_by_role("button", name="Forget key").click()
    expect(form).to_be_visible()
    assert not [line for line in troubles if "401" not in line]


def test_nothing_is_asked_of_any_other_server(calm: Page, url: str) -> None:
    hosts: set[str] = set()
    calm.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    found_with(
        calm,
        wire("ada", "See https://example.org/", media=[{"url": "https://pics.example/a.png", "alt": "A lighthouse"}]),
    )
    for path in ("/", "/search?q=x"):
        calm.goto(url + path)
        calm.wait_for_load_state("networkidle")
    expect(calm.locator(".media")).to_contain_text("A lighthouse")
    assert hosts == {url.split("/")[2]}
