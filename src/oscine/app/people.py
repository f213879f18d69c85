"""People who sign in, as an `App` has them: where from, who they are, what they said may be done with their posts, posting as them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from oscine import ingest
from oscine.app.feeds import Feeds
from oscine.app.logging_access import LoggingAccess
from oscine.errors import NotFound
from oscine.posting.base import Poster
from oscine.posting.bluesky import BlueskyPoster
from oscine.posting.mastodon import MastodonPoster
from oscine.posting.personal import PersonalServer
from oscine.records import Account, AccountChanged, Intent, Viewer
from oscine.signin.apps import Apps
from oscine.signin.atproto import NETWORK as BLUESKY
from oscine.signin.atproto import AtProto
from oscine.signin.client import Confidential, client
from oscine.signin.desk import SignIn
from oscine.signin.dpop import Proofs
from oscine.signin.mastodon import Mastodon
from oscine.signin.offer import Provider
from oscine.signin.vault import Vault
from oscine.store.consent import Consent, consent
from oscine.store.sessions import Session, Sessions

VAULT = "sign-in.key"  # in the data directory


class People(Feeds, LoggingAccess):
    """Signing in, and what people decide."""

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self.database)

    @cached_property
    def sign_in(self) -> SignIn:
        """Where one signs in. Raises `SetupError` for a network that is none."""
        names = self.settings.sign_in
        servers: list[Provider] = [Mastodon(host, self._at_servers, self._apps) for host in names - {BLUESKY}]
        servers += [self._bluesky] if BLUESKY in names else []
        return SignIn({server.network: server for server in servers}, self.sessions, self._vault, timedelta(days=self.settings.session_days))

    @cached_property
    def _vault(self) -> Vault:
        return Vault(self.settings.data / VAULT)

    @cached_property
    def _apps(self) -> Apps:
        return Apps(self.sessions, self._vault)

    @cached_property
    def _bluesky(self) -> AtProto:
        return AtProto(self._at_servers, self.identities, lambda home: client(home, self._apps))

    @property
    def oauth_client(self) -> Confidential:
        """What servers of AT Protocol know this one as. Raises `NotFound` where people do not sign in from there, or none has a public address."""
        home = self.settings.public_url.rstrip("/")
        if BLUESKY not in self.settings.sign_in or not home.startswith("https://"):
            raise NotFound("Nobody signs in here from Bluesky by a public address.", "Set OSCINE_SIGN_IN and OSCINE_PUBLIC_URL.")
        return Confidential(home, self._apps)

    def poster(self, session: Session) -> Poster:
        """Writes as somebody who signed in. Raises `NotAllowed` where they do not let us."""
        held = self.sign_in.credentials(session)
        if session.network != BLUESKY:
            return MastodonPoster(session.network, self._at_servers, held["token"])
        call = PersonalServer(
            held["pds"], self._at_servers, Proofs(held["key"], held["access"], lambda spent: self._renewed(session, spent))
        )
        return BlueskyPoster(call, session.account, held["handle"])

    def _renewed(self, session: Session, spent: str) -> str:
        """A token in place of one that is spent, unless another process has got one already."""

        def change(held: dict[str, Any]) -> dict[str, Any]:
            return self._bluesky.renew(held) if held["access"] == spent else held

        return str(self.sign_in.renew(session, change)["access"])

    def consent_of(self, session: Session) -> Consent:
        """What may be done with the posts of somebody who signed in."""
        return consent(self.database, session.viewer)

    def agree(self, who: Viewer, intents: dict[str, Intent], searchable: bool | None, handle: str = "") -> Consent:
        """Take an account's word on its posts, as of now: what it does not speak of stays as it was."""
        told = frozenset({"intents"} if intents else ()) | frozenset({"searchable"} if searchable is not None else ())
        said = intents | ({} if searchable is None else {"search": "allow" if searchable else "deny"})
        account = Account(
            id=who.account, network=who.network, handle=handle, intents=said,
            intents_at=datetime.now(UTC) if said else None, searchable=searchable is not False,
        )  # fmt: skip
        ingest.ingest(
            self.database, ingest.Events([AccountChanged(cursor=1, account=account, told=told)]), wait=self.settings.database_wait
        )
        if said:
            self.tell("consent", who, said=said)
        return consent(self.database, who)
