"""`/v1/saved`: searches that people keep, what is new for them, and webhooks that are told of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from oscine.access import Key
from oscine.api import schemas
from oscine.api.guard import SESSION_KEY, Reader, app_of, viewer
from oscine.api.schemas import SaveRequest, SeenRequest
from oscine.errors import NotAllowed
from oscine.safety import outbound
from oscine.search import saved as news
from oscine.store.saved import owner

router = APIRouter(prefix="/v1/saved", tags=["saved searches"])


def _owner(request: Request, key: Key) -> str:
    return owner(key.id, viewer(request, key))


@router.get("", summary="Your saved searches")
def listed(request: Request, key: Reader) -> dict[str, Any]:
    """All of the account that the key acts for, or of the key itself; `new` counts the posts that came since you last looked, up to a hundred."""
    app = app_of(request)
    view, arrived = app.view(viewer(request, key)), app.saved.arrived()
    kept = app.saved.of(_owner(request, key))
    return {"saved": [schemas.saved(one, news.count(app.search, view, one, arrived), news.COUNTED) for one in kept]}


@router.post("", summary="Save a search", status_code=201)
def add(request: Request, key: Reader, body: SaveRequest) -> dict[str, Any]:
    """Keep a search; what is there now counts as seen. With a webhook, new posts are posted to it, signed with `secret`, which is shown once."""
    app = app_of(request)
    secret = news.new_secret() if body.webhook else ""
    if body.webhook and key.id == SESSION_KEY:
        raise NotAllowed("A webhook goes with a key, and ends with it.", "Ask whoever runs this server for a key that acts for your account.")
    if body.webhook:
        outbound.checked(body.webhook)
    kept = app.saved.add(key.id, viewer(request, key), body.name, body.query, body.webhook, secret)
    return schemas.saved(kept, 0, news.COUNTED) | ({"secret": secret} if secret else {})


@router.delete("/{number}", summary="Forget a saved search")
def remove(request: Request, key: Reader, number: int) -> dict[str, Any]:
    """End it, and its webhook."""
    app_of(request).saved.remove(_owner(request, key), number)
    return {"id": number, "removed": True}


@router.get("/{number}/new", summary="What is new for a saved search")
def new(request: Request, key: Reader, number: int, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> dict[str, Any]:
    """The posts that came since you last looked, the latest arrivals first. Looking here changes nothing: say `seen` when you have."""
    app = app_of(request)
    one = app.saved.one(_owner(request, key), number)
    found = news.new(app.search, app.view(viewer(request, key)), one, app.saved.arrived(), limit)
    return {"posts": [schemas.post(seen) for seen in found]}


@router.post("/{number}/seen", summary="You have looked")
def seen(request: Request, key: Reader, number: int, body: SeenRequest) -> dict[str, Any]:
    """Count what arrived up to a post, or all, as seen."""
    app = app_of(request)
    whose = _owner(request, key)
    one = app.saved.one(whose, number)
    last = app.view(viewer(request, key)).post(body.post, body.network).number if body.post else app.saved.arrived()
    app.saved.looked(whose, one.id, last)
    return {"id": number, "seen": True}
