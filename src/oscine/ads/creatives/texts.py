"""The records of an ad's text: what is wished for, what came of it, what was dropped and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from oscine.ads.creatives.page import Page
from oscine.ads.creatives.placements import PLACEMENTS, Placement

MOST_VARIANTS = 20  # for an audience and a language


class Audience(NamedTuple):
    """Whom a text is for, in plain words; `lang` is the language to write to them in, the page's where it is empty."""

    name: str
    description: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """Texts wanted: `count` for every audience in every one of `langs` (its own language where there are none)."""

    audiences: tuple[Audience, ...]
    placement: Placement = PLACEMENTS["post"]
    count: int = 5
    langs: tuple[str, ...] = ()
    seed: int = 0


class Claim(NamedTuple):
    """What a text says as a fact, and the numbers of the passages that say it too."""

    text: str
    passages: tuple[int, ...]


class Dropped(NamedTuple):
    """What is not shown, or could not be made, and why."""

    text: str
    reason: str


class Variant(NamedTuple):
    """One text.

    `score` and `spread` are the reward's mean and spread in log-odds of a click or, where there is no reward, how near it is to its audience (spread 0).
    """

    headline: str
    body: str
    action: str
    hashtags: tuple[str, ...]
    audience: str
    lang: str
    claims: tuple[Claim, ...] = ()
    score: float = 0.0
    spread: float = 0.0
    pattern: str = ""
    by: str = "composed"


class Creatives(NamedTuple):
    """The page, its variants (best first within each audience), what was dropped, and what was measured."""

    page: Page
    variants: tuple[Variant, ...]
    dropped: tuple[Dropped, ...]
    measures: Mapping[str, object]
