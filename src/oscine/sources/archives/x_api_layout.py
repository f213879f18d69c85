"""The shape of what X's API v2 answers: each struct has the fields that are read. docs.x.com, "Data dictionary"."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Raw

from oscine.sources.archives.x_compliance import Country
from oscine.sources.archives.x_tweet import Name, Number, Said
from oscine.sources.jsonl import Count


class UserMetrics(msgspec.Struct):
    """How many follow."""

    followers_count: Count | None = None
    following_count: Count | None = None


class User(msgspec.Struct):
    """An account."""

    id: Number
    username: Name = ""
    name: Name = ""
    description: Said | None = None
    created_at: str | None = None
    protected: bool = False
    verified: bool = False
    public_metrics: UserMetrics | None = None


class Variant(msgspec.Struct):
    """One rendering of a film."""

    url: str = ""
    content_type: str = ""
    bit_rate: Count = 0


class Picture(msgspec.Struct):
    """A picture or film."""

    media_key: str = ""
    type: Annotated[str, Meta(max_length=20)] = "photo"
    url: str | None = None
    preview_image_url: str | None = None
    alt_text: str | None = None
    variants: list[Variant] = []


class Address(msgspec.Struct):
    """A link in a text; one with a `media_key` is that of a picture."""

    url: str = ""
    expanded_url: str | None = None
    unwound_url: str | None = None
    media_key: str | None = None


class Mention(msgspec.Struct):
    """Somebody who is named in a text."""

    username: Name = ""


class Hashtag(msgspec.Struct):
    """A tag in a text."""

    tag: Name = ""


class Entities(msgspec.Struct):
    """What stands in a text."""

    urls: list[Address] = []
    mentions: list[Mention] = []
    hashtags: list[Hashtag] = []


class Metrics(msgspec.Struct):
    """How people took a post."""

    like_count: Count = 0
    retweet_count: Count = 0
    reply_count: Count = 0
    quote_count: Count = 0


class Reference(msgspec.Struct):
    """Another post, and what this one is to it."""

    id: Number
    type: str = ""


class Attachments(msgspec.Struct):
    """What hangs on a post."""

    media_keys: list[str] = []


class NoteTweet(msgspec.Struct):
    """The whole of a long post."""

    text: str = ""
    entities: Entities | None = None


class Withheld(msgspec.Struct):
    """Where a post may not be shown."""

    country_codes: list[Country] = []


class Tweet(msgspec.Struct):
    """A post."""

    id: Number
    text: str
    author_id: Number | None = None
    author: User | None = None
    created_at: str | None = None
    conversation_id: Number | None = None
    lang: Annotated[str, Meta(max_length=35)] | None = None
    source: Name | None = None
    possibly_sensitive: bool = False
    referenced_tweets: list[Reference] = []
    public_metrics: Metrics | None = None
    entities: Entities | None = None
    attachments: Attachments | None = None
    note_tweet: NoteTweet | None = None
    edit_history_tweet_ids: list[Number] = []
    withheld: Withheld | None = None

    def refers(self, kind: str) -> str | None:
        """The post to which this one is a `replied_to`, `quoted` or `retweeted`."""
        return next((other.id for other in self.referenced_tweets if other.type == kind), None)


class Includes(msgspec.Struct):
    """What an answer brings along."""

    users: list[User] = []
    media: list[Picture] = []
    tweets: list[Raw] = []


class Answer(msgspec.Struct):
    """What the API answers; `data` is one post or event, several, or nothing."""

    data: Raw = Raw()
    includes: Includes | None = None
    meta: Raw = Raw()
    errors: Raw = Raw()

    @property
    def is_empty(self) -> bool:
        """Whether it says only that there is nothing."""
        return not bytes(self.data) and bool(self.includes or bytes(self.meta) or bytes(self.errors))


class Peeked(msgspec.Struct):
    """What tells a post from an event."""

    text: Raw = Raw()
