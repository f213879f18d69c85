"""How fast, on the 340,526 posts of `communities` with every vector in place: over HTTP, one client, a real server process.

Latency is of distinct queries, so that no cache answers; half of them carry filters. The vector index's recall stands beside its speed.
Memory is proportional (PSS), of the server and of PostgreSQL's processes, after the queries.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
from psycopg.sql import SQL, Literal

from benchmarks.prepare import anonymous, prepared, searcher
from benchmarks.table import Row
from benchmarks.vector_cache import CACHE
from oscine.engines.embedding import Embedder
from oscine.evals.metrics import mean, percentile
from oscine.evals.peer import Tantivy
from oscine.evals.sets import posts
from oscine.ingest import ingest
from oscine.search import grammar, retrieve
from oscine.search.search import POOL
from oscine.sources.jsonl import JsonLines
from oscine.store.postgres import Database, open_database
from oscine.store.vectors import literal

QUERIES = 400
FILTERS = (
    "min_faves:100",
    "filter:links",
    "-filter:links",
    "since:2013-01-01",
    "until:2012-06-01",
    "since:2012-03-01 until:2012-09-01",
    "min_replies:50",
)


def run(data: Path, model: Embedder) -> list[Row]:
    """All figures of speed."""
    file = data / "communities/posts.jsonl.gz"
    texts = [post["text"] for post in posts(file)]
    database = prepared("communities", [file], model)
    queries = _queries(texts)
    rows = _recall(database, model, queries)
    database.close()
    rows += _latency("words and meaning", queries, {}, "median ≤ 40 ms, p99 ≤ 150 ms")
    rows += _latency("words only", queries, {"OSCINE_EMBEDDING": "none"}, "median ≤ 12 ms")
    rows += _peer(file, queries)
    return rows + _import(file) + _embedding(model, texts)


def _queries(texts: list[str]) -> list[str]:
    """Three words out of a post's beginning; every second with a filter."""
    chooser = random.Random(7)
    made = []
    while len(made) < QUERIES:
        words = [word for word in chooser.choice(texts)[:120].split() if word.isalpha() and len(word) > 3]
        if len(words) >= 3:
            query = " ".join(chooser.sample(words, 3))
            made.append(f"{query} {chooser.choice(FILTERS)}" if len(made) % 2 else query)
    return made


def _recall(database: Database, model: Embedder, queries: list[str]) -> list[Row]:
    """How many of the 50 truly nearest posts (every vector compared) the index finds, conditions included."""
    search, view = searcher(database, model), anonymous(database)
    plain, filtered = [], []
    for number, query in enumerate(queries[:100]):
        parsed = grammar.parse(query, datetime.now(UTC))
        where = retrieve.condition(parsed, search._query_languages(parsed))
        vector = model.embed_query(" ".join(parsed.wanted))
        found = [c.number for c in retrieve.by_meaning(view, "", vector, where, POOL, retrieve.few(view, where) if parsed.must else None)[:50]]
        exact = SQL("(v.embedding <=> {}::halfvec) + 0").format(Literal(literal(vector)))
        truth = {
            row["id"] for row in view.select(SQL("p.id"), where, 50, order=exact, tables=SQL("posts p JOIN vectors v ON v.post = p.id"))
        }
        (filtered if number % 2 else plain).append(len(truth & set(found)) / max(1, len(truth)))
    return [Row("recall@50 of the vector index, no filter", f"{mean(plain):.3f}", "", "≥ .95"),
            Row("recall@50 of the vector index, with filters", f"{mean(filtered):.3f}", "", "≥ .95")]  # fmt: skip


def _latency(what: str, queries: list[str], environment: dict[str, str], aim: str) -> list[Row]:
    with _server(CACHE / "data" / "communities", environment) as (url, pid), httpx.Client(base_url=url, timeout=60) as client:
        for query in queries[:20]:
            client.get("/v1/search", params={"q": query[::-1]}).raise_for_status()  # the pages of the indexes come into memory
        took = []
        for query in queries:
            began = time.perf_counter()
            client.get("/v1/search", params={"q": query}).raise_for_status()
            took.append(1000 * (time.perf_counter() - began))
        asked = [_ask(client, query.split(":")[0]) for query in queries[::8]]
        memory = _tree_pss(pid, CACHE / "data" / "communities")
    split = {"": took, ", no filter": took[::2], ", with filters": took[1::2]}
    rows = [Row(f"search over HTTP, {what}{name}: median / p99", _times(t), "", "" if name else aim)
            for name, t in split.items()]  # fmt: skip
    rows.append(Row(f"a quoted answer over HTTP, {what}: median / p99", _times(asked), "", "under a second"))
    return [*rows, Row(f"memory (PSS) of all processes, {what}", f"{memory / 1e9:.2f} GB", "", "≤ 2 GB")]


def _ask(client: httpx.Client, words: str) -> float:
    body = {"model": "oscine", "messages": [{"role": "user", "content": f"What is said about {words}?"}]}
    began = time.perf_counter()
    client.post("/v1/chat/completions", json=body).raise_for_status()
    return 1000 * (time.perf_counter() - began)


def _times(took: list[float]) -> str:
    return f"{percentile(took, 0.5):.1f} / {percentile(took, 0.99):.1f} ms"


def _peer(file: Path, queries: list[str]) -> list[Row]:
    peer = Tantivy(posts(file))
    took = []
    for query in queries:
        began = time.perf_counter()
        peer.search(query.split(":")[0], 20)
        took.append(1000 * (time.perf_counter() - began))
    return [
        Row(
            "the same words in tantivy, in process, no filter, no view: median / p99",
            "",
            _times(took),
        )
    ]


def _import(file: Path) -> list[Row]:
    folder = CACHE / "data" / "import"
    shutil.rmtree(folder, ignore_errors=True)
    database = open_database(folder)
    began = time.monotonic()
    done = ingest(database, JsonLines.open(str(file), "local"))
    seconds = time.monotonic() - began
    database.close()
    shutil.rmtree(folder)
    return [Row(f"import without embeddings, {done.accepted:,} posts", f"{done.lines / seconds:,.0f} posts/s", "", "≥ 3,000 posts/s")]


def _embedding(model: Embedder, texts: list[str]) -> list[Row]:
    some = random.Random(11).sample(texts, 3_000)
    began, used = time.monotonic(), time.process_time()
    model.embed_passages(some)
    wall, cpu = time.monotonic() - began, time.process_time() - used
    return [
        Row(
            "embedding, one thread",
            f"{len(some) / cpu:.0f} posts per CPU-second ({len(some) / wall:.0f} by the clock)",
            "",
            "≥ 150 posts/s a core",
        )
    ]


@contextlib.contextmanager
def _server(folder: Path, environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "oscine", "up", "--no-browser", "--no-sample", "--port", str(port), "--data", str(folder)]
    process = subprocess.Popen(
        command, env={**os.environ, "OSCINE_REQUESTS_PER_MINUTE": "1000000", **environment}, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(url + "/healthz").status_code == 200:
                    break
            time.sleep(0.2)
        yield url, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _tree_pss(server: int, folder: Path) -> int:
    """Bytes of the server's processes and of PostgreSQL's, each shared page counted once over all."""
    postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
    tree = {server, postmaster}
    while more := {child for child, parent in parents.items() if parent in tree} - tree:
        tree |= more
    total = 0
    for pid in tree:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total
