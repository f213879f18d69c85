"""The key by which a data directory signs what others may check: ledgers of corpora, heads of the log of accesses, certificates.

Whose key it is must be known from elsewhere: what is signed says only that whoever has the key said it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FILE = "corpus-signing.key"  # in the data directory


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key of a data directory; made on first use, readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw())
        with contextlib.suppress(FileExistsError):  # another process made it meanwhile: that one counts
            os.link(beside, path)
        beside.unlink()
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def public_key(key: Ed25519PrivateKey) -> str:
    """What a signature is checked with, in hexadecimal."""
    return str(key.public_key().public_bytes_raw().hex())


def holds(public: str, signature: str, message: bytes) -> bool:
    """Whether a signature (Ed25519, RFC 8032) of a message is that of a key; both in hexadecimal."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
