"""The same decision as `oscine.ads.decision.decide`, as one would write it down first: a loop over all orders, rule after rule. The peer, and the reference.

Only what a price is, and what it means for a click, is taken from `auction`: both are plain Python there already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from oscine.ads.decision import auction
from oscine.ads.decision.auction import Bidder, Rules
from oscine.ads.decision.place import Person, Place
from oscine.advertising import Order

TIERS = {"strict": ["low"], "standard": ["low", "medium"], "open": ["low", "medium", "high"]}


class Stands(NamedTuple):
    """A row, its price for a thousand impressions and for what happens, and whether the person is kept from it."""

    row: int
    cpm: int
    price: int
    held: bool


def against(order: Order, place: Place, person: Person) -> str:
    """The first rule that an order fails, by its name, or `passed`."""
    campaign, targeting = order.campaign, order.campaign.targeting
    if campaign.state != "running":
        return "state"
    if order.left <= 0 or order.left_today <= 0:
        return "budget"
    ads = [ad for ad in campaign.creatives if ad.accepted]
    if not ads:
        return "no_ad"
    if not order.flight.starts_at <= place.at < order.flight.ends_at:
        return "schedule"
    if place.currency and order.advertiser.currency != place.currency:
        return "currency"
    if campaign.placements and place.placement not in campaign.placements:
        return "placement"
    if place.sizes and not any(size in ad.pictures for ad in ads for size in place.sizes):
        return "size"
    if targeting.langs and place.lang not in targeting.langs:
        return "language"
    fit = [ad for ad in ads if not place.sizes or any(size in ad.pictures for size in place.sizes)]
    if place.lang and not any(not ad.lang or ad.lang == place.lang or place.lang in targeting.langs for ad in fit):
        return "ad_language"
    if targeting.places and place.country not in targeting.places and place.region not in targeting.places:
        return "place"
    if targeting.hours and place.at.weekday() * 24 + place.at.hour not in targeting.hours:
        return "hours"
    if targeting.topics and not any(topic in place.topics for topic in targeting.topics):
        return "topics"
    if targeting.query and targeting.query not in place.queries:
        return "query"
    if place.lang in targeting.not_langs:
        return "not_language"
    if place.country in targeting.not_places or place.region in targeting.not_places:
        return "not_place"
    if any(topic in place.topics for topic in targeting.not_topics):
        return "not_topics"
    if targeting.not_query and targeting.not_query in place.queries:
        return "not_query"
    return _of_person(order, place, person)


def _of_person(order: Order, place: Place, person: Person) -> str:
    campaign, targeting = order.campaign, order.campaign.targeting
    allowed = person.personal and not person.minor
    if not allowed and (targeting.interests or targeting.like):
        return "minor" if person.minor else "permission"
    if targeting.interests and not any(interest in person.interests for interest in targeting.interests):
        return "interests"
    if targeting.like and not any(account in person.like for account in targeting.like):
        return "like"
    if allowed and any(interest in person.interests for interest in targeting.not_interests):
        return "not_interests"
    if order.advertiser.id in person.hidden:
        return "hidden"
    if any(topic in person.less for topic in (*targeting.topics, *targeting.interests)):
        return "less"
    if campaign.caps.impressions and person.id:
        since = place.at - timedelta(hours=campaign.caps.hours)
        if sum(at > since for at in person.seen.get(campaign.id, ())) >= campaign.caps.impressions:
            return "cap"
    return "passed" if place.risk in TIERS[campaign.tier] else "brand"


def decide(
    orders: Sequence[Order],
    place: Place,
    person: Person,
    click: Sequence[float],
    convert: Sequence[float],
    passing: Sequence[float],
    bids: Sequence[int],
    rules: Rules,
    rng: np.random.Generator,
    held: Callable[[Order], bool],
) -> tuple[list[str], list[Stands]]:
    """The reason of each order, by name, and who stands, in order of position. It draws in the same order as the other, so that one seed gives one result."""
    reasons = [against(order, place, person) for order in orders]
    for row, reason in enumerate(reasons):
        if reason == "passed" and not rng.random() < passing[row]:
            reasons[row] = "pacing"
    least = max(rules.reserve, place.floor, 1)
    bidders, afford = {}, {}
    for row, reason in enumerate(reasons):
        if reason != "passed":
            continue
        objective, left = orders[row].campaign.objective, min(orders[row].left, orders[row].left_today)
        afford[row] = min(bids[row], 1000 * left if objective == "impressions" else left)
        chance = {"impressions": 0.001, "clicks": click[row], "conversions": click[row] * convert[row]}[objective]
        bidders[row] = Bidder(int(afford[row] * (1000 * chance)), auction.PART)
        reasons[row] = "outbid" if bidders[row].bid >= least else "reserve"
    ties = {row: rng.random() for row in bidders}
    best = sorted([row for row in bidders if reasons[row] == "outbid"], key=lambda row: (-bidders[row].bid, ties[row]))
    standing: list[int] = []
    ghosts: list[tuple[int, int]] = []
    for row in best:
        if len(standing) > place.slots:
            break
        if orders[row].advertiser.id in [orders[other].advertiser.id for other in standing[: place.slots]]:
            reasons[row] = "beside"
        elif not held(orders[row]):
            standing.append(row)
        elif len(standing) < place.slots:
            reasons[row] = "held"
            ghosts.append((row, len(standing)))
    for row in standing[: place.slots]:
        reasons[row] = "passed"
    sold = []
    for at, row, rest in [(at, row, standing) for at, row in enumerate(standing[: place.slots])] + [
        (at, row, [*standing[:at], row, *standing[at:]]) for row, at in ghosts
    ]:
        cpm = auction.prices([bidders[other] for other in rest], place.slots, rules._replace(reserve=least))[at]
        price = auction.owed(cpm, orders[row].campaign.objective, afford[row], click[row], convert[row])
        sold.append((at, reasons[row] != "held", Stands(row, cpm, price, reasons[row] == "held")))
    return reasons, [stands for _, _, stands in sorted(sold, key=lambda sale: sale[:2])]
