"""Codes of countries, as others write them: ISO 3166-1 of three letters, which OpenRTB has, into the two that places have."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(512)
def alpha_2(code: str) -> str:
    """`DE` of `DEU`, `de` or `DE`; empty for what is no country."""
    import pycountry

    given = code.strip().upper()
    found = pycountry.countries.get(alpha_3=given) if len(given) == 3 else pycountry.countries.get(alpha_2=given) if given else None
    return str(found.alpha_2) if found else ""
