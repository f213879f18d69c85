"""What tests of signing in share: a Mastodon server with two people, and a browser's way through its pages, by hand."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from starlette.testclient import TestClient

from conftest import free_port

WEB = httpx.Client()  # the browser's way to other servers
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


def sign_in(browser: TestClient, network: str, name: str, **asked: Any) -> dict[str, Any]:
    """All of it; what we are told of the person."""
    back = allow(begin(browser, network, **asked), name)
    reply = browser.post("/v1/sign-in/finish", json={"network": network, **back})
    assert reply.status_code == 200, reply.text
    return dict(reply.json())
