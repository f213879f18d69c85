"""Fetching from addresses that strangers give: redirects checked, types and sizes held, nothing inside reached."""

from __future__ import annotations

import gzip
import ipaddress
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from oscine.errors import InputError, TooLarge
from oscine.safety import outbound

LOOPBACK = [ipaddress.ip_network("127.0.0.1/32")]


class Site(ThreadingHTTPServer):
    """Pages by path: status, headers, body."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, headers, body = self.server.pages.get(self.path, (404, {"Content-Type": "text/html"}, b""))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


HTML = {"Content-Type": "text/html; charset=utf-8"}


def test_a_page_is_fetched(site: Site) -> None:
    site.pages["/a"] = (200, HTML, b"<p>Bread</p>")
    assert outbound.get(site.url + "/a", permitted=LOOPBACK) == outbound.Fetched(site.url + "/a", b"<p>Bread</p>")


def test_three_redirects_are_followed_and_no_more(site: Site) -> None:
    for step in range(5):
        site.pages[f"/{step}"] = (302, {"Location": f"/{step + 1}"}, b"")
    site.pages["/5"] = (200, HTML, b"there")
    assert outbound.get(site.url + "/2", permitted=LOOPBACK).url == site.url + "/5"
    with pytest.raises(InputError, match="redirects"):
        outbound.get(site.url + "/1", permitted=LOOPBACK)


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2/", "http://[::1]/", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "//10.0.0.1/"]
)
def test_a_redirect_leads_nowhere_inside(site: Site, target: str) -> None:
    site.pages["/a"] = (301, {"Location": target}, b"")
    with pytest.raises(InputError):
        outbound.get(site.url + "/a", permitted=LOOPBACK)


def test_a_private_address_is_never_reached(site: Site) -> None:
    with pytest.raises(InputError):
        outbound.get(site.url + "/a")
    assert site.asked == []


@pytest.mark.parametrize("kind", ["application/pdf", "text/plain", "image/png", ""])
def test_other_types_are_refused(site: Site, kind: str) -> None:
    site.pages["/a"] = (200, {"Content-Type": kind} if kind else {}, b"<p>x</p>")
    with pytest.raises(InputError, match="HTML"):
        outbound.get(site.url + "/a", permitted=LOOPBACK)


def test_pictures_are_fetched_where_pictures_are_wanted(site: Site) -> None:
    site.pages["/a"] = (200, {"Content-Type": "image/png"}, b"png")
    assert outbound.get(site.url + "/a", outbound.PICTURES, LOOPBACK).body == b"png"


def test_a_page_that_is_not_there(site: Site) -> None:
    with pytest.raises(InputError, match="404"):
        outbound.get(site.url + "/none", permitted=LOOPBACK)


def test_size_counts_once_unpacked(site: Site) -> None:
    site.pages["/bomb"] = (200, {**HTML, "Content-Encoding": "gzip"}, gzip.compress(b"x" * 400_000))
    with pytest.raises(TooLarge):
        outbound.get(site.url + "/bomb", permitted=LOOPBACK, largest=100_000)


def test_nobody_there() -> None:
    with pytest.raises((OSError, httpx.HTTPError)):
        outbound.get("http://127.0.0.1:9/", permitted=LOOPBACK, seconds=2)
