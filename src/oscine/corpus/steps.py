"""What every step of the pipeline is: a pure function of a batch and of what holds for all batches; what it drops has a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import polars as pl

Dropped: TypeAlias = pl.DataFrame  # key, text, reason; the text is empty where not even a sample may be shown
NOTHING = pl.DataFrame(schema={"key": pl.String, "text": pl.String, "reason": pl.String})
Batch = tuple[pl.DataFrame, Dropped]


def drop(batch: pl.DataFrame, reasons: Mapping[str, pl.Expr], *, shown: bool = True) -> Batch:
    """The batch without the rows of which a condition holds; a row's reason is the first that does."""
    reason = pl.coalesce(pl.when(condition).then(pl.lit(why)) for why, condition in reasons.items())
    marked = batch.with_columns(reason=reason)
    if marked["reason"].null_count() == batch.height:
        return batch, NOTHING
    text = pl.col("text") if shown else pl.lit("").alias("text")
    dropped = marked.filter(pl.col("reason").is_not_null()).select("key", text, "reason")
    return marked.filter(pl.col("reason").is_null()).drop("reason"), dropped


def rewrite(batch: pl.DataFrame, where: pl.Expr, change: Callable[[pl.Series], pl.Series]) -> pl.DataFrame:
    """The batch with `change` applied to the texts of the rows of which `where` holds: what is dear is done where it is needed."""
    texts = batch["text"]
    rows = batch.select(where.fill_null(False).alias("chosen"))["chosen"].arg_true()
    return batch.with_columns(text=texts.clone().scatter(rows, change(texts.gather(rows)))) if len(rows) else batch
