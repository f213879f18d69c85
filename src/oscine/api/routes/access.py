"""`/v1/access`: the log of accesses, for an admin; its head, for everyone."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request

from oscine.api.guard import Admin, app_of
from oscine.errors import InputError
from oscine.store.access_chain import Head

router = APIRouter(prefix="/v1/access", tags=["trust"])
LARGEST = (1 << 63) - 1


@router.get("/log", summary="The log of accesses")
def log(
    request: Request,
    _key: Admin,
    after: Annotated[int | None, Query(ge=0, le=LARGEST, description="From the page before.")] = None,
    what: Annotated[str, Query(max_length=100, description="`read`, or what else was done.")] = "",
    key: Annotated[str, Query(max_length=100, description="The id of the key it was done by.")] = "",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> dict[str, Any]:
    """The newest first. People and authors stand there by pseudonyms, posts by how many. `lost` are the entries that this process could not write."""
    told = app_of(request).access_log
    entries, onward = told.show(after, _text(what), _text(key), limit)
    return {"entries": entries, "after": onward, "lost": told.lost}


@router.get("/verify", summary="Whether the log holds")
def verify(
    request: Request,
    _key: Admin,
    head: Annotated[
        str, Query(max_length=2_000, description="A head that you kept, as `/v1/access/head` gave it: found is then, too, that both went.")
    ] = "",
) -> dict[str, Any]:
    """Every hash is worked out again, and every signature checked. Where it does not hold, `broken` tells the first place, and why."""
    told: dict[str, Any] = msgspec.to_builtins(app_of(request).verify_access_log(_known(head)))
    return told


@router.get("/head", summary="The signed end of the log")
def head(request: Request) -> dict[str, Any]:
    """Keep it: whoever shows you the log later can be held to it. `head` is null before the first entry."""
    return {"head": msgspec.to_builtins(app_of(request).access_log.head())}


def _known(text: str) -> Head | None:
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=Head)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        raise InputError("This is no head.", "Send the JSON object that `/v1/access/head` gave as `head`.") from None


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "")
