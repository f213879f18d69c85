"""The summary says what the intervals support, links every number, and advises what the numbers call for."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from ads_rows import NOON, Rows
from oscine.ads.measure.compare import compare
from oscine.ads.measure.lift import lift
from oscine.ads.measure.report import Report, line
from oscine.ads.measure.summary import Facts, Sentence, Summary, summary, told
from oscine.advertising import Campaign, Caps, Flight, Targeting
from oscine.store.campaigns import Campaigns
from oscine.store.outcomes import Count, Group, Log, Outcomes, Refused, Sides
from oscine.store.postgres import Database

FLIGHT = Flight(id=1, campaign=5, starts_at=NOON, ends_at=NOON + timedelta(days=10), budget=100_000_000, spent=50_000_000)
COUNT = Count((), 21_000, 20_000, 15_000, 1_000, 40, 50_000_000)


def campaign(**told: Any) -> Campaign:
    plain: dict[str, Any] = {"id": 5, "advertiser": 1, "name": "Winter", "objective": "clicks", "placements": ("feed",), "tier": "standard",
                             "targeting": Targeting(), "caps": Caps(impressions=3), "pace": "even", "holdout": 0.2, "state": "running",
                             "created_at": NOON, "flights": (FLIGHT,)}  # fmt: skip
    return Campaign(**(plain | told))


def reported(ordered: Campaign, counts: list[Count], by: tuple[str, ...] = (), **told: Any) -> Report:
    lines = tuple(line(count, by, ordered) for count in counts)
    plain: dict[str, Any] = {"campaign": 5, "by": by, "lines": lines, "total": lines[0], "corrected": 0, "owed": 0, "people": 9_000, "frequency": 2.2,
                             "refused": (), "notes": ()}  # fmt: skip
    return Report(**(plain | told))


def log(rates: tuple[float, ...], made: int = 1, count: int = 20_000) -> Log:
    rng, k = np.random.default_rng(1), len(rates)
    actions = rng.integers(k, size=count)
    return Log(tuple(range(11, 11 + k)), np.arange(k) >= k - made, actions, np.full(count, 1 / k), np.full((count, k), 1 / k),
               rng.random(count) < np.array(rates)[actions], np.zeros(count, np.int64), True)  # fmt: skip


def facts(rates: tuple[float, ...] = (0.05, 0.05), shown: tuple[Sides, ...] = (), **told: Any) -> Facts:
    ordered = told.pop("campaign", campaign())
    counts, frequency = told.pop("count", COUNT), told.pop("frequency", 2.2)
    plain: dict[str, Any] = {
        "campaign": ordered, "currency": "EUR", "total": reported(ordered, [counts], frequency=frequency),
        "placements": reported(ordered, [counts._replace(group=("feed",))], ("placement",)), "compared": compare(5, log(rates)),
        "lifted": lift(ordered, shown[0]) if shown else None, "excluded": {}, "at": NOON + timedelta(days=5),
    }  # fmt: skip
    return Facts(**(plain | told))


def texts(sentences: tuple[Sentence, ...]) -> str:
    return " ".join(sentence.text for sentence in sentences)


def linked(found: Summary) -> None:
    """Each number that a sentence holds is among its numbers, with an address of the campaign."""
    for sentence in (*found.worked, *found.next):
        said = re.findall(r"\d[\d,]*(?:\.\d+)?", re.sub(r"`[^`]*`|such as 0\.1|a thousand", "", sentence.text))
        values = [abs(number.value) for number in sentence.numbers]
        near = [value * scale for value in values for scale in (1, 100, 1e-6)]
        for number in (float(each.replace(",", "")) for each in said):
            assert any(abs(number - value) <= 0.5 + value / 1000 for value in near), f"{number} in {sentence}"
        assert all(number.href.startswith("/v1/ads/campaigns/5/") for number in sentence.numbers)


def test_what_it_says_when_all_is_well() -> None:
    found = told(facts((0.05, 0.05)))
    linked(found)
    assert found.worked[0].text == "Impressions: 20,000. Clicks: 1,000. Charged: 50.00 EUR."
    assert [(number.name, number.value, number.href) for number in found.worked[0].numbers] == [
        ("impressions", 20_000, "/v1/ads/campaigns/5/report"), ("clicks", 1_000, "/v1/ads/campaigns/5/report"),
        ("spent", 50_000_000, "/v1/ads/campaigns/5/report")]  # fmt: skip
    assert "At least 9,000 people saw it, 2.2 times each." in texts(found.worked)
    assert "50.0 were clicked (47.1 to 53.1)" in texts(found.worked) and "40 conversions followed, at 1.25 EUR each." in texts(found.worked)


def test_too_early_is_said_and_nothing_more() -> None:
    found = told(facts((0.05, 0.055)))
    linked(found)
    assert "better" not in texts(found.worked) and "more clicks" not in texts(found.worked)
    few = told(facts(compared=compare(5, log((0.01, 0.01), count=500))))
    linked(few)
    assert "It is too early to say which creative is best; about" in texts(few.next)


def test_a_clearly_worse_creative_goes() -> None:
    found = told(facts((0.02, 0.08)))
    linked(found)
    assert "Take creative 11 away: creative 12 is clearly better." in texts(found.next)
    assert "Creative 12 brings" in texts(found.worked) and "Ads that a machine wrote bring" in texts(found.worked)
    other = told(facts((0.08, 0.02)))
    assert "The original ads bring" in texts(other.worked) and "Take creative 12 away" in texts(other.next)


def test_the_lift_is_told_as_it_is() -> None:
    sure = told(facts(shown=(Sides(Group(80_000, 2_400), Group(20_000, 400), 0, NOON),)))
    linked(sure)
    assert "converted more often" in texts(sure.worked)
    early = told(facts(shown=(Sides(Group(800, 20), Group(200, 4), 0, NOON),)))
    linked(early)
    assert "more people are needed" in texts(early.worked) and "converted more often" not in texts(early.worked)


@pytest.mark.parametrize(
    ("excluded", "advice"),
    [
        ({"outbid": 70, "topics": 9}, "raise the bid, or let it bid by itself"),
        ({"reserve": 70}, "(70 times): raise the bid"),
        ({"topics": 900, "outbid": 70}, "it does not fit: The posts around are about none of its topics (900 times): aim at more"),
        ({"cap": 5}, "raise the cap"),
        ({"brand": 5}, "a more open brand-safety tier"),
        ({"budget": 5}, "its limit for the day was reached"),
        ({"pacing": 5}, "it is only waiting"),
        ({}, "POST /v1/ads/explain"),
    ],
)
def test_a_budget_that_is_not_spent(excluded: dict[str, int], advice: str) -> None:
    behind = campaign(flights=(replace(FLIGHT, spent=40_000_000),))
    found = told(facts(campaign=behind, excluded=excluded))
    linked(found)
    assert "40.00 EUR are spent of 50.00 EUR that should have been by now." in texts(found.next) and advice in texts(found.next)
    assert "by now" not in texts(told(facts(excluded=excluded)).next), "what keeps to its plan needs no advice"
    assert "by now" not in texts(told(facts(campaign=campaign(flights=behind.flights, state="paused"))).next)


def test_a_placement_that_is_not_seen() -> None:
    ordered = campaign()
    places = [
        COUNT._replace(group=("feed",)),
        COUNT._replace(group=("footer",), viewable=3_000),
        COUNT._replace(group=("side",), impressions=9, viewable=4),
    ]
    found = told(facts(placements=reported(ordered, places, ("placement",))))
    linked(found)
    assert "In `footer` only 15%" in texts(found.next) and "`side`" not in texts(found.next) and "`feed`" not in texts(found.next)


def test_a_frequency_without_a_cap() -> None:
    assert "cap how often" in texts(told(facts(campaign=campaign(caps=Caps()), frequency=9.5)).next)
    assert "cap how often" not in texts(told(facts(frequency=9.5)).next)


def test_without_a_holdout_one_is_proposed() -> None:
    assert "`holdout`" in texts(told(facts(campaign=campaign(holdout=0.0))).next)
    assert "Nothing needs to be done now." not in texts(told(facts(campaign=campaign(holdout=0.0))).next)


def test_events_that_were_not_counted() -> None:
    refused = reported(campaign(), [COUNT], refused=(Refused("click", "too_fast", 7), Refused("click", "crawler", 5)))
    found = told(facts(total=refused))
    linked(found)
    assert "12 events were not counted and not charged" in texts(found.worked)


def test_before_anything_is_shown(database: Database) -> None:
    rows = Rows(database)
    found = summary(Outcomes(database), Campaigns(database, {"feed"}).one(rows.campaign), NOON)
    assert texts(found.worked) == "Nothing has been shown yet." and found.campaign == rows.campaign


def test_from_rows(database: Database) -> None:
    rows = Rows(database)
    ad = rows.creative()
    for number in range(5):
        rows.served(ad, NOON, "impression", "viewable", "click" if number < 2 else "click!too_fast", person=f"p{number}")
    found = summary(Outcomes(database), Campaigns(database, {"feed"}).one(rows.campaign), NOON + timedelta(days=1))
    assert found.worked[0].text == "Impressions: 5. Clicks: 2. Charged: 1.00 EUR."
    assert "3 events were not counted" in texts(found.worked) and "nobody of 5 people" in texts(found.worked)
    assert "There is one creative only" in texts(found.next) and "that should have been by now" in texts(found.next)
