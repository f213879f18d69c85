"""Licences of keys: granted, changed, read back. Each change is a new version, kept for good; the newest counts, at once.

It keeps what was agreed; what follows of it is `uses`' to say and the view's to enforce.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
from psycopg import Connection
from psycopg.rows import DictRow

from oscine.access import uses
from oscine.access.fields import FIELDS
from oscine.errors import InputError, NotFound
from oscine.records import Licence, Purpose, Record, Use
from oscine.store.postgres import Database

USES, PURPOSES = frozenset(get_args(Use)), frozenset(get_args(Purpose))
OPERATOR = "operator"  # the holder of what needs no licence
LONGEST, LONGEST_WHY = 200, 1_000  # characters
LONGEST_DAYS = 36_500.0
MOST_NETWORKS = 1_000
MOST_A_MINUTE = 1_000_000

NEWEST = """
LEFT JOIN LATERAL (
    SELECT version, holder, purpose, uses, fields, networks AS licensed_networks, days, per_minute, expires_at, granted_at, by, why
    FROM licences WHERE licences.key = k.id ORDER BY version DESC LIMIT 1
) l ON true
"""  # for a statement that reads keys as `k`


def own(purpose: Purpose, *of: Use) -> Licence:
    """What the operator's own doings rest on: the authors' words for a purpose, all fields, and nothing else."""
    return Licence(holder=OPERATOR, purpose=purpose, uses=frozenset(of), fields=FIELDS)


class Granted(Record, frozen=True):
    """A version of a licence: when, by whom, and why."""

    licence: Licence
    granted_at: datetime
    by: str
    why: str = ""


def licence(given: Mapping[str, Any], now: datetime | None = None) -> Licence:
    """A licence of what a caller gives by name. Raises `InputError` for what it cannot be."""
    _known("uses", "use", given.get("uses") or (), USES)
    _known("fields", "field", given.get("fields") or (), FIELDS)
    _known("purpose", "purpose", (given.get("purpose") or "",), PURPOSES)
    made = Licence(
        holder=str(given.get("holder") or "").strip(), purpose=given["purpose"], uses=frozenset(given["uses"]), fields=frozenset(given["fields"]),
        networks=frozenset(given.get("networks") or ()), days=given.get("days"), per_minute=given.get("per_minute"), expires_at=given.get("expires_at"),
    )  # fmt: skip
    _check(made, now or datetime.now(UTC))
    return made


def grant(database: Database, key: str, wanted: Licence, by: str, why: str = "") -> Granted:
    """Give a live key its next version. Raises `NotFound`; `InputError` for a key that may do everything, or for too many words."""
    with database.connection() as connection:
        return grant_in(connection, key, wanted, by, why)


def grant_in(connection: Connection[DictRow], key: str, wanted: Licence, by: str, why: str = "") -> Granted:
    """The same within somebody's transaction."""
    if len(why) > LONGEST_WHY or "\x00" in why:
        raise InputError("The reason is too long, or holds a NUL.", f"It takes up to {LONGEST_WHY:,} characters.")
    row = connection.execute("SELECT scopes FROM keys WHERE id = %s AND revoked_at IS NULL FOR UPDATE", [key]).fetchone()
    if row is None:
        raise NotFound(f"There is no live key {key!r}.", "`oscine keys list` shows them.")
    if "admin" in row["scopes"]:
        raise InputError("An admin key may do everything.", "Make a key with the rights read and chat, and license that one.")
    made = connection.execute(
        "INSERT INTO licences (key, version, holder, purpose, uses, fields, networks, days, per_minute, expires_at, by, why)"
        " SELECT %s, coalesce(max(version), 0) + 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s FROM licences WHERE key = %s"
        " RETURNING *, networks AS licensed_networks",
        [key, wanted.holder, wanted.purpose, sorted(wanted.uses), sorted(wanted.fields), sorted(wanted.networks), wanted.days,
         wanted.per_minute, wanted.expires_at, by, why, key],
    ).fetchone()  # fmt: skip
    assert made
    return granted(made)


def versions(database: Database, key: str) -> list[Granted]:
    """All versions that a key ever had, the newest first. Raises `NotFound` for a key that is none."""
    if database.one("SELECT 1 FROM keys WHERE id = %s", [key]) is None:
        raise NotFound(f"There is no key {key!r}.", "`oscine keys list` shows them.")
    rows = database.rows("SELECT *, networks AS licensed_networks FROM licences WHERE key = %s ORDER BY version DESC", [key])
    return [granted(row) for row in rows]


def granted(row: Mapping[str, Any]) -> Granted:
    """A version of its row."""
    return Granted(licence=of(row), granted_at=row["granted_at"], by=row["by"], why=row["why"])


def of(row: Mapping[str, Any]) -> Licence:
    """The licence of a row with the columns of `NEWEST`; a use, a field or a purpose that this version does not know gives nothing."""
    return Licence(
        holder=row["holder"], purpose=row["purpose"], uses=frozenset(row["uses"]) & USES, fields=frozenset(row["fields"]) & FIELDS,
        networks=frozenset(row["licensed_networks"]), days=row["days"], per_minute=row["per_minute"], expires_at=row["expires_at"], version=row["version"],
    )  # fmt: skip


def newest(database: Database) -> dict[str, Granted]:
    """The newest version of every key that has one, by the key."""
    rows = database.rows("SELECT DISTINCT ON (key) *, networks AS licensed_networks FROM licences ORDER BY key, version DESC")
    return {row["key"]: granted(row) for row in rows}


def narrower(before: Licence | None, after: Licence) -> bool:
    """Whether a version takes away something that the one before gave: where in doubt, yes."""
    if before is None:
        return True
    least = [(before.days, after.days), (before.per_minute, after.per_minute)]
    shorter = any(new is not None and (old is None or new < old) for old, new in least)
    sooner = after.expires_at is not None and (before.expires_at is None or after.expires_at < before.expires_at)
    fewer = bool(before.uses - after.uses or before.fields - after.fields)
    nearer = bool(after.networks) and (not before.networks or bool(before.networks - after.networks))
    more_needed = bool(set(uses.needed(after)) - set(uses.needed(before))) or (uses.seeks(after) and not uses.seeks(before))
    return shorter or sooner or fewer or nearer or more_needed


def told(given: Granted | None) -> dict[str, Any] | None:
    """A version as everybody gets it, times as RFC 3339 in UTC; None for none."""
    if given is None:
        return None
    plain: dict[str, Any] = msgspec.to_builtins(given.licence, builtin_types=(datetime,))
    return {
        "version": given.licence.version, "holder": plain["holder"], "purpose": plain["purpose"], **{
            name: sorted(getattr(given.licence, name)) for name in ("uses", "fields", "networks")
        },
        "days": given.licence.days, "per_minute": given.licence.per_minute, "expires_at": _time(given.licence.expires_at),
        "granted_at": _time(given.granted_at), "by": given.by, "why": given.why,
    }  # fmt: skip


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _known(name: str, what: str, found: Any, among: frozenset[Any]) -> None:
    if not found or not frozenset(found) <= among:
        unknown = ", ".join(sorted(repr(item) for item in frozenset(found) - among))
        raise InputError(f"{unknown} is no {what}." if unknown else f"A licence has {name}.", f"There are {', '.join(sorted(among))}.")


def _check(wanted: Licence, now: datetime) -> None:
    names = (wanted.holder, *wanted.networks)
    if not wanted.holder or any(not name or len(name) > LONGEST or "\x00" in name or not name.isprintable() for name in names):
        raise InputError("The holder, or a network, has no usable name.", f"Give names of up to {LONGEST} printable characters.")
    if len(wanted.networks) > MOST_NETWORKS:
        raise InputError(f"{len(wanted.networks):,} networks are too many.", f"Name up to {MOST_NETWORKS:,}, or none for all.")
    if wanted.days is not None and not 0 < wanted.days <= LONGEST_DAYS:
        raise InputError(f"days is {wanted.days:g}.", f"It takes more than 0 and at most {LONGEST_DAYS:,.0f}, or nothing for all.")
    if wanted.per_minute is not None and not 1 <= wanted.per_minute <= MOST_A_MINUTE:
        raise InputError(f"per_minute is {wanted.per_minute}.", f"It takes a number from 1 to {MOST_A_MINUTE:,}, or nothing for the server's own limit.")
    if wanted.expires_at is not None and wanted.expires_at.tzinfo is None:
        raise InputError("The end has no time zone.", "Give it as 2027-01-01T00:00:00Z.")
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise InputError(f"The end, {wanted.expires_at.isoformat()}, is past.", "Give a later one, or revoke the key.")
