"""Workplace messengers: only what is signed, each once, public posts only, and nothing that people wrote becomes markup. Slack's own SDK signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.signature import SignatureVerifier
from starlette.testclient import TestClient

from oscine.api import server
from oscine.app import App
from oscine.bots.messengers import desk, dingtalk, signatures, slack
from oscine.bots.messengers.desk import Desk
from oscine.errors import InputError, KeyRequired
from oscine.posting.base import Piece
from oscine.search.saved import signature

Write = Callable[..., Any]
SECRET = "a secret that nobody knows"
QUESTION = "When does the Quarnholm ferry leave?"
POSTS = [
    {"id": "f1", "author": "harbour", "author_handle": "harbour", "text": "The Quarnholm ferry leaves at seven from pier nine."},
    {"id": "f2", "author": "harbour", "text": "The Quarnholm ferry secretly leaves at midnight.", "visibility": "followers"},
]
MARKUP = "The goats of Brindleford eat nettles <!channel> & *thistles* <https://evil.example|click here> `rm` &lt;!here&gt; <@U1>"


class FakeSlack:
    """What `chat.postMessage` gets, and what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.came = threading.Condition()
        self.reply = b'{"ok": true}'
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", str(len(fake.reply)))
                self.end_headers()
                self.wfile.write(fake.reply)
                with fake.came:
                    fake.got.append((dict(self.headers), body | {"path": self.path}))
                    fake.came.notify_all()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/api"

    def wait(self, count: int) -> list[dict[str, Any]]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.got) >= count, 30)
        return [body for _, body in self.got]


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    made = FakeSlack()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def client(app: App, write: Write, fake: FakeSlack) -> Iterator[TestClient]:
    """A server with all three messengers, and posts about a ferry."""
    told = app.settings
    told.public_url, told.requests_per_minute = "https://oscine.example", 1_000_000
    told.messenger_secret = told.slack_secret = told.dingtalk_secret = SECRET
    told.slack_token, told.connect_networks = "xoxb-token", frozenset({"127.0.0.0/8"})
    write(*POSTS)
    api = server.create(app)
    api.state.messengers = Desk(app, fake.url)
    yield TestClient(api, "https://oscine.example", client=("10.0.0.7", 50_000), raise_server_exceptions=False)
    api.state.messengers.close()


def hooked(client: TestClient, body: Any, secret: str = SECRET, at: float | None = None, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = {"Oscine-Signature": signature(secret, content, int(at or time.time())), **headers}
    return client.post("/v1/messengers/webhook", content=content, headers=signed)


def slacked(client: TestClient, body: Any, at: float | None = None, **headers: str) -> httpx.Response:
    content, moment = json.dumps(body).encode(), str(int(at or time.time()))
    signed = SignatureVerifier(SECRET).generate_signature(timestamp=moment, body=content)
    return client.post(
        "/v1/messengers/slack", content=content, headers={"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": signed, **headers}
    )


def dinged(client: TestClient, body: Any, at: float | None = None, secret: str = SECRET) -> httpx.Response:
    moment = str(int(1000 * (at or time.time())))
    signed = base64.b64encode(hmac.new(secret.encode(), f"{moment}\n{secret}".encode(), hashlib.sha256).digest()).decode()
    return client.post("/v1/messengers/dingtalk", json=body, headers={"timestamp": moment, "sign": signed})


def event(text: str = f"<@U0BOT> {QUESTION}", name: str = "Ev1", **more: Any) -> dict[str, Any]:
    told = {"type": "app_mention", "user": "U1", "text": text, "channel": "C1", "ts": "171.1", **more}
    return {"type": "event_callback", "event_id": name, "event": told}


def ding(text: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": f" {text}"}, "msgId": "m1", "senderNick": "Ann", "conversationType": "2"}


def test_a_signed_question_gets_an_answer_with_links(client: TestClient) -> None:
    told = hooked(client, {"text": QUESTION}).json()
    assert "leaves at seven from pier nine" in told["text"] and "[1]" in told["text"]
    assert told["links"] == [{"mark": "[1]", "url": "https://oscine.example/post?id=f1&network=local"}]
    assert "midnight" not in told["text"], "what is for followers is for nobody here"


def test_what_the_posts_do_not_say_is_said_so(client: TestClient) -> None:
    told = hooked(client, {"text": "What is the boiling point of liquid hydrogen?"}).json()
    assert (told["text"], told["links"]) == ("The posts here do not say.", [])
    assert "Ask me something" in hooked(client, {"text": "  "}).json()["text"]


def test_only_what_is_signed_is_answered(client: TestClient) -> None:
    body = json.dumps({"text": QUESTION}).encode()
    now = int(time.time())
    good = signature(SECRET, body, now)
    wrong = {
        "nothing": "", "junk": "x", "another secret": signature("x", body, now), "another body": signature(SECRET, b"{}", now),
        "another moment": good.replace(f"t={now}", f"t={now + 1}"), "upper case": good.upper(), "not ASCII": "t=1,v1=é",
    }  # fmt: skip
    for said in wrong.values():
        reply = client.post("/v1/messengers/webhook", content=body, headers={"Oscine-Signature": said.encode()})
        assert (reply.status_code, reply.json()["error"]["code"]) == (401, "key_required")
    for late in (now - 400, now + 400):
        assert hooked(client, {"text": QUESTION}, at=late).status_code == 401
    assert client.post("/v1/messengers/webhook", content=body, headers={"Oscine-Signature": good}).status_code == 200


@pytest.mark.parametrize("send", [hooked, dinged], ids=["webhook", "dingtalk"])
def test_a_delivery_is_taken_once(client: TestClient, send: Callable[..., httpx.Response]) -> None:
    at = time.time()
    body = ding(QUESTION) if send is dinged else {"text": QUESTION}
    assert [send(client, body, at=at).status_code for _ in range(2)] == [200, 401]


@pytest.mark.parametrize("messenger", ["webhook", "slack", "dingtalk"])
def test_a_messenger_that_is_not_set_up_is_not_there(client: TestClient, app: App, messenger: str) -> None:
    app.settings.messenger_secret = app.settings.slack_secret = app.settings.dingtalk_secret = ""
    reply = client.post(f"/v1/messengers/{messenger}", json={})
    assert (reply.status_code, "Set OSCINE_" in reply.json()["error"]["fix"]) == (404, True)


def test_a_delivery_has_an_end(client: TestClient) -> None:
    assert hooked(client, {"text": "x" * desk.LARGEST}).status_code == 413
    assert hooked(client, {"text": "ferry " * 10_000}).status_code == 200


def test_slack_tries_the_address_first(client: TestClient) -> None:
    assert slacked(client, {"type": "url_verification", "challenge": "3eZbrw1a"}).json() == {"challenge": "3eZbrw1a"}


@pytest.mark.parametrize(
    "told", [event(), event(QUESTION, type="message", channel_type="im", thread_ts="170.0")], ids=["mention", "direct"]
)
def test_slack_gets_its_answer_in_the_thread(client: TestClient, fake: FakeSlack, told: dict[str, Any]) -> None:
    assert slacked(client, told).json() == {}
    (said,) = fake.wait(1)
    assert (said["path"], said["channel"], said["thread_ts"]) == ("/api/chat.postMessage", "C1", told["event"].get("thread_ts", "171.1"))
    assert fake.got[0][0]["Authorization"] == "Bearer xoxb-token"
    Block.parse(said["blocks"][0]).validate_json()
    elements = said["blocks"][0]["elements"][0]["elements"]
    assert {"type": "link", "url": "https://oscine.example/post?id=f1&network=local", "text": "[1]"} in elements
    assert "pier nine" in said["text"] and "midnight" not in json.dumps(said)


def test_an_event_that_slack_sends_again_is_answered_once(client: TestClient, fake: FakeSlack) -> None:
    now = time.time()
    for retry in range(4):
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
        assert slacked(client, event(), at=now + retry, **headers).status_code == 200
    slacked(client, event(name="Ev2"))
    assert len(fake.wait(2)) == 2
    client.app.state.messengers._writers.shutdown(wait=True)  # type: ignore[attr-defined]
    assert len(fake.got) == 2


@pytest.mark.parametrize(
    ("reply", "said"),
    [(b'{"ok": false, "error": "channel_not_found"}', "channel_not_found"), (b"<html>", "JSONDecodeError"), (b"[]", "does not take")],
    ids=str,
)
def test_what_slack_does_not_take_is_logged_without_the_token(
    client: TestClient, fake: FakeSlack, caplog: pytest.LogCaptureFixture, reply: bytes, said: str
) -> None:
    fake.reply = reply
    slacked(client, event())
    fake.wait(1)
    client.app.state.messengers._writers.shutdown(wait=True)  # type: ignore[attr-defined]
    assert said in caplog.text and "xoxb" not in caplog.text


@pytest.mark.parametrize(
    "told",
    [
        event(bot_id="B1"), event(subtype="bot_message"), event(type="message", channel_type="channel"), event(type="reaction_added"),
        event(channel=""), event(name=""), {"type": "app_rate_limited"}, {}, {"type": "event_callback"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_question_to_us_is_left_alone(told: dict[str, Any]) -> None:
    assert slack.read(json.dumps(told).encode()) is None


def test_too_many_questions_wait_at_slack(client: TestClient, fake: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is not forgotten: it is answered when it is sent again."""
    held = client.app.state.messengers  # type: ignore[attr-defined]
    room = desk.AT_ONCE + desk.WAITING
    for _ in range(room):
        held._room.acquire()
    refused = slacked(client, event())
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    held._room.release(room)
    assert slacked(client, event(), at=time.time() + 1).status_code == 200
    fake.wait(1)


def test_slacks_signature_is_slacks(app: App) -> None:
    """What its SDK takes for good and for bad, we do."""
    now = 1_800_000_000
    for body, moment, secret in (
        (b"{}", now, SECRET),
        (b"", now, SECRET),
        ("é".encode(), now, SECRET),
        (b"{}", now, "other"),
        (b"{}", now - 301, SECRET),
    ):
        verifier = SignatureVerifier(SECRET, clock=type("Clock", (), {"now": lambda _: float(now)})())
        said = SignatureVerifier(secret).generate_signature(timestamp=str(moment), body=body)
        theirs = verifier.is_valid(body, str(moment), said)
        try:
            signatures.slack(SECRET, str(moment), said, body, now)
            mine = True
        except KeyRequired:
            mine = False
        assert mine == theirs == (secret == SECRET and moment == now)


def test_dingtalk_is_answered_in_the_reply(client: TestClient) -> None:
    told = dinged(client, ding(QUESTION)).json()
    assert told["msgtype"] == "text" and set(told) == {"msgtype", "text"}
    assert "pier nine" in told["text"]["content"]
    assert told["text"]["content"].endswith("[1] https://oscine.example/post?id=f1&network=local")
    assert dinged(client, ding(QUESTION), secret="x").status_code == 401
    assert dinged(client, ding(QUESTION), at=time.time() - 400).status_code == 401


def test_what_people_wrote_becomes_no_markup(client: TestClient, write: Write, fake: FakeSlack) -> None:
    write({"id": "f3", "author": "eve", "author_handle": "eve<!everyone>", "author_name": "<!here|x> *Eve*", "text": MARKUP})
    question = "What do the goats of Brindleford eat?"
    slacked(client, event(question))
    (said,) = fake.wait(1)
    assert "nettles &lt;!channel&gt; &amp; *thistles*" in said["text"], "the post is quoted as it is"
    assert not {"<", ">"} & set(said["text"])
    elements = said["blocks"][0]["elements"][0]["elements"]
    assert {element["type"] for element in elements} <= {"text", "link"}
    assert all(element["url"].startswith("https://oscine.example/post?") for element in elements if element["type"] == "link")
    assert (said["parse"], said["link_names"], said["mrkdwn"], said["unfurl_links"]) == ("none", False, False, False)
    for told in (hooked(client, {"text": question}).json(), dinged(client, ding(question)).json()):
        assert "evil.example" not in json.dumps(told), "no link but our own"
        assert "at" not in told and told.get("msgtype", "text") == "text"


def test_a_question_is_read_as_it_was_typed() -> None:
    typed = "<@U1> see <https://x.example|x.example> in <#C1|general> &lt;b&gt; &amp;amp; <https://y.example> <!here>"
    asked = slack.read(json.dumps(event(typed)).encode())
    assert isinstance(asked, slack.Asked)
    assert asked.text == "see x.example in general <b> &amp; https://y.example"


@settings(max_examples=200, deadline=None)
@given(text=st.text(), link=st.text())
def test_nothing_leaves_slacks_text_unescaped(text: str, link: str) -> None:
    said = slack.message(slack.Asked("e", "q", "C", "1"), [Piece(text), Piece("[1]", link=link)])
    assert not {"<", ">"} & set(said["text"])
    assert said["blocks"][0]["elements"][0]["elements"][0] == {"type": "text", "text": text}


NAMES = st.sampled_from(["type", "event", "event_id", "text", "content", "channel"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=8
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | JSON.map(lambda told: json.dumps(told).encode()) | st.integers(1, 50_000).map(lambda n: b"[" * n))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    for read in (slack.read, dingtalk.read):
        try:
            read(body)
        except InputError:
            continue
