"""From the button to a session, and back out. What one network wants and another does not is its provider's business.

A sign-in that has begun belongs to the browser that began it, can be finished once, at the network that it was begun for, and for ten
minutes. A session is a random token that its browser holds; what is kept here is its hash, and sealed, what the person lets us post with.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from oscine.errors import InputError, NotAllowed, SetupError
from oscine.records import Viewer
from oscine.signin.offer import Provider, Returned
from oscine.signin.vault import Vault
from oscine.store.sessions import Session, Sessions, hashed

BEGUN = timedelta(minutes=10)  # for which a sign-in waits for whom it sent away
AGAIN = "Begin once more; a sign-in is good for one try in the browser that began it, for ten minutes."


class Begun(NamedTuple):
    """Where to send the browser, and what it must hold when it comes back."""

    address: str
    browser: str

    def __repr__(self) -> str:
        return "Begun()"


class Callback(NamedTuple):
    """What a browser comes back with: what the server put into the address, and what the browser held all along."""

    state: str
    browser: str
    code: str = ""
    issuer: str = ""
    error: str = ""

    def __repr__(self) -> str:
        return f"Callback(issuer={self.issuer!r}, error={self.error!r})"


class SignIn:
    """Signing in by any of the `providers`; a session lasts for `lasting`."""

    def __init__(self, providers: Mapping[str, Provider], sessions: Sessions, vault: Vault, lasting: timedelta) -> None:
        self._providers, self._sessions, self._vault, self._lasting = providers, sessions, vault, lasting

    @property
    def networks(self) -> list[str]:
        """What one can sign in with."""
        return sorted(self._providers)

    def begin(self, network: str, who: str, may_post: bool, redirect: str) -> Begun:
        """Send somebody to their network, to come back to `redirect`.

        Raises `NotAllowed` for a network that nobody signs in with here, `InputError` or `NotFound` for whom it does not know, `NetworkUnavailable`.
        """
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        offer = self._provider(network).offer(who, may_post, redirect, state)
        kept = {"browser": hashed(browser).hex(), "remembered": offer.remembered}
        self._sessions.begin(_stored(state), network, self._vault.seal(kept, f"sign-in {state}"), BEGUN)
        return Begun(offer.address, browser)

    def finish(self, network: str, back: Callback) -> tuple[str, Session]:
        """The token of a new session, and the session, for a browser that came back.

        Raises `InputError` for one that did not leave from here, that was away for too long or has been here already, that comes from another
        network than it was sent to, or that its network refuses; `NetworkUnavailable`.
        """
        provider, taken = self._provider(network), self._sessions.take(_stored(back.state))
        if taken is None:
            raise InputError("This sign-in is not known here, or not any more.", AGAIN)
        begun_for, sealed = taken
        kept = self._vault.open(sealed, f"sign-in {back.state}")
        if begun_for != network or not hmac.compare_digest(kept["browser"], hashed(back.browser).hex()):
            raise InputError("This sign-in was begun in another browser, or for another network.", AGAIN)
        if back.error or not back.code:
            raise InputError(
                "Your network did not let you in here, or you chose not to.", "Nothing was changed; sign in again if you want to."
            )
        return self._welcome(provider, kept["remembered"], Returned(back.code, back.issuer))

    def _welcome(self, provider: Provider, remembered: dict[str, Any], returned: Returned) -> tuple[str, Session]:
        found, token = provider.identify(remembered, returned), secrets.token_urlsafe(32)
        who = Viewer(network=provider.network, account=found.account)
        kept = self._vault.seal({"handle": found.handle, "credentials": found.credentials or {}}, _session(hashed(token), who))
        return token, self._sessions.add(token, who, found.server, kept, self._lasting)

    def session(self, token: str) -> Session | None:
        """Who holds a token, while the operator lets people sign in from there, and while what is sealed for them can be opened."""
        found = self._sessions.find(token)
        return found if found and found.network in self._providers and self._kept(found) else None

    def sessions(self, who: Viewer) -> list[Session]:
        """All of an account, the newest first."""
        return self._sessions.of(who)

    def told(self, session: Session) -> dict[str, Any]:
        """What a session tells of its person: the handle, and whether we may post."""
        kept = self._kept(session)
        return {"handle": kept["handle"], "may_post": bool(kept["credentials"])}

    def end(self, session: Session) -> None:
        """Sign out, at once; what the person let us post with is given back."""
        self._sessions.end(session)
        if credentials := self._kept(session).get("credentials"):
            self._provider(session.network).leave(credentials)

    def credentials(self, session: Session) -> dict[str, Any]:
        """What the person lets us post with. Raises `NotAllowed` where they do not."""
        found: dict[str, Any] = self._kept(session).get("credentials", {})
        if not found:
            raise NotAllowed("You signed in without letting us post.", "Sign in again, and allow it there.")
        return found

    def renew(self, session: Session, change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """The credentials after `change`, which is made one after the other, by whatever process. Raises `NotAllowed` for a session that has ended."""
        name = _session(session.hash, session.viewer)

        def changed(sealed: bytes) -> bytes:
            kept = self._vault.open(sealed, name)
            return self._vault.seal(kept | {"credentials": change(kept["credentials"])}, name)

        sealed = self._sessions.renew(session, changed)
        if not sealed:
            raise NotAllowed("You have signed out.", "Sign in again.")
        return dict(self._vault.open(sealed, name)["credentials"])

    def _kept(self, session: Session) -> dict[str, Any]:
        """What is sealed for a session; nothing where the key is another by now."""
        try:
            return self._vault.open(session.kept, _session(session.hash, session.viewer))
        except SetupError:
            return {}

    def _provider(self, network: str) -> Provider:
        if network not in self._providers:
            raise NotAllowed(
                f"Nobody signs in here from {network[:100]!r}.", f"From: {', '.join(self.networks) or 'nowhere'} (OSCINE_SIGN_IN)."
            )
        return self._providers[network]


def _stored(state: str) -> str:
    """What is kept of a state: whoever reads the database cannot come back with it."""
    return hashed(state).hex()


def _session(hash: bytes, who: Viewer) -> str:
    return f"session {hash.hex()} {who.network} {who.account}"
