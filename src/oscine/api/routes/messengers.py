"""`/v1/messengers`: questions from workplace messengers. Nobody needs a key here: each delivery is signed with the messenger's secret."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from oscine.api.guard import base_url
from oscine.bots.messengers.desk import Desk

router = APIRouter(prefix="/v1/messengers", tags=["messengers"])


@router.post("/webhook", summary="A question from any messenger")
async def webhook(request: Request) -> dict[str, Any]:
    """`{"text": "…"}`, signed as `Oscine-Signature: t=SECONDS,v1=HEX`; the answer is `{"text", "links": [{"mark", "url"}]}`, plain text throughout."""
    return await _told(request, _desk(request).webhook)


@router.post("/slack", summary="Slack's events")
async def slack(request: Request) -> dict[str, Any]:
    """`app_mention` and direct messages; the answer goes to the thread."""
    return await _told(request, _desk(request).slack)


@router.post("/dingtalk", summary="A message to a DingTalk robot")
async def dingtalk(request: Request) -> dict[str, Any]:
    """The answer is the reply."""
    return await _told(request, _desk(request).dingtalk)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.messengers
    return desk


async def _told(request: Request, door: Callable[[Mapping[str, str], bytes, float, str], dict[str, Any]]) -> dict[str, Any]:
    """What a door says to the body as it came: a signature is of its bytes."""
    return await run_in_threadpool(door, request.headers, await request.body(), time.time(), base_url(request))
