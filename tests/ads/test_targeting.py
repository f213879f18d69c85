"""Who may stand where: all orders at once say what a plain loop says, rule by rule; caps, tiers and permission as they are meant."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import decisions_plain

from oscine.ads.decision.brand import BESIDE
from oscine.ads.decision.frequency import reached
from oscine.ads.decision.market import bits, compiled, renewed, rows
from oscine.ads.decision.place import NOBODY, Person, Place
from oscine.ads.decision.reasons import Code, sentence
from oscine.ads.decision.targeting import fitting, matched
from oscine.advertising import OBJECTIVES, STATES, TIERS, Advertiser, Campaign, Caps, Creative, Flight, Order, Targeting

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
TOPICS, LANGS, PLACES, SIZES = ["ships", "birds", "tea"], ["en", "de"], ["DE", "DE-BE", "US"], ["300x250", "728x90"]


def an_ad(number: int = 1, **given: Any) -> Creative:
    usual = {"id": number, "campaign": 1, "headline": "", "body": "", "action": "", "link": "", "brand": "", "lang": "en"}
    return Creative(**(usual | {"generated": True, "review": 1, "accepted": True, "created_at": NOW} | given))


def an_order(number: int = 1, advertiser: int = 0, left: int = 10**9, bid: int = 10**6, currency: str = "EUR", **given: Any) -> Order:
    """An order that matches every place, unless something else is given."""
    who = Advertiser(id=advertiser or number, key="", name="", payer="", currency=currency, created_at=NOW)
    usual = {"id": number, "advertiser": who.id, "name": "", "objective": "impressions", "placements": (), "tier": "open"}
    usual |= {"targeting": Targeting(), "caps": Caps(), "pace": "fast", "holdout": 0.0, "state": "running", "created_at": NOW}
    flight = Flight(id=10 * number, campaign=number, starts_at=NOW - HOUR, ends_at=NOW + HOUR, budget=10**9, bid=bid)
    campaign = Campaign(**(usual | {"flights": (flight,), "creatives": (an_ad(100 * number),)} | given))
    return Order(advertiser=who, campaign=campaign, flight=flight, left=left, left_today=left, spent=0, spent_today=0)


def why(order: Order, place: Place, person: Person = NOBODY) -> str:
    found = matched(compiled([order]), place, person)
    return "passed" if found.may else found.failed[0][0].short


def few(things: list[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(things), max_size=2, unique=True).map(tuple) | st.just(())


one_of_topics = st.sampled_from(["", "", "", "#ships", "#tea"])
targetings = st.builds(
    Targeting,
    topics=few(TOPICS),
    query=one_of_topics,
    langs=few(LANGS),
    places=few(PLACES),
    hours=few([11, 12, 13, 36]),
    interests=few(TOPICS),
    like=few(["net/a", "net/b"]),
    not_topics=few(TOPICS),
    not_query=one_of_topics,
    not_langs=few(LANGS),
    not_places=few(PLACES),
    not_interests=few(TOPICS),
)
ads = st.fixed_dictionaries(
    {"lang": st.sampled_from(["", "en", "de"]), "accepted": st.sampled_from([True, True, True, False]), "pictures": few(SIZES)}
)
given_orders = st.fixed_dictionaries(
    {
        "advertiser": st.integers(1, 3),
        "left": st.sampled_from([10**9, 10**9, 10**6, 0]),
        "bid": st.integers(1, 10**7),
        "currency": st.sampled_from(["EUR", "EUR", "USD"]),
        "objective": st.sampled_from(OBJECTIVES),
        "placements": few(["feed", "search"]),
        "tier": st.sampled_from(TIERS),
        "targeting": st.just(Targeting()) | targetings,
        "caps": st.builds(Caps, impressions=st.integers(0, 2), hours=st.integers(1, 3)),
        "state": st.sampled_from(["running"] * 8 + list(STATES)),
        "creatives": st.lists(ads, max_size=3),
    }
)


def numbered(given: list[dict[str, Any]]) -> list[Order]:
    """Orders from 1, the ads of each from 100 times its number."""
    return [
        an_order(number, **(one | {"creatives": tuple(an_ad(100 * number + at, **ad) for at, ad in enumerate(one["creatives"]))}))
        for number, one in enumerate(given, 1)
    ]


orders = st.lists(given_orders, max_size=10).map(numbered)
places = st.builds(
    Place,
    placement=st.sampled_from(["feed", "search"]),
    at=st.sampled_from([NOW, NOW, NOW - HOUR, NOW + HOUR, NOW + 24 * HOUR]),
    lang=st.sampled_from(["", "en", "de"]),
    country=st.sampled_from(["", "DE", "US"]),
    region=st.sampled_from(["", "DE-BE"]),
    sizes=few(SIZES),
    topics=st.frozensets(st.sampled_from(TOPICS), max_size=2),
    queries=st.frozensets(st.sampled_from(["#ships", "#tea"]), max_size=1),
    risk=st.sampled_from(["low", "medium", "high"]),
    currency=st.sampled_from(["", "EUR"]),
    slots=st.integers(1, 3),
)
times = st.lists(st.integers(0, 300), max_size=3).map(lambda ago: tuple(NOW - timedelta(minutes=one) for one in sorted(ago)))
people = st.builds(
    Person,
    id=st.sampled_from(["", "someone"]),
    personal=st.booleans(),
    minor=st.booleans(),
    interests=st.frozensets(st.sampled_from(TOPICS), max_size=2),
    like=st.frozensets(st.sampled_from(["net/a"])),
    seen=st.dictionaries(st.integers(1, 5), times, max_size=3),
    less=st.frozensets(st.sampled_from(TOPICS), max_size=1),
    hidden=st.frozensets(st.integers(1, 4), max_size=1),
)


@settings(max_examples=200, deadline=None)
@given(orders, places, people)
def test_all_at_once_is_what_a_plain_loop_says(all_orders: list[Order], place: Place, person: Person) -> None:
    found = matched(compiled(all_orders), place, person)
    sets = [found.may, *(failing for _, failing in found.failed)]
    assert sum(one.bit_count() for one in sets) == len(all_orders) and sum(sets) == (1 << len(all_orders)) - 1  # each in one of them
    told = ["passed"] * len(all_orders)
    for code, failing in found.failed:
        for row in rows(failing, len(all_orders)).tolist():
            told[row] = code.short
    assert told == [decisions_plain.against(order, place, person) for order in all_orders]


@given(st.lists(st.booleans(), max_size=70))
def test_sets_of_rows(which: list[bool]) -> None:
    found = bits(np.array(which, np.bool_))
    assert found.bit_count() == sum(which)
    assert rows(found, len(which)).tolist() == [row for row, one in enumerate(which) if one]


PAGE = Place("feed", NOW, "en", "DE", "DE-BE", topics=frozenset({"tea"}), queries=frozenset({"#tea"}), risk="low", currency="EUR")
SOMEONE = Person("someone", personal=True, interests=frozenset({"ships"}), like=frozenset({"net/a"}))


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("state", {"state": "paused"}),
        ("budget", {"left": 0}),
        ("no_ad", {"creatives": (an_ad(accepted=False),)}),
        ("currency", {"currency": "USD"}),
        ("placement", {"placements": ("search",)}),
        ("language", {"targeting": Targeting(langs=("de",))}),
        ("ad_language", {"creatives": (an_ad(lang="de"),)}),
        ("place", {"targeting": Targeting(places=("US",))}),
        ("hours", {"targeting": Targeting(hours=(11, 13))}),
        ("topics", {"targeting": Targeting(topics=("ships",))}),
        ("query", {"targeting": Targeting(query="#ships")}),
        ("not_language", {"targeting": Targeting(not_langs=("en",))}),
        ("not_place", {"targeting": Targeting(not_places=("DE-BE",))}),
        ("not_topics", {"targeting": Targeting(not_topics=("birds", "tea"))}),
        ("not_query", {"targeting": Targeting(not_query="#tea")}),
        ("interests", {"targeting": Targeting(interests=("tea",))}),
        ("like", {"targeting": Targeting(like=("net/b",))}),
        ("not_interests", {"targeting": Targeting(not_interests=("ships",))}),
        (
            "passed",
            {
                "placements": ("feed", "search"),
                "tier": "strict",
                "targeting": Targeting(
                    topics=("tea", "ships"),
                    query="#tea",
                    langs=("en",),
                    places=("US", "DE"),
                    hours=(12,),
                    interests=("ships",),
                    like=("net/a",),
                    not_topics=("birds",),
                    not_query="#ships",
                    not_langs=("de",),
                    not_places=("US",),
                    not_interests=("tea",),
                ),
            },
        ),
    ],
)
def test_each_rule(code: str, given: dict[str, Any]) -> None:
    assert why(an_order(**given), PAGE, SOMEONE) == code


def test_a_flight_runs_from_its_start_to_before_its_end() -> None:
    order = an_order()
    assert [why(order, PAGE._replace(at=NOW + hours * HOUR)) for hours in (-2, -1, 0, 1)] == ["schedule", "passed", "passed", "schedule"]


def test_nothing_of_a_person_is_used_without_permission_and_nothing_ever_of_a_minor() -> None:
    for targeting in (Targeting(interests=("ships",)), Targeting(like=("net/a",))):
        order = an_order(targeting=targeting)
        assert why(order, PAGE, SOMEONE) == "passed"
        assert why(order, PAGE, SOMEONE._replace(personal=False)) == "permission" == why(order, PAGE, NOBODY)
        assert why(order, PAGE, SOMEONE._replace(minor=True)) == "minor" == why(order, PAGE, SOMEONE._replace(minor=True, personal=False))
    excluding = an_order(targeting=Targeting(not_interests=("ships",)))
    assert why(excluding, PAGE, SOMEONE) == "not_interests"
    assert why(excluding, PAGE, SOMEONE._replace(minor=True)) == "passed" == why(excluding, PAGE, SOMEONE._replace(personal=False))


def test_what_a_person_chose_holds_always() -> None:
    order = an_order(advertiser=7, targeting=Targeting(topics=("tea",)))
    assert why(order, PAGE, Person("someone", hidden=frozenset({7}))) == "hidden"
    assert why(order, PAGE, Person("someone", less=frozenset({"tea"}))) == "less"
    assert why(order, PAGE, Person("", minor=True, less=frozenset({"tea"}))) == "less"


@pytest.mark.parametrize(("tier", "risks"), [("strict", ["low"]), ("standard", ["low", "medium"]), ("open", ["low", "medium", "high"])])
def test_tiers(tier: str, risks: list[str]) -> None:
    assert [risk for risk in ("low", "medium", "high") if why(an_order(tier=tier), PAGE._replace(risk=risk)) == "passed"] == risks
    assert list(BESIDE) == list(TIERS)


def test_caps() -> None:
    shown = tuple(NOW - hours * HOUR for hours in (1, 2, 5))
    assert reached(Caps(impressions=2, hours=3), shown, NOW)
    assert not reached(Caps(impressions=2, hours=2), shown, NOW)  # the second was two hours ago, to the second
    assert not reached(Caps(impressions=3, hours=3), shown, NOW) and not reached(Caps(impressions=4, hours=99), shown, NOW)
    assert not reached(Caps(), shown, NOW) and not reached(Caps(impressions=1), (), NOW)
    order = an_order(caps=Caps(impressions=1, hours=2))
    assert why(order, PAGE, Person("someone", seen={1: shown})) == "cap"
    assert why(order, PAGE, Person("someone", seen={2: shown})) == "passed"
    assert why(order, PAGE, Person("", seen={1: shown})) == "passed"  # who is not known, of them nothing can be counted


def test_ads_that_fit() -> None:
    english, german = an_ad(1, pictures=("300x250",)), an_ad(2, lang="de", pictures=("300x250", "728x90"))
    refused, nameless = an_ad(3, accepted=False, pictures=("728x90",)), an_ad(4, lang="")

    def fit(targeting: Targeting, *creatives: Creative, **page: Any) -> dict[int, str]:
        order = an_order(targeting=targeting, creatives=creatives)
        return fitting(compiled([order]), order, PAGE._replace(**page))

    anywhere = Targeting()
    assert fit(anywhere, english, german, refused) == {1: ""}
    assert fit(anywhere, english, german, lang="de", sizes=("728x90", "300x250")) == {2: "728x90"}
    assert fit(anywhere, english, german, lang="") == {1: "", 2: ""}
    assert fit(anywhere, german, nameless) == {4: ""}
    assert fit(anywhere, english, refused, sizes=("728x90",)) == {} == fit(anywhere, german)
    assert fit(Targeting(langs=("en", "de")), german, refused) == {2: ""}  # it asks for English pages, and has German ads only
    assert fit(Targeting(langs=("en", "de")), german, english) == {1: ""}


def test_sizes() -> None:
    order = an_order(creatives=(an_ad(1, pictures=("300x250",)), an_ad(2, lang="de", pictures=("728x90",))))
    assert why(order, PAGE._replace(sizes=("970x250",))) == "size"
    assert why(order, PAGE._replace(sizes=("728x90",))) == "ad_language"
    assert why(order, PAGE._replace(sizes=("728x90", "300x250"))) == "passed"


def test_every_code_has_its_sentence() -> None:
    assert all(sentence(code.short).endswith(".") for code in Code)
    assert list(Code) == sorted(Code)


def test_a_market_of_which_only_money_moved_is_made_of_the_last() -> None:
    orders = [an_order(1), an_order(2)]
    before = compiled(orders)
    poorer = [replace(orders[0], left=0, left_today=0), orders[1]]
    found = renewed(before, poorer)
    assert found.indices is before.indices and found.standing == compiled(poorer).standing and found.most.tolist() == compiled(poorer).most.tolist()
    other = [orders[0], an_order(2, name="another")]
    assert renewed(before, other).indices is not before.indices and renewed(before, orders[:1]).orders == tuple(orders[:1])
