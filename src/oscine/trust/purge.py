"""What was deleted leaves every file of a data directory, and it is proven: copies, the database's files, then a search of all of it by bytes.

    look     where copies outside of the database hold marks of what is gone
    copies   corpora built again or taken away, tokens, example sets, exports, reports, logs; letters that tell of it
    rewrite  every table and index, the statistics, the write-ahead log, the server's log
    search   every file, by bytes; what others who stay have said too is set aside
    certify  what was done, searched and found; signed, kept, told

It may be cut off anywhere and run again: what waits is marked as done in the end only, and only where nothing was found. It reaches this data directory
and this database, and says in the certificate what that leaves out.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.types.json import Jsonb

from oscine import __version__
from oscine.store import deletions, erase
from oscine.store.erase import Done
from oscine.store.postgres import Database
from oscine.trust import certificate, copies, exposure
from oscine.trust.copies import Again, Corpus
from oscine.trust.gone import Gone
from oscine.trust.search import Searched, Skipped, search

Say = Callable[[str], None]
SHORT = 8  # bytes of an id that is looked for in pieces of networks: shorter ones stand everywhere
LISTED = 200  # files that a certificate names of each list; it counts all
NOT_REACHED = (
    "Copies outside of this data directory: backups, exports and corpora that were written elsewhere, what others have copied.",
    "What other people quoted: it is theirs, and counted as said by others too.",
    "Weights of models that were trained before: they are listed with their exposure.",
    "Blocks that the file system, the disk or its snapshots keep after a file is gone.",
    "The memory of running programs, which forgets within ten minutes, and swap.",
)
EXTERNAL = "The files of the database: Oscine does not run its server. Tables were written anew where the role may; logs and backups are its operator's."


class Place(NamedTuple):
    """What is purged: the data directory with its database; `network` is that of lines that do not say; `again` builds a corpus again."""

    data: Path
    database: Database
    key: Ed25519PrivateKey
    network: str
    bound_days: float
    again: Again | None


def purge(place: Place, say: Say = lambda _: None) -> dict[str, Any] | None:
    """Purge what waits; the certificate, or None where nothing waits. Raises `SetupError` where another purge runs."""
    with erase.Alone(place.database):
        rows = deletions.pending(place.database)
        if not rows:
            return None
        began = time.monotonic()
        say(f"{len(rows):,} deletions of {sum(row.posts for row in rows):,} posts")
        gone = Gone(place.database, rows)
        corpora, done = _copies(place, gone, say)
        done += [*_letters(place.database, gone), *_database(place.database, say)]
        say("searching every file")
        searched = _searched(place, gone)
        told = _told(place, gone, corpora, done, searched)
        made = certificate.signed(_plain({**told, "seconds": time.monotonic() - began}), place.key)
        _kept(place.database, made, [row.id for row in rows])
        return made


def _copies(place: Place, gone: Gone, say: Say) -> tuple[list[Corpus], list[Done]]:
    """Everything outside of the database."""
    say("looking for copies outside of the database")
    looked = search(place.data, gone.finder, gone.counts, lambda path: path.relative_to(place.data).parts[0] not in ("postgres", "models"))
    touched = {each.path for each in looked.found}
    done = [*copies.builds(place.data), *copies.runs(place.data, gone, touched)]
    corpora = list(copies.corpora(place.data, gone, touched, place.again))
    for corpus in corpora:
        say(f"corpus {corpus.name}: {corpus.did}")
    return corpora, [*done, *copies.others(place.data, gone, touched, place.network)]


def _letters(database: Database, gone: Gone) -> Iterator[Done]:
    """Dead letters that tell of what is gone, or quote it."""
    ids = {row.key for row in gone.rows if row.kind in ("account", "post")}
    long_ids = [each.encode() for each in sorted(ids) if len(each) >= SHORT]
    drop = []
    for row in database.rows("SELECT id, raw, reason FROM dead_letters"):
        raw = bytes(row["raw"])
        marked = any(gone.counts(hit.mark, False) for hit in gone.finder.find(raw + b"\n" + row["reason"].encode()))
        if marked or copies.letter_names(raw, ids, long_ids):
            drop.append(row["id"])
    if drop:
        database.execute("DELETE FROM dead_letters WHERE id = ANY (%s)", [drop])
        yield Done(place="dead_letters", did="letters removed", count=len(drop))


def _database(database: Database, say: Say) -> Iterator[Done]:
    """Tables, statistics, the write-ahead log, the server's log; the log last, for the rewriting fills it."""
    yield from erase.rewrite(database, say)
    say("write-ahead log")
    yield erase.renew_log(database)
    if emptied := erase.empty_server_log(database):
        yield emptied


def _searched(place: Place, gone: Gone) -> Searched:
    """Every file. What is found may have been said by others while this went on: then it is theirs."""
    searched = search(place.data, gone.finder, gone.counts)
    if searched.marks and gone.set_aside(searched.marks):
        again = search(place.data, gone.finder, gone.counts)
        again.seconds += searched.seconds
        return again
    return searched


def _told(place: Place, gone: Gone, corpora: list[Corpus], done: list[Done], searched: Searched) -> dict[str, Any]:
    external = place.database.server is None
    return {
        "id": secrets.token_urlsafe(18),
        "made_at": datetime.now(UTC),
        "software": f"Oscine {__version__}",
        "covers": certificate.covered(list(gone.rows), secrets.token_hex(16)),
        "bound_days": place.bound_days,
        "oldest_days": (datetime.now(UTC) - min(row.at for row in gone.rows)).total_seconds() / 86_400,
        "places": [msgspec.to_builtins(each) for each in done],
        "corpora": [msgspec.to_builtins(each) for each in corpora],
        "models": exposure.models(place.data, gone),
        "search": {
            "files": searched.files, "bytes": searched.bytes, "holes": searched.holes, "unpacked": searched.unpacked, "marks": len(gone.finder),
            "said_by_others_too": gone.said_by_others, "seconds": searched.seconds, "skipped": _listed(searched.skipped),
            "skipped_files": len(searched.skipped),
        },
        "found": sum(each.places for each in searched.found),
        "found_in": [msgspec.to_builtins(each) for each in searched.found[:LISTED]],
        "not_reached": [*NOT_REACHED, *([EXTERNAL] if external else [])],
    }  # fmt: skip


def _listed(skipped: list[Skipped]) -> list[dict[str, str]]:
    return [{"path": each.path, "why": each.why} for each in skipped[:LISTED]]


def _kept(database: Database, made: dict[str, Any], rows: list[int]) -> None:
    """Keep the certificate; what it covers waits no longer where nothing of it was found."""
    with database.connection() as connection:
        connection.execute("INSERT INTO certificates (id, certificate) VALUES (%s, %s)", [made["id"], Jsonb(made)])
        if not made["found"]:
            deletions.finish(connection, rows, made["id"])


def _plain(told: Any) -> Any:
    """As every reader of JSON writes it again: whole numbers as such, others with three decimals, times as text."""
    if isinstance(told, dict):
        return {str(name): _plain(value) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_plain(value) for value in told]
    if isinstance(told, float):
        return int(told) if told.is_integer() else round(told, 3)
    if isinstance(told, datetime):
        return told.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return told.encode("utf8", "replace").decode() if isinstance(told, str) else told
