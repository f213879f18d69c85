"""The shapes of a feed generator on the wire, by the lexicons `app.bsky.feed.*`, and the marks by which a feed knows the posts that it gave.

A mark goes out with each post and comes back with what the person did with it (`feedContext`). It looks nothing up and decides nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from oscine.records import Engagement, EngagementKind, Viewer
from oscine.search.feed import Page
from oscine.store.feeds import FeedGenerator
from oscine.store.secret import code

COLLECTION = "app.bsky.feed.generator"
MOST_INTERACTIONS = 100  # of one call
MARK_DAYS = 7  # for which what is done with a post that was given counts
# What an event is here. A like, a repost, a reply or a quote is told by its own record, which alone can be taken back; to be seen is no deed.
MEANS: dict[str, tuple[EngagementKind, bool]] = {
    "requestLess": ("hide", True), "requestMore": ("hide", False),
    "clickthroughItem": ("click", True), "clickthroughAuthor": ("click", True), "clickthroughEmbed": ("click", True),
}  # fmt: skip


class Interaction(BaseModel):
    """What a person did with a post of a feed."""

    item: str = Field("", max_length=2_000)
    event: str = Field("", max_length=200)
    feedContext: str = Field("", max_length=2_000)


class Interactions(BaseModel):
    """What a client sends of them at once."""

    interactions: list[Interaction] = Field(max_length=MOST_INTERACTIONS)


def service(did: str, endpoint: str) -> dict[str, Any]:
    """The DID document of a feed generator (did:web)."""
    told = {"id": "#bsky_fg", "type": "BskyFeedGenerator", "serviceEndpoint": endpoint}
    return {"@context": ["https://www.w3.org/ns/did/v1"], "id": did, "service": [told]}


def described(did: str, feeds: Iterable[FeedGenerator]) -> dict[str, Any]:
    """Which feeds there are; one that nobody has published goes by the server's own name."""
    return {"did": did, "feeds": [{"uri": f"at://{feed.publisher or did}/{COLLECTION}/{feed.name}"} for feed in feeds]}


def skeleton(page: Page, viewer: Viewer, key: bytes, now: datetime) -> dict[str, Any]:
    """The posts of a page; for somebody who is known, each with its mark."""
    onward = {"cursor": page.cursor} if page.cursor else {}
    if viewer.anonymous:
        return {"feed": [{"post": post} for post in page.posts], **onward}
    return {"feed": [{"post": post, "feedContext": mark(key, viewer, post, now)} for post in page.posts], **onward}


def mark(key: bytes, viewer: Viewer, post: str, now: datetime) -> str:
    """What shows that a post was given to somebody on a day."""
    return _mark(key, viewer, post, now.astimezone(UTC).toordinal())


def _mark(key: bytes, viewer: Viewer, post: str, day: int) -> str:
    return f"{day}.{code(key, 'given', f'{day} {viewer.account} {post}')}"


def was_given(key: bytes, viewer: Viewer, post: str, said: str, now: datetime) -> bool:
    """Whether a mark is ours, of this post and person, and not too old."""
    day = said.partition(".")[0]
    if not (day.isascii() and day.isdigit() and len(day) < 9) or not 0 <= now.astimezone(UTC).toordinal() - int(day) <= MARK_DAYS:
        return False
    return hmac.compare_digest(_mark(key, viewer, post, int(day)).encode(), said.encode())


def engagements(sent: Interactions, viewer: Viewer, key: bytes, now: datetime) -> Iterator[Engagement]:
    """What interactions mean here, in order; those with posts that were not given to this person, and of kinds that mean nothing, are left alone."""
    for cursor, one in enumerate(sent.interactions, 1):
        meant = MEANS.get(one.event.removeprefix("app.bsky.feed.defs#"))
        if meant and was_given(key, viewer, one.item, one.feedContext, now):
            kind, on = meant
            yield Engagement(cursor=cursor, network=viewer.network, kind=kind, actor=viewer.account, post=one.item, at=now, on=on)
