"""Feeds for Bluesky: `app.bsky.feed.describeFeedGenerator`, `getFeedSkeleton`, `sendInteractions`, and the server's own DID document.

Nobody needs a key here: a server that asks for somebody says so by a service token, and whoever asks for nobody sees what is public.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from oscine import ingest
from oscine.access import reading
from oscine.api import xrpc
from oscine.api.guard import app_of
from oscine.app import App
from oscine.errors import KeyRequired, NotFound
from oscine.home.page import PostItem
from oscine.records import ANONYMOUS, Viewer
from oscine.search import feed
from oscine.store.feeds import NAME, FeedGenerator

router = APIRouter(tags=["bluesky"])
NETWORK = "bluesky"
FEED = re.compile(rf"at://(?P<publisher>[^/]+)/{re.escape(xrpc.COLLECTION)}/(?P<name>{NAME.pattern})")
SKELETON, INTERACTIONS = "app.bsky.feed.getFeedSkeleton", "app.bsky.feed.sendInteractions"


@router.get("/.well-known/did.json", summary="The server's DID document")
def document(request: Request) -> dict[str, Any]:
    """Where feeds are asked for (did:web). 404 where the server has no public address."""
    app = app_of(request)
    return xrpc.service(app.service_did, app.settings.public_url.rstrip("/"))


@router.get("/xrpc/app.bsky.feed.describeFeedGenerator", summary="Which feeds there are")
def describe(request: Request) -> dict[str, Any]:
    """By the lexicon; `oscine feeds` adds and removes them."""
    app = app_of(request)
    return xrpc.described(app.service_did, app.feed_generators.all())


@router.get(f"/xrpc/{SKELETON}", summary="The posts of a feed")
def skeleton(
    request: Request,
    feed_uri: Annotated[str, Query(alias="feed", max_length=2_000)],
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> dict[str, Any]:
    """As the person may see them for whom the token speaks; without a token, as anybody may. The newest first, or ranked for that person."""
    app, now = app_of(request), datetime.now(UTC)
    viewer = _viewer(request, SKELETON)
    asked = _feed(request, feed_uri)
    page = _ranked(app, viewer, limit, cursor) if asked.personal else _found(app, viewer, asked.query, now, limit, cursor)
    return xrpc.skeleton(page, viewer, app.feed_secret, now)


def _found(app: App, viewer: Viewer, query: str, now: datetime, limit: int, cursor: str | None) -> feed.Page:
    return feed.page(app.search, app.view(viewer), NETWORK, query, now, limit, cursor)


def _ranked(app: App, viewer: Viewer, limit: int, cursor: str | None) -> feed.Page:
    """A page of what is ranked for a person, as they steer it; without ads, which Bluesky would not mark as such."""
    made = app.home.page(viewer, app.steerings.of(viewer), limit, cursor, ads=False)
    posts = [item.seen.post for item in made.items if isinstance(item, PostItem)]
    return feed.Page([post.id for post in posts if post.network == NETWORK], made.cursor)


@router.post(f"/xrpc/{INTERACTIONS}", summary="What people do with the posts of a feed")
def interactions(request: Request, sent: xrpc.Interactions) -> dict[str, Any]:
    """Less and more of this, and clicks, are taken; only with posts that a feed of this server gave to that person in the last seven days."""
    app = app_of(request)
    viewer = _viewer(request, INTERACTIONS)
    if viewer.anonymous:
        raise KeyRequired("Whose interactions these are is not said.", "Send the person's service token.")
    app.ingest(ingest.Events([*xrpc.engagements(sent, viewer, app.feed_secret, datetime.now(UTC))]))
    return {}


def _viewer(request: Request, method: str) -> Viewer:
    """For whom a call is. Raises `KeyRequired` for a token that is not good: nobody is taken for somebody else, nor for nobody."""
    said = request.headers.get("authorization")
    if said is None:
        return ANONYMOUS
    scheme, _, token = said.partition(" ")
    if scheme.lower() != "bearer":
        raise KeyRequired("The authorization is no service token.", "Send `Authorization: Bearer TOKEN`.")
    viewer = Viewer(network=NETWORK, account=app_of(request).service_tokens.issuer(token.strip(), method, time.time()))
    reading.called("", viewer)
    return viewer


def _feed(request: Request, uri: str) -> FeedGenerator:
    """The feed of an at:// address. Raises `NotFound`."""
    app, said = app_of(request), FEED.fullmatch(uri)
    found = app.feed_generators.one(said["name"]) if said else None
    if not said or not found or said["publisher"] not in (found.publisher, app.service_did):
        raise NotFound(f"There is no feed {uri[:200]!r} here.", "app.bsky.feed.describeFeedGenerator tells which there are.")
    return found
