"""What is no text to learn from, and why: retweets, links alone, cut-off tails, adverts, heaps of tags. It reads cleaned texts and changes none."""

from __future__ import annotations

import polars as pl

from oscine.corpus.scores import BEGINNING, letters, pattern
from oscine.corpus.steps import Batch, drop

RETWEET = r"(?i)^\W*(?:rt|mt)\b\s*(?:[@＠]|‹name›|rt\b)"
CUT_OFF = r"(?:…|\.\.\.)\s*(?:‹url›|https?://\S+)\s*$|\w…$"
_NAMED = r"‹\w+›|[@＠][\w.@-]+|https?://\S+"
_TAG = r"[#＃$@＠]\p{L}|‹"
ADVERT_WORDS = 50
HEAP = 6  # tags, links and names; more than two thirds of all words


def judged(batch: pl.DataFrame, shortest: int, longest: int) -> Batch:
    """The measured batch without them; `shortest` is in letters, `longest` in characters."""
    text, words = pl.col("text"), pl.col("words")
    bare = pl.lit(_bare_letters(batch))
    tags = pl.lit(batch["text"].str.count_matches(_TAG))
    return drop(
        batch,
        {
            "a retweet": text.str.contains(RETWEET),
            "only links and names": (bare == 0) & (tags > 0),
            "too short": bare < shortest,
            "too long": text.str.len_chars() > longest,
            "cut off": text.str.contains(CUT_OFF),
            "a heap of tags": (tags >= HEAP) & (tags > words * 2 / 3),
            "an advert": text.str.contains(pattern("adverts")) & (words < ADVERT_WORDS),  # in longer posts such words stand by chance
            "repeats itself": (words >= 8) & (pl.col("distinct") < 0.3 * words),
        },
    )


def _bare_letters(batch: pl.DataFrame) -> pl.Series:
    """How many letters there are beside links and names."""
    rows = batch["text"].str.contains("‹|@|＠|://").arg_true()
    named = batch["text"].gather(rows).str.head(BEGINNING).str.replace_all(_NAMED, " ")
    return batch["letters"].clone().scatter(rows, pl.Series(letters(named)))
