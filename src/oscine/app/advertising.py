"""Advertising, as an `App` has it: the desk, the ad server, the ledger, what is measured and what is public."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property

from oscine.ads.audience import check as audience
from oscine.ads.audience.vocabulary import Vocabulary
from oscine.ads.creatives.placements import PLACEMENTS
from oscine.ads.decision.decide import Rules
from oscine.ads.desk import Desk
from oscine.ads.live import Running
from oscine.ads.rights.repository import Repository
from oscine.ads.server import AdServer, Parts, Terms
from oscine.advertising import Targeting
from oscine.app.making import Making
from oscine.pictures import provenance
from oscine.store import repository
from oscine.store.activity import Activity
from oscine.store.advertisers import Advertisers
from oscine.store.asked_for import AskedFor
from oscine.store.campaigns import Campaigns
from oscine.store.choices import Choices
from oscine.store.ledger import Ledger
from oscine.store.outcomes import Outcomes
from oscine.store.reviews import Reviews
from oscine.store.secret import ADS, secret


class Advertising(Making):
    """Campaigns, from the order to what they brought."""

    @cached_property
    def advertisers(self) -> Advertisers:
        """On whose behalf ads are shown."""
        return Advertisers(self.database)

    @cached_property
    def campaigns(self) -> Campaigns:
        """What they ordered."""
        return Campaigns(self.database, PLACEMENTS)

    @cached_property
    def reviews(self) -> Reviews:
        """Reviews of ads, and what people decided on them."""
        return Reviews(self.database)

    @cached_property
    def desk(self) -> Desk:
        """Where campaigns are ordered."""
        return Desk(self.campaigns, self.reviews, self.check_targeting, provenance.holds, self.settings.ad_blocked_hosts)

    @cached_property
    def ledger(self) -> Ledger:
        """What was served, what happened, what was charged."""
        return Ledger(self.database)

    @cached_property
    def ad_choices(self) -> Choices:
        """What people chose about ads."""
        return Choices(self.database)

    @cached_property
    def outcomes(self) -> Outcomes:
        """What campaigns brought."""
        return Outcomes(self.database)

    @cached_property
    def repository(self) -> Repository:
        """What the public may look up."""
        return Repository(repository.Repository(self.database))

    @cached_property
    def activity(self) -> Activity:
        """What is done in public, for targeting and for its reach."""
        return Activity(self.database)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of live campaigns, told of places and of people."""
        return Vocabulary(self.activity, self.view, self.embedder)

    @cached_property
    def asked_for(self) -> AskedFor:
        """How many places are asked for, hour by hour."""
        return AskedFor(self.database)

    @cached_property
    def ads(self) -> AdServer:
        """Ads for places."""
        running = Running(self.campaigns, self.ledger, self.asked_for, self.vocabulary, self.settings.ad_reserve)
        parts = Parts(running, self.campaigns, self.ledger, self.ad_choices, secret(self.database, ADS), self._terms)
        return AdServer(parts)

    @property
    def _terms(self) -> Terms:
        told = self.settings
        rules = Rules(told.ad_auction, told.ad_reserve)
        return Terms(rules, timedelta(minutes=told.ad_minutes), timedelta(days=told.ad_conversion_days))

    def check_targeting(self, targeting: Targeting) -> None:
        """Raise `InputError` for whom and where no ad may be aimed, with the rule named; by meaning, where there is an embedder."""
        audience.check(targeting, self.activity.told, self.vocabulary.basis().rule)

    def keep_ads(self) -> None:
        """Give back what was set aside for ads that nobody saw, forget single events that are kept no longer, and write down how many places were asked for."""
        now = datetime.now(UTC)
        self.ledger.release(now)
        self.ledger.roll(now - timedelta(days=self.settings.ad_event_days))
        self.ads.running.keep()
