"""`/v1/me`: what is held about whoever asks, where their words went, narrowing it, deleting it, the certificate."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/me", tags=["trust"])
