"""People who sign in, as an `App` has them: where from, who they are, what they said may be done with their posts, posting as them."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from functools import cached_property

import httpx

from oscine import ingest
from oscine.app.engines import Engines
from oscine.records import Account, AccountChanged, Intent
from oscine.safety import outbound
from oscine.signin.desk import SignIn
from oscine.signin.mastodon import Mastodon
from oscine.signin.offer import Provider
from oscine.signin.vault import Vault
from oscine.store.consent import Consent, consent
from oscine.store.sessions import Session, Sessions

BLUESKY = "bluesky"
VAULT = "sign-in.key"  # in the data directory


class People(Engines):
    """Signing in, and what people decide."""

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self.database)

    @cached_property
    def sign_in(self) -> SignIn:
        """Where one signs in. Raises `SetupError` for a network that is none."""
        settings = self.settings
        vault = Vault(settings.data / VAULT)
        servers: dict[str, Provider] = {
            host: Mastodon(host, self._servers, self.sessions, vault) for host in settings.sign_in if host != BLUESKY
        }
        return SignIn(servers, self.sessions, vault, timedelta(days=settings.session_days))

    @cached_property
    def _servers(self) -> httpx.Client:
        """Calls the servers that people name."""
        return outbound.brief([ipaddress.ip_network(network) for network in self.settings.connect_networks])

    def consent_of(self, session: Session) -> Consent:
        """What may be done with the posts of somebody who signed in."""
        return consent(self.database, session.viewer)

    def agree(self, session: Session, intents: dict[str, Intent], searchable: bool | None) -> Consent:
        """Take somebody's word on their posts, as of now: what they do not speak of stays as it was."""
        told = frozenset({"intents"} if intents else ()) | frozenset({"searchable"} if searchable is not None else ())
        account = Account(
            id=session.account, network=session.network, handle=self.sign_in.told(session)["handle"], intents=intents,
            intents_at=datetime.now(UTC) if intents else None, searchable=searchable is not False,
        )  # fmt: skip
        ingest.ingest(
            self.database, ingest.Events([AccountChanged(cursor=1, account=account, told=told)]), wait=self.settings.database_wait
        )
        return self.consent_of(session)
