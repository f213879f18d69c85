"""The public repository: every ad that was shown, until a year after it last was (DSA, Article 39(2)).

What it was, for whom, who paid, when, to whom it was aimed and whom it left out, how many people it reached. It tells of nobody who saw it: numbers stand
in whole tens, fewer than ten as that, so that no sum tells of few; accounts that an advertiser named are counted only. Of what was taken down it tells that
and why, and neither what it was nor whose (39(3)). How many people were reached is counted anew every hour.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import regex

from oscine.ads.rights.phrases import said
from oscine.advertising import Creative, Targeting
from oscine.errors import NotFound
from oscine.records import Record
from oscine.search.operators import SIGNS, named
from oscine.store import repository as store
from oscine.store.repository import Asked, Listed, Reach

FEW = 10  # people
STALE = 3600.0  # seconds for which a campaign's reach is not counted anew: it reads every impression
_OPERATOR = regex.compile(r"(?i)([a-z_]+):|(?<!\S)-?([@#$+])")


class Picture(NamedTuple):
    """A picture of an ad, at `GET /v1/ads/pictures/{ad}/{size}`, and what it shows in words."""

    size: str
    alt: str


class Ad(Record, frozen=True):
    """One ad as it was shown. `generated`: a machine wrote it, `by` says which."""

    id: int
    headline: str
    body: str
    action: str
    link: str
    brand: str
    lang: str
    hashtags: tuple[str, ...]
    pictures: tuple[Picture, ...]
    generated: bool
    by: str


class People(Record, frozen=True):
    """People and impressions in whole tens, None below ten; `says` tells them in words. Who cannot be told from others is in no number of people."""

    people: int | None
    impressions: int | None
    says: str
    country: str = ""


class Removed(Record, frozen=True):
    """That an ad was taken down, when and why (Article 17(3)): by a machine alone (`automated`) or by a person, under the published rules for ads."""

    at: datetime
    says: str
    automated: bool
    ground: str


class Entry(Record, frozen=True):
    """A campaign in the repository. What was taken down is in `removed` and nowhere else."""

    id: int
    advertiser: str | None
    payer: str | None
    ads: tuple[Ad, ...]
    subject: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    placements: tuple[str, ...]
    aimed: bool  # at some people or pages, rather than at everybody
    targeting: dict[str, Any]
    reached: People
    countries: tuple[People, ...]
    removed: tuple[Removed, ...]


class Repository:
    """What the public may look up. `clock` tells seconds, of which only differences matter."""

    def __init__(self, kept: store.Repository, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept = kept
        self._clock = clock
        self._known: dict[int, tuple[float, list[Reach]]] = {}
        self._counting = threading.Lock()

    def entries(self, asked: Asked) -> list[Entry]:
        """The newest that fit. Raises `InputError`."""
        listed = self._kept.found(asked)
        reach = self._reach([each.id for each in listed])
        return [_entry(each, reach[each.id]) for each in listed if reach[each.id]]

    def entry(self, campaign: int) -> Entry:
        """One. Raises `NotFound`, the same for one that was never shown, not for a year, or never was."""
        listed = self._kept.one(campaign)
        reach = self._reach([campaign])[campaign] if listed else []
        if not listed or not reach:
            raise NotFound(f"There is no ad {campaign} in the repository.", "It lists what was shown within the last year.")
        return _entry(listed, reach)

    def _reach(self, campaigns: Sequence[int]) -> dict[int, list[Reach]]:
        """Counted by one at a time: who asks meanwhile waits, and finds it counted."""
        with self._counting:
            now = self._clock()
            self._known = {number: (at, reach) for number, (at, reach) in self._known.items() if now - at < STALE}
            missing = [number for number in campaigns if number not in self._known]
            counted = self._kept.reach(missing) if missing else []
            self._known |= {number: (now, [each for each in counted if each.campaign == number]) for number in missing}
            return {number: self._known[number][1] for number in campaigns}


def _entry(listed: Listed, reach: Sequence[Reach]) -> Entry:
    whole = next(each for each in reach if each.country is None and each.creative is None)
    shown = {each.creative for each in reach if each.creative is not None}
    down = {each.creative for each in listed.down if each.creative in shown or not each.creative}
    ads = tuple(
        _ad(creative, listed.alts.get(creative.id, {})) for creative in listed.creatives if creative.id in shown - down and 0 not in down
    )
    told = listed.targeting
    return Entry(
        id=listed.id, advertiser=listed.advertiser if ads else None, payer=(listed.payer or listed.advertiser) if ads else None, ads=ads,
        subject=told.topics if ads else (), first_at=whole.first_at, last_at=whole.last_at, placements=listed.placements, aimed=told != Targeting(),
        targeting=public(told), reached=_people(whole), countries=tuple(_people(each) for each in reach if each.country is not None),
        removed=tuple(Removed(at=each.at, says=said("repository", "refused", why=each.why or said("repository", "without_reason")),
                              automated=each.automated, ground=said("repository", "ground")) for each in listed.down if each.creative in down),
    )  # fmt: skip


def public(targeting: Targeting) -> dict[str, Any]:
    """Whom it was aimed at and whom it left out: the fields that are set, without the accounts that they name."""
    told: dict[str, Any] = {name: getattr(targeting, name) for name in targeting.__struct_fields__ if getattr(targeting, name)}
    queries = {name: said("repository", "query") for name in ("query", "not_query") if _names_accounts(told.get(name, ""))}
    return told | queries | ({"like": len(targeting.like)} if targeting.like else {})


def _names_accounts(query: str) -> bool:
    """Whether an operator about people is in a query, or looks as if it were."""
    found = (named(name) if name else SIGNS.get(sign) for name, sign in _OPERATOR.findall(query))
    return any(operator is not None and operator.family == "people" for operator in found)


def _people(reach: Reach) -> People:
    tens = [count // FEW * FEW or None for count in (reach.people, reach.impressions)]
    people, impressions = (said("repository", "some", count=count) if count else said("repository", "few", few=FEW) for count in tens)
    says = said("repository", "reach", people=people, impressions=impressions)
    return People(people=tens[0], impressions=tens[1], says=says, country=reach.country or "")


def _ad(creative: Creative, alts: Mapping[str, str]) -> Ad:
    told = {name: getattr(creative, name) for name in Ad.__struct_fields__}
    return Ad(**told | {"pictures": tuple(Picture(size, alts.get(size, "")) for size in creative.pictures)})
