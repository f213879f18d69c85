"""`/v1/trust`: what the software measured of itself, what it goes by, what went wrong. Anybody may read all of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import PlainTextResponse
from pydantic import Field

from oscine.api.guard import Admin, app_of
from oscine.api.ordering import NO_NUL, Strict
from oscine.app.reporting import incident
from oscine.evals.trust import told
from oscine.store.incidents import LONGEST, LONGEST_TITLE
from oscine.trust import published

router = APIRouter(prefix="/v1/trust", tags=["trust"])

Number = Annotated[int, Path(ge=0, le=2**31 - 1)]
Name = Annotated[str, Path(max_length=200)]


class IncidentBody(Strict):
    """What went wrong, for everyone to read: no names, no posts."""

    title: str = Field(min_length=1, max_length=LONGEST_TITLE, pattern=NO_NUL)
    what: str = Field(min_length=1, max_length=LONGEST, pattern=NO_NUL)
    effect: str = Field("", max_length=LONGEST, pattern=NO_NUL, description="What it did to people.")


class EndBody(Strict):
    """How it ended."""

    mended: str = Field(min_length=1, max_length=LONGEST, pattern=NO_NUL, description="What was mended.")


@router.get("", summary="What the software says of itself")
def trust(request: Request) -> dict[str, Any]:
    """Eight aspects with what was measured of each, how, when and how it went; what the software goes by; incidents; the log's head; deletion."""
    app = app_of(request)
    return {"aspects": told.aspects(app.settings.data), **app.trust()}


@router.get("/published/{name:path}", summary="A prompt, a table of weights, a rule", response_class=PlainTextResponse)
def file(name: Name) -> PlainTextResponse:
    """A file that the software goes by, word for word, by its exact name in `published`."""
    return PlainTextResponse(published.text(name), headers={"X-Content-Type-Options": "nosniff"})


@router.get("/cards/{name:path}", summary="A model's card, or its data's", response_class=PlainTextResponse)
def card(request: Request, name: Name) -> PlainTextResponse:
    """A card as Markdown, by its path in `cards`: `models/NAME.md`, `corpora/NAME.md`."""
    return PlainTextResponse(app_of(request).card(name), headers={"X-Content-Type-Options": "nosniff"})


@router.post("/incidents", summary="Tell of an incident", status_code=201)
def open_(request: Request, body: IncidentBody, key: Admin) -> dict[str, Any]:
    """Everybody reads it. Where one of this title goes on, it is that one."""
    return incident(app_of(request).open_incident(body.title, body.what, body.effect, key.id))


@router.post("/incidents/{number}/end", summary="End an incident")
def end(request: Request, number: Number, body: EndBody, _key: Admin) -> dict[str, Any]:
    """It has ended, and this was mended."""
    return incident(app_of(request).incidents.end(number, body.mended))
