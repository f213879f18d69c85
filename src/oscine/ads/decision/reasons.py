"""Why an order does not stand in a place: a code for each rule, numbered in the order in which they are told, and a plain sentence for it.

Of all that stands against an order, the least number is its reason. The sentences are in `reasons.toml`, by the code's name.
"""

from __future__ import annotations

import tomllib
from enum import IntEnum, auto
from functools import cache
from importlib import resources
from typing import NamedTuple


class Code(IntEnum):
    """The rules, in their order. PASSED is above them all: nothing stands against it."""

    STATE = auto()
    BUDGET = auto()
    NO_AD = auto()
    SCHEDULE = auto()
    CURRENCY = auto()
    PLACEMENT = auto()
    SIZE = auto()
    LANGUAGE = auto()
    AD_LANGUAGE = auto()
    PLACE = auto()
    HOURS = auto()
    TOPICS = auto()
    QUERY = auto()
    NOT_LANGUAGE = auto()
    NOT_PLACE = auto()
    NOT_TOPICS = auto()
    NOT_QUERY = auto()
    MINOR = auto()
    PERMISSION = auto()
    INTERESTS = auto()
    LIKE = auto()
    NOT_INTERESTS = auto()
    HIDDEN = auto()
    LESS = auto()
    CAP = auto()
    BRAND = auto()
    PACING = auto()
    RESERVE = auto()
    BESIDE = auto()
    HELD = auto()
    OUTBID = auto()
    PASSED = 127

    @property
    def short(self) -> str:
        """Its name as it is shown and counted."""
        return self.name.lower()


class Reason(NamedTuple):
    """Why a flight of a campaign is not shown: `code` to count by, `why` for people."""

    campaign: int
    flight: int
    code: str
    why: str


def sentence(name: str) -> str:
    """What a code, a note or a way to a price means, in one sentence."""
    return _sentences()[name]


@cache
def _sentences() -> dict[str, str]:
    return tomllib.loads((resources.files("oscine.ads.decision") / "reasons.toml").read_text("utf-8"))
