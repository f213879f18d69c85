"""What a campaign changed: people for whom it was chosen and who saw it, against people for whom it was chosen and who were kept from it, at random.

Who is kept is noted as a ghost: the ad would have stood there (Johnson, Lewis, Nubbemeyer 2017, "Ghost ads"). Both sides are counted from the choice, not
from the impression, so that what happens after it cannot make them differ; an ad that was chosen and never came into view only makes the lift smaller.
People are counted, not impressions, and only conversions that are known by account: those by an ad's token cannot happen without the ad.
It cannot see what the kept saw of the campaign elsewhere, nor people whose pseudonym changed.
"""

from __future__ import annotations

import hmac
from math import isfinite
from typing import Any, Literal

from msgspec.structs import replace

from oscine.ads.measure.phrases import said
from oscine.advertising import Campaign
from oscine.errors import InputError
from oscine.experiments import fixed, sequential
from oscine.experiments.fixed import Counts, Interval
from oscine.records import Record
from oscine.store.outcomes import Group, Sides

Verdict = Literal["more", "fewer", "unclear", "early", "broken"]
RELATIVE = sequential.EFFECT  # the change that people are counted for
DRAWN = 0.999  # of how the sides were drawn: a share outside this interval is no chance


class Lift(Record, frozen=True):
    """`interval` is the relative change (.1: a tenth more people convert), valid at every look; `brought` the people who converted because of the ads.

    `needed` is how many more people (both sides) one look that was planned would want for a change of a fifth: daily looks want up to twice that.
    """

    campaign: int
    holdout: float
    shown: Group
    held: Group
    verdict: Verdict
    sentence: str
    interval: Interval | None = None
    brought: Interval | None = None
    needed: int | None = None
    notes: tuple[str, ...] = ()


def held(person: str, campaign: int, share: float) -> bool:
    """Whether a person is kept from a campaign: always the same for both, independent between campaigns; a larger share keeps whom a smaller one does.

    Nobody of whom nothing is known is kept: they could not be found again.
    """
    drawn = hmac.digest(person.encode(), f"holdout:{campaign}".encode(), "sha256")
    return bool(person) and int.from_bytes(drawn[:8], "big") < share * 2**64


def lift(campaign: Campaign, sides: Sides) -> Lift:
    """What the campaign changed, as far as can be told today; to be looked at as often as one likes.

    Raises `InputError` for a campaign without a holdout.
    """
    if not campaign.holdout:
        raise InputError(f"Campaign {campaign.id} keeps nobody from seeing it.", "Set `holdout`, such as 0.1, before it runs.")
    base = Lift(campaign=campaign.id, holdout=campaign.holdout, shown=sides.shown, held=sides.held, verdict="broken",
                sentence=_say("broken", sides, holdout=campaign.holdout), notes=_notes(sides))  # fmt: skip
    return replace(base, **_told(campaign, sides)) if _drawn_well(campaign, sides) else base


def _told(campaign: Campaign, sides: Sides) -> dict[str, Any]:
    """The verdict and what it rests on. No interval has an open end: a sentence says what is known where nobody who was held converted."""
    shown, kept = (Counts(side.converted, side.people) for side in (sides.shown, sides.held))
    found, more = sequential.lift(shown, kept, 1 - campaign.holdout), needed(sides, campaign.holdout)
    known = {"interval": found} if isfinite(found.high) else {}
    numbers = {"value": found.value, "low": found.low, "high": found.high, "more": more or 0}
    if not found.low <= 0 <= found.high:
        verdict: Verdict = "more" if found.low > 0 else "fewer"
        return {"verdict": verdict, "sentence": _say(verdict if known else "at_least", sides, **numbers)} | known | _brought(shown, found)
    if more != 0 or not known:
        name = "early" if more else "none_held" if more == 0 else "nobody"
        return {"verdict": "early", "sentence": _say(name, sides, **numbers), "needed": more} | known
    return {"verdict": "unclear", "sentence": _say("unclear", sides, **numbers), "needed": more} | known


def _brought(shown: Counts, change: Interval) -> dict[str, Interval]:
    """People who converted because of the ads, where both ends are known."""
    if not isfinite(change.high) or change.low <= -1:
        return {}
    return {"brought": Interval(*(shown.successes * end / (1 + end) for end in change))}


def needed(sides: Sides, share: float) -> int | None:
    """How many more people, of both sides, one look would need to see a change of `RELATIVE`; None while nobody has converted.

    `fixed.needed` is for arms of one size: with `share` on one side the variance of the difference is 1 / (share (1 - share)) of 4.
    """
    people, converted = sides.shown.people + sides.held.people, sides.shown.converted + sides.held.converted
    if not converted:
        return None
    base = min(converted / people, 0.99)
    change = RELATIVE if base * (1 + RELATIVE) < 1 else -RELATIVE
    return max(0, int(fixed.needed(base, change) / (2 * share * (1 - share))) + 1 - people)


def _drawn_well(campaign: Campaign, sides: Sides) -> bool:
    """Whether as many are held as were to be: a sample ratio mismatch says that the two sides are not alike (Fabijan et al. 2019)."""
    people = sides.shown.people + sides.held.people
    _, low, high = sequential.rate(Counts(sides.held.people, people), DRAWN)
    return low <= campaign.holdout <= high


def _say(name: str, sides: Sides, **numbers: float) -> str:
    return said("lift", name, shown=sides.shown.people, held=sides.held.people, **numbers)


def _notes(sides: Sides) -> tuple[str, ...]:
    told = [said("lift", "since", since=sides.since.date())] if sides.since else []
    return (*told, said("lift", "by_token", count=sides.by_token)) if sides.by_token else tuple(told)
