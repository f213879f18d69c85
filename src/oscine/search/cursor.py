"""Where a page of results ends, as an opaque text that leads to the next; nothing is kept on the server."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated

import msgspec

from oscine.errors import InputError

DEEPEST = 1_000  # results that can be paged through
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Place(msgspec.Struct):
    """How many results were seen, when the first page was made, and whether its plain language was taken as words; or the last post seen."""

    offset: int = 0
    now: Moment | None = None
    before: tuple[Moment, int] | None = None
    as_words: bool = False


def write(place: Place) -> str:
    """The cursor of a place."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read(cursor: str | None) -> Place:
    """The place of a cursor; the beginning where there is none. Raises `InputError` for what is no cursor of ours."""
    if not cursor:
        return Place()
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=Place)
        if not 0 <= place.offset <= DEEPEST:
            raise ValueError
        return place
    except ValueError:  # DecodeError and ValidationError are ValueErrors too
        raise InputError("The cursor is not one of ours.", "Leave it out to begin with the first page.") from None
