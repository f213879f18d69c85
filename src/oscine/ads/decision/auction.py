"""Who stands where, and at what price: sealed bids for a thousand impressions, in whole micro-units, for one place or several below each other.

Bidders are ranked by bid times quality; a price is the least bid that would have kept the place (Varian 2007), so none is above its bid, and none below
the reserve. What a mechanism is for: *first* charges the bid; *second* (Vickrey 1961), of one place, makes the true value the best bid; *gsp*, its
extension to several places, does not (Edelman, Ostrovsky and Schwarz 2007), and *vcg* (Vickrey 1961, Clarke 1971, Groves 1973) does again: each pays what
its presence takes from the others. All in integers, so that no rounding favours anybody by more than one micro-unit. It knows no campaign, no person, no
budget and no prediction: what a click is worth for a thousand impressions is reckoned before, and what a price means for a click after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from math import floor, log2
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.advertising import Micros, Objective
from oscine.errors import InputError

Auction = Literal["first", "second", "gsp", "vcg"]
Whole = NDArray[np.int64]

PART = 1000  # qualities and attention are whole thousandths


class Rules(NamedTuple):
    """How places are sold. `reserve` is the least bid for a thousand impressions.

    `attention` is what each position is worth beside the others, in thousandths, never rising; empty: 1 / log2(1 + position), the discount of nDCG.
    """

    auction: Auction = "second"
    reserve: Micros = 0
    attention: tuple[int, ...] = ()


class Bidder(NamedTuple):
    """A bid for a thousand impressions and a quality in whole thousandths, at least 1."""

    bid: Micros
    quality: int = PART


class Sale(NamedTuple):
    """Which bidder, by its number in the bids, and its price for a thousand impressions."""

    bidder: int
    price: Micros


def sold(bids: Sequence[Bidder], slots: int, rules: Rules, rng: np.random.Generator) -> list[Sale]:
    """The whole auction: who has the first place, the second …, and for how much. Bids below the reserve, or of nothing, have no part in it."""
    order, many = ranked(np.array([one.bid for one in bids]), np.array([one.quality for one in bids]), rules.reserve, rng)
    best = order[:many].tolist()
    return [Sale(*sale) for sale in zip(best, prices([bids[number] for number in best], slots, rules), strict=False)]


def ranked(bids: Whole, quality: Whole, reserve: Micros, rng: np.random.Generator) -> tuple[NDArray[np.intp], int]:
    """The numbers of the bids, best first by bid times quality (below 2^63 together), equals in random order; last those below the reserve or of nothing.

    And how many are not.
    """
    score = bids * quality * (bids >= reserve)
    return np.lexsort((rng.random(bids.size), -score)), int(np.count_nonzero(score))


def prices(best: Sequence[Bidder], slots: int, rules: Rules) -> list[Micros]:
    """What each of the first `slots` of ranked bidders pays for a thousand impressions. None of them bids below the reserve."""
    return PRICES[rules.auction](best, min(slots, len(best)), rules)


def first(best: Sequence[Bidder], slots: int, rules: Rules) -> list[Micros]:
    """Its own bid."""
    return [bidder.bid for bidder in best[:slots]]


def second(best: Sequence[Bidder], slots: int, rules: Rules) -> list[Micros]:
    """The least bid that keeps the place before the next one's: the second price of one place, the generalised second price of several."""
    return [least(best, place, place, rules.reserve) for place in range(slots)]


def vcg(best: Sequence[Bidder], slots: int, rules: Rules) -> list[Micros]:
    """What others lose by it, for a thousand impressions at its place, rounded down.

    Reckoned as Myerson's payment: each step of attention from no place up to its own, times the least bid that takes the step.
    """
    worth = [*attention(slots, rules), 0]
    steps = [high - low for high, low in pairwise(worth)]
    return [sum(steps[to] * least(best, place, to, rules.reserve) for to in range(place, slots)) // worth[place] for place in range(slots)]


PRICES: dict[Auction, Callable[[Sequence[Bidder], int, Rules], list[Micros]]] = {
    "first": first,
    "second": second,
    "gsp": second,
    "vcg": vcg,
}


def least(best: Sequence[Bidder], bidder: int, place: int, reserve: Micros) -> Micros:
    """The least bid with which a bidder, of those ranked, has this place (its own or a lower one), equals counted as won."""
    if place + 1 >= len(best):
        return reserve
    after = best[place + 1]
    return max(reserve, -(-after.bid * after.quality // best[bidder].quality))


def attention(slots: int, rules: Rules) -> list[int]:
    """What each position is worth, in thousandths.

    Raises InputError where the rules' own are too few, rise, or are not above 0.
    """
    if not rules.attention:
        return _discount(slots)
    given = list(rules.attention[:slots])
    if len(given) < slots or min(given, default=1) < 1 or given != sorted(given, reverse=True):
        raise InputError(
            f"The attention {rules.attention} is none of {slots} positions.",
            "Give a whole number above 0 for each, none above the one before.",
        )
    return given


@cache
def _discount(slots: int) -> list[int]:
    return [floor(PART / log2(2 + place)) for place in range(slots)]


def owed(price: Micros, objective: Objective, bid: Micros, p_click: float, p_convert: float) -> Micros:
    """What a price for a thousand impressions is for one impression, click or conversion, rounded down; for the latter two never above the own bid.

    The chances, of a click and of a conversion after it, are above 0 where the objective needs them.
    """
    if objective == "impressions":
        return price // 1000
    return min(bid, floor(price / (1000 * (p_click if objective == "clicks" else p_click * p_convert))))
