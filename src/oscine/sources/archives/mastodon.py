"""Mastodon's exports, a zip or (before 4.2) a tar.gz, and those of servers that make the same: `outbox.json`, `actor.json`, `likes.json`.

Nothing else is opened: no bookmarks, no media. The outbox holds ActivityStreams 2.0: posts (`Create`) and boosts (`Announce`). Posts for single people are
direct messages and are left out. A like tells no time: it counts as of the export. A post has the id that its own server's API gives it where its
address ends in that; others have their address. Pictures are where Mastodon keeps them if nothing else was set up (`/system/`).
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from oscine.errors import InputError
from oscine.records import Account, AccountChanged, AnyEvent, Card, Engagement, EngagementKind, Media, Post, PostWritten, Visibility
from oscine.sources.archives.archive import Archive, Kind, Told, meaning
from oscine.sources.archives.container import Container
from oscine.sources.jsonl import Count, Id, language_code
from oscine.sources.mastodon.content import plain
from oscine.sources.mastodon.statuses import full_name

MEMBERS = ("outbox.json", "actor.json", "likes.json")
PUBLIC = frozenset(("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"))
POSTS = frozenset(("Note", "Question", "Article", "Page"))
TOLD = frozenset(("handle", "name", "bio", "created_at", "bot", "searchable"))
ITEMS = r'"orderedItems"\s*:\s*\['
LONGEST_ID = 512
_HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,9}")  # never `x` or `bluesky`, which are other networks

Name = Annotated[str, Meta(max_length=1_000)]
Said = Annotated[str, Meta(max_length=50_000)]  # of oneself, in HTML
Address = Annotated[str, Meta(max_length=2_000)]
Some = list[str] | str | None


class Actor(msgspec.Struct, rename="camel"):
    """`actor.json`: whose export it is."""

    id: Address
    preferred_username: Annotated[str, Meta(min_length=1, max_length=100)]
    type: str = "Person"
    name: Name | None = None
    summary: Said | None = None
    followers: str = ""
    published: str | None = None
    indexable: bool | None = None
    discoverable: bool | None = None


class Tag(msgspec.Struct):
    """Somebody or something that is named in a text."""

    type: str = ""
    name: Name | None = None
    href: str | None = None


class Link(msgspec.Struct):
    """An address, as some servers give it."""

    href: str = ""


class Attachment(msgspec.Struct, rename="camel"):
    """A picture, sound or film (`Document` and others), or a link."""

    type: str = ""
    url: str | list[Link] | None = None
    name: str | None = None
    media_type: str | None = None


class Counted(msgspec.Struct, rename="camel"):
    """How many there are of something."""

    total_items: Count = 0


class Option(msgspec.Struct):
    """What a poll lets people choose."""

    name: str = ""


class Note(msgspec.Struct, rename="camel"):
    """A post."""

    id: Id
    type: str
    published: str
    updated: str | None = None
    name: str | None = None
    summary: str | None = None
    content: str | None = None
    content_map: dict[str, str | None] | None = None
    in_reply_to: str | None = None
    quote: Any = None
    quote_uri: str | None = None
    url: str | list[Link] | None = None
    to: Some = None
    cc: Some = None
    sensitive: bool | None = None
    attachment: list[Attachment] | Attachment | None = None
    tag: list[Tag] | Tag | None = None
    likes: Counted | str | None = None
    shares: Counted | str | None = None
    one_of: list[Option] | None = None
    any_of: list[Option] | None = None


class Activity(msgspec.Struct):
    """An item of the outbox."""

    type: str
    object: Note | str
    id: str = ""
    published: str | None = None


def folder(names: Iterable[str]) -> str | None:
    """The folder that an export's files are in, mostly none (""); None where these are not the files of one."""
    return next((name.removesuffix(MEMBERS[0]) for name in names if name.endswith(MEMBERS[0]) and name.count("/") <= 1), None)


class MastodonExport(Archive):
    """An export. Raises `InputError` where it does not tell whose it is."""

    def __init__(self, container: Container, folder: str, name: str, network: str, largest: int) -> None:
        super().__init__(name, network, largest)
        self._container, self._folder = container, folder
        actor = self.only(folder + "actor.json", container, Actor)
        if actor is None:
            raise InputError("It holds an outbox.json but no actor.json, which tells whose it is.", "Ask the server for a new export.")
        self._actor, self._host = actor, _host(actor.id)
        self._network = network or self._host
        account = full_name(actor.preferred_username, self._host)
        self._author = Account(id=account, network=self._network, handle=account, name=actor.name or "")
        self.what = f"a Mastodon export of @{account}"

    def read(self) -> Iterator[AnyEvent]:
        """See `Archive`."""
        yield from meaning("actor.json", self._actor, self._changed)
        yield from self._member("outbox.json", Activity, self._told)
        if (likes := self._folder + "likes.json") in self._container.names:
            at = self._container.time(likes)
            yield from self._member("likes.json", str, lambda address: [self._engaged("like", address, at)])

    def _member(self, name: str, kind: type[Kind], told: Told[Kind]) -> Iterator[AnyEvent]:
        return self.each(name, partial(self._container.open, self._folder + name), kind, told, ITEMS)

    def _changed(self, actor: Actor) -> Iterable[AnyEvent]:
        stated = actor.indexable if actor.indexable is not None else actor.discoverable
        account = msgspec.structs.replace(
            self._author,
            bio=plain(actor.summary or "").text,
            created_at=_time(actor.published) if actor.published else None,
            bot=actor.type in ("Service", "Application"),
            searchable=stated is not False,
        )
        return [AccountChanged(cursor=0, account=account, told=TOLD)]

    def _told(self, activity: Activity) -> Iterable[AnyEvent]:
        note = activity.object
        if activity.type == "Announce":
            address = note if isinstance(note, str) else note.id
            return [
                self._engaged(
                    "repost", address, _time(activity.published or ""), self._id(activity.id.removesuffix("/activity") or address)
                )
            ]
        if activity.type != "Create" or isinstance(note, str) or note.type not in POSTS:
            self.left_out["activities that are neither posts nor boosts"] += 1
            return []
        visibility = self._visibility(note)
        if visibility == "direct":
            self.left_out["direct messages"] += 1
            return []
        return [PostWritten(cursor=0, post=self._post(note, visibility), author=self._author)]

    def _engaged(self, kind: EngagementKind, address: str, at: datetime, key: str = "") -> AnyEvent:
        return Engagement(cursor=0, network=self._network, kind=kind, actor=self._author.id, post=self._id(address), at=at, key=key)

    def _visibility(self, note: Note) -> Visibility:
        to, cc = set(_some(note.to)), set(_some(note.cc))
        if to & PUBLIC:
            return "public"
        if cc & PUBLIC:
            return "unlisted"
        return "followers" if self._actor.followers and self._actor.followers in to | cc else "direct"

    def _id(self, address: str) -> str:
        """A post's id: of its own server's number, or its address. Raises `ValueError` for what is none."""
        if not 0 < len(address) <= LONGEST_ID:
            raise ValueError("an address of a post is empty or too long")
        parts = urlsplit(address)
        number = parts.path.rpartition("/")[2]
        return number if parts.hostname == self._host and number.isascii() and number.isdigit() else address

    def _post(self, note: Note, visibility: Visibility) -> Post:
        named = [tag for tag in _some(note.tag) if tag.type == "Mention" and tag.name]
        mentions = {tag.href or "": full_name((tag.name or "").lstrip("@"), self._host) for tag in named}
        mentions |= {f"https://{name.partition('@')[2]}/@{name.partition('@')[0]}": name for name in mentions.values()}
        content = plain(note.content or next(iter((note.content_map or {}).values()), "") or "", mentions)
        quoted = note.quote if isinstance(note.quote, str) else note.quote_uri
        options = note.one_of or note.any_of or []
        url = _address(note.url)
        return Post(
            id=self._id(note.id),
            network=self._network,
            author=self._author.id,
            text="\n\n".join(filter(None, (note.name, content.text))),
            created_at=_time(note.published),
            edited_at=_time(note.updated) if note.updated and note.updated != note.published else None,
            lang=language_code(next(iter(note.content_map or {}), None)),
            reply_to=note.in_reply_to and self._id(note.in_reply_to),
            quote_of=quoted and self._id(quoted),
            visibility=visibility,
            media=tuple(media for attachment in _some(note.attachment) if (media := self._media(attachment))),
            urls=content.urls,
            tags=tuple((tag.name or "").lstrip("#") for tag in _some(note.tag) if tag.type == "Hashtag" and tag.name),
            mentions=tuple(dict.fromkeys(mentions.values())),
            likes=_count(note.likes),
            reposts=_count(note.shares),
            sensitive=bool(note.sensitive),
            content_warning=note.summary or "",
            card=Card(name="poll", title=" / ".join(option.name for option in options)) if options else None,
            extra={"url": url} if url.startswith(("https://", "http://")) else {},
        )

    def _media(self, attachment: Attachment) -> Media | None:
        address = _address(attachment.url)
        if attachment.type == "Link" or not address:
            return None
        if "://" not in address:
            address = f"https://{self._host}/system/{address.lstrip('/')}"
        kind = (attachment.media_type or mimetypes.guess_type(urlsplit(address).path)[0] or "image").partition("/")[0]
        return Media(url=address, alt=attachment.name or "", kind=kind if kind in ("video", "audio") else "image")


def _host(address: str) -> str:
    """The server that an account is of. Raises `InputError` where that is no host of the Internet."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host):
        raise InputError("Its actor.json names no server.", "Ask the server for a new export.")
    return host


def _some(value: Any) -> list[Any]:
    """ActivityStreams gives one, several or none of most things."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _address(url: str | list[Link] | None) -> str:
    return (url[0].href if url else "") if isinstance(url, list) else url or ""


def _count(counted: Counted | str | None) -> int:
    return max(0, counted.total_items) if isinstance(counted, Counted) else 0


def _time(written: str) -> datetime:
    """Raises `ValueError` or `OverflowError` for what is no time."""
    at = datetime.fromisoformat(written)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
