"""The handles, names and bios of accounts: from an AppView where there is one, many at a time; else from each account's document and server.

It does not know of which accounts they are unknown, and keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import httpx
import msgspec
from msgspec import Meta

from oscine.errors import InputError, NetworkUnavailable, NotFound
from oscine.records import Account, AccountChanged
from oscine.sources.bluesky import lexicons, xrpc
from oscine.sources.bluesky.identity import HANDLE, Identities
from oscine.sources.bluesky.records import NETWORK, PROFILES
from oscine.sources.jsonl import without_nul

TOGETHER = 25  # that an AppView is asked for at a time
INVALID = "handle.invalid"  # what an AppView says of a handle that does not lead back


class Seen(lexicons.Profile):
    """An account as an AppView tells it."""

    did: lexicons.Did = ""
    handle: Annotated[str, Meta(max_length=253)] = ""


class Profiles:
    """`view` is the AppView's address; empty for none."""

    def __init__(self, http: httpx.Client, identities: Identities, view: str = "") -> None:
        self._http, self._identities, self._view = http, identities, view.rstrip("/")

    def of(self, dids: Sequence[str]) -> Iterator[AccountChanged]:
        """Handle, name and bio of each that can be had; a handle that is not proved is the DID. Raises `NetworkUnavailable` where the AppView is away."""
        for start in range(0, len(dids), TOGETHER):
            some = dids[start : start + TOGETHER]
            for seen in self._viewed(some) if self._view else self._asked(some):
                proved = seen.handle if HANDLE.fullmatch(seen.handle) and seen.handle != INVALID else seen.did
                account = Account(id=seen.did, network=NETWORK, handle=proved, name=seen.displayName or "", bio=seen.description or "")
                yield AccountChanged(cursor=0, account=account, told=frozenset({"handle", "name", "bio"}))

    def _viewed(self, dids: Sequence[str]) -> Iterator[Seen]:
        answer = xrpc.query(self._http, self._view, "app.bsky.actor.getProfiles", actors=list(dids))
        told = answer.told.get("profiles")
        if answer.error or not isinstance(told, list):
            raise NetworkUnavailable(f"{self._view} tells no profiles: {answer.error[:100]}.", "Check the setting `bluesky_view`.")
        for profile in told:
            seen = _seen(profile)
            if seen and seen.did in dids:
                yield seen

    def _asked(self, dids: Sequence[str]) -> Iterator[Seen]:
        for did in dids:
            try:
                server, handle = self._identities.pds(did), self._identities.handle(did)
                answer = xrpc.query(self._http, server, "com.atproto.repo.getRecord", repo=did, collection=PROFILES, rkey="self")
            except (InputError, NotFound, NetworkUnavailable):  # of this account nothing can be known now
                continue
            record = answer.told.get("value")
            seen = _seen({**(record if isinstance(record, dict) else {}), "did": did, "handle": handle})
            if seen:
                yield seen


def _seen(profile: Any) -> Seen | None:
    """A profile; None for what is none."""
    try:
        return msgspec.convert(without_nul({name: value for name, value in profile.items() if name != "labels"}), Seen)
    except (ValueError, AttributeError, RecursionError):
        return None
