"""Which feeds of the REST API show what a timeline's stream tells, and how far each was read. It calls nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from oscine.errors import InputError

LATE = 300_000 << 16  # of an id: its upper bits are milliseconds

Feed = tuple[str, dict[str, Any]]


class Place(msgspec.Struct):
    """How far each feed was read, by the newest id, and what was told last."""

    newest: dict[str, str] = {}
    recent: list[str] = []


def feeds(timeline: str) -> dict[str, Feed]:
    """What shows over the API what a timeline's stream tells. Raises `InputError` for a timeline that there is not."""
    kind, _, tag = timeline.partition(":")
    if kind == "tag" and tag and not any(map(str.isspace, tag)):
        return {timeline: (f"/api/v1/timelines/tag/{quote(tag, safe='')}", {})}
    known: dict[str, dict[str, Feed]] = {
        "public": {"public": ("/api/v1/timelines/public", {})},
        "local": {"local": ("/api/v1/timelines/public", {"local": "true"})},
        "user": {"home": ("/api/v1/timelines/home", {}), "notifications": ("/api/v1/notifications", {})},
    }
    if timeline not in known:
        raise InputError(f"There is no timeline {timeline[:50]!r}.", "Give `public`, `local`, `user` or `tag:NAME`.")
    return known[timeline]


def read_place(stated: str) -> Place:
    """Raises `InputError` for what is no place."""
    try:
        return msgspec.json.decode(stated, type=Place) if stated else Place({}, [])
    except msgspec.DecodeError:
        raise InputError(f"{stated[:100]!r} is no place in Mastodon's timelines.", "Drop the connection and make it anew.") from None


def earlier(newest: str) -> str:
    """An id a little before this one, where ids are times."""
    return str(int(newest) - LATE) if newest.isdigit() and int(newest) > 1 << 56 else newest
