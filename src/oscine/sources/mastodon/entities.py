"""What a Mastodon server sends, field by field, as far as it is used. Unknown fields are passed over; null and nothing mean the same.

It checks kinds and lengths only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from oscine.errors import InputError
from oscine.sources.jsonl import without_nul

LONGEST_ID = 300
Id = Annotated[str, Meta(min_length=1, max_length=LONGEST_ID)]
Name = Annotated[str, Meta(min_length=1, max_length=250)]
Words = Annotated[str, Meta(max_length=50_000)]  # of what is a few hundred characters on most servers
Time = Annotated[datetime, Meta(tz=True)]


class Account(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Account/"""

    acct: Name
    id: str = ""
    display_name: Words | None = None
    note: Words | None = None
    url: str | None = None
    created_at: str | None = None
    followers_count: int | None = None
    following_count: int | None = None
    statuses_count: int | None = None
    bot: bool | None = None
    indexable: bool | None = None
    discoverable: bool | None = None
    noindex: bool | None = None
    suspended: bool | None = None


class Media(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/MediaAttachment/"""

    type: str | None = None
    url: str | None = None
    remote_url: str | None = None
    description: str | None = None


class Mention(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Status/#Mention"""

    acct: Name
    url: str | None = None


class Named(msgspec.Struct):
    """A tag, or the program that a status was written with."""

    name: str


class Card(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/PreviewCard/"""

    url: str | None = None
    title: str | None = None


class Option(msgspec.Struct):
    """One answer of a poll."""

    title: str


class Poll(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Poll/"""

    options: list[Option]


class Quote(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Quote/ and /ShallowQuote/"""

    state: str = ""
    quoted_status: dict[str, Any] | None = None
    quoted_status_id: Id | None = None


class Filter(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Filter/"""

    title: str = ""
    filter_action: str = ""


class Filtered(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/FilterResult/"""

    filter: Filter


class Status(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Status/"""

    id: Id
    created_at: Time
    account: Account
    content: str | None = None
    edited_at: Time | None = None
    language: str | None = None
    in_reply_to_id: Id | None = None
    visibility: str | None = None
    local_only: bool | None = None
    sensitive: bool | None = None
    spoiler_text: Words | None = None
    url: str | None = None
    uri: str | None = None
    favourites_count: int | None = None
    reblogs_count: int | None = None
    replies_count: int | None = None
    quotes_count: int | None = None
    media_attachments: list[Media] | None = None
    mentions: list[Mention] | None = None
    tags: list[Named] | None = None
    application: Named | None = None
    card: Card | None = None
    poll: Poll | None = None
    quote: Quote | None = None
    filtered: list[Filtered] | None = None
    reblog: dict[str, Any] | None = None


class Notification(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Notification/"""

    id: Id
    type: str
    created_at: Time
    account: Account
    status: dict[str, Any] | None = None


Entity = TypeVar("Entity", bound=msgspec.Struct)


def read(given: Any, kind: type[Entity]) -> Entity:
    """What was sent as what it should be. Raises `InputError` where it is not."""
    try:
        return msgspec.convert(without_nul(given), kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise InputError(f"It is no {kind.__name__.lower()}: {str(error)[:200]}.") from None
