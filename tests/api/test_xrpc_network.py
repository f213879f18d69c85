"""Feeds against a real PDS: tokens that it signs, records that it holds, and replies as its own lexicons have them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import client_of
from at_network import FOLDER, PASSWORD, AtProto, Person
from oscine.api import xrpc
from oscine.app import App
from oscine.store.feeds import FeedGenerator

DID = "did:web:feeds.example"
FEED = f"at://{DID}/{xrpc.COLLECTION}/ferries"
SKELETON, INTERACTIONS, DESCRIBE = (f"app.bsky.feed.{name}" for name in ("getFeedSkeleton", "sendInteractions", "describeFeedGenerator"))
CONFORM = """
const { readFileSync } = await import('node:fs')
for (const [nsid, body] of JSON.parse(readFileSync(0))) {
  const { $output, $params, $input } = await import(`${process.argv[1]}/${nsid.split('.').pop()}.defs.js`)
  $output.schema.parse(body)
}
console.log('conform')
"""


@pytest.fixture
def feeds(app: App, atproto: AtProto) -> TestClient:
    app.settings.public_url = "https://feeds.example"
    app.settings.plc_url = atproto.plc_url
    app.settings.connect_networks = frozenset({"127.0.0.0/8", "::1/128"})
    app.feed_generators.add(FeedGenerator(name="ferries", title="Ferries", query="ferry"))
    return client_of(app, "https://feeds.example", "10.0.0.7")


def bearer(person: Person, method: str, audience: str = DID) -> dict[str, str]:
    """A token that the person's PDS signs."""
    token = person.client.com.atproto.server.get_service_auth({"aud": audience, "lxm": method}).token
    return {"Authorization": f"Bearer {token}"}


def ask(feeds: TestClient, **headers: str) -> Any:
    return feeds.get(f"/xrpc/{SKELETON}", params={"feed": FEED, "limit": 1}, headers=headers)


def conform(replies: list[tuple[str, Any]]) -> str:
    """Whether replies are as the lexicons say, by the validators that the PDS is built with."""
    lexicons = FOLDER / "node_modules/@atproto/pds/dist/lexicons/app/bsky/feed"
    node = Path(sys.executable).parent / "node"
    done = subprocess.run(
        [node, "--input-type=module", "-e", CONFORM, lexicons], input=json.dumps(replies), capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip() or done.stderr


def test_a_pds_says_for_whom_it_asks(feeds: TestClient, atproto: AtProto, write: Any) -> None:
    ann, bo = atproto.account("ann"), atproto.account("bo")
    post = {"id": f"at://{bo.did}/app.bsky.feed.post/1", "author": bo.did, "network": "bluesky", "text": "A ferry."}
    block = {"relation": "block", "actor": ann.did, "target": bo.did, "at": "2024-05-01T12:00:00Z", "network": "bluesky"}
    write(post, block, post | {"id": f"at://{ann.did}/app.bsky.feed.post/2", "author": ann.did})
    seen = {name: len(ask(feeds, **headers).json()["feed"]) for name, headers in {"ann": bearer(ann, SKELETON), "nobody": {}}.items()}
    assert seen == {"ann": 1, "nobody": 1}
    everybody = feeds.get(f"/xrpc/{SKELETON}", params={"feed": FEED}).json()["feed"]
    hers = feeds.get(f"/xrpc/{SKELETON}", params={"feed": FEED}, headers=bearer(ann, SKELETON)).json()["feed"]
    assert (len(everybody), [item["post"] for item in hers]) == (2, [f"at://{ann.did}/app.bsky.feed.post/2"])


@pytest.mark.parametrize(("method", "audience"), [(INTERACTIONS, DID), (SKELETON, "did:web:other.example")])
def test_a_token_for_something_else_is_refused(feeds: TestClient, atproto: AtProto, method: str, audience: str) -> None:
    reply = ask(feeds, **bearer(atproto.account(), method, audience))
    assert (reply.status_code, reply.json()["error"]) == (401, "AuthenticationRequired")


def test_replies_are_as_the_lexicons_have_them(feeds: TestClient, atproto: AtProto, write: Any) -> None:
    ann = atproto.account("ann")
    write(
        *({"id": f"at://{ann.did}/app.bsky.feed.post/{n}", "author": ann.did, "network": "bluesky", "text": "A ferry."} for n in range(3))
    )
    given = ask(feeds, **bearer(ann, SKELETON)).json()
    assert given["cursor"]
    deed = {"item": given["feed"][0]["post"], "event": "app.bsky.feed.defs#requestLess", "feedContext": given["feed"][0]["feedContext"]}
    done = feeds.post(f"/xrpc/{INTERACTIONS}", json={"feed": FEED, "interactions": [deed]}, headers=bearer(ann, INTERACTIONS))
    described = feeds.get(f"/xrpc/{DESCRIBE}").json()
    assert conform([(SKELETON, given), (SKELETON, ask(feeds).json()), (DESCRIBE, described), (INTERACTIONS, done.json())]) == "conform"
    assert "conform" not in conform([(SKELETON, {"feed": [{"post": "no uri"}]})]), "the validators refuse what is wrong"


def test_a_feed_is_published_and_withdrawn(feeds: TestClient, app: App, atproto: AtProto) -> None:
    ann = atproto.account("ann")
    app.settings.bluesky_handle, app.settings.bluesky_password, app.settings.bluesky_server = ann.handle, PASSWORD, atproto.pds_url
    uri = app.publish_feed("ferries")
    record = ann.client.com.atproto.repo.get_record({"repo": ann.did, "collection": xrpc.COLLECTION, "rkey": "ferries"})
    assert (record.uri, record.value.did, record.value.display_name, record.value.accepts_interactions) == (uri, DID, "Ferries", True)
    assert feeds.get(f"/xrpc/{DESCRIBE}").json()["feeds"] == [{"uri": uri}]
    assert app.publish_feed("ferries") == uri, "and again"
    app.remove_feed("ferries")
    assert ann.client.com.atproto.repo.list_records({"repo": ann.did, "collection": xrpc.COLLECTION}).records == []
    assert feeds.get(f"/xrpc/{DESCRIBE}").json()["feeds"] == []
