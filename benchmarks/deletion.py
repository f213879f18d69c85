"""How long after it is deleted on the network a post is still found: a real PDS, the connection as a process of its own, search over HTTP.

The clock starts when the server has answered the deletion, which is when its event is told, and stops at the first search without the post.

python -m benchmarks.deletion
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import at_network
from benchmarks.at_life import Life, Written
from benchmarks.killed import Reader, environment, until
from benchmarks.table import Row, markdown
from conftest import free_port
from oscine.evals.metrics import percentile


def run(network: at_network.AtProto, data: Path, deletions: int, seed: int = 0) -> list[float]:
    """Seconds from each deletion until it is found no more."""
    url, server = _server(network, data)
    reader = Reader(network, data)
    chance, life = random.Random(seed), Life(network.pds_url, 4, seed)
    try:
        until(lambda: httpx.get(f"{url}/v1/connections", timeout=30).json())
        posts = [life.post(life.people[number % 4]) for number in range(deletions)]
        until(lambda: _found(url, life.words[posts[-1].uri]))
        return [_until_gone(url, life, posts.pop(chance.randrange(len(posts)))) for _ in range(deletions)]
    finally:
        reader.end(signal.SIGTERM)
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def _until_gone(url: str, life: Life, post: Written) -> float:
    text = life.words[post.uri]
    if not _found(url, text):
        raise RuntimeError("The post was not found before it was deleted.")
    life.delete(post)
    began = time.perf_counter()
    while _found(url, text):
        time.sleep(0.005)
    return time.perf_counter() - began


def _found(url: str, text: str) -> bool:
    word = next(word for word in text.split() if word.startswith("z"))
    return bool(httpx.get(f"{url}/v1/search", params={"q": f'"{word}"'}, timeout=30).raise_for_status().json()["posts"])


def _server(network: at_network.AtProto, data: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """`oscine up`, when it answers."""
    port = free_port()
    command = [sys.executable, "-m", "oscine", "--data", str(data), "up", "--no-browser", "--no-sample", "--port", str(port)]
    settings = os.environ | environment(network) | {"OSCINE_REQUESTS_PER_MINUTE": "100000"}
    process = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    until(lambda: _answers(url))
    return url, process


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deletion", description="How soon what is deleted is found no more.")
    parser.add_argument("--deletions", type=int, default=200)
    with at_network.running() as network, tempfile.TemporaryDirectory(prefix="oscine-deletion-") as folder:
        Path(folder).chmod(0o755)
        seconds = run(network, Path(folder), parser.parse_args().deletions)
    told = f"{percentile(seconds, 0.5):.2f} s, {percentile(seconds, 0.99):.2f} s, {max(seconds):.2f} s"
    print(markdown([Row(f"a deleted post is found no more, {len(seconds)} deletions: median, p99, longest", told, "", "≤ 2 s")]))


if __name__ == "__main__":
    main()
