"""What a campaign brought: counts, rates and costs, by up to three dimensions, each rate with its 95% interval.

Intervals are Wilson's, for one look: they hold chance and take impressions for independent, which one person's are not quite. Who looks every day and
stops at will reads `compare` and `lift`. What was charged is counted to the last micro-unit and has no interval; the price of what is not paid for has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from oscine.ads.measure.phrases import said
from oscine.advertising import Campaign, Micros
from oscine.experiments import fixed
from oscine.experiments.fixed import Counts, Interval
from oscine.records import Record
from oscine.store.outcomes import Count, Outcomes, Refused

Happened = Literal["impressions", "viewable", "clicks", "conversions"]


class Cost(NamedTuple):
    """Micro-units for one (or for a thousand) of something, and the ends of its interval: both the value itself where just that is paid for."""

    value: Micros
    low: Micros
    high: Micros


class Line(Record, frozen=True):
    """One row of a report. `group` names the dimensions' values, None where the old rows do not tell them; a rate without trials is None."""

    group: dict[str, Any]
    served: int
    impressions: int
    viewable: int
    clicks: int
    conversions: int
    spent: Micros
    viewability: Interval | None  # of impressions
    click_rate: Interval | None  # of impressions
    conversion_rate: Interval | None  # of clicks
    per_thousand: Cost | None
    per_click: Cost | None
    per_conversion: Cost | None


class Report(Record, frozen=True):
    """A campaign's lines and their total. `owed` is what was charged and `corrected` together; `refused` are events that count nowhere else."""

    campaign: int
    by: tuple[str, ...]
    lines: tuple[Line, ...]
    total: Line
    corrected: Micros
    owed: Micros
    people: int  # known ones, of rows that are kept one by one
    frequency: float | None  # impressions a known person
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]


def report(
    outcomes: Outcomes, campaign: Campaign, by: Sequence[str] = ("day",), since: date | None = None, until: date | None = None
) -> Report:
    """The days from `since` to `until` (UTC, both included). Raises `InputError` naming a dimension that is none."""
    days = [campaign.id], since, until
    lines = tuple(line(count, by, campaign) for count in outcomes.counts(days[0], by, since, until))
    total = line(outcomes.counts(days[0], (), since, until)[0], (), campaign)
    corrected, reached = outcomes.corrected(*days), outcomes.reached(*days)
    return Report(
        campaign=campaign.id, by=tuple(by), lines=lines, total=total, corrected=corrected, owed=total.spent + corrected, people=reached.people,
        frequency=reached.impressions / reached.people if reached.people else None, refused=tuple(outcomes.refused(*days)), notes=_notes(lines, total),
    )  # fmt: skip


def line(count: Count, by: Sequence[str], campaign: Campaign) -> Line:
    """Rates and costs of one group."""
    numbers = count._asdict() | {"group": dict(zip(by, count.group, strict=True))}
    return Line(
        **numbers,
        viewability=rate(count.viewable, count.impressions),
        click_rate=rate(count.clicks, count.impressions),
        conversion_rate=rate(count.conversions, count.clicks),
        per_thousand=_cost(count, campaign.objective, "impressions", 1000),
        per_click=_cost(count, campaign.objective, "clicks"),
        per_conversion=_cost(count, campaign.objective, "conversions"),
    )


def rate(successes: int, trials: int) -> Interval | None:
    """A share; None without trials, and where one trial may succeed more than once."""
    return fixed.rate(Counts(successes, trials)) if 0 < trials >= successes else None


def _cost(count: Count, paid: Happened, event: Happened, times: int = 1) -> Cost | None:
    """What one `event` cost, as surely as the share between it and what is `paid` for is known; the price of that was settled, not estimated."""
    prices, events = getattr(count, paid), getattr(count, event)
    if not (count.spent and events):
        return None
    value = count.spent * times // events
    share = rate(min(prices, events), max(prices, events))
    if paid == event or not (share and share.low):
        return Cost(value, value, value)
    low, high = (
        (share.low / share.value, share.high / share.value) if events > prices else (share.value / share.high, share.value / share.low)
    )
    return Cost(value, int(value * low), int(value * high))


def _notes(lines: Sequence[Line], total: Line) -> tuple[str, ...]:
    told = []
    if any(value is None for each in lines for value in each.group.values()):
        told.append(said("report", "rolled"))
    if total.conversions > total.clicks:
        told.append(said("report", "more_conversions", conversions=total.conversions, clicks=total.clicks))
    return tuple(told)
