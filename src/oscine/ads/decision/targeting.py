"""What of a place and of a person stands against each order, rule by rule, for all orders at once.

The rules are those of `Code`, and the reason of an order is the first that it fails. A person who does not allow it, or is a minor, offers no interests and
no likeness, whatever is told of them. It knows no price and no rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from oscine.ads.decision.frequency import capped
from oscine.ads.decision.market import ANY, Bits, Keys, Market, bits
from oscine.ads.decision.place import Person, Place
from oscine.ads.decision.reasons import Code
from oscine.advertising import Order

HOURS_A_DAY = 24


class Matched(NamedTuple):
    """The orders that may stand in the place and, of each rule in turn, those that failed it: every order is in one of these sets."""

    may: Bits
    failed: list[tuple[Code, Bits]]


def matched(market: Market, place: Place, person: Person) -> Matched:
    """Who may stand there, before any price is asked."""
    may, failed = (1 << len(market.orders)) - 1, []
    for code, failing in _failing(market, place, person):
        if out := may & failing:
            failed.append((code, out))
            may ^= out
    return Matched(may, failed)


def _failing(market: Market, place: Place, person: Person) -> Iterator[tuple[Code, Bits]]:
    """Of each rule, in order, who fails it."""
    yield from market.standing.items()
    now, (start, end) = place.at.timestamp(), market.under_way
    if not start <= now < end:
        yield Code.SCHEDULE, bits((now < market.starts) | (now >= market.ends))
    for code, index in market.indices.items():
        offered = OFFERED[code](market, place, person)
        if offered is not None:
            yield code, index.failing(offered)


def allows(person: Person) -> bool:
    """Whether their activity may be used."""
    return person.personal and not person.minor


def fitting(market: Market, order: Order, place: Place) -> dict[int, str]:
    """The accepted ads of an order that fit the place, each with its size: those in the place's language or, if there are none, the others."""
    wanted, found, own = _looks(place), {}, {}
    for creative in order.campaign.creatives:
        can = market.looks.get(creative.id, ())
        size = next((look[0] for look in wanted if look in can), None)
        if size is not None:
            found[creative.id] = size
            if creative.lang == place.lang:
                own[creative.id] = size
    return own or found


def _sizes(place: Place) -> tuple[str, ...]:
    return place.sizes or ("",)


def _looks(place: Place) -> list[tuple[str, str]]:
    return [(size, lang) for size in _sizes(place) for lang in (place.lang, ANY)]


def _where(place: Place) -> Keys:
    return place.country, place.region


def _interests(person: Person) -> Keys:
    return person.interests if allows(person) else ()


# What a place and a person offer, for each rule that orders ask or bar by; None where the rule is none there.
OFFERED: dict[Code, Callable[[Market, Place, Person], Keys | None]] = {
    Code.CURRENCY: lambda market, place, person: (place.currency,) if place.currency else None,
    Code.PLACEMENT: lambda market, place, person: (place.placement,),
    Code.SIZE: lambda market, place, person: [(size, "") for size in _sizes(place)],
    Code.LANGUAGE: lambda market, place, person: (place.lang,),
    Code.AD_LANGUAGE: lambda market, place, person: _looks(place),
    Code.PLACE: lambda market, place, person: _where(place),
    Code.HOURS: lambda market, place, person: (place.at.weekday() * HOURS_A_DAY + place.at.hour,),
    Code.TOPICS: lambda market, place, person: place.topics,
    Code.QUERY: lambda market, place, person: place.queries,
    Code.NOT_LANGUAGE: lambda market, place, person: (place.lang,),
    Code.NOT_PLACE: lambda market, place, person: _where(place),
    Code.NOT_TOPICS: lambda market, place, person: place.topics,
    Code.NOT_QUERY: lambda market, place, person: place.queries,
    Code.MINOR: lambda market, place, person: (person.minor,),
    Code.PERMISSION: lambda market, place, person: (not allows(person),),
    Code.INTERESTS: lambda market, place, person: _interests(person),
    Code.LIKE: lambda market, place, person: person.like if allows(person) else (),
    Code.NOT_INTERESTS: lambda market, place, person: _interests(person),
    Code.HIDDEN: lambda market, place, person: person.hidden,
    Code.LESS: lambda market, place, person: person.less,
    Code.CAP: lambda market, place, person: capped(market.caps, person.seen, place.at) if person.id else (),
    Code.BRAND: lambda market, place, person: (place.risk,),
}
