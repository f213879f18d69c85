"""What signing in is, whatever the network: an address to send somebody to, what comes back, and who that is. Secrets in it are in no repr."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from oscine.errors import InputError, NetworkUnavailable, OscineError
from oscine.signin.wire import Reply

LONGEST = 200  # characters of a server's own words that are passed on


class Offer(NamedTuple):
    """Where to send somebody, and what must be remembered until they come back."""

    address: str
    remembered: dict[str, Any]

    def __repr__(self) -> str:
        return "Offer()"


class Returned(NamedTuple):
    """What somebody comes back with; `issuer` is who says so (RFC 9207), where the server tells."""

    code: str
    issuer: str = ""

    def __repr__(self) -> str:
        return f"Returned(issuer={self.issuer!r})"


class Identity(NamedTuple):
    """Who came back: an account of the network, and the credentials to post as it, where the person lets us."""

    account: str
    handle: str
    server: str
    credentials: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"Identity(account={self.account!r})"


class Provider(Protocol):
    """A network that one signs in with."""

    network: str

    def offer(self, who: str, may_post: bool, redirect: str, state: str) -> Offer:
        """Where to send the person, who names themselves `who` where the network must be told.

        Raises `InputError` for whom it does not know, `NetworkUnavailable`, and `NotAllowed` where the server will not have us.
        """
        ...

    def identify(self, remembered: dict[str, Any], returned: Returned) -> Identity:
        """Who came back. Raises `InputError` for what is not what was remembered, or what the server refuses; `NetworkUnavailable`."""
        ...

    def leave(self, credentials: dict[str, Any]) -> None:
        """Give credentials back. Raises nothing that matters: they end on their own, too."""
        ...


def refusal(server: str, reply: Reply) -> OscineError:
    """Why a server refused, in its own words as far as it has any (RFC 6749, section 5.2)."""
    if reply.status >= 500:
        return NetworkUnavailable(f"{server} answers {reply.status}.", "Try again in a moment.")
    why = reply.text("error_description") or reply.text("error") or f"it answers {reply.status}"
    return InputError(f"{server} refuses: {''.join(filter(str.isprintable, why))[:LONGEST]}.", "Sign in again.")
