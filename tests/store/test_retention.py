"""What is forgotten, and what remains: sums as before, whatever is interrupted, and no person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from oscine.advertising import Campaign
from oscine.errors import NotFound
from oscine.store import retention
from oscine.store.ledger import Ledger
from oscine.store.outcomes import DIMENSIONS, Outcomes
from oscine.store.postgres import Database
from store.orders import NOW, money, running, served

DAY = timedelta(days=1)
OLD = NOW - 10 * DAY


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


@pytest.fixture
def campaign(database: Database) -> Campaign:
    made = running(database)
    database.execute("UPDATE flights SET starts_at = %s", [OLD - 10 * DAY])
    return made


def show(ledger: Ledger, campaign: Campaign, at: Any = OLD, *events: str, **told: Any) -> str:
    """An ad that is shown, with what happens to it; its token."""
    (ad,) = ledger.reserve([served(campaign, at=at, expires_at=at + timedelta(minutes=5), **told)])
    for event in events:
        kind, _, refused = event.partition("!")
        ledger.record(ad.token, kind, at, refused=refused)  # type: ignore[arg-type]
    return ad.token


def some(ledger: Ledger, campaign: Campaign) -> None:
    """Ads of three people on three days."""
    for day in range(3):
        show(ledger, campaign, OLD + day * DAY, "impression", "viewable", "click", person="p", country="DE")
        show(ledger, campaign, OLD + day * DAY, "impression", "click!crawler", person="q", country="AT", lang="de")
        show(ledger, campaign, OLD + day * DAY, "impression", country="DE")
    show(ledger, campaign, OLD, person="r", country="DE")
    show(ledger, campaign, OLD, person="s", country="DE", held=True)
    ledger.release(NOW)


def sums(database: Database, campaign: Campaign) -> Any:
    """Counts by day and by what days keep, with what the books and the reach say."""
    outcomes = Outcomes(database)
    by = [name for name in ("day", "creative", "placement", "lang", "country") if name in DIMENSIONS]
    reach = database.rows(
        "SELECT sum(people)::int AS people, sum(impressions)::int AS impressions FROM (SELECT people, impressions FROM ad_reach UNION ALL"
        " SELECT count(DISTINCT (person, country)) FILTER (WHERE person <> ''), count(*) FROM served s JOIN ad_events e USING (token)"
        " WHERE NOT held AND kind = 'impression' AND refused = '') r"
    )
    return [outcomes.counts([campaign.id], [name]) for name in by], money(database, campaign), reach, Ledger(database).audit()


def test_sums_stay_batch_by_batch(database: Database, ledger: Ledger, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    some(ledger, campaign)
    before = sums(database, campaign)
    assert before[2] == [{"people": 2, "impressions": 9}] and before[3] == []
    assert retention._batch(database, NOW - 5 * DAY, 4) == 4 and sums(database, campaign) == before
    for cut in (OLD - DAY, OLD + 1.5 * DAY, NOW, NOW):
        retention.roll(database, cut, most=2)
        assert sums(database, campaign) == before
    assert database.one("SELECT count(*) AS n FROM served") == {"n": 0} == database.one("SELECT count(*) AS n FROM ad_events")
    assert len(ledger.entries()) == 9, "entries stay: they name nobody"


def test_how_many_are_rolled(ledger: Ledger, campaign: Campaign) -> None:
    some(ledger, campaign)
    assert [ledger.roll(OLD), ledger.roll(OLD + DAY), ledger.roll(NOW), ledger.roll(NOW)] == [0, 5, 6, 0]


def test_cut_off_anywhere_it_counted_everything_or_nothing(
    database: Database, ledger: Ledger, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(ledger, campaign)
    before = sums(database, campaign)
    for name in ("_SUM_DAYS", "_SUM_REACH"):
        with monkeypatch.context() as broken:
            broken.setattr(retention, name, "SELECT 1 / 0")
            with pytest.raises(Exception, match="zero"):
                ledger.roll(NOW)
        assert sums(database, campaign) == before
    ledger.roll(NOW)
    assert sums(database, campaign) == before


def test_an_event_that_comes_while_it_is_rolled_is_not_lost(database: Database, ledger: Ledger, campaign: Campaign) -> None:
    token = show(ledger, campaign, OLD, "impression")
    with psycopg.connect(database.conninfo) as busy:
        busy.execute("SELECT FROM served WHERE token = %s FOR NO KEY UPDATE", [token])
        assert ledger.roll(NOW) == 0, "an ad that somebody is at work on stays for the next time"
    assert ledger.roll(NOW) == 1
    with pytest.raises(NotFound):
        ledger.record(token, "impression", NOW)
    assert money(database, campaign) == (1_000, 0) and ledger.audit() == []


def test_open_reservations_stay(ledger: Ledger, campaign: Campaign) -> None:
    show(ledger, campaign, OLD)
    assert ledger.roll(NOW) == 0
    ledger.release(NOW)
    assert ledger.roll(NOW) == 1 and ledger.audit() == []


def test_who_is_seen_again_before_the_last_row_goes_counts_once(database: Database, ledger: Ledger, campaign: Campaign) -> None:
    show(ledger, campaign, OLD, "impression", person="p", country="DE")
    show(ledger, campaign, OLD + 5 * DAY, "impression", person="p", country="DE")
    ledger.roll(OLD + DAY)
    row = "SELECT people, impressions, first_at, last_at FROM ad_reach"
    assert database.one(row) == {"people": 0, "impressions": 1, "first_at": OLD, "last_at": OLD}
    ledger.roll(NOW)
    assert database.one(row) == {"people": 1, "impressions": 2, "first_at": OLD, "last_at": OLD + 5 * DAY}


def test_a_person_is_taken_out_and_the_sums_stay(database: Database, ledger: Ledger, campaign: Campaign) -> None:
    some(ledger, campaign)
    token = show(
        ledger, campaign, OLD, "impression", person="p", country="DE", context={"interests": ["sea"], "like": True, "topics": ["x"]}
    )
    for person in ("p", "q"):
        database.execute(
            "INSERT INTO ad_conversions (advertiser, ref, person, at) VALUES (%s, %s, %s, %s)", [campaign.advertiser, person, person, NOW]
        )
    before = sums(database, campaign)
    assert ledger.forget("p") == 4 and ledger.forget("p") == ledger.forget("") == 0
    assert sums(database, campaign) == before and ledger.seen("p", OLD - DAY) == {}
    assert database.rows("SELECT person FROM ad_conversions") == [{"person": "q"}]
    assert ledger.served(token).context == {"topics": ["x"]} and ledger.served(token).person == ""
    ledger.roll(NOW)
    assert sums(database, campaign)[:2] == before[:2] and ledger.audit() == []


def test_old_conversions_by_account_go_as_well(database: Database, ledger: Ledger, campaign: Campaign) -> None:
    for ref, at in (("old", OLD), ("new", NOW)):
        database.execute(
            "INSERT INTO ad_conversions (advertiser, ref, person, at) VALUES (%s, %s, 'p', %s)", [campaign.advertiser, ref, at]
        )
    ledger.roll(NOW)
    assert database.rows("SELECT ref FROM ad_conversions") == [{"ref": "new"}]
