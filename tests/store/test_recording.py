"""Events: each once, charged with the event or not at all; what is refused is counted."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import timedelta

import psycopg
import pytest

from oscine.advertising import EVENTS, Objective
from oscine.errors import NotFound
from oscine.store.ledger import Ledger
from oscine.store.postgres import Database
from oscine.store.recording import Recorded
from oscine.store.terms import Terms
from store.orders import NOW, money, running, served

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def one(database: Database, objective: Objective = "impressions", **told: int) -> str:
    """The token of an ad that is served."""
    (ad,) = Ledger(database).reserve([served(running(database, Terms(name="Winter", objective=objective), **told), 1_000, 1_000)])
    return ad.token


def refusals(ledger: Ledger) -> dict[tuple[str, str], int]:
    return {(each.kind, each.reason): each.events for each in ledger.refusals(10_000)}


@pytest.mark.parametrize(("objective", "kind"), [("impressions", "impression"), ("clicks", "click"), ("conversions", "conversion")])
def test_what_it_is_paid_by_is_charged_and_nothing_else(database: Database, ledger: Ledger, objective: Objective, kind: str) -> None:
    token = one(database, objective)
    charged = {each: ledger.record(token, each, NOW).charged for each in EVENTS}
    assert charged == {each: 1_000 * (each == kind) for each in EVENTS}
    (entry,) = ledger.entries("k1")
    assert (entry.kind, entry.amount, entry.currency, entry.token, entry.event, entry.by, entry.at) == (
        "charge",
        1_000,
        "EUR",
        token,
        kind,
        "system",
        NOW,
    )
    assert [event.kind for event in ledger.events(token)] == list(EVENTS) and ledger.audit() == []


def test_a_replay_returns_the_first(database: Database, ledger: Ledger) -> None:
    token = one(database)
    first = ledger.record(token, "impression", NOW)
    again = ledger.record(token, "impression", LATER)
    assert first == Recorded(token=token, kind="impression", at=NOW, charged=1_000)
    assert again == Recorded(token=token, kind="impression", at=NOW, charged=1_000, repeated=True)
    assert refusals(ledger) == {("impression", "replayed"): 1} and len(ledger.entries()) == 1 and ledger.audit() == []


def test_an_ad_that_is_not_known(ledger: Ledger) -> None:
    for _ in range(2):
        with pytest.raises(NotFound):
            ledger.record("nothing", "click", NOW)
    ledger.refuse("click", "forged", NOW)
    assert refusals(ledger) == {("click", "unknown"): 2, ("click", "forged"): 1}
    assert ledger.refusals(10_000)[0].day == NOW.date()


def test_invalid_traffic_is_kept_with_its_reason_and_not_charged(database: Database, ledger: Ledger) -> None:
    token = one(database, "clicks")
    event = ledger.record(token, "click", NOW, refused="crawler")
    assert (event.charged, event.refused, event.repeated) == (0, "crawler", False)
    assert ledger.record(token, "click", LATER, refused="too_fast").repeated and refusals(ledger) == {
        ("click", "crawler"): 1,
        ("click", "replayed"): 1,
    }
    assert ledger.events(token)[0].refused == "crawler" and ledger.entries() == []


def test_a_crawler_does_not_use_up_a_persons_click(database: Database, ledger: Ledger) -> None:
    token = one(database, "clicks")
    ledger.record(token, "click", NOW, refused="crawler")
    event = ledger.record(token, "click", LATER)
    assert (event.charged, event.refused, event.repeated, event.at) == (1_000, "", False, LATER)
    for reason in ("crawler", ""):
        assert ledger.record(token, "click", LATER, refused=reason).repeated
    assert [event.refused for event in ledger.events(token)] == [""] and len(ledger.entries()) == 1 and ledger.audit() == []


def test_several_conversions_are_kept_and_one_is_charged(database: Database, ledger: Ledger) -> None:
    token = one(database, "conversions")
    found = [ledger.record(token, "conversion", NOW, ref, 50) for ref in ("a", "b", "a")]
    assert [(event.charged, event.repeated) for event in found] == [(1_000, False), (0, False), (1_000, True)]
    assert database.rows("SELECT ref, value FROM ad_events ORDER BY ref") == [{"ref": "a", "value": 50}, {"ref": "b", "value": 50}]
    assert ledger.audit() == []


def test_what_no_longer_fits_is_kept_and_not_charged_ever(database: Database, ledger: Ledger) -> None:
    made = running(database, Terms(name="Winter", objective="clicks"), budget=1_500)
    ads = ledger.reserve([served(made, 1_000, 10) for _ in range(2)])
    assert [ledger.record(ad.token, "click", NOW).refused for ad in ads] == ["", "budget_spent"]
    ledger.refund(made.flights[0].id, 1_000, "op", "a gift")
    assert ledger.record(ads[1].token, "click", LATER).charged == 0, "a replay changes no sum, whatever became of the budget"
    assert refusals(ledger) == {("click", "budget_spent"): 1, ("click", "replayed"): 1} and ledger.audit() == []


def test_the_limit_of_a_day_holds_for_charges(database: Database, ledger: Ledger) -> None:
    made = running(database, Terms(name="Winter", objective="clicks"), daily=1_500)
    ads = ledger.reserve([served(made, 1_000, 1) for _ in range(4)])
    days = [NOW, NOW, NOW + timedelta(days=1), NOW]
    assert [ledger.record(ad.token, "click", at).refused for ad, at in zip(ads, days, strict=True)] == [
        "",
        "budget_spent",
        "",
        "budget_spent",
    ]
    assert money(database, made)[0] == 2_000 and ledger.audit() == []


def at_once(tokens: Iterable[str], ledger: Ledger, copies: int = 4) -> list[Recorded]:
    """Every event from several threads at the same time."""
    found: list[Recorded] = []
    gate = threading.Barrier(copies)

    def work() -> None:
        for token in tokens:
            gate.wait()
            found.append(ledger.record(token, "impression", NOW))

    threads = [threading.Thread(target=work) for _ in range(copies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_same_event_at_once_is_charged_once(database: Database, ledger: Ledger) -> None:
    made = running(database)
    tokens = [ad.token for ad in ledger.reserve([served(made) for _ in range(20)])]
    found = at_once(tokens, ledger)
    assert sorted(event.token for event in found if not event.repeated) == sorted(tokens) and len(found) == 80
    assert {event.charged for event in found} == {1_000} and money(database, made) == (20_000, 0) and ledger.audit() == []
    assert refusals(ledger) == {("impression", "replayed"): 60}


def test_events_are_read_once_in_order(database: Database, ledger: Ledger) -> None:
    token = one(database, "clicks")
    ledger.record(token, "impression", NOW)
    ledger.record(token, "click", NOW, refused="crawler")
    seen = ledger.events_after(0, 1)
    seen += ledger.events_after(seen[-1].number)
    assert [(each.event.kind, each.event.refused) for each in seen] == [("impression", ""), ("click", "crawler")]
    assert seen[0].served == ledger.served(token) and ledger.events_after(seen[-1].number) == []
    ledger.record(token, "click", LATER)
    assert [(each.event.charged, each.event.at) for each in ledger.events_after(seen[-1].number)] == [(1_000, LATER)]


def test_no_event_comes_late_to_a_reader(database: Database, ledger: Ledger) -> None:
    made = running(database)
    tokens = [ad.token for ad in ledger.reserve([served(made) for _ in range(60)])]
    read: list[int] = []
    last = 0
    threads = [
        threading.Thread(target=lambda some: [ledger.record(token, "impression", NOW) for token in some], args=(tokens[n::4],))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or ledger.events_after(last):
        for each in ledger.events_after(last):
            read.append(each.number)
            last = each.number
    assert len(read) == len(set(read)) == 60 and read == sorted(read)


def test_who_was_shown_what(database: Database, ledger: Ledger) -> None:
    one, other = running(database), running(database)
    times = [NOW - timedelta(minutes=n) for n in range(4)]
    ads = [served(campaign, person="p", at=at, expires_at=NOW) for campaign, at in zip((one, one, one, other), times, strict=True)]
    ledger.reserve([*ads, served(one, person="q")])
    ledger.record(ads[1].token, "impression", NOW)
    ledger.record(ads[3].token, "impression", NOW, refused="crawler")
    everything = {one.id: (times[0], times[1], times[2]), other.id: (times[3],)}
    assert ledger.seen("p", NOW - timedelta(days=1)) == everything, "what is on its way counts as well"
    ledger.release(NOW)
    assert ledger.seen("p", NOW - timedelta(days=1)) == {one.id: (times[1],)}
    assert ledger.seen("p", NOW) == ledger.seen("", NOW - timedelta(days=1)) == {}


@pytest.mark.parametrize("statement", ["UPDATE ad_entries SET amount = 1", "DELETE FROM ad_entries"])
def test_entries_are_never_changed(database: Database, ledger: Ledger, statement: str) -> None:
    ledger.record(one(database), "impression", NOW)
    with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
        database.execute(statement)


def test_the_table_itself_refuses_a_second_charge(database: Database, ledger: Ledger) -> None:
    ledger.record(one(database), "impression", NOW)
    again = "INSERT INTO ad_entries (advertiser, campaign, flight, kind, amount, currency, token, by)"
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.execute(f"{again} SELECT advertiser, campaign, flight, kind, amount, currency, token, by FROM ad_entries")


def test_the_audit_sees_what_does_not_agree(database: Database, ledger: Ledger) -> None:
    token = one(database)
    ledger.record(token, "impression", NOW)
    for change in (
        "UPDATE flights SET spent = spent - 1",
        "UPDATE flights SET reserved = 5",
        "UPDATE ad_events SET charged = 0",
        "UPDATE served SET charged = 0",
    ):
        with psycopg.connect(database.conninfo) as connection:
            connection.execute(change)  # type: ignore[arg-type]
            connection.commit()
        assert ledger.audit(), change
        database.execute("UPDATE flights SET spent = 1000, reserved = 0")
        database.execute("UPDATE ad_events SET charged = 1000")
        database.execute("UPDATE served SET charged = 1000")
        assert ledger.audit() == []
