"""What tests of signing in share: a Mastodon server with two people, and a browser's way through its pages, by hand."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.testclient import TestClient

from at_network import PASSWORD
from conftest import free_port
from oscine.api import server as api
from oscine.app import App

WEB = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))  # the browser's way to other servers, some of which hang up unsaid
PEOPLE = """
[[seed.accounts]]
username = "ann"
access_token = "token-of-ann"

[[seed.accounts]]
username = "bo"
access_token = "token-of-bo"
"""


@contextlib.contextmanager
def mastodon(folder: Path) -> Iterator[str]:
    """mastodon-mock as a process of its own; where it listens, HOST:PORT."""
    port = free_port()
    config = folder / "mastodon.toml"
    config.write_text(PEOPLE)
    command = [str(Path(sys.executable).parent / "mastodon_mock"), "serve", "--in-memory"]
    options = {"config": config, "host": "127.0.0.1", "port": port, "log-level": "warning"}
    command += [f"--{name}={value}" for name, value in options.items()]
    with (folder / "mastodon.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/api/v1/instance", process)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Return when a server answers."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if WEB.get(url).status_code == 200:
                return
        assert process.poll() is None and time.monotonic() < end, f"{url} does not answer"
        time.sleep(0.1)


@contextlib.contextmanager
def serving(app: App, port: int = 0, **options: Any) -> Iterator[str]:
    """An `App` behind a real server in a thread; where it listens."""
    server = uvicorn.Server(uvicorn.Config(api.create(app), port=port, log_level="warning", timeout_graceful_shutdown=2, **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


def certificate(folder: Path, name: str) -> dict[str, str]:
    """A certificate for a name, signed by itself: options for `serving`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).add_extension(
        x509.BasicConstraints(True, None), critical=True
    )
    (folder / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {"ssl_certfile": str(folder / "cert.pem"), "ssl_keyfile": str(folder / "key.pem")}


def begin(browser: TestClient, network: str, **asked: Any) -> str:
    """Press the button; where the browser is sent to."""
    reply = browser.post("/v1/sign-in", json={"network": network, **asked})
    assert reply.status_code == 200, reply.text
    return str(reply.json()["url"])


def allow(address: str, name: str) -> dict[str, str]:
    """Choose an account on mastodon-mock's page and let us in; what it puts into the address that it sends the browser back to."""
    asked = dict(parse_qsl(urlsplit(address).query))
    assert WEB.get(address).status_code == 200
    reply = WEB.post(address.partition("?")[0], data={**asked, "username": name})
    assert reply.headers["location"].startswith(asked["redirect_uri"] + "?")
    return dict(parse_qsl(urlsplit(reply.headers["location"]).query))


def allow_at_pds(page: Any) -> None:
    """On the PDS's own pages, in a real browser: the password, and yes."""
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.get_by_role("button", name="Authorize", exact=True).click()


def sign_in(browser: TestClient, network: str, name: str, **asked: Any) -> dict[str, Any]:
    """All of it; what we are told of the person."""
    back = allow(begin(browser, network, **asked), name)
    reply = browser.post("/v1/sign-in/finish", json={"network": network, **back})
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


class Stranger:
    """A server that answers as a test says: `answers` are bodies by path, or functions of the request's handler."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.bodies: dict[str, str] = {}
        stranger = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stranger.asked.append(self.path)
                stranger.bodies[self.path] = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                answer = stranger.answers.get(self.path.partition("?")[0])
                if callable(answer):
                    answer(self)
                else:
                    say(self, answer, 404 if answer is None else 200)

            do_POST = do_GET

            def log_message(self, *_told: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"localhost:{self.server.server_port}"
        self.url, self.did = f"http://{self.host}", f"did:web:{self.host.replace(':', '%3A')}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.server.server_close()


def say(handler: BaseHTTPRequestHandler, answer: Any, status: int = 200, **headers: str) -> None:
    """Reply with JSON."""
    body = json.dumps(answer).encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    with contextlib.suppress(OSError):
        handler.wfile.write(body)
