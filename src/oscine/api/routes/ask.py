"""Beyond one question: `GET /v1/posts/{id}/explain` and `GET /v1/summary`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from oscine.api import schemas
from oscine.api.guard import Reader, app_of, viewer
from oscine.api.routes import posts
from oscine.api.routes.posts import NO_NUL, Network, PostId
from oscine.ask.explain import explain
from oscine.ask.summary import LENGTH, LONGEST, Kind

router = APIRouter(prefix="/v1", tags=["ask"])
Language = Annotated[
    str | None, Query(pattern="^[a-z]{2}$", description="What Oscine's own words are in; by default what the posts are in.")
]


@router.get("/posts/{post_id:path}/explain", summary="Explain a post")
def explain_post(request: Request, post_id: PostId, key: Reader, network: Network = "", lang: Language = None) -> dict[str, Any]:
    """What one needs to know of a post: its author, the thread above, what it refers to, who says the same, who does not, and its replies.

    Each sentence names the posts it stands on. 404 as for the post itself.
    """
    if not request.scope["raw_path"].endswith(b"/explain"):  # an id that itself ends so, encoded as it has to be
        return posts.read(request, f"{post_id}/explain", key, network)
    app = app_of(request)
    view = app.view(viewer(request, key))
    return schemas.explanation(explain(view, app.search, view.post(post_id, network), lang))


@router.get("/summary", summary="Sum up a search, a thread, a day or an account")
def summary(
    request: Request,
    key: Reader,
    of: Annotated[Kind, Query(description="What is summed up.")],
    q: Annotated[str, Query(max_length=2_000, pattern=NO_NUL, description="The search; a post's id; a day as 2024-05-31; a handle.")],
    network: Network = "",
    length: Annotated[int, Query(ge=1, le=LONGEST, description="Sentences, at most.")] = LENGTH,
    lang: Language = None,
) -> dict[str, Any]:
    """The posts that stand for all, quoted, each sentence with its post; and how many posts by how many accounts there are for this viewer."""
    app = app_of(request)
    return schemas.digest(app.summaries.of(of, app.view(viewer(request, key)), q, network, length, lang))
