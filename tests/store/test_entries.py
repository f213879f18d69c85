"""Refunds and corrections: entries beside the charges, never more than was charged, and what they give back may be spent again."""

from __future__ import annotations

import threading

import pytest

from oscine.advertising import Campaign, Entry
from oscine.errors import InputError, NotFound
from oscine.store.advertisers import Advertisers
from oscine.store.campaigns import Campaigns
from oscine.store.entries import Total
from oscine.store.ledger import Ledger
from oscine.store.postgres import Database
from oscine.store.terms import MOST_MONEY
from store.orders import AD, NOW, PLACEMENTS, TERMS, flight, money, running, served


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def charged(database: Database, count: int, budget: int = 10_000) -> tuple[Campaign, list[str]]:
    """A campaign with so many charges of 1,000, and the tokens of its ads."""
    made, ledger = running(database, budget=budget), Ledger(database)
    tokens = [ad.token for ad in ledger.reserve([served(made) for _ in range(count)])]
    for token in tokens:
        ledger.record(token, "impression", NOW)
    return made, tokens


def test_a_refund_may_be_spent_again(database: Database, ledger: Ledger) -> None:
    made, tokens = charged(database, 3, budget=3_000)
    assert ledger.reserve([served(made)]) == []
    entry = ledger.refund(made.flights[0].id, 1_000, "op", " a mistake ")
    assert (entry.kind, entry.amount, entry.by, entry.why, entry.token, entry.campaign) == (
        "refund",
        -1_000,
        "op",
        "a mistake",
        "",
        made.id,
    )
    assert money(database, made) == (2_000, 0) and len(ledger.reserve([served(made)])) == 1
    assert ledger.entries()[0] == entry and len(ledger.entries()) == len(tokens) + 1 and ledger.audit() == []


@pytest.mark.parametrize("amount", [0, -1, 3_001, MOST_MONEY + 1])
def test_what_cannot_be_refunded(database: Database, ledger: Ledger, amount: int) -> None:
    made, _ = charged(database, 3)
    with pytest.raises(InputError):
        ledger.refund(made.flights[0].id, amount, "op", "why not")
    assert money(database, made) == (3_000, 0)


def test_every_entry_says_why(database: Database, ledger: Ledger) -> None:
    made, tokens = charged(database, 1)
    for wrong in (
        lambda: ledger.refund(made.flights[0].id, 1, "op", " "),
        lambda: ledger.correct(made.flights[0].id, 1, "op", "x" * 3_000),
        lambda: ledger.refund_charges(tokens, "op", ""),
    ):
        with pytest.raises(InputError, match="A reason has"):
            wrong()
    with pytest.raises(NotFound):
        ledger.refund(10**9, 1, "op", "because")


def test_corrections_go_both_ways_within_the_budget(database: Database, ledger: Ledger) -> None:
    made, _ = charged(database, 3, budget=4_000)
    line = made.flights[0].id
    ledger.reserve([served(made, 500)])
    assert [ledger.correct(line, amount, "op", "counted wrongly").amount for amount in (500, -3_500)] == [500, -3_500]
    for amount in (-1, 3_501):
        with pytest.raises(InputError):
            ledger.correct(line, amount, "op", "too much")
    assert money(database, made) == (0, 500) and ledger.audit() == []
    assert ledger.totals() == [Total("EUR", 3_000, 0, -3_000)] and ledger.totals()[0].spent == 0


def test_charges_found_invalid_later_are_refunded_once(database: Database, ledger: Ledger) -> None:
    made, tokens = charged(database, 3)
    other, more = charged(database, 1)
    bad = [tokens[2], more[0], tokens[0], "unknown", tokens[0]]
    given = ledger.refund_charges(bad, "op", "one program clicked them all")
    assert sorted(entry.token for entry in given) == sorted({tokens[0], tokens[2], more[0]}) and {entry.amount for entry in given} == {
        -1_000
    }
    assert ledger.refund_charges(bad, "op", "again") == [] and ledger.refund_charges([], "op", "nothing") == []
    assert money(database, made) == (1_000, 0) and money(database, other) == (0, 0) and ledger.audit() == []
    assert [event.charged for event in ledger.events(tokens[0])] == [1_000], "the event stays as it was"
    with pytest.raises(InputError, match="too many"):
        ledger.refund_charges(["x"] * 6_000, "op", "all")


def test_a_charge_is_not_refunded_beyond_what_is_still_spent(database: Database, ledger: Ledger) -> None:
    made, tokens = charged(database, 2)
    ledger.refund(made.flights[0].id, 1_500, "op", "a gift")
    assert ledger.refund_charges(tokens, "op", "robots") == [] and money(database, made) == (500, 0)


def test_refunds_at_once_give_back_once(database: Database, ledger: Ledger) -> None:
    made, tokens = charged(database, 4)
    given: list[Entry] = []
    threads = [threading.Thread(target=lambda: given.extend(ledger.refund_charges(tokens, "op", "robots"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry.token for entry in given) == sorted(tokens) and money(database, made) == (0, 0) and ledger.audit() == []


def test_whose_entries(database: Database, ledger: Ledger) -> None:
    made, _ = charged(database, 2)
    theirs = Advertisers(database).add("k2", "Other", currency="JPY")
    campaigns = Campaigns(database, PLACEMENTS)
    other = campaigns.add(theirs.id, TERMS, [flight()], "k2")
    campaigns.add_creatives(other.id, [AD], "k2")
    for state in ("review", "running"):
        other = campaigns.step(other.id, state, "k2")
    (ad,) = ledger.reserve([served(other, currency="JPY")])
    ledger.record(ad.token, "impression", NOW)
    assert (
        [entry.campaign for entry in ledger.entries("k1")]
        == [made.id] * 2
        == [entry.campaign for entry in ledger.entries(campaign=made.id)]
    )
    newest = ledger.entries()[0]
    assert newest.currency == "JPY" and ledger.entries(before=newest.id) == ledger.entries("k1") and ledger.entries("k1", other.id) == []
    assert ledger.totals() == [Total("EUR", 2_000, 0, 0), Total("JPY", 1_000, 0, 0)] and ledger.totals("k2") == [Total("JPY", 1_000, 0, 0)]
    assert ledger.refund(other.flights[0].id, 1, "op", "one yen of a million").currency == "JPY"
