"""What happens on the test network, brought into the store; and posters for the bots of these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from at_network import PASSWORD, AtProto, Person
from oscine.app import App
from oscine.ingest import Events
from oscine.posting.bluesky import BlueskyPoster
from oscine.posting.xrpc import PasswordSession
from oscine.records import Reached
from oscine.sources.bluesky.firehose import METHOD, decode


@pytest.fixture
def hear(app: App, atproto: AtProto, ann: Person) -> Callable[..., None]:
    """Store all that has happened on the network since this was called last, up to and with the posts that are named."""
    place = [_place(atproto, ann)]

    def store(*until: str) -> None:
        wanted, told = set(until), []
        with connect(f"{atproto.ws_url}/xrpc/{METHOD}?cursor={place[0]}") as socket:
            while wanted:
                for event in decode(bytes(socket.recv(timeout=10))):
                    if isinstance(event, Reached):
                        place[0] = event.place
                    else:
                        told.append(event)
                        wanted -= {getattr(event, "id", ""), getattr(getattr(event, "post", None), "id", "")}
        app.ingest(Events(told))

    return store


def _place(atproto: AtProto, witness: Person) -> str:
    """Where the network stands now: somebody posts, and that is the last that has happened."""
    with connect(f"{atproto.ws_url}/xrpc/{METHOD}") as socket:
        uri = witness.client.send_post("now").uri
        while True:
            *events, reached = decode(bytes(socket.recv(timeout=10)))
            if isinstance(reached, Reached) and any(getattr(getattr(event, "post", None), "id", "") == uri for event in events):
                return reached.place


@pytest.fixture(scope="session")
def ann(atproto: AtProto) -> Person:
    """Somebody who posts."""
    return atproto.account("ann")


@pytest.fixture(scope="session")
def ben(atproto: AtProto) -> Person:
    """Somebody who asks."""
    return atproto.account("ben")


@pytest.fixture(scope="session")
def account(atproto: AtProto) -> Person:
    """The bot's account."""
    return atproto.account("oscine")


@pytest.fixture
def written(account: Person) -> Callable[[], list[Any]]:
    """Gives what the bot has posted since the test began, the oldest first."""

    def posts() -> list[Any]:
        query = {"repo": account.did, "collection": "app.bsky.feed.post", "limit": 100}
        return sorted(account.client.com.atproto.repo.list_records(query).records, key=lambda record: record.value.created_at)

    before = {record.uri for record in posts()}
    return lambda: [record for record in posts() if record.uri not in before]


@pytest.fixture
def poster(atproto: AtProto, account: Person) -> Iterator[BlueskyPoster]:
    """Writes as the bot's account."""
    with httpx.Client(timeout=10) as http:
        session = PasswordSession(atproto.pds_url, account.handle, PASSWORD, http)
        yield BlueskyPoster(session, session.account, session.handle)
