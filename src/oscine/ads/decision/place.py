"""A place for an ad, and the person before it: all that a decision may know of either.

It knows no special category, because none is ever put here, and no more of a person than they allow: without `personal`, a decision reads nothing of
them but what they chose (`less`, `hidden`) and how often they saw what (`seen`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from oscine.advertising import Micros

Risk = Literal["low", "medium", "high"]  # of the posts around, for an ad beside them; what is not known is medium


class Place(NamedTuple):
    """Where and when. `topics` and `queries` are those of live campaigns, word for word, that a post around is about or matches."""

    placement: str
    at: datetime  # UTC
    lang: str = ""  # ISO 639-1, of the posts around; empty if not known
    country: str = ""  # ISO 3166-1, such as DE
    region: str = ""  # ISO 3166-2, such as DE-BE
    sizes: tuple[str, ...] = ()  # pictures that fit; empty: an ad of text
    topics: frozenset[str] = frozenset()
    queries: frozenset[str] = frozenset()
    risk: Risk = "medium"
    floor: Micros = 0  # the least for a thousand impressions
    currency: str = ""  # empty: any
    site: str = ""
    slots: int = 1  # ads at most


class Person(NamedTuple):
    """Who sees it. `interests` and `like` are those of live campaigns, word for word, that fit; both empty unless `personal`, which no minor is."""

    id: str = ""  # a pseudonym; empty if not known
    personal: bool = False
    minor: bool = False
    interests: frozenset[str] = frozenset()
    like: frozenset[str] = frozenset()
    seen: Mapping[int, tuple[datetime, ...]] = {}  # campaign: when it was shown to them, the newest first
    less: frozenset[str] = frozenset()  # topics of which they want less, word for word as campaigns name them
    hidden: frozenset[int] = frozenset()  # advertisers that they want nothing of, or have blocked


NOBODY = Person()
