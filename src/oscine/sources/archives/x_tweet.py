"""A post of an X archive, as all generations write it since 2012: its shape, and what it is for Oscine.

Places are not kept: X may ask for them to be removed from all posts of an account at once (`scrub_geo`), and what is not kept needs no removal.
It does not know who the author is, nor where the post was found.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from oscine.records import Account, Media, Post, Visibility
from oscine.sources.jsonl import Count, Id, language_code

SNOWFLAKES = 29_700_859_247  # ids from here on tell when they were made: milliseconds since EPOCH, then 22 bits more (4 November 2010)
EPOCH = 1_288_834_974.657
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_KINDS = {"photo": "image", "animated_gif": "image", "video": "video"}
_PROGRAM = re.compile(r"^<a [^>]*>([^<]*)</a>$")
_STATUS = re.compile(r"^https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/(?:i/web|\w+)/status/(\d+)")
_REPOST = re.compile(r"RT @\w+: ")
_CUT = re.compile(r"…\s*+(?:https?://\S++\s*+)*+$")  # how the beginning of a long post ends
_ADDRESSED = re.compile(r"^(?:@\w++\s++)++")
_SHORTENED = re.compile(r"https?://t\.co/\w+")
LINKS = 1_000  # of a post are given at full length, each up to
LINK_LENGTH = 2_000

Name = Annotated[str, Meta(max_length=1_000)]
Said = Annotated[str, Meta(max_length=10_000)]  # of oneself; X allows 160
Number = Annotated[str, Meta(pattern=r"^[0-9]{1,20}\Z")]


class Link(msgspec.Struct):
    """An address in a text: as it stands there (`url`), and where it leads."""

    url: str = ""
    expanded_url: str | None = None


class Variant(msgspec.Struct):
    """One rendering of a film."""

    url: str = ""
    content_type: str = ""
    bitrate: Count = 0


class Film(msgspec.Struct):
    """The renderings of a film."""

    variants: list[Variant] = []


class Picture(msgspec.Struct):
    """A picture or film; `url` is how it stands in the text."""

    url: str = ""
    media_url_https: str = ""
    media_url: str = ""
    type: str = "photo"
    ext_alt_text: str | None = None
    video_info: Film | None = None


class Named(msgspec.Struct):
    """Somebody who is named in a text."""

    screen_name: Name = ""


class Tag(msgspec.Struct):
    """A tag in a text."""

    text: Name = ""


class Entities(msgspec.Struct):
    """What stands in a text."""

    urls: list[Link] = []
    user_mentions: list[Named] = []
    hashtags: list[Tag] = []
    media: list[Picture] = []


class Edits(msgspec.Struct):
    """The versions of a post, oldest first."""

    editTweetIds: list[Id] = []


class Edit(msgspec.Struct):
    """Of a version that is not the first."""

    initialTweetId: Id | None = None
    editControlInitial: Edits | None = None


class EditInfo(msgspec.Struct):
    """Of the first version (`initial`), or of a later one (`edit`)."""

    initial: Edits | None = None
    edit: Edit | None = None

    @property
    def versions(self) -> list[str]:
        """The ids of all versions."""
        edits = self.initial or (self.edit and self.edit.editControlInitial)
        return edits.editTweetIds if edits else []


class User(msgspec.Struct):
    """Whoever wrote a post, in archives of before 2018."""

    id_str: Number | None = None
    screen_name: str = ""
    protected: bool = False


class Reposted(msgspec.Struct):
    """The post that a repost repeats, in archives of before 2018."""

    id_str: Number


class Tweet(msgspec.Struct):
    """A post. The text is `full_text`, `text` before 2018."""

    id_str: Number
    created_at: str
    full_text: str | None = None
    text: str | None = None
    lang: Annotated[str, Meta(max_length=35)] | None = None
    source: Name | None = None
    entities: Entities | None = None
    extended_entities: Entities | None = None
    favorite_count: Count | None = None
    retweet_count: Count | None = None
    in_reply_to_status_id_str: Number | None = None
    quoted_status_id_str: Number | None = None
    possibly_sensitive: bool | None = None
    edit_info: EditInfo | None = None
    user: User | None = None
    retweeted_status: Reposted | None = None

    @property
    def said(self) -> str:
        """The text as X wrote it down: escaped, its links shortened."""
        return self.full_text if self.full_text is not None else self.text or ""

    @property
    def is_repost(self) -> bool:
        """Whether it only repeats another's post."""
        return self.retweeted_status is not None or bool(_REPOST.match(self.said))

    @property
    def is_superseded(self) -> bool:
        """Whether it is an older version of an edited post."""
        versions = self.edit_info.versions if self.edit_info else []
        return bool(versions) and self.id_str != versions[-1]

    @property
    def at(self) -> datetime:
        """When it was written. Raises `ValueError`."""
        return moment(self.created_at)


class NoteLink(msgspec.Struct):
    """A link of a long post."""

    shortUrl: str = ""
    expandedUrl: str | None = None


class NoteCore(msgspec.Struct):
    """A long post's text and links."""

    text: str = ""
    urls: list[NoteLink] = []


def moment(written: str) -> datetime:
    """A time as X wrote it in 2012 (`2013-01-31 21:33:41 +0000`), since (`Sat Feb 18 12:33:11 +0000 2023`) or elsewhere (RFC 3339).

    Raises `ValueError`.
    """
    parts = written.split()
    try:
        if len(parts) == 6:
            _, month, day, clock, zone, year = parts
            written = f"{int(year):04}-{_MONTHS.index(month) + 1:02}-{int(day):02}T{clock}{zone}"
        elif len(parts) == 3:
            written = f"{parts[0]}T{parts[1]}{parts[2]}"
        at = datetime.fromisoformat(written)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except ValueError:
        raise ValueError(f"{written[:40]!r} is no time") from None


def made_at(identity: str) -> datetime | None:
    """When what has this id was made; None for the ids of before November 2010, which do not tell."""
    number = int(identity)
    if not SNOWFLAKES <= number < 1 << 63:
        return None
    return datetime.fromtimestamp((number >> 22) / 1000 + EPOCH, UTC)


def post(tweet: Tweet, author: Account, visibility: Visibility, note: NoteCore | None = None) -> Post:
    """A tweet as a post; `note` is the whole of a long one. Raises `ValueError` where its time is none."""
    entities = tweet.entities or Entities()
    pictures = (tweet.extended_entities or entities).media or entities.media
    links = [Link(link.shortUrl, link.expandedUrl) for link in note.urls] if note else []
    links += entities.urls
    return Post(
        id=tweet.id_str,
        network=author.network,
        author=author.id,
        text=plain(note.text if note else tweet.said, links, [picture.url for picture in pictures]),
        created_at=tweet.at,
        lang=language_code(tweet.lang),
        reply_to=tweet.in_reply_to_status_id_str,
        quote_of=tweet.quoted_status_id_str or _quoted(links),
        visibility=visibility,
        media=tuple(_media(picture) for picture in pictures),
        urls=tuple(dict.fromkeys(link.expanded_url or link.url for link in links if link.url)),
        tags=tuple(tag.text for tag in entities.hashtags if tag.text),
        mentions=tuple(named.screen_name for named in entities.user_mentions if named.screen_name),
        likes=max(0, tweet.favorite_count or 0),
        reposts=max(0, tweet.retweet_count or 0),
        sensitive=bool(tweet.possibly_sensitive),
        source=program(tweet.source or ""),
    )


def plain(said: str, links: Iterable[Link], pictures: Iterable[str] = ()) -> str:
    """A text as people read it: links at full length, those of its own pictures left out, nothing escaped."""
    meant = {link.url: link.expanded_url for link in links if link.expanded_url and len(link.expanded_url) <= LINK_LENGTH}
    meant |= dict.fromkeys(pictures, "")
    return _SHORTENED.sub(lambda found: meant.get(found[0], found[0]), html.unescape(said), count=LINKS).strip()


def program(source: str) -> str:
    """The name of a program out of the link that X makes of it."""
    found = _PROGRAM.match(source)
    return html.unescape(found[1] if found else source)


def continues(tweet: Tweet, note: NoteCore) -> bool:
    """Whether a long post begins as this tweet does, which is all that X tells of them but the second."""
    begun = _spaces(_ADDRESSED.sub("", _CUT.sub("", html.unescape(tweet.said))))
    return bool(begun) and _spaces(_ADDRESSED.sub("", html.unescape(note.text))).startswith(begun)


def _spaces(text: str) -> str:
    return " ".join(text.split())


def _quoted(links: list[Link]) -> str | None:
    """The post that the last link leads to: X shows it as a quote."""
    found = _STATUS.match(links[-1].expanded_url or "") if links else None
    return found[1] if found else None


def _media(picture: Picture) -> Media:
    films = [variant for variant in (picture.video_info or Film()).variants if variant.content_type == "video/mp4"]
    best = max(films, key=lambda variant: variant.bitrate, default=Variant(url=picture.media_url_https or picture.media_url))
    return Media(url=best.url, alt=picture.ext_alt_text or "", kind=_KINDS.get(picture.type, picture.type[:20]))
