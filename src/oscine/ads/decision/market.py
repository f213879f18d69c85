"""Live orders, compiled for thousands of decisions a second: a row for each, and for each rule an index from what is asked for to the rows that ask.

A set of rows is a whole number, its bits the rows: to match a thousand orders by a rule is an "or" and an "and" of numbers of a thousand bits. A market is
made about once a second and never changed. What an order asks for is read off here, rule by rule; what a place and a person offer is read off in
`targeting`. It knows no time, no person and no prediction, and keeps no account: what is left of a budget is as it was when the market was made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.ads.decision.auction import PART
from oscine.ads.decision.brand import BESIDE
from oscine.ads.decision.reasons import Code
from oscine.advertising import Caps, Micros, Order

Bits = int  # a set of rows
Rows = NDArray[np.intp]
Keys = Iterable[Hashable]
Looks = frozenset[tuple[str, str]]  # sizes (empty: text) and languages of places (empty: not known)

ANY = "*"  # a place without a currency takes any, and an ad of unknown language stands beside any
LEAST, BEST = 0.1, 10.0  # what quality counts for
MOST: Micros = 10**14  # that a thousand impressions can be worth: times a quality, it stays below 2^63


@lru_cache(10_000)
def _looks(lang: str, pictures: tuple[str, ...], asked: tuple[str, ...]) -> Looks:
    """The places that an ad can fill: text or one of its pictures, in its own language or one that the order asks for."""
    return frozenset((size, each) for size in ("", *pictures) for each in (lang or ANY, "", *asked))


def _of_ads(order: Order) -> dict[int, Looks]:
    asked = order.campaign.targeting.langs
    return {each.id: _looks(each.lang, each.pictures, asked) for each in order.campaign.creatives if each.accepted}


def _all_looks(order: Order) -> Keys:
    return frozenset[Hashable]().union(*_of_ads(order).values())


def _personal(order: Order) -> Keys:
    """Whether it is aimed at what a person is, not at what a page is about."""
    return (True,) if order.campaign.targeting.interests or order.campaign.targeting.like else ()


# Holds against an order wherever the place is.
STANDING: dict[Code, Callable[[Order], bool]] = {
    Code.STATE: lambda order: order.campaign.state != "running",
    Code.BUDGET: lambda order: min(order.left, order.left_today) <= 0,
    Code.NO_AD: lambda order: not any(creative.accepted for creative in order.campaign.creatives),
}

# Matched where a place or a person offers one of what is asked for; who asks for nothing matches all.
ASKED: dict[Code, Callable[[Order], Keys]] = {
    Code.CURRENCY: lambda order: (order.advertiser.currency, ANY),
    Code.PLACEMENT: lambda order: order.campaign.placements,
    Code.SIZE: _all_looks,
    Code.LANGUAGE: lambda order: order.campaign.targeting.langs,
    Code.AD_LANGUAGE: _all_looks,
    Code.PLACE: lambda order: order.campaign.targeting.places,
    Code.HOURS: lambda order: order.campaign.targeting.hours,
    Code.TOPICS: lambda order: order.campaign.targeting.topics,
    Code.QUERY: lambda order: filter(None, [order.campaign.targeting.query]),
    Code.INTERESTS: lambda order: order.campaign.targeting.interests,
    Code.LIKE: lambda order: order.campaign.targeting.like,
    Code.BRAND: lambda order: BESIDE[order.campaign.tier],
}

# Left out where a place or a person offers one of these.
BARRED: dict[Code, Callable[[Order], Keys]] = {
    Code.NOT_LANGUAGE: lambda order: order.campaign.targeting.not_langs,
    Code.NOT_PLACE: lambda order: order.campaign.targeting.not_places,
    Code.NOT_TOPICS: lambda order: order.campaign.targeting.not_topics,
    Code.NOT_QUERY: lambda order: filter(None, [order.campaign.targeting.not_query]),
    Code.MINOR: _personal,
    Code.PERMISSION: _personal,
    Code.NOT_INTERESTS: lambda order: order.campaign.targeting.not_interests,
    Code.HIDDEN: lambda order: (order.advertiser.id,),
    Code.LESS: lambda order: (*order.campaign.targeting.topics, *order.campaign.targeting.interests),
    Code.CAP: lambda order: (order.campaign.id,),
}


class Index(NamedTuple):
    """A rule's rows under each thing that is asked for or barred. `asking` are those that a match must be found for; None where it is a bar."""

    rows: Mapping[Hashable, Bits]
    asking: Bits | None


class Market(NamedTuple):
    """n orders, a row each. `standing` is what holds against them anywhere; `most` what a bid may be, by what is left of the budget."""

    orders: tuple[Order, ...]
    standing: Mapping[Code, Bits]
    indices: Mapping[Code, Index]  # by the codes' order
    starts: NDArray[np.float64]  # seconds since 1970
    ends: NDArray[np.float64]
    under_way: tuple[float, float]  # from when to before when all are
    most: NDArray[np.int64]
    clicks: NDArray[np.bool_]  # the objective is clicks, or conversions after them
    conversions: NDArray[np.bool_]
    quality: NDArray[np.int64]  # in thousandths
    caps: Mapping[int, Caps]  # of campaigns that have them
    looks: Mapping[int, Looks]  # of accepted ads


def compiled(orders: Sequence[Order], quality: Mapping[int, float] | None = None) -> Market:
    """A market of the orders. A campaign's `quality`, from 0.1 to 10 and 1 where none is given, multiplies its bids where they are ranked.

    For it to count less, give its root (Lahaie and Pennock 2007).
    """
    qualities = [PART * min(max((quality or {}).get(order.campaign.id, 1.0), LEAST), BEST) for order in orders]
    starts = [order.flight.starts_at.timestamp() for order in orders]
    ends = [order.flight.ends_at.timestamp() for order in orders]
    return Market(
        orders=tuple(orders),
        standing={code: _bits(map(holds, orders)) for code, holds in STANDING.items()},
        indices=_indices(orders),
        starts=np.array(starts),
        ends=np.array(ends),
        under_way=(max(starts, default=0.0), min(ends, default=0.0)),
        most=np.array([_most(order) for order in orders], np.int64),
        clicks=np.array([order.campaign.objective != "impressions" for order in orders], np.bool_),
        conversions=np.array([order.campaign.objective == "conversions" for order in orders], np.bool_),
        quality=np.rint(np.array(qualities)).astype(np.int64),
        caps={order.campaign.id: order.campaign.caps for order in orders if order.campaign.caps.impressions},
        looks={creative: looks for order in orders for creative, looks in _of_ads(order).items()},
    )


def renewed(before: Market, orders: Sequence[Order]) -> Market:
    """The market of orders; where they are those of before, and only money has moved, made of that one."""
    if not _alike(before.orders, orders):
        return compiled(orders)
    return before._replace(
        orders=tuple(orders),
        standing={code: _bits(map(holds, orders)) for code, holds in STANDING.items()},
        most=np.array([_most(order) for order in orders], np.int64),
    )


def _alike(before: Sequence[Order], orders: Sequence[Order]) -> bool:
    """Whether campaigns are the very same records, and flights have the same times."""
    return len(before) == len(orders) and all(
        one.campaign is other.campaign and one.advertiser is other.advertiser
        and (one.flight.id, one.flight.starts_at, one.flight.ends_at) == (other.flight.id, other.flight.starts_at, other.flight.ends_at)
        for one, other in zip(before, orders, strict=True)
    )  # fmt: skip


def rows(bits: Bits, most: int) -> Rows:
    """The numbers of the rows in a set of at most so many, rising."""
    packed = np.frombuffer(bits.to_bytes(-(-most // 8), "little"), np.uint8)
    return np.unpackbits(packed, bitorder="little").nonzero()[0]


def bits(which: NDArray[np.bool_]) -> Bits:
    """The set of rows that are true."""
    return int.from_bytes(np.packbits(which, bitorder="little").tobytes(), "little")


def _bits(which: Iterable[bool]) -> Bits:
    return bits(np.fromiter(which, np.bool_))


def _indices(orders: Sequence[Order]) -> dict[Code, Index]:
    """By the codes' order; rules that read the same off an order share it."""
    rules = ASKED | BARRED
    read = {asks: _index(orders, asks) for asks in rules.values()}
    return {code: read[asks] if code in ASKED else read[asks]._replace(asking=None) for code, asks in sorted(rules.items())}


def _index(orders: Sequence[Order], asks: Callable[[Order], Keys]) -> Index:
    found: dict[Hashable, Bits] = {}
    asking = 0
    for row, order in enumerate(orders):
        for key in asks(order):
            found[key] = found.get(key, 0) | 1 << row
            asking |= 1 << row
    return Index(found, asking)


def _most(order: Order) -> Micros:
    """No more than is left, for one click or conversion or, of impressions, for a thousand of them."""
    left = min(order.left, order.left_today)
    return min(MOST, 1000 * left) if order.campaign.objective == "impressions" else min(MOST // 1000, left)
