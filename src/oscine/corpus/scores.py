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

ADULT = ("porn", "sexual", "nudity", "nsfw", "graphic-media", "gore", "hate", "hateful", "threat", "self-harm")  # tier 2
RUDE = ("offensive", "rude", "insult", "toxic", "profanity", "sensitive", "suggestive")  # tier 1
ENOUGH_WORDS = 12
BEGINNING = 500  # characters of a text that its letters and words are counted in

_LETTER = np.zeros(256, dtype=np.uint8)
_LETTER[[*range(65, 91), *range(97, 123), *range(0xC3, 0xE2), *range(0xE3, 0xF0)]] = (
    1  # a leading byte stands for its character; E2 begins signs
)
_SPACE = np.zeros(256, dtype=np.uint8)
_SPACE[[10, 32]] = 1


@cache
def words(kind: str) -> list[str]:
    """The words of a kind in all languages."""
    table = tomllib.loads(resources.files("oscine.corpus").joinpath("words.toml").read_text(encoding="utf8"))
    return sorted({word for listed in table[kind].values() for word in listed})


def letters(texts: pl.Series) -> NDArray[np.int64]:
    """How many letters each text has."""
    return _count(texts, _LETTER)


def spaces(texts: pl.Series) -> NDArray[np.int64]:
    """How many spaces and line breaks each text has."""
    return _count(texts, _SPACE)


def _count(texts: pl.Series, table: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many bytes of each text are in a table."""
    lengths = texts.str.len_bytes().to_numpy().astype(np.int64)
    data = np.frombuffer("".join(texts.to_list()).encode("utf8", "replace"), dtype=np.uint8)
    sums = np.concatenate([[0], np.cumsum(table[data], dtype=np.int64)])
    ends = np.cumsum(lengths)
    counted: NDArray[np.int64] = sums[ends] - sums[ends - lengths]
    return counted


def scored(batch: pl.DataFrame, medians: pl.DataFrame) -> pl.DataFrame:
    """The batch with `toxicity` (int8) and `quality` (float32); `medians` are authors' usual engagement."""
    return batch.with_columns(_toxicity(batch), _quality(batch, medians))


def _toxicity(batch: pl.DataFrame) -> pl.Series:
    labels, text = pl.col("labels").list, pl.col("text")
    adult, rude = (labels.set_intersection(list(names)).list.len() > 0 for names in (ADULT, RUDE))
    told = pl.when(adult).then(2).when(rude | pl.col("sensitive")).then(1).otherwise(0)
    said = pl.when(text.str.contains(pattern("hateful"))).then(2).when(text.str.contains(pattern("coarse"))).then(1).otherwise(0)
    return batch.select(toxicity=pl.max_horizontal(told, said).cast(pl.Int8))["toxicity"]


@cache
def pattern(kind: str) -> str:
    """A regular expression for the words of a kind as whole words. Letters around them are excluded by hand: Unicode's word boundary is slow."""
    return rf"(?i)(?:^|[^\p{{L}}\p{{N}}])(?:{'|'.join(map(re.escape, words(kind)))})(?:$|[^\p{{L}}\p{{N}}])"


def _quality(batch: pl.DataFrame, medians: pl.DataFrame) -> pl.Series:
    texts = batch["text"].str.head(BEGINNING)
    count = spaces(texts) + 1
    length = np.minimum(count / ENOUGH_WORDS, 1.0)
    share = letters(texts) / np.maximum(texts.str.len_chars().to_numpy(), 1)
    distinct = texts.str.to_lowercase().str.split(" ").list.n_unique().to_numpy() / count
    usual = batch.select(account=pl.col("account").hash(0)).join(medians, on="account", how="left", maintain_order="left")["median"]
    engagement, median = batch["engagement"].to_numpy(), usual.fill_null(0).to_numpy()
    liked = (engagement + 1) / (engagement + median + 2)
    return pl.Series("quality", (length + np.minimum(share, 1.0) + np.minimum(distinct, 1.0) + liked) / 4, pl.Float32)


def good_enough(batch: pl.DataFrame, toxicity: int, quality: float) -> Batch:
    """Without what is worse than the operator wants."""
    reasons = {f"toxicity {tier}": pl.col("toxicity") == tier for tier in (1, 2) if tier > toxicity}
    return drop(batch, {**reasons, "low quality": pl.col("quality") < quality})
