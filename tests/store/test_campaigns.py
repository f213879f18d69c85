"""Campaigns as they are kept: what may be ordered, whose, how they change, and what stands in an auction."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from oscine.advertising import Caps, Targeting
from oscine.errors import InputError, NotFound
from oscine.store.advertisers import Advertisers
from oscine.store.campaigns import Campaigns
from oscine.store.ledger import Ledger
from oscine.store.postgres import Database
from oscine.store.states import NEXT
from oscine.store.terms import MOST_MONEY, Picture, Terms
from store.orders import AD, NOW, PLACEMENTS, TERMS, flight, running, served

replace = msgspec.structs.replace
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
LONG = "x" * 3_000


@pytest.fixture
def campaigns(database: Database) -> Campaigns:
    return Campaigns(database, PLACEMENTS)


@pytest.fixture
def advertiser(database: Database) -> int:
    return Advertisers(database).add("k1", " Northern Ferries ", account="local/ferries").id


def test_advertisers(database: Database, advertiser: int) -> None:
    store = Advertisers(database)
    mine, other = store.one(advertiser, "k1"), store.add("k2", "Other", "Agency", "JPY")
    assert (mine.name, mine.payer, mine.currency, mine.account) == ("Northern Ferries", "Northern Ferries", "EUR", "local/ferries")
    assert store.of("k1") == [mine] and store.of() == [other, mine] and store.of(before=other.id) == [mine]
    assert store.change(mine.id, "Northern", "Holding", key="k1").payer == "Holding"
    for wrong in (lambda: store.one(other.id, "k1"), lambda: store.change(other.id, "x", key="k1"), lambda: store.delete(other.id, "k1")):
        with pytest.raises(NotFound):
            wrong()
    store.delete(other.id)
    assert [each.id for each in store.of()] == [mine.id]


@pytest.mark.parametrize(("name", "currency"), [("", "EUR"), ("a\nb", "EUR"), (LONG, "EUR"), ("a", "EURO"), ("a", "eur"), ("a", "XXX")])
def test_what_no_advertiser_is_called(database: Database, name: str, currency: str) -> None:
    with pytest.raises(InputError):
        Advertisers(database).add("k1", name, currency=currency)


def test_an_advertiser_with_campaigns_stays(database: Database) -> None:
    with pytest.raises(InputError, match="has campaigns"):
        Advertisers(database).delete(running(database).advertiser)


def test_what_is_kept(campaigns: Campaigns, advertiser: int) -> None:
    terms = Terms(name="Winter", objective="clicks", placements=("post", "banner"), tier="strict", targeting=Targeting(topics=("sea",), hours=(1, 2)),
                  caps=Caps(impressions=3, hours=12), pace="traffic", holdout=0.1)  # fmt: skip
    made = campaigns.add(advertiser, terms, [flight(daily=10, bid=5), flight(budget=MOST_MONEY)], "k1", "k1")
    assert made == campaigns.one(made.id, "k1") and made.state == "draft" and made.creatives == ()
    assert all(getattr(made, name) == getattr(terms, name) for name in Terms.__struct_fields__)
    assert [(each.budget, each.daily, each.bid) for each in made.flights] == [(10**6, 10, 5), (MOST_MONEY, 0, 0)]
    assert made.created_at.tzinfo is not None and made.flights[0].starts_at == NOW - timedelta(hours=1)


def test_whose(campaigns: Campaigns, database: Database, advertiser: int) -> None:
    other = Advertisers(database).add("k2", "Other").id
    mine, theirs = campaigns.add(advertiser, TERMS, [], "k1", "k1"), campaigns.add(other, TERMS, [], "k2", "k2")
    assert campaigns.of("k1") == [mine] and campaigns.of() == [theirs, mine] == campaigns.of(state="draft")
    assert campaigns.of(before=theirs.id) == [mine] == campaigns.of(advertiser=advertiser) and campaigns.of(state="running") == []
    for wrong in (
        lambda: campaigns.add(other, TERMS, [], "k1", "k1"),
        lambda: campaigns.one(theirs.id, "k1"),
        lambda: campaigns.change(theirs.id, "k1", TERMS, key="k1"),
        lambda: campaigns.delete(theirs.id, "k1"),
        lambda: campaigns.step(theirs.id, "review", "k1", key="k1"),
        lambda: campaigns.trail(theirs.id, "k1"),
        lambda: campaigns.add_creatives(theirs.id, [AD], "k1", "k1"),
        lambda: campaigns.remove_creative(theirs.id, 1, "k1", key="k1"),
    ):
        with pytest.raises(NotFound):
            wrong()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "}, {"name": LONG}, {"name": "a\x00b"}, {"objective": "likes"}, {"placements": ()}, {"placements": ("sky",)},
        {"placements": ("post", "post")}, {"tier": "any"}, {"pace": "slow"}, {"holdout": 0.6}, {"holdout": -0.1}, {"holdout": float("nan")},
        {"caps": Caps(impressions=-1)}, {"caps": Caps(hours=0)}, {"targeting": Targeting(topics=("a",) * 300)}, {"targeting": Targeting(query=LONG)},
    ],
)  # fmt: skip
def test_what_cannot_be_ordered(campaigns: Campaigns, advertiser: int, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        campaigns.add(advertiser, replace(TERMS, **wrong), [], "k1")
    assert campaigns.of() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"budget": 0}, {"budget": -1}, {"budget": MOST_MONEY + 1}, {"daily": -1}, {"bid": -1}, {"bid": 10**30}, {"ends_at": NOW - timedelta(hours=2)},
        {"ends_at": NOW - timedelta(minutes=1)}, {"ends_at": NOW + timedelta(days=4_000)}, {"starts_at": NOW.replace(tzinfo=None)},
    ],
)  # fmt: skip
def test_what_no_flight_is(campaigns: Campaigns, advertiser: int, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        campaigns.add(advertiser, TERMS, [flight(**wrong)], "k1")
    assert campaigns.of() == [], "a campaign is kept as a whole or not at all"


@pytest.mark.parametrize(
    "wrong",
    [
        {"headline": " "}, {"body": LONG}, {"link": "javascript:alert(1)"}, {"link": "ferries.example"}, {"link": "https://"}, {"link": "https://[x"},
        {"link": "https://a.example/\n"}, {"link": "https://a.example/" + LONG}, {"pictures": (Picture(size="a", png=PNG),)},
        {"pictures": (Picture(size="300x250", png=b"GIF89a"),)}, {"pictures": (Picture(size="300x250", png=PNG + b"0" * 3_000_000),)},
        {"pictures": (Picture(size="300x250", png=PNG),) * 2}, {"pictures": tuple(Picture(size=f"{n}x9", png=PNG) for n in range(20))},
    ],
)  # fmt: skip
def test_what_no_ad_is(campaigns: Campaigns, database: Database, wrong: dict[str, Any]) -> None:
    made = running(database)
    with pytest.raises(InputError):
        campaigns.add_creatives(made.id, [AD, replace(AD, **wrong)], "k1")
    assert campaigns.one(made.id) == made


def test_ads_and_their_pictures(campaigns: Campaigns, database: Database) -> None:
    made = running(database)
    ad = replace(AD, hashtags=("sea",), pictures=(Picture(size="728x90", png=PNG, alt="A ship"), Picture(size="300x250", png=PNG)))
    added = campaigns.add_creatives(made.id, [ad], "k1").creatives[-1]
    assert added.pictures == ("300x250", "728x90") and added.hashtags == ("sea",) and added.generated and added.campaign == made.id
    assert campaigns.picture(added.id, "728x90") == ad.pictures[0]
    with pytest.raises(NotFound):
        campaigns.picture(added.id, "1x1")
    campaigns.remove_creative(made.id, added.id, "k1", "sold out")
    assert campaigns.one(made.id) == made and campaigns.picture(added.id, "300x250").png == PNG
    with pytest.raises(NotFound):
        campaigns.remove_creative(made.id, added.id, "k1")
    with pytest.raises(InputError, match="up to 50"):
        campaigns.add_creatives(made.id, [AD] * 50, "k1")


def test_states(campaigns: Campaigns, database: Database) -> None:
    made = running(database)
    for state in ("paused", "running", "refused"):
        assert campaigns.step(made.id, state, "op", "because").state == state
    with pytest.raises(InputError, match="nothing of it has changed"):
        campaigns.step(made.id, "review", "k1")
    campaigns.change(made.id, "k1", replace(TERMS, name="Spring"))
    for state in ("review", "ended"):
        campaigns.step(made.id, state, "k1")
    for wrong in (
        lambda: campaigns.step(made.id, "running", "k1"),
        lambda: campaigns.change(made.id, "k1", TERMS),
        lambda: campaigns.add_creatives(made.id, [AD], "k1"),
    ):
        with pytest.raises(InputError):
            wrong()


@pytest.mark.parametrize("now", NEXT)
def test_every_step_that_is_not_allowed_is_refused(campaigns: Campaigns, database: Database, now: str) -> None:
    made = running(database)
    database.execute("UPDATE campaigns SET state = %s WHERE id = %s", [now, made.id])
    for then in NEXT.keys() - set(NEXT[now]):
        with pytest.raises(InputError, match=f"from {now} to {then}"):
            campaigns.step(made.id, then, "k1")


def test_a_launch_needs_a_flight_and_an_ad(campaigns: Campaigns, advertiser: int) -> None:
    made = campaigns.add(advertiser, TERMS, [], "k1")
    with pytest.raises(InputError, match="no flight"):
        campaigns.step(made.id, "review", "k1")
    campaigns.change(made.id, "k1", periods=[flight()])
    with pytest.raises(InputError, match="no ad"):
        campaigns.step(made.id, "review", "k1")
    campaigns.add_creatives(made.id, [replace(AD, accepted=False, review=7)], "k1")
    campaigns.step(made.id, "review", "k1")
    with pytest.raises(InputError, match="no ad that may run"):
        campaigns.step(made.id, "running", "system")
    assert [each.id for each in campaigns.reviewed(7, True, "op", "fine")] == [made.id]
    assert campaigns.step(made.id, "running", "system").state == "running"


def test_the_trail_tells_who_changed_what_and_why(campaigns: Campaigns, database: Database) -> None:
    made = running(database)
    line = made.flights[0]
    later = replace(line, budget=2 * line.budget)
    campaigns.change(made.id, "k2", replace(TERMS, name="Spring", caps=Caps(impressions=2)), [later], "more", "k1")
    campaigns.change(made.id, "k2", replace(TERMS, name="Spring", caps=Caps(impressions=2)), [later], "again the same")
    campaigns.reviewed(AD.review, False, "op", "not true")
    launched, *changed = campaigns.trail(made.id)[-3:]
    assert [(step.by, step.why) for step in changed] == [("k2", "more"), ("op", "not true")] and launched.change == {
        "state": ["review", "running"]
    }
    assert changed[0].change["name"] == ["Winter", "Spring"] and changed[0].change["caps"] == [{}, {"impressions": 2}]
    assert [each[0]["budget"] for each in changed[0].change["flights"]] == [line.budget, later.budget]
    assert changed[1].change == {"accepted": [[made.creatives[0].id], []]} and changed[1].state == "running"
    with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
        database.execute("UPDATE campaign_steps SET why = 'x'")


def test_a_budget_never_falls_below_what_is_spent_and_reserved(campaigns: Campaigns, database: Database) -> None:
    made, ledger = running(database), Ledger(database)
    for ad in ledger.reserve([served(made, 3_000), served(made, 2_000)])[:1]:
        ledger.record(ad.token, "impression", NOW)
    line = made.flights[0]
    with pytest.raises(InputError, match="5000 micro-units"):
        campaigns.change(made.id, "k1", periods=[replace(line, budget=4_999)])
    assert campaigns.change(made.id, "k1", periods=[replace(line, budget=5_000)]).flights[0].budget == 5_000
    with pytest.raises(NotFound):
        campaigns.change(made.id, "k1", periods=[replace(line, id=line.id + 1)])
    with pytest.raises(InputError, match="launched for impressions"):
        campaigns.change(made.id, "k1", replace(TERMS, objective="clicks"))


def test_only_drafts_are_deleted(campaigns: Campaigns, database: Database, advertiser: int) -> None:
    draft, other = campaigns.add(advertiser, TERMS, [flight()], "k1"), running(database)
    campaigns.add_creatives(draft.id, [AD], "k1")
    campaigns.delete(draft.id, "k1")
    with pytest.raises(InputError, match="no draft"):
        campaigns.delete(other.id)
    assert campaigns.of() == [other]


def test_what_stands_in_an_auction(campaigns: Campaigns, database: Database) -> None:
    made = running(database, daily=10_000, bid=7)
    others = [running(database) for _ in range(5)]
    campaigns.step(others[0].id, "paused", "k1")
    campaigns.reviewed(AD.review, True, "op")
    campaigns.remove_creative(others[1].id, others[1].creatives[0].id, "k1")
    database.execute("UPDATE flights SET ends_at = %s WHERE campaign = %s", [NOW, others[2].id])
    database.execute("UPDATE flights SET starts_at = %s WHERE campaign = %s", [NOW + timedelta(seconds=1), others[3].id])
    database.execute("UPDATE flights SET spent = budget WHERE campaign = %s", [others[4].id])
    campaigns.add_creatives(made.id, [replace(AD, accepted=False)], "k1")
    ledger = Ledger(database)
    kept = ledger.reserve([served(made, 3_000), served(made, 2_000)])
    ledger.record(kept[0].token, "impression", NOW)
    (order,) = campaigns.orders(NOW)
    assert order.campaign == replace(campaigns.one(made.id), creatives=made.creatives, flights=()) and order.advertiser.id == made.advertiser
    assert order.flight == replace(made.flights[0], spent=3_000, reserved=2_000)
    assert campaigns.orders(NOW)[0].campaign is order.campaign, "of which nothing changed, it is the very same"
    assert (order.left, order.left_today, order.spent, order.spent_today) == (10**6 - 5_000, 5_000, 3_000, 3_000)
    (tomorrow,) = (each for each in campaigns.orders(NOW + timedelta(days=1)) if each.campaign.id == made.id)
    assert (tomorrow.left_today, tomorrow.spent_today) == (8_000, 0)


def test_names_are_data(campaigns: Campaigns, database: Database, advertiser: int) -> None:
    said = "Robert'); DROP TABLE campaigns;-- %s {0} <script>"
    made = campaigns.add(advertiser, replace(TERMS, name=said), [flight()], said)
    assert campaigns.one(made.id).name == said and campaigns.trail(made.id)[0].by == said and json.dumps(said)
