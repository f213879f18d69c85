"""The sentences of reports, from `phrases.toml`. They are filled with numbers that were measured; what to say is decided elsewhere."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


def said(part: str, name: str, **numbers: Any) -> str:
    """A sentence, its numbers filled in."""
    return phrase(part, name).format(**numbers)


def phrase(part: str, name: str, otherwise: str = "") -> str:
    """A sentence as it stands in the file; what it is `otherwise` where that has none of this name."""
    found = _phrases()[part]
    return found.get(name, otherwise) if otherwise else found[name]


@cache
def _phrases() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files("oscine.ads.measure").joinpath("phrases.toml").read_text(encoding="utf8"))
