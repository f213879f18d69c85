"""What a licence gives of a post, field by field. What is not given is empty, and nothing else of the post tells it.

Always given: an id, the network, the time, the language, who it is for. Ids of many networks hold their author's name, so that without the field `author` a
post goes by the store's own number, and what it answers or quotes is not told. What a source said beside all this (`extra`) is given with all fields only.
The text itself may name people and links: it is given as it was written, or not at all. Pure.
"""

from __future__ import annotations

from typing import get_args

import msgspec

from oscine.records import Account, Field, Licence, Post

FIELDS: frozenset[Field] = frozenset(get_args(Field))
NUMBERED = "post:"  # what stands before a post's number where its own id would name its author
COVERED = "covered"  # why a post is covered, where the label that does it is withheld

_EMPTY: dict[Field, dict[str, object]] = {
    "text": {"text": "", "content_warning": "", "tags": (), "mentions": ()},
    "author": {"author": "", "mentions": (), "reply_to": None, "root": None, "quote_of": None, "source": ""},
    "counts": {"likes": 0, "reposts": 0, "replies": 0, "quotes": 0},
    "media": {"media": ()},
    "links": {"urls": (), "card": None},
    "place": {"geo": None},
    "labels": {"labels": None, "sensitive": False},
}


def withheld(licence: Licence | None) -> frozenset[Field]:
    """The fields that a licence does not give; none without a licence."""
    return FIELDS - licence.fields if licence else frozenset()


def given(post: Post, number: int, fields: frozenset[Field]) -> Post:
    """A post without some fields; `number` is the store's own."""
    if not fields:
        return post
    empty = {name: value for each in fields for name, value in _EMPTY[each].items()}
    own = {"id": numbered(number)} if "author" in fields else {}
    return msgspec.structs.replace(post, **empty, **own, extra={})


def author(account: Account, fields: frozenset[Field]) -> Account:
    """Who wrote it; nobody where that is withheld."""
    return Account(id="", network=account.network) if "author" in fields else account


def cover(why: str, fields: frozenset[Field]) -> str:
    """Why a post is covered, as far as it may be told: that it is covered always is, for the reader's sake."""
    return COVERED if why and fields & {"labels", "text"} else why


def numbered(number: int) -> str:
    """What a post goes by where its author is withheld."""
    return f"{NUMBERED}{number}"


def number(key: str) -> int | None:
    """The number that a post goes by; None for an id that is none of ours."""
    digits = key.removeprefix(NUMBERED)
    return int(digits) if key.startswith(NUMBERED) and digits.isascii() and digits.isdigit() and len(digits) < 19 else None
