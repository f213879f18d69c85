"""A database for a benchmark: files imported, every vector in place (from the cache), kept between runs."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.vector_cache import CACHE, vectors
from oscine.engines.embedding import Embedder
from oscine.evals.sets import posts
from oscine.ingest import ingest
from oscine.records import ANONYMOUS
from oscine.safety.visibility import LabelPolicy
from oscine.search.search import Search
from oscine.sources.jsonl import JsonLines
from oscine.store import vectors as store
from oscine.store.postgres import Database, open_database
from oscine.view import View


def prepared(name: str, files: list[Path], model: Embedder) -> Database:
    """The database of that name in `.cache/data/`, made from `files` where it is not complete yet."""
    database = open_database(CACHE / "data" / name)
    store.prepare(database, model.name, model.dimensions)
    row = database.one("SELECT (SELECT count(*) FROM posts) AS posts, (SELECT count(*) FROM pending_vectors) AS pending")
    assert row
    if row["posts"] == 0:
        for file in files:
            ingest(database, JsonLines.open(str(file), "local"))
    if row["posts"] == 0 or row["pending"]:
        _fill(database, files, model)
        database.execute("ANALYZE")
    return database


def _fill(database: Database, files: list[Path], model: Embedder) -> None:
    """Move the cached vectors in; the index is built once, at the end, as one would for a first import of this size."""
    known: dict[str, np.ndarray] = {}
    for file in files:
        texts = [post["text"] for post in posts(file) if not post.get("author_name")]
        known.update(zip(texts, vectors(texts, model, log=True), strict=True) if texts else ())
    database.execute("DROP INDEX IF EXISTS vectors_near")
    while items := store.pending(database, 5_000):
        named = [item.text for item in items if item.text not in known]  # an account's name is what it was called last
        known.update(zip(named, model.embed_passages(named), strict=True))
        store.save(database, items, np.stack([known[item.text] for item in items]).astype(np.float32))
    print("building the vector index", file=sys.stderr)
    with database.connection() as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SET LOCAL maintenance_work_mem = '1500MB'")
        connection.execute(f"CREATE INDEX vectors_near ON vectors {store.HNSW}")


def anonymous(database: Database) -> View:
    """What everybody sees."""
    return View(database, ANONYMOUS, LabelPolicy())


def searcher(database: Database, model: Embedder | None) -> Search:
    """Search over that database."""
    return Search(anonymous(database), lambda: model)
