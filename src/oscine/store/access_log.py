"""The log of accesses: who read how much of whom, through which door and what for; and what was granted, agreed, deleted, decided.

An entry is written without a lock and without a place. Within a second it is given its place and its hash in the chain (`access_chain`), by whichever
process seals, one at a time, and the end of the chain is signed. What people read stands here by how many posts and by whose, never by which. People
stand here by pseudonyms, each under a secret of their own (`person_keys`). It decides nothing, and stops nobody.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from oscine.records import ANONYMOUS, Viewer
from oscine.store import access_chain, person_keys
from oscine.store.access_chain import NOTHING, Chain, Head, Verdict
from oscine.store.postgres import Database
from oscine.store.signing import public_key

READ = "read"
ROLLED = "rolled"
LOCK = 0x05C2A  # whoever seals or rolls
BATCH = 5_000  # entries sealed, or read, at a time
MOST_AUTHORS = 1_000  # in one entry; more take several

log = logging.getLogger("oscine.access_log")

_AT = """to_char({}at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at"""
_COLUMNS = f"id, place, {_AT.format('')}, what, door, key, purpose, person, posts, authors, counts, detail, hash"
_SEALED = f"SELECT {_COLUMNS} FROM access_log WHERE place IS NOT NULL"  # noqa: S608 - our own words
_INSERT = """
INSERT INTO access_log (what, door, key, purpose, person, posts, authors, counts, detail) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_PLACE = """
UPDATE access_log l SET place = v.place, hash = v.hash
FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[]) AS v(id, place, hash) WHERE l.id = v.id
"""
_HEADS = f"SELECT place, {_AT.format('')}, hash, signature, public_key, anchor FROM access_heads ORDER BY place"  # noqa: S608
_SIGNED = """
INSERT INTO access_heads (place, at, hash, signature, public_key, anchor) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (place) DO UPDATE SET (at, hash, signature, public_key, anchor)
    = (excluded.at, excluded.hash, excluded.signature, excluded.public_key, excluded.anchor)
"""
_OF_THIS_HOUR = "DELETE FROM access_heads WHERE place < %s AND NOT anchor AND date_trunc('hour', at) = date_trunc('hour', %s::timestamptz)"
_OTHERS = "l.what = 'read' AND l.authors @> ARRAY[%(name)s] AND l.person <> %(name)s"
_MINE = "l.counts[array_position(l.authors, %(name)s)]"
_SUMS = f"SELECT l.door, l.purpose, sum({_MINE}) AS posts FROM access_log l WHERE {_OTHERS} GROUP BY l.door, l.purpose"  # noqa: S608
_NEWEST = f"""
SELECT {_AT.format("l.")}, l.door, l.purpose, coalesce(l.detail ->> 'holder', '') AS holder, {_MINE} AS posts
FROM access_log l WHERE {_OTHERS} ORDER BY l.id DESC LIMIT %(limit)s
"""  # noqa: S608
_SHOWN = f"""
SELECT {_COLUMNS} FROM access_log
WHERE (%(after)s::bigint IS NULL OR id < %(after)s) AND (%(what)s = '' OR what = %(what)s) AND (%(key)s = '' OR key = %(key)s)
ORDER BY id DESC LIMIT %(limit)s
"""  # noqa: S608


class AccessLog:
    """The log in a database; `signer` gives the key that signs its heads."""

    def __init__(self, database: Database, signer: Callable[[], Ed25519PrivateKey]) -> None:
        self._database, self._signer = database, signer
        self.lost = 0  # entries that this process could not keep
        self._counting = threading.Lock()

    @property
    def public_key(self) -> str:
        """What its heads are checked with, in hexadecimal."""
        return public_key(self._signer())

    def keep(self, posts: Mapping[tuple[str, str], int], door: str, key: str, viewer: Viewer, seen_as: Viewer = ANONYMOUS, *, sure: bool = False) -> None:
        """Keep what was read: `posts` are how many of each author, by network and account. Nothing is kept of nothing.

        It is on disk within a second (the next sealing brings it there), or, where it must be `sure`, when this returns.
        """
        if not posts:
            return
        licence = viewer.licence
        with self._database.connection() as connection:
            if not sure:
                connection.execute("SET LOCAL synchronous_commit TO off")
            people = [(viewer.network, viewer.account), (seen_as.network, seen_as.account)]
            known = person_keys.pseudonyms(connection, [*posts, *people])
            person, as_whom = (known.get(each, "") for each in people)
            detail: dict[str, Any] = {"as": as_whom} if as_whom else {}
            if licence:
                detail |= {"holder": licence.holder, "licence": licence.version}
            everybody = list(posts.items())
            for first in range(0, len(everybody), MOST_AUTHORS):
                some = everybody[first : first + MOST_AUTHORS]
                named = {known[author]: count for author, count in some if author in known}
                read = sum(count for _, count in some)
                row = [READ, door, key, licence.purpose if licence else "", person, read, list(named), list(named.values()), Jsonb(_plain(detail))]
                connection.execute(_INSERT, [_clean(each) if isinstance(each, str) else each for each in row])

    def tell(self, what: str, *, key: str = "", person: Viewer = ANONYMOUS, door: str = "", purpose: str = "", posts: int = 0, **detail: Any) -> None:
        """Keep that something was done: on disk when this returns. `detail` is kept as it is: nobody's name belongs there."""
        with self._database.connection() as connection:
            self.told_in(connection, what, key=key, person=person, door=door, purpose=purpose, posts=posts, **detail)

    def told_in(self, connection: Connection[DictRow], what: str, *, key: str = "", person: Viewer = ANONYMOUS, door: str = "", purpose: str = "",
                posts: int = 0, **detail: Any) -> None:  # fmt: skip
        """The same within somebody's transaction: kept if and when that is."""
        whom = (person.network, person.account)
        name = person_keys.pseudonyms(connection, [whom]).get(whom, "")
        connection.execute(_INSERT, [*map(_clean, (what, door, key, purpose)), name, posts, [], [], Jsonb(_plain(detail))])

    def failed(self, error: Exception) -> None:
        """Count an entry that could not be kept, and say why in the server's log."""
        with self._counting:
            self.lost += 1
        log.error("an entry of the log of accesses is lost: %s", error)

    def seal(self, wait: bool = False) -> int:
        """Give entries without a place theirs, and sign the end; how many. 0 where another process seals, unless it is to `wait` for that."""
        sealed = 0
        while some := self._seal_some(wait):
            sealed += some
        return sealed

    def _seal_some(self, wait: bool) -> int:
        with self._database.connection() as connection:
            if not self._alone(connection, wait):
                return 0
            rows = connection.execute(f"SELECT {_COLUMNS} FROM access_log WHERE place IS NULL ORDER BY id LIMIT %s", [BATCH]).fetchall()  # noqa: S608
            end = self._end(connection) if rows else None
            if end is None:
                return 0
            place, before = end
            hashes: list[bytes] = []
            for number, row in enumerate(rows, place + 1):
                hashes.append(access_chain.digest(hashes[-1] if hashes else before, row | {"place": number}))
            last = place + len(rows)
            connection.execute(_PLACE, [[row["id"] for row in rows], list(range(place + 1, last + 1)), hashes])
            self._sign(connection, access_chain.sign(self._signer(), last, hashes[-1], datetime.now(UTC)))
        return len(rows)

    def _alone(self, connection: Connection[DictRow], wait: bool) -> bool:
        statement = "SELECT pg_advisory_xact_lock(%s)::text = '' AS mine" if wait else "SELECT pg_try_advisory_xact_lock(%s) AS mine"
        row = connection.execute(statement, [LOCK]).fetchone()
        return bool(row and row["mine"])

    def _end(self, connection: Connection[DictRow]) -> tuple[int, bytes] | None:
        """Where the chain goes on; None where what stands there is not ours: sealing it over would hide that."""
        heads = _read_heads(connection)
        newest = heads[-1] if heads else None
        row = connection.execute("SELECT coalesce(max(place), 0) AS place FROM access_log").fetchone()
        place = newest.place if newest else 0
        if (newest and not newest.valid(self.public_key)) or (row and row["place"] > place):
            log.error("the log of accesses is not sealed further: its end was not signed by this data directory's key; `oscine log verify` tells more")
            return None
        return place, bytes.fromhex(newest.hash) if newest else NOTHING

    def _sign(self, connection: Connection[DictRow], head: Head) -> None:
        signed = [bytes.fromhex(text) for text in (head.hash, head.signature, head.public_key)]
        connection.execute(_SIGNED, [head.place, head.at, *signed, head.anchor])
        connection.execute(_OF_THIS_HOUR, [head.place, head.at])

    def head(self) -> Head | None:
        """What was signed last; None where nothing was."""
        with self._database.connection() as connection:
            found = _read_heads(connection)
        return found[-1] if found else None

    def counts(self) -> dict[str, int]:
        """How many entries there are, how many of them wait for their place, and how many this process lost."""
        row = self._database.one("SELECT count(*) AS entries, count(*) FILTER (WHERE place IS NULL) AS unsealed FROM access_log")
        return {**(row or {}), "lost": self.lost}

    def verify(self, known: Head | None = None) -> Verdict:
        """Seal what waits, and work every hash out again. `known` is a head that was kept elsewhere: only with one is it found where the end is gone
        together with what signed it."""
        self.seal(wait=True)
        entries = 0
        with self._whole() as connection:
            heads = _read_heads(connection)
            chain = Chain([*heads, known] if known else heads, self.public_key)
            for row in self._sealed(connection):
                entries += 1
                if chain.broken is None:
                    chain.follow(row, _hex(row["hash"]))
            left = connection.execute("SELECT count(*) AS waiting FROM access_log WHERE place IS NULL").fetchone()
        waiting, broken = left["waiting"] if left else 0, chain.end()
        return Verdict(entries=entries + waiting, sealed=entries, unsealed=waiting, verified=broken is None, broken=broken, head=heads[-1] if heads else None)

    def export(self) -> Iterator[bytes]:
        """The whole log as lines of JSON: an anchor where entries were rolled away, the entries, and a head signed now."""
        self.seal(wait=True)
        with self._whole() as connection:
            heads = _read_heads(connection)
            anchors = [head for head in heads if head.anchor]
            place, last = (heads[-1].place, bytes.fromhex(heads[-1].hash)) if heads else (0, NOTHING)
            for anchor in anchors[-1:]:
                yield access_chain.signed_line(anchor)
            for row in self._sealed(connection):
                yield access_chain.told(row, _hex(row["hash"]))
            yield access_chain.signed_line(access_chain.sign(self._signer(), place, last, datetime.now(UTC)))

    def _sealed(self, connection: Connection[DictRow], until: int | None = None) -> Iterator[DictRow]:
        """All sealed entries in their order, up to a place."""
        with connection.cursor(name="access_log") as cursor:
            cursor.itersize = BATCH
            yield from cursor.execute(f"{_SEALED} AND (%s::bigint IS NULL OR place <= %s) ORDER BY place", [until, until])

    @contextlib.contextmanager
    def _whole(self) -> Iterator[Connection[DictRow]]:
        """A transaction that sees the log as it was when it began."""
        with self._database.connection() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    def roll(self, before: datetime) -> int:
        """Delete what was sealed before then, if the chain holds so far, and sign where it goes on; how many entries."""
        self.seal(wait=True)
        with self._database.connection() as connection:
            self._alone(connection, wait=True)
            row = connection.execute(
                "SELECT coalesce((SELECT min(place) - 1 FROM access_log WHERE at >= %s), (SELECT max(place) FROM access_log)) AS last", [before]
            ).fetchone()
            last = row and row["last"]
            chain = Chain(_read_heads(connection), self.public_key)
            if not last or last <= chain.begun:
                return 0
            held = all(chain.follow(entry, _hex(entry["hash"])) for entry in self._sealed(connection, last))
            if not held or chain.place != last:
                log.error("the log of accesses is not rolled: its chain does not hold; `oscine log verify` tells more")
                return 0
            self._sign(connection, access_chain.sign(self._signer(), last, chain.hash, datetime.now(UTC), anchor=True))
            connection.execute("DELETE FROM access_heads WHERE place < %s", [last])
            gone = connection.execute("DELETE FROM access_log WHERE place <= %s", [last]).rowcount
            self.told_in(connection, ROLLED, entries=gone, to=last)
        return gone

    def show(self, after: int | None = None, what: str = "", key: str = "", limit: int = 100) -> tuple[list[dict[str, Any]], int | None]:
        """Entries, the newest first, and where to go on; None at the end."""
        rows = self._database.rows(_SHOWN, {"after": after, "what": what, "key": key, "limit": limit + 1})
        shown = [{**{name: row[name] for name in access_chain.FIELDS}, "hash": row["hash"] and _hex(row["hash"])} for row in rows[:limit]]
        return shown, rows[limit - 1]["id"] if len(rows) > limit else None

    def of_person(self, who: Viewer, limit: int = 20) -> dict[str, Any]:
        """How many posts of an author others read, each time counted: in all, by door, by purpose; and the newest such entries."""
        name = person_keys.pseudonym(self._database, (who.network, who.account))
        if not name:
            return {"total": 0, "by_door": {}, "by_purpose": {}, "newest": []}
        sums = self._database.rows(_SUMS, {"name": name})
        newest = self._database.rows(_NEWEST, {"name": name, "limit": limit})
        by = {column: _summed(sums, column) for column in ("door", "purpose")}
        return {"total": sum(row["posts"] for row in sums), "by_door": by["door"], "by_purpose": by["purpose"], "newest": newest}


def _read_heads(connection: Connection[DictRow]) -> list[Head]:
    return [
        Head(row["place"], row["at"] or "", _hex(row["hash"]), _hex(row["signature"]), _hex(row["public_key"]), row["anchor"])
        for row in connection.execute(_HEADS)
    ]


def _summed(rows: Sequence[Mapping[str, Any]], column: str) -> dict[str, int]:
    names: Iterable[str] = sorted({row[column] for row in rows})
    return {name: sum(row["posts"] for row in rows if row[column] == name) for name in names}


def _hex(found: bytes | None) -> str:
    return found.hex() if found else ""


def _clean(text: str) -> str:
    """Text as PostgreSQL can hold it."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    """What a detail may be, so that there is one way to write it: text, whole numbers, yes and no, nothing, lists and objects of them."""
    plain: dict[str, Any] = json.loads(json.dumps(detail, default=str), parse_float=str)
    cleaned: dict[str, Any] = _cleaned(plain)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {_clean(name): _cleaned(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    return _clean(value) if isinstance(value, str) else value
