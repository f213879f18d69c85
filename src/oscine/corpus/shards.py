"""Documents to Parquet: posts are sorted into parts by a plan, a part at a time is put together and written.

The columns are a contract with `model/shards.py`. It decides nothing about what goes in.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

PER_PART = 50_000  # documents
HELD_BYTES = 256 << 20  # texts in memory between two writings
PLAN = ("document", "position", "speaker", "split", "part")


def plan(index: pl.DataFrame, documents: pl.DataFrame, split: pl.Series) -> pl.DataFrame:
    """For each row of the index its place in the output: documents sorted by id, so many to a part."""
    ids = index.select("key").with_row_index("document").with_columns(pl.col("document").cast(pl.Int64))
    firsts = ids.filter(pl.Series(documents["document"] == ids["document"])).sort("key").with_row_index("part")
    parts = firsts.select("document", pl.col("part") // PER_PART)
    return (
        documents.with_columns(split)
        .join(parts, on="document", how="left", maintain_order="left")
        .with_columns(file=index["file"], row=index["row"])
    )


class Sorter:
    """Posts on their way from the batches they came in to the parts they belong to, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[pl.DataFrame] = []
        self._bytes = self._written = 0

    def add(self, posts: pl.DataFrame) -> None:
        """Take posts that have their plan's columns."""
        self._held.append(posts)
        self._bytes += int(posts.estimated_size())
        if self._bytes > HELD_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            for (part,), piece in pl.concat(self._held).partition_by("part", as_dict=True).items():
                piece.write_ipc(self._folder / f"part-{part:05}-{self._written:05}.ipc", compression="uncompressed")
            self._written += 1
        self._held, self._bytes = [], 0

    def parts(self) -> Iterator[pl.DataFrame]:
        """The documents of each part, in order."""
        self._flush()
        names = sorted(self._folder.glob("part-*.ipc"))
        for part in sorted({name.name[:10] for name in names}):
            yield documents(pl.concat(pl.read_ipc(name) for name in names if name.name.startswith(part)))


def documents(posts: pl.DataFrame) -> pl.DataFrame:
    """One row a document, sorted by id, of posts with `document, position, speaker, split`."""
    turn = pl.struct(pl.col("speaker").cast(pl.Int8), "text")
    began = pl.from_epoch(pl.col("at").first(), time_unit="us")
    return (
        posts.sort("document", "position")
        .group_by("document", maintain_order=True)
        .agg(
            id=pl.col("key").first(), lang=pl.col("lang").first().fill_null(""), split=pl.col("split").first(), turns=turn,
            year=began.dt.year().cast(pl.Int16), month=began.dt.month(), posts=pl.col("key"), authors=pl.col("account"),
            quality=pl.col("quality").mean().cast(pl.Float32), toxicity=pl.col("toxicity").max(),
            bytes=pl.col("text").str.len_bytes().sum().cast(pl.Int32),
        )
        .drop("document")
        .sort("id")
    )  # fmt: skip


def write(fs: Any, path: str, made: pl.DataFrame) -> dict[str, Any]:
    """Write a part; what `corpus.json` says of it."""
    buffer = io.BytesIO()
    made.write_parquet(buffer, compression="zstd", compression_level=1, statistics=False)
    data = buffer.getvalue()
    with fs.open(path, "wb") as file:
        file.write(data)
    return {"sha256": hashlib.sha256(data).hexdigest(), "documents": made.height, "bytes": int(made["bytes"].sum())}
