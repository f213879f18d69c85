"""`/v1/connections/letters` and `/replay`: what could not be used of a network, why, and trying it again. Names of connections hold addresses."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from oscine.api import schemas
from oscine.api.guard import Admin, app_of
from oscine.api.routes.posts import NO_NUL

router = APIRouter(prefix="/v1/connections", tags=["status"])
AT_ONCE = 20  # letters of a page: each may hold a megabyte
Named = Annotated[str, Query(max_length=2_000, pattern=NO_NUL, description="The connection's name.")]


class ReplayRequest(BaseModel):
    """Whose letters are tried again."""

    connection: str = Field(max_length=2_000, pattern=NO_NUL)


@router.get("/letters", summary="What could not be used of a network, and why")
def letters(request: Request, _key: Admin, connection: Named, after: Annotated[int, Query(ge=0)] = 0) -> dict[str, Any]:
    """Oldest first, twenty a page; `after` leads to the next. Of the piece itself only its size is told: `oscine connections dead` prints it."""
    app = app_of(request)
    found = app.dead_letters.of(app.connections.one(connection).name, after, AT_ONCE)
    told = [
        {"id": kept.id, "at": schemas.time(kept.at), "reason": kept.reason, "tries": kept.tries, "bytes": len(kept.raw)} for kept in found
    ]
    return {"letters": told, "after": found[-1].id if len(found) == AT_ONCE else None}


@router.delete("/letters", summary="Forget them")
def drop(request: Request, _key: Admin, connection: Named) -> dict[str, Any]:
    """All of a connection."""
    app = app_of(request)
    return {"dropped": app.dead_letters.drop(app.connections.one(connection).name)}


@router.post("/replay", summary="Try them again")
def replay(request: Request, body: ReplayRequest, _key: Admin) -> dict[str, Any]:
    """All of a connection, oldest first: what can be used by now is stored and gone from the letters."""
    done = app_of(request).replay(body.connection)
    return {"used": done.used, "left": done.left}
