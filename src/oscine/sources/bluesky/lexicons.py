"""The shapes of the records that are read: as much of each lexicon as means something here.

Sources: the lexicons `app.bsky.*` (https://github.com/bluesky-social/atproto/tree/main/lexicons) and `org.user-intents.declaration`
(https://github.com/bluesky-social/proposals/tree/main/0008-user-intents). Names are the lexicons' own. Open unions (embeds, features of a facet) are
told by `$type`; what is of another type is passed over. What a record means is not known here.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

Text = Annotated[str, Meta(max_length=3_000)]
Short = Annotated[str, Meta(max_length=640)]
Alt = Annotated[str, Meta(max_length=10_000)]
Did = Annotated[str, Meta(pattern=r"^did:[a-z]+:[a-zA-Z0-9._:%-]+\Z", max_length=2_048)]
Uri = Annotated[str, Meta(max_length=8_192)]
At = Annotated[str, Meta(pattern=r"^at://did:[a-z]+:[a-zA-Z0-9._:%-]+(/[a-zA-Z0-9.-]+(/[a-zA-Z0-9._:~-]+)?)?\Z", max_length=8_192)]
Few = Meta(max_length=100)


class Subject(Struct):
    """A strong reference: another record, by its address."""

    uri: At


class Reply(Struct):
    """What a post replies to, and where its thread began."""

    root: Subject
    parent: Subject


class Facet(Struct):
    """A stretch of the text, and what it is: a mention, a link, a tag."""

    features: Annotated[list[dict[str, Any]], Few]


class SelfLabel(Struct):
    """One word that an author says of the own post or profile."""

    val: Annotated[str, Meta(max_length=128)]


class SelfLabels(Struct):
    """All of them."""

    values: Annotated[list[SelfLabel], Meta(max_length=10)] = []


class Blob(Struct):
    """A file of an account: `ref` is its CID, as bytes (DAG-CBOR) or as `{"$link": …}` (JSON)."""

    ref: bytes | dict[str, str]


class Image(Struct):
    """A picture, and what it shows in words."""

    image: Blob
    alt: Alt = ""


class Images(Struct, tag="app.bsky.embed.images", tag_field="$type"):
    """Up to four pictures."""

    images: Annotated[list[Image], Few]


class Gallery(Struct, tag="app.bsky.embed.gallery", tag_field="$type"):
    """More of them; each item is of a type of its own."""

    items: Annotated[list[dict[str, Any]], Few]


class Video(Struct, tag="app.bsky.embed.video", tag_field="$type"):
    """A film."""

    video: Blob
    alt: Alt = ""


class Link(Struct):
    """A page elsewhere, with its preview."""

    uri: Uri
    title: Text = ""


class External(Struct, tag="app.bsky.embed.external", tag_field="$type"):
    """A link in a frame."""

    external: Link


class Quote(Struct, tag="app.bsky.embed.record", tag_field="$type"):
    """Another record, shown within: a post, a list, a feed."""

    record: Subject


class Quoted(Struct):
    """The record of a quote, whose type goes without saying."""

    record: Subject


class QuoteWithMedia(Struct, tag="app.bsky.embed.recordWithMedia", tag_field="$type"):
    """Another record beside pictures, a film or a link."""

    record: Quoted
    media: dict[str, Any]


Media = Images | Gallery | Video | External
Embed = Media | Quote | QuoteWithMedia
EMBEDS = frozenset(f"app.bsky.embed.{name}" for name in ("images", "gallery", "video", "external", "record", "recordWithMedia"))
GALLERY_IMAGE = "app.bsky.embed.gallery#image"


class Post(Struct):
    """`app.bsky.feed.post`."""

    text: Text
    createdAt: str = ""
    langs: Annotated[list[Short], Few] | None = None
    facets: Annotated[list[Facet], Meta(max_length=1_000)] | None = None
    reply: Reply | None = None
    embed: dict[str, Any] | None = None
    labels: SelfLabels | None = None
    tags: Annotated[list[Short], Few] | None = None


class Act(Struct):
    """`app.bsky.feed.like` and `app.bsky.feed.repost`: of a post, or of a feed."""

    subject: Subject
    createdAt: str = ""


class Towards(Struct):
    """`app.bsky.graph.follow` and `app.bsky.graph.block`: an account."""

    subject: Did
    createdAt: str = ""


class ListItem(Struct):
    """`app.bsky.graph.listitem`: an account on a list, which is a record of its own."""

    subject: Did
    list: At
    createdAt: str = ""


class Profile(Struct):
    """`app.bsky.actor.profile`."""

    displayName: Short | None = None
    description: Text | None = None
    labels: SelfLabels | None = None


class Intention(Struct):
    """One use that an account allows, denies or says nothing of."""

    allow: bool | None = None
    updatedAt: str = ""


DECLARED = {"training": "syntheticContentGeneration", "archive": "publicAccessArchive", "bulk": "bulkDataset"}
PREFIX = "org.user-intents."  # an early form of the proposal has it before each of the names


def intentions(record: dict[str, Any]) -> dict[str, Intention]:
    """`org.user-intents.declaration` by our names of the uses. Raises `msgspec.ValidationError`."""
    told = {ours: record.get(theirs) or record.get(PREFIX + theirs) or {} for ours, theirs in DECLARED.items()}
    return msgspec.convert(told, dict[str, Intention])
