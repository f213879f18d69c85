"""Feeds, as an `App` has them: who reads, what they ask for, the feed, the page, what was served, changes and their tests."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import cached_property

from oscine import ingest
from oscine.app.advertising import Advertising
from oscine.app.learning import Learning
from oscine.feed import sentence
from oscine.feed.estimate import Estimated, through
from oscine.feed.for_you import ForYou
from oscine.feed.judge import Judge, Judged
from oscine.feed.meaning import Meanings
from oscine.feed.newest import Newest
from oscine.feed.pool import Pool
from oscine.feed.sentence import Read
from oscine.feed.steer import Steer
from oscine.feed.weights import shipped
from oscine.home.ads import Between
from oscine.home.outcomes import Outcomes
from oscine.home.page import Home, Parts
from oscine.home.page import now as clock
from oscine.home.why import Whys
from oscine.recommendation import Steering, Weights
from oscine.records import ANONYMOUS, Viewer
from oscine.store.feed_log import FeedLog
from oscine.store.feed_measures import Measures
from oscine.store.feed_tests import Tests
from oscine.store.incidents import Incidents
from oscine.store.readers import Readers
from oscine.store.secret import FEED, secret
from oscine.store.steering import Steerings
from oscine.store.weights import Tables

log = logging.getLogger("oscine.feed")


class Recommending(Advertising, Learning):
    """What a feed is made of."""

    @cached_property
    def pool(self) -> Pool:
        """The newest public posts, in memory; read when they are first needed."""
        return Pool(self.view(ANONYMOUS), self.settings.feed_pool)

    @cached_property
    def readers(self) -> Readers:
        """Who reads."""
        return Readers(self.database)

    @cached_property
    def feed(self) -> ForYou:
        """The feed that is ranked for a person."""
        return ForYou(self.view, self.readers, self.pool, self.steer, self.settings.feed_days, self.ranker)

    @cached_property
    def newest(self) -> Newest:
        """The feed that nothing ranks."""
        return Newest(self.view, self.readers, self.pool, lambda steering: self.steer.asked(steering, self.pool.posts.vectors).filters())

    @cached_property
    def steerings(self) -> Steerings:
        """What people ask of their feeds, kept with their accounts."""
        return Steerings(self.database)

    @cached_property
    def steer(self) -> Steer:
        """What they ask, done."""
        return Steer(self.steerings.numbers, Meanings(self.embedder))

    @cached_property
    def feed_log(self) -> FeedLog:
        """What feeds served, and what came of it."""
        return FeedLog(self.database, secret(self.database, FEED))

    @cached_property
    def home(self) -> Home:
        """Pages: posts and ads, kept as they were served."""
        ads = Between(self.ads, self.settings.feed_ad_every, clock)
        return Home(Parts(self.feed, self.newest, self.view, self.feed_log, ads, self.weights_for, self.settings.feed_chance))

    @cached_property
    def whys(self) -> Whys:
        """Why posts stand where they stand."""
        return Whys(self.feed, self.feed_log, self.view, self.weight_tables.one)

    def read_steering(self, said: str, before: Steering, viewer: Viewer, lang: str | None = None) -> tuple[Read, Steering]:
        """How a sentence is read, and the steering with it changed. Raises `InputError`."""
        read = sentence.compile(said, lang, lambda handle: self.steerings.author(handle, viewer.network or self.settings.network))
        return read, sentence.apply(before, read)

    def forget_feed(self, viewer: Viewer) -> dict[str, int]:
        """Start again: what a person asked for, what they were served, and what of it was noted here is forgotten; how much of each."""
        asked = self.steerings.forget(viewer)
        return {"steering": int(asked), "pages": self.feed_log.forget(viewer), "acts": self.readers.forget(viewer)}

    @cached_property
    def feed_outcomes(self) -> Outcomes:
        """What came of pages, as it is told."""
        return Outcomes(self.feed_log, self.view, lambda done: ingest.ingest(self.database, ingest.Events(done)))

    @cached_property
    def weight_tables(self) -> Tables:
        """The tables of weights, by version."""
        return Tables(self.database, shipped())

    @cached_property
    def feed_tests(self) -> Tests:
        """Tests of a table against the one in use."""
        return Tests(self.database)

    @cached_property
    def judge(self) -> Judge:
        """Whether another table is better."""
        return Judge(Measures(self.database), self.weight_tables, self.feed_tests)

    def weights_for(self, viewer: Viewer) -> tuple[Weights, int, str]:
        """By which table a viewer's page is made, and as part of which test and arm (0 and empty outside of tests)."""
        return self.judge.table(self.feed_log.person(viewer))

    def estimate_weights(self, version: int) -> Estimated:
        """What another table would have brought. Raises `NotFound`, `InputError` where too few pages were dealt by chance."""
        return self.judge.estimate(version, through(self.view(ANONYMOUS)))

    def judged_feed_test(self, number: int) -> Judged:
        """What came of a test so far; of the newest one for 0. Raises `NotFound`."""
        newest = self.feed_tests.all()[:1] if not number else []
        return self.judge.judged(newest[0] if newest else self.feed_tests.one(number), datetime.now(UTC))

    def guard_feed_test(self) -> None:
        """End the test that runs where it does harm."""
        if ended := self.judge.guard(datetime.now(UTC)):
            log.warning("test %d of the feed ended itself: %s", ended.id, ended.ended_why)
            told = f"A test of other weights for the feed did harm beyond its bounds, and ended itself. {ended.ended_why}"
            of = f"Test {ended.id} of the feed"
            effect = f"{ended.share:.0%} of the people with an account had the tested feed since {ended.started_at:%Y-%m-%d %H:%M} UTC."
            opened = Incidents(self.database).open("feed-test", of, told, effect, "the software")
            Incidents(self.database).end(opened.id, "Everybody has the table in use again.")
