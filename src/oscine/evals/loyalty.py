"""Loyalty: with all that the operator earns by multiplied by ten, are answers, search results and the order of the feed the same, byte for byte?

It runs on a scratch network with campaigns of its own, so that no advertiser's money moves and no real campaign learns from it. What the operator earns by is
all of: what campaigns bid, their budgets, the reserve of the auction, how many ads a page has. The same calls are made three times over the real HTTP API: as
things are, with all of it times ten, and with the bids turned upside down, so that others win. The ads have to change; nothing else may, by one byte. Only
names and times of a reply are held still, and they are named here: `HELD`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from oscine.advertising import Flight
from oscine.app import App
from oscine.evals.trust.calls import Caller
from oscine.home.ads import Between
from oscine.home.page import Home, Parts
from oscine.records import ANONYMOUS
from oscine.search.search import Search
from oscine.store.terms import Ad, Terms

TEN = 10
CAMPAIGNS = 4
UNIT = 1_000_000
BID, BUDGET, RESERVE, EVERY = (
    2 * UNIT,
    1_000 * UNIT,
    UNIT // 2,
    10,
)  # of the lowest campaign a thousand impressions; of each; of a place; posts to an ad
LIMIT = 50
HELD = (  # what says when and by which name a reply was made, and nothing else: the stretch of bytes, and what stands for it
    (re.compile(rb'"id":"chatcmpl-[0-9a-f]+"'), b'"id":""'),
    (re.compile(rb'"created":\d+'), b'"created":0'),
    (re.compile(rb'"took_ms":[\d.]+'), b'"took_ms":0'),
)
TOKENS = ("token", "cursor")  # of a page of a feed: random names


class Run(NamedTuple):
    """What was answered, found, put on pages, by call; and the ads of the pages: who paid how much for which place."""

    answers: dict[str, bytes]
    results: dict[str, bytes]
    pages: dict[str, bytes]
    ads: list[tuple[str, int, str, int]]


class Moved(NamedTuple):
    """What moved between runs: calls of each kind whose bytes are not the same, of how many; and places whose ad, or its price, is another, of how many."""

    answers: list[str]
    results: list[str]
    pages: list[str]
    asked: int
    searched: int
    paged: int
    ads: int
    places: int


class Still(Search):
    """The search of an `App`, at one moment: what is new is as new in every run."""

    def __init__(self, app: App, at: datetime) -> None:
        super().__init__(app.view(ANONYMOUS), app.embedder, app.known.known)
        self._at = at

    def search(self, *args: Any, **options: Any) -> Any:
        """As of that moment."""
        return super().search(*args, **{**options, "now": self._at})

    def find(self, view: Any, query: str, limit: int, now: datetime, plainly: bool = False) -> Any:
        """As of that moment."""
        return super().find(view, query, limit, self._at, plainly)


def sold(app: App) -> None:
    """Put campaigns on a scratch network: each bids more than the one before, all can win on every page."""
    now = datetime.now(UTC)
    for number in range(1, CAMPAIGNS + 1):
        payer = app.advertisers.add("", f"Loyalty advertiser {number}", f"Payer {number}")
        terms = Terms(name=f"Loyalty {number}", objective="impressions", placements=("post",), tier="open", pace="fast")
        flight = Flight(
            id=0, campaign=0, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=7), budget=BUDGET, bid=BID * number
        )
        made = app.campaigns.add(payer.id, terms, [flight], "trust")
        said = Ad(
            headline=f"Advertisement {number}", body="For a test of loyalty.", action="See", link="https://advertiser.example/", brand="Test", lang="en",
            generated=False, review=0, accepted=True,
        )  # fmt: skip
        app.campaigns.add_creatives(made.id, [said], "trust")
        app.campaigns.step(made.id, "review", "trust", "A test of loyalty.")
        app.campaigns.step(made.id, "running", "trust", "A test of loyalty.")


def times_ten(app: App) -> None:
    """All that the campaigns of a scratch network pay, times ten."""
    app.database.execute("UPDATE flights SET bid = bid * %s, budget = budget * %s, daily = daily * %s", [TEN, TEN, TEN])


def upside_down(app: App) -> None:
    """The lowest bid becomes the highest: others win."""
    app.database.execute("UPDATE flights SET bid = (SELECT max(bid) + min(bid) FROM flights) - bid")


@contextmanager
def at_terms(scratch: App, at: datetime, reserve: int, every: int) -> Iterator[App]:
    """The same network sold on other terms: an `App` of its own over the same store and models, at one moment, with nothing left to chance."""
    other = App(
        scratch.settings.model_copy(update={"ad_reserve": reserve, "feed_ad_every": every, "feed_chance": 0.0, "language_model": "none"})
    )
    other.__dict__.update(database=scratch.database, reader=scratch.reader, pool=scratch.pool)
    other._embedder = scratch.embedder()
    other.__dict__["search"] = Still(other, at)
    between = Between(other.ads, every, lambda: datetime.now(UTC))
    other.__dict__["home"] = Home(
        Parts(other.feed, other.newest, other.view, other.feed_log, between, other.weights_for, 0.0), clock=lambda: at
    )
    yield other  # its database is the scratch network's, which closes it


def taken(app: App, questions: Sequence[str], searches: Sequence[str], viewers: Sequence[str] = ("",)) -> Run:
    """Every call once. `viewers` are NETWORK/ACCOUNT, or empty for nobody."""
    ads: list[tuple[str, int, str, int]] = []
    with Caller.of(app) as here:
        answers = {question: held(here.ask(question).body) for question in questions}
        results = {
            f"{words} ({sort})": held(here.get("/v1/search", q=words, sort=sort, limit=20).body)
            for words in searches
            for sort in ("top", "latest")
        }
        pages: dict[str, bytes] = {}
        for viewer in viewers:
            for order in ("for-you", "newest"):
                headers = {"Oscine-Viewer": viewer} if viewer else {}
                told = here.call("GET", "/v1/feed", params={"order": order, "limit": LIMIT}, headers=headers).told
                pages[f"{viewer or 'nobody'}, {order}"] = organic(told)
                ads += [
                    (f"{viewer} {order}", place, *_price(app, item)) for place, item in enumerate(told["items"]) if item["kind"] == "ad"
                ]
    return Run(answers, results, pages, ads)


def held(body: bytes) -> bytes:
    """The bytes of a reply, with its name and its time held still."""
    for pattern, still in HELD:
        body = pattern.sub(still, body)
    return body


def organic(told: dict[str, Any]) -> bytes:
    """A page of a feed without its ads and its random names: every post with its place, points, sources and reasons."""
    kept = {name: value for name, value in told.items() if name not in TOKENS}
    return json.dumps({**kept, "items": [item for item in kept["items"] if item["kind"] != "ad"]}, sort_keys=True).encode()


def _price(app: App, item: dict[str, Any]) -> tuple[str, int]:
    served = app.ads.about(item["token"])
    return str(item["paid_by"]), int(served.price)


def compare(one: Run, other: Run) -> Moved:
    """What is not the same in two runs."""
    before, after = ({(page, place): (payer, price) for page, place, payer, price in run.ads} for run in (one, other))
    places = before.keys() | after.keys()
    return Moved(
        answers=_other(one.answers, other.answers), results=_other(one.results, other.results), pages=_other(one.pages, other.pages),
        asked=len(one.answers), searched=len(one.results), paged=len(one.pages),
        ads=sum(before.get(place) != after.get(place) for place in places), places=len(places),
    )  # fmt: skip


def _other(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """The calls whose bytes are not the same."""
    return [call for call, body in before.items() if after.get(call) != body]


class Loyal(NamedTuple):
    """What moved with everything times ten, and with the bids upside down."""

    tenfold: Moved
    turned: Moved


def run(scratch: App, questions: Sequence[str], searches: Sequence[str], viewers: Sequence[str] = ("",)) -> Loyal:
    """Three runs on a scratch network, which has campaigns from now on."""
    at = datetime.now(UTC)
    sold(scratch)
    with at_terms(scratch, at, RESERVE, EVERY) as usual:
        before = taken(usual, questions, searches, viewers)
    times_ten(scratch)
    with at_terms(scratch, at, TEN * RESERVE, EVERY // TEN) as tenfold:
        ten = taken(tenfold, questions, searches, viewers)
    upside_down(scratch)
    with at_terms(scratch, at, TEN * RESERVE, EVERY) as turned:
        last = taken(turned, questions, searches, viewers)
    return Loyal(compare(before, ten), compare(before, last))
