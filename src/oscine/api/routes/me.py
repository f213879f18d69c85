"""`/v1/me`: what is held about whoever asks, where their words went, narrowing it, deleting it, the certificate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import StringConstraints

from oscine.access import Key
from oscine.api.guard import app_of, caller, session, viewer
from oscine.api.ordering import NO_NUL, Strict
from oscine.api.routes.posts import PostId
from oscine.errors import KeyRequired, NotAllowed
from oscine.records import Intent, Viewer

router = APIRouter(tags=["trust"])


class ChoicesBody(Strict):
    """What may be done with my posts; what is left out stays."""

    searchable: bool | None = None
    training: Intent | None = None
    archive: Intent | None = None
    bulk: Intent | None = None


class DeleteBody(Strict):
    """The account's handle, typed again."""

    confirm: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=NO_NUL)]


def reading(request: Request) -> Viewer:
    """A dependency: the account that asks, signed in or by a key that acts for it. Raises `NotAllowed` for nobody."""
    return _acting(request, "read")


def writing(request: Request) -> Viewer:
    """A dependency: the same, by a key only where it may write the account's network."""
    return _acting(request, "write")


def _acting(request: Request, scope: Any) -> Viewer:
    found = session(request)
    if found and not request.headers.get("authorization"):
        return found.viewer
    try:
        key = request.state.key if hasattr(request.state, "key") else caller(request)
    except KeyRequired:
        if request.headers.get("authorization"):
            raise
        raise _nobody() from None
    who = viewer(request, key)
    if who.anonymous:
        raise _nobody()
    key.require(scope)
    if scope == "write":
        _may_write(key, who)
    return Viewer(network=who.network, account=who.account)


def _may_write(key: Key, who: Viewer) -> None:
    if key.writable is not None and who.network not in key.writable:
        raise NotAllowed(f"This key may not write the network {who.network!r}.", "Use a key that is bound to it, or sign in.")


def _nobody() -> NotAllowed:
    return NotAllowed("Nobody is signed in in this browser.", "Sign in at /sign-in, or use a key that acts for an account.")


Mine = Annotated[Viewer, Depends(reading)]
Changing = Annotated[Viewer, Depends(writing)]


@router.get("/v1/me", summary="What is held about me")
def me(request: Request, who: Mine) -> dict[str, Any]:
    """What is held and for how long, where it went, what is said of it, what was deleted: of the account that asks."""
    return app_of(request).held(who)


@router.get("/v1/me/export", summary="All of it, to take away")
def export(request: Request, who: Mine) -> StreamingResponse:
    """One JSON object: what `/v1/me` tells, and `rows`, every row that is held with its kind. Secrets and what is sealed are left out."""
    app = app_of(request)
    told, rows = app.held(who), app.everything(who)

    def pieces() -> Iterator[str]:
        yield json.dumps(told)[:-1] + ', "rows": ['
        for number, (what, row) in enumerate(rows):
            yield (",\n" if number else "\n") + json.dumps({"what": what, **row}, default=str)
        yield "\n]}\n"

    headers = {"Content-Disposition": 'attachment; filename="oscine-about-me.json"'}
    return StreamingResponse(pieces(), media_type="application/json", headers=headers)


@router.put("/v1/me/choices", summary="Say what may be done with my posts")
def choose(request: Request, who: Changing, body: ChoicesBody) -> dict[str, Any]:
    """It counts from now on, for all posts of the account that are here and that will be. What was denied leaves corpora with the next purge."""
    app = app_of(request)
    said: dict[str, Intent] = {name: word for name in ("training", "archive", "bulk") if (word := getattr(body, name)) is not None}
    agreed = app.agree(who, said, body.searchable)
    return {"searchable": agreed.searchable, "training": agreed.training, "archive": agreed.archive, "bulk": agreed.bulk}


@router.delete("/v1/me/posts/{post_id:path}", summary="Delete a post of mine")
def delete_post(request: Request, post_id: PostId, who: Changing) -> dict[str, Any]:
    """Here and for good: at once it is in no search, answer or page; out of every file with the next purge. On its own network it stays."""
    app = app_of(request)
    app.delete_own_post(who, post_id)
    return {"id": post_id, "network": who.network, "deleted": True, **_until(app.pending())}


@router.post("/v1/me/delete", summary="Delete my account here")
def delete_account(request: Request, who: Changing, body: DeleteBody) -> dict[str, Any]:
    """With its posts and all that is held about it, for good; `confirm` is its handle. On its own network it stays."""
    app = app_of(request)
    app.delete_own_account(who, body.confirm)
    return {"account": who.account, "network": who.network, "deleted": True, **_until(app.pending())}


def _until(pending: dict[str, Any]) -> dict[str, Any]:
    """Until when what was deleted is gone from every file."""
    due = pending["due"]
    return {"purged_by": due and due.isoformat().replace("+00:00", "Z"), "bound_days": pending["bound_days"]}


@router.get("/v1/certificates/{certificate}", summary="What a purge removed, signed")
def certificate(request: Request, certificate: Annotated[str, Path(max_length=64, pattern=r"^[\w-]+$")]) -> dict[str, Any]:
    """Open to whoever has its id, which nobody guesses. `oscine certificate FILE --verify` checks it without this server."""
    return app_of(request).certificate(certificate)
