"""What `kill -9` takes from a live connection: nothing. People write, edit and delete on a real PDS; the reader is killed again and again, the PDS restarted.

At the end the store is compared with the server's repositories, record by record, and every word that ever stood in a post is searched for:
those that stand there must be found, those that were deleted or edited away must not.

python -m benchmarks.killed
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import at_network
from benchmarks.at_life import BLOCK, FOLLOW, LIKE, POST, PROFILE, REPOST, Life
from benchmarks.table import Row, markdown
from oscine.app import App
from oscine.records import ANONYMOUS
from oscine.settings import Settings
from oscine.store.postgres import Database

POSTS = "SELECT p.key, p.text, p.reply_to, a.key AS author, p.likes, p.reposts FROM posts p JOIN accounts a ON a.id = p.author"
ACTS = """
SELECT e.key, e.kind, a.key AS actor, e.post AS what FROM engagements e JOIN accounts a ON a.id = e.actor WHERE e.active
UNION ALL
SELECT r.key, r.kind, a.key, b.key FROM relations r JOIN accounts a ON a.id = r.actor JOIN accounts b ON b.id = r.target WHERE r.active
"""
KINDS = {LIKE: "like", REPOST: "repost", FOLLOW: "follow", BLOCK: "block"}


class Killed(NamedTuple):
    """What was done, and what came of it: the last four are to be empty."""

    records: int
    kills: int
    restarts: int
    seconds: float
    kept: int  # records that the server has
    missing: list[str]
    wrong: list[str]
    surplus: list[str]
    found: list[str]  # words of deleted posts that search finds, and words of posts that it does not


class Reader:
    """`oscine connect` as a process of its own."""

    def __init__(self, network: at_network.AtProto, data: Path) -> None:
        self.name = f"bluesky {network.ws_url}"
        self._command = [sys.executable, "-m", "oscine", "--data", str(data), "connect", "bluesky", network.ws_url]
        self._environment = os.environ | environment(network)
        self.log = data / "connect.log"
        self.process = self.start("--backfill", "all")

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """Start it, again."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*self._command, *options], env=self._environment, stderr=log)
        return self.process

    def end(self, how: signal.Signals) -> int:
        """Stop it, or kill it; its exit status."""
        self.process.send_signal(how)
        return self.process.wait(60)


def environment(network: at_network.AtProto) -> dict[str, str]:
    """The settings by which Oscine reads the test network."""
    return {"OSCINE_PLC_URL": network.plc_url, "OSCINE_BLUESKY_VIEW": "", "OSCINE_BLUESKY_SERVER": network.pds_url, "OSCINE_EMBEDDING": "none",
            "OSCINE_CONNECT_NETWORKS": "127.0.0.0/8,::1/128"}  # fmt: skip


def run(network: at_network.AtProto, data: Path, records: int, kills: int, restarts: int, pause: float = 0.0, seed: int = 0) -> Killed:
    """Live so long; kill and restart so often, spread over it."""
    began, chance = time.monotonic(), random.Random(seed)
    life = Life(network.pds_url, 8, seed)
    with App(Settings(data=data, embedding="none", reader="none", language_model="none")) as app:
        database, reader = app.database, Reader(network, data)
        try:
            until(lambda: _place(database) and not database.one("SELECT 1 FROM gaps LIMIT 1"))
            living = threading.Thread(target=life.live, args=(records, pause), daemon=True)
            living.start()
            _disturb(network, database, reader, life, records, kills, restarts, chance)
            living.join()
            last = life.post(life.people[0]).uri
            until(lambda: database.one("SELECT 1 FROM posts WHERE key = %s", [last]))
        except TimeoutError as error:
            raise TimeoutError(f"{error} The reader said: {reader.log.read_text()[-2_000:]}") from None
        finally:
            status = reader.end(signal.SIGTERM)
        assert status == 0, "it stops in good order"
        missing, wrong, surplus = differences(database, life.repositories())
        found = _searched(app, life)
    return Killed(life.count, kills, restarts, time.monotonic() - began, len(life.repositories()), missing, wrong, surplus, found)


def _disturb(
    network: at_network.AtProto,
    database: Database,
    reader: Reader,
    life: Life,
    records: int,
    kills: int,
    restarts: int,
    chance: random.Random,
) -> None:
    """Kill the reader and restart the server, in an order by chance, each where some more of the records are written."""
    order = ["kill"] * kills + ["restart"] * restarts
    chance.shuffle(order)
    for number, what in enumerate(order, 1):
        due = records * number / (len(order) + 1)
        until(lambda due=due: life.count >= due)
        before = _place(database)
        until(lambda before=before: _place(database) != before or life.count >= records)  # it is at work, not on its way there
        time.sleep(chance.uniform(0, 0.5))
        if what == "kill":
            reader.end(signal.SIGKILL)
            time.sleep(chance.uniform(0, 1))
            reader.start()
        else:
            network.stop_pds()
            network.start_pds()


def differences(database: Database, repositories: dict[str, dict[str, Any]]) -> tuple[list[str], list[str], list[str]]:
    """What the store lacks, has otherwise, and has too much, of what the server has. An act on a post that is gone is none."""
    expected = dict(_expected(repositories))
    stored = dict(_stored(database))
    wrong = [f"{name}: {stored[name]} is not {told}" for name, told in expected.items() if name in stored and stored[name] != told]
    return sorted(expected.keys() - stored.keys()), wrong, sorted(stored.keys() - expected.keys())


def _expected(repositories: dict[str, dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    kinds = {uri: uri.split("/")[3] for uri in repositories}
    counted = Counter((record["subject"]["uri"], kinds[uri]) for uri, record in repositories.items() if kinds[uri] in (LIKE, REPOST))
    for uri, record in repositories.items():
        did, kind = uri.split("/")[2], kinds[uri]
        if kind == POST:
            yield uri, (record["text"], record.get("reply", {}).get("parent", {}).get("uri"), did, counted[uri, LIKE], counted[uri, REPOST])
        elif kind == PROFILE:
            yield uri, (record["displayName"], record["description"])
        elif kind in (FOLLOW, BLOCK) or record["subject"]["uri"] in repositories:
            yield uri, (KINDS[kind], did, record["subject"] if kind in (FOLLOW, BLOCK) else record["subject"]["uri"])


def _stored(database: Database) -> Iterator[tuple[str, Any]]:
    for row in database.rows(POSTS):
        yield row["key"], (row["text"], row["reply_to"], row["author"], row["likes"], row["reposts"])
    for row in database.rows(ACTS):
        yield row["key"], (row["kind"], row["actor"], row["what"])
    for row in database.rows("SELECT key, name, bio FROM accounts WHERE name <> '' OR bio <> ''"):
        yield f"at://{row['key']}/{PROFILE}/self", (row["name"], row["bio"])


def _searched(app: App, life: Life) -> list[str]:
    """Words that search finds and should not, and those that it should and does not."""
    view = app.view(ANONYMOUS)

    def found(text: str) -> list[str]:
        word = next(word for word in text.split() if word.startswith("z"))
        return [result.seen.post.id for result in app.search.search(view, f'"{word}"', limit=10).results]

    ghosts = [f"still found: {text}" for text in life.gone if found(text)]
    return ghosts + [f"{uri} {text} found: {others}" for uri, text in life.words.items() if (others := found(text)) != [uri]]


def _place(database: Database) -> str:
    row = database.one("SELECT place FROM connections")
    return str(row["place"]) if row else ""


def until(true: Callable[[], Any], seconds: float = 180) -> None:
    """Wait for something to be so."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("It does not come.")
        time.sleep(0.05)


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.killed", description="A reader killed, a server restarted, nothing lost.")
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--restarts", type=int, default=2)
    chosen = parser.parse_args()
    with (
        at_network.running() as network,
        tempfile.TemporaryDirectory(prefix="oscine-killed-") as folder,
        contextlib.suppress(KeyboardInterrupt),
    ):
        Path(folder).chmod(0o755)
        told = run(network, Path(folder), chosen.records, chosen.kills, chosen.restarts)
    print(markdown([
        Row("records written, edited, deleted", f"{told.records:,} in {told.seconds:.0f} s"), Row("reader killed (-9)", str(told.kills), "", "≥ 10"),
        Row("server restarted", str(told.restarts), "", "2"), Row("records that the server has", f"{told.kept:,}"),
        Row("missing, otherwise, too much", f"{len(told.missing)}, {len(told.wrong)}, {len(told.surplus)}", "", "0, 0, 0"),
        Row("found though gone, or not found", str(len(told.found)), "", "0"),
    ]))  # fmt: skip
    for what in (told.missing, told.wrong, told.surplus, told.found):
        print("\n".join(what[:5]))


if __name__ == "__main__":
    main()
