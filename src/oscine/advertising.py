"""The records of advertising: what an advertiser orders, what was shown, what happened, and what was charged for it.

Money is whole micro-units (a millionth) of an ISO 4217 currency, never a float. A bid is for a thousand impressions, for a click or for a conversion,
as the campaign's objective says. A person is a pseudonym that means nothing outside this network. The records know nothing of how they are kept or decided on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args

from msgspec import field

from oscine.records import Record

Micros = int  # millionths of a currency's unit
MICROS = 1_000_000

Objective = Literal["impressions", "clicks", "conversions"]
Tier = Literal["strict", "standard", "open"]
Pace = Literal["even", "traffic", "fast"]
State = Literal["draft", "review", "running", "paused", "refused", "ended"]
EventKind = Literal["impression", "viewable", "click", "conversion"]
EntryKind = Literal["charge", "refund", "correction"]

OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
TIERS: tuple[Tier, ...] = get_args(Tier)  # next to what posts an ad may stand: safe ones only; those of medium risk too; any but hidden ones
PACES: tuple[Pace, ...] = get_args(Pace)  # by the clock; by the traffic that is foretold; as soon as can be
STATES: tuple[State, ...] = get_args(State)
EVENTS: tuple[EventKind, ...] = get_args(EventKind)


class Advertiser(Record, frozen=True):
    """On whose behalf ads are shown (`name`), and who pays for them (`payer`, where that is another). `key` is the access key that owns it."""

    id: int
    key: str
    name: str
    payer: str
    currency: str
    created_at: datetime
    account: str = ""  # NETWORK/ACCOUNT of the advertiser on the network, if it has one: people who blocked it never see its ads


class Caps(Record, frozen=True):
    """At most so many impressions to one person within so many hours; 0 is no cap."""

    impressions: int = 0
    hours: int = 24


class Targeting(Record, frozen=True):
    """Whom and where. Every field that is given must match, by one of its entries; what stands in a `not_…` must not. Empty matches everybody.

    Of the page: `topics` (a few words, matched by meaning), `query` (search grammar, matched by a post around the place), `langs` (ISO 639-1),
    `places` (ISO 3166: DE, US-CA), `hours` (0 to 167, hours of the week from Monday 0:00 UTC). Of the person, only where they allow it:
    `interests` (a few words), `like` (accounts that the person should resemble, NETWORK/ACCOUNT).
    """

    topics: tuple[str, ...] = ()
    query: str = ""
    langs: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()
    interests: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    not_topics: tuple[str, ...] = ()
    not_query: str = ""
    not_langs: tuple[str, ...] = ()
    not_places: tuple[str, ...] = ()
    not_interests: tuple[str, ...] = ()


class Flight(Record, frozen=True):
    """A period of a campaign with a budget of its own. `bid` 0 bids by itself; `daily` 0 is no limit a day (UTC). The ledger alone writes what is spent."""

    id: int
    campaign: int
    starts_at: datetime
    ends_at: datetime
    budget: Micros
    daily: Micros = 0
    bid: Micros = 0
    spent: Micros = 0
    reserved: Micros = 0


class Creative(Record, frozen=True):
    """One ad of a campaign as it is shown. `review` is the review that accepted it or waits; `pictures` names the sizes that are kept for it."""

    id: int
    campaign: int
    headline: str
    body: str
    action: str
    link: str
    brand: str
    lang: str
    generated: bool
    review: int
    accepted: bool
    created_at: datetime
    hashtags: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    by: str = ""  # "composed", a model's name, or empty for what a person wrote
    score: float = 0.0  # the reward model's, in log-odds, beside the campaign's other creatives


class Campaign(Record, frozen=True):
    """What an advertiser orders. `holdout` is the share of people who are kept from seeing it, so that its effect can be measured."""

    id: int
    advertiser: int
    name: str
    objective: Objective
    placements: tuple[str, ...]
    tier: Tier
    targeting: Targeting
    caps: Caps
    pace: Pace
    holdout: float
    state: State
    created_at: datetime
    flights: tuple[Flight, ...] = ()
    creatives: tuple[Creative, ...] = ()


class Step(Record, frozen=True):
    """One line of a campaign's audit trail: who (a key's id, or `system`) changed it to what state, what changed, and why."""

    at: datetime
    by: str
    state: State
    change: dict[str, Any]
    why: str = ""


class Order(Record, frozen=True):
    """What can stand in an auction: one running flight of a campaign, with its advertiser and what of its budget is left."""

    advertiser: Advertiser
    campaign: Campaign
    flight: Flight
    left: Micros  # neither spent nor reserved
    left_today: Micros
    spent: Micros
    spent_today: Micros


class Served(Record, frozen=True):
    """An ad that was chosen for a place. `price` is owed when the `objective` happens; `chances` are the propensities of the creatives it was drawn from.

    `held` marks what the person was kept from seeing: it would have been shown, and another stands in its place.
    """

    token: str
    at: datetime
    expires_at: datetime
    advertiser: int
    campaign: int
    flight: int
    creative: int
    placement: str
    objective: Objective
    price: Micros
    currency: str
    reserved: Micros
    person: str = ""
    held: bool = False
    propensity: float = 1.0
    chances: dict[int, float] = field(default_factory=dict)
    p_click: float = 0.0
    p_convert: float = 0.0
    lang: str = ""
    country: str = ""
    site: str = ""
    size: str = ""
    context: dict[str, Any] = field(default_factory=dict)  # the decision's facts that "why this ad" is told from; never a special category


class Event(Record, frozen=True):
    """What happened to a served ad. `charged` is what the advertiser owes for it; `refused` why it is not counted, if it is not."""

    token: str
    kind: EventKind
    at: datetime
    charged: Micros = 0
    refused: str = ""


class Entry(Record, frozen=True):
    """A line of the ledger. A charge is positive, a refund negative; a correction is either. None is ever changed."""

    id: int
    at: datetime
    advertiser: int
    campaign: int
    flight: int
    kind: EntryKind
    amount: Micros
    currency: str
    token: str = ""
    event: str = ""
    by: str = ""
    why: str = ""
