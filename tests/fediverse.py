"""Servers of the Fediverse as real processes on loopback: mastodon-mock, which streams, and snac, several of which federate under names of their own.

snac's host names carry no port, so that whoever speaks to one, snac itself included, goes through a proxy that knows where each listens.
"""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

UNPACKED = Path(__file__).parent / "networks/snac/usr/bin/snac"
REDIRECT = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = "read write follow"
PEOPLE = ("ann", "bob", "bot")


class Person(NamedTuple):
    """An account on a server, and how it speaks to it."""

    server: str
    handle: str
    token: str
    http: httpx.Client

    def call(self, method: str, path: str, **options: Any) -> Any:
        """A call as this account; what it answers."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        reply = self.http.request(method, self.server + path, headers=headers, timeout=30, **options)
        assert reply.is_success, f"{reply.status_code} {reply.text[:500]}"
        return reply.json()

    def post(self, text: str, **options: Any) -> Any:
        """Write a status; options as the API has them."""
        return self.call("POST", "/api/v1/statuses", json={"status": text, **options})


@contextlib.contextmanager
def mock(folder: Path, port: int = 0, database: str = ":memory:", **settings: Any) -> Iterator[dict[str, Person]]:
    """mastodon-mock with `PEOPLE` on it, bob following ann, and the accounts by name. `settings` are tables of its configuration."""
    port = port or free_port()
    configuration = folder / "mock.toml"
    accounts = "".join(
        f'[[seed.accounts]]\nusername = "{name}"\ndisplay_name = "{name}"\naccess_token = "{name}-token"\n' for name in PEOPLE
    )
    tables = "".join(f"[{name}]\n{values}\n" for name, values in settings.items())
    configuration.write_text(f'[database]\npath = "{database}"\n{tables}{accounts}[[seed.follows]]\nfollower = "bob"\nfollowing = "ann"\n')
    command = [
        sys.executable,
        "-m",
        "mastodon_mock",
        "serve",
        "--config",
        str(configuration),
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    url = f"http://127.0.0.1:{port}"
    with _running(command, folder / "mock.log", lambda: httpx.get(url + "/api/v2/instance").is_success), httpx.Client() as client:
        yield {name: Person(url, f"{name}@127.0.0.1:{port}", f"{name}-token", client) for name in PEOPLE}


@contextlib.contextmanager
def failing(person: Person, path: str, **effect: Any) -> Iterator[None]:
    """mastodon-mock fails once at this path, in the way that its own API for faults describes."""
    rule = {"match": {"path": path}, "effect": effect, "count": 1}
    made = person.http.post(person.server + "/api/v1/_mock/faults", json=rule).json()
    yield
    person.http.delete(f"{person.server}/api/v1/_mock/faults/{made['id']}")


class Snac:
    """One snac server under a name: `url` is where it is found through `Fediverse.http`."""

    def __init__(self, folder: Path, host: str, port: int, client: httpx.Client) -> None:
        self.folder, self.host, self.port, self.http = folder / host, host, port, client
        self.url = f"http://{host}"
        answers = f"127.0.0.1\n{port}\n{host}\n\n\n"
        subprocess.run([snac(), "init", str(self.folder)], input=answers, text=True, check=True, capture_output=True)
        settings = self.folder / "server.json"
        settings.write_text(json.dumps({**json.loads(settings.read_text()), "protocol": "http", "queue_retry_minutes": 1}))

    def person(self, name: str) -> Person:
        """A new account, signed in with a token as an app gets it."""
        made = subprocess.run(
            [snac(), "adduser", str(self.folder), name], stdin=subprocess.DEVNULL, text=True, check=True, capture_output=True
        )
        password = re.search(r"password is (\S+)", made.stdout)
        assert password, made.stdout
        fields = {"client_name": "oscine", "redirect_uris": REDIRECT, "scopes": SCOPES}
        program = self.http.post(self.url + "/api/v1/apps", data=fields).json()
        login = {"login": name, "passwd": password[1], "redir": REDIRECT, "cid": program["client_id"], "state": ""}
        code = self.http.post(self.url + "/oauth/x-snac-login", data=login).text.strip()
        wanted = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "scope": SCOPES}
        token = self.http.post(self.url + "/oauth/token", data={**wanted, **{k: program[k] for k in ("client_id", "client_secret")}}).json()
        return Person(self.url, f"{name}@{self.host}", token["access_token"], self.http)


class Fediverse(NamedTuple):
    """Servers by name, and the client that finds them."""

    servers: dict[str, Snac]
    http: httpx.Client


@contextlib.contextmanager
def federating(folder: Path, *hosts: str) -> Iterator[Fediverse]:
    """Federating snac servers. Skips the test where there is no snac."""
    if not snac():
        if os.environ.get("CI"):
            pytest.fail("There is no snac: CI does not accept that the tests on a real Fediverse are left out.")
        pytest.skip("There is no snac on this machine: `apt-get install snac2`, or `make tests/networks/snac`.")
    ports = {host: free_port() for host in hosts}
    with contextlib.ExitStack() as stack:
        proxy = stack.enter_context(_proxy(ports))
        client = stack.enter_context(httpx.Client(proxy=proxy, timeout=30))
        servers = {host: Snac(folder, host, port, client) for host, port in ports.items()}
        for server in servers.values():
            command, log = [snac(), "httpd", str(server.folder)], folder / f"{server.host}.log"
            stack.enter_context(_running(command, log, _answers(client, server.url), http_proxy=proxy))
        yield Fediverse(servers, client)


def snac() -> str:
    """Where snac is; empty for nowhere."""
    return shutil.which("snac") or (str(UNPACKED) if UNPACKED.exists() else "")


def until(true: Callable[[], Any], seconds: float = 30) -> Any:
    """What `true` gives once it gives something."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.1)
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(client: httpx.Client, url: str) -> Callable[[], bool]:
    return lambda: client.get(url + "/api/v1/instance").is_success


@contextlib.contextmanager
def _running(command: list[str], log: Path, ready: Callable[[], bool], **environment: str) -> Iterator[None]:
    """A process that is ready, ended by its own id."""

    def asked() -> bool:
        assert process.poll() is None, log.read_text()[-2000:]
        with contextlib.suppress(httpx.HTTPError):
            return ready()
        return False

    with log.open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, **environment})
    try:
        until(asked)
        yield
    finally:
        process.kill()
        process.wait(10)


@contextlib.contextmanager
def _proxy(ports: dict[str, int]) -> Iterator[str]:
    """A proxy for plain HTTP that sends each host to its port on loopback and knows no other."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if url.hostname not in ports:
                return self.send_error(502)
            upstream = http.client.HTTPConnection("127.0.0.1", ports[url.hostname], timeout=30)
            try:
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "proxy-connection")}
                upstream.request(self.command, url._replace(scheme="", netloc="").geturl() or "/", body, headers)
                reply = upstream.getresponse()
                answer = reply.read()
            except OSError:
                return self.send_error(502)
            finally:
                upstream.close()
            self.send_response_only(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    class Quiet(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Nothing: who hangs up has what it wanted."""

    server = Quiet(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
