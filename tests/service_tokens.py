"""Service tokens for the tests: an account with a key of its own, and what it signs."""

from __future__ import annotations

import secrets
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from oscine.errors import NotFound

AUDIENCE = "did:web:feeds.example"
ALGORITHMS = {"ES256": ec.SECP256R1, "ES256K": ec.SECP256K1}


class Signer:
    """An account `did` that signs; `now` is when."""

    def __init__(self, did: str, algorithm: str = "ES256K", now: float = 0.0) -> None:
        self.did, self.algorithm = did, algorithm
        self.key = ec.generate_private_key(ALGORITHMS[algorithm]())
        self.now = now

    def token(self, lxm: str, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token for a method; a claim given as None is left out."""
        now = int(self.now or time.time())
        said = {"iss": self.did, "aud": AUDIENCE, "exp": now + 60, "iat": now, "lxm": lxm, "jti": secrets.token_hex(16), **claims}
        return jwt.encode({k: v for k, v in said.items() if v is not None}, self.key, self.algorithm, headers)


class Directory:
    """The keys of accounts, as identities give them; it counts how often it was asked anew."""

    def __init__(self, *signers: Signer) -> None:
        self.keys = {signer.did: signer.key.public_key() for signer in signers}
        self.remembered = dict(self.keys)
        self.anew = 0

    def __call__(self, did: str, fresh: bool) -> ec.EllipticCurvePublicKey:
        self.anew += fresh
        known = self.keys if fresh else self.remembered
        if did not in known:
            raise NotFound(f"There is no identity {did!r}.")
        return known[did]
