"""DingTalk's robots (https://open.dingtalk.com/document/orgapp/receive-message): the answer is the reply to the call itself. Pure.

A text message shows what it holds as it stands. Links in it are numbered below the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from oscine.errors import InputError
from oscine.posting.base import Piece


class _Text(msgspec.Struct):
    content: str = ""


class _Message(msgspec.Struct):
    msgtype: str = ""
    text: _Text = msgspec.field(default_factory=_Text)


def read(body: bytes) -> str:
    """The question of a text message; empty for a message of another kind. Raises `InputError`."""
    try:
        return " ".join(msgspec.json.decode(body, type=_Message).text.content.split())
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise InputError("This is no message of DingTalk's.", "See open.dingtalk.com: receive a message.") from None


def message(pieces: Sequence[Piece]) -> dict[str, Any]:
    """A text message with its links."""
    words = "".join(piece.text for piece in pieces)
    links = {piece.link: piece.text for piece in pieces if piece.link}
    return {"msgtype": "text", "text": {"content": "\n".join([words, *(f"{mark} {link}" for link, mark in links.items())])}}
