"""A search as a feed: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1. Posts in, bytes out; it looks nothing up.

What people wrote is text in all three. RSS alone takes its texts for HTML, so there they are escaped as HTML first. Controls, which
XML cannot hold, and those that turn the direction of all that follows, are left out. The same posts give the same bytes, which is what `etag` stands on.
"""

from __future__ import annotations

import html
import json
import textwrap
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import NamedTuple
from xml.etree import ElementTree as ET

import regex

from oscine.api import schemas
from oscine.view import SeenPost

ATOM = "http://www.w3.org/2005/Atom"
LONGEST_TITLE = 80
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without posts was last changed
_UNFIT = regex.compile(r"[^\t\n\r\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]|[\u202A-\u202E\u2066-\u2069]")


class Feed(NamedTuple):
    """Posts under a title; `page` is the same search in the web app, `address` the feed's own."""

    title: str
    page: str
    address: str
    base_url: str
    posts: Sequence[SeenPost]

    @property
    def changed(self) -> datetime:
        """When the newest post was written or the last one edited."""
        return max((_changed(seen) for seen in self.posts), default=NEVER)


def rss(feed: Feed) -> bytes:
    """RSS 2.0."""
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": ATOM, "xmlns:dc": "http://purl.org/dc/elements/1.1/"})
    channel = ET.SubElement(root, "channel")
    _texts(channel, title=_as_html(feed.title), link=feed.page, description=_as_html(feed.title), lastBuildDate=_rfc822(feed.changed))
    ET.SubElement(channel, "atom:link", {"rel": "self", "type": TYPES["rss"], "href": feed.address})
    for seen in feed.posts:
        item = ET.SubElement(channel, "item")
        _texts(item, title=_as_html(_title(seen)), link=_page(feed, seen), description=_as_html(_content(seen)))
        ET.SubElement(item, "guid", {"isPermaLink": "false"}).text = identity(seen)
        _texts(item, pubDate=_rfc822(seen.post.created_at), **{"dc:creator": _author(seen)})
    return _xml(root)


def atom(feed: Feed) -> bytes:
    """Atom."""
    root = ET.Element("feed", {"xmlns": ATOM})
    _texts(root, id=feed.address, title=feed.title, updated=schemas.time(feed.changed))
    ET.SubElement(root, "link", {"rel": "self", "type": TYPES["atom"], "href": feed.address})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    for seen in feed.posts:
        entry = ET.SubElement(root, "entry")
        _texts(
            entry, id=identity(seen), title=_title(seen), published=schemas.time(seen.post.created_at), updated=schemas.time(_changed(seen))
        )
        _texts(ET.SubElement(entry, "author"), name=_author(seen))
        ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": _page(feed, seen)})
        ET.SubElement(entry, "content", {"type": "text"}).text = _content(seen)
    return _xml(root)


def json_feed(feed: Feed) -> bytes:
    """JSON Feed 1.1."""
    items = [
        {
            "id": identity(seen), "url": _page(feed, seen), "content_text": _content(seen), "date_published": schemas.time(seen.post.created_at),
            "date_modified": schemas.time(_changed(seen)), "authors": [{"name": _author(seen)}], "tags": [_fit(tag) for tag in seen.post.tags],
            **({"language": seen.post.lang} if seen.post.lang else {}),
        }
        for seen in feed.posts
    ]  # fmt: skip
    told = {"version": "https://jsonfeed.org/version/1.1", "title": feed.title, "home_page_url": feed.page, "feed_url": feed.address}
    return json.dumps(told | {"items": items}, ensure_ascii=False).encode()


NOBODY = "somebody"  # whom a licence does not name
FORMATS: dict[str, Callable[[Feed], bytes]] = {"rss": rss, "atom": atom, "json": json_feed}
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


def title(query: str) -> str:
    """What the feed of a query is called."""
    return f"Oscine: {textwrap.shorten(_fit(query), LONGEST_TITLE, placeholder=' …') or 'the latest posts'}"


def identity(seen: SeenPost) -> str:
    """A post's name for readers: the same in every feed, wherever the server is."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"oscine:{seen.post.network}/{seen.post.id}").urn


def etag(body: bytes) -> str:
    """What stands for these very bytes."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def http_date(moment: datetime) -> str:
    """A time in UTC as HTTP's headers have it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _title(seen: SeenPost) -> str:
    return _author(seen) if seen.blurred else f"{_author(seen)}: {textwrap.shorten(_fit(seen.post.text), LONGEST_TITLE, placeholder=' …')}"


def _author(seen: SeenPost) -> str:
    if not seen.author.id:
        return NOBODY
    name, handle = _fit(seen.author.name).strip(), f"@{_fit(seen.author.handle)}"
    return f"{name} ({handle})" if name and name != seen.author.handle else handle


def _content(seen: SeenPost) -> str:
    """The text, or that it is covered: a reader has no cover to lift."""
    return f"Covered: {_fit(seen.blurred)}. Open its page to read it." if seen.blurred else _fit(seen.post.text)


def _changed(seen: SeenPost) -> datetime:
    return seen.post.edited_at or seen.post.created_at


def _page(feed: Feed, seen: SeenPost) -> str:
    return feed.base_url + schemas.page(seen)


def _fit(words: str) -> str:
    return str(_UNFIT.sub("", words))


def _as_html(words: str) -> str:
    return html.escape(words, quote=False).replace("\n", "<br>")


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def _texts(parent: ET.Element, **texts: str) -> None:
    for name, words in texts.items():
        ET.SubElement(parent, name).text = words


def _xml(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
