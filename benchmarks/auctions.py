"""How long a whole OpenRTB auction takes over HTTP, with its money reserved, at a steady rate of requests: beside the same server's `/healthz`.

python -m benchmarks.auctions [--campaigns 1000] [--rate 200] [--seconds 30]

A real `oscine up` on a PostgreSQL of its own, one process; the load comes from this one, on the same machine, over as many connections as it takes. A
request is sent when its time has come whether or not the last was answered, and its latency counts from that time (no coordinated omission). Campaigns
are those of `benchmarks.decisions`, at full pace, so that nearly every auction has bidders and a winner to reserve for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec
import numpy as np

from benchmarks import decisions
from benchmarks.table import Row, markdown
from oscine.ads.creatives.placements import PLACEMENTS
from oscine.ads.server import now
from oscine.advertising import Order
from oscine.app import App
from oscine.settings import Settings
from oscine.store.terms import Ad, Terms

PORT = 8497
WARM = 15  # seconds that are not counted: each ad's chances are computed when they are first asked for
COUNTRIES = ["USA", "GBR", "DEU", "FRA", "ESP", "BRA", "JPN", "IND"]


class Told(NamedTuple):
    """Seconds of each request, and how often each status came."""

    seconds: list[float]
    statuses: Counter[int]

    def at(self, share: float) -> float:
        """A quantile in milliseconds."""
        return 1000 * float(np.quantile(self.seconds, share))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.auctions", description="Whole auctions over HTTP.")
    parser.add_argument("--campaigns", type=int, default=1_000)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=30)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        prepare(data, chosen.campaigns)
        server = subprocess.Popen(
            [sys.executable, "-m", "oscine", "up", "--no-browser", "--no-sample", "--port", str(PORT), "--data", str(data)],
            env=os.environ | {"OSCINE_REQUESTS_PER_MINUTE": "10000000", "OSCINE_EMBEDDING": "none"},
        )
        try:
            auction, health = asyncio.run(measured(chosen.rate, chosen.seconds))
        finally:
            server.terminate()
            server.wait()
    print(markdown(rows(auction, health, chosen.rate, chosen.campaigns)))


def prepare(data: Path, campaigns: int) -> None:
    """Campaigns as `benchmarks.decisions` draws them, running at full pace with money enough for the whole run."""
    rng = np.random.default_rng(7)
    with App(Settings(data=data, embedding="none")) as app:  # type: ignore[call-arg]
        advertisers = [app.advertisers.add("bench", f"Advertiser {number}", currency="USD").id for number in range(max(1, campaigns // 2))]
        for number in range(campaigns):
            keep(app, advertisers[number // 2 % len(advertisers)], decisions.order(rng, number))


def keep(app: App, advertiser: int, drawn: Order) -> None:
    """One campaign, launched, with its ads accepted."""
    campaign, start = drawn.campaign, now() - timedelta(minutes=1)
    terms = Terms(
        name=campaign.name, objective=campaign.objective, placements=tuple(PLACEMENTS), tier="open", pace="fast", caps=campaign.caps,
        targeting=msgspec.structs.replace(campaign.targeting, topics=(), query="", interests=(), like=(), hours=()),
    )  # fmt: skip
    flight = msgspec.structs.replace(
        drawn.flight, id=0, starts_at=start, ends_at=start + timedelta(days=30), budget=10**12, daily=0, bid=drawn.flight.bid or 1_000_000
    )
    ads = [
        Ad(headline=each.headline or "An ad", body=each.body, action=each.action, link="https://ad.example/", brand=each.brand, lang=each.lang,
           generated=False, review=1, accepted=True)
        for each in campaign.creatives
    ]  # fmt: skip
    made = app.campaigns.add(advertiser, terms, [flight], "bench")
    app.campaigns.add_creatives(made.id, ads, "bench")
    app.campaigns.step(made.id, "review", "bench")
    app.campaigns.step(made.id, "running", "bench")


async def measured(rate: int, seconds: int) -> tuple[Told, Told]:
    """Auctions, then as many calls of `/healthz`."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}") as client:
        for _ in range(300):
            try:
                await client.get("/healthz")
                break
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
    rng = np.random.default_rng(3)
    bodies = [request("POST", "/openrtb2/auction", bid_request(rng, number)) for number in range(1_000)]
    await steadily(bodies, rate, WARM)
    auction = await steadily(bodies, rate, seconds)
    return auction, await steadily([request("GET", "/healthz", b"")], rate, max(5, seconds // 3))


def bid_request(rng: np.random.Generator, number: int) -> bytes:
    """A native place on one of many pages, before one of many people."""
    native = {"assets": [{"id": 1, "required": 1, "title": {"len": 140}}, {"id": 2, "data": {"type": 2, "len": 400}}]}
    lang = decisions.LANGS[int(rng.choice(len(decisions.LANGS), p=decisions.SHARES))]
    return json.dumps({
        "id": str(number), "imp": [{"id": "1", "native": {"request": json.dumps(native)}}], "cur": ["USD"],
        "site": {"domain": "news.example", "content": {"language": lang}}, "user": {"id": f"u{rng.integers(5_000)}"},
        "device": {"geo": {"country": COUNTRIES[int(rng.integers(len(COUNTRIES)))]}},
    }).encode()  # fmt: skip


def request(method: str, path: str, body: bytes) -> bytes:
    """As it goes over the wire."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def steadily(requests: list[bytes], rate: int, seconds: float) -> Told:
    """Send `rate` a second, each at its time, over connections that are kept."""
    told, free = Told([], Counter()), list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]()

    async def one(number: int, due: float) -> None:
        while free and free[-1][0].at_eof():
            free.pop()[1].close()  # the server closes what was idle for long
        reader, writer = free.pop() if free else await asyncio.open_connection("127.0.0.1", PORT)
        writer.write(requests[number % len(requests)])
        status = await answer(reader)
        told.seconds.append(time.perf_counter() - due)
        told.statuses[status] += 1
        free.append((reader, writer))

    start, sent = time.perf_counter() + 0.05, []
    for number in range(int(rate * seconds)):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        sent.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*sent)
    for _, writer in free:
        writer.close()
    return told


async def answer(reader: asyncio.StreamReader) -> int:
    """The status of a reply, which is read whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line.partition(b":")[2]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


def rows(auction: Told, health: Told, rate: int, campaigns: int) -> list[Row]:
    """What was measured, beside the floor."""
    bids = auction.statuses[200] / len(auction.seconds)
    what = f"whole auction over HTTP, {campaigns:,} live campaigns, {rate} requests/s"
    return [
        Row(f"{what}: p50", f"{auction.at(0.5):.1f} ms", f"/healthz {health.at(0.5):.1f} ms"),
        Row(f"{what}: p99", f"{auction.at(0.99):.1f} ms", f"/healthz {health.at(0.99):.1f} ms", "40 ms"),
        Row("answered with a bid, its money reserved", f"{bids:.0%} of {len(auction.seconds):,}", "", ""),
        Row(
            "other statuses",
            ", ".join(f"{status}: {count}" for status, count in sorted(auction.statuses.items()) if status not in (200, 204)) or "none",
        ),
    ]


if __name__ == "__main__":
    main()
