"""Dead letters over HTTP: page after page, tried again, forgotten."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from oscine.app import App
from oscine.records import Refused
from oscine.store import connections, dead_letters
from oscine.store.postgres import Database

NAME = "bluesky ws://127.0.0.1:1"
LETTERS = "/v1/connections/letters"


def deleted(number: int) -> bytes:
    """An event that had been read and not stored."""
    return (
        b"PostDeleted\n"
        + json.dumps({"cursor": number, "network": "bluesky", "id": f"at://did:plc:x/app.bsky.feed.post/{number}"}).encode()
    )


@pytest.fixture
def kept(app: App) -> Iterator[None]:
    with contextlib.closing(Database(app.database.conninfo, size=1)) as own:
        with own.connection() as session:
            connections.begin(session, NAME, "bluesky")
            refused = [Refused(cursor=n, reason=f"reason {n}", raw=b"\xff junk" if n % 2 else deleted(n)) for n in range(25)]
            dead_letters.keep(session, NAME, refused)
        yield


@pytest.mark.usefixtures("kept")
def test_letters_come_page_after_page(client: TestClient) -> None:
    first = client.get(LETTERS, params={"connection": NAME}).json()
    then = client.get(LETTERS, params={"connection": NAME, "after": first["after"]}).json()
    assert [letter["reason"] for letter in first["letters"] + then["letters"]] == [f"reason {n}" for n in range(25)]
    assert (len(first["letters"]), then["after"]) == (20, None)
    assert set(first["letters"][1]) == {"id", "at", "reason", "tries", "bytes"}
    assert (first["letters"][1]["tries"], first["letters"][1]["bytes"]) == (1, 6)


@pytest.mark.usefixtures("kept")
def test_what_can_be_used_by_now_is_gone_and_the_rest_is_forgotten(client: TestClient) -> None:
    assert client.post("/v1/connections/replay", json={"connection": NAME}).json() == {"used": 13, "left": 12}
    left = client.get(LETTERS, params={"connection": NAME}).json()["letters"]
    assert {letter["tries"] for letter in left} == {2} and len(left) == 12
    assert client.delete(LETTERS, params={"connection": NAME}).json() == {"dropped": 12}
    assert client.get(LETTERS, params={"connection": NAME}).json() == {"letters": [], "after": None}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("name", ["", "bluesky", NAME + " ", "bluesky ws://127.0.0.1:1/%22é&?"])
def test_a_connection_that_is_none_has_no_letters(client: TestClient, name: str) -> None:
    told = [client.get(LETTERS, params={"connection": name}), client.delete(LETTERS, params={"connection": name}),
            client.post("/v1/connections/replay", json={"connection": name})]  # fmt: skip
    assert [reply.status_code for reply in told] == [404] * 3
    assert client.get(LETTERS, params={"connection": NAME}).json()["letters"]
