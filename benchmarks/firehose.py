"""How many posts a second a firehose brings into the store, how far behind it is, and what memory half a million events take.

The frames are a real PDS's, recorded once: the texts of the sample network, one post a commit and ten, with likes, reposts and follows among them. A
local WebSocket server tells them again. After they have all been told they are told of other people: the account's DID in the frame's envelope is
replaced, so that every post, like and account is a new one; the texts come again, and so do the signed commits inside, which a reader of a
firehose does not check. Numbers and times are made anew, so that the lag is a true one.

python -m benchmarks.firehose record | rate | paced | memory
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gzip
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b32encode
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from benchmarks.at_life import FOLLOW, LIKE, REPOST, Life
from benchmarks.processes import Usage, used
from benchmarks.table import Row, markdown
from benchmarks.vector_cache import CACHE
from oscine import sample
from oscine.store.connections import Connection, Connections
from oscine.store.postgres import Database, open_database

FRAMES = CACHE / "firehose.frames.gz"
SINGLE, TENS, ACTS = 2_500, 1_200, 2_500  # commits of one post, of ten, of a like, a repost or a follow
PEOPLE = 40
METHOD = "com.atproto.sync.subscribeRepos"
ENVELOPE = re.compile(rb"cseq(?:[\x00-\x17]|\x18.|\x19..|\x1a.{4})drepo\x78\x20(did:plc:[a-z2-7]{24})", re.DOTALL)
TIME = re.compile(rb"dtime\x78\x18[0-9T:.-]{23}Z")


def record() -> None:
    """Live on a real PDS, and keep what its firehose told."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import at_network

    with at_network.running() as network:
        life = Life(network.pds_url, PEOPLE)
        _live(life, random.Random(1))
        FRAMES.parent.mkdir(exist_ok=True)
        stream = f"{network.ws_url}/xrpc/{METHOD}?cursor=0"
        with contextlib.suppress(TimeoutError), connect(stream, max_size=None) as told, gzip.open(FRAMES, "wb", 3) as file:
            while frame := told.recv(timeout=5, decode=False):
                file.write(len(frame).to_bytes(4, "big") + frame)


def _live(life: Life, chance: random.Random) -> None:
    lines = (line for file in sample.files() for line in gzip.decompress(file.read_bytes()).splitlines())
    texts = [post["text"][:290] for post in map(json.loads, lines) if post.get("text")]
    chance.shuffle(texts)
    told, posts = iter(texts), []
    steps = ["one"] * SINGLE + ["ten"] * TENS + ["act"] * ACTS
    chance.shuffle(steps)
    for step in steps:
        who = chance.choice(life.people)
        if step == "one":
            posts.append(life.post(who, next(told)))
        elif step == "ten":
            posts += life.several(who, [next(told) for _ in range(10)])
        elif posts:
            life.act(who, chance.choices((LIKE, REPOST, FOLLOW), (8, 1, 2))[0], chance.choice(posts), chance.choice(life.people))


@functools.cache
def frames() -> list[bytes]:
    """The recorded commits, in order."""
    data, found, at = gzip.decompress(FRAMES.read_bytes()), [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return [frame for frame in found if ENVELOPE.search(frame) and TIME.search(frame)]


def told(seq: int) -> bytes:
    """The frame of that number, from 0 on: recorded, or the same of other people."""
    turn, index = divmod(seq, len(frames()))
    frame = frames()[index]
    match = ENVELOPE.search(frame)
    assert match
    did = match[1] if not turn else b"did:plc:" + b32encode(hashlib.sha256(b"%d %s" % (turn, match[1])).digest())[:24].lower()
    made = frame[: match.start()] + b"cseq" + _integer(seq + 1) + b"drepo\x78\x20" + did + frame[match.end() :]
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
    return TIME.sub(b"dtime\x78\x18" + now, made, count=1)


def _integer(number: int) -> bytes:
    """In CBOR, the shortest."""
    if number < 24:
        return bytes([number])
    head, size = next((head, size) for head, size in ((0x18, 1), (0x19, 2), (0x1A, 4)) if number < 1 << 8 * size)
    return bytes([head]) + number.to_bytes(size, "big")


class Replay:
    """A WebSocket server that tells the frames from the cursor that it is asked for, at most `rate` a second, up to `end`."""

    def __init__(self, end: int, rate: float = 0.0) -> None:
        frames()
        self._end, self._rate = end, rate
        self._server = serve(self._tell, "127.0.0.1", 0, process_request=_other, compression=None)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _tell(self, client: ServerConnection) -> None:
        assert client.request
        began, start = time.monotonic(), int(parse_qs(urlsplit(client.request.path).query).get("cursor", ["0"])[0])
        with contextlib.suppress(ConnectionClosed):
            for number, seq in enumerate(range(start, self._end)):
                if self._rate and (early := number / self._rate - (time.monotonic() - began)) > 0:
                    time.sleep(early)
                client.send(told(seq))
            time.sleep(3_600)


def _other(client: ServerConnection, request: Request) -> Response | None:
    return None if METHOD in request.path else client.respond(HTTPStatus.NOT_FOUND, "")


class Sample(NamedTuple):
    """How it stood at a moment."""

    at: float
    connection: Connection
    usage: Usage


def read(end: int, rate: float = 0.0, seconds: float = 0.5) -> tuple[list[Sample], int, int]:
    """Have `oscine connect` read so many frames; how it stood every so often, how many posts and how many events it stored."""
    with tempfile.TemporaryDirectory(prefix="oscine-firehose-") as folder, _server(end, rate) as url:
        Path(folder).chmod(0o755)
        database = open_database(Path(folder))
        command = [sys.executable, "-m", "oscine", "--data", folder, "connect", "bluesky", url]
        reader = subprocess.Popen(command, env={**os.environ, "OSCINE_EMBEDDING": "none"}, stderr=subprocess.DEVNULL)
        try:
            samples = list(_samples(database, reader.pid, Path(folder), end, seconds))
        finally:
            reader.send_signal(signal.SIGTERM)
            reader.wait(60)
        posts = database.one("SELECT count(*) AS n FROM posts")
        database.close()
    assert posts
    return samples, int(posts["n"]), samples[-1].connection.events


@contextlib.contextmanager
def _server(end: int, rate: float) -> Iterator[str]:
    """The replay in a process of its own, so that it does not share the reader's time."""
    command = [sys.executable, "-m", "benchmarks.firehose", "serve", str(end), str(rate)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def _samples(database: Database, pid: int, folder: Path, end: int, seconds: float) -> Iterator[Sample]:
    place = 0
    while place < end:
        time.sleep(seconds)
        for one in Connections(database).told():
            row: Any = database.one("SELECT place FROM connections")
            place = int(row["place"] or 0)
            if place:
                yield Sample(time.monotonic(), one, used(pid, folder))


def _rate(end: int) -> list[Row]:
    """As fast as it goes. The first and the last tenth are left out of the rate: it begins and it ends."""
    samples, posts, events = read(end)
    inner = [each for each in samples if 0.1 * events < each.connection.events < 0.95 * events]
    first, last = inner[0], inner[-1]
    done = (last.connection.events - first.connection.events) * posts / events
    passed = last.at - first.at
    cpu = {name: getattr(last.usage, name) - getattr(first.usage, name) for name in ("reader_seconds", "database_seconds")}
    return [
        Row("posts a second, decoded and stored", f"{done / passed:,.0f}", "", "≥ 1,500 on 2 cores"),
        Row("events a second, likes and follows among them", f"{done / passed * events / posts:,.0f}"),
        Row("CPU of a post: reader, database", ", ".join(f"{1e3 * seconds / done:.2f} ms" for seconds in cpu.values())),
        Row("posts, events in all", f"{posts:,}, {events:,}"),
        Row("cores busy, of this machine", f"{os.getloadavg()[0]:.1f} waiting or running"),
    ]


def _paced(end: int, rate: float) -> list[Row]:
    """As many a second as the whole network has."""
    samples, *_ = read(end, rate, 0.2)
    lags = sorted(each.connection.lag or 0 for each in samples[10:])
    return [Row(f"lag at {rate:,.0f} commits a second: median, p99", f"{lags[len(lags) // 2]:.2f} s, {lags[int(0.99 * len(lags))]:.2f} s")]


def _memory(end: int) -> list[Row]:
    samples, posts, events = read(end, seconds=2)
    parts = [next(each for each in samples if each.connection.events >= share * events) for share in (0.05, 0.25, 0.5, 0.75, 1)]
    return [
        Row("memory of the reader (PSS) after " + ", ".join(f"{each.connection.events:,}" for each in parts) + " events",
            ", ".join(f"{each.usage.reader_bytes / 1e6:.0f} MB" for each in parts), "", "flat"),
        Row("posts, events in all", f"{posts:,}, {events:,}"),
        Row("seconds", f"{samples[-1].at - samples[0].at:,.0f}"),
    ]  # fmt: skip


def main() -> None:
    """Do what is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.firehose", description="A firehose into the store.")
    parser.add_argument("what", choices=["record", "rate", "paced", "memory", "serve"])
    parser.add_argument("numbers", type=float, nargs="*")
    chosen = parser.parse_args()
    if chosen.what == "record" or not FRAMES.exists():
        record()
    if chosen.what == "serve":
        print(Replay(int(chosen.numbers[0]), chosen.numbers[1]).url, flush=True)
        threading.Event().wait()
    whole = len(frames())
    if chosen.what == "rate":
        print(markdown(_rate(int(chosen.numbers[0]) if chosen.numbers else 2 * whole)))
    elif chosen.what == "paced":
        print(markdown(_paced(whole, chosen.numbers[0] if chosen.numbers else 500.0)))
    elif chosen.what == "memory":
        print(markdown(_memory(int(chosen.numbers[0]) if chosen.numbers else 30 * whole)))


if __name__ == "__main__":
    main()
