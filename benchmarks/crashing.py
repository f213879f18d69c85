"""What `kill -9` takes from the ledger: processes that serve ads, and the database itself, are killed at random moments; then every event is told again, twice.

Each process writes a journal of what it was told and what it told, as a browser knows it. What the ledger had confirmed must be there after any crash; what it
had not may be told again; and telling everything again changes nothing.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from oscine.advertising import Campaign, EventKind
from oscine.errors import DatabaseUnavailable, NotFound, SetupError
from oscine.store.campaigns import Campaigns
from oscine.store.ledger import Ledger
from oscine.store.postgres import Database, wait_for

EVENTS: tuple[EventKind, ...] = ("impression", "viewable", "click")
EVERY = 4  # rounds, of which one kills the database


class Crashed(NamedTuple):
    """What was killed and what came of it. All but the first three are to be 0 or empty."""

    processes: int
    databases: int
    events: int
    lost: int  # that the ledger had confirmed
    changed: int  # micro-units by which a second and a third telling changed any sum
    over: int  # flights that spent more than their budget
    faults: list[Any]  # where the books do not agree


def crash(database: Database, folder: Path, campaigns: Sequence[Campaign], rounds: int, processes: int = 2, seed: int = 0) -> Crashed:
    """Kill so many times, then replay. `folder` is the embedded server's."""
    rng, journal, servers = random.Random(seed), folder / "journal", 0
    for number in range(rounds):
        running = [_start(database, campaigns, journal, rng) for _ in range(processes)]
        time.sleep(rng.uniform(0.1, 0.4))
        if number % EVERY == 1:
            servers += 1
            _kill_server(database, folder)
        for each in running:
            time.sleep(rng.uniform(0, 0.1))
            each.kill()
            each.communicate()
    return _judged(database, journal, rounds * processes, servers, rng)


def _start(database: Database, campaigns: Sequence[Campaign], journal: Path, rng: random.Random) -> subprocess.Popen[str]:
    """One that serves, and has begun to."""
    numbers = ",".join(str(campaign.id) for campaign in campaigns)
    command = [sys.executable, "-m", "benchmarks.crashing", database.conninfo, numbers, str(journal), str(rng.random())]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
    assert started.stdout
    started.stdout.readline()
    return started


def _kill_server(database: Database, folder: Path) -> None:
    """By its own id, with everything that it had not written; then it is started again, once its last child has noticed."""
    assert database.server
    os.kill(int((folder / "postgres/postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    end, started = time.monotonic() + 60, False
    while not started and time.monotonic() < end:
        with contextlib.suppress(SetupError, psycopg.OperationalError):
            database.server.start()
            started = True
        time.sleep(0.1)
    wait_for(database, 60)


def _judged(database: Database, journal: Path, killed: int, servers: int, rng: random.Random) -> Crashed:
    ledger = Ledger(database)
    lines = [line.split() for line in journal.read_text().split("\n")[:-1]]
    told = [(token, kind) for what, token, kind, _ in lines if what == "told"]
    kept = _kept(database)
    lost = sum(kept.get((token, kind)) != charged for what, token, kind, charged in lines if what != "told")
    _tell(ledger, told)
    sums = _sums(database)
    for _ in range(2):
        rng.shuffle(told)
        _tell(ledger, told)
    changed = sum(abs(a - b) for a, b in zip(sums, _sums(database), strict=True))
    ledger.release(datetime.now(UTC) + timedelta(days=1))
    lost += len(set(told) - _kept(database).keys())
    over = database.rows("SELECT id FROM flights WHERE spent + reserved > budget")
    return Crashed(killed, servers, len(told), lost, changed, len(over), ledger.audit())


def _kept(database: Database) -> dict[tuple[str, str], str]:
    """What the ledger has, as the journal writes it: each event with what was charged for it, and `-` for each ad."""
    rows = database.rows("SELECT token, kind, charged::text AS charged FROM ad_events UNION ALL SELECT token, '-', '-' FROM served")
    return {(row["token"], row["kind"]): row["charged"] for row in rows}


def _tell(ledger: Ledger, told: Sequence[tuple[str, EventKind]]) -> None:
    for token, kind in told:
        ledger.record(token, kind, datetime.now(UTC))


def _sums(database: Database) -> list[int]:
    """What flights spent, what entries and events come to, and how many there are of both."""
    query = """SELECT (SELECT coalesce(sum(spent), 0) FROM flights)::bigint AS spent, coalesce(sum(amount), 0)::bigint AS entries, count(*) AS lines,
        (SELECT coalesce(sum(charged), 0) FROM ad_events)::bigint AS events, (SELECT count(*) FROM ad_events) AS told FROM ad_entries"""
    row = database.one(query)
    assert row
    return list(row.values())


def serve(conninfo: str, campaigns: Sequence[int], journal: Path, seed: str) -> None:
    """Serve ads and tell of them until killed."""
    from benchmarks.spending import LEAST, MOST, chosen

    database, rng = Database(conninfo, size=1), random.Random(seed)
    ledger, orders = Ledger(database), [Campaigns(database, []).one(number) for number in campaigns]
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    print("ready", flush=True)
    for campaign in _any(orders, rng):
        price = rng.randint(LEAST, MOST)
        lasts = timedelta(milliseconds=rng.choice((50, 60_000)))
        for ad in ledger.reserve([chosen(campaign, price, price if campaign.objective == "impressions" else price // 10, lasts)]):
            os.write(file, f"served {ad.token} - -\n".encode())
            _happen(ledger, ad.token, rng.randint(0, len(EVENTS)), file)
        if rng.random() < 0.1:
            ledger.release(datetime.now(UTC))


def _happen(ledger: Ledger, token: str, events: int, file: int) -> None:
    for kind in EVENTS[:events]:
        os.write(file, f"told {token} {kind} -\n".encode())
        event = ledger.record(token, kind, datetime.now(UTC))
        os.write(file, f"kept {token} {kind} {event.charged}\n".encode())


def _any(orders: Sequence[Campaign], rng: random.Random) -> Iterator[Campaign]:
    while True:
        yield rng.choice(orders)


if __name__ == "__main__":
    with contextlib.suppress(DatabaseUnavailable, NotFound):
        serve(sys.argv[1], [int(number) for number in sys.argv[2].split(",")], Path(sys.argv[3]), sys.argv[4])
