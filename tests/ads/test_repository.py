"""The public repository: everything that was shown, nothing that was not, and nobody who saw it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ads_rows import Rows
from oscine.ads.rights.repository import Repository, public
from oscine.advertising import Targeting
from oscine.errors import InputError, NotFound
from oscine.store import repository as store
from oscine.store.ledger import Ledger
from oscine.store.postgres import Database
from oscine.store.repository import Asked

NOW = datetime.now(UTC)
AGO = NOW - timedelta(days=30)


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


@pytest.fixture
def repository(database: Database) -> Repository:
    return Repository(store.Repository(database), clock=iter(range(0, 10**9, 3600)).__next__)


def shown(rows: Rows, people: int = 25, country: str = "DE", at: datetime = AGO, **said: Any) -> int:
    """An ad that so many people saw."""
    creative = rows.creative(**said)
    for number in range(people):
        rows.served(creative, at + timedelta(minutes=number), "impression", person=f"p{number}", country=country)
    return creative


def step(rows: Rows, number: int, state: str, change: dict[str, Any], why: str = "", by: str = "admin") -> None:
    rows.database.execute("INSERT INTO campaign_steps (campaign, number, by, state, change, why) VALUES (%s, %s, %s, %s, %s, %s)",
                          [rows.campaign, number, by, state, json.dumps(change), why])  # fmt: skip
    rows.database.execute("UPDATE campaigns SET state = %s WHERE id = %s", [state, rows.campaign])


def mine(repository: Repository, rows: Rows, **asked: Any) -> list[int]:
    return [entry.id for entry in repository.entries(Asked(**{"advertiser": rows.name} | asked))]


def test_an_entry(rows: Rows, repository: Repository) -> None:
    ad, never = shown(rows), rows.creative(headline="Never shown")
    rows.served(never, AGO, person="p1")
    entry = repository.entry(rows.campaign)
    assert (entry.advertiser, entry.payer, entry.placements) == (rows.name, rows.name, ("feed",))
    assert [(each.id, each.headline, each.brand, each.generated, each.by) for each in entry.ads] == [
        (ad, "Cross at night", "Northern", True, "composed")
    ]
    assert (entry.first_at, entry.last_at) == (AGO, AGO + timedelta(minutes=24))
    assert (entry.aimed, entry.subject) == (True, ("cycling",))
    assert entry.targeting == {"topics": ("cycling",), "langs": ("de",), "not_topics": ("football",)}
    assert (entry.reached.people, entry.reached.says, entry.removed) == (20, "about 20 people, about 20 times", ())


def test_pictures_say_what_they_show(rows: Rows, repository: Repository) -> None:
    ad = shown(rows, 1)
    for size, alt in (("square", "A ferry at night"), ("wide", "")):
        rows.database.execute("INSERT INTO creative_pictures VALUES (%s, %s, %s, %s)", [ad, size, b"png", alt])
    assert repository.entry(rows.campaign).ads[0].pictures == (("square", "A ferry at night"), ("wide", ""))


def test_few_people_are_not_told_of(rows: Rows, repository: Repository) -> None:
    ad = shown(rows, 13)
    rows.served(ad, AGO, "impression", person="q1", country="AT")
    rows.served(ad, AGO, "impression", country="FR")
    entry = repository.entry(rows.campaign)
    assert [(each.country, each.people) for each in entry.countries] == [("AT", None), ("DE", 10), ("FR", None)]
    assert entry.countries[0].says == "fewer than 10 people, fewer than 10 times"
    assert entry.reached.people == 10, "in whole tens, so that 13 of 14 do not tell of one"


def test_nobody_is_named(rows: Rows, repository: Repository) -> None:
    targeting = {"like": ["net/bob", "net/ann"], "query": "from:bob ferry", "interests": ["sailing"]}
    rows.another(targeting=targeting)
    shown(rows, 12)
    told = str(repository.entry(rows.campaign))
    assert not [word for word in ("bob", "ann", "p11", "k1", "admin") if f"'{word}" in told or f"/{word}" in told or f":{word}" in told]
    assert repository.entry(rows.campaign).targeting == {
        "like": 2, "query": "a search that names accounts, which are not told", "interests": ("sailing",)}  # fmt: skip


@pytest.mark.parametrize("query", ["from:nasa", "-FROM:nasa", "rain (to:nasa OR snow)", "@nasa", "-@nasa", "mentions:nasa"])
def test_queries_about_people(query: str) -> None:
    assert "nasa" not in str(public(Targeting(query=query, not_query=query)))


def test_queries_about_posts_are_told() -> None:
    assert public(Targeting(query="ferry lang:de #oslo ferries@noon")) == {"query": "ferry lang:de #oslo ferries@noon"}
    assert public(Targeting()) == {}


def test_what_was_never_shown_is_not_listed(rows: Rows, repository: Repository) -> None:
    ad = rows.creative()
    rows.served(ad, AGO, person="a")
    rows.served(ad, AGO, "impression!crawler", person="b")
    rows.served(ad, AGO, "impression", person="h", held=True)
    assert mine(repository, rows) == []
    for number in (rows.campaign, 0, -1, 2**62):
        with pytest.raises(NotFound):
            repository.entry(number)


def test_for_a_year_after_it_was_last_shown(rows: Rows, repository: Repository) -> None:
    old, both = rows.campaign, rows.another()
    shown(rows, 1, at=NOW - timedelta(days=400))
    shown(rows, 1, at=NOW - timedelta(days=300))
    rows.campaign = old
    shown(rows, 1, at=NOW - timedelta(days=367))
    assert mine(repository, rows) == [both]
    assert len(repository.entry(both).ads) == 2, "all of its ads, until the last of them is a year old"


def test_how_it_is_looked_for(rows: Rows, repository: Repository) -> None:
    first = rows.campaign
    shown(rows, 1, "NO", headline="Fjords by bike", hashtags=["cycling"])
    second = rows.another()
    shown(rows, 1, "DE", body="100% of the harbour", at=NOW - timedelta(days=3))
    assert mine(repository, rows) == [second, first] and mine(repository, rows, before=second) == [first]
    assert mine(repository, rows, q="BIKE fjords") == [first] and mine(repository, rows, q="bike harbour") == []
    assert mine(repository, rows, q="0%") == [second] and mine(repository, rows, q="_") == mine(repository, rows, q="\\") == []
    assert mine(repository, rows, q="\0cycling") == [first]
    assert mine(repository, rows, country="NO") == [first] and mine(repository, rows, country="FR") == []
    assert mine(repository, rows, placement="feed") == [second, first] and mine(repository, rows, placement="banner") == []
    assert mine(repository, rows, since=NOW.date() - timedelta(days=5)) == [second]
    assert mine(repository, rows, until=NOW.date() - timedelta(days=20)) == [first]
    assert mine(repository, rows, advertiser=f"{rows.name}x") == []
    with pytest.raises(InputError):
        mine(repository, rows, q="x" * 201)


def test_an_ad_that_was_taken_down(rows: Rows, repository: Repository) -> None:
    """Another of the campaign stays; of this one only that, and why."""
    gone, stays = shown(rows, 12, headline="Secret cure"), shown(rows, 12)
    step(rows, 1, "running", {"state": ["review", "running"]})
    step(rows, 2, "running", {"accepted": [[gone], []]}, "It promises a cure.", by="system")
    rows.database.execute("UPDATE creatives SET accepted = false WHERE id = %s", [gone])
    entry = repository.entry(rows.campaign)
    assert [each.id for each in entry.ads] == [stays] and "cure" not in str(entry.ads) and entry.advertiser == rows.name
    assert [(each.says, each.automated, each.ground) for each in entry.removed] == [
        ("This ad was taken down: It promises a cure.", True, "the published rules for ads")
    ]
    assert mine(repository, rows, q="secret cure") == []


def test_a_campaign_that_was_taken_down(rows: Rows, repository: Repository) -> None:
    """Neither what it was nor whose, even after it has ended; found by nothing of either."""
    shown(rows, 12)
    step(rows, 1, "running", {"state": ["review", "running"]})
    step(rows, 2, "refused", {"state": ["running", "refused"]}, "It misleads.")
    step(rows, 3, "ended", {"state": ["refused", "ended"]})
    entry = repository.entry(rows.campaign)
    assert (entry.ads, entry.advertiser, entry.payer, entry.subject) == ((), None, None, ())
    assert [(each.says, each.automated) for each in entry.removed] == [("This ad was taken down: It misleads.", False)]
    assert mine(repository, rows) == [] and rows.campaign not in [each.id for each in repository.entries(Asked(q=rows.name))]
    assert rows.campaign in [each.id for each in repository.entries(Asked(country="DE"))]
    step(rows, 4, "running", {"state": ["review", "running"]})
    assert len(repository.entry(rows.campaign).ads) == 1, "what was refused and then accepted is shown"


def test_what_an_advertiser_took_away_was_shown(rows: Rows, repository: Repository) -> None:
    ad = shown(rows, 1)
    rows.database.execute("UPDATE creatives SET removed_at = now() WHERE id = %s", [ad])
    assert [each.id for each in repository.entry(rows.campaign).ads] == [ad]


def test_the_same_after_rolling(rows: Rows, repository: Repository) -> None:
    shown(rows, 25)
    before = repository.entry(rows.campaign)
    Ledger(rows.database).roll(NOW)
    after = repository.entry(rows.campaign)
    assert (after.reached, after.countries, after.ads) == (before.reached, before.countries, before.ads)
    assert mine(repository, rows, country="DE") == [rows.campaign] and mine(repository, rows, since=NOW.date()) == []


def test_reach_is_counted_once_in_a_while(rows: Rows) -> None:
    times = iter([0.0, 3599.0, 3600.0])
    repository = Repository(store.Repository(rows.database), clock=times.__next__)
    ad = shown(rows, 12)
    first = repository.entry(rows.campaign)
    for number in range(50):
        rows.served(ad, AGO, "impression", person=f"late{number}")
    assert repository.entry(rows.campaign) == first
    assert repository.entry(rows.campaign).reached.people == 60
