"""Why this ad: who pays for it, on whose behalf, the main reasons why it was shown, and how to change them (DSA, Article 26).

Told from what was kept of the decision (`Served.context`) and from the campaign's targeting: only what stands in both is a reason, so that nothing is told
of other campaigns. It names no other person, no special category, and not that somebody was kept from an ad: of such a one there is nothing to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from oscine.ads.creatives.audiences import sensitive
from oscine.ads.rights.phrases import language, listed, place, said
from oscine.advertising import Advertiser, Campaign, Creative, Served, Targeting
from oscine.errors import NotFound
from oscine.records import Record

MARK = "Advertisement"
CHOICES = "/ads/choices"
LISTED = 3  # topics named in a sentence, at most


class Control(NamedTuple):
    """Something to change: what it does, and the request that does it. The page `CHOICES` has them all."""

    name: str
    says: str
    method: str
    href: str


class Why(Record, frozen=True):
    """What a person is told of an ad. `personal`: whether anything that they did here was used."""

    mark: str
    headline: str
    on_behalf_of: str
    paid_by: str
    personal: bool
    reasons: tuple[str, ...]
    controls: tuple[Control, ...]


class Less(NamedTuple):
    """What "less of this" writes: topics, word for word as campaigns name them, or else the advertiser."""

    topics: tuple[str, ...]
    advertiser: int


def why(served: Served, campaign: Campaign, advertiser: Advertiser, creative: Creative, token: str = "") -> Why:
    """All of it; `token` is the signed one that the controls name. Raises `NotFound` for an ad that nobody saw."""
    if served.held:
        raise NotFound("There is no such ad.", "The token is that of an ad that was shown.")
    fits = _Fits(campaign.targeting, served)
    return Why(
        mark=MARK, headline=creative.headline, on_behalf_of=advertiser.name, paid_by=advertiser.payer or advertiser.name,
        personal=fits.personal, reasons=tuple(_reasons(fits, served, campaign)), controls=tuple(_controls(fits, advertiser, token)),
    )  # fmt: skip


def less(served: Served, targeting: Targeting) -> Less:
    """What a person wants less of who says so of this ad: what it was shown for; all of its topics, where it was shown for none."""
    fits = _Fits(targeting, served)
    return Less((*fits.topics, *fits.interests) or (*targeting.topics, *targeting.interests), served.advertiser)


class _Fits:
    """What of a targeting fitted, by what was kept of the decision."""

    def __init__(self, targeting: Targeting, served: Served) -> None:
        context = served.context
        self.personal = bool(context.get("personal")) and bool(targeting.interests or targeting.like or targeting.not_interests)
        self.topics = _both(targeting.topics, context.get("topics"))
        self.query = bool(targeting.query) and targeting.query in (context.get("queries") or ())
        self.langs = _both(targeting.langs, [served.lang])
        self.places = _both(targeting.places, [context.get("region")]) or _both(targeting.places, [served.country])
        self.hour = bool(targeting.hours) and context.get("hour") in targeting.hours
        self.interests = _both(targeting.interests, context.get("interests")) if self.personal else ()
        self.no_interest = self.personal and bool(targeting.not_interests)
        self.like = self.personal and bool(targeting.like and context.get("like"))


def _both(wanted: Sequence[str], there: Any) -> tuple[str, ...]:
    """Those of `wanted` that were there, without what touches a special category: such a targeting is refused, and is told by nobody if it was not."""
    return tuple(each for each in wanted if each in (there or ()) and not sensitive(each))


def _reasons(fits: _Fits, served: Served, campaign: Campaign) -> Iterator[str]:
    yield from _matched(fits)
    if not fits.personal:
        yield said("why", "nothing_personal")
    if bids := served.context.get("bids"):
        yield said("why", "auction_many" if bids > 1 else "auction_one", bids=bids)
    if len(served.chances) > 1:
        yield said("why", "drawn", ads=len(served.chances))
    if campaign.caps.impressions and served.person:
        yield said("why", "cap", impressions=campaign.caps.impressions, hours=campaign.caps.hours)


def _matched(fits: _Fits) -> Iterator[str]:
    told = {
        "topics": fits.topics and {"topics": listed(fits.topics[:LISTED])},
        "query": fits.query and {},
        "lang": fits.langs and {"langs": listed(map(language, fits.langs))},
        "place": fits.places and {"places": listed(map(place, fits.places))},
        "hour": fits.hour and {},
        "interests": fits.interests and {"interests": listed(fits.interests[:LISTED])},
        "no_interest": fits.no_interest and {},
        "like": fits.like and {},
    }
    found = [said("why", name, **words) for name, words in told.items() if isinstance(words, dict)]
    yield from found or [said("why", "everybody")]


def _controls(fits: _Fits, advertiser: Advertiser, token: str) -> Iterator[Control]:
    if topics := (*fits.topics, *fits.interests):
        yield Control("less", said("controls", "less", topics=listed(topics[:LISTED])), "POST", f"/v1/ads/less/{token}")
    yield Control("hide", said("controls", "hide", advertiser=advertiser.name), "POST", f"/v1/ads/less/{token}?what=advertiser")
    if fits.personal:
        yield Control("personal", said("controls", "personal"), "PUT", "/v1/ads/choices")
    yield Control("choices", said("controls", "choices"), "GET", CHOICES)
