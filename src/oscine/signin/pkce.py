"""Proof Key for Code Exchange (RFC 7636), by S256: a code that is stolen on its way is worth nothing without the verifier."""

from __future__ import annotations

import base64
import hashlib
import secrets


def encoded(raw: bytes) -> str:
    """Base64, url-safe, without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def verifier() -> str:
    """256 random bits, as 43 characters."""
    return secrets.token_urlsafe(32)


def challenge(verifier: str) -> dict[str, str]:
    """What is sent ahead of the code."""
    return {"code_challenge": encoded(hashlib.sha256(verifier.encode()).digest()), "code_challenge_method": "S256"}
