"""The table of weights that ships, as data: `weights.toml`. Which table is in use is not known here."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from oscine.recommendation import Weights


@cache
def shipped() -> Weights:
    """Version 0."""
    return msgspec.convert({"version": 0, **table("weights")}, Weights)


def table(name: str) -> dict[str, Any]:
    """A table of this room, by the name of its file."""
    return tomllib.loads(resources.files("oscine.feed").joinpath(f"{name}.toml").read_text("utf-8"))
