"""What is no text to learn from, and why: retweets, links alone, cut-off tails, adverts, heaps of tags. It reads cleaned texts and changes none."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oscine.corpus.scores import BEGINNING, letters, pattern, spaces
from oscine.corpus.steps import Batch, drop

RETWEET = r"(?i)^\W*(?:rt|mt)\b\s*(?:[@＠]|‹name›|rt\b)"
CUT_OFF = r"(?:…|\.\.\.)\s*(?:‹url›|https?://\S+)\s*$|\w…$"
_NAMED = r"‹\w+›|[@＠][\w.@-]+|https?://\S+"
_TAG = r"[#＃$@＠]\p{L}|‹"
ADVERT_WORDS = 50  # in longer posts such words stand by chance
HEAP = 6  # tags, links and names; more than two thirds of all words


def judged(batch: pl.DataFrame, shortest: int, longest: int) -> Batch:
    """The batch without them; `shortest` is in letters, `longest` in characters."""
    text = pl.col("text")
    bare = letters(_without_names(batch["text"]).str.head(BEGINNING))
    tags, count = batch["text"].str.count_matches(_TAG).to_numpy(), spaces(batch["text"].str.head(BEGINNING)) + 1
    return drop(
        batch,
        {
            "a retweet": text.str.contains(RETWEET),
            "only links and names": pl.lit(pl.Series((bare == 0) & (tags > 0))),
            "too short": pl.lit(pl.Series(bare < shortest)),
            "too long": text.str.len_chars() > longest,
            "cut off": text.str.contains(CUT_OFF),
            "a heap of tags": pl.lit(pl.Series((tags >= HEAP) & (tags > count * 2 / 3))),
            "an advert": text.str.contains(pattern("adverts")) & pl.lit(pl.Series(count < ADVERT_WORDS)),
            "repeats itself": pl.lit(_repeating(batch["text"].str.head(BEGINNING), count)),
        },
    )


def _without_names(texts: pl.Series) -> pl.Series:
    rows = texts.str.contains_any(["‹", "@", "＠", "://"]).arg_true()
    return texts.clone().scatter(rows, texts.gather(rows).str.replace_all(_NAMED, " ")) if len(rows) else texts


def _repeating(texts: pl.Series, count: NDArray[np.int64]) -> pl.Series:
    """Whether of eight words or more (`count`) fewer than three in ten are different."""
    long = np.flatnonzero(count >= 8)
    different = texts.gather(long).str.split(" ").list.n_unique().to_numpy()
    return pl.repeat(False, len(texts), eager=True).scatter(long, pl.Series(different < 0.3 * count[long]))
