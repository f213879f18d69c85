"""`GET /v1/connections`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from oscine.api import connecting
from oscine.api.guard import Admin, app_of

router = APIRouter(tags=["status"])


@router.get("/v1/connections", summary="How connections to networks stand")
def connections(request: Request, _key: Admin) -> list[dict[str, Any]]:
    """Each with its state (`running`, `waiting`, `stopped`, or `lost` where it ended without saying so), lag, rate, what was refused and what was missed."""
    return [connecting.connection(one) for one in app_of(request).connections.told()]
