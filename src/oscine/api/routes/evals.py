"""`GET /v1/evals`: the latest report of each suite of evaluations that was run on this data directory. Nothing is run here."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from oscine.api.guard import Reader, app_of
from oscine.evals import report

router = APIRouter(prefix="/v1", tags=["evaluations"])


@router.get("/evals", summary="How well this works, as measured")
def evals(request: Request, _key: Reader) -> dict[str, Any]:
    """Of each suite the newest report: measures with 95% intervals, aims, method and date, and the values of earlier reports as `trend`."""
    return {"reports": report.latest(app_of(request).settings.data)}
