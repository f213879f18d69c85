"""`/v1/export` and `/v1/stream`: posts in bulk, and as they are written, under a licence that may be narrowed or ended meanwhile."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from oscine.access import Key
from oscine.api import exporting
from oscine.api.doors import DOORS
from oscine.api.exporting import Reader
from oscine.api.guard import app_of, caller, viewer
from oscine.api.routes.posts import LONGEST_NETWORK, NO_NUL
from oscine.api.streaming import Standing, guarded
from oscine.search import bulk
from oscine.search.bulk import Wanted

router = APIRouter(prefix="/v1", tags=["trust"])
LONGEST = 2_000
Network = Annotated[str, Query(max_length=LONGEST_NETWORK, pattern=NO_NUL, description="Posts of this network only.")]
After = Annotated[str, Query(max_length=100, description="Go on from here: a cursor that was told.")]
Purpose = Annotated[str, Query(max_length=20, description="What for, where the key has no licence that says so: authors are asked about it.")]
Since = Annotated[AwareDatetime | None, Query(description="Posts written from then on only.")]


def licensed(request: Request) -> Key:
    """A dependency: an admin, the person at this computer, or a key whose licence was let through this door."""
    key = caller(request)
    key.require("read" if key.licence else "admin")
    return key


Licensed = Annotated[Key, Depends(licensed)]


@router.get("/export", summary="Export posts as Oscine JSONL", response_class=StreamingResponse)
def export(
    request: Request, key: Licensed, since: Since = None, network: Network = "", after: After = "", purpose: Purpose = ""
) -> StreamingResponse:
    """All posts in the order in which they arrived, one a line, each with what its author said may be done with it; `oscine import` takes them back.

    After each batch a line `{"cursor": …}` tells where to go on (`after`); the last one says `"complete": true`, or why it broke off. Each batch rests on the
    key, its licence and the authors' words as they are then.
    """
    app, begun = app_of(request), bulk.cursor(after)
    standing = Standing(app, key, DOORS["GET", "/v1/export"], adopts=True)
    reader = Reader(app, standing, "export", viewer(request, key), purpose, Wanted(since, network))
    lines = guarded(app, standing, exporting.pieces(app, reader, begun), lambda reason: exporting.line({"complete": False, "reason": reason}))
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="posts.jsonl"'}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


@router.get("/stream", summary="New posts as they arrive, as server-sent events", response_class=StreamingResponse)
def stream(
    request: Request,
    key: Licensed,
    q: Annotated[str, Query(max_length=LONGEST, description="Posts that meet this query only, every word of it.")] = "",
    network: Network = "",
    after: After = "",
    purpose: Purpose = "",
    last_event_id: Annotated[str, Header(max_length=100)] = "",
) -> StreamingResponse:
    """`event: post` with a line of Oscine JSONL for each post, its `id` the cursor to go on from; a comment every ten seconds; `event: end` with a reason.

    It ends within a second of the key's revocation, or of its licence's end; a narrower licence holds from the next post on.
    """
    app = app_of(request)
    app.pulse.look()
    begun = bulk.cursor(last_event_id or after) or app.pulse.arrived
    standing = Standing(app, key, DOORS["GET", "/v1/stream"], adopts=True)
    reader = Reader(app, standing, "stream", viewer(request, key), purpose, Wanted(None, network, q))
    return StreamingResponse(exporting.events(app, standing, reader, begun), media_type="text/event-stream", headers={"Cache-Control": "no-store"})
