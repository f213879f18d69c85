"""What worked, and what to do next: plain sentences, each number with the address that it comes from.

A sentence is said where an interval supports it, and else that it is too early, and how much more is needed. The phrases are data; what is decided here is
which of them are true. It knows numbers only: not why an ad works, nor what the advertiser sells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from oscine.ads.decision.reasons import sentence as reason_of
from oscine.ads.measure.compare import Comparison, Pair, compare
from oscine.ads.measure.lift import Lift, lift
from oscine.ads.measure.phrases import phrase, said
from oscine.ads.measure.report import Line, Report, report
from oscine.advertising import MICROS, Campaign, Flight, Micros
from oscine.records import Record
from oscine.store.outcomes import Outcomes

EARLY = timedelta(hours=1)  # after its start, before which nothing is said of its plan
BEHIND = 0.9  # of the plan by now: below it, a budget is under-delivered
IN_VIEW = 0.5  # of impressions: a placement of which surely fewer come into view is not worth its price
OFTEN = 8.0  # impressions a person, without a cap


class Number(NamedTuple):
    """A number of a sentence, and where it comes from."""

    name: str
    value: float
    href: str


class Sentence(NamedTuple):
    """A sentence, and its numbers in the order in which they stand."""

    text: str
    numbers: tuple[Number, ...]


class Summary(Record, frozen=True):
    """What worked, and what to do next."""

    campaign: int
    worked: tuple[Sentence, ...]
    next: tuple[Sentence, ...]


class Facts(NamedTuple):
    """All that a summary is made from. `excluded` counts why it did not stand in places, by the codes of `ads.decision.reasons`, where that is known."""

    campaign: Campaign
    currency: str
    total: Report
    placements: Report
    compared: Comparison
    lifted: Lift | None
    excluded: Mapping[str, int]
    at: datetime


def summary(outcomes: Outcomes, campaign: Campaign, at: datetime | None = None, excluded: Mapping[str, int] = {}) -> Summary:
    """A campaign's summary as of `at`, which is now."""
    return told(
        Facts(
            campaign, outcomes.currency(campaign.id), report(outcomes, campaign, ()), report(outcomes, campaign, ["placement"]),
            compare(campaign.id, outcomes.log(campaign.id)), lift(campaign, outcomes.sides(campaign.id)) if campaign.holdout else None,
            excluded, at or datetime.now(UTC),
        )
    )  # fmt: skip


def told(facts: Facts) -> Summary:
    """The sentences that the facts support."""
    say = _Teller(facts.campaign.id, facts.currency)
    if not facts.total.total.impressions:
        worked = [say("worked", "nothing")]
        following = list(_delivery(say, facts))
    else:
        worked = [*_counts(say, facts), *_effects(say, facts)]
        following = [*_creatives(say, facts.compared), *_delivery(say, facts), *_places(say, facts), *_people(say, facts)]
    return Summary(campaign=facts.campaign.id, worked=tuple(worked), next=tuple(following) or (say("next", "nothing"),))


class _Teller:
    """Fills phrases, and links their numbers to a campaign's pages."""

    def __init__(self, campaign: int, currency: str) -> None:
        self._base, self._currency = f"/v1/ads/campaigns/{campaign}", currency

    def __call__(self, part: str, name: str, page: str = "report", /, **values: Any) -> Sentence:
        """A phrase; of the values only those that stand in it are its numbers, micro-units as `…_money`."""
        money = {f"{key}_money": self._money(value) for key, value in values.items() if isinstance(value, int)}
        stands = [key for key in values if f"{{{key}" in phrase(part, name)]
        numbers = [Number(key, value, f"{self._base}/{page}") for key in stands if isinstance(value := values[key], int | float)]
        return Sentence(said(part, name, **values, **money), tuple(numbers))

    def _money(self, amount: Micros) -> str:
        whole, rest = divmod(amount, MICROS)
        return f"{whole:,}.{rest * 100 // MICROS:02} {self._currency}"


def _counts(say: _Teller, facts: Facts) -> Iterator[Sentence]:
    total = facts.total.total
    yield say("worked", "shown", impressions=total.impressions, clicks=total.clicks, spent=total.spent)
    if facts.total.frequency:
        yield say("worked", "people", people=facts.total.people, frequency=facts.total.frequency)
    if total.click_rate and total.clicks:
        yield say("worked", "rate", **_per_thousand(total))
    if total.per_conversion:
        yield say("worked", "conversions", conversions=total.conversions, cost=total.per_conversion.value)
    if refused := sum(each.events for each in facts.total.refused):
        yield say("worked", "refused", events=refused)


def _effects(say: _Teller, facts: Facts) -> Iterator[Sentence]:
    if lifted := facts.lifted:
        numbers = {f"lift_{name}": value for name, value in (lifted.interval._asdict() if lifted.interval else {}).items()}
        counted = {"shown": lifted.shown.people, "held": lifted.held.people} | ({"needed": lifted.needed} if lifted.needed else {})
        linked = [Number(name, value, f"/v1/ads/campaigns/{facts.campaign.id}/lift") for name, value in (counted | numbers).items()]
        yield Sentence(lifted.sentence, tuple(linked))
    for pair in facts.compared.pairs:
        if pair.sure:
            yield say("worked", "better", "compare", one=int(pair.one), other=int(pair.other), **_apart(pair))
    if (between := facts.compared.between) and between.sure and between.difference:
        yield say("worked", "generated" if between.difference.value > 0 else "original", "compare", **_apart(between))


def _creatives(say: _Teller, compared: Comparison) -> Iterator[Sentence]:
    for pair in compared.pairs:
        if pair.sure:
            yield say("next", "remove", "compare", creative=int(pair.other), best=int(pair.one))
    unsure = [pair for pair in compared.pairs if not pair.sure]
    if needed := sum(pair.needed or 0 for pair in unsure):
        yield say("next", "wait", "compare", needed=needed)
    elif unsure and len(unsure) == len(compared.pairs):
        yield say("next", "alike", "compare")
    if len(compared.arms) == 1:
        yield say("next", "add", "compare")


def _delivery(say: _Teller, facts: Facts) -> Iterator[Sentence]:
    spent = sum(flight.spent for flight in facts.campaign.flights)
    planned = sum(_planned(flight, facts.at) for flight in facts.campaign.flights)
    begun = min((flight.starts_at for flight in facts.campaign.flights), default=facts.at)
    if facts.campaign.state != "running" or spent >= BEHIND * planned or facts.at - begun < EARLY:
        return
    yield say("next", "behind", "report", spent=spent, planned=planned)
    if not facts.excluded:
        yield say("next", "unknown")
        return
    code = max(facts.excluded, key=lambda name: facts.excluded[name])
    yield say("next", phrase("advice", code, "widen"), reason=reason_of(code).rstrip("."), times=facts.excluded[code])


def _places(say: _Teller, facts: Facts) -> Iterator[Sentence]:
    for line in facts.placements.lines:
        if line.viewability and line.viewability.high < IN_VIEW and len(facts.placements.lines) > 1:
            yield say("next", "placement", "report?by=placement", placement=line.group["placement"], **line.viewability._asdict())


def _people(say: _Teller, facts: Facts) -> Iterator[Sentence]:
    if not facts.campaign.caps.impressions and (facts.total.frequency or 0.0) > OFTEN:
        yield say("next", "often", frequency=facts.total.frequency)
    if not facts.campaign.holdout:
        yield say("next", "holdout", "lift")


def _planned(flight: Flight, at: datetime) -> Micros:
    """What an even plan would have spent by now."""
    passed = min(max((at - flight.starts_at) / (flight.ends_at - flight.starts_at), 0.0), 1.0)
    return int(flight.budget * passed)


def _per_thousand(line: Line) -> dict[str, float]:
    assert line.click_rate
    return {name: 1000 * value for name, value in line.click_rate._asdict().items()}


def _apart(pair: Pair) -> dict[str, float]:
    """A difference without its sign, which the sentence says."""
    assert pair.difference
    low, high = sorted((abs(pair.difference.low), abs(pair.difference.high)))
    return {"value": abs(pair.difference.value), "low": low, "high": high}
