"""What ads brought, counted from rows that are kept and rows that were rolled: the same numbers, and nothing of others."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ads_rows import NOON, Rows
from oscine.errors import InputError
from oscine.store.ledger import Ledger
from oscine.store.outcomes import DIMENSIONS, NOTHING, Count, Group, Outcomes, Reached, Refused
from oscine.store.postgres import Database

DAY = NOON.date()


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


@pytest.fixture
def outcomes(database: Database) -> Outcomes:
    return Outcomes(database)


def some(rows: Rows) -> tuple[int, int]:
    """Two ads on two days: five served, four seen, two clicks that count and one that does not, one conversion, one held."""
    one, other = rows.creative(), rows.creative(generated=False)
    rows.served(one, NOON, "impression", "viewable", "click", "conversion", person="a", country="DE")
    rows.served(one, NOON, "impression", "click!too_fast", person="b", country="AT")
    rows.served(one, NOON + timedelta(days=1), "impression", person="a", country="DE", size="300x250", site="blog.example")
    rows.served(other, NOON + timedelta(days=1), "impression", "viewable", "click", country="DE", lang="en")
    rows.served(other, NOON + timedelta(days=1))
    rows.served(one, NOON, person="h", held=True)
    return one, other


def test_all_in_one_row(rows: Rows, outcomes: Outcomes) -> None:
    some(rows)
    assert outcomes.counts([rows.campaign]) == [Count((), 5, 4, 2, 2, 1, 1_000_000)]


def test_by_dimensions(rows: Rows, outcomes: Outcomes) -> None:
    one, other = some(rows)
    assert outcomes.counts([rows.campaign], ["creative", "day"]) == [
        Count((one, DAY), 2, 2, 1, 1, 1, 500_000),
        Count((one, DAY + timedelta(days=1)), 1, 1, 0, 0, 0, 0),
        Count((other, DAY + timedelta(days=1)), 2, 1, 1, 1, 0, 500_000),
    ]
    assert {count.group: count.served for count in outcomes.counts([rows.campaign], ["generated"])} == {(False,): 2, (True,): 3}
    assert {count.group: count.served for count in outcomes.counts([rows.campaign], ["size", "site", "hour"])} == {
        ("", "", 12): 4, ("300x250", "blog.example", 12): 1}  # fmt: skip


@pytest.mark.parametrize("by", DIMENSIONS)
def test_every_dimension_adds_up_before_and_after_rolling(rows: Rows, outcomes: Outcomes, database: Database, by: str) -> None:
    some(rows)
    before, whole = outcomes.counts([rows.campaign], [by]), outcomes.counts([rows.campaign])
    Ledger(database).roll(NOON + timedelta(days=1))
    half = outcomes.counts([rows.campaign], [by])
    Ledger(database).roll(NOON + timedelta(days=2))
    after = outcomes.counts([rows.campaign], [by])
    assert outcomes.counts([rows.campaign]) == whole
    assert after == before or (by in ("hour", "site", "size") and after == [whole[0]._replace(group=(None,))])
    for counts in (before, half, after):
        assert tuple(map(sum, zip(*(count[1:] for count in counts), strict=True))) == whole[0][1:]


def test_only_the_days_asked_for(rows: Rows, outcomes: Outcomes) -> None:
    some(rows)
    assert outcomes.counts([rows.campaign], since=DAY + timedelta(days=1))[0].served == 3
    assert outcomes.counts([rows.campaign], until=DAY)[0].served == 2
    assert outcomes.counts([rows.campaign], since=DAY, until=DAY + timedelta(days=1))[0].served == 5
    assert outcomes.counts([rows.campaign], ["day"], since=date(2030, 1, 1)) == []


def test_only_the_campaigns_asked_for(rows: Rows, outcomes: Outcomes) -> None:
    some(rows)
    first = rows.campaign
    rows.served(rows.creative(), NOON, "impression") if rows.another() else None
    assert [count.served for count in outcomes.counts([first, rows.campaign], ["campaign"])] == [5, 1]
    assert outcomes.counts([]) == [NOTHING]
    assert {number: count.served for number, count in outcomes.totals([first, rows.campaign, 0]).items()} == {
        first: 5,
        rows.campaign: 1,
        0: 0,
    }
    assert (outcomes.currency(first), outcomes.currency(0)) == ("EUR", "")


@pytest.mark.parametrize("by", [["person"], ["day", "day"], ["day", "hour", "lang", "size"], ["s.person; DROP TABLE served"]])
def test_dimensions_are_checked(outcomes: Outcomes, by: list[str]) -> None:
    with pytest.raises(InputError):
        outcomes.counts([1], by)


def test_what_was_refused_and_given_back(rows: Rows, outcomes: Outcomes, database: Database) -> None:
    some(rows)
    assert outcomes.refused([rows.campaign]) == [Refused("click", "too_fast", 1)]
    assert outcomes.corrected([rows.campaign]) == 0
    rows.add("ad_entries", at=NOON, advertiser=rows.advertiser, campaign=rows.campaign, flight=rows.flight, kind="refund", amount=-200_000,
             currency="EUR", by="admin")  # fmt: skip
    assert outcomes.corrected([rows.campaign]) == -200_000 and outcomes.corrected([rows.campaign], until=date(2026, 11, 1)) == 0


def test_people_who_saw_it(rows: Rows, outcomes: Outcomes) -> None:
    some(rows)
    assert outcomes.reached([rows.campaign]) == Reached(people=2, impressions=3, unknown=1)


def test_both_sides_of_a_holdout(rows: Rows, outcomes: Outcomes) -> None:
    ad = rows.creative()
    for person, held in (("a", False), ("b", False), ("c", True), ("d", True), ("e", True)):
        rows.served(ad, NOON, person=person, held=held)
        rows.served(ad, NOON + timedelta(days=1), person=person, held=held)
    rows.served(ad, NOON, "impression")  # of whom nothing is known
    rows.converted("a", NOON + timedelta(hours=1))
    rows.converted("a", NOON + timedelta(hours=2))
    rows.converted("b", NOON - timedelta(hours=1))  # before
    rows.converted("d", NOON + timedelta(hours=3))
    rows.converted("z", NOON + timedelta(hours=3))  # never chosen for
    Rows(rows.database).converted("c", NOON + timedelta(hours=3))  # of another advertiser
    found = outcomes.sides(rows.campaign)
    assert (found.shown, found.held, found.since) == (Group(2, 1), Group(3, 1), NOON)


def test_a_person_stays_on_the_side_of_the_first_choice(rows: Rows, outcomes: Outcomes) -> None:
    ad = rows.creative()
    rows.served(ad, NOON, person="a", held=True)
    rows.served(ad, NOON + timedelta(days=1), person="a")
    found = outcomes.sides(rows.campaign)
    assert (found.shown, found.held) == (Group(0, 0), Group(1, 0))


def test_conversions_by_token_are_on_no_side(rows: Rows, outcomes: Outcomes) -> None:
    rows.served(rows.creative(), NOON, "impression", "conversion", person="a")
    found = outcomes.sides(rows.campaign)
    assert (found.shown, found.by_token) == (Group(1, 0), 1), "nobody who is kept from the ad has a token"


def test_the_log(rows: Rows, outcomes: Outcomes) -> None:
    one, other = rows.creative(), rows.creative(generated=False)
    rows.served(other, NOON + timedelta(days=1), "impression", "click", propensity=0.25, chances={one: 0.75, other: 0.25})
    rows.served(one, NOON, "impression", "click!too_fast")
    rows.served(one, NOON)  # never seen
    rows.served(one, NOON, held=True)
    found = outcomes.log(rows.campaign)
    assert found.creatives == (one, other) and found.actions.tolist() == [0, 1] and found.clicked.tolist() == [False, True]
    assert (
        found.chances.tolist() == [[1.0, 0.0], [0.75, 0.25]]
        and found.generated.tolist() == [True, False]
        and found.propensities.tolist() == [1.0, 0.25]
    )
    assert (found.days - found.days[0]).tolist() == [0, 1] and found.whole
    newest = outcomes.log(rows.campaign, most=1)
    assert newest.actions.tolist() == [1] and not newest.whole


def test_a_log_of_the_only_ad(rows: Rows, outcomes: Outcomes) -> None:
    ad = rows.creative()
    rows.served(ad, NOON, "impression", chances={})
    assert outcomes.log(rows.campaign).chances.tolist() == [[1.0]]


def test_an_empty_log(rows: Rows, outcomes: Outcomes) -> None:
    found = outcomes.log(rows.campaign)
    assert len(found.actions) == 0 and found.chances.shape == (0, 0) and found.whole
