"""Whether a messenger signed what came, and lately. Each function gives the name by which a delivery is known if it comes again. Pure.

Slack's way: https://api.slack.com/authentication/verifying-requests-from-slack. DingTalk's, which signs the moment and not the message:
https://open.dingtalk.com/document/orgapp/receive-message. Ours is that of our own webhooks (`oscine.search.saved.signature`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from oscine.errors import KeyRequired
from oscine.search.saved import signature

WINDOW = 300.0  # seconds that a delivery may take, and clocks may differ
_OURS = re.compile(r"t=(?P<at>[0-9]{1,12}),v1=[0-9a-f]{64}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_MILLISECONDS = re.compile(r"[0-9]{1,15}")


def ours(secret: str, said: str, body: bytes, now: float) -> bytes:
    """`Oscine-Signature: t=SECONDS,v1=HEX`, HMAC-SHA256 of `SECONDS.BODY`. Raises `KeyRequired`."""
    found = _OURS.fullmatch(said)
    at = int(found["at"]) if found else -1
    return _checked(said, signature(secret, body, at), at, now)


def slack(secret: str, timestamp: str, said: str, body: bytes, now: float) -> bytes:
    """`X-Slack-Signature: v0=HEX`, HMAC-SHA256 of `v0:SECONDS:BODY`. Raises `KeyRequired`."""
    at = int(timestamp) if _SECONDS.fullmatch(timestamp) else -1
    signed = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return _checked(said, f"v0={signed}", at, now)


def dingtalk(secret: str, timestamp: str, said: str, now: float) -> bytes:
    """`sign`, base64 of HMAC-SHA256 of `MILLISECONDS`, a line's end and the secret. Raises `KeyRequired`."""
    at = int(timestamp) / 1000 if _MILLISECONDS.fullmatch(timestamp) else -1.0
    signed = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return _checked(said, base64.b64encode(signed).decode(), at, now)


def _checked(said: str, right: str, at: float, now: float) -> bytes:
    if not hmac.compare_digest(said.encode(errors="replace"), right.encode()):
        raise KeyRequired("The signature is not right.", "Check the secret, and sign the body as it is sent.")
    if abs(now - at) > WINDOW:
        raise KeyRequired("The signature is of another time.", f"Sign within {WINDOW:.0f} seconds, by a clock that is right.")
    return right.encode()
