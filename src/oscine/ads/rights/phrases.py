"""The sentences that people and the public read, from `phrases.toml`, and the English names of languages and places (ISO 639, ISO 3166)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any


def said(part: str, name: str, **told: Any) -> str:
    """A sentence, filled in."""
    return _phrases()[part][name].format(**told)


def listed(names: Iterable[str]) -> str:
    """`a, b and c`."""
    found = list(names)
    return " and ".join((", ".join(found[:-1]), found[-1])) if len(found) > 1 else "".join(found)


def language(code: str) -> str:
    """The name of a language; its code where it has none."""
    import pycountry

    found = pycountry.languages.get(alpha_2=code)
    return str(found.name) if found else code


def place(code: str) -> str:
    """The name of a country or region; its code where it has none."""
    import pycountry

    found: Any = pycountry.subdivisions.get(code=code) if "-" in code else pycountry.countries.get(alpha_2=code)  # type: ignore[no-untyped-call]
    return str(getattr(found, "common_name", None) or found.name) if found else code


@cache
def _phrases() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files("oscine.ads.rights").joinpath("phrases.toml").read_text(encoding="utf8"))
