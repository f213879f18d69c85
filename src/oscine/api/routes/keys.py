"""`/v1/keys`: keys and their licences, for an admin: made, granted, narrowed, revoked."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/keys", tags=["trust"])
