"""The ledger beside a model of it in plain Python: whatever is done in whatever order, both say the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from oscine.advertising import Objective, Served
from oscine.errors import InputError, NotFound
from oscine.store.campaigns import Campaigns
from oscine.store.ledger import Ledger
from oscine.store.postgres import Database
from oscine.store.terms import Terms
from store.orders import NOW, PLACEMENTS, running, served

PRICES = st.integers(1, 400)
PAID: dict[str, str] = {"impression": "impressions", "click": "clicks"}


class Book:
    """One flight and its ads, as the ledger's documentation tells it."""

    def __init__(self, objective: str, budget: int, daily: int) -> None:
        self.objective, self.budget, self.daily = objective, budget, daily
        self.spent = self.reserved = self.today = 0
        self.day = NOW.date()
        self.ads: dict[str, Served] = {}
        self.open: dict[str, int] = {}  # token: what is reserved
        self.charged: dict[str, int] = {}
        self.refunded: set[str] = set()
        self.events: dict[tuple[str, str], str] = {}  # why it was refused

    def unspent(self, at: datetime) -> int:
        today = self.today if self.day >= at.date() else 0
        return min(self.budget - self.spent, self.daily - today if self.daily else self.budget)

    def reserve(self, ads: list[Served]) -> list[str]:
        needed, kept = 0, []
        for ad in ads:
            needed += ad.reserved
            if ad.price <= self.unspent(ad.at) and needed <= self.unspent(ad.at) - self.reserved:
                kept.append(ad)
        for ad in kept:
            self.ads[ad.token], self.open[ad.token] = ad, ad.reserved
        self.reserved += sum(ad.reserved for ad in kept)
        return [ad.token for ad in kept]

    def record(self, token: str, kind: str, at: datetime, refused: str) -> tuple[int, str] | None:
        """What is charged and why not; None for a replay."""
        before = self.events.get((token, kind))
        if before is not None and (before in ("", "budget_spent") or refused):
            return None
        self.events[token, kind] = refused
        if refused or PAID.get(kind) != self.objective or token in self.charged:
            return 0, refused
        price, others = self.ads[token].price, max(0, self.reserved - self.open.get(token, 0))
        if price + (others if self.objective == "impressions" else 0) > self.unspent(at):
            self.events[token, kind] = "budget_spent"
            return 0, "budget_spent"
        if at.date() > self.day:
            self.day, self.today = at.date(), 0
        self.spent, self.today = self.spent + price, self.today + price
        self.reserved = min(others, self.budget - self.spent)
        self.open.pop(token, None)
        self.charged[token] = price
        return price, ""

    def release(self, at: datetime) -> None:
        for token in [token for token in self.open if self.ads[token].expires_at <= at]:
            self.reserved = max(0, self.reserved - self.open.pop(token))

    def move(self, amount: int) -> bool:
        fits = 0 <= self.spent + amount <= self.budget - self.reserved
        self.spent += amount * fits
        return fits

    def refund(self, tokens: list[str]) -> list[str]:
        upto, given = 0, []
        for token in self.charged:  # in the order of their charges
            if token in tokens and token not in self.refunded:
                upto += self.charged[token]
                given += [token] if upto <= self.spent else []
        self.refunded.update(given)
        self.spent -= sum(self.charged[token] for token in given)
        return given

    def roll(self, before: datetime) -> None:
        for token in [token for token, ad in self.ads.items() if ad.at < before and token not in self.open]:
            del self.ads[token]
            self.events = {known: why for known, why in self.events.items() if known[0] != token}


class Books(RuleBasedStateMachine):
    """What anybody may do to a ledger."""

    database: Database

    @initialize(objective=st.sampled_from(list(PAID.values())), budget=st.integers(1, 3_000), daily=st.sampled_from([0, 0, 500, 1_500]))
    def begin(self, objective: Objective, budget: int, daily: int) -> None:
        self.campaign = running(self.database, Terms(name="Winter", objective=objective), budget=budget, daily=daily)
        self.line = self.campaign.flights[0]
        self.ledger, self.book, self.now = Ledger(self.database), Book(objective, budget, daily), NOW
        self.known: list[str] = []

    @rule(prices=st.lists(PRICES, min_size=1, max_size=4), chance=st.integers(1, 100), minutes=st.integers(1, 60))
    def reserve(self, prices: list[int], chance: int, minutes: int) -> None:
        part = 100 if self.campaign.objective == "impressions" else chance
        ads = [
            served(self.campaign, price, -(-price * part // 100), at=self.now, expires_at=self.now + timedelta(minutes=minutes))
            for price in prices
        ]
        kept = [ad.token for ad in self.ledger.reserve(ads)]
        assert kept == self.book.reserve(ads)
        self.known += kept

    @rule(
        which=st.integers(0, 10**6),
        kind=st.sampled_from(["impression", "viewable", "click"]),
        refused=st.sampled_from(["", "", "crawler"]),
        times=st.integers(1, 2),
    )
    def record(self, which: int, kind: str, refused: str, times: int) -> None:
        for _ in range(times if self.known else 0):
            token = self.known[which % len(self.known)]
            if token not in self.book.ads:
                try:
                    self.ledger.record(token, kind, self.now, refused=refused)  # type: ignore[arg-type]
                except NotFound:
                    return
                raise AssertionError("an ad that was rolled is known")
            event = self.ledger.record(token, kind, self.now, refused=refused)  # type: ignore[arg-type]
            assert (None if event.repeated else (event.charged, event.refused)) == self.book.record(token, kind, self.now, refused)

    @rule(minutes=st.integers(1, 600))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def release(self) -> None:
        self.ledger.release(self.now)
        self.book.release(self.now)

    @rule(amount=st.integers(-500, 500), kind=st.sampled_from(["refund", "correct"]))
    def move(self, amount: int, kind: str) -> None:
        try:
            getattr(self.ledger, kind)(self.line.id, amount, "op", "a test")
            done = True
        except InputError:
            done = False
        allowed = amount > 0 if kind == "refund" else amount != 0
        assert done == (allowed and self.book.move(-amount if kind == "refund" else amount))

    @rule(which=st.lists(st.integers(0, 10**6), min_size=1, max_size=4))
    def refund(self, which: list[int]) -> None:
        tokens = [self.known[number % len(self.known)] for number in which] if self.known else []
        assert [entry.token for entry in self.ledger.refund_charges(tokens, "op", "a test")] == self.book.refund(tokens)

    @rule(budget=st.integers(1, 3_000))
    def change(self, budget: int) -> None:
        told = type(self.line)(id=self.line.id, campaign=self.campaign.id, starts_at=self.line.starts_at, ends_at=self.line.ends_at,
                               budget=budget, daily=self.line.daily)  # fmt: skip
        try:
            Campaigns(self.database, PLACEMENTS).change(self.campaign.id, "k1", periods=[told])
            done = True
        except InputError:
            done = False
        assert done == (budget >= self.book.spent + self.book.reserved)
        self.book.budget = budget if done else self.book.budget

    @rule(minutes=st.integers(0, 300))
    def roll(self, minutes: int) -> None:
        cut = self.now - timedelta(minutes=minutes)
        self.ledger.roll(cut)
        self.book.roll(cut)

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "book"):
            row = self.database.one("SELECT spent, reserved, budget FROM flights WHERE id = %s", [self.line.id])
            assert row == {"spent": self.book.spent, "reserved": self.book.reserved, "budget": self.book.budget}
            assert self.ledger.audit() == []


def test_the_ledger_does_what_its_model_does(database: Database) -> None:
    machine = type("Books", (Books,), {"database": database})
    settings_ = settings(max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=settings_)
