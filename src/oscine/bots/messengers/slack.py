"""Slack's events and messages (https://api.slack.com/events). Pure.

An answer is a rich text block: what is text there is text, whatever it says, so that no post can call a channel or hide a link. It calls nothing.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import regex

from oscine.errors import InputError
from oscine.posting.base import Piece

_CALL = regex.compile(r"<[@!][^>]*>")  # somebody's name, or everybody
_LABELLED = regex.compile(r"<[^>|]*\|([^>]*)>")
_BARE = regex.compile(r"<([^>]*)>")


class Asked(NamedTuple):
    """A question in a channel; `thread` is the message that the answer goes under. `event` is Slack's name for it, the same when it is sent again."""

    event: str
    text: str
    channel: str
    thread: str


class _Event(msgspec.Struct):
    type: str = ""
    subtype: str = ""
    bot_id: str = ""
    text: str = ""
    channel: str = ""
    channel_type: str = ""
    ts: str = ""
    thread_ts: str = ""


class _Delivery(msgspec.Struct):
    type: str = ""
    challenge: str = ""
    event_id: str = ""
    event: _Event = msgspec.field(default_factory=_Event)


def read(body: bytes) -> Asked | str | None:
    """A question; the challenge by which Slack tries an address; or None for what is neither. Raises `InputError`."""
    try:
        told = msgspec.json.decode(body, type=_Delivery)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise InputError("This is no event of Slack's.", "See api.slack.com/events.") from None
    if told.type == "url_verification":
        return told.challenge[:1_000]
    event = told.event
    addressed = event.type == "app_mention" or (event.type == "message" and event.channel_type == "im")
    if told.type != "event_callback" or not addressed or event.bot_id or event.subtype or not (told.event_id and event.channel):
        return None
    return Asked(told.event_id[:200], _plain(event.text), event.channel[:200], event.thread_ts[:200] or event.ts[:200])


def message(asked: Asked, pieces: Sequence[Piece]) -> dict[str, Any]:
    """The body of `chat.postMessage`."""
    words = "".join(piece.text for piece in pieces)
    section = {"type": "rich_text_section", "elements": [_element(piece) for piece in pieces]}
    under = {"thread_ts": asked.thread} if asked.thread else {}
    return {
        "channel": asked.channel, **under, "text": html.escape(words, quote=False), "mrkdwn": False, "parse": "none", "link_names": False,
        "unfurl_links": False, "unfurl_media": False, "blocks": [{"type": "rich_text", "elements": [section]}],
    }  # fmt: skip


def _element(piece: Piece) -> dict[str, str]:
    return {"type": "link", "url": piece.link, "text": piece.text} if piece.link else {"type": "text", "text": piece.text}


def _plain(text: str) -> str:
    """What was typed, without names that were called, links as they were shown."""
    shown = _BARE.sub(r"\1", _LABELLED.sub(r"\1", _CALL.sub(" ", text)))
    return " ".join(html.unescape(shown).split())
