"""`/v1/export` and `/v1/stream`: posts in bulk, and as they are written, under a licence that may be narrowed or ended meanwhile."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1", tags=["trust"])
