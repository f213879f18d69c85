"""What a text is like, in figures: letters and words, toxicity 0 to 2, quality 0 to 1. Simple on purpose, and written down in the guide.

It sees the surface: not whether a post is true, kind or well written.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oscine.corpus.steps import Batch, drop

Counts = NDArray[np.int64]

ADULT = ("porn", "sexual", "nudity", "nsfw", "graphic-media", "gore", "hate", "hateful", "threat", "self-harm")  # tier 2
RUDE = ("offensive", "rude", "insult", "toxic", "profanity", "sensitive", "suggestive")  # tier 1
ENOUGH_WORDS = 12
BEGINNING = 500  # characters of a text that its letters and words are counted in

_LETTER = bytes(c in {*range(65, 91), *range(97, 123), *range(0xC3, 0xE2), *range(0xE3, 0xF0)} for c in range(256))
_SPACE = bytes(c in {10, 32} for c in range(256))  # above, a leading byte stands for its character; E2 begins signs


@cache
def words(kind: str) -> list[str]:
    """The words of a kind in all languages."""
    table = tomllib.loads(resources.files("oscine.corpus").joinpath("words.toml").read_text(encoding="utf8"))
    return sorted({word for listed in table[kind].values() for word in listed})


def letters(texts: pl.Series) -> Counts:
    """How many letters each text has."""
    return _count(texts, _LETTER)[0]


def _count(texts: pl.Series, *tables: bytes) -> list[Counts]:
    """How many bytes of each text, and of a line break at its end, are in each table."""
    lengths = texts.str.len_bytes().to_numpy().astype(np.int64) + 1
    data = "\n".join([*texts.to_list(), ""]).encode()
    starts = lengths.cumsum() - lengths
    return [
        np.add.reduceat(np.frombuffer(data.translate(table), np.uint8), starts, dtype=np.int64) if len(starts) else starts
        for table in tables
    ]


def measured(batch: pl.DataFrame) -> pl.DataFrame:
    """The batch with `letters`, `words` and `distinct` (words) of the beginnings of its texts."""
    texts = batch["text"].str.head(BEGINNING)
    letter, words = _count(texts, _LETTER, _SPACE)
    distinct = texts.str.to_lowercase().str.split(" ").list.n_unique()
    return batch.with_columns(letters=pl.Series(letter), words=pl.Series(words), distinct=distinct)


def scored(batch: pl.DataFrame, medians: pl.DataFrame) -> pl.DataFrame:
    """The batch, measured, with `toxicity` (int8) and `quality` (float32); `medians` are authors' usual engagement."""
    return batch.with_columns(_toxicity(batch), _quality(batch, medians)).drop("letters", "words", "distinct")


def _toxicity(batch: pl.DataFrame) -> pl.Series:
    labels, text = pl.col("labels").list, pl.col("text")
    adult, rude = (labels.set_intersection(list(names)).list.len() > 0 for names in (ADULT, RUDE))
    told = pl.when(adult).then(2).when(rude | pl.col("sensitive")).then(1).otherwise(0)
    bad = batch.select(text.str.contains(pattern("hateful", "coarse"))).to_series()
    rows = bad.arg_true()
    hateful = batch["text"].gather(rows).str.contains(pattern("hateful"))
    said = bad.cast(pl.Int32).scatter(rows, hateful.cast(pl.Int32) + 1)
    return batch.select(toxicity=pl.max_horizontal(told, said).cast(pl.Int8))["toxicity"]


@cache
def pattern(*kinds: str) -> str:
    """A regular expression for the words of some kinds as whole words. Letters around them are excluded by hand: Unicode's word boundary is slow."""
    return rf"(?i)(?:^|[^\p{{L}}\p{{N}}])(?:{'|'.join(re.escape(word) for kind in kinds for word in words(kind))})(?:$|[^\p{{L}}\p{{N}}])"


def _quality(batch: pl.DataFrame, medians: pl.DataFrame) -> pl.Series:
    usual = batch.select("engagement", account=pl.col("account").hash(0)).join(medians, on="account", how="left", maintain_order="left")
    liked = (pl.col("engagement") + 1) / (pl.col("engagement") + pl.col("median").fill_null(0) + 2)
    length, distinct = (pl.col("words") / ENOUGH_WORDS).clip(upper_bound=1), (pl.col("distinct") / pl.col("words")).clip(upper_bound=1)
    share = pl.col("letters") / pl.col("text").str.len_chars().clip(1, BEGINNING)
    quality = (length + share.clip(upper_bound=1) + distinct + usual.select(liked).to_series()) / 4
    return batch.select(quality=quality.cast(pl.Float32))["quality"]


def good_enough(batch: pl.DataFrame, toxicity: int, quality: float) -> Batch:
    """Without what is worse than the operator wants."""
    reasons = {f"toxicity {tier}": pl.col("toxicity") == tier for tier in (1, 2) if tier > toxicity}
    return drop(batch, {**reasons, "low quality": pl.col("quality") < quality})
