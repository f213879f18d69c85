"""How many ads are decided on in a second with 1,000 live campaigns, beside the same rules as a plain loop, which must decide the same.

python -m benchmarks.decisions [--campaigns 1000] [--decisions 20000] [--sample 200]

One process, one thread; campaigns, places and people are drawn from a seed. What is timed is all of a decision once the page and the person are known:
targeting, predicted rates, pacing, auction, creative. The market is compiled and the rates' tables
are made before, as a server does once a second. On a machine that others use too, the time of the process itself is what can be compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks import decisions_plain
from benchmarks.table import Row, markdown
from oscine.ads.decision.auction import Rules
from oscine.ads.decision.choice import Arms
from oscine.ads.decision.decide import Decision, decide
from oscine.ads.decision.market import Market, compiled
from oscine.ads.decision.place import Person, Place
from oscine.ads.decision.rates import Rates, Table
from oscine.advertising import Advertiser, Campaign, Caps, Creative, Flight, Order, Targeting

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LANGS = ["en", "es", "pt", "de", "fr", "ja", "ar", "hi"]
SHARES = np.array([0.45, 0.15, 0.1, 0.08, 0.07, 0.07, 0.04, 0.04])  # of languages
COUNTRIES = {
    "en": ["US", "GB", "IN"],
    "es": ["ES", "MX"],
    "pt": ["BR", "PT"],
    "de": ["DE", "AT"],
    "fr": ["FR"],
    "ja": ["JP"],
    "ar": ["EG"],
    "hi": ["IN"],
}
TOPICS = [f"topic {number}" for number in range(400)]
QUERIES = [f"query {number}" for number in range(60)]
ACCOUNTS = [f"mastodon/{number}" for number in range(100)]
PLACEMENTS = ["feed", "search", "thread", "profile"]
SIZES = ["1200x628", "1080x1080", "300x250", "728x90"]
EACH = 2  # campaigns of an advertiser
DAY = timedelta(days=1)

T = TypeVar("T")


def some(rng: np.random.Generator, things: Sequence[T], share: float, most: int) -> tuple[T, ...]:
    """In `share` of cases one to `most` of the things, else none."""
    if rng.random() >= share:
        return ()
    return tuple(things[int(at)] for at in rng.choice(len(things), int(rng.integers(1, most + 1)), replace=False))


def order(rng: np.random.Generator, number: int) -> Order:
    """A campaign as there are many: half by topic, most in one language and country, some by interest, some by hour, a third capped."""
    lang = LANGS[int(rng.choice(len(LANGS), p=SHARES))]
    objective = (["impressions", "clicks", "conversions"] if rng.random() < 0.5 else ["clicks"])[0 if rng.random() < 0.5 else -1]
    queries = some(rng, QUERIES, 0.1, 1), some(rng, QUERIES, 0.05, 1)
    days = range(0, 168, 24)
    targeting = Targeting(
        topics=some(rng, TOPICS, 0.5, 8),
        query="".join(queries[0]),
        langs=(lang,) if rng.random() < 0.6 else (),
        places=some(rng, COUNTRIES[lang], 0.6, len(COUNTRIES[lang])),
        hours=tuple(day + hour for day in days for hour in range(7, 22)) if rng.random() < 0.2 else (),
        interests=some(rng, TOPICS, 0.15, 5),
        like=some(rng, ACCOUNTS, 0.05, 3),
        not_topics=some(rng, TOPICS, 0.3, 5),
        not_query="".join(queries[1]),
        not_places=some(rng, [place for places in COUNTRIES.values() for place in places], 0.1, 2),
        not_interests=some(rng, TOPICS, 0.05, 3),
    )
    creatives = tuple(_creative(rng, 10 * number + at, number, lang) for at in range(int(rng.integers(2, 7))))
    bid = {"impressions": 3_000_000, "clicks": 400_000, "conversions": 9_000_000}[objective]
    flight = Flight(
        id=number, campaign=number, starts_at=NOW - 7 * DAY, ends_at=NOW + 7 * DAY, budget=10**9, bid=int(bid * rng.lognormal(0, 0.6))
    )
    campaign = Campaign(
        id=number,
        advertiser=number // EACH,
        name=f"campaign {number}",
        objective=objective,
        placements=some(rng, PLACEMENTS, 0.7, 3),
        tier=["strict", "standard", "standard", "open"][int(rng.integers(4))],
        targeting=targeting,
        caps=Caps(impressions=int(rng.integers(1, 6))) if rng.random() < 0.35 else Caps(),
        pace="even",
        holdout=0.1 if rng.random() < 0.3 else 0.0,
        state="running",
        created_at=NOW - 9 * DAY,
        flights=(flight,),
        creatives=creatives,
    )
    payer = Advertiser(id=number // EACH, key="key", name=f"advertiser {number // EACH}", payer="", currency="EUR", created_at=NOW)
    left = int(rng.integers(10**6, 10**9))
    return Order(advertiser=payer, campaign=campaign, flight=flight, left=left, left_today=left, spent=10**9 - left, spent_today=0)


def _creative(rng: np.random.Generator, number: int, campaign: int, lang: str) -> Creative:
    return Creative(
        id=number,
        campaign=campaign,
        headline="",
        body="",
        action="",
        link="",
        brand="",
        lang=lang if rng.random() < 0.9 else "en",
        generated=True,
        review=1,
        accepted=rng.random() < 0.9,
        created_at=NOW,
        pictures=some(rng, SIZES, 0.8, len(SIZES)),
        score=float(rng.normal()),
    )


def place(rng: np.random.Generator) -> Place:
    """Five posts: up to a dozen topics of live campaigns, a few of their queries."""
    lang = LANGS[int(rng.choice(len(LANGS), p=SHARES))]
    return Place(
        placement=PLACEMENTS[int(rng.integers(len(PLACEMENTS)))],
        at=NOW + timedelta(seconds=int(rng.integers(86_400))),
        lang=lang,
        country=COUNTRIES[lang][int(rng.integers(len(COUNTRIES[lang])))],
        sizes=some(rng, SIZES, 0.5, 2),
        topics=frozenset(some(rng, TOPICS, 0.95, 12)),
        queries=frozenset(some(rng, QUERIES, 0.5, 3)),
        risk=["low", "low", "medium", "high"][int(rng.integers(4))],
        floor=200_000,
        currency="EUR",
        slots=int(rng.integers(1, 4)),
    )


def person(rng: np.random.Generator, campaigns: int) -> Person:
    """One in five is not known; half of the others allow their activity to be used; who is known has seen up to thirty campaigns today."""
    if rng.random() < 0.2:
        return Person()
    personal, seen = rng.random() < 0.5, rng.integers(campaigns, size=int(rng.integers(30)))
    return Person(
        id=f"person {int(rng.integers(10**6))}",
        personal=personal,
        minor=not personal and rng.random() < 0.1,
        interests=frozenset(some(rng, TOPICS, 0.8, 30)) if personal else frozenset(),
        like=frozenset(some(rng, ACCOUNTS, 0.5, 10)) if personal else frozenset(),
        seen={int(one): tuple(NOW - timedelta(minutes=30 * at) for at in range(int(rng.integers(1, 6)))) for one in seen},
        less=frozenset(some(rng, TOPICS, 0.2, 3)),
        hidden=frozenset(int(one) for one in rng.integers(campaigns // EACH, size=int(rng.integers(4)))),
    )


class Server(NamedTuple):
    """What a server holds from second to second, and what it was made of."""

    orders: list[Order]
    market: Market
    clicks: Table
    converts: Table
    arms: Arms
    passing: NDArray[np.float64]
    bids: NDArray[np.int64]
    rules: Rules

    def decide(self, place: Place, person: Person, rng: np.random.Generator) -> Decision:
        """One decision."""
        return decide(self.market, place, person, self.clicks, self.converts, self.passing, self.bids, self.arms, self.rules, rng, held)

    def plainly(self, place: Place, person: Person, rng: np.random.Generator) -> tuple[list[str], list[decisions_plain.Stands]]:
        """The same by the plain loop, without the creative."""
        click, convert = self.clicks.at(place).mean.tolist(), self.converts.at(place).mean.tolist()
        passing, bids = self.passing.tolist(), self.bids.tolist()
        return decisions_plain.decide(self.orders, place, person, click, convert, passing, bids, self.rules, rng, held)


def held(order: Order) -> bool:
    """Whether this person is kept from it: here, from every third campaign that keeps anybody."""
    return order.campaign.holdout > 0 and order.campaign.id % 3 == 0


def server(rng: np.random.Generator, campaigns: int, auction: Rules) -> Server:
    """A server with so many live campaigns; each has been shown a little."""
    orders = [order(rng, number) for number in range(campaigns)]
    clicks, converts, arms = Rates(0.01), Rates(0.05), Arms()
    for one in orders:
        there, shown = place(rng), int(rng.integers(10, 500))
        clicks.learn(one.campaign.id, there, shown, float(rng.binomial(shown, 0.01)))
        converts.learn(one.campaign.id, there, shown // 100, float(rng.binomial(shown // 100, 0.05)))
        for creative in one.campaign.creatives:
            arms.learn(one.campaign.id, creative.id, shown, float(rng.binomial(shown, 0.01)), NOW)
    bids = np.array([one.flight.bid for one in orders], np.int64)
    return Server(
        orders, compiled(orders), clicks.table(orders), converts.table(orders), arms, rng.uniform(0.3, 1, campaigns), bids, auction
    )


class Times(NamedTuple):
    """Milliseconds of each call: of this process's own, and by the clock."""

    own: NDArray[np.float64]
    clock: NDArray[np.float64]

    def a_second(self) -> str:
        """How many, as a cell of the table."""
        return f"{1000 / self.own.mean():,.0f} ({1000 / self.clock.mean():,.0f} by the clock)"

    def at(self, share: float) -> str:
        """A quantile, as a cell of the table."""
        return f"{np.quantile(self.own, share):.2f} ms ({np.quantile(self.clock, share):.2f} by the clock)"


def timed(what: Callable[[int], object], times: int) -> Times:
    """How long each call takes."""
    found = Times(np.empty(times), np.empty(times))
    for number in range(times):
        own, clock = process_time(), perf_counter()
        what(number)
        found.own[number], found.clock[number] = 1000 * (process_time() - own), 1000 * (perf_counter() - clock)
    return found


def same(one: Server, asked: Sequence[tuple[Place, Person]]) -> int:
    """How many are shown in all; fails where the plain loop decides otherwise, in a reason, a price or a winner."""
    shown = 0
    for number, (there, who) in enumerate(asked):
        found = one.decide(there, who, np.random.default_rng(number))
        reasons, stands = one.plainly(there, who, np.random.default_rng(number))
        codes = {(reason.campaign, reason.flight): reason.code for reason in found.reasons()}
        assert [codes.get((order.campaign.id, order.flight.id), "passed") for order in one.orders] == reasons
        assert [decisions_plain.Stands(win.row, win.cpm, win.price, win.held) for win in found.wins] == stands
        shown += sum(not win.held for win in found.wins)
    return shown


def rows(campaigns: int, decisions: int, sample: int) -> list[Row]:
    """The table."""
    rng = np.random.default_rng(7)
    one = server(rng, campaigns, Rules("vcg", 100_000))
    asked = [(place(rng), person(rng, campaigns)) for _ in range(max(2000, sample))]
    shown = same(one, asked[:sample])
    timed(lambda number: one.decide(*asked[number], rng), len(asked))
    ours = timed(lambda number: one.decide(*asked[number % len(asked)], rng), decisions)
    plain = timed(lambda number: one.plainly(*asked[number], rng), sample)
    compiling = timed(lambda _: compiled(one.orders), 5)
    return [
        Row(
            f"decisions a second of this process, {campaigns:,} campaigns", ours.a_second(), f"{plain.a_second()}, a plain loop", "≥ 3,000"
        ),
        Row("one decision: median", ours.at(0.5), plain.at(0.5)),
        Row("one decision: p99", ours.at(0.99), plain.at(0.99), "≤ 5 ms"),
        Row("decisions as by the plain loop: reasons, winners, prices", f"{sample} of {sample}, {shown / sample:.2f} ads each"),
        Row(f"compiling the market of {campaigns:,} campaigns", compiling.at(0.5)),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decisions")
    parser.add_argument("--campaigns", type=int, default=1000)
    parser.add_argument("--decisions", type=int, default=20_000)
    parser.add_argument("--sample", type=int, default=200, help="decisions that are compared with the plain loop's")
    given = parser.parse_args()
    print(markdown(rows(given.campaigns, given.decisions, given.sample)))


if __name__ == "__main__":
    main()
