"""Beside what posts an ad may stand, by its brand-safety tier. It does not judge posts: their risk is told, and what is not known is of medium risk."""

from __future__ import annotations

from oscine.ads.decision.place import Risk
from oscine.advertising import Tier

BESIDE: dict[Tier, tuple[Risk, ...]] = {"strict": ("low",), "standard": ("low", "medium"), "open": ("low", "medium", "high")}
