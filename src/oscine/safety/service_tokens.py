"""Service tokens: the short note, signed with an account's own key, by which a server of AT Protocol says for whom it asks.

The specification is "Inter-Service Authentication" of https://atproto.com/specs/xrpc. It knows no method and no viewer, and it looks up no key:
`Keys` does.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from oscine.errors import InputError, KeyRequired, NetworkUnavailable, NotFound
from oscine.safety.once import Once

ALGORITHMS = {"secp256k1": "ES256K", "secp256r1": "ES256"}
OTHER_KINDS = frozenset({"at+jwt", "refresh+jwt", "dpop+jwt"})  # OAuth's tokens and proofs, and a PDS's own
LONGEST = 4_000  # characters of a token
LIFE = 300.0  # seconds that one may live
SKEW = 30.0  # seconds that clocks may differ
AT_ONCE = 8  # keys looked up at a time: strangers name the servers that are asked
PATIENCE = 2.0  # seconds
REST = 60.0  # seconds before a key is asked for anew again

Keys = Callable[
    [str, bool], EllipticCurvePublicKey
]  # of a DID; anew, or as remembered. Raises `InputError`, `NotFound`, `NetworkUnavailable`


class Claims(msgspec.Struct):
    """What a token says; times in seconds since 1970."""

    iss: str
    aud: str
    exp: int
    lxm: str = ""


class ServiceTokens:
    """Reads the tokens that are meant for `audience`, each once."""

    def __init__(self, audience: str, service: str, keys: Keys) -> None:
        self._audience = (audience, f"{audience}#{service}")
        self._keys = keys
        self._looking = threading.BoundedSemaphore(AT_ONCE)
        self._used, self._asked_anew = Once(), Once()

    def issuer(self, token: str, method: str, now: float) -> str:
        """The DID of the account on whose behalf `method` is called.

        Raises `KeyRequired` for a token that is malformed, expired, meant for another server or method, wrongly signed or used before,
        `NetworkUnavailable` where the issuer's key cannot be looked up now.
        """
        claims = _claims(token)
        self._check(claims, method, now)  # before anybody is looked up
        if not self._is_issuers(token, claims.iss, now):
            raise _refused("The token is not signed with its issuer's key")
        signed = token.rpartition(".")[0].encode()  # what was signed, because of one content there are many signatures
        if not self._used.take(hashlib.sha256(signed).digest(), claims.exp + 1, now):
            raise _refused("The token was used before")
        return claims.iss

    def _check(self, claims: Claims, method: str, now: float) -> None:
        if claims.aud not in self._audience:
            raise _refused(f"The token is meant for {claims.aud[:100]!r}, not for {self._audience[0]}")
        if claims.lxm != method:
            raise _refused(f"The token is for the method {claims.lxm[:100]!r}, not for {method}")
        if claims.exp < now:
            raise _refused("The token has expired")
        if claims.exp > now + LIFE + SKEW:
            raise _refused(f"The token lives longer than {LIFE:.0f} seconds")

    def _is_issuers(self, token: str, did: str, now: float) -> bool:
        """Whether the issuer signed it, also with a key that is newer than the one remembered; a directory is not asked anew for every wrong one."""
        if _is_signed(token, self._key(did, fresh=False)):
            return True
        return self._asked_anew.take(did.encode(), now + REST, now) and _is_signed(token, self._key(did, fresh=True))

    def _key(self, did: str, fresh: bool) -> EllipticCurvePublicKey:
        with self._turn():
            try:
                return self._keys(did, fresh)
            except (InputError, NotFound) as error:
                raise _refused(f"The token's issuer has no key ({error.what})") from None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._looking.acquire(timeout=PATIENCE):
            raise NetworkUnavailable("Too many identities are being looked up.", "Try again in a moment.")
        try:
            yield
        finally:
            self._looking.release()


def _claims(token: str) -> Claims:
    """What a token says, checked by nobody yet."""
    try:
        if len(token) > LONGEST:
            raise ValueError
        read = jwt.PyJWS().decode_complete(token, options={"verify_signature": False})
        if str(read["header"].get("typ", "")).lower() in OTHER_KINDS:
            raise ValueError
        return msgspec.json.decode(read["payload"], type=Claims)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise _refused("This is no service token") from None


def _is_signed(token: str, key: EllipticCurvePublicKey) -> bool:
    try:
        jwt.PyJWS().decode(token, key, algorithms=[ALGORITHMS[key.curve.name]])
    except jwt.PyJWTError:
        return False
    return True


def _refused(why: str) -> KeyRequired:
    return KeyRequired(f"{why}.", "Ask your server for another: com.atproto.server.getServiceAuth.")
