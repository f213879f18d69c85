"""Money set aside: never over a budget or a day's limit, whoever asks at once; given back once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from oscine.advertising import Served
from oscine.errors import NotFound
from oscine.store.campaigns import Campaigns
from oscine.store.ledger import Ledger
from oscine.store.postgres import Database
from oscine.store.terms import Terms
from store.orders import NOW, PLACEMENTS, TERMS, money, running, served

replace = msgspec.structs.replace
CLICKS = Terms(name="Winter", objective="clicks")


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def test_what_is_kept_of_an_ad(database: Database, ledger: Ledger) -> None:
    made = running(database)
    ad = served(made, person="p", propensity=0.25, chances={1: 0.25, 2: 0.75}, p_click=0.01, p_convert=0.1, lang="de", country="DE", site="a.example",
                size="300x250", context={"topics": ["sea"], "bids": 3})  # fmt: skip
    assert ledger.reserve([ad]) == [ad] and ledger.served(ad.token) == ad and money(database, made) == (0, 1_000)
    with pytest.raises(NotFound):
        ledger.served("another")
    assert ledger.reserve([]) == [] and ledger.audit() == []


def test_up_to_the_budget_and_no_further(database: Database, ledger: Ledger) -> None:
    made = running(database, budget=5_000)
    ads = [served(made, 2_000) for _ in range(3)]
    assert ledger.reserve(ads) == ads[:2], "of several at once the first come first"
    assert ledger.reserve([served(made, 1_001)]) == [] and len(ledger.reserve([served(made, 1_000)])) == 1
    assert ledger.reserve([served(made, 0)]) != [] and money(database, made) == (0, 5_000)


def test_a_place_with_ads_of_several_campaigns(database: Database, ledger: Ledger) -> None:
    rich, poor = running(database), running(database, budget=10)
    asked = [served(poor), served(rich), served(poor, 10), served(rich)]
    assert ledger.reserve(asked) == [asked[1], asked[3]], "what comes first and does not fit leaves no room for what comes after"
    assert money(database, rich) == (0, 2_000) and money(database, poor) == (0, 0)


def test_the_limit_of_a_day(database: Database, ledger: Ledger) -> None:
    made = running(database, daily=3_000)
    ads = [served(made) for _ in range(4)]
    assert ledger.reserve(ads) == ads[:3]
    for ad in ads[:2]:
        ledger.record(ad.token, "impression", NOW)
    assert ledger.reserve([served(made)]) == []
    tomorrow = NOW + timedelta(days=1)
    fresh = [served(made, at=tomorrow, expires_at=tomorrow) for _ in range(3)]
    assert ledger.reserve(fresh) == fresh[:2], "what was reserved yesterday may still be charged today"
    assert ledger.record(ads[2].token, "impression", tomorrow).charged == 1_000
    assert [ledger.record(ad.token, "impression", tomorrow).charged for ad in fresh[:2]] == [1_000, 1_000] and ledger.audit() == []
    assert ledger.reserve([served(made, at=tomorrow)]) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE campaigns SET state = 'paused'",
        "UPDATE flights SET ends_at = now() - interval '1 s'",
        "UPDATE flights SET starts_at = now() + interval '1 h'",
    ],
)
def test_what_does_not_run_reserves_nothing(database: Database, ledger: Ledger, change: str) -> None:
    made = running(database)
    database.execute(change)
    assert ledger.reserve([served(made, at=datetime.now(UTC))]) == [] and money(database, made) == (0, 0)


def test_an_ad_names_a_flight_of_its_campaign(database: Database, ledger: Ledger) -> None:
    made, other = running(database), running(database)
    assert ledger.reserve([replace(served(made), campaign=other.id), replace(served(made), flight=10**9)]) == []


def test_what_is_held_back_costs_nothing(database: Database, ledger: Ledger) -> None:
    made = running(database, budget=1_000)
    assert ledger.reserve([served(made, 5_000, held=True, person="p")]) == [], "nor could it have been shown"
    (ghost,) = ledger.reserve([served(made, 500, held=True, person="p")])
    assert ghost.reserved == 0 and ghost.held and ledger.served(ghost.token) == ghost and money(database, made) == (0, 0)
    assert ledger.seen("p", NOW - timedelta(days=1)) == {made.id: (ghost.at,)}, "a cap holds on both sides"
    assert ledger.record(ghost.token, "impression", NOW).refused == "held" and ledger.audit() == []


def test_what_expired_is_given_back_once(database: Database, ledger: Ledger) -> None:
    made, other = running(database), running(database)
    late = [served(each, expires_at=NOW - timedelta(seconds=n)) for n, each in enumerate((made, other, made))]
    ledger.reserve([*late, served(made)])
    assert ledger.release(NOW - timedelta(minutes=1)) == 0
    assert ledger.release(NOW) == 3 and ledger.release(NOW) == 0
    assert money(database, made) == (0, 1_000) and money(database, other) == (0, 0) and ledger.audit() == []


def test_who_comes_after_the_release_is_charged_if_it_fits(database: Database, ledger: Ledger) -> None:
    made = running(database, budget=1_000)
    late, next_one = served(made, expires_at=NOW), served(made)
    ledger.reserve([late])
    ledger.release(NOW)
    assert ledger.reserve([next_one]) == [next_one]
    assert ledger.record(late.token, "impression", NOW).refused == "budget_spent", "the money is promised to another"
    assert ledger.record(next_one.token, "impression", NOW).charged == 1_000 and ledger.audit() == []


def test_clicks_are_reserved_as_expected_and_charged_in_full(database: Database, ledger: Ledger) -> None:
    made = running(database, CLICKS, budget=1_000_000)
    ads = [served(made, 400_000, 10_000) for _ in range(101)]
    assert ledger.reserve(ads) == ads[:100] and money(database, made) == (0, 1_000_000)
    found = [ledger.record(ad.token, "click", NOW) for ad in ads[:3]]
    assert [(event.charged, event.refused) for event in found] == [(400_000, ""), (400_000, ""), (0, "budget_spent")]
    assert money(database, made) == (800_000, 200_000), "what others only expected made room for what came"
    assert ledger.reserve([served(made, 400_000, 1)]) == [], "a click that could not be charged is not sold"
    ledger.release(NOW + timedelta(days=1))
    assert money(database, made) == (800_000, 0) and ledger.audit() == []


def together(count: int, work: Callable[[int], Any]) -> None:
    """Run the work in threads that begin at once; whatever one of them raises is raised."""
    errors: list[BaseException] = []
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        gate.wait()
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_threads_at_once_never_overspend(database: Database, ledger: Ledger) -> None:
    made = running(database, budget=50_000, daily=40_000)
    kept: list[Served] = []

    def work(_: int) -> None:
        while found := ledger.reserve([served(made, 900)]):
            kept.extend(found)
            ledger.record(found[0].token, "impression", NOW)

    together(8, work)
    assert money(database, made) == (39_600, 0) and len(kept) == 44 and ledger.audit() == []


def test_many_flights_at_once_wait_in_no_circle(database: Database, ledger: Ledger) -> None:
    all_of_them = [running(database) for _ in range(3)]

    def work(number: int) -> None:
        for turn in range(12):
            each = all_of_them[(number + turn) % 3 :] + all_of_them[: (number + turn) % 3]
            late = NOW - timedelta(seconds=turn)
            kept = ledger.reserve([served(campaign, 100, expires_at=late) for campaign in each])
            ledger.record(kept[turn % 3].token, "impression", NOW)
            ledger.release(NOW)
            ledger.refund_charges([ad.token for ad in kept[::-1]], "op", "a test")

    together(6, work)
    assert ledger.audit() == [] and {money(database, campaign) for campaign in all_of_them} == {(0, 0)}


def test_a_campaign_that_is_paused_meanwhile(database: Database, ledger: Ledger) -> None:
    made = running(database)
    ad = served(made)
    ledger.reserve([ad])
    Campaigns(database, PLACEMENTS).step(made.id, "paused", "k1")
    assert ledger.reserve([served(made)]) == []
    assert ledger.record(ad.token, "impression", NOW).charged == 1_000, "what was shown is owed"


@pytest.mark.parametrize(
    "wrong", ["spent = budget + 1", "reserved = budget + 1", "spent = -1", "reserved = -1", "spent = budget, reserved = 1"]
)
def test_the_table_itself_refuses_more(database: Database, wrong: str) -> None:
    running(database, TERMS)
    with pytest.raises(psycopg.errors.CheckViolation):
        database.execute(f"UPDATE flights SET {wrong}")


def waiting(database: Database) -> bool:
    """Whether somebody waits for a lock of another."""
    return bool(database.one("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"))


@pytest.mark.parametrize(
    ("before", "meanwhile", "after"),
    [
        ("reserved = 999500", "reserved = 0", "reserve"),
        ("reserved = 0, spent = 999500", "spent = 0", "reserve"),
        ("budget = 1001", "budget = 5000", "reserve"),
        ("reserved = 1000, spent = 999000", "reserved = 1000, spent = 0", "record"),
        ("reserved = 1000, spent = 0", "reserved = 0, spent = 1000", "refund"),
    ],
)
def test_what_fits_when_the_lock_is_had_is_done(database: Database, ledger: Ledger, before: str, meanwhile: str, after: str) -> None:
    made = running(database)
    (ad,) = ledger.reserve([served(made)])
    database.execute(f"UPDATE flights SET {before}")
    line, done = made.flights[0].id, []
    work: dict[str, Callable[[], Any]] = {
        "reserve": lambda: ledger.reserve([served(made)]),
        "record": lambda: ledger.record(ad.token, "impression", NOW).charged,
        "refund": lambda: ledger.refund(line, 1_000, "op", "a test"),
    }
    thread = threading.Thread(target=lambda: done.append(work[after]()))
    with psycopg.connect(database.conninfo) as other:
        other.execute(f"UPDATE flights SET {meanwhile}")  # type: ignore[arg-type]
        thread.start()
        while not waiting(database):
            pass
    thread.join()
    assert done and done[0], "what had been before the wait is no matter"
