"""`/v1/labels`: what a text or a post is labelled as, what people decide of it, appeals."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/labels", tags=["trust"])
