"""Who is signed in, who is about to, and what servers know us as. It does not know how one signs in, and cannot read what is sealed.

A session is found by the hash of what its browser holds; ended, it is gone. A sign-in that has begun can be taken up once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from oscine.records import Record, Viewer
from oscine.store.postgres import Database, Row

MOST = 50  # sessions of one account; beyond them the oldest end


class Session(Record, frozen=True):
    """Somebody who is signed in. `server` is where; `kept` is sealed: the handle, and the credentials where the person lets us post."""

    hash: bytes
    network: str
    account: str
    server: str
    kept: bytes
    made_at: datetime
    expires_at: datetime

    @property
    def id(self) -> str:
        """What it is called where its owner sees it; it opens nothing."""
        return self.hash.hex()[:16]

    @property
    def viewer(self) -> Viewer:
        """For whose eyes."""
        return Viewer(network=self.network, account=self.account)


def hashed(token: str) -> bytes:
    """A plain hash is enough: the token is 256 random bits, which nobody guesses."""
    return hashlib.sha256(token.encode()).digest()


class Sessions:
    """The sessions of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, token: str, who: Viewer, server: str, kept: bytes, lasting: timedelta) -> Session:
        """Begin one, for the browser that holds `token`."""
        row = self._database.one(
            "INSERT INTO sessions (hash, network, account, server, kept, expires_at) VALUES (%s, %s, %s, %s, %s, now() + %s) RETURNING *",
            [hashed(token), who.network, who.account, server, kept, lasting],
        )
        assert row
        self._database.execute(
            "DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE (network, account) = (%s, %s) ORDER BY made_at DESC OFFSET %s)",
            [who.network, who.account, MOST],
        )
        return _session(row)

    def find(self, token: str) -> Session | None:
        """The session of the browser that holds `token`."""
        row = self._database.one("SELECT * FROM sessions WHERE hash = %s AND expires_at > now()", [hashed(token)])
        return _session(row) if row else None

    def of(self, who: Viewer) -> list[Session]:
        """All of an account, the newest first."""
        rows = self._database.rows(
            "SELECT * FROM sessions WHERE (network, account) = (%s, %s) AND expires_at > now() ORDER BY made_at DESC",
            [who.network, who.account],
        )
        return [_session(row) for row in rows]

    def end(self, session: Session) -> None:
        """End one, at once."""
        self._database.execute("DELETE FROM sessions WHERE hash = %s", [session.hash])

    def renew(self, session: Session, change: Callable[[bytes], bytes]) -> bytes:
        """Change what is sealed, one process after the other; what is sealed then. Nothing where the session has ended meanwhile."""
        with self._database.connection() as connection:
            row = connection.execute("SELECT kept FROM sessions WHERE hash = %s FOR UPDATE", [session.hash]).fetchone()
            if row is None:
                return b""
            kept = change(bytes(row["kept"]))
            connection.execute("UPDATE sessions SET kept = %s WHERE hash = %s", [kept, session.hash])
        return kept

    def begin(self, state: str, server: str, kept: bytes, lasting: timedelta) -> None:
        """Note a sign-in that has begun, and forget those that waited too long: anybody may begin one."""
        self._database.execute("DELETE FROM sign_ins WHERE expires_at <= now()")
        self._database.execute(
            "INSERT INTO sign_ins (state, server, kept, expires_at) VALUES (%s, %s, %s, now() + %s)", [state, server, kept, lasting]
        )

    def take(self, state: str) -> tuple[str, bytes] | None:
        """Take up a sign-in, once: its server, and what was sealed of it. None where there is none, or it has waited too long."""
        row = self._database.one("DELETE FROM sign_ins WHERE state = %s RETURNING server, kept, expires_at > now() AS live", [state])
        return (row["server"], bytes(row["kept"])) if row and row["live"] else None

    def forget(self) -> None:
        """Delete what has expired."""
        for table in ("sessions", "sign_ins"):
            self._database.execute(f"DELETE FROM {table} WHERE expires_at <= now()")  # noqa: S608 - our own names

    def app(self, server: str) -> bytes | None:
        """What a server knows us as, sealed."""
        row = self._database.one("SELECT kept FROM network_apps WHERE server = %s", [server])
        return bytes(row["kept"]) if row else None

    def keep_app(self, server: str, kept: bytes, instead_of: bytes | None) -> bytes:
        """Note what a server knows us as, in place of what was known; what another process noted meanwhile counts."""
        self._database.execute(
            "INSERT INTO network_apps (server, kept) VALUES (%s, %s) ON CONFLICT (server) DO UPDATE SET kept = excluded.kept, made_at = now()"
            " WHERE network_apps.kept = %s",
            [server, kept, instead_of],
        )
        return self.app(server) or kept


def _session(row: Row) -> Session:
    fields = {**row, "hash": bytes(row["hash"]), "kept": bytes(row["kept"])}
    return Session(**fields)
