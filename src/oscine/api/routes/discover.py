"""`GET /v1/people`, `/v1/trending`, `/v1/related`, `/v1/posts/{id}/similar`: what to look at, and for, next."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from oscine.api import schemas
from oscine.api.guard import Reader, app_of, viewer
from oscine.api.routes.posts import Network, PostId
from oscine.records import ANONYMOUS
from oscine.search import people, related, similar

router = APIRouter(prefix="/v1", tags=["discover"])
Words = Annotated[str, Query(max_length=2_000, description="Words and operators, as in /v1/search.")]
Language = Annotated[str | None, Query(pattern="^[a-z]{2,3}$", description="Posts in this language only, such as `en`.")]


@router.get("/people", summary="Find people")
def find_people(request: Request, key: Reader, q: Words, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> dict[str, Any]:
    """Who is called so (by handle or name), who writes about it, and whose bio says so; `why` tells which."""
    app = app_of(request)
    found = people.find(app.search, app.view(viewer(request, key)), q, limit)
    return {"people": [schemas.person(person) for person in found]}


@router.get("/trending", summary="What people write about more than before")
def trending(
    request: Request,
    key: Reader,
    hours: Annotated[float, Query(gt=0, le=744, description="The length of the time looked at.")] = 24,
    at: Annotated[AwareDatetime | None, Query(description="Its end; by default the time of the newest post.")] = None,
    lang: Language = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> dict[str, Any]:
    """Hashtags, cash tags, links, names and phrases that at least three people use now and clearly more than before, each with a post."""
    app = app_of(request)
    moment: datetime | None = at
    found = app.trends.topics(app.view(viewer(request, key)), moment, hours, limit, lang)
    return {"trends": [schemas.trend(trend) for trend in found]}


@router.get("/related", summary="Related searches")
def related_searches(request: Request, _key: Reader, q: Words, limit: Annotated[int, Query(ge=1, le=20)] = 8) -> dict[str, Any]:
    """What stands in the best posts of a search far more often than elsewhere, as searches to try next; made from public posts."""
    app = app_of(request)
    return {"related": [item._asdict() for item in related.searches(app.search, app.view(ANONYMOUS), q, limit)]}


@router.get("/posts/{post_id:path}/similar", summary="More like this")
def similar_posts(
    request: Request, key: Reader, post_id: PostId, network: Network = "", limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> dict[str, Any]:
    """The posts that are most like one post, by meaning and by words; neither the post itself nor copies of it."""
    app = app_of(request)
    view = app.view(viewer(request, key))
    found = similar.posts(view, app.embedder(), view.post(post_id, network), limit)
    return {"posts": [schemas.post(seen) for seen in found]}
