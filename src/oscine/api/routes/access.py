"""`/v1/access`: the log of accesses, for an admin; its head, for everyone."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/access", tags=["trust"])
