"""A server with posts, and pages that note everything the browser complains about."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import Server, free_port

from .made import FERRY, HOSTILE, Site

MANY = 60


def unlike(n: int) -> str:
    """Words that no other number gives: nothing here is a near-duplicate."""
    dice = random.Random(n)
    return " ".join("".join(dice.choices(["ba", "ko", "li", "mu", "ne", "ro", "sa", "ti"], k=4)) for _ in range(9))


POSTS: list[dict[str, Any]] = [
    {"id": "w-ferry", "author": "harbour", "author_name": "Harbour Office", "text": FERRY},
    {
        "id": "w-ticket",
        "author": "mara_k",
        "author_name": "Mara K",
        "text": "A Quarnholm ferry ticket costs four crowns, children ride free.",
        "likes": 9,
    },
    {
        "id": "w-reply",
        "author": "mara_k",
        "author_name": "Mara K",
        "text": "Finally an early Quarnholm ferry!",
        "reply_to": "w-ferry",
    },
    {"id": "w-hostile", "author": "w-eve", "author_name": HOSTILE, "text": f"Quibblewort {HOSTILE} \u202e{'W' * 3000}"},
    *({"id": f"w-many-{n}", "author": "beekeeper", "text": f"Zumblehive {unlike(n)}"} for n in range(MANY)),
]


@pytest.fixture(scope="session")
def url(server: Any) -> str:
    server.write([{"created_at": f"2024-03-01T10:{n:02}:00Z", "lang": "en", **post} for n, post in enumerate(POSTS[:4])])
    server.write([{"created_at": f"2024-02-{1 + n % 28:02}T10:{n:02}:00Z", "lang": "en", **post} for n, post in enumerate(POSTS[4:])])
    return str(server.url)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A web site that may show the ads of `ad_server`."""
    made = Site(free_port())
    yield made
    made.server.shutdown()


@pytest.fixture(scope="session")
def ad_server(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Server]:
    """A server without a model to load, for what is about ads."""
    environment = {f"OSCINE_{name}": "none" for name in ("EMBEDDING", "READER", "LANGUAGE_MODEL")} | {
        "OSCINE_AD_SITES": json.dumps([site.url])
    }
    running = Server(tmp_path_factory.mktemp("ads"), environment=environment).wait(180)
    yield running
    running.stop()


@pytest.fixture
def troubles(page: Any) -> list[str]:
    """Everything the browser complained about; `calm` and `inert` say what must not be in it."""
    from playwright.sync_api import expect

    seen: list[str] = []
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.append(f"pageerror {error}"))

    def dialog(opened: Any) -> None:
        seen.append(f"dialog {opened.message}")
        opened.dismiss()

    page.on("dialog", dialog)
    page.add_init_script("addEventListener('securitypolicyviolation', (e) => console.error('CSP ' + e.violatedDirective))")
    return seen


@pytest.fixture
def calm(page: Any, troubles: list[str]) -> Iterator[Any]:
    """A page that must end without one console error."""
    yield page
    assert troubles == []


@pytest.fixture(scope="session")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without a model to load, for the pages of trust: its keys, its people and its log are theirs alone."""
    environment = {f"OSCINE_{name}": "none" for name in ("EMBEDDING", "READER", "LANGUAGE_MODEL")} | {
        "OSCINE_REQUESTS_PER_MINUTE": "100000"
    }
    running = Server(tmp_path_factory.mktemp("open"), environment=environment).wait(180)
    yield running
    running.stop()
