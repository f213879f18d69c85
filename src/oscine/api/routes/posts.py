"""Posts in and out: `POST /v1/posts`, `DELETE /v1/posts/{id}`, `GET /v1/posts/{id}`."""

from __future__ import annotations

import asyncio
import tempfile
from typing import IO, Annotated, Any, get_args

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from oscine.access import Key
from oscine.api import schemas
from oscine.api.guard import Reader, Writer, app_of, viewer
from oscine.errors import InputError, NotAllowed
from oscine.ingest import Events
from oscine.records import PostDeleted
from oscine.sources import jsonl
from oscine.sources.jsonl import JsonLines

router = APIRouter(prefix="/v1/posts", tags=["posts"])
NO_NUL = r"^[^\x00]*$"  # PostgreSQL holds none
LONGEST_ID, LONGEST_NETWORK = (get_args(kind)[1].max_length for kind in (jsonl.Id, jsonl.Network))
Network = Annotated[str, Query(max_length=LONGEST_NETWORK, pattern=NO_NUL,
                               description="The network; where it is left out, the one that the key is bound to, or the default.")]  # fmt: skip
PostId = Annotated[str, Path(min_length=1, max_length=LONGEST_ID, pattern=NO_NUL, description="The post's id on its network, URL-encoded.")]
IN_MEMORY = 1 << 20  # a larger body goes to a temporary file


@router.post("", summary="Import Oscine JSONL, plain, gzip or Zstandard")
async def write(request: Request, key: Writer, network: Network = "") -> dict[str, Any]:
    """Write, edit and delete posts, note engagement and relations: one JSON object a line. The reply counts the lines and tells why any was refused."""
    app = app_of(request)
    chosen = _network(key, network, app.settings.network)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
        try:
            async with asyncio.timeout(app.settings.request_seconds):
                async for chunk in request.stream():
                    body.write(chunk)
        except TimeoutError:
            raise InputError("The request took too long to arrive.", "Send it in smaller parts.") from None
        body.seek(0)
        source = JsonLines(_binary(body), chosen, app.settings.max_line_bytes)
        return schemas.summary(await run_in_threadpool(app.ingest, source, key.writable))


@router.delete("/{post_id:path}", summary="Delete a post")
def delete(request: Request, post_id: PostId, key: Writer, network: Network = "") -> dict[str, Any]:
    """Delete a post for good: when the call returns it is in no search, answer or page, and a late copy does not bring it back."""
    app = app_of(request)
    chosen = _network(key, network, app.settings.network)
    done = app.ingest(Events([PostDeleted(cursor=1, network=chosen, id=post_id)]), key.writable)
    if done.refused:
        raise NotAllowed(f"This key may not write the network {chosen!r}.", "Use a key that is bound to it.")
    return {"id": post_id, "network": chosen, "deleted": True}


@router.get("/{post_id:path}", summary="Read a post")
def read(request: Request, post_id: PostId, key: Reader, network: Network = "") -> dict[str, Any]:
    """One post. 404 for what does not exist, was deleted, or is not for this viewer: the three are not told apart."""
    return schemas.post(app_of(request).view(viewer(request, key)).post(post_id, network))


def _network(key: Key, asked: str, default: str) -> str:
    if asked:
        return asked
    return next(iter(sorted(key.writable))) if key.writable else default


def _binary(body: Any) -> IO[bytes]:
    """The file under a spooled one, which alone can be read by the line with a limit and peeked into."""
    body.rollover()
    file: IO[bytes] = body._file
    return file
