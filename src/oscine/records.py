"""The small frozen records that flow through Oscine: everything a network is, and everything that happens in it.

Ids are the network's own strings (`at://…`, `https://…`, a tweet id); the key of a post or an account is (network, id).
Times are aware and in UTC. A record knows nothing of where it is stored or how it is shown.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Visibility = Literal["public", "unlisted", "followers", "direct"]
EngagementKind = Literal["like", "repost", "reply", "quote", "click", "hide", "report", "dwell"]
RelationKind = Literal["follow", "block", "mute", "list"]
Intent = Literal["allow", "deny", "unset"]
INACTIVE = "!inactive"  # the label of an account that its network or its owner has put away for a time: nobody else sees its posts
SIGNED_IN_ONLY = "!no-unauthenticated"  # the label of an account that asks to be shown only to people who are signed in
MACHINE = "machine"  # who says a label that this software found itself: it counts only where no person of this network has decided otherwise
OPERATOR = "operator"  # who says, or denies, a label as a person of this network: it outranks the machine
AUTO = "auto-"  # what the machine's labels begin with: they are told from a person's at sight, and hide nothing by themselves
AUTOMATED = "bot"  # the label of an account, or of a post, that says itself that a machine writes there


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Frozen, compared by value, made by keyword."""


class Media(Record, frozen=True):
    """A picture, sound or film of a post."""

    url: str
    alt: str = ""
    kind: str = "image"


class Geo(Record, frozen=True):
    """Where a post says it is from: degrees (WGS 84), a name, or both."""

    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    name: str = ""


class Card(Record, frozen=True):
    """What a network shows under a post in a frame: a link's preview, a poll. `name` is its kind (`summary`, `poll2choice_text_only`)."""

    name: str = ""
    url: str = ""
    title: str = ""


class Account(Record, frozen=True):
    """Who writes. `searchable` False keeps the account's posts out of search; `intents` (training, archive, bulk) were stated at `intents_at`."""

    id: str
    network: str
    handle: str = ""
    name: str = ""
    bio: str = ""
    created_at: datetime | None = None
    followers: int | None = None
    following: int | None = None
    bot: bool = False
    verified: bool = False
    searchable: bool = True
    intents: dict[str, Intent] = {}
    intents_at: datetime | None = None


class Post(Record, frozen=True):
    """One post as its network gave it. `author` is an account id; `labels` None means not labelled yet."""

    id: str
    network: str
    author: str
    text: str
    created_at: datetime
    edited_at: datetime | None = None
    lang: str | None = None
    reply_to: str | None = None
    root: str | None = None
    quote_of: str | None = None
    visibility: Visibility = "public"
    media: tuple[Media, ...] = ()
    urls: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    likes: int = 0
    reposts: int = 0
    replies: int = 0
    quotes: int = 0
    labels: tuple[str, ...] | None = None
    sensitive: bool = False
    content_warning: str = ""
    source: str = ""
    geo: Geo | None = None
    card: Card | None = None
    extra: dict[str, Any] = {}


Use = Literal["read", "search", "answer", "export", "stream"]
Purpose = Literal["search", "research", "archive", "moderation", "training", "other"]
Field = Literal["text", "author", "counts", "media", "links", "place", "labels"]


class Licence(Record, frozen=True):
    """What a key may have of the posts, and what for: it narrows what the key's viewer may see, and never widens it.

    `networks` empty means any; `days` reach back from now, None without end; `per_minute` counts requests. Without the field `text`, or any other, a
    post is given without it. Each change makes a new `version`; the newest counts, at once.
    """

    holder: str
    purpose: Purpose
    uses: frozenset[Use]
    fields: frozenset[Field]
    networks: frozenset[str] = frozenset()
    days: float | None = None
    per_minute: int | None = None
    expires_at: datetime | None = None
    version: int = 1


class Viewer(Record, frozen=True):
    """Who looks. Without an account, a viewer is anonymous and sees public posts only; a licence narrows what it sees further."""

    network: str = ""
    account: str = ""
    licence: Licence | None = None

    @property
    def anonymous(self) -> bool:
        """Whether no account stands behind this viewer."""
        return not self.account


ANONYMOUS = Viewer()


class Event(Record, frozen=True):
    """Something that happened, with the cursor at which its source goes on after it."""

    cursor: int


class PostWritten(Event, frozen=True):
    """A post was created or edited; `author` is what the source knows of its account."""

    post: Post
    author: Account

    @property
    def network(self) -> str:
        """The network that it happened on."""
        return self.post.network


class PostDeleted(Event, frozen=True):
    """A post is gone for good."""

    network: str
    id: str


class AccountChanged(Event, frozen=True):
    """A profile was created or edited; `told` are the fields that are known of it, None for all."""

    account: Account
    told: frozenset[str] | None = None

    @property
    def network(self) -> str:
        """The network that it happened on."""
        return self.account.network


class AccountDeleted(Event, frozen=True):
    """An account is gone for good, and its posts with it."""

    network: str
    id: str


class Engagement(Event, frozen=True):
    """`actor` did `kind` to `post`, or took it back; `key` is the network's own id of it, by which alone some networks take it back (`Undone`)."""

    network: str
    kind: EngagementKind
    actor: str
    post: str
    at: datetime
    on: bool = True
    key: str = ""


class Relation(Event, frozen=True):
    """`actor` follows, blocks or mutes `target`, or has it on a list called `list`, which is for `actor` alone unless `public`; or no longer.

    `key` is the network's own id of it, as of an engagement.
    """

    network: str
    kind: RelationKind
    actor: str
    target: str
    at: datetime
    on: bool = True
    list: str = ""
    public: bool = False
    key: str = ""


class Undone(Event, frozen=True):
    """The like, repost, follow or block that its network calls `key` was taken back, for good."""

    network: str
    key: str


class Labelled(Event, frozen=True):
    """`by` (a labeler, or the network itself) says `label` of a `post` or, where that is empty, of an `account`; or no longer, or until `expires`."""

    network: str
    label: str
    by: str
    at: datetime
    post: str = ""
    account: str = ""
    on: bool = True
    expires: datetime | None = None


class Refused(Event, frozen=True):
    """A piece of input that could not be used, and why; nothing else is lost with it. `raw` is the piece, where it may be tried again."""

    reason: str
    raw: bytes = b""


class Reached(Event, frozen=True):
    """All that came before it is told: the source goes on after `place`, which is in its own words. `at` is when the newest of it happened."""

    place: str
    at: datetime | None = None


class Gap(Event, frozen=True):
    """Something was missed: of `account`, or of all where it is empty. What is stored of it must be compared with what its network has."""

    network: str
    reason: str
    account: str = ""


AnyEvent = (
    PostWritten | PostDeleted | AccountChanged | AccountDeleted | Engagement | Relation | Undone | Labelled | Refused | Reached | Gap
)
