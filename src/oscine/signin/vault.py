"""What is kept for people is sealed: AES-256-GCM, by a key in a file beside the database, not in it.

Each sealed thing is bound to what it is kept as, so that no row of the database can be given another's. It knows nothing of what it seals.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oscine.errors import SetupError

NONCE = 12  # bytes (NIST SP 800-38D)
KEY = 32


class Vault:
    """Seals and opens by the key in `file`, which is made when it is first needed, for its owner's eyes only."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def seal(self, content: dict[str, Any], kept_as: str) -> bytes:
        """What may be written down of `content`. Raises `SetupError` where the key cannot be read or made."""
        nonce = secrets.token_bytes(NONCE)
        sealed: bytes = self._cipher.encrypt(nonce, msgspec.json.encode(content), kept_as.encode())
        return nonce + sealed

    def open(self, sealed: bytes, kept_as: str) -> dict[str, Any]:
        """What was sealed. Raises `SetupError` where another key sealed it, or it was sealed as something else."""
        try:
            return dict(msgspec.json.decode(self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], kept_as.encode())))
        except (InvalidTag, ValueError):
            raise SetupError(
                "What is kept of a sign-in cannot be opened.", f"It was sealed by another key than {self._file.name}: sign in again."
            ) from None

    @cached_property
    def _cipher(self) -> AESGCM:
        try:
            if not self._file.exists():
                self._make()
            return AESGCM(self._file.read_bytes())
        except (OSError, ValueError) as error:
            raise SetupError(f"The key {self._file} cannot be used: {error}.", "Let Oscine read and write its data directory.") from None

    def _make(self) -> None:
        """Written whole and then named, so that of several processes one makes it and none reads half of it."""
        draft = self._file.with_name(f"{self._file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, self._file)
        draft.unlink()
