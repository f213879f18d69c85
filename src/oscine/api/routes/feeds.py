"""`GET /v1/search.rss`, `.atom` and `.json`: any search as a feed that is asked again and again."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from oscine.api import feeds
from oscine.api.feeds import Feed
from oscine.api.guard import FeedReader, app_of, base_url, viewer
from oscine.search.search import Sort

router = APIRouter(prefix="/v1", tags=["search"])
Form = Literal["rss", "atom", "json"]


@router.get("/search.{form}", summary="A search as an RSS, Atom or JSON feed", response_class=Response)
def feed(
    request: Request,
    form: Form,
    key: FeedReader,
    q: Annotated[str, Query(description="As for /v1/search.")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    sort: Annotated[Sort, Query(description="`latest`: the newest first; `top`: the best first.")] = "latest",
    fold: Annotated[bool, Query(description="Put near-duplicates under the first of them.")] = True,
    plain: Annotated[bool, Query(description="Read plain language as operators; `last week` is then that of each reading.")] = True,
) -> Response:
    """What a feed reader asks for, with `ETag` and `Last-Modified`. The key may be given as `?key=` where it has no right but to read."""
    app, base = app_of(request), base_url(request)
    found = app.search.search(app.view(viewer(request, key)), q, limit=limit, sort=sort, fold=fold, plainly=plain)
    asked = urlencode({"q": q, "limit": limit, "sort": sort, **({} if fold else {"fold": "false"}), **({} if plain else {"plain": "false"})}, errors="replace")
    page = f"{base}/search?{urlencode({'q': q, 'sort': sort}, errors='replace')}"
    made = Feed(feeds.title(q), page, f"{base}/v1/search.{form}?{asked}", base, [item.seen for item in found.results])
    return _reply(request, form, made)


def _reply(request: Request, form: Form, made: Feed) -> Response:
    """The feed, or 304 where the reader has it."""
    body = feeds.FORMATS[form](made)
    told = {
        "ETag": feeds.etag(body),
        "Last-Modified": feeds.http_date(made.changed),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
    }
    if _has(request, told["ETag"], told["Last-Modified"]):
        return Response(status_code=304, headers=told)
    return Response(body, headers=told, media_type=f"{feeds.TYPES[form]}; charset=utf-8")


def _has(request: Request, etag: str, modified: str) -> bool:
    """Whether the reader has this very feed. A date counts only if it is the same: where posts were deleted the feed is older than before."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return etag in {name.strip().removeprefix("W/") for name in known.split(",")} or known.strip() == "*"
    return request.headers.get("if-modified-since") == modified
