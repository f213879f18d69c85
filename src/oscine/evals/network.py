"""A scratch network to measure on: a data directory of its own, filled with given posts, every vector in place, gone afterwards.

The host's settings and its prepared models are used; its posts are neither read nor touched.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from oscine.app import App


@contextmanager
def network(host: App, lines: Iterable[dict[str, Any]], *, embedding: str = "e5", keep: Path | None = None) -> Iterator[App]:
    """An `App` over Oscine JSONL `lines`; with `keep`, a folder, it stays there and is filled only once. No language model is set."""
    with tempfile.TemporaryDirectory(prefix="oscine-eval-") as folder:
        data = keep or Path(folder)
        _share_models(host, data)
        chosen = {"data": data, "database_url": "", "embedding": embedding, "language_model": "none"}
        with App(host.settings.model_copy(update=chosen)) as app:
            app.embedder()
            if app.database.one("SELECT 1 FROM posts LIMIT 1") is None:
                write(app, lines)
            app.embed_all()
            app.database.execute("ANALYZE")
            yield app


def write(app: App, lines: Iterable[dict[str, Any]]) -> None:
    """Import lines and embed them. Raises `ValueError` where one is refused: a suite with a line missing measures something else."""
    packed = io.BytesIO(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    done = app.ingest(app.source("-", stdin=packed))
    if done.refused:
        raise ValueError(f"line {done.reasons[0][0]}: {done.reasons[0][1]}")
    app.embed_all()


def _share_models(host: App, data: Path) -> None:
    prepared = host.settings.data / "models"
    prepared.mkdir(parents=True, exist_ok=True)
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "models").exists():
        (data / "models").symlink_to(prepared.resolve(), target_is_directory=True)
