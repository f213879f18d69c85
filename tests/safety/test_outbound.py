"""Addresses that strangers give: what may be called, and what a call does."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.errors import InputError
from oscine.safety import outbound

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "240.0.0.1", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_called(address: str) -> None:
    assert not outbound.may_be_called(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public_addresses_are(address: str) -> None:
    assert outbound.may_be_called(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_wrapping_an_address_does_not_open_it(address: Any) -> None:
    if address.version == 4:
        allowed = outbound.may_be_called(address)
        assert outbound.may_be_called(ipaddress.IPv6Address(f"::ffff:{address}")) == allowed
        assert outbound.may_be_called(ipaddress.IPv6Address(f"64:ff9b::{address}")) == allowed
    if outbound.may_be_called(address):
        assert not (address.is_loopback or address.is_link_local or address.is_multicast)


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://a.example/", "file:///etc/passwd", "//a.example", "http://", "http://user:pass@a.example/", "javascript:alert(1)",
     "http://a.example/" + "x" * 2_000, "http://[::1"],
)  # fmt: skip
def test_what_is_no_address_to_call(url: str) -> None:
    with pytest.raises(InputError):
        outbound.checked(url)


class Receiver(ThreadingHTTPServer):
    """Keeps what it gets; `answer` is the status it gives, `slow` how long it lets one wait."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.answer, self.release = 200, threading.Event()
        self.release.set()
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.server.release.wait(5)
        self.send_response(self.server.answer)
        if 300 <= self.server.answer < 400:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.release.set()
    running.shutdown()
    running.server_close()


def test_a_call(receiver: Receiver) -> None:
    named = f"http://localhost:{receiver.server_port}/hook?a=1"
    loopback = [*LOOPBACK, ipaddress.ip_network("::1/128")]
    if all(item[4][0] == "127.0.0.1" for item in socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)):
        assert outbound.post(named, b"{}", {"X-Test": "yes"}, loopback) == 200
        path, headers, body = receiver.got.pop()
        assert (path, headers["X-Test"], headers["Host"], body) == ("/hook?a=1", "yes", f"localhost:{receiver.server_port}", b"{}")
    assert outbound.post(receiver.url, b"{}", {}, LOOPBACK) == 200


def test_a_private_address_is_never_reached(receiver: Receiver) -> None:
    for url in (receiver.url, f"http://localhost:{receiver.server_port}/", f"http://2130706433:{receiver.server_port}/"):
        with pytest.raises(InputError):
            outbound.post(url, b"{}", {})
    assert receiver.got == []


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.answer = 307
    assert outbound.post(receiver.url, b"{}", {}, LOOPBACK) == 307
    assert [path for path, _, _ in receiver.got] == ["/hook"]


def test_a_receiver_that_dawdles_is_left(receiver: Receiver) -> None:
    receiver.release.clear()
    with pytest.raises((TimeoutError, httpx.HTTPError)):
        outbound.post(receiver.url, b"{}", {}, LOOPBACK, seconds=0.3)


@pytest.fixture
def rude(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """A server that keeps each connection open until something comes on it a second time, and resets it then."""

    class Rude(_Handler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            self.handle_one_request()
            self.connection.recv(1)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()

    monkeypatch.setattr(receiver, "RequestHandlerClass", Rude)
    return receiver


def test_each_call_takes_a_connection_of_its_own(rude: Receiver) -> None:
    with outbound.client(LOOPBACK) as client:
        assert [client.post(rude.url, content=body).status_code for body in (b"1", b"2")] == [200, 200]
    assert [body for _, _, body in rude.got] == [b"1", b"2"]


def test_a_name_is_resolved_once(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere the second time is never asked a second time."""
    asked: list[str] = []

    def resolver(host: Any, *_: Any, **__: Any) -> list[Any]:
        asked.append(str(host))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    url = f"http://rebinding.example:{receiver.server_port}/hook"
    assert outbound.post(url, b"{}", {}, LOOPBACK) == 200
    assert [name for name in asked if name == "rebinding.example"] == ["rebinding.example"]
    with pytest.raises(InputError):
        asyncio.run(outbound.resolve(httpx.URL(url)))
