"""The doors of workplace messengers: whatever is signed is answered once, from public posts only, in short.

Slack wants its reply within three seconds, so that its answers are written in the background. It knows no HTTP but that to Slack.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from oscine.app import App
from oscine.bots import phrases, reply
from oscine.bots.addresses import address
from oscine.bots.messengers import dingtalk, signatures, slack
from oscine.bots.messengers.slack import Asked
from oscine.errors import InputError, KeyRequired, NotFound, RateLimited, TooLarge
from oscine.posting.base import Piece
from oscine.records import ANONYMOUS
from oscine.safety import outbound
from oscine.safety.once import Once

LARGEST = 100_000  # bytes of a delivery
LONGEST_QUESTION = 1_000  # characters
LONGEST_ANSWER = 1_500
AT_ONCE, WAITING = 2, 20  # answers to Slack being written, and those that wait besides
HOUR = 3_600.0  # seconds: Slack sends an event again for that long
SLACK = "https://slack.com/api"
log = logging.getLogger(__name__)


class _Question(msgspec.Struct):
    text: str


class Desk:
    """Answers messengers by the secrets of the settings; `here` is the address that people reach this server by."""

    def __init__(self, app: App, slack_api: str = SLACK) -> None:
        self._app, self._slack_api = app, slack_api
        self._once = Once()
        self._writers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="slack")
        self._room = threading.BoundedSemaphore(AT_ONCE + WAITING)

    def webhook(self, headers: Mapping[str, str], body: bytes, now: float, here: str) -> dict[str, Any]:
        """Any messenger's: `{"text": …}` in, `{"text": …, "links": […]}` out. Raises `NotFound`, `KeyRequired`, `InputError`."""
        secret = _secret(self._app.settings.messenger_secret, "OSCINE_MESSENGER_SECRET")
        name = signatures.ours(secret, headers.get("oscine-signature", ""), _small(body), now)
        self._take(name, now)
        try:
            asked = msgspec.json.decode(body, type=_Question)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise InputError("This is no question.", 'Send JSON: {"text": "When does the ferry leave?"}.') from None
        pieces = self.answer(asked.text, here)
        links = [{"mark": piece.text, "url": piece.link} for piece in pieces if piece.link]
        return {"text": "".join(piece.text for piece in pieces), "links": links}

    def dingtalk(self, headers: Mapping[str, str], body: bytes, now: float, here: str) -> dict[str, Any]:
        """A robot's message in, the message that answers it out. Raises as `webhook` does."""
        secret = _secret(self._app.settings.dingtalk_secret, "OSCINE_DINGTALK_SECRET")
        self._take(signatures.dingtalk(secret, headers.get("timestamp", ""), headers.get("sign", ""), now), now)
        return dingtalk.message(self.answer(dingtalk.read(_small(body)), here))

    def slack(self, headers: Mapping[str, str], body: bytes, now: float, here: str) -> dict[str, Any]:
        """An event in; the answer goes to its channel by and by. One that is sent again is answered once. Raises as `webhook` does, `RateLimited`."""
        secret = _secret(self._app.settings.slack_secret, "OSCINE_SLACK_SECRET")
        timestamp, said = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        signatures.slack(secret, timestamp, said, _small(body), now)
        asked = slack.read(body)
        if isinstance(asked, str):
            return {"challenge": asked}
        if asked:
            self._begin(asked, now, here)
        return {}

    def answer(self, question: str, here: str) -> list[Piece]:
        """What public posts say to a question, in short, with links."""
        asked = question.encode(errors="replace").decode()[:LONGEST_QUESTION].strip()
        if not asked:
            return [Piece(phrases.say("empty", None))]
        with self._app.noting("messengers"):
            given = self._app.ask.ask(self._app.view(ANONYMOUS), [{"role": "user", "content": asked}])
        return reply.compose(given, given.lang, lambda seen: address(seen, here), _short).pieces

    def close(self) -> None:
        """End; what nobody has begun to write is not written."""
        self._writers.shutdown(wait=False, cancel_futures=True)

    def _take(self, name: bytes, now: float) -> None:
        if not self._once.take(name, now + 2 * signatures.WINDOW, now):
            raise KeyRequired("This delivery came before.", "Sign each anew.")

    def _begin(self, asked: Asked, now: float, here: str) -> None:
        if not self._room.acquire(blocking=False):
            raise RateLimited("Too many questions wait.", "It is answered when it is sent again.", retry_after=60)
        if not self._once.take(f"slack {asked.event}".encode(), now + HOUR, now):
            self._room.release()
            return
        self._writers.submit(self._write, asked, here).add_done_callback(lambda _: self._room.release())

    def _write(self, asked: Asked, here: str) -> None:
        """Answer in Slack; where it cannot be, the log says why."""
        try:
            told = self._post(slack.message(asked, self.answer(asked.text, here)))
            if not told.get("ok"):
                log.warning("Slack does not take an answer: %.100s", told.get("error"))
        except Exception as error:  # nobody waits for this: what went wrong is told here or nowhere
            log.warning("A question from Slack is not answered: %s", type(error).__name__)

    def _post(self, message: dict[str, Any]) -> dict[str, Any]:
        permitted = [ipaddress.ip_network(network) for network in self._app.settings.connect_networks]
        with outbound.brief(permitted) as client:
            headers = {"Authorization": f"Bearer {self._app.settings.slack_token}"}
            told = client.post(f"{self._slack_api}/chat.postMessage", json=message, headers=headers).json()
        return told if isinstance(told, dict) else {}


def _secret(secret: str, name: str) -> str:
    if not secret:
        raise NotFound("This messenger is not set up here.", f"Set {name}.")
    return secret


def _small(body: bytes) -> bytes:
    if len(body) > LARGEST:
        raise TooLarge(f"A delivery is larger than {LARGEST:,} bytes.", "Send the question only.")
    return body


def _short(pieces: Sequence[Piece]) -> bool:
    return sum(len(piece.text) for piece in pieces) <= LONGEST_ANSWER
