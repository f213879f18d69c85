"""Signing in with an identity of AT Protocol, against a real PDS and its own OAuth server, whose pages a real Chromium walks through.

Servers that are up to no good are played by a stranger beside it. It stands with the tests of pages: where a browser has been driven, nothing runs an event
loop of its own any more.
"""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

import at_network
from api.conftest import HERE
from api.test_signin import ELSEWHERE, browser_of, finish
from at_network import AtProto, Person
from conftest import free_port
from oscine.api.limits import Buckets
from oscine.api.routes import signin as routes
from oscine.app import App
from oscine.errors import InputError, NotAllowed
from oscine.safety import outbound
from oscine.signin.atproto import DOCUMENTS, REQUIRED
from oscine.store.sessions import Session
from signing_in import Stranger, allow_at_pds, begin, certificate, say, serving

BLUESKY = "bluesky"
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]
ENDS = ("authorization", "token", "pushed_authorization_request", "revocation")
pytest.importorskip("playwright.sync_api")


@pytest.fixture
def people(app: App, atproto: AtProto, monkeypatch: pytest.MonkeyPatch) -> App:
    """An app where people of that network sign in; whoever answers slowly is given up after a second."""
    monkeypatch.setattr(routes, "TRIES", Buckets(1_000_000))
    settings = app.settings
    settings.sign_in, settings.connect_networks = frozenset({BLUESKY}), frozenset(map(str, LOOPBACK))
    settings.plc_url, settings.bluesky_server, settings.bluesky_view = atproto.plc_url, atproto.pds_url, ""
    settings.requests_per_minute = 1_000_000
    return app


@pytest.fixture
def browser(people: App) -> TestClient:
    return browser_of(people)


def way(page: Any, address: str, home: str = HERE) -> dict[str, str]:
    """To the PDS, in at its pages, and back; what it put into the address."""
    page.goto(address)
    with page.expect_request(home + "/sign-in/bluesky**") as back:
        allow_at_pds(page)
    return dict(parse_qsl(urlsplit(back.value.url).query))


def sign_in(browser: TestClient, page: Any, who: str, **asked: Any) -> dict[str, Any]:
    """All of it; what we are told of the person."""
    reply = finish(browser, BLUESKY, **way(page, begin(browser, BLUESKY, who=who, **asked)))
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def test_a_person_signs_in_and_gives_nothing_but_their_name(browser: TestClient, people: App, atproto: AtProto, page: Any) -> None:
    ann = atproto.account("ann")
    me = sign_in(browser, page, "@" + ann.handle.upper())
    assert (me["network"], me["account"], me["handle"], me["may_post"]) == (BLUESKY, ann.did, ann.handle, False)
    assert browser.get("/v1/sign-in").json()["me"] == me
    refused = browser.post("/v1/me/posts", json={"text": "x", "confirmed": True, "once": "12345678"})
    assert (refused.status_code, refused.json()["error"]["message"]) == (403, "You signed in without letting us post.")


def test_a_person_posts_as_themselves_once(browser: TestClient, people: App, atproto: AtProto, page: Any) -> None:
    ann = atproto.account("ann")
    assert sign_in(browser, page, ann.did, post=True)["may_post"] is True
    draft = {"text": "A heron at https://reeds.example/heron.", "confirmed": True, "once": "draft-0001", "generated": True, "lang": "en"}
    told = [browser.post("/v1/me/posts", json=draft) for _ in range(2)]
    assert [reply.status_code for reply in told] == [201, 201] and told[0].json() == told[1].json()
    [written] = records(ann)
    assert (written.uri, written.value.text, written.value.langs) == (told[0].json()["id"], draft["text"], ["en"])
    assert [label.val for label in written.value.labels.values] == ["bot"], "Bluesky's mark of what a machine wrote"
    assert [feature.uri for facet in written.value.facets for feature in facet.features] == ["https://reeds.example/heron"]
    unconfirmed = [
        browser.post("/v1/me/posts", json=draft | {"once": "draft-0002"} | more) for more in ({"confirmed": False}, {"text": " "})
    ]
    elsewhere = [browser.post("/v1/me/posts", json=draft | {"once": "draft-0003"}, headers={"Origin": origin}) for origin in ELSEWHERE]
    assert {reply.status_code for reply in unconfirmed} == {400} and {reply.status_code for reply in elsewhere} == {403}
    assert len(records(ann)) == 1


def test_a_token_that_is_spent_is_renewed_once_whoever_asks(browser: TestClient, people: App, atproto: AtProto, page: Any) -> None:
    ann = atproto.account("ann")
    sign_in(browser, page, ann.handle, post=True)
    renewed: list[str] = []
    people._at_servers.event_hooks["request"] = [
        lambda request: renewed.append(request.url.path) if request.url.path == "/oauth/token" else None
    ]
    spoil(people, browser)
    bodies = [{"text": f"Post {n}.", "confirmed": True, "once": f"draft-{n:04}"} for n in range(4)]
    with ThreadPoolExecutor(4) as several:
        told = list(several.map(lambda body: browser.post("/v1/me/posts", json=body).status_code, bodies))
    assert told == [201] * 4 and sorted(record.value.text for record in records(ann)) == [body["text"] for body in bodies]
    assert len(renewed) == 2, "once, and once more with the nonce that the server wants"
    before = session(people, browser)
    held = people.sign_in.credentials(before)
    browser.delete("/v1/sessions")
    with pytest.raises(InputError, match="refuses"):
        apart(people._bluesky.renew, held)
    with pytest.raises(NotAllowed, match="You have signed out"):
        people.sign_in.renew(before, lambda held: held)


def test_whoever_takes_their_leave_back_at_their_server_is_told(browser: TestClient, people: App, atproto: AtProto, page: Any) -> None:
    ann = atproto.account("ann")
    sign_in(browser, page, ann.handle, post=True)
    apart(people._bluesky.leave, people.sign_in.credentials(session(people, browser)))
    told = browser.post("/v1/me/posts", json={"text": "x", "confirmed": True, "once": "12345678"}).json()["error"]
    assert (told["code"], told["fix"]) == ("bad_input", "Sign in again.") and records(ann) == []


def test_an_answer_of_another_server_or_of_yesterday_opens_nothing(browser: TestClient, people: App, atproto: AtProto, page: Any) -> None:
    """Issuer mix-up (RFC 9207), and a code that is replayed: what a browser comes back with is used up by the first try."""
    ann = atproto.account("ann")
    back = way(page, begin(browser, BLUESKY, who=ann.handle))
    told = [finish(browser, BLUESKY, **back | {"iss": "https://evil.example"}), finish(browser, BLUESKY, **back)]
    assert [reply.status_code for reply in told] == [400, 400]
    assert told[0].json()["error"]["message"] == "The answer is not from the server that you were sent to."


def apart(call: Callable[..., Any], *given: Any) -> Any:
    """A call in a thread of its own, as the server makes them: the browser's driver has an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call, *given).result()


def records(person: Person) -> list[Any]:
    """The posts in an account's repository."""
    return list(person.client.com.atproto.repo.list_records({"repo": person.did, "collection": "app.bsky.feed.post"}).records)


def session(people: App, browser: TestClient) -> Session:
    """The session of a browser."""
    found = people.sign_in.session(browser.cookies["oscine-session"])
    assert found
    return found


def spoil(people: App, browser: TestClient) -> None:
    """Make an access token one that its server does not take, as time does."""
    people.sign_in.renew(session(people, browser), lambda held: held | {"access": held["access"][:-6] + "AAAAAA"})


PUBLIC = "club.oscine.social"  # the PDS reads nothing at names that are kept for examples
LOOKUP = """
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
const real = dns.lookup
dns.lookup = (name, options, done) => real(name === '%s' ? '127.0.0.1' : name, options, done)
syncBuiltinESMExports()
"""


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AtProto]:
    """A network that finds our public name on this computer, and trusts its certificate."""
    certificate(tmp_path, PUBLIC)
    (tmp_path / "lookup.mjs").write_text(LOOKUP % PUBLIC)
    monkeypatch.setenv("NODE_OPTIONS", f"--import {tmp_path / 'lookup.mjs'}")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(tmp_path / "cert.pem"))
    with at_network.running() as made:
        yield made


def test_a_server_with_a_public_address_shows_who_it_is(people: App, network: AtProto, page: Any, tmp_path: Path) -> None:
    """A confidential client: the PDS reads our metadata and our key by https, and believes what we sign."""
    port, settings = free_port(), people.settings
    home = f"https://{PUBLIC}:{port}"
    settings.public_url, settings.plc_url, settings.bluesky_server = home, network.plc_url, network.pds_url
    ann, browser = network.account("ann"), browser_of(people, home, "192.0.2.7")
    with serving(people, port, ssl_certfile=str(tmp_path / "cert.pem"), ssl_keyfile=str(tmp_path / "key.pem")):
        address = begin(browser, BLUESKY, who=ann.handle, post=True)
        assert dict(parse_qsl(urlsplit(address).query))["client_id"] == f"{home}/oauth-client-metadata.json"
        me = finish(browser, BLUESKY, **way(page, address, home)).json()
        assert (me["account"], me["may_post"]) == (ann.did, True)
        written = browser.post("/v1/me/posts", json={"text": "A heron.", "confirmed": True, "once": "draft-0001"})
        assert written.status_code == 201, written.text
        told = browser.get("/oauth/jwks.json").json()["keys"]
        assert [set(key) for key in told] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}], "and nothing of the private part"


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    made = Stranger()
    yield made
    made.close()


def document(stranger: Stranger, pds: Any, **more: Any) -> dict[str, Any]:
    return {"id": stranger.did, "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds}], **more}


def well_behaved(stranger: Stranger) -> None:
    """Make the stranger a server of AT Protocol that signs people in, as far as papers go."""
    metadata = {"issuer": stranger.url, "code_challenge_methods_supported": ["S256"], "dpop_signing_alg_values_supported": ["ES256"],
                "scopes_supported": ["atproto"], **dict.fromkeys(REQUIRED, True),
                **{f"{name}_endpoint": f"{stranger.url}/{name}" for name in ENDS}}  # fmt: skip
    stranger.answers |= {
        "/.well-known/did.json": document(stranger, stranger.url), DOCUMENTS[0]: {"authorization_servers": [stranger.url]}, DOCUMENTS[1]: metadata,
        "/pushed_authorization_request": {"request_uri": "urn:x"},
    }  # fmt: skip


def test_a_token_for_somebody_else_signs_nobody_in(browser: TestClient, people: App, stranger: Stranger, atproto: AtProto) -> None:
    """Whoever runs a server may say that anybody signed in there: what counts is whether that person's identity names it."""
    victim = atproto.account("victim")
    for sub, status in ((victim.did, 400), (stranger.did, 200)):
        well_behaved(stranger)
        stranger.answers["/token"] = {"access_token": "x", "refresh_token": "y", "token_type": "DPoP", "scope": "atproto", "sub": sub}
        address = begin(browser, BLUESKY, who=stranger.did)
        state = dict(parse_qsl(stranger.bodies["/pushed_authorization_request"]))["state"]
        assert address.startswith(stranger.url + "/authorization?") and state not in address, "what is asked for is not in the address"
        told = finish(browser, BLUESKY, state=state, code="x", iss=stranger.url)
        assert told.status_code == status, told.text
        assert "/revocation" in stranger.asked, "the tokens were given back"
        stranger.asked.clear()
    assert told.json()["account"] == stranger.did


PRIVATE = ["http://169.254.169.254", "https://169.254.169.254", "https://10.0.0.1", "https://[::ffff:10.0.0.1]", "http://example.org", "file:///etc/passwd",
           "https://user:pw@example.org", "gopher://x", "", 7, None, ["http://x"], "https://" + "x" * 3_000]  # fmt: skip


def test_nobody_is_led_inside_by_what_a_stranger_writes(browser: TestClient, stranger: Stranger) -> None:
    """Server-side request forgery by way of an identity, of a server's documents, of where they say to ask."""
    well_behaved(stranger)
    assert begin(browser, BLUESKY, who=stranger.did).startswith(stranger.url)
    told = []
    for place in PRIVATE:
        stranger.answers["/.well-known/did.json"] = document(stranger, place)
        told.append(browser.post("/v1/sign-in", json={"network": BLUESKY, "who": stranger.did}))
    stranger.answers["/.well-known/did.json"] = document(stranger, stranger.url)
    for place in PRIVATE:
        stranger.answers[DOCUMENTS[0]] = {"authorization_servers": [place]}
        told.append(browser.post("/v1/sign-in", json={"network": BLUESKY, "who": stranger.did}))
    for end in ("pushed_authorization_request", "authorization", "token"):
        for place in PRIVATE:
            well_behaved(stranger)
            stranger.answers[DOCUMENTS[1]][f"{end}_endpoint"] = place
            reply = browser.post("/v1/sign-in", json={"network": BLUESKY, "who": stranger.did})
            if end == "pushed_authorization_request" or not str(place).startswith("https://"):
                told.append(reply)
    assert {reply.status_code for reply in told} <= {400, 404, 503}
    assert not any("Traceback" in reply.text for reply in told)


WHO = ["", "@", "nobody.test", "ann@mastodon.example", "did:web:10.0.0.1", "did:web:localhost:80", "did:plc:x", "did:key:zQ3", "https://evil.example",
       "169.254.169.254", "localhost", "x" * 300, "did:web:" + "a." * 120 + "a", "a\x00b.test", "ünï.test"]  # fmt: skip


def test_who_is_nobody_is_told_so(browser: TestClient) -> None:
    told = [browser.post("/v1/sign-in", json={"network": BLUESKY, "who": who}) for who in WHO]
    assert {reply.status_code for reply in told} <= {400, 404, 503}, [(who, reply.text) for who, reply in zip(WHO, told, strict=True)]
    assert all(reply.json()["error"]["fix"] for reply in told)


def test_a_handle_counts_only_where_its_account_says_so_too(browser: TestClient, people: App, stranger: Stranger, atproto: AtProto) -> None:
    """Somebody's name server may say that a handle is another's: that other does not say so."""
    ann = atproto.account("ann")
    stranger.answers["/xrpc/com.atproto.identity.resolveHandle"] = {"did": ann.did}
    people.settings.bluesky_server = stranger.url
    for name in ("identities", "sign_in", "_bluesky"):
        people.__dict__.pop(name, None)
    told = browser.post("/v1/sign-in", json={"network": BLUESKY, "who": "impostor.test"}).json()["error"]
    assert told["message"] == f"{ann.did} does not say that it is @impostor.test."


def drip(handler: Any) -> None:
    """A reply that never ends, a byte at a time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    with contextlib.suppress(OSError):
        for _ in range(100):
            handler.wfile.write(b"X-Slow: 1\r\n")
            time.sleep(0.1)


def flood(handler: Any) -> None:
    say(handler, {"issuer": "x" * 1_000_000})


def bomb(handler: Any) -> None:
    body = gzip.compress(b" " * 50_000_000)
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


ODD: list[Any] = [drip, flood, bomb, [], "text", {"authorization_servers": []}, {"authorization_servers": ["https://a.example", "https://b.example"]}, {},
                  {"issuer": "https://evil.example"}, lambda handler: say(handler, {}, 302, Location="http://169.254.169.254/"),
                  lambda handler: say(handler, {}, 500), lambda handler: say(handler, {}, 429, Retry_After="99999999999"),
                  lambda handler: handler.wfile.write(b"nonsense"), None]  # fmt: skip


def test_odd_answers_are_refused_in_time(browser: TestClient, people: App, stranger: Stranger) -> None:
    people.__dict__["_at_servers"] = outbound.brief(LOOPBACK, seconds=0.5)
    for path in ("/.well-known/did.json", *DOCUMENTS, "/pushed_authorization_request"):
        for answer in ODD:
            well_behaved(stranger)
            stranger.answers[path] = answer
            told = browser.post("/v1/sign-in", json={"network": BLUESKY, "who": stranger.did})
            assert told.status_code in (400, 404, 413, 429, 503), (path, answer, told.text)
            assert int(told.headers.get("retry-after", 0)) <= 3_600
