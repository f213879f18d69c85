"""What runs now, compiled: orders, predictions, bids and paces, made anew every few seconds and handed out as one snapshot.

It learns from what the ledger recorded since it last looked. Each process learns for itself, from the same events, in the same order; what one learned
after its start is what another learns when it starts. It decides nothing.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.ads.audience.vocabulary import Vocabulary
from oscine.ads.decision.bidding import Bidder
from oscine.ads.decision.choice import Arms
from oscine.ads.decision.market import Market, compiled, renewed
from oscine.ads.decision.pacing import FLAT, Pacer, foretold
from oscine.ads.decision.place import Place
from oscine.ads.decision.rates import Rates, Table
from oscine.advertising import Micros
from oscine.store.asked_for import AskedFor
from oscine.store.campaigns import Campaigns
from oscine.store.ledger import Ledger
from oscine.store.recording import BUDGET_SPENT, Happened

STALE = timedelta(seconds=10)  # how old what runs may be, where nobody renews it
BATCH = 10_000  # events learned at a time
REMEMBERED = 200_000  # events that a new process begins with
HOUR, WEEKS = timedelta(hours=1), timedelta(weeks=4)  # between foretellings of traffic, and what they rest on
NEVER = datetime.min.replace(tzinfo=UTC)
CONVERTS = 0.02  # of clicks on a new network


class Live(NamedTuple):
    """A snapshot: the market of n orders, and for its rows the chance to bid (n,), the bids (n,) and the predictions.

    `memory` is how long ago its caps look for what a person has seen.
    """

    at: datetime
    market: Market
    memory: timedelta
    click: Table
    convert: Table
    passing: NDArray[np.float64]
    bids: NDArray[np.int64]


class Running:
    """Hands out what runs; `vocabulary` keeps up with its words, `arms` with its ads. `reserve` is what a thousand impressions cost at least."""

    def __init__(self, campaigns: Campaigns, ledger: Ledger, traffic: AskedFor, vocabulary: Vocabulary, reserve: Micros) -> None:
        self.arms = Arms()
        self.vocabulary = vocabulary
        self._campaigns, self._ledger, self._asked, self._reserve = campaigns, ledger, traffic, reserve
        self._clicks, self._conversions = Rates(), Rates(CONVERTS)
        self._pacer, self._bidder = Pacer(), Bidder()
        self._learned = max(0, ledger.newest() - REMEMBERED)
        self._traffic, self._an_hour, self._foretold = FLAT, 0.0, NEVER
        self._live: Live | None = None
        self._making, self._counting = threading.Lock(), threading.Lock()
        self._places: Counter[tuple[datetime, str]] = Counter()

    def at(self, now: datetime) -> Live:
        """What runs at a time; an older snapshot while another thread makes a newer one."""
        live = self._live
        if live is not None and now - live.at < STALE:
            return live
        if not self._making.acquire(blocking=live is None):
            assert live is not None
            return live
        try:
            self._live = live = self._made(now)
        finally:
            self._making.release()
        return live

    def renew(self) -> None:
        """Make a snapshot now, so that no request has to: every few seconds, beside them."""
        with self._making:
            self._live = self._made(datetime.now(UTC))

    def count(self, asked: Place) -> None:
        """A place was asked for: what traffic is foretold by."""
        with self._counting:
            self._places[asked.at.replace(minute=0, second=0, microsecond=0), asked.placement] += asked.slots

    def keep(self) -> None:
        """Write down how many places were asked for since the last time: every minute, and at the end."""
        with self._counting:
            counted, self._places = self._places, Counter()
        self._asked.add(counted)

    def forget(self) -> None:
        """Make the next snapshot anew: something was changed that must be seen at once."""
        self._live = None

    def _made(self, now: datetime) -> Live:
        self._learn()
        if now - self._foretold > HOUR:
            counts, seen = self._asked.week(now - WEEKS, now)
            self._traffic, self._an_hour, self._foretold = foretold(counts, seen), sum(counts) / max(1, sum(seen)), now
        orders = self._campaigns.orders(now)
        if orders:
            self.vocabulary.renew(orders)
        market = renewed(self._live.market, orders) if self._live else compiled(orders)
        return Live(
            at=now,
            market=market,
            memory=timedelta(hours=max((caps.hours for caps in market.caps.values()), default=0)),
            click=self._clicks.table(orders),
            convert=self._conversions.table(orders),
            passing=self._pacer.passing(orders, now, self._traffic, self._an_hour),
            bids=self._bidder.bids(orders, now, self._traffic, self._reserve),
        )

    def _learn(self) -> None:
        while events := self._ledger.events_after(self._learned, BATCH):
            for event in events:
                self._learn_from(event)
            self._learned = events[-1].number

    def _learn_from(self, happened: Happened) -> None:
        """An impression or a click tells of clicks, a click or a conversion of conversions; what looked like no person tells nothing."""
        event, served = happened.event, happened.served
        if event.refused not in ("", BUDGET_SPENT):
            return
        place = Place(served.placement, served.at, served.lang, topics=frozenset(served.context.get("topics", ())))
        if event.kind in ("impression", "click"):
            shown, clicked = float(event.kind == "impression"), float(event.kind == "click")
            self._clicks.learn(served.campaign, place, shown, clicked)
            self.arms.learn(served.campaign, served.creative, shown, clicked, event.at)
        if event.kind in ("click", "conversion"):
            self._conversions.learn(served.campaign, place, float(event.kind == "click"), float(event.kind == "conversion"))
