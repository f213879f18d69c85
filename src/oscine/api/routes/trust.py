"""`/v1/trust`: what the software measured of itself, what it goes by, what went wrong."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/trust", tags=["trust"])
