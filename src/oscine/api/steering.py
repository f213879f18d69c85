"""The wire shapes of steering: what a person asks of their feed, how a sentence was read, why a post stands where it stands."""

from __future__ import annotations

import textwrap
from typing import Any

import msgspec

from oscine.errors import InputError
from oscine.feed.explain import Explanation
from oscine.feed.sentence import Read, checked
from oscine.home.why import Cause, Why
from oscine.recommendation import Steering

SHOWN = 60  # characters of a post that was acted on


def steering(asked: Steering) -> dict[str, Any]:
    """All of it, what is as usual too."""
    return {"dials": dict(asked.dials), "wishes": msgspec.to_builtins(asked.wishes), "rules": msgspec.to_builtins(asked.rules),
            "personal": asked.personal, "order": asked.order}  # fmt: skip


def given(sent: dict[str, Any]) -> Steering:
    """What somebody sends. Raises `InputError`."""
    try:
        return checked(msgspec.json.decode(msgspec.json.encode(sent), type=Steering))  # as JSON, so that half a character is found
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise InputError(f"This is no steering ({error}).", "Send it as GET /v1/feed/steering answers it.") from None


def read(found: tuple[Read, Steering]) -> dict[str, Any]:
    """How a sentence was read, and what comes of it."""
    said, changed = found
    return {
        "lang": said.lang, "steering": steering(changed), "understood": [{"words": one.words, "means": one.means} for one in said.understood],
        "not_understood": list(said.not_understood),
    }  # fmt: skip


def why(found: Why) -> dict[str, Any]:
    """The parts of a score, and what the reader did that bears on it."""
    return {**explained(found.explanation), "acts": [_cause(cause) for cause in found.causes]}


def explained(found: Explanation) -> dict[str, Any]:
    """The parts of a score; `position` counts from 1, null is not on the page."""
    told = {"points": found.points, "parts": [part._asdict() for part in found.parts], "position": found.position or None, "moved": found.moved,
            "sources": list(found.sources)}  # fmt: skip
    return {**told, "dropped": found.dropped} if found.dropped else told


def _cause(cause: Cause) -> dict[str, Any]:
    post, author = cause.seen.post, cause.seen.author
    if cause.act.kind == "follow":
        return {
            "kind": "follow",
            "account": author.id,
            "network": author.network,
            "words": f"your follow of {author.name or author.handle or author.id}",
        }
    words = f"your {cause.act.kind} of “{textwrap.shorten(post.text, SHOWN, placeholder='…')}”"
    return {"kind": cause.act.kind, "post": post.id, "network": post.network, "words": words}
