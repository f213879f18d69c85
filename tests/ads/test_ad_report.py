"""Counts, rates and costs of a campaign: right, with intervals where something was estimated, and none where it was not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ads_rows import NOON, Rows
from oscine.ads.measure.report import Cost, line, report
from oscine.advertising import Campaign, Caps, Targeting
from oscine.errors import InputError
from oscine.experiments import fixed
from oscine.experiments.fixed import Counts
from oscine.store.outcomes import Count, Outcomes, Refused
from oscine.store.postgres import Database


def campaign(number: int = 1, **told: Any) -> Campaign:
    plain: dict[str, Any] = {"id": number, "advertiser": 1, "name": "Winter", "objective": "clicks", "placements": ("feed",), "tier": "standard",
                             "targeting": Targeting(), "caps": Caps(), "pace": "even", "holdout": 0.2, "state": "running", "created_at": NOON}  # fmt: skip
    return Campaign(**(plain | told))


def test_a_report_of_what_is_kept(database: Database) -> None:
    rows = Rows(database)
    ad = rows.creative()
    for person in "ab":
        rows.served(ad, NOON, "impression", "viewable", "click", person=person)
    rows.served(ad, NOON + timedelta(days=1), "impression", "click!too_fast", person="a")
    rows.add("ad_entries", at=NOON, advertiser=rows.advertiser, campaign=rows.campaign, flight=rows.flight, kind="refund", amount=-200_000,
             currency="EUR", by="admin")  # fmt: skip
    found = report(Outcomes(database), campaign(rows.campaign), ["day", "creative"])
    assert [(each.group, each.impressions, each.clicks) for each in found.lines] == [
        ({"day": NOON.date(), "creative": ad}, 2, 2),
        ({"day": NOON.date() + timedelta(days=1), "creative": ad}, 1, 0),
    ]
    assert (found.total.spent, found.corrected, found.owed) == (1_000_000, -200_000, 800_000)
    assert (found.people, found.frequency, found.refused, found.notes) == (2, 1.5, (Refused("click", "too_fast", 1),), ())
    assert found.total.click_rate == fixed.rate(Counts(2, 3))
    with pytest.raises(InputError, match="'person'"):
        report(Outcomes(database), campaign(rows.campaign), ["person"])


def test_nothing_yet(database: Database) -> None:
    found = report(Outcomes(database), campaign(Rows(database).campaign))
    assert (found.lines, found.total.impressions, found.total.click_rate, found.total.per_click, found.frequency) == (
        (),
        0,
        None,
        None,
        None,
    )


def test_old_days_without_an_hour_are_told(database: Database) -> None:
    rows = Rows(database)
    database.execute(
        "INSERT INTO ad_days VALUES (%s, %s, 1, 'feed', 'de', 'DE', 9, 8, 7, 6, 9, 3000000)", [NOON.date(), rows.campaign]
    )  # fmt: skip
    by_hour, by_day = (report(Outcomes(database), campaign(rows.campaign), [by]) for by in ("hour", "day"))
    assert by_hour.lines[0].group == {"hour": None} and len(by_hour.notes) == 2 and "without hour" in by_hour.notes[0]
    assert len(by_day.notes) == 1 and "more conversions (9) than clicks (6)" in by_day.notes[0]
    assert by_day.total.conversion_rate is None and by_day.total.viewability == fixed.rate(Counts(7, 8))


COUNT = Count((), 2_100, 2_000, 1_500, 40, 4, 20_000_001)


@pytest.mark.parametrize(
    ("objective", "sure"), [("impressions", "per_thousand"), ("clicks", "per_click"), ("conversions", "per_conversion")]
)
def test_the_price_that_was_paid_is_no_estimate(objective: str, sure: str) -> None:
    found = line(COUNT, (), campaign(objective=objective))
    values = {name: getattr(found, name) for name in ("per_thousand", "per_click", "per_conversion")}
    assert [cost.value for cost in values.values()] == [10_000_000, 500_000, 5_000_000], "whole micro-units, rounded down"
    assert {name for name, cost in values.items() if cost.low == cost.value == cost.high} == {sure}
    assert all(isinstance(end, int) and cost.low <= cost.value <= cost.high for cost in values.values() for end in cost)


def test_what_an_estimated_cost_comes_from() -> None:
    """Paid by thousand, clicks are uncertain; paid by click, thousands are."""
    share = fixed.rate(Counts(40, 2_000))
    assert line(COUNT, (), campaign(objective="impressions")).per_click == Cost(
        500_000, int(500_000 * share.value / share.high), int(500_000 * share.value / share.low)
    )
    assert line(COUNT, (), campaign(objective="clicks")).per_thousand == Cost(
        10_000_000, int(10_000_000 * share.low / share.value), int(10_000_000 * share.high / share.value)
    )
