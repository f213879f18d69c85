"""How many people and places a targeting would match, before anything is ordered: estimated from samples, with 95% intervals, and never exact.

A place is the room beside a public post of the last 30 days; a person is somebody who wrote, liked or reposted in them. Who writes is known
by their own public posts, and who does not is taken to be like those who do; what a person liked counts only where they allow it. Rules are
those of `ads.decision`, so what is not matched has the same reasons as in a decision. It knows no prices, no budgets, no other campaign,
and not where people are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from oscine.ads.audience.vocabulary import Compiled, Vocabulary, compiled, resembling, spoken
from oscine.ads.decision import market
from oscine.ads.decision.place import Person, Place
from oscine.ads.decision.reasons import Code, sentence
from oscine.ads.decision.targeting import matched
from oscine.advertising import Advertiser, Campaign, Caps, Creative, Flight, Order, Targeting, Tier
from oscine.experiments.fixed import Counts, rate
from oscine.records import ANONYMOUS
from oscine.store.activity import Active
from oscine.view import SeenPost

DAYS = 30
POSTS, PEOPLE, OF_EACH = 500, 200, 8  # that are looked at, and posts of each person
FEWEST = 10  # below it nothing is told apart
DIGITS = 2  # that are told of a count
PERSONAL = ("interests", "like", "not_interests")
CONTEXT = ("topics", "query", "langs", "hours", "not_topics", "not_query", "not_langs")
WITHOUT_PLACES = "Where people are is known only when an ad is asked for: countries and regions are not counted in."
BY_POSTS = "Places are counted as one beside each new public post; how often each is looked at is not known yet."
NOT_LIKENED = (
    "Nobody is likened to {}: it has too few public posts, too many on a special category, or there is no embedder to compare them by."
)
READERS = "Who only reads is taken to be like those who write."
WRITERS = "Nobody in the sample wrote anything public: how many would match is not known."


class Range(NamedTuple):
    """An estimate with its 95% interval, to two digits; `FEWEST` stands for anything below it, and 0 as the low end for nothing known."""

    low: int
    estimate: int
    high: int

    @property
    def said(self) -> str:
        """For people."""
        if self.estimate <= FEWEST:
            return f"fewer than {self.high:,}"
        return f"about {self.estimate:,} ({self.low:,} to {self.high:,})"


class LeftOut(NamedTuple):
    """How many a rule leaves out, each counted at the first rule that it fails: `code` to count by, `why` for people."""

    code: str
    why: str
    number: int


class Reach(NamedTuple):
    """People and places a day that a targeting would match, what leaves out the others, and what was not counted."""

    people: Range
    places: Range
    people_left_out: tuple[LeftOut, ...]
    places_left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


def reach(targeting: Targeting, vocabulary: Vocabulary, now: datetime, *, tier: Tier = "open", views: float | None = None) -> Reach:
    """Whom a targeting that passed `check` would reach. `views` are the places asked for in a day, where the ledger knows them."""
    asked = replace(targeting, places=(), not_places=())
    of = compiled(spoken([asked]), vocabulary.basis(), vocabulary.view, {})
    places, places_left = _places(of, replace(asked, interests=(), like=(), not_interests=()), tier, vocabulary, now, views)
    people, people_left, told = _people(of, asked, vocabulary, now)
    notes = (
        *(NOT_LIKENED.format(seed) for seed in asked.like if seed not in of.like),
        vocabulary.note if asked.topics or asked.not_topics or asked.interests else "",
        WITHOUT_PLACES if targeting.places or targeting.not_places else "",
        BY_POSTS if views is None else "",
        (READERS if told else WRITERS) if _has(asked, CONTEXT) else "",
    )
    return Reach(people, places, people_left, places_left, tuple(filter(None, notes)))


def _places(of: Compiled, asked: Targeting, tier: Tier, vocabulary: Vocabulary, now: datetime,
            views: float | None) -> tuple[Range, tuple[LeftOut, ...]]:  # fmt: skip
    recent = of.basis.activity.recent(now - timedelta(days=DAYS), now, POSTS)
    posts = vocabulary.view(ANONYMOUS).posts(recent.sample)
    trial = market.compiled([_order(asked, tier)])
    codes = [_code(trial, place, Person()) for place in _beside(of, posts, judged=tier != "open")]
    a_day = (recent.total / DAYS if views is None else views) * (len(posts) / max(1, len(recent.sample)))
    return _range(codes, a_day), _left(codes, a_day)


def _people(of: Compiled, asked: Targeting, vocabulary: Vocabulary, now: datetime) -> tuple[Range, tuple[LeftOut, ...], int]:
    active = of.basis.activity.active(now - timedelta(days=DAYS), PEOPLE)
    trial = market.compiled([_order(asked, "open")])
    codes = [code for each in active.sample if (code := _person(of, trial, asked, each, vocabulary, now)) is not None]
    return _range(codes, active.total, looked_at=len(codes) / max(1, active.total)), _left(codes, active.total), len(codes)


def _person(of: Compiled, trial: market.Market, asked: Targeting, who: Active, vocabulary: Vocabulary, now: datetime) -> Code | None:
    """The rule that leaves a person out, `PASSED` if none does, or None where nobody can tell: the rule that the best of their places gets to."""
    person = Person(personal=who.personal, minor=who.minor)
    if who.personal and _has(asked, PERSONAL):
        interests, like = resembling(of, vocabulary.view(who.viewer), now)
        person = person._replace(interests=interests, like=like)
    places: Iterable[Place] = [Place("", now)]
    if _has(asked, CONTEXT):
        written = of.basis.activity.written([f"{who.viewer.network}/{who.viewer.account}"], OF_EACH)
        places = _beside(
            of, [seen for seen in vocabulary.view(ANONYMOUS).posts(written) if seen.post.created_at >= now - timedelta(days=DAYS)]
        )
    codes = [_code(trial, place, person) for place in places]
    if not codes and _has(asked, ("interests", "like")) and not who.personal:
        return Code.MINOR if who.minor else Code.PERMISSION
    return max(codes, default=None)


def _beside(of: Compiled, posts: Sequence[SeenPost], judged: bool = False) -> list[Place]:
    """The places beside posts; without `judged` all are as safe as can be."""
    return [
        Place("", seen.post.created_at, seen.post.lang or "", topics=read.topics, queries=read.queries,
              risk=of.basis.risk(seen) if judged else "low")
        for seen, read in zip(posts, of.places.read(posts), strict=True)
    ]  # fmt: skip


def _code(trial: market.Market, place: Place, person: Person) -> Code:
    found = matched(trial, place, person)
    return Code.PASSED if found.may else found.failed[0][0]


def _range(codes: Sequence[Code], total: float, looked_at: float = 0.0) -> Range:
    """Those that passed, of all: Wilson's interval of their share, narrower where much of all that there is was looked at (finite population)."""
    found = rate(Counts(sum(code is Code.PASSED for code in codes), len(codes)))
    value, unseen = found.value if codes else 0.0, math.sqrt(max(0.0, 1 - looked_at))
    low, high = value - unseen * (value - found.low), value + unseen * (found.high - value)
    return Range(_floor(low * total), _round(value * total), _ceil(high * total))


def _left(codes: Sequence[Code], total: float) -> tuple[LeftOut, ...]:
    counts = Counter(code for code in codes if code is not Code.PASSED)
    return tuple(LeftOut(code.short, sentence(code.short), _round(count / len(codes) * total)) for code, count in sorted(counts.items()))


def _has(asked: Targeting, fields: Sequence[str]) -> bool:
    return any(getattr(asked, field) for field in fields)


def _step(count: float) -> int:
    return int(10 ** max(0, math.floor(math.log10(max(count, 1.0))) - DIGITS + 1))


def _round(count: float) -> int:
    return max(FEWEST, round(count / _step(count)) * _step(count))


def _floor(count: float) -> int:
    return 0 if count < FEWEST else math.floor(count / _step(count)) * _step(count)


def _ceil(count: float) -> int:
    return max(FEWEST, math.ceil(count / _step(count)) * _step(count))


def _order(targeting: Targeting, tier: Tier) -> Order:
    """An order that asks for nothing but this, whenever and wherever it may be."""
    always = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
    creative = Creative(id=1, campaign=1, headline="", body="", action="", link="", brand="", lang="", generated=False, review=0, accepted=True,
                        created_at=always[0])  # fmt: skip
    campaign = Campaign(id=1, advertiser=1, name="", objective="clicks", placements=("",), tier=tier, targeting=targeting, caps=Caps(), pace="even",
                        holdout=0.0, state="running", created_at=always[0], creatives=(creative,))  # fmt: skip
    advertiser = Advertiser(id=1, key="", name="", payer="", currency="EUR", created_at=always[0])
    flight = Flight(id=1, campaign=1, starts_at=always[0], ends_at=always[1], budget=1)
    return Order(advertiser=advertiser, campaign=campaign, flight=flight, left=1, left_today=1, spent=0, spent_today=0)
