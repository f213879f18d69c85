"""Keys: who may call, with which rights, for which networks, acting for whom, under which licence.

A key is shown once, when it is made; what is stored is its hash. It is looked up at every call, and again and again in whatever stays open, so that
revoking it, or changing its licence, works at once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from oscine.access import licences
from oscine.errors import InputError, KeyRequired, NotAllowed, NotFound
from oscine.records import Licence, Record, Viewer
from oscine.store.postgres import Database, Row

Scope = Literal["read", "write", "chat", "ads", "serve", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "osc"


class Key(Record, frozen=True):
    """What a key may do: `admin` may do everything; `networks` are those that it may write, none meaning any for an admin key only.

    With a `licence`, it passes only the doors that this covers, and sees only what this gives.
    """

    id: str
    name: str
    scopes: frozenset[str]
    networks: frozenset[str] = frozenset()
    viewer: Viewer = Viewer()
    created_at: datetime | None = None
    revoked_at: datetime | None = None
    licence: Licence | None = None

    @property
    def is_admin(self) -> bool:
        """Whether it may do everything."""
        return "admin" in self.scopes

    @property
    def writable(self) -> frozenset[str] | None:
        """The networks it may write; None for all."""
        return None if self.is_admin and not self.networks else self.networks

    def require(self, scope: Scope) -> None:
        """Raise `NotAllowed` where the key lacks a right."""
        if not self.is_admin and scope not in self.scopes:
            raise NotAllowed(f"This key has no {scope} right.", f"Make one that has: oscine keys create --scope {scope}")


SESSION = "session"  # the id of the key that stands for a person who signed in: it is in no list, and nothing can be bound to it
LOCAL = Key(id="local", name="the person at this computer", scopes=frozenset(SCOPES))


_KEYS = "SELECT k.*, l.* FROM keys k " + licences.NEWEST  # noqa: S608 - our own words


def create(database: Database, name: str, scopes: Sequence[str], networks: Sequence[str], viewer: Viewer) -> tuple[str, Key]:
    """Make a key; the secret text, to be shown once, and what is kept of it. `viewer.account` may be a handle."""
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise InputError(f"{', '.join(sorted(unknown)) or 'No scope'} is not a scope.", f"Scopes are {', '.join(SCOPES)}.")
    if "write" in scopes and "admin" not in scopes and not networks:
        raise InputError("A key that writes is bound to networks.", "Name them with --network.")
    viewer = resolve(database, viewer)
    identity, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    database.execute(
        "INSERT INTO keys (id, hash, name, scopes, networks, account_network, account) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [identity, _hash(secret), name, list(scopes), list(networks), viewer.network, viewer.account],
    )
    return f"{PREFIX}_{identity}_{secret}", _key(_row(database, identity))


def find(database: Database, text: str) -> Key:
    """The key that a text is. Raises `KeyRequired` for one that is unknown or revoked, without telling which."""
    prefix, _, rest = text.partition("_")
    identity, _, secret = rest.partition("_")
    row = (
        database.one(f"{_KEYS} WHERE k.id = %s AND k.revoked_at IS NULL", [identity])
        if prefix == PREFIX and identity.isalnum()
        else None
    )
    if row is None or not hmac.compare_digest(bytes(row["hash"]), _hash(secret)):
        raise KeyRequired("This key is unknown or was revoked.", "Make one: oscine keys create")
    return _key(row)


def live(database: Database, key: Key) -> Key:
    """A key as it is now, by one cheap look: for what stays open. Raises `KeyRequired` once it is revoked."""
    if key.id in (LOCAL.id, SESSION):  # the one is no key, and of the other its session decides
        return key
    row = database.one(f"{_KEYS} WHERE k.id = %s AND k.revoked_at IS NULL", [key.id])
    if row is None:
        raise KeyRequired("This key was revoked.", "Ask whoever gave it for another.")
    return _key(row)


def revoke(database: Database, identity: str) -> None:
    """End a key at once. Raises `NotFound`."""
    if not database.execute("UPDATE keys SET revoked_at = now() WHERE id = %s AND revoked_at IS NULL", [identity]):
        raise NotFound(f"There is no live key {identity!r}.", "`oscine keys list` shows them.")


def keys(database: Database) -> list[Key]:
    """All keys, the newest first."""
    return [_key(row) for row in database.rows(f"{_KEYS} ORDER BY k.created_at DESC, k.id")]


def named(database: Database, text: str, network: str) -> Viewer:
    """The viewer that a text names: NETWORK/ACCOUNT, or an ACCOUNT of `network`, by its id or its handle."""
    first, _, rest = text.partition("/")
    is_network = rest and ":" not in first  # an account's id may be an address; what comes before its first slash ends in a colon
    return resolve(database, Viewer(network=first, account=rest) if is_network else Viewer(network=network, account=text))


def resolve(database: Database, viewer: Viewer) -> Viewer:
    """The viewer by account id, where a handle was given; an account not heard of yet is taken by its id."""
    if viewer.anonymous:
        return viewer
    row = database.one(
        "SELECT key FROM accounts WHERE network = %s AND (key = %s OR lower(handle) = lower(%s)) ORDER BY key = %s DESC LIMIT 1",
        [viewer.network, viewer.account, viewer.account.lstrip("@"), viewer.account],
    )
    return Viewer(network=viewer.network, account=row["key"]) if row else viewer


def _row(database: Database, identity: str) -> Row:
    row = database.one(f"{_KEYS} WHERE k.id = %s", [identity])
    assert row
    return row


def _key(row: Row) -> Key:
    viewer = Viewer(network=row["account_network"], account=row["account"])
    return Key(id=row["id"], name=row["name"], scopes=frozenset(row["scopes"]), networks=frozenset(row["networks"]), viewer=viewer,
               created_at=row["created_at"], revoked_at=row["revoked_at"], licence=licences.of(row) if row["version"] else None)  # fmt: skip


def _hash(secret: str) -> bytes:
    """A plain hash is enough: the secret is 256 random bits, which nobody guesses."""
    return hashlib.sha256(secret.encode()).digest()
