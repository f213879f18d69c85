"""Feeds for Bluesky, as an `App` has them: what they are, the server's own name, and whom its callers speak for."""

from __future__ import annotations

import ipaddress
from functools import cached_property
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from oscine.app.engines import Engines
from oscine.errors import NotFound, SetupError
from oscine.posting import feeds as generators
from oscine.posting.xrpc import PasswordSession
from oscine.safety import outbound
from oscine.safety.service_tokens import ServiceTokens
from oscine.sources.bluesky.identity import Identities
from oscine.store.feeds import FeedGenerators
from oscine.store.secret import secret

SERVICE = "bsky_fg"


class Feeds(Engines):
    """What a feed generator is made of."""

    @cached_property
    def feed_generators(self) -> FeedGenerators:
        """The feeds."""
        return FeedGenerators(self.database)

    @property
    def service_did(self) -> str:
        """The name of this server on AT Protocol: did:web of its public host. Raises `NotFound` where it has none."""
        host = urlsplit(self.settings.public_url).netloc
        if not host:
            raise NotFound("This server has no public address.", "Set OSCINE_PUBLIC_URL, such as https://feeds.example.")
        return f"did:web:{host.replace(':', '%3A')}"

    @cached_property
    def _at_servers(self) -> httpx.Client:
        """Calls servers of AT Protocol."""
        return outbound.brief([ipaddress.ip_network(network) for network in self.settings.connect_networks])

    @cached_property
    def identities(self) -> Identities:
        """Whose a DID or a handle is, on AT Protocol."""
        settings = self.settings
        return Identities(self._at_servers, settings.plc_url, (settings.bluesky_server, settings.bluesky_view))

    @cached_property
    def service_tokens(self) -> ServiceTokens:
        """Reads for whom a call is made. Raises `NotFound` where this server has no public address."""
        return ServiceTokens(self.service_did, SERVICE, self._key)

    def _key(self, did: str, fresh: bool) -> EllipticCurvePublicKey:
        if fresh:
            self.identities.forget(did)
        return self.identities.signing_key(did).public

    def publish_feed(self, name: str) -> str:
        """Write a feed's record as the account of the settings; its at:// URI. Raises `NotFound`, `SetupError`, and what writing there raises."""
        feed, call = self.feed_generators.one(name), self._bluesky_session()
        uri = generators.publish(call, call.account, feed, self.service_did)
        self.feed_generators.published(name, call.account)
        return uri

    def remove_feed(self, name: str) -> None:
        """Forget a feed, and delete its record if it was published. Raises as `publish_feed` does."""
        publisher = self.feed_generators.one(name).publisher
        if publisher:
            generators.withdraw(self._bluesky_session(), publisher, name)
        self.feed_generators.remove(name)

    def _bluesky_session(self) -> PasswordSession:
        handle, password, server = self.settings.bluesky_handle, self.settings.bluesky_password, self.settings.bluesky_server
        if not (handle and password):
            raise SetupError("No account of Bluesky is named.", "Set OSCINE_BLUESKY_HANDLE and OSCINE_BLUESKY_PASSWORD, an app password.")
        found = server or self.identities.pds(self.identities.did(handle))
        if not found:
            raise SetupError(f"The identity of {handle} names no server.", "Set OSCINE_BLUESKY_SERVER to its PDS.")
        return PasswordSession(found, handle, password, self._at_servers)

    @cached_property
    def feed_secret(self) -> bytes:
        """What the posts that feeds give are marked with."""
        return secret(self.database, "feeds")
