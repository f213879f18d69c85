"""Replies made for the pages, in the exact shapes of the wire, and what is measured on a page."""

from __future__ import annotations

import http.server
import json
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # where there is no browser, there may be no Playwright
    from playwright.sync_api import Page, Route

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
FERRY = "The Quarnholm ferry leaves the pier at 07:40 all winter."


def answer_with(page: Page, *events: dict[str, Any], done: bool = True) -> list[dict[str, Any]]:
    """Answer every question with these events; returns the bodies that were asked."""
    asked: list[dict[str, Any]] = []
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + ("data: [DONE]\n\n" if done else "")

    def reply(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or "{}"))
        route.fulfill(status=200, content_type="text/event-stream", body=body)

    page.route("**/v1/chat/completions", reply)
    return asked


def chunk(text: str = "", **oscine: Any) -> dict[str, Any]:
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}], "oscine": oscine}


def wire(key: str, text: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "network": "local", "author": key, "author_handle": key, "author_name": key.title(),
            "created_at": "2024-03-01T10:00:00Z", "text": text, **more}  # fmt: skip


def reply_with(page: Page, address: str, reply: dict[str, Any]) -> None:
    page.route(address, lambda route: route.fulfill(json=reply))


def found_with(page: Page, *posts: dict[str, Any], **more: Any) -> None:
    reply = {"posts": posts, "cursor": None, "understood": [], "ignored": [], "took_ms": 2.0, **more}
    reply_with(page, "**/v1/search?*", reply)


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways; the page itself when nothing in particular does."""
    beyond = "[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)"
    named = f"['page', ...{beyond}.map((e) => e.tagName + '.' + e.className)]"
    found: list[str] = page.evaluate(f"document.documentElement.scrollWidth <= innerWidth ? [] : {named}")
    return found


def everything_hostile() -> dict[str, Any]:
    return {
        "id": HOSTILE,
        "network": HOSTILE,
        "author": HOSTILE,
        "author_handle": f"\u202e{HOSTILE}",
        "author_name": HOSTILE,
        "created_at": HOSTILE,
        "lang": HOSTILE,
        "text": f"{HOSTILE} javascript:alert(3) \u202eturned {'W' * 3000}",
        "urls": [
            "javascript:alert(4)",
            "data:text/html,<script>alert(5)</script>",
            "https://bank.example@evil.example/",
            "https://ok.example/x",
        ],
        "tags": [HOSTILE],
        "mentions": [HOSTILE],
        "labels": [HOSTILE],
        "visibility": HOSTILE,
        "content_warning": HOSTILE,
        "media": [
            {"url": "javascript:alert(6)", "alt": HOSTILE, "kind": HOSTILE},
            {"url": "https://pics.example/a.png", "alt": ""},
        ],
        "reply_to": HOSTILE,
        "quote_of": HOSTILE,
        "page": "javascript:alert(7)",
    }


class Site:
    """Somebody else's web site, of one page."""

    def __init__(self, port: int) -> None:
        self.url = f"http://localhost:{port}"
        self.page = ""
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(site.page.encode())

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
