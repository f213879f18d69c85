"""One small budget, many processes: is it ever overspent, how much of it is spent, how fast; and what `kill -9` takes.

python -m benchmarks.spending [--processes 8] [--budget 2000000]
python -m benchmarks.spending --crash 12     # rounds of killing processes, every fourth the database too; then everything is replayed twice
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.crashing import crash
from oscine.advertising import Campaign, Flight, Objective, Served
from oscine.evals.metrics import percentile
from oscine.store.advertisers import Advertisers
from oscine.store.campaigns import Campaigns
from oscine.store.ledger import Ledger
from oscine.store.postgres import Database, open_database
from oscine.store.terms import Ad, Terms

LEAST, MOST = 500, 1_500  # micro-units of one impression
ABANDONED = 0.1  # of ads that are reserved and never seen
SHORT = timedelta(milliseconds=300)  # for which they hold their money
MISSES = 25  # in a row, after which a process takes the budget for spent
PEERS = """
CREATE TABLE peer_flights (id bigint PRIMARY KEY, budget bigint, spent bigint DEFAULT 0, reserved bigint DEFAULT 0);
CREATE TABLE peer_served (token text PRIMARY KEY, flight bigint, price bigint, charged boolean DEFAULT false);
CREATE TABLE peer_charges (token text PRIMARY KEY, flight bigint, amount bigint)
"""


def ordered(database: Database, budget: int, objective: Objective = "impressions") -> Campaign:
    """A campaign that runs, with one flight and one ad."""
    now = datetime.now(UTC)
    campaigns, terms = Campaigns(database, ["post"]), Terms(name="Small", objective=objective)
    flight = Flight(id=0, campaign=0, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=1), budget=budget)
    made = campaigns.add(Advertisers(database).add("k", "Advertiser").id, terms, [flight], "k")
    campaigns.add_creatives(made.id, [Ad(headline="Ad", body="", action="", link="https://a.example/", brand="", lang="en", generated=False,
                                         review=0, accepted=True)], "k")  # fmt: skip
    campaigns.step(made.id, "review", "k")
    return campaigns.step(made.id, "running", "k")


def chosen(campaign: Campaign, price: int, reserved: int, lasts: timedelta) -> Served:
    """An ad for somebody, now."""
    now = datetime.now(UTC)
    return Served(token=secrets.token_urlsafe(12), at=now, expires_at=now + lasts, advertiser=campaign.advertiser, campaign=campaign.id,
                  flight=campaign.flights[0].id, creative=campaign.creatives[0].id, placement="post", objective=campaign.objective,
                  price=price, currency="EUR", reserved=reserved)  # fmt: skip


def by_ledger(database: Database, campaign: Campaign, price: int, seen: bool) -> bool:
    """Oscine's own: two statements, each a transaction. Whether there was money."""
    ledger = Ledger(database)
    kept = ledger.reserve([chosen(campaign, price, price, timedelta(hours=1) if seen else SHORT)])
    if kept and seen:
        ledger.record(kept[0].token, "impression", datetime.now(UTC))
    elif not kept:
        time.sleep(0.05)
        ledger.release(datetime.now(UTC))
    return bool(kept)


def by_row_lock(database: Database, campaign: Campaign, price: int, seen: bool) -> bool:
    """The peer: the row is locked and read, the program decides, then writes; the same books, but fewer columns and no foreign keys."""
    token, line = secrets.token_urlsafe(12), campaign.flights[0].id
    with database.connection() as connection:
        row = connection.execute("SELECT budget - spent - reserved AS room FROM peer_flights WHERE id = %s FOR UPDATE", [line]).fetchone()
        if row is None or row["room"] < price:
            return False
        connection.execute("UPDATE peer_flights SET reserved = reserved + %s WHERE id = %s", [price, line])
        connection.execute("INSERT INTO peer_served VALUES (%s, %s, %s)", [token, line, price])
    with database.connection() as connection:
        connection.execute("SELECT FROM peer_served WHERE token = %s FOR UPDATE", [token])
        connection.execute("SELECT FROM peer_flights WHERE id = %s FOR UPDATE", [line])
        connection.execute(
            "UPDATE peer_flights SET reserved = reserved - %s, spent = spent + %s WHERE id = %s", [price, price * seen, line]
        )
        connection.execute("UPDATE peer_served SET charged = %s WHERE token = %s", [seen, token])
        if seen:
            connection.execute("INSERT INTO peer_charges VALUES (%s, %s, %s)", [token, line, price])
    return True


def by_reading_first(database: Database, campaign: Campaign, price: int, seen: bool) -> bool:
    """What should not be done: read what is left, decide, write; nobody waits for anybody."""
    token, line = secrets.token_urlsafe(12), campaign.flights[0].id
    row = database.one("SELECT budget, spent FROM peer_flights WHERE id = %s", [line])
    if row is None or row["spent"] + price > row["budget"]:
        return False
    if seen:
        with database.connection() as connection:
            connection.execute("INSERT INTO peer_charges VALUES (%s, %s, %s)", [token, line, price])
            connection.execute("UPDATE peer_flights SET spent = %s WHERE id = %s", [row["spent"] + price, line])
    return True


OURS = "reserve, then commit"
WAYS: dict[str, Callable[[Database, Campaign, int, bool], bool]] = {
    OURS: by_ledger,
    "row lock, statement by statement": by_row_lock,
    "read, then write": by_reading_first,
}


class Spent(NamedTuple):
    """What came of one way: of a budget, what was charged, and the milliseconds of each pair of reserving and charging."""

    way: str
    budget: int
    charged: int
    milliseconds: list[float]
    seconds: float


def spend(database: Database, way: str, processes: int, budget: int) -> Spent:
    """Processes of their own spend one budget at once, each until there is no money for it."""
    campaign = ordered(database, budget)
    own = way == OURS
    if not own:
        database.execute("INSERT INTO peer_flights VALUES (%s, %s)", [campaign.flights[0].id, budget])
    command = [sys.executable, "-m", "benchmarks.spending", "--work", way, "--database", database.conninfo, "--campaign", str(campaign.id)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": Path(__file__).parents[1]}
    running = [subprocess.Popen([*command, "--seed", str(n)], **pipes) for n in range(processes)]
    for each in running:
        assert each.stdout and each.stdout.readline() == "ready\n"
    begun = time.perf_counter()
    for each in running:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    times = [milliseconds for each in running for milliseconds in json.loads(each.communicate()[0])]
    seconds = time.perf_counter() - begun
    row = database.one(
        f"SELECT coalesce(sum(amount), 0)::bigint AS n FROM {'ad_entries' if own else 'peer_charges'} WHERE flight = %s",
        [campaign.flights[0].id],
    )
    assert row and not Ledger(database).audit()
    return Spent(way, budget, row["n"], times, seconds)


def work(way: str, conninfo: str, number: int, seed: int) -> Iterator[float]:
    """One process: the milliseconds of each pair, until it misses too often."""
    database, rng, missed = Database(conninfo, size=1), random.Random(seed), 0
    campaign = Campaigns(database, []).one(number)
    print("ready", flush=True)
    sys.stdin.readline()
    while missed < MISSES:
        seen, begun = rng.random() >= ABANDONED, time.perf_counter()
        done = WAYS[way](database, campaign, rng.randint(LEAST, MOST), seen)
        missed = 0 if done else missed + 1
        if done and seen:
            yield 1_000 * (time.perf_counter() - begun)
    database.close()


def table(rows: list[Spent]) -> str:
    """As markdown."""
    lines = ["| way | pairs/s | p50 / p99 of a pair | charged | over the budget |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        p50, p99 = (percentile(row.milliseconds, share) for share in (0.5, 0.99))
        over = f"{row.charged / row.budget - 1:.1%}" if row.charged > row.budget else "never"
        speed = len(row.milliseconds) / row.seconds
        lines.append(f"| {row.way} | {speed:,.0f} | {p50:.1f} / {p99:.1f} ms | {row.charged / row.budget:.2%} | {over} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print; or be one of the processes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spending")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--budget", type=int, default=2_000_000, help="in micro-units")
    parser.add_argument("--crash", type=int, default=0, help="rounds of crashes, instead")
    for hidden in ("work", "database", "campaign", "seed"):
        parser.add_argument(f"--{hidden}", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        print(json.dumps(list(work(asked.work, asked.database, int(asked.campaign), int(asked.seed)))))
        return
    with tempfile.TemporaryDirectory(prefix="oscine-spending-") as folder:
        database = open_database(Path(folder))
        if asked.crash:
            print(crash(database, Path(folder), [ordered(database, 10**9), ordered(database, 10**9, "clicks")], asked.crash))
        else:
            with database.connection() as connection:
                connection.execute(PEERS)
            print(table([spend(database, way, asked.processes, asked.budget) for way in WAYS]))
        database.close()


if __name__ == "__main__":
    main()
