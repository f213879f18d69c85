"""What of a place and of a person stands against each order, rule by rule, for all orders at once.

The rules are those of `Code`, and the reason of an order is the first that it fails. A person who does not allow it, or is a minor, offers no interests and
no likeness, whatever is told of them. It knows no price and no rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from oscine.ads.decision.frequency import capped
from oscine.ads.decision.market import ANY, Bits, Keys, Market, bits
from oscine.ads.decision.place import NOBODY, Person, Place
from oscine.ads.decision.reasons import Code
from oscine.advertising import Caps, Order

HOURS_A_DAY = 24


class Offers(NamedTuple):
    """What a place and a person offer, for each rule that orders ask or bar by, in the order of the codes."""

    currency: Keys
    placement: Keys
    size: Keys
    language: Keys
    ad_language: Keys
    place: Keys
    hours: Keys
    topics: Keys
    query: Keys
    not_language: Keys
    not_place: Keys
    not_topics: Keys
    not_query: Keys
    minor: Keys
    permission: Keys
    interests: Keys
    like: Keys
    not_interests: Keys
    hidden: Keys
    less: Keys
    cap: Keys
    brand: Keys


class Matched(NamedTuple):
    """The orders that may stand in the place and, of each rule in turn, those that failed it: every order is in one of these sets."""

    may: Bits
    failed: list[tuple[Code, Bits]]


def matched(market: Market, place: Place, person: Person) -> Matched:
    """Who may stand there, before any price is asked."""
    may, failed = (1 << len(market.orders)) - 1, []
    for code, failing in _anywhere(market, place):
        if out := may & failing:
            failed.append((code, out))
            may ^= out
    for (code, (rows, asking)), offered in zip(market.indices.items(), offers(market.caps, place, person), strict=True):
        found = 0
        for key in offered:
            if key in rows:
                found |= rows[key]
        if out := may & found if asking is None else (may & asking) ^ (may & asking & found):
            failed.append((code, out))
            may ^= out
    return Matched(may, failed)


def _anywhere(market: Market, place: Place) -> list[tuple[Code, Bits]]:
    """Who fails what no place and no person could mend."""
    now, (start, end) = place.at.timestamp(), market.under_way
    late = 0 if start <= now < end else bits((now < market.starts) | (now >= market.ends))
    return [*market.standing.items(), (Code.SCHEDULE, late)]


def offers(caps: Mapping[int, Caps], place: Place, person: Person) -> Offers:
    """What there is here for each rule, some of it by the campaigns' caps."""
    activity = person if allows(person) else NOBODY
    where, lang = (place.country, place.region), (place.lang,)
    return Offers(
        currency=(place.currency or ANY,),
        placement=(place.placement,),
        size=[(size, "") for size in place.sizes or ("",)],
        language=lang,
        ad_language=_looks(place),
        place=where,
        hours=(place.at.weekday() * HOURS_A_DAY + place.at.hour,),
        topics=place.topics,
        query=place.queries,
        not_language=lang,
        not_place=where,
        not_topics=place.topics,
        not_query=place.queries,
        minor=(person.minor,),
        permission=(activity is NOBODY,),
        interests=activity.interests,
        like=activity.like,
        not_interests=activity.interests,
        hidden=person.hidden,
        less=person.less,
        cap=capped(caps, person.seen, place.at) if person.id else (),
        brand=(place.risk,),
    )


def allows(person: Person) -> bool:
    """Whether their activity may be used."""
    return person.personal and not person.minor


def fitting(market: Market, order: Order, place: Place) -> dict[int, str]:
    """The accepted ads of an order that fit the place, each with its size: those in the place's language or, if there are none, the others."""
    wanted, found = _looks(place), {}
    for creative in order.campaign.creatives:
        fits = [size for size, lang in wanted if (size, lang) in market.looks.get(creative.id, ())]
        if fits:
            found[creative.id] = fits[0]
    own = {each.id: found[each.id] for each in order.campaign.creatives if each.id in found and each.lang == place.lang}
    return own or found


def _looks(place: Place) -> list[tuple[str, str]]:
    return [(size, lang) for size in place.sizes or ("",) for lang in (place.lang, ANY)]
