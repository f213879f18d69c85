"""`GET /v1/feed`: the posts that are worth a person's time."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from oscine.api import feed as wire
from oscine.api.guard import Reader, app_of, base_url, viewer
from oscine.api.routes.posts import NO_NUL
from oscine.recommendation import Order

router = APIRouter(prefix="/v1", tags=["feed"])


@router.get("/feed", summary="Posts for you")
def feed(
    request: Request,
    key: Reader,
    order: Annotated[
        Order | None, Query(description="`for-you`: ranked; `newest`: the newest first; by default what the person chose.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=500, pattern=NO_NUL, description="From the page before.")] = None,
    steering: Annotated[str, Query(description="Of whoever has no account: what they ask of their feed, as JSON.")] = "",
    ads: Annotated[bool, Query(description="Ads between the posts, where they may stand.")] = True,
) -> Response:
    """One page, kept as it was served, for the account that asks; public posts for whoever has none. What comes of it is told to /v1/feed/events."""
    app, who = app_of(request), viewer(request, key)
    made = app.home.page(who, wire.steered(app, who, steering, order), limit, cursor, ads)
    return Response(msgspec.json.encode(wire.home(made, who, base_url(request))), media_type="application/json")
