"""What the log of accesses costs: searches over HTTP with and without it in turns on one server's parts, an entry, sealing, verifying.

    python benchmarks/access_log.py [--posts 20000] [--searches 400] [--entries 20000]

Makes a data directory of its own and takes it away again. Searches are sent one after another, the log on and off in turns of 20, so that whatever else the
machine does falls on both alike. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from oscine.api import server
from oscine.app import App
from oscine.records import Viewer
from oscine.settings import Settings

WORDS = [
    f"{a}{b}{c}" for a in ("ba", "do", "fi", "gu", "ko", "la") for b in ("ren", "sto", "mil", "tak") for c in ("o", "an", "est", "ing")
]
TURN = 20


def lines(count: int, chance: random.Random) -> Iterator[str]:
    """Posts of a thousand authors."""
    for number in range(count):
        words = " ".join(chance.choices(WORDS, k=14))
        yield (
            json.dumps(
                {"id": f"p{number}", "author": f"a{number % 1000}", "created_at": f"2026-05-{1 + number % 28:02d}T12:00:00Z", "text": words}
            )
            + "\n"
        )


def served(app: App) -> tuple[uvicorn.Server, str]:
    """The API in a thread, and its address."""
    config = uvicorn.Config(server.create(app), port=0, log_level="warning")
    running = uvicorn.Server(config)
    threading.Thread(target=running.run, daemon=True).start()
    while not running.started:
        time.sleep(0.05)
    port = running.servers[0].sockets[0].getsockname()[1]
    return running, f"http://127.0.0.1:{port}"


def searches(app: App, address: str, count: int, chance: random.Random) -> dict[str, Any]:
    """Milliseconds of a search over HTTP, with the log and without it, in turns."""
    keep = app.keep_reading
    taken: dict[bool, list[float]] = {True: [], False: []}
    with httpx.Client() as client:
        for number in range(2 * count + 2 * TURN):
            on = (number // TURN) % 2 == 0
            app.keep_reading = keep if on else lambda read, *, sure=False: None  # type: ignore[method-assign]
            query = " ".join(chance.sample(WORDS, 2))
            begun = time.perf_counter()
            client.get(f"{address}/v1/search", params={"q": query}).raise_for_status()
            if number >= 2 * TURN:  # the first of both warm up
                taken[on].append(1000 * (time.perf_counter() - begun))
    app.keep_reading = keep  # type: ignore[method-assign]
    return {name: {"p50": round(statistics.median(times), 2), "p95": round(statistics.quantiles(times, n=20)[18], 2), "n": len(times)}
            for name, times in (("with", taken[True]), ("without", taken[False]))}  # fmt: skip


def entries(app: App, count: int, chance: random.Random) -> dict[str, float]:
    """Milliseconds an entry of twenty authors, written one after another; entries sealed and verified in a second."""
    log, viewer = app.access_log, Viewer(network="local", account="a1")
    log.seal(wait=True)
    begun = time.perf_counter()
    for _ in range(count):
        log.keep({("local", f"a{number}"): 1 for number in chance.sample(range(1000), 20)}, "search", "k", viewer)
    kept = time.perf_counter() - begun
    begun = time.perf_counter()
    sealed = log.seal(wait=True)
    sealing = time.perf_counter() - begun
    begun = time.perf_counter()
    told = log.verify()
    verifying = time.perf_counter() - begun
    assert told.verified, told
    begun = time.perf_counter()
    size = sum(map(len, log.export()))
    return {"ms_an_entry": round(1000 * kept / count, 3), "sealed_a_second": round(sealed / sealing), "verified_a_second": round(told.sealed / verifying),
            "exported_a_second": round(told.sealed / (time.perf_counter() - begun)), "bytes_an_entry_exported": round(size / told.sealed)}  # fmt: skip


def main() -> None:
    """Measure, and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, default=20_000)
    options.add_argument("--searches", type=int, default=400)
    options.add_argument("--entries", type=int, default=20_000)
    asked, chance = options.parse_args(), random.Random(10)
    with tempfile.TemporaryDirectory(prefix="oscine-log-") as folder:
        settings = Settings(
            data=Path(folder), embedding="none", reader="none", language_model="none", labels="none", requests_per_minute=10_000_000
        )
        with App(settings) as app:
            path = Path(folder) / "posts.jsonl"
            path.write_text("".join(lines(asked.posts, chance)))
            app.ingest(app.source(str(path)))
            running, address = served(app)
            told = {"search_ms": searches(app, address, asked.searches, chance)}
            running.should_exit = True
            told["log"] = entries(app, asked.entries, chance)
            told["load"] = {"cores": os.cpu_count(), "load_average": os.getloadavg()[0]}
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
