"""A certificate: what a purge removed, where, what was searched afterwards and what was found; signed, so that it can be checked without this server.

It says what this software did and saw, under the key of the data directory. Whose key that is must be known from elsewhere: a server tells it at
`/v1/access/head` too. It names nobody: of each deletion it holds a hash under a salt of its own, by which whoever knows an id can look whether it is
among them. A file that somebody changed by one byte does not verify.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oscine.store import signing
from oscine.store.deletions import Deletion

ALGORITHM = "Ed25519"
PREFIX = b"oscine certificate of deletion\n"


def signed(told: dict[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """A certificate with its signature."""
    unsigned = {**told, "signature": {"algorithm": ALGORITHM, "public_key": signing.public_key(key), "signature": ""}}
    made = key.sign(message(unsigned)).hex()
    return {**unsigned, "signature": {**unsigned["signature"], "signature": made}}


def message(certificate: dict[str, Any]) -> bytes:
    """The bytes that are signed: the certificate with an empty signature, its keys sorted, without spaces, in UTF-8 (as RFC 8785 for what it holds)."""
    stamp = certificate.get("signature")
    told = {**certificate, "signature": {**(stamp if isinstance(stamp, dict) else {}), "signature": ""}}
    return PREFIX + json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf8", "surrogatepass")


def valid(certificate: Any, public: str = "") -> bool:
    """Whether the signature is that of the key that stands beside it, and of `public` where that is given."""
    stamp = certificate.get("signature") if isinstance(certificate, dict) else None
    if not isinstance(stamp, dict) or stamp.get("algorithm") != ALGORITHM:
        return False
    key, signature = str(stamp.get("public_key", "")), str(stamp.get("signature", ""))
    written_so = set(signature) <= set("0123456789abcdef")  # one way to write it, so that no byte can be changed
    return written_so and (not public or public.lower() == key) and signing.holds(key, signature, message(certificate))


def commitment(salt: str, kind: str, network: str, key: str) -> str:
    """What stands for a deletion: SHA-256 of its salt, kind, network and id, cut to 128 bits, in hexadecimal."""
    return hashlib.sha256("\n".join((salt, kind, network, key)).encode("utf8", "surrogatepass")).hexdigest()[:32]


def covers(certificate: dict[str, Any], kind: str, network: str, key: str) -> bool:
    """Whether a deletion is among those of a certificate."""
    told = certificate.get("covers", {})
    return commitment(str(told.get("salt", "")), kind, network, key) in told.get("deletions", [])


def covered(rows: list[Deletion], salt: str) -> dict[str, Any]:
    """What a certificate is of: how many of each kind, from when to when, and a hash of each."""
    kinds = {kind: sum(row.kind == kind for row in rows) for kind in ("account", "post", "edit", "consent")}
    times = [row.at.isoformat().replace("+00:00", "Z") for row in rows]
    ids = sorted({commitment(salt, row.kind, row.network, row.key if row.kind != "consent" else f"{row.account} {row.key}") for row in rows})
    posts = sum(row.posts for row in rows if row.kind in ("account", "post"))
    return {**kinds, "posts": posts, "from": min(times, default=None), "to": max(times, default=None), "salt": salt, "deletions": ids}
