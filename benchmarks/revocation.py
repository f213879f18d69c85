"""How long what is open outlives its key: exports, streams and answers that are being written, on a real server, each with a key of its own.

The clock starts when the revocation is answered and stops when the client has read the end of the reply; how long the answer took stands beside it. The
answers are written by a model's server that never comes to an end. Streams carry posts meanwhile. A row says how many posts came in whole after the
revocation was answered. Revoked is by the server that serves, and then, `elsewhere`, by another process on the same database, as `oscine keys revoke` does.

python -m benchmarks.revocation
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from benchmarks.killed import until
from benchmarks.table import Row, markdown
from conftest import free_port
from oscine import access
from oscine.store.postgres import open_database

AIM = 1.0  # second
EVERYTHING = ["text", "author", "counts", "media", "links", "place", "labels"]
ASKED = {"model": "oscine", "stream": True, "messages": [{"role": "user", "content": "How much does the ferry to Quarnholm cost?"}]}
DOORS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "export": ("GET", "/v1/export", {}), "stream": ("GET", "/v1/stream", {}), "answer": ("POST", "/v1/chat/completions", {"json": ASKED}),
}  # fmt: skip


class Ended(NamedTuple):
    """Seconds from the revocation's answer until the reply ended, and from its sending to its answer; posts that came after the answer; whether the end
    says why.
    """

    seconds: float
    answering: float
    late: int
    said: bool


class Slow(BaseHTTPRequestHandler):
    """A language model's server that says a word every fifth of a second, without end."""

    def do_POST(self) -> None:
        """Say words until the client goes."""
        self.send_response(200)
        self.end_headers()
        choice = {"delta": {"content": "word "}} if self.path.endswith("/chat/completions") else {"text": "word "}
        try:
            while True:
                self.wfile.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
                time.sleep(0.2)
        except OSError:
            return

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--revocations", type=int, default=20, help="of each kind")
    parser.add_argument("--posts", type=int, default=40_000, help="in the export")
    chosen = parser.parse_args()
    model = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=model.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="oscine-revocation-") as folder, _serving(Path(folder), model.server_port) as url:
        _fill(url, chosen.posts)
        database = open_database(Path(folder))
        ways: dict[str, Callable[[str], object]] = {
            "": lambda key: httpx.delete(f"{url}/v1/keys/{key}", timeout=60).raise_for_status(), ", elsewhere": lambda key: access.revoke(database, key),
        }  # fmt: skip
        with _writing(url):
            ended = {
                use + way: [_revoked(url, use, random.Random(seed), revoke) for seed in range(chosen.revocations)]
                for way, revoke in ways.items() for use in DOORS
            }  # fmt: skip
        database.close()
    print(markdown(row for use, each in ended.items() for row in _rows(use, each)))
    model.shutdown()


def _rows(use: str, ended: list[Ended]) -> Iterator[Row]:
    seconds = [each.seconds for each in ended]
    yield Row(f"{use}: from revocation to the end, median of {len(ended)}", f"{statistics.median(seconds):.2f} s")
    yield Row(f"{use}: to answer the revocation, median", f"{statistics.median([each.answering for each in ended]):.2f} s")
    yield Row(f"{use}: the longest", f"{max(seconds):.2f} s", aim=f"≤ {AIM:g} s")
    yield Row(f"{use}: posts that came after the revocation was answered", str(sum(each.late for each in ended)))
    yield Row(f"{use}: ends that say why", f"{sum(each.said for each in ended)} of {len(ended)}")


def _revoked(url: str, use: str, chance: random.Random, revoke: Callable[[str], object]) -> Ended:
    """Open, wait a little, revoke, read to the end."""
    made = httpx.post(f"{url}/v1/keys", json={"scopes": ["read", "chat"]}, timeout=60).json()
    licence = {"holder": "a bench", "purpose": "research", "uses": [use], "fields": EVERYTHING}
    httpx.put(f"{url}/v1/keys/{made['id']}/licence", json=licence, timeout=60).raise_for_status()
    method, path, how = DOORS[use]
    answered, begun, lines = threading.Event(), threading.Event(), []
    late = 0

    def read() -> None:
        nonlocal late
        with httpx.stream(method, url + path, headers={"Authorization": f"Bearer {made['key']}"}, timeout=120, **how) as reply:
            reply.raise_for_status()
            for line in reply.iter_lines():
                lines.append(line)
                late += answered.is_set() and '"text": "' in line
                begun.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    if not begun.wait(60):
        raise RuntimeError(f"{use} does not begin")
    time.sleep(chance.uniform(0.3, 1.5))
    if not reader.is_alive():
        raise RuntimeError(f"{use} came to its end by itself: {lines[-3:]}")
    sent = time.perf_counter()
    revoke(made["id"])
    done = time.perf_counter()
    answered.set()
    reader.join(60)
    return Ended(max(0.0, time.perf_counter() - done), done - sent, late, any("This key was revoked." in line for line in lines[-6:]))


@contextmanager
def _writing(url: str) -> Iterator[None]:
    """Within the block, some posts come every second."""
    stopped = threading.Event()

    def write() -> None:
        number = 0
        while not stopped.wait(0.2):
            number += 1
            post = {"id": f"new{number}", "author": "ann", "created_at": datetime.now(UTC).isoformat(), "text": f"new post {number}"}
            httpx.post(f"{url}/v1/posts", content=json.dumps(post), timeout=60)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield
    finally:
        stopped.set()
        writer.join(60)


def _fill(url: str, posts: int) -> None:
    ferry = {"id": "ferry", "author": "ann", "created_at": "2024-05-01T12:00:00Z", "text": "The ferry to Quarnholm costs four crowns."}
    lines = [ferry, *({**ferry, "id": f"p{n}", "author": f"a{n % 500}", "text": f"Post number {n} of many, about nothing much."} for n in range(posts))]
    for start in range(0, len(lines), 5_000):
        body = "".join(json.dumps(line) + "\n" for line in lines[start : start + 5_000])
        httpx.post(f"{url}/v1/posts", content=body, timeout=600).raise_for_status()


@contextmanager
def _serving(data: Path, model: int) -> Iterator[str]:
    """`oscine up`, when it answers, with the model that never ends."""
    port = free_port()
    settings = {
        **os.environ, "OSCINE_EMBEDDING": "none", "OSCINE_READER": "none", "OSCINE_LABELS": "none", "OSCINE_REQUESTS_PER_MINUTE": "100000",
        "OSCINE_REQUEST_SECONDS": "600", "OSCINE_LANGUAGE_MODEL": "http", "OSCINE_LANGUAGE_MODEL_URL": f"http://127.0.0.1:{model}/v1",
        "OSCINE_LANGUAGE_MODEL_NAME": "slow",
    }  # fmt: skip
    command = [sys.executable, "-m", "oscine", "--data", str(data), "up", "--no-browser", "--no-sample", "--port", str(port)]
    process = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(url))
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main()
