"""Signing in with a Mastodon server: what a session opens, what ends it, and who tries to get in another way."""

from __future__ import annotations

import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from starlette.testclient import TestClient

import fediverse
import signing_in
from api.conftest import HERE, MakeKey, client_of, path_of
from oscine.api.limits import Buckets
from oscine.api.routes import signin as routes
from oscine.app import App
from oscine.errors import SetupError
from oscine.ingest import Events
from oscine.records import Account, AccountChanged, AccountDeleted
from oscine.signin.desk import Begun, Callback
from oscine.signin.offer import Identity, Offer, Returned
from signing_in import allow, begin, sign_in

Write = Callable[..., Any]
LOOPBACK = "127.0.0.0/8"


@pytest.fixture(scope="module")
def mastodon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with signing_in.mastodon(tmp_path_factory.mktemp("mastodon")) as host:
        yield host


@pytest.fixture(autouse=True)
def _as_often_as_one_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "TRIES", Buckets(1_000_000))


@pytest.fixture
def people(app: App, mastodon: str) -> App:
    """An app where people sign in from that server."""
    app.settings.sign_in, app.settings.connect_networks = frozenset({mastodon}), frozenset({LOOPBACK})
    app.settings.requests_per_minute = 1_000_000
    return app


def browser_of(app: App, home: str = HERE, address: str = "127.0.0.1") -> TestClient:
    """A browser on our pages: it keeps cookies, and says where its calls come from."""
    browser = client_of(app, home, address)
    browser.headers["Origin"] = home
    return browser


@pytest.fixture
def browser(people: App) -> TestClient:
    return browser_of(people)


@pytest.fixture
def public(people: App) -> TestClient:
    """A browser elsewhere, on a server that has a public address."""
    people.settings.public_url = "https://oscine.example"
    return browser_of(people, "https://oscine.example", "192.0.2.7")


def test_a_person_signs_in_and_out(public: TestClient, people: App, mastodon: str) -> None:
    nobody = public.get("/v1/sign-in").json()
    me = sign_in(public, mastodon, "ann")
    told = public.get("/v1/sign-in").json()
    found = public.get("/v1/search").status_code
    [session] = public.get("/v1/sessions").json()["sessions"]
    ended = public.delete(f"/v1/sessions/{session['id']}")
    assert nobody == {"networks": [mastodon], "me": None}
    assert (me["network"], me["account"], me["handle"], me["may_post"]) == (mastodon, f"ann@{mastodon}", f"ann@{mastodon}", False)
    assert (told["me"], found, session["this"], ended.json()) == (me, 200, True, {"ended": 1})
    assert public.get("/v1/search").status_code == 401 and public.get("/v1/sign-in").json() == nobody


def test_the_cookie_is_for_this_host_and_no_script(public: TestClient, browser: TestClient, mastodon: str) -> None:
    def kept(who: TestClient) -> str:
        reply = who.post("/v1/sign-in/finish", json={"network": mastodon, **allow(begin(who, mastodon), "ann")})
        return next(value for value in reply.headers.get_list("set-cookie") if "session=" in value)

    behind_https = kept(public)
    assert behind_https.startswith("__Host-oscine-session=")
    assert {"HttpOnly", "SameSite=lax", "Secure", "Path=/", "Max-Age=2592000"} <= {part.strip() for part in behind_https.split(";")}
    assert "Domain" not in behind_https
    browser.app.state.oscine.settings.public_url = ""  # type: ignore[attr-defined]
    on_loopback = kept(browser)
    assert on_loopback.startswith("oscine-session=") and "HttpOnly" in on_loopback and "Secure" not in on_loopback


def test_what_is_stored_opens_nothing(public: TestClient, people: App, mastodon: str) -> None:
    sign_in(public, mastodon, "ann", post=True)
    token = public.cookies["__Host-oscine-session"]
    [row] = people.database.rows("SELECT * FROM sessions")
    written = repr(row) + repr(people.database.rows("SELECT * FROM network_apps"))
    key = people.settings.data / "sign-in.key"
    assert token not in written and row["hash"].hex() not in token
    assert not any(word in bytes(row["kept"]) for word in (b"ann", b"token", b"handle"))
    assert (stat.S_IMODE(key.stat().st_mode), len(key.read_bytes())) == (0o600, 32)
    assert people.database.one("SELECT count(*) AS n FROM sign_ins") == {"n": 0}


def test_what_is_sealed_for_one_session_does_not_open_in_another(people: App, public: TestClient, mastodon: str) -> None:
    """Whoever can write into the database cannot post as somebody by way of their own session."""
    sign_in(public, mastodon, "ann", post=True)
    thief = browser_of(people, "https://oscine.example", "192.0.2.8")
    sign_in(thief, mastodon, "bo")
    people.database.execute("UPDATE sessions SET kept = (SELECT kept FROM sessions WHERE account LIKE 'ann%%') WHERE account LIKE 'bo%%'")
    assert thief.get("/v1/me").json()["error"]["message"] == "Nobody is signed in in this browser."
    assert public.get("/v1/sign-in").json()["me"]["may_post"] is True
    people.database.execute("UPDATE sessions SET account = (SELECT min(account) FROM sessions)")
    assert thief.get("/v1/me").status_code == 403


def test_without_its_key_everybody_signs_in_again(people: App, public: TestClient, mastodon: str) -> None:
    """A backup of the database that was restored without the file beside it."""
    sign_in(public, mastodon, "ann", post=True)
    (people.settings.data / "sign-in.key").unlink()
    for name in ("sign_in", "_vault", "_apps", "_bluesky"):
        people.__dict__.pop(name, None)
    assert public.get("/v1/sign-in").json()["me"] is None
    assert public.get("/v1/search").status_code == 401
    assert sign_in(public, mastodon, "ann", post=True)["may_post"] is True


def test_secrets_are_in_no_repr() -> None:
    told = [Begun("https://x.example/?state=secret", "secret"), Callback("secret", "secret", "secret"), Offer("secret", {"verifier": "secret"}),
            Returned("secret"), Identity("ann", "ann", "x", {"token": "secret"})]  # fmt: skip
    assert "secret" not in repr(told)


@pytest.mark.parametrize("name", ["mastodon.example/x", "a b", "user@host", "host:port", "gopher://host", "_"])
def test_a_network_that_is_none_is_told_of_at_the_start(app: App, name: str) -> None:
    app.settings.sign_in = frozenset({name})
    with pytest.raises(SetupError, match="is no server"):
        _ = app.sign_in


def test_a_cookie_that_was_stolen_ends_with_its_session(people: App, public: TestClient, mastodon: str) -> None:
    sign_in(public, mastodon, "ann")
    thief = browser_of(people, "https://oscine.example", "192.0.2.8")
    thief.cookies = public.cookies
    before = thief.get("/v1/search").status_code
    public.delete("/v1/sessions")
    assert (before, thief.get("/v1/search").status_code, thief.get("/v1/me").status_code) == (200, 401, 403)


def test_a_session_ends_with_its_time_and_with_its_network(people: App, public: TestClient, mastodon: str) -> None:
    sign_in(public, mastodon, "ann")
    people.settings.sign_in = frozenset()
    people.__dict__.pop("sign_in")
    without = public.get("/v1/search").status_code
    people.settings.sign_in = frozenset({mastodon})
    people.__dict__.pop("sign_in")
    again = public.get("/v1/search").status_code
    people.database.execute("UPDATE sessions SET expires_at = now()")
    assert (without, again, public.get("/v1/search").status_code) == (401, 200, 401)
    people.sessions.forget()
    assert people.database.rows("SELECT FROM sessions") == []


ELSEWHERE = [
    "https://evil.example",
    "null",
    "http://oscine.example",
    "https://oscine.example:444",
    "https://oscine.example.evil.example",
    "",
]


def test_another_site_does_nothing_in_my_name(public: TestClient, mastodon: str) -> None:
    sign_in(public, mastodon, "ann")
    calls = [("POST", "/v1/me/consent", {"training": "allow"}), ("DELETE", "/v1/sessions", None), ("POST", "/v1/saved", {"name": "x", "query": "x"}),
             ("POST", "/v1/sign-in", {"network": mastodon}), ("POST", "/v1/sign-in/finish", {"network": mastodon, "state": "x"})]  # fmt: skip
    told = [public.request(method, path, json=body, headers={"Origin": origin}) for method, path, body in calls for origin in ELSEWHERE]
    assert {reply.status_code for reply in told} == {403}
    assert told[0].json()["error"]["message"] == "This call does not come from this server's own pages."
    assert public.get("/v1/me").json()["choices"]["training"] == "unset"


def test_a_page_that_was_opened_by_no_page_reads(public: TestClient, mastodon: str) -> None:
    sign_in(public, mastodon, "ann")
    del public.headers["Origin"]
    assert public.get("/v1/search").status_code == 200
    assert public.post("/v1/me/consent", json={"training": "allow"}).status_code == 403


def finish(browser: TestClient, network: str, **back: str) -> httpx.Response:
    reply: httpx.Response = browser.post("/v1/sign-in/finish", json={"network": network, **back})
    return reply


def test_a_sign_in_belongs_to_the_browser_that_began_it(people: App, public: TestClient, mastodon: str) -> None:
    """Somebody who makes another open the address that they came back to signs nobody in (login CSRF), nor does one who stole it."""
    attacker, victim = public, browser_of(people, "https://oscine.example", "192.0.2.8")
    back = allow(begin(attacker, mastodon), "bo")
    without = finish(victim, mastodon, **back)
    begin(victim, mastodon)
    other = finish(victim, mastodon, **allow(begin(attacker, mastodon), "bo"))
    assert [without.status_code, other.status_code] == [400, 400]
    assert other.json()["error"]["message"] == "This sign-in was begun in another browser, or for another network."
    assert victim.get("/v1/sign-in").json()["me"] is None


def test_a_sign_in_is_good_once_and_for_ten_minutes(people: App, public: TestClient, mastodon: str) -> None:
    back = allow(begin(public, mastodon), "ann")
    held = dict(public.cookies)
    first = finish(public, mastodon, **back)
    public.cookies.update(held)
    replayed = finish(public, mastodon, **back)
    late = allow(begin(public, mastodon), "ann")
    people.database.execute("UPDATE sign_ins SET expires_at = now()")
    told = [first, replayed, finish(public, mastodon, **late), finish(public, mastodon, state="made-up", code=back["code"])]
    assert [reply.status_code for reply in told] == [200, 400, 400, 400]
    assert {reply.json()["error"]["message"] for reply in told[1:]} == {"This sign-in is not known here, or not any more."}
    for _ in range(3):
        begin(public, mastodon)
        people.database.execute("UPDATE sign_ins SET expires_at = now()")
    assert people.database.one("SELECT count(*) AS n FROM sign_ins") == {"n": 1}, "nobody fills the table with sign-ins that come to nothing"


def test_a_code_of_one_network_is_no_code_of_another(people: App, public: TestClient, mastodon: str) -> None:
    """Mix-up (RFC 9700, section 4.4): the state was for one server, the browser came back from another."""
    people.settings.sign_in = frozenset({mastodon, "other.example"})
    people.__dict__.pop("sign_in", None)
    back = allow(begin(public, mastodon), "ann")
    told = finish(public, "other.example", **back).json()["error"]["message"]
    assert told == "This sign-in was begun in another browser, or for another network."
    assert finish(public, mastodon, **back).status_code == 400, "and it is used up"


def test_a_network_says_no(public: TestClient, mastodon: str) -> None:
    state = allow(begin(public, mastodon), "ann")["state"]
    denied = finish(public, mastodon, state=state, error="access_denied")
    state = allow(begin(public, mastodon), "ann")["state"]
    wrong = finish(public, mastodon, state=state, code="not-a-code")
    assert [denied.status_code, wrong.status_code] == [400, 400]
    assert denied.json()["error"]["message"] == "Your network did not let you in here, or you chose not to."
    assert wrong.json()["error"]["message"] == f"{mastodon} refuses: invalid_grant."


@pytest.mark.parametrize("network", ["other.example", "", "bluesky", "127.0.0.1", "http://evil.example/", "169.254.169.254", "x" * 301])
def test_only_the_operators_networks_are_called(public: TestClient, network: str) -> None:
    assert public.post("/v1/sign-in", json={"network": network}).status_code in (400, 403)


def test_nobody_is_sent_back_elsewhere(people: App, browser: TestClient, mastodon: str) -> None:
    """Where people come back to is our address, whatever the call says it is; nothing in a call names another."""
    told = browser_of(people, "http://evil.example").post("/v1/sign-in", json={"network": mastodon})
    assert (told.status_code, told.json()["error"]["fix"]) == (500, "Set OSCINE_PUBLIC_URL.")
    assert f"redirect_uri=http%3A%2F%2F127.0.0.1%3A8420%2Fsign-in%2F{mastodon.replace(':', '%3A')}&" in begin(browser, mastodon)
    for more in ({"redirect": "https://evil.example"}, {"back": "//evil.example"}):
        assert browser.post("/v1/sign-in", json={"network": mastodon, **more}).status_code == 400


def test_rights_are_as_few_as_can_be_and_what_is_not_needed_is_given_back(people: App, public: TestClient, mastodon: str) -> None:
    called: list[str] = []
    people._at_servers.event_hooks["request"] = [lambda request: called.append(request.url.path)]
    narrow = begin(public, mastodon)
    sign_in(public, mastodon, "ann")
    assert "&scope=read%3Aaccounts&" in narrow and "code_challenge_method=S256" in narrow
    assert called.count("/oauth/revoke") == 1
    wide = begin(public, mastodon, post=True)
    assert "&scope=read%3Aaccounts+write%3Astatuses&" in wide
    assert sign_in(public, mastodon, "ann", post=True)["may_post"] is True
    assert called.count("/oauth/revoke") == 1, "the token to post with is kept"
    public.delete("/v1/sessions")
    assert called.count("/oauth/revoke") == 2, "until the person signs out"
    assert called.count("/api/v1/apps") == 1


def test_a_webhook_wants_a_key(public: TestClient, mastodon: str) -> None:
    sign_in(public, mastodon, "ann")
    plain = public.post("/v1/saved", json={"name": "x", "query": "x"}).status_code
    told = public.post("/v1/saved", json={"name": "y", "query": "y", "webhook": "https://hooks.example/y"})
    assert (plain, told.status_code, told.json()["error"]["message"]) == (201, 403, "A webhook goes with a key, and ends with it.")


def test_signing_in_again_ends_the_session_before(people: App, public: TestClient, mastodon: str) -> None:
    sign_in(public, mastodon, "ann")
    sign_in(public, mastodon, "bo")
    assert [row["account"] for row in people.database.rows("SELECT account FROM sessions")] == [f"bo@{mastodon}"]


def test_sessions_are_ones_own(people: App, public: TestClient, mastodon: str) -> None:
    phone, eve = (browser_of(people, "https://oscine.example", f"192.0.2.{n}") for n in (8, 9))
    for who, name in ((public, "ann"), (phone, "ann"), (eve, "bo")):
        sign_in(who, mastodon, name)
    seen = [[each["this"] for each in who.get("/v1/sessions").json()["sessions"]] for who in (public, phone, eve)]
    of_phone = next(each["id"] for each in phone.get("/v1/sessions").json()["sessions"] if each["this"])
    told = [eve.delete(f"/v1/sessions/{of_phone}").status_code, public.delete(f"/v1/sessions/{of_phone}").status_code]
    assert (seen, told) == ([[False, True], [True, False], [True]], [404, 200])
    assert [who.get("/v1/search").status_code for who in (public, phone, eve)] == [200, 401, 200]


def test_a_person_sees_what_they_may_see(people: App, public: TestClient, write: Write, mastodon: str) -> None:
    author = f"cleo@{mastodon}"
    write(
        {"id": "1", "network": mastodon, "author": author, "text": "The heron stands in the reeds.", "visibility": "followers"},
        {"relation": "follow", "actor": f"ann@{mastodon}", "target": author, "at": "2024-05-01T12:00:00Z", "network": mastodon},
    )
    stranger = browser_of(people, "https://oscine.example", "192.0.2.8")
    sign_in(public, mastodon, "ann")
    sign_in(stranger, mastodon, "bo")
    assert [who.get(path_of("1")).status_code for who in (public, stranger)] == [200, 404]
    assert [len(who.get("/v1/search", params={"q": "heron"}).json()["posts"]) for who in (public, stranger)] == [1, 0]


def test_a_person_has_no_more_rights_than_to_read_and_ask(public: TestClient, mastodon: str) -> None:
    sign_in(public, mastodon, "ann")
    refused = [
        ("POST", "/v1/posts"),
        ("DELETE", "/v1/posts/1"),
        ("GET", "/v1/ads/campaigns"),
        ("GET", "/v1/ads/refusals"),
        ("POST", "/v1/ads/decide"),
    ]
    assert {public.request(method, path, json={}).status_code for method, path in refused} == {403}
    named = public.get("/v1/search", headers={"Oscine-Viewer": f"{mastodon}/bo@{mastodon}"})
    assert (named.status_code, named.json()["error"]["message"]) == (403, "Only an admin key may name another viewer.")


def test_the_person_at_this_computer_stays_one_and_sees_as_themselves(
    people: App, browser: TestClient, mastodon: str, write: Write
) -> None:
    write({"id": "1", "network": mastodon, "author": f"ann@{mastodon}", "text": "Mine alone.", "visibility": "direct"})
    before = browser.get(path_of("1")).status_code
    sign_in(browser, mastodon, "ann")
    assert (before, browser.get(path_of("1")).status_code, browser.get("/v1/ads/refusals").status_code) == (404, 200, 200)


def test_a_key_is_no_session_and_comes_first(public: TestClient, key: MakeKey, mastodon: str) -> None:
    headers = key("read", viewer=f"{mastodon}/ann@{mastodon}")
    assert public.get("/v1/sessions", headers=headers).json()["error"]["message"] == "Nobody is signed in in this browser."
    sign_in(public, mastodon, "ann")
    assert public.get("/v1/search", headers=headers | {"Authorization": "Bearer osc_0_x"}).status_code == 401


@pytest.mark.parametrize("cookie", ["x", "x" * 5_000, "ünï", "' OR true --", ""])
def test_a_made_up_cookie_opens_nothing(public: TestClient, cookie: str) -> None:
    header = f"__Host-oscine-session={cookie}; oscine-session={cookie}".encode()
    assert public.get("/v1/search", headers={b"Cookie": header}).status_code == 401


def test_a_persons_word_on_their_posts_counts_at_once(people: App, public: TestClient, write: Write, mastodon: str) -> None:
    write(
        {"id": "1", "network": mastodon, "author": f"ann@{mastodon}", "author_handle": f"ann@{mastodon}", "text": "A heron in the reeds."}
    )
    sign_in(public, mastodon, "ann")
    before = len(public.get("/v1/search", params={"q": "heron"}).json()["posts"])
    told = [
        public.post("/v1/me/consent", json=body).json()["consent"]
        for body in ({"training": "deny", "archive": "allow"}, {"searchable": False}, {"training": "unset"}, {})
    ]
    denied = {"training": "deny", "archive": "allow", "bulk": "unset", "searchable": True}
    hidden = denied | {"searchable": False}
    assert told == [denied, hidden, hidden | {"training": "unset"}, hidden | {"training": "unset"}]
    [row] = people.database.rows("SELECT handle, intents, intents_at IS NOT NULL AS dated FROM accounts")
    assert row == {"handle": f"ann@{mastodon}", "intents": {"training": "unset", "archive": "allow", "search": "deny"}, "dated": True}
    found = Account(id=f"ann@{mastodon}", network=mastodon, searchable=True)
    people.ingest(Events([AccountChanged(cursor=1, account=found, told=frozenset({"searchable"}))]))  # as the network would have it
    assert not public.get("/v1/me").json()["choices"]["searchable"]
    other = browser_of(people, "https://oscine.example", "192.0.2.8")
    sign_in(other, mastodon, "bo")
    assert (before, other.get("/v1/search", params={"q": "heron"}).json()["posts"]) == (1, [])
    assert public.post("/v1/me/consent", json={"training": "maybe"}).status_code == 400


def test_who_tries_too_often_waits(public: TestClient, mastodon: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "TRIES", Buckets(12))
    told = [public.post("/v1/sign-in", json={"network": mastodon}).status_code for _ in range(3)]
    assert told == [200, 200, 429]


def test_a_person_posts_as_themselves_with_a_token_that_reads_nothing(public: TestClient, mastodon: str) -> None:
    """Mastodon answers 403 where a token for writing looks at posts: what is sent twice is one post all the same."""
    forbidden = {
        "match": {"path": "/api/v1/accounts/*/statuses"},
        "effect": {"type": "status", "status": 403, "body": {"error": "outside the authorized scopes"}},
    }
    signing_in.WEB.post(f"http://{mastodon}/api/v1/_mock/faults", json=forbidden).raise_for_status()
    sign_in(public, mastodon, "bo", post=True)
    draft = {"text": "A heron at https://reeds.example/heron.", "confirmed": True, "once": "draft-0001"}
    try:
        told = [public.post("/v1/me/posts", json=draft) for _ in range(2)]
    finally:
        signing_in.WEB.delete(f"http://{mastodon}/api/v1/_mock/faults")
    assert [reply.status_code for reply in told] == [201, 201], told[0].text
    written = signing_in.WEB.get(f"http://{mastodon}/api/v1/statuses/{told[0].json()['id']}").json()
    assert (told[0].json(), written["account"]["username"]) == (told[1].json(), "bo")
    assert "https://reeds.example/heron" in written["content"]
    public.delete("/v1/sessions")
    assert public.post("/v1/me/posts", json=draft).status_code == 403


def test_a_real_server_of_another_make(people: App, browser: TestClient, tmp_path: Path) -> None:
    """snac: no metadata, scopes of its own mind, its own login page."""
    with fediverse.federating(tmp_path, "one.test") as network:
        server = network.servers["one.test"]
        adding = [fediverse.snac(), "adduser", str(server.folder), "ann"]
        made = subprocess.run(adding, stdin=subprocess.DEVNULL, text=True, check=True, capture_output=True)
        password = re.findall(r"password is (\S+)", made.stdout)[0]
        host = f"127.0.0.1:{server.port}"
        people.settings.sign_in = frozenset({host})
        people.__dict__.pop("sign_in", None)
        told = []
        for post in (True, False):
            page = signing_in.WEB.get(begin(browser, host, post=post)).text
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
            login = signing_in.WEB.post(f"http://{host}/oauth/x-snac-login", data={**hidden, "login": "ann", "passwd": password})
            told.append(finish(browser, host, **dict(parse_qsl(urlsplit(login.headers["location"]).query))).json())
            if post:
                written = browser.post("/v1/me/posts", json={"text": "A heron.", "confirmed": True, "once": "draft-0001"})
    assert [(me["account"], me["may_post"]) for me in told] == [(f"ann@{host}", True), (f"ann@{host}", False)]
    assert written.status_code == 201, written.text


def test_whoever_deletes_their_account_is_signed_out_everywhere(people: App, public: TestClient, write: Write, mastodon: str) -> None:
    sign_in(public, mastodon, "ann")
    people.ingest(Events([AccountDeleted(cursor=1, network=mastodon, id=f"ann@{mastodon}")]))
    assert public.get("/v1/search").status_code == 401
    assert people.database.rows("SELECT FROM sessions") == []


NAMES = {"ann": 200, "Ann_B": 200, "a.b-c": 200, "": 400, "ann@evil.example": 400, "../ann": 400, "x" * 101: 400, "ann\n": 400, "änn": 400, "<b>": 400}


def test_a_server_that_offers_less_is_asked_for_less_and_its_names_are_names(people: App, browser: TestClient) -> None:
    """A server of Mastodon 4.3 or newer, played by a stranger: the narrowest right, and names that are none."""
    stranger = signing_in.Stranger()
    people.settings.sign_in = frozenset({stranger.host})
    people.__dict__.pop("sign_in", None)
    stranger.answers = {
        "/.well-known/oauth-authorization-server": {"scopes_supported": ["read", "profile"]}, "/oauth/token": {"access_token": "x", "scope": "profile"},
        "/api/v1/apps": {"client_id": "1", "client_secret": "2"}, "/oauth/revoke": {},
    }  # fmt: skip
    try:
        for name, status in NAMES.items():
            stranger.answers["/api/v1/accounts/verify_credentials"] = {"username": name}
            asked = dict(parse_qsl(urlsplit(begin(browser, stranger.host, post=True)).query))
            assert asked["scope"] == "profile write:statuses"
            told = finish(browser, stranger.host, state=asked["state"], code="x")
            assert told.status_code == status, (name, told.text)
            assert status != 200 or (told.json()["account"], told.json()["may_post"]) == (f"{name}@{stranger.host}".lower(), False)
        assert stranger.asked.count("/api/v1/apps") == 1
        stranger.answers["/oauth/token"] = lambda handler: signing_in.say(handler, {"error": "invalid_client"}, 401)
        begin(browser, stranger.host)
        assert stranger.asked.count("/api/v1/apps") == 2, "it forgot us"
    finally:
        stranger.close()
