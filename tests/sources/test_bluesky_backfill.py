"""What accounts of a real PDS have now, whole or not at all; and servers that lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from test_bluesky_labels import multibase

from at_network import AtProto
from oscine.errors import NetworkUnavailable
from oscine.records import INACTIVE, AccountChanged, AccountDeleted, Engagement, Labelled, PostWritten, Refused, Relation
from oscine.sources.bluesky import backfill
from oscine.sources.bluesky.firehose import Firehose
from oscine.sources.bluesky.identity import Identities
from repositories import DID, Signer, repository

SIGNER = Signer()
POST = {"$type": "app.bsky.feed.post", "text": "hello", "createdAt": "2024-05-01T12:00:00Z"}
DECLARED = {"$type": "org.user-intents.declaration", "syntheticContentGeneration": {"allow": True, "updatedAt": "2024-05-01T12:00:00Z"}}


@pytest.fixture
def source(atproto: AtProto) -> Iterator[Firehose]:
    """The network's firehose, which knows how to look at accounts."""
    with httpx.Client(timeout=30) as http:
        yield Firehose(atproto.ws_url, http, Identities(http, atproto.plc_url, [atproto.pds_url]))


def told_of(data: bytes | int | dict[str, Any], key: Signer = SIGNER, status: int = 200) -> list[Any]:
    """A snapshot from a server that answers so."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "plc.example" in str(request.url):
            method = {"id": "#atproto", "type": "Multikey", "publicKeyMultibase": multibase(key)}
            service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://pds.example"}
            return httpx.Response(200, json={"id": DID, "verificationMethod": [method], "service": [service]})
        if isinstance(data, bytes):
            return httpx.Response(status, content=data)
        return httpx.Response(data) if isinstance(data, int) else httpx.Response(400, json=data)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        return list(backfill.snapshot(http, Identities(http, "https://plc.example"), DID))


def test_an_account_as_it_is_now(atproto: AtProto, source: Firehose) -> None:
    ann, bob = atproto.account("ann"), atproto.account("bob")
    posts = [bob.client.send_post(str(number)) for number in range(5)]
    like, follow = bob.client.like(posts[0].uri, posts[0].cid), bob.client.follow(ann.did)
    bob.client.unlike(bob.client.like(posts[1].uri, posts[1].cid).uri)
    bob.client.delete_post(posts[4].uri)
    put = bob.client.com.atproto.repo.put_record
    put({"repo": bob.did, "collection": "org.user-intents.declaration", "rkey": "self", "record": DECLARED, "validate": False})
    told = list(source.account(bob.did))
    assert [event.post.id for event in told if isinstance(event, PostWritten)] == [post.uri for post in posts[:4]]
    assert [event.key for event in told if isinstance(event, Engagement | Relation)] == [like.uri, follow.uri]
    about = [event for event in told if isinstance(event, AccountChanged)]
    assert [event.told for event in about] == [{"handle"}, {"intents"}, {"name", "bio", "bot"}]  # it has no profile, and that is told
    assert (about[0].account.handle, about[1].account.intents["training"]) == (bob.handle, "allow")
    assert [(event.label, event.on) for event in told if isinstance(event, Labelled)] == [(INACTIVE, False)]
    assert {ann.did, bob.did} <= set(source.accounts())
    assert len({event.cursor for event in told if isinstance(event, PostWritten)}) == 4


def test_accounts_that_are_away_or_gone(atproto: AtProto, source: Firehose) -> None:
    ann, bob = atproto.account("ann"), atproto.account("bob")
    ann.client.com.atproto.server.deactivate_account({})
    (away,) = source.account(ann.did)
    atproto.admin("com.atproto.admin.deleteAccount", {"did": bob.did})
    (gone,) = source.account(bob.did)
    assert isinstance(away, Labelled) and (away.account, away.label, away.on) == (ann.did, INACTIVE, True)
    assert isinstance(gone, AccountDeleted) and gone.id == bob.did
    with pytest.raises(NetworkUnavailable, match="not registered"):  # a directory that knows nobody is no reason to delete anything
        list(source.account("did:plc:tqtp7kdaswrg34minkjhvvzp"))


def test_many_accounts_are_listed_page_by_page(atproto: AtProto, source: Firehose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PAGE", 2)
    dids = [atproto.account().did for _ in range(3)]
    assert [did for did in source.accounts() if did in dids] == dids


def test_a_record_that_does_not_follow_its_lexicon_is_refused_alone() -> None:
    told = told_of(repository({"app.bsky.feed.post/1": POST, "app.bsky.feed.post/2": {"text": 5}, "app.bsky.feed.post/3": 5}, SIGNER))
    assert [type(event) for event in told if isinstance(event, PostWritten | Refused)] == [PostWritten, Refused, Refused]


CAR_FILE = repository({f"app.bsky.feed.post/{number:03}": POST for number in range(50)}, SIGNER)


@pytest.mark.parametrize("data", [
    b"", b"<html>", CAR_FILE[:-10], CAR_FILE[:300], repository({}, SIGNER, did="did:plc:tqtp7kdaswrg34minkjhvvzp"), repository({}, Signer()), 500, 429,
    403, {"error": "Strange"}, {},
])  # fmt: skip
def test_a_server_that_gives_something_else(data: Any) -> None:
    with pytest.raises(NetworkUnavailable):
        told_of(data)


@pytest.mark.parametrize("error", ["RepoTakendown", "RepoSuspended", "RepoDeactivated"])
def test_states(error: str) -> None:
    (away,) = told_of({"error": error})
    assert isinstance(away, Labelled) and away.on
    (gone,) = told_of({"error": "RepoNotFound"})
    assert isinstance(gone, AccountDeleted)


def test_a_file_that_has_no_end_is_not_read_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "LARGEST_FILE", 1_000)
    with pytest.raises(NetworkUnavailable, match="more than 1,000 bytes"):
        told_of(CAR_FILE)


@pytest.mark.parametrize("page", [{"repos": 5}, {"repos": [{"did": "x"}]}, {}])
def test_a_list_that_is_none(page: dict[str, Any]) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=page))) as http, pytest.raises(NetworkUnavailable):
        list(backfill.listing(http, "https://pds.example"))


def test_a_list_that_leads_back_to_itself_ends() -> None:
    page = {"repos": [{"did": DID}], "cursor": "same"}
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=page))) as http:
        assert list(backfill.listing(http, "https://pds.example")) == [DID, DID]
