"""A page: kept as it was served, gone on with by whom it was served to, ads where they may stand, nobody's for whoever wants no profile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from oscine.advertising import Advertiser, Flight, Targeting
from oscine.app import App
from oscine.errors import InputError, NotFound
from oscine.feed import dealt
from oscine.feed.for_you import ForYou
from oscine.feed.pipeline import Ask, Ranked
from oscine.home.page import AdItem, Home, HomePage, PostItem
from oscine.recommendation import Steering, Weights
from oscine.records import ANONYMOUS, Viewer
from oscine.store.terms import Ad, Terms

Write = Callable[..., Any]
ANN, BOB = Viewer(network="local", account="ann"), Viewer(network="local", account="bob")
NEWEST = Steering(order="newest")
NOW = datetime.now(UTC).replace(microsecond=0)
WORDS = ("harbour", "tomato", "violin", "glacier", "pottery", "lantern", "orchard", "compass", "saddle", "walnut", "mirror", "thunder")


@pytest.fixture
def posts(app: App, write: Write) -> list[str]:
    """Twelve posts by twelve people, the newest first; nothing is left to chance."""
    app.settings.feed_chance = 0.0
    ids = [f"p{n}" for n in range(len(WORDS))]
    write(
        *({"id": id, "author": f"writer{n}", "created_at": f"2024-05-01T12:{59 - n}:00Z", "labels": [], "lang": "en",
           "text": f"Somebody wrote about a {word} that nobody else had seen"} for n, (id, word) in enumerate(zip(ids, WORDS, strict=True))),
        {"id": "bobs", "author": "bob", "text": "hello", "created_at": "2024-01-01T12:00:00Z"},
        {"id": "anns", "author": "ann", "text": "hello again", "created_at": "2024-01-01T12:00:00Z"},
    )  # fmt: skip
    return ids


def shown(page: HomePage) -> list[str]:
    return [item.seen.post.id for item in page.items if isinstance(item, PostItem)]


def advertisers(page: HomePage) -> list[int]:
    return [item.shown.order.advertiser.id for item in page.items if isinstance(item, AdItem)]


def campaign(app: App, name: str, **terms: Any) -> Advertiser:
    """One that runs, of an advertiser of its own."""
    advertiser = app.advertisers.add("k1", name)
    flight = Flight(id=0, campaign=0, starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(days=2), budget=10**9, bid=10**7)
    ordered = Terms(name=name, objective="impressions", placements=("post",), pace="fast", **terms)
    made = app.campaigns.add(advertiser.id, ordered, [flight], "k1")
    ad = Ad(headline=name, body="x", action="y", link="https://a.example/", brand=name, lang="en", generated=True, review=1, accepted=True)
    app.campaigns.add_creatives(made.id, [ad], "k1")
    app.campaigns.step(made.id, "review", "k1")
    app.campaigns.step(made.id, "running", "system")
    app.ads.running.forget()
    return advertiser


@pytest.mark.parametrize("viewer", [ANN, ANONYMOUS])
@pytest.mark.parametrize("steering", [Steering(), NEWEST])
@pytest.mark.usefixtures("posts")
def test_a_page_is_kept_as_it_was_served(app: App, viewer: Viewer, steering: Steering) -> None:
    page = app.home.page(viewer, steering, 5)
    kept = app.feed_log.page(page.token)
    assert len(shown(page)) == 5
    assert kept.posts == tuple(item.served for item in page.items if isinstance(item, PostItem))
    assert [post.position for post in kept.posts] == list(range(5)) and all(post.sources for post in kept.posts)
    assert (kept.person, kept.order, kept.session, kept.weights) == (app.feed_log.person(viewer), steering.order, page.token, page.weights)
    assert (bool(kept.person), kept.ranker) == (viewer is ANN, "" if steering is NEWEST else "prior")


@pytest.mark.parametrize("viewer", [ANN, ANONYMOUS])
@pytest.mark.parametrize("steering", [Steering(), NEWEST])
def test_a_session_shows_each_post_once_and_comes_to_its_end(app: App, posts: list[str], viewer: Viewer, steering: Steering) -> None:
    found, cursor, pages = list[str](), None, list[HomePage]()
    while not pages or cursor:
        pages.append(app.home.page(viewer, steering, 5, cursor))
        found, cursor = found + shown(pages[-1]), pages[-1].cursor
        assert len(pages) < 9
    assert set(posts) <= set(found) and len(set(found)) == len(found)
    if steering is NEWEST:
        assert found[: len(posts)] == posts
    else:
        assert {app.feed_log.page(page.token).session for page in pages} == {pages[0].token}


@pytest.mark.usefixtures("posts")
def test_a_page_is_gone_on_with_by_whom_it_was_served_to(app: App) -> None:
    mine, anybodys = (app.home.page(viewer, limit=5).cursor for viewer in (ANN, ANONYMOUS))
    assert shown(app.home.page(ANN, limit=5, cursor=mine)) and shown(app.home.page(ANN, limit=5, cursor=anybodys))
    for viewer, cursor in [(BOB, mine), (ANONYMOUS, mine), (ANN, "x"), (ANN, "x" * 5000), (ANN, "'; --")]:
        with pytest.raises(NotFound, match="not known here"):
            app.home.page(viewer, limit=5, cursor=cursor)
    with pytest.raises(InputError):
        app.home.page(ANN, NEWEST, cursor="x")


@pytest.mark.usefixtures("posts")
def test_whoever_wants_no_profile_has_pages_that_are_nobodys(app: App) -> None:
    campaign(app, "Ferries")
    app.settings.feed_ad_every = 3
    app.ad_choices.set(ANN, personal=True)
    page = app.home.page(ANN, Steering(personal=False), 12)
    assert app.feed_log.page(page.token).person == ""
    assert advertisers(page), "ads go by the posts alone"
    assert [row["person"] for row in app.database.rows("SELECT person FROM served")] == [""]
    assert app.feed_log.last_visit(ANN, datetime.now(UTC)) is None


@pytest.mark.parametrize("steering", [Steering(), NEWEST, Steering(personal=False)])
def test_what_was_hidden_is_gone_at_once_and_counted(app: App, posts: list[str], write: Write, steering: Steering) -> None:
    before = shown(app.home.page(ANN, steering, 20))
    write({"engagement": "hide", "actor": "ann", "post": posts[3], "at": "2024-05-01T13:00:00Z"})
    page = app.home.page(ANN, steering, 20)
    assert posts[3] in before and posts[3] not in shown(page)
    assert page.dropped.get("you hid it", 0) + page.dropped.get("you have seen it", 0) == 1
    assert posts[3] in shown(app.home.page(BOB, steering, 20))


@pytest.mark.usefixtures("posts")
def test_a_page_dealt_by_chance_says_by_which_chances(app: App) -> None:
    home = Home(app.home._parts._replace(chance=1.0), lambda: np.random.default_rng(7))
    kept = app.feed_log.page(home.page(ANN, limit=6).token)
    assert kept.temperature == dealt.TEMPERATURE and any(post.propensity < 1 for post in kept.posts)
    assert set(dealt.unpack(kept.candidates).numbers.tolist()) >= {post.post for post in kept.posts}
    certain = app.feed_log.page(Home(app.home._parts._replace(chance=0.0)).page(ANN, limit=6).token)
    assert (certain.temperature, certain.candidates, {post.propensity for post in certain.posts}) == (0.0, b"", {1.0})


class Deleting(ForYou):
    """Ranks, and then the first post is deleted."""

    def __init__(self, app: App, write: Write) -> None:
        self.__dict__.update(app.feed.__dict__)
        self.app, self.write = app, write

    def rank(self, ask: Ask, weights: Weights, rng: np.random.Generator | None = None) -> Ranked:
        """As ever."""
        ranked = super().rank(ask, weights, rng)
        first = int(ranked.candidates.numbers[ranked.picks[0].place])
        self.gone = self.app.view(ANONYMOUS).posts([first])[0].post.id
        self.write({"delete": self.gone})
        return ranked


@pytest.mark.usefixtures("posts")
def test_what_is_deleted_while_a_page_is_made_is_not_on_it(app: App, write: Write) -> None:
    feed = Deleting(app, write)
    page = Home(app.home._parts._replace(feed=feed)).page(ANN, limit=6)
    assert len(shown(page)) == 5 and feed.gone not in shown(page)
    assert [post.position for post in app.feed_log.page(page.token).posts] == list(range(5))


@pytest.mark.usefixtures("posts")
def test_ads_stand_between_posts_each_advertiser_once(app: App) -> None:
    app.settings.feed_ad_every = 3
    first, second = campaign(app, "Ferries"), campaign(app, "Trains")
    page = app.home.page(ANN, limit=12)
    kinds = "".join("a" if isinstance(item, AdItem) else "p" for item in page.items)
    assert kinds == "pppapppapppppp", "there is no third advertiser"
    assert sorted(advertisers(page)) == [first.id, second.id]
    assert app.feed_log.page(page.token).ads == tuple(item.shown.served.token for item in page.items if isinstance(item, AdItem))
    assert not advertisers(app.home.page(ANN, limit=3)) and not advertisers(app.home.page(ANN, limit=12, ads=False))
    app.settings.feed_ad_every = 0
    assert not advertisers(Home(app.home._parts._replace(ads=_between(app))).page(ANN, limit=12))


def _between(app: App) -> Any:
    from oscine.home.ads import Between

    return Between(app.ads, app.settings.feed_ad_every, lambda: datetime.now(UTC))


@pytest.mark.parametrize(
    ("labels", "tier", "ads"), [([], "strict", 3), (None, "strict", 0), (None, "standard", 3), (["satire"], "open", 0)]
)
def test_no_ad_beside_what_is_labelled_nor_beside_what_its_campaign_does_not_want(
    app: App, posts: list[str], write: Write, labels: list[str] | None, tier: str, ads: int
) -> None:
    app.settings.feed_ad_every = 3
    for name in ("Ferries", "Trains", "Planes"):
        campaign(app, name, tier=tier)
    write(*({"id": id, "author": f"writer{n}", "created_at": f"2024-05-01T12:{59 - n}:00Z", "edited_at": "2024-05-01T13:00:00Z", "lang": "en",
             "text": f"Somebody wrote about a {word} that nobody else had seen", **({} if labels is None else {"labels": labels})}
            for n, (id, word) in enumerate(zip(posts, WORDS, strict=True))))  # fmt: skip
    assert len(advertisers(app.home.page(ANN, limit=12))) == ads


@pytest.mark.usefixtures("posts")
def test_ads_go_by_the_posts_around_them(app: App) -> None:
    app.settings.feed_ad_every = 1
    campaign(app, "Frames", targeting=Targeting(query="mirror"))
    page = app.home.page(ANN, NEWEST, limit=12)
    (at,) = [place for place, item in enumerate(page.items) if isinstance(item, AdItem)]
    around = [item.seen.post.text for item in page.items[max(0, at - 2) : at + 2] if isinstance(item, PostItem)]
    assert any("mirror" in text for text in around)


def test_an_empty_network_has_an_empty_page(app: App) -> None:
    for steering in (Steering(), NEWEST):
        page = app.home.page(ANN, steering)
        assert (page.items, page.cursor) == ((), None) and app.feed_log.page(page.token).posts == ()


def test_a_table_and_a_test_are_kept_with_the_page(app: App, posts: list[str]) -> None:
    asked: list[Viewer] = []

    def table(viewer: Viewer) -> tuple[Weights, int, str]:
        asked.append(viewer)
        weights, _, _ = app.weights_for(viewer)
        return weights, 7, "treatment"

    home = Home(app.home._parts._replace(table=table))
    kept = app.feed_log.page(home.page(ANN, limit=3).token)
    home.page(ANN, Steering(personal=False), limit=3)
    assert (kept.experiment, kept.arm, asked) == (7, "treatment", [ANN, ANONYMOUS]) and posts
