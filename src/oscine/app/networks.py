"""Networks that an `App` lives in: their sources by name, reading them for ever, what could not be used, how it all stands."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Sequence
from functools import cached_property

import httpx

from oscine import ingest
from oscine.app.feeds import Feeds
from oscine.errors import InputError
from oscine.safety import outbound
from oscine.search.background import Background
from oscine.sources.base import Live
from oscine.sources.bluesky.firehose import BEGINNING, Firehose
from oscine.sources.bluesky.jetstream import Jetstream
from oscine.sources.bluesky.labels import Labels
from oscine.sources.bluesky.profiles import Profiles
from oscine.sources.bluesky.records import NETWORK
from oscine.sources.mastodon.live import Mastodon
from oscine.store.connections import Connections
from oscine.store.dead_letters import DeadLetters
from oscine.store.gaps import ALL

RELAY = "wss://bsky.network"
EVERYBODY = "all"  # what a person calls all accounts
NAMING_SECONDS = 15.0  # between looks for accounts that nobody has named yet
SECONDS = 30.0  # for a server to answer; whole repositories come from some


class Networks(Feeds):
    """Connections to networks."""

    @cached_property
    def connections(self) -> Connections:
        """How each stands."""
        return Connections(self.database)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """What could not be used."""
        return DeadLetters(self.database)

    @cached_property
    def network_servers(self) -> httpx.Client:
        """Calls the servers of networks."""
        return outbound.client(self._permitted, SECONDS)

    @cached_property
    def _permitted(self) -> list[outbound.Network]:
        return [ipaddress.ip_network(network) for network in self.settings.connect_networks]

    def firehose(self, url: str) -> Live:
        """All that a PDS or a relay of AT Protocol tells. Raises `SetupError`."""
        return Firehose(_open(url), self.network_servers, self.identities)

    def jetstream(self, url: str) -> Live:
        """The same as JSON, from a Jetstream. Raises `SetupError`."""
        return Jetstream(_open(url), self.network_servers, self.identities)

    def labeler(self, named: str) -> Live:
        """What a labeler says, named by its DID or handle. Raises `InputError`, `NotFound`, `NetworkUnavailable`."""
        did = named if named.startswith("did:") else self.identities.did(named.removeprefix("@"))
        return Labels(did, self.identities, lambda url: outbound.public(url, self._permitted))

    def mastodon(self, host: str, timelines: Sequence[str]) -> Live:
        """Timelines of a Mastodon server. Raises `InputError`."""
        return Mastodon(_open(host), self.network_servers, self.settings.mastodon_token, timelines)

    def live(self, name: str) -> Live:
        """The source of a connection that is known, by its name. Raises `NotFound`."""
        kind, where, *more = self.connections.one(name).name.split(" ")
        if kind == "mastodon":
            return self.mastodon(where, more)
        return {"bluesky": self.firehose, "jetstream": self.jetstream, "labels": self.labeler}[kind](where)

    def connect(self, source: Live, stop: threading.Event, told: Callable[[], None] = lambda: None, missed: Sequence[str] = ()) -> None:
        """Read a network until `stop` is set; `missed` are accounts to be read whole beside it, by DID, handle or name; `all` for all.

        Raises `SetupError` where another process reads it, `InputError` and `NotFound` for an account that is none.
        """
        accounts = [self._account(source, account) for account in missed]
        start = BEGINNING if ALL in accounts and isinstance(source, Firehose) else ""
        naming = Background("names", self._naming(source).ask, NAMING_SECONDS)
        naming.start()
        try:
            ingest.run(self.database, source, stop=stop, told=told, missed=accounts, start=start)
        finally:
            naming.stop()

    def _naming(self, source: Live) -> ingest.Naming:
        """Only Bluesky tells of accounts by their ids alone."""
        profiles = Profiles(self.network_servers, self.identities, self.settings.bluesky_view)
        return ingest.Naming(self.database, source.network, profiles.of if source.network == NETWORK else lambda dids: ())

    def _account(self, source: Live, named: str) -> str:
        """What its network calls an account."""
        if named == EVERYBODY:
            return ALL
        if source.network == NETWORK and not named.startswith("did:"):
            return self.identities.did(named.removeprefix("@"))
        name = named.removeprefix("@")
        return name if source.network == NETWORK or "@" in name else f"{name}@{source.network}"

    def replay(self, name: str) -> ingest.Replayed:
        """Try the dead letters of a connection again. Raises `NotFound`."""
        return ingest.replay(self.database, self.live(name))


def _open(address: str) -> str:
    """An address, which is shown to others. Raises `InputError` for one with a password in it."""
    if "@" in address:
        raise InputError("An address with a name or a password in it is not taken: addresses are shown.", "Leave out what stands before the @.")
    return address
