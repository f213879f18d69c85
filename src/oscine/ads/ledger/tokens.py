"""Tokens that an ad carries to whoever reports what happened to it.

A token is `ID.EXPIRY.MAC`: the served ad's id, seconds since 1970 in base 36, and HMAC-SHA256 (RFC 2104) of both, cut to 128 bits. It says nothing of the
person. That it is used once is not its matter: the ledger keeps each event by its token.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime

from oscine.errors import InputError
from oscine.store.secret import code

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,64})\.([0-9a-z]{1,11})\.([A-Za-z0-9_-]{22})")


class Tokens:
    """Signs and reads tokens with a secret of 32 random bytes. One `purpose`'s token is forged for any other."""

    def __init__(self, secret: bytes, purpose: str = "token") -> None:
        self._secret, self._purpose = secret, purpose

    def sign(self, served: str, expires: datetime) -> str:
        """The token of a served ad, url-safe."""
        signed = f"{served}.{_written(int(expires.timestamp()))}"
        return f"{signed}.{code(self._secret, self._purpose, signed)}"

    def read(self, text: str, at: datetime) -> str:
        """The served ad's id. Raises `InputError` whose `code` is `forged` or `expired`."""
        found = _TOKEN.fullmatch(text)
        if found is None or not self._made(found):
            raise _refused("forged", "This token was not made here.")
        if at.timestamp() >= int(found[2], 36):
            raise expired("This token has expired.")
        return found[1]

    def signed(self, text: str) -> bool:
        """Whether a token was made here, expired or not."""
        found = _TOKEN.fullmatch(text)
        return found is not None and self._made(found)

    def _made(self, found: re.Match[str]) -> bool:
        return hmac.compare_digest(found[3], code(self._secret, self._purpose, f"{found[1]}.{found[2]}"))


def _written(number: int) -> str:
    """A number in base 36, as `int(text, 36)` reads it."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def expired(what: str) -> InputError:
    """The error for what came too late."""
    return _refused("expired", what)


def _refused(code: str, what: str) -> InputError:
    error = InputError(what, "Ask for another ad.")
    error.code = code
    return error
