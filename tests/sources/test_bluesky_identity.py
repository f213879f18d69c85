"""Who an account is: documents of a real PLC directory, handles that lead back or do not, profiles from a server or an AppView."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dns.resolver
import httpx
import pytest

from at_network import AtProto
from oscine.errors import InputError, NetworkUnavailable, NotFound
from oscine.sources.bluesky.identity import Identities
from oscine.sources.bluesky.profiles import Profiles

ANN, BOB = "did:plc:jsffkl3vko7dac6brurilibt", "did:plc:tqtp7kdaswrg34minkjhvvzp"
KEY = {"id": "#atproto", "type": "Multikey", "publicKeyMultibase": "zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc"}
SERVER = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://pds.example/"}


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """Calls real servers."""
    with httpx.Client(timeout=30) as client:
        yield client


@pytest.fixture(autouse=True)
def _no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked up outside."""

    def nowhere(name: str, *_: Any, **__: Any) -> Any:
        raise dns.resolver.NXDOMAIN

    monkeypatch.setattr(dns.resolver, "resolve", nowhere)


def serving(**pages: Any) -> Identities:
    """Identities whose servers say what they are told to say, by a part of the address."""
    return Identities(client(**pages), "https://plc.example", [])


def client(**pages: Any) -> httpx.Client:
    """Servers that say what they are told to say, by a part of the address; a number is a status."""

    def answer(request: httpx.Request) -> httpx.Response:
        for part, said in pages.items():
            if part in str(request.url):
                return (
                    httpx.Response(said)
                    if isinstance(said, int)
                    else httpx.Response(200, **({"text": said} if isinstance(said, str) else {"json": said}))
                )
        return httpx.Response(404)

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_a_real_account(atproto: AtProto, http: httpx.Client) -> None:
    ann = atproto.account("ann")
    identities = Identities(http, atproto.plc_url, [atproto.pds_url])
    assert (identities.did(ann.handle), identities.handle(ann.did), identities.pds(ann.did)) == (ann.did, ann.handle, atproto.pds_url)
    assert identities.signing_key(ann.did).public.curve.name == "secp256k1"
    with pytest.raises(NotFound, match="leads to no account"):
        identities.did("nobody-at-all.test")
    with pytest.raises(NotFound, match="not registered"):
        identities.document(BOB)


def test_a_name_that_another_account_claims_is_not_believed() -> None:
    document = {"id": ANN, "alsoKnownAs": ["at://president.example"]}
    assert serving(**{"plc.example": document, "president.example": BOB}).handle(ANN) == ""
    assert serving(**{"plc.example": document, "president.example": f"{ANN}\n"}).handle(ANN) == "president.example"
    assert serving(**{"plc.example": document, "president.example": "<html>"}).handle(ANN) == ""
    assert serving(**{"plc.example": {"id": ANN, "alsoKnownAs": ["https://x", "at://<b>", "at://localhost"]}}).handle(ANN) == ""


def test_names_in_the_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    class Text:
        def __init__(self, *strings: bytes) -> None:
            self.strings = strings

    found = [Text(b"other"), Text(b"did=", ANN.encode())]
    monkeypatch.setattr(dns.resolver, "resolve", lambda name, *_, **__: found if name == "_atproto.ann.example" else [])
    assert serving().did("Ann.Example") == ANN
    found.append(Text(f"did={BOB}".encode()))  # two do not count
    with pytest.raises(NotFound):
        serving().did("ann.example")


def test_documents_of_the_web() -> None:
    document = {"id": "did:web:ann.example%3A8080", "verificationMethod": [KEY], "service": [SERVER]}
    identities = serving(**{"ann.example:8080/.well-known/did.json": document})
    assert identities.pds("did:web:ann.example%3A8080") == "https://pds.example"
    assert identities.signing_key("did:web:ann.example%3A8080").public.curve.name == "secp256k1"


def test_a_document_is_fetched_once() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"id": ANN})

    identities = Identities(httpx.Client(transport=httpx.MockTransport(answer)), "https://plc.example/")
    for _ in range(3):
        identities.document(ANN)
    identities.forget(ANN)
    identities.document(ANN)
    assert asked == [f"https://plc.example/{ANN}"] * 2


def test_an_identity_that_was_given_up_has_nothing() -> None:
    identities = serving(**{"plc.example": 410})
    assert (identities.pds(ANN), identities.handle(ANN)) == ("", "")


@pytest.mark.parametrize(
    "did", ["", "ann", "did:plc:short", "did:web:a.example:path", "did:key:zQ3", f"{ANN}/../x", "did:web:a%2Fb", "did:web:<b>"]
)
def test_what_is_no_identity(did: str) -> None:
    with pytest.raises(InputError):
        serving().document(did)


@pytest.mark.parametrize(
    "handle", ["", "ann", "ann.", ".example", "-.example", "ann.1", "a" * 64 + ".example", "a." * 150 + "example", "ann.example/x"]
)
def test_what_is_no_handle(handle: str) -> None:
    with pytest.raises(InputError, match="is not a handle"):
        serving().did(handle)


@pytest.mark.parametrize("document", [{"id": BOB}, {"id": 5}, {}, {"id": ANN, "service": 5}])
def test_a_document_that_is_none(document: Any) -> None:
    with pytest.raises(InputError):
        serving(**{"plc.example": document}).document(ANN)


@pytest.mark.parametrize("answer", ["not json", "[]", 500, 429, "x" * 6_000_000])
def test_a_directory_that_makes_no_sense(answer: Any) -> None:
    with pytest.raises(NetworkUnavailable):
        serving(**{"plc.example": answer}).document(ANN)


@pytest.mark.parametrize("key", [{}, KEY | {"id": "#other"}, KEY | {"publicKeyMultibase": "z"}])
def test_a_document_without_a_usable_key(key: dict[str, str]) -> None:
    document = {"id": ANN, "verificationMethod": [key] if key else [], "service": [SERVER | {"serviceEndpoint": "ftp://x"}]}
    identities = serving(**{"plc.example": document})
    assert identities.pds(ANN) == ""
    with pytest.raises(InputError):
        identities.signing_key(ANN)


# Profiles.


def test_profiles_from_the_accounts_own_server(atproto: AtProto, http: httpx.Client) -> None:
    ann, bob = atproto.account("ann"), atproto.account("bob")
    record = {"$type": "app.bsky.actor.profile", "displayName": "Ann", "description": "Birds"}
    ann.client.com.atproto.repo.put_record({"repo": ann.did, "collection": "app.bsky.actor.profile", "rkey": "self", "record": record})
    profiles = Profiles(http, Identities(http, atproto.plc_url, [atproto.pds_url]))
    told = [event.account for event in profiles.of([ann.did, "did:plc:nobody", bob.did])]
    assert [(each.id, each.handle, each.name, each.bio) for each in told] == [
        (ann.did, ann.handle, "Ann", "Birds"),
        (bob.did, bob.handle, "", ""),
    ]


def test_profiles_from_an_appview_come_25_at_a_time() -> None:
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        actors = request.url.params.get_list("actors")
        asked.append(len(actors))
        seen = [{"did": did, "handle": "ann.example", "displayName": f"{did[-1]}\0"} for did in actors]
        return httpx.Response(200, json={"profiles": [*seen, {"did": "did:plc:other", "handle": "x"}, 5, {"did": 5}]})

    http = httpx.Client(transport=httpx.MockTransport(answer))
    told = list(Profiles(http, Identities(http, ""), "https://view.example").of([f"did:plc:{number:024}" for number in range(60)]))
    assert (asked, len(told)) == ([25, 25, 10], 60)
    assert (told[7].account.handle, told[7].account.name, told[7].told) == ("ann.example", "7", {"handle", "name", "bio"})


def test_a_handle_that_an_appview_could_not_prove_is_not_shown() -> None:
    http = client(**{"getProfiles": {"profiles": [{"did": ANN, "handle": "handle.invalid"}]}})
    (event,) = Profiles(http, Identities(http, ""), "https://view.example").of([ANN])
    assert event.account.handle == ANN


def test_an_appview_that_is_away() -> None:
    for answer in (400, 500, {"profiles": 5}):
        http = client(**{"getProfiles": answer})
        with pytest.raises(NetworkUnavailable):
            list(Profiles(http, Identities(http, ""), "https://view.example").of([ANN]))
