"""`GET /v1/status`, `/healthz`, `/metrics`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from oscine.api import connecting
from oscine.api.guard import Reader, app_of

router = APIRouter(tags=["status"])
METRICS = {
    "posts": "Posts that everybody may see.",
    "pending_vectors": "Posts that are not yet searchable by meaning.",
    "pending_labels": "Posts that the machine has not labelled yet.",
    "authors": "Accounts with posts.",
}


@router.get("/v1/status", summary="What is here and what is going on")
def status(request: Request, _key: Reader) -> dict[str, Any]:
    """Counts of public posts, what is still to be embedded and labelled, and which models are in use and why."""
    told = app_of(request).status()
    told.pop("data")
    return told


@router.get("/healthz", summary="Whether the database answers")
def healthz(request: Request) -> dict[str, str]:
    """`ok`, or 503."""
    app_of(request).database.one("SELECT 1")
    return {"status": "ok"}


@router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
def metrics(request: Request, _key: Reader) -> str:
    """Gauges and counters in Prometheus's text format."""
    told = app_of(request).status()
    return "".join(
        f"# HELP oscine_{name} {text}\n# TYPE oscine_{name} gauge\noscine_{name} {told[name]}\n" for name, text in METRICS.items()
    ) + connecting.metrics(app_of(request).connections.told())
