"""The ad server: a request is decided, its money reserved, and what happens to what was shown is recorded, once.

It ties together what decides nothing of money (`decision`), what knows whom and where (`audience`), and what keeps (`store`). It does not know how a
request came: HTTP, OpenRTB and the tag are the faces' matter.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import numpy as np

from oscine.ads.decision.decide import Decision, Rules, Win, decide
from oscine.ads.decision.place import NOBODY, Person, Place
from oscine.ads.decision.targeting import allows
from oscine.ads.ledger.recent import Recent
from oscine.ads.ledger.tokens import Tokens, expired
from oscine.ads.ledger.traffic import Circumstances, judge
from oscine.ads.live import Live, Running
from oscine.ads.measure.lift import held
from oscine.advertising import Creative, EventKind, Order, Served
from oscine.errors import InputError, NotFound
from oscine.records import Viewer
from oscine.store.campaigns import Campaigns
from oscine.store.choices import Choices
from oscine.store.ledger import Ledger
from oscine.store.recording import UNKNOWN, Recorded
from oscine.store.secret import pseudonym
from oscine.view import SeenPost

BYTES = 12  # of what names a served ad: 96 random bits
POLICY = "thompson"


class Terms(NamedTuple):
    """How places are sold, for how long what was handed out may be shown and clicked, and for how long a conversion counts after it."""

    rules: Rules
    shown: timedelta
    converted: timedelta


class Shown(NamedTuple):
    """An ad for a place: its signed token, what was kept of it, and what it counts for a thousand impressions."""

    token: str
    served: Served
    order: Order
    creative: Creative
    cpm: int


Who = Callable[[Live], Person]  # the person before a place, as far as what runs needs to know


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def nobody(_live: Live) -> Person:
    """Whoever is before the place, nothing is known of them."""
    return NOBODY


class Parts(NamedTuple):
    """What an ad server rests on. `secret` signs tokens and makes pseudonyms."""

    running: Running
    campaigns: Campaigns
    ledger: Ledger
    choices: Choices
    secret: bytes
    terms: Terms


class AdServer:
    """Ads for places. `seed` makes its draws repeatable; `clock` tells the time."""

    def __init__(self, parts: Parts, seed: int | None = None, clock: Callable[[], datetime] = now) -> None:
        self.running, self._campaigns, self.ledger, self._choices, self._secret, self._terms = parts
        self._ad_tokens, self._led_tokens = Tokens(self._secret), Tokens(self._secret, "led")
        self._recent, self._clock = Recent(), clock
        self._rng = np.random.default_rng(seed)

    def serve(self, asked: Place, posts: Sequence[SeenPost] = (), who: Who = nobody) -> list[Shown]:
        """Ads for a place, at most `asked.slots`, by position: each with its money reserved. Whom the person is kept from is kept in the log, not told."""
        return self.serve_page([(asked, posts)], who)[0]

    def serve_page(self, places: Sequence[tuple[Place, Sequence[SeenPost]]], who: Who = nobody) -> list[list[Shown]]:
        """Ads for places of one page, each with the posts around it: no advertiser in two of them, and their money reserved together."""
        decisions, taken, who = list[Decision](), frozenset[int](), _once(who)
        for asked, posts in places:
            self.running.count(asked)
            decisions.append(self.decide(asked, posts, _apart(who, taken)))
            taken |= {win.order.advertiser.id for win in decisions[-1].wins if not win.held}
        wins = {secrets.token_urlsafe(BYTES): (at, win) for at, decision in enumerate(decisions) for win in decision.wins}
        kept = [self._served(token, win, decisions[at]) for token, (at, win) in wins.items()]
        page: list[list[Shown]] = [[] for _ in places]
        for each in self.ledger.reserve(kept) if kept else []:
            if not each.held:
                page[wins[each.token][0]].append(self._shown(each, wins[each.token][1]))
        return page

    def decide(self, asked: Place, posts: Sequence[SeenPost] = (), who: Who = nobody) -> Decision:
        """What a place would show now, and why; nothing is reserved or kept."""
        live = self.running.at(asked.at)
        place, person = self.running.vocabulary.place(posts, asked), who(live)
        return decide(
            live.market, place, person, live.click, live.convert, live.passing, live.bids, self.running.arms, self._terms.rules, self._rng,
            lambda order: held(person.id, order.campaign.id, order.campaign.holdout),
        )  # fmt: skip

    def viewer(self, viewer: Viewer, personal: bool = True) -> Who:
        """A person of the network: what they chose, what they were shown, and where they allow it what they did; not `personal`: only what they chose."""
        if viewer.anonymous:
            return nobody
        known = self.pseudonym(viewer) if personal else ""

        def told(live: Live) -> Person:
            choice = self._choices.of(viewer)
            chosen = choice if personal else msgspec.structs.replace(choice, personal=False)
            return self.running.vocabulary.person(viewer, chosen, known, self._seen(known, live))

        return told

    def stranger(self, seller: str, name: str, minor: bool = False) -> Who:
        """Somebody whom a seller knows by a name of its own: told from others there, and from nobody anywhere else."""
        known = pseudonym(self._secret, f"seller {seller}", name)
        return lambda live: Person(id=known, minor=minor, seen=self._seen(known, live))

    def pseudonym(self, viewer: Viewer) -> str:
        """What stands for an account in the ledger."""
        return pseudonym(self._secret, viewer.network, viewer.account)

    def read(self, token: str, kind: EventKind) -> Served:
        """What a token stands for: that of a conversion is the one that the advertiser's page was given, of anything else the one that the ad came with.

        Raises `InputError` for one that is forged or expired, `NotFound` for one that was forgotten; counts both.
        """
        return self._read(self._led_tokens if kind == "conversion" else self._ad_tokens, token, kind)

    def about(self, token: str) -> Served:
        """What the ad with this token is, as long as it is kept. Raises as `read`."""
        return self._read(self._ad_tokens, token, "why")

    def _read(self, tokens: Tokens, token: str, kind: str) -> Served:
        at = self._clock()
        try:
            served = self.ledger.served(tokens.read(token, at))
            if kind in ("impression", "viewable", "click") and at > served.expires_at:
                raise expired("This ad's time is over.")
        except (InputError, NotFound) as error:
            self.ledger.refuse(kind, UNKNOWN if isinstance(error, NotFound) else error.code, at)
            raise
        return served

    def record(self, token: str, kind: EventKind, circumstances: Circumstances, ref: str = "", value: int = 0) -> Recorded:
        """What happened to an ad, counted once; what looks like no person is kept with the reason, and not charged. Raises as `read`."""
        served, at = self.read(token, kind), self._clock()
        reason = judge(kind, served, self.ledger.events(served.token), circumstances, at)
        return self.ledger.record(served.token, kind, at, ref, value, reason)

    def led(self, token: str) -> tuple[str, str]:
        """Where a served ad leads, by its own name and not the signed one, and the token that goes there: good for conversions, and for nothing else.

        Raises `NotFound`.
        """
        served = self.ledger.served(token)
        return self._campaigns.creative(served.creative).link, self._led_tokens.sign(token, served.at + self._terms.converted)

    def clicks(self, address: str) -> int:
        """How often somebody clicked from an address within a minute, this time included."""
        return self._recent.count(address, self._clock().timestamp())

    def converted(self, advertiser: int, viewer: Viewer, ref: str, value: int = 0) -> bool:
        """Somebody did what an advertiser hoped for, whatever they had seen; whether that is new."""
        return self.ledger.convert(advertiser, ref, self.pseudonym(viewer), self._clock(), value)

    def forget(self, viewer: Viewer) -> int:
        """Take an account out of what is kept of ads: what it chose, and its pseudonym; in how many ads it stood."""
        self._choices.forget(viewer)
        return self.ledger.forget(self.pseudonym(viewer))

    def _seen(self, person: str, live: Live) -> dict[int, tuple[datetime, ...]]:
        return self.ledger.seen(person, live.at - live.memory) if live.memory else {}

    def _served(self, token: str, win: Win, decision: Decision) -> Served:
        place, person, campaign = decision.place, decision.person, win.order.campaign
        return Served(
            token=token, at=place.at, expires_at=place.at + self._terms.shown, advertiser=win.order.advertiser.id, campaign=campaign.id,
            flight=win.order.flight.id, creative=win.creative, placement=place.placement, objective=campaign.objective, price=win.price,
            currency=win.order.advertiser.currency, reserved=_at_stake(win), person=person.id, held=win.held, propensity=win.propensity,
            chances=dict(win.chances), p_click=win.p_click, p_convert=win.p_convert, lang=place.lang, country=place.country,
            site=place.site, size=win.size, context=_context(win, decision),
        )  # fmt: skip

    def _shown(self, served: Served, win: Win) -> Shown:
        creative = next(each for each in win.order.campaign.creatives if each.id == win.creative)
        token = self._ad_tokens.sign(served.token, served.at + max(self._terms.shown, self._terms.converted))
        return Shown(token, served, win.order, creative, win.cpm)


def _once(who: Who) -> Who:
    """The same person for all places of a page."""
    known: list[Person] = []

    def told(live: Live) -> Person:
        if not known:
            known.append(who(live))
        return known[0]

    return told


def _apart(who: Who, advertisers: frozenset[int]) -> Who:
    """Somebody who is shown nothing more of some advertisers."""
    return lambda live: (person := who(live))._replace(hidden=person.hidden | advertisers)


def _at_stake(win: Win) -> int:
    """What of the budget is set aside: the price of an impression; of a click or a conversion what it costs to expect, rounded up."""
    chance = {"impressions": 1.0, "clicks": win.p_click, "conversions": win.p_click * win.p_convert}[win.order.campaign.objective]
    return min(win.price, -int(-win.price * chance // 1))


def _context(win: Win, decision: Decision) -> dict[str, Any]:
    """What of the place and the person spoke for this ad, and for no other."""
    place, person, targeting = decision.place, decision.person, win.order.campaign.targeting
    told = allows(person)
    return {
        "topics": sorted(place.topics.intersection(targeting.topics)),
        "queries": sorted(place.queries.intersection([targeting.query])),
        "interests": sorted(person.interests.intersection(targeting.interests)) if told else [],
        "like": bool(told and person.like.intersection(targeting.like)),
        "region": place.region, "hour": 24 * place.at.weekday() + place.at.hour, "risk": place.risk, "personal": told,
        "auction": decision.rules.auction, "bids": int(decision.field.rows.size), "policy": POLICY,
    }  # fmt: skip
