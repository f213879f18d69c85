"""How long a page of fifty takes among a million posts, for people who follow ten thousand each: from who reads to the posts as they are shown.

python -m benchmarks.for_you --folder FOLDER [--posts 1000000] [--pages 300]

The store is made (`for_you_data`) where the folder has none, in minutes, and kept there until it is deleted. Each page is asked for by another of 50
people, one after another; the pool is read again meanwhile as `oscine up` reads it. No ads, no log, no HTTP.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks import for_you_data
from benchmarks.for_you_data import NETWORK, NOW, READERS
from benchmarks.table import Row, markdown
from oscine.app import App
from oscine.evals.metrics import mean, percentile
from oscine.feed.pipeline import Ask, gathered
from oscine.feed.weights import shipped
from oscine.records import Viewer
from oscine.search.background import Background
from oscine.settings import Settings

LIMIT = 50
AIM = "p50 ≤ 60 ms, p99 ≤ 200 ms"


def main() -> None:
    """Make what is not there yet, measure, print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.for_you", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="a folder that is empty, or that this made before")
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--pages", type=int, default=300)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with App(Settings(data=chosen.folder, embedding="none", reader="none", language_model="none")) as app:
        if app.database.one("SELECT FROM posts LIMIT 1") is None:
            begun = time.perf_counter()
            for_you_data.make(app.database, chosen.posts)
            print(f"made in {time.perf_counter() - begun:.0f} s")
        app.database.execute("ANALYZE posts")  # a word index that is empty tells PostgreSQL that there are no posts
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before it began\n")
        print(markdown(rows(app, chosen.pages)))


def rows(app: App, pages: int) -> list[Row]:
    """All figures."""
    begun = time.perf_counter()
    app.pool.load()
    loaded = Row("the pool, read whole", f"{time.perf_counter() - begun:.1f} s, {len(app.pool.posts.numbers):,} posts")
    begun = time.perf_counter()
    app.pool.refresh()
    read = Row("the pool, read again", f"{time.perf_counter() - begun:.2f} s")
    for number in range(READERS):
        page(app, number)
    begun, spent = time.perf_counter(), _spent(app)
    alone = [page(app, number) for number in range(pages)]
    busy = 1_000 * (_spent(app) - spent) / pages
    shared = time.perf_counter() - begun
    told = Row(
        "of processors' time, a page",
        f"mean {busy:.0f} ms, Python's and PostgreSQL's; {busy * pages / 1_000 / shared:.2f} of a core was had",
    )
    refreshing = Background("pool", app.pool.refresh, 5.0)
    refreshing.start()
    took = [page(app, number) for number in range(pages)]
    refreshing.stop()
    return [loaded, read, _row("a page of 50", alone), _row("the same while the pool is read again every 5 s", took), told, *stages(app)]


def page(app: App, number: int) -> float:
    """Milliseconds that one page took."""
    viewer = Viewer(network=NETWORK, account=f"u{number % READERS + 1}")
    begun = time.perf_counter()
    found = app.feed.rank(app.feed.ask(viewer, now=NOW, limit=LIMIT), shipped())
    shown = app.view(viewer).posts([int(found.candidates.numbers[pick.place]) for pick in found.picks])
    took = 1_000 * (time.perf_counter() - begun)
    assert len(shown) == LIMIT
    return took


def _spent(app: App) -> float:
    """Seconds of processors' time that this process and PostgreSQL's have had so far."""
    server = (app.settings.data / "postgres" / "postmaster.pid").read_text().split()[0]
    told = [path.read_text().rpartition(")")[2].split() for path in Path("/proc").glob("[0-9]*/stat")]
    return time.process_time() + sum(int(stat[11]) + int(stat[12]) for stat in told if stat[1] == server) / os.sysconf("SC_CLK_TCK")


def stages(app: App) -> list[Row]:
    """What each stage takes of it."""
    took: defaultdict[str, float] = defaultdict(float)
    found: list[int] = []
    for number in range(READERS):
        found.append(_timed(app, Viewer(network=NETWORK, account=f"u{number + 1}"), took))
    told = [Row(f"of it: {name}", f"mean {total / READERS:.1f} ms") for name, total in took.items()]
    return [*told, Row("candidates that are scored", f"mean {mean(found):.0f}")]


def _timed(app: App, viewer: Viewer, took: defaultdict[str, float]) -> int:
    """As `pipeline.run`, with a clock."""
    last = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        took[name] += 1_000 * (now - last)
        last = now

    ask: Ask = app.feed.ask(viewer, now=NOW, limit=LIMIT)
    lap("who reads")
    made = app.feed.stages(ask, shipped())
    lap("what they like")
    numbers = []
    for source in made.sources:
        numbers.append(source(ask))
        lap(source.name)
    every, by = gathered(numbers)
    candidates = made.hydrate(ask, every, by)
    lap("hydration")
    for each in made.filters:
        candidates = candidates.taken(each(ask, candidates))
    lap("filters")
    columns = [column for scorer in made.scorers for column in scorer(ask, candidates)]
    points = sum((column.points for column in columns), np.zeros(len(candidates.numbers), np.int64))
    lap("points")
    picks = made.select(ask, candidates, points, np.random.default_rng(0))
    lap("the order")
    app.view(viewer).posts([int(candidates.numbers[pick.place]) for pick in picks])
    lap("the posts")
    return len(candidates.numbers)


def _row(what: str, took: list[float]) -> Row:
    return Row(
        what,
        f"p50 {percentile(took, 0.5):.0f} ms, p95 {percentile(took, 0.95):.0f} ms, p99 {percentile(took, 0.99):.0f} ms ({len(took)} pages)",
        "",
        AIM,
    )


if __name__ == "__main__":
    main()
