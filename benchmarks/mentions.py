"""How long a mention waits for its answer: from a real PDS through the firehose into the store, through the bot, and back into the thread on the PDS.

`oscine connect` and `oscine bot` run as processes of their own, over the sample network and some posts that hold the answers. The clock starts
when the PDS has confirmed the mention and stops when the reply can be read there. (A PDS that has been idle tells its firehose only once a second:
that is in the figures; waiting for it again, to hear of the reply, is not.) No language model writes.

python -m benchmarks.mentions
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import httpx
from atproto import client_utils

import at_network
from benchmarks.table import Row, markdown
from oscine.app import App
from oscine.settings import Settings
from oscine.sources.bluesky.records import POSTS as POST

TOWNS = ("Arlen", "Brekka", "Corvo", "Dunmore", "Eskdale", "Farrow", "Gimli", "Hovland", "Ischia", "Jarlsby")
FACT, QUESTION = (
    "The harbour library of {town} opens at {hour} o'clock on Saturdays.",
    "When does the harbour library of {town} open on Saturdays?",
)
PATIENCE = 120.0  # seconds without any reply


class Waited(NamedTuple):
    """What came of some mentions: seconds until each was replied to, and how many got an answer, a polite no, more than one reply, or none."""

    seconds: list[float]
    answered: int
    declined: int
    twice: int
    silent: int


class Town:
    """A PDS with people and a bot on it. `replies` are the bot's posts: what each answers, when it was first seen, its text."""

    def __init__(self, network: at_network.AtProto, people: int) -> None:
        self.network = network
        self.bot, *self.people = [network.account(name) for name in ("oscine", *(f"person{number}" for number in range(people)))]
        self.replies: dict[str, tuple[str, float, str]] = {}
        self.running: list[subprocess.Popen[bytes]] = []
        self._closed = threading.Event()
        self._watching = threading.Thread(target=self._watch)
        self._watching.start()

    def _watch(self) -> None:
        asked = {"repo": self.bot.did, "collection": POST, "limit": 100}  # the newest; one round has fewer
        with httpx.Client(base_url=f"{self.network.pds_url}/xrpc/", timeout=30) as http:
            while not self._closed.wait(0.05):
                records = http.get("com.atproto.repo.listRecords", params=asked).json()["records"]
                now = time.monotonic()
                for record in records:
                    self.replies.setdefault(record["uri"], (record["value"]["reply"]["parent"]["uri"], now, record["value"]["text"]))

    def close(self) -> None:
        """Look no more."""
        self._closed.set()
        self._watching.join()

    def facts(self) -> None:
        """Somebody posts what will be asked for."""
        for hour, town in enumerate(TOWNS, 1):
            self.people[0].client.send_post(FACT.format(town=town, hour=hour))

    def ask(self, person: at_network.Person, number: int) -> tuple[str, float]:
        """Mention the bot; the mention, and when the PDS had confirmed it."""
        words = (
            client_utils.TextBuilder()
            .mention(f"@{self.bot.handle}", self.bot.did)
            .text(" " + QUESTION.format(town=TOWNS[number % len(TOWNS)]))
        )
        uri = person.client.send_post(words, langs=["en"]).uri
        return uri, time.monotonic()

    def waited(self, asked: Sequence[tuple[str, float]], replies: int) -> Waited:
        """What came of mentions, once so many are replied to or nothing more comes."""
        at, wanted = dict(asked), len(asked)
        while len(self._to(at)) < min(replies, wanted) and time.monotonic() < self._last(asked) + PATIENCE:
            time.sleep(0.05)
            assert all(process.poll() is None for process in self.running), "a process has ended"
        time.sleep(3)  # for replies that should not come
        told = self._to(at)
        first = {uri: moment for uri, moment, _ in reversed(told)}
        said = ["declined" if "within an hour" in text else "answered" if "o'clock" in text else "otherwise" for _, _, text in told]
        return Waited(sorted(first[uri] - at[uri] for uri in first), said.count("answered"), said.count("declined"),
                      sum(count > 1 for count in Counter(uri for uri, _, _ in told).values()), wanted - len(first))  # fmt: skip

    def _to(self, asked: dict[str, float]) -> list[tuple[str, float, str]]:
        return [reply for reply in list(self.replies.values()) if reply[0] in asked]

    def _last(self, asked: Sequence[tuple[str, float]]) -> float:
        return max(moment for _, moment in [*asked, *((uri, at) for uri, at, _ in list(self.replies.values()))])


@contextlib.contextmanager
def processes(town: Town, data: Path, embedding: str, reader: str) -> Iterator[None]:
    """`oscine connect` and `oscine bot` on the town's PDS."""
    network = town.network
    environment = os.environ | {
        "OSCINE_PLC_URL": network.plc_url, "OSCINE_BLUESKY_VIEW": "", "OSCINE_BLUESKY_SERVER": network.pds_url, "OSCINE_READER": reader,
        "OSCINE_CONNECT_NETWORKS": "127.0.0.0/8,::1/128", "OSCINE_EMBEDDING": embedding, "OSCINE_LANGUAGE_MODEL": "none",
        "OSCINE_BLUESKY_HANDLE": town.bot.handle, "OSCINE_BLUESKY_PASSWORD": at_network.PASSWORD,
    }  # fmt: skip
    oscine = [sys.executable, "-m", "oscine", "--data", str(data)]
    commands = [[*oscine, "connect", "bluesky", network.ws_url, "--backfill", town.people[0].did], [*oscine, "bot", "bluesky"]]
    with (data / "processes.log").open("ab") as log:
        town.running = [subprocess.Popen(command, env=environment, stdout=log, stderr=log) for command in commands]
    try:
        yield
    except AssertionError:
        print((data / "processes.log").read_text()[-2000:], file=sys.stderr)
        raise
    finally:
        for process in town.running:
            process.terminate()
            process.wait(30)


def run(data: Path, alone: int, crowd: int, people: int, embedding: str, reader: str) -> tuple[Waited, Waited, Waited]:
    """Mentions one after the other, many at once by many, and many at once by one."""
    with at_network.running() as network, App(Settings(data=data, embedding="none", reader="none", language_model="none")) as app:
        app.load_sample()
        town = Town(network, people + 1)
        town.facts()
        *crowded, impatient = town.people
        with processes(town, data, embedding, reader), ThreadPoolExecutor(8) as pool:
            town.waited([town.ask(crowded[0], 0)], 1)  # the engines are loaded, the backfill is in
            single = [town.waited([town.ask(crowded[number % people], number)], 1) for number in range(alone)]
            many = town.waited(list(pool.map(lambda number: town.ask(crowded[number % people], number), range(crowd))), crowd)
            one = town.waited(list(pool.map(lambda number: town.ask(impatient, number), range(crowd))), 11)
        town.close()
    sums = [sum(getattr(each, name) for each in single) for name in ("answered", "declined", "twice", "silent")]
    return Waited(sorted(second for each in single for second in each.seconds), *sums), many, one


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mentions", description="How long a mention waits for its answer.")
    parser.add_argument("--alone", type=int, default=20, help="mentions one after the other")
    parser.add_argument("--crowd", type=int, default=50, help="mentions at once")
    parser.add_argument("--people", type=int, default=10, help="who mention it at once")
    parser.add_argument("--embedding", default="e5")
    parser.add_argument("--reader", default="e5")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oscine-mentions-") as folder:
        Path(folder).chmod(0o755)
        single, many, one = run(Path(folder), chosen.alone, chosen.crowd, chosen.people, chosen.embedding, chosen.reader)
    print(markdown([
        Row(f"a mention, alone: median / slowest of {chosen.alone}", _seconds(single), "", "≤ 5 s"),
        Row("answered, politely declined, twice, not at all", _counts(single), "", f"{chosen.alone}, 0, 0, 0"),
        Row(f"{chosen.crowd} at once by {chosen.people} people: median / slowest", _seconds(many)),
        Row("answered, politely declined, twice, not at all", _counts(many), "", "all answered or declined"),
        Row(f"{chosen.crowd} at once by one person: median / slowest", _seconds(one)),
        Row("answered, politely declined, twice, not at all", _counts(one), "", f"10, 1, 0, {chosen.crowd - 11}"),
    ]))  # fmt: skip


def _seconds(waited: Waited) -> str:
    return f"{statistics.median(waited.seconds):.2f} / {max(waited.seconds):.2f} s" if waited.seconds else "none"


def _counts(waited: Waited) -> str:
    return f"{waited.answered}, {waited.declined}, {waited.twice}, {waited.silent}"


if __name__ == "__main__":
    main()
