"""What servers know us as: kept sealed, one thing for each server. What can be opened no longer is as good as not kept."""

from __future__ import annotations

from typing import Any

from oscine.errors import SetupError
from oscine.signin.vault import Vault
from oscine.store.sessions import Sessions


class Apps:
    """Over a database and its vault."""

    def __init__(self, store: Sessions, vault: Vault) -> None:
        self._store, self._vault = store, vault

    def of(self, server: str) -> dict[str, Any]:
        """What is kept for a server; nothing where there is nothing."""
        return self._opened(server, self._store.app(server))

    def keep(self, server: str, content: dict[str, Any]) -> dict[str, Any]:
        """Keep something in place of what was kept; of two that come at once, what the first kept."""
        before = self._store.app(server)
        return self._opened(server, self._store.keep_app(server, self._vault.seal(content, f"app {server}"), before)) or content

    def _opened(self, server: str, sealed: bytes | None) -> dict[str, Any]:
        try:
            return self._vault.open(sealed, f"app {server}") if sealed else {}
        except SetupError:
            return {}
