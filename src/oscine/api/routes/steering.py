"""`/v1/feed/steering`, `/v1/feed/why`, `/v1/feed/what-if`, `/v1/feed/history`: what a person asks of their feed, why it is as it is, and forgetting."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from oscine.api import feed as wire
from oscine.api import steering as shapes
from oscine.api.guard import Reader, app_of, viewer
from oscine.api.routes.posts import LONGEST_ID, LONGEST_NETWORK, NO_NUL
from oscine.errors import NotFound
from oscine.feed.sentence import MAX_SENTENCE
from oscine.recommendation import Action

router = APIRouter(prefix="/v1/feed", tags=["feed"])
Id = Annotated[str, Field(max_length=LONGEST_ID, pattern=NO_NUL)]
Network = Annotated[str, Field(max_length=LONGEST_NETWORK, pattern=NO_NUL)]
Token = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_NUL)]
Sent = Annotated[str, Query(description="Of whoever has no account: what they ask of their feed, as JSON.")]


class SentenceBody(BaseModel):
    """A sentence, and the steering that it is to change: by default what is kept."""

    model_config = ConfigDict(extra="forbid")
    sentence: str = Field(min_length=1, max_length=MAX_SENTENCE, pattern=NO_NUL)
    lang: Literal["en", "de", "fr", "es", "it", "pt", "ja"] | None = None
    steering: dict[str, Any] | None = None


class WithoutBody(BaseModel):
    """An act: of what kind, on which post, or (a follow) of which account."""

    model_config = ConfigDict(extra="forbid")
    kind: Action
    post: Id = ""
    account: Id = ""
    network: Network = ""


class WhatIfBody(BaseModel):
    """A post of a page, and what is to be otherwise."""

    model_config = ConfigDict(extra="forbid")
    page: Token
    post: Id
    network: Network = ""
    without: WithoutBody | None = None
    steering: dict[str, Any] | None = Field(None, description="What would be asked of the feed; by default what is kept.")


@router.get("/steering", summary="What you ask of your feed")
def steering(request: Request, key: Reader, steering: Sent = "") -> dict[str, Any]:
    """As it is kept with the account that asks."""
    app = app_of(request)
    return shapes.steering(wire.steered(app, viewer(request, key), steering))


@router.put("/steering", summary="Ask for something else")
def set_steering(request: Request, key: Reader, body: dict[str, Any]) -> dict[str, Any]:
    """All of it anew: dials, wishes, rules, order, whether what you did is read. Of whoever has no account nothing is kept."""
    app, wanted = app_of(request), shapes.given(body)
    app.steerings.set(viewer(request, key), wanted)
    return shapes.steering(wanted)


@router.delete("/steering", summary="Ask for nothing")
def unset_steering(request: Request, key: Reader) -> dict[str, Any]:
    """Forget what was asked."""
    return {"forgotten": app_of(request).steerings.forget(viewer(request, key))}


@router.post("/steering/read", summary="Say it in a sentence")
def read(request: Request, key: Reader, body: SentenceBody) -> dict[str, Any]:
    """What a sentence means, and the steering with it changed. Nothing is kept: PUT what comes of it."""
    app, who = app_of(request), viewer(request, key)
    before = wire.steered(app, who) if body.steering is None else shapes.given(body.steering)
    return shapes.read(app.read_steering(body.sentence, before, who, body.lang))


@router.get("/why", summary="Why this post")
def why(
    request: Request,
    key: Reader,
    page: Annotated[str, Query(min_length=1, max_length=64, pattern=NO_NUL, description="The page's token.")],
    post: Annotated[str, Query(min_length=1, max_length=LONGEST_ID, pattern=NO_NUL)],
    network: Annotated[str, Query(max_length=LONGEST_NETWORK, pattern=NO_NUL)] = "",
    steering: Sent = "",
) -> dict[str, Any]:
    """The parts of its score, which add up to it; what diversity took; what found it; what you did that bears on it."""
    app, who = app_of(request), viewer(request, key)
    return shapes.why(app.whys.why(who, wire.steered(app, who, steering), page, post, network))


@router.post("/what-if", summary="Where this post would stand")
def what_if(request: Request, key: Reader, body: WhatIfBody) -> dict[str, Any]:
    """Had you not done something, or asked for something else. Places count from 1; null is not on the page."""
    app, who = app_of(request), viewer(request, key)
    asked = wire.steered(app, who) if body.steering is None else shapes.given(body.steering)
    seen = app.view(who).post(body.post, body.network)
    act = None
    if body.without:
        undone, network = body.without, body.without.network or seen.post.network
        author = app.steerings.numbers([f"{network}/{undone.account}"]).get(f"{network}/{undone.account}", 0)
        if not undone.post and not author:
            raise NotFound("There is nobody of that name here.", "Name the account by its id.")
        on = app.view(who).post(undone.post, network).number if undone.post else 0
        act = app.whys.act(who, undone.kind, on, author)
    before, after = app.whys.what_if(who, asked, body.page, seen, act)
    return {"before": before, "after": after.position or None, "then": shapes.explained(after)}


@router.delete("/history", summary="Start again")
def forget(request: Request, key: Reader) -> dict[str, Any]:
    """Forget what you asked for, which pages you were served and what came of them, and what you opened, hid and stayed with here."""
    return msgspec.to_builtins(app_of(request).forget_feed(viewer(request, key)))  # type: ignore[no-any-return]
