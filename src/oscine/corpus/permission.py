"""Who and what may go into a corpus: visibility, deletion, labels, the author's word, the operator's policy; and what is withdrawn stays out whole.

A `Survey` is made of all batches first, for a word at the end of the last file counts for the first post. It holds names and hashes, no texts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oscine.corpus.options import Options
from oscine.corpus.posts import Said
from oscine.corpus.steps import Batch, drop

NEVER = -(1 << 63)
QUOTED_WORDS = 8  # so many words in a row of a withdrawn post are a quotation of it
_NOT_WORDS = r"(?i)^\s*(?:rt|mt)\s+(?:@\S+|‹name›)\s*:?|https?://\S+|‹\w+›|@[\w.-]+"

KNOWN = {"key": pl.UInt64, "account": pl.UInt64, "version": pl.Int64, "engagement": pl.Int64}

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Permits:
    """What holds for all batches. `withdrawn` accounts did not consent, are gone or were left out; `older` are rows that a newer version replaces."""

    withdrawn: pl.Series
    allowed: frozenset[str]  # those who said so themselves
    deleted: pl.Series
    medians: pl.DataFrame  # account (hash), median: engagement that is usual for an author
    older: NDArray[np.int64]
    opt_in: bool
    unlisted: bool
    hidden_labels: tuple[str, ...]

    def older_in(self, start: int, height: int) -> NDArray[np.int64]:
        """The replaced rows of a batch that begins with row `start`, counted from its beginning."""
        first, last = np.searchsorted(self.older, (start, start + height))
        older: NDArray[np.int64] = self.older[first:last] - start
        return older


class Survey:
    """What is learned of all posts before the first is judged."""

    def __init__(self) -> None:
        self.rows = 0
        self.refused: list[str] = []
        self._words: dict[str, tuple[int, str]] = {}
        self._deleted_posts: set[str] = set()
        self._deleted_accounts: set[str] = set()
        self._known: list[pl.DataFrame] = []

    def add(self, posts: pl.DataFrame, said: Said) -> None:
        """Note one batch, in order."""
        self.rows += posts.height
        self.refused += said.refused
        self._deleted_posts.update(said.deleted_posts)
        self._deleted_accounts.update(said.deleted_accounts)
        for account, at, word in said.intents:
            if at >= self._words.get(account, (NEVER, ""))[0]:
                self._words[account] = (at, word)
        self._known.append(posts.select(pl.col("key").hash(0), pl.col("account").hash(0), "version", "engagement"))

    def permits(self, options: Options) -> Permits:
        """What follows from all of it."""
        denied = {account for account, (_, word) in self._words.items() if word == "deny"}
        left_out = {*options.without, *(f"{options.network}/{account}" for account in options.without)}  # an id may hold a / itself
        known = pl.concat([pl.DataFrame(schema=KNOWN), *self._known])
        self._known = []
        return Permits(
            withdrawn=pl.Series(sorted(denied | self._deleted_accounts | left_out), dtype=pl.String),
            allowed=frozenset(account for account, (_, word) in self._words.items() if word == "allow"),
            deleted=pl.Series(sorted(self._deleted_posts), dtype=pl.String),
            medians=known.filter(pl.col("engagement") > 0).group_by("account").agg(median=pl.col("engagement").median()).sort("account"),
            older=_older(known), opt_in=options.policy == "opt-in", unlisted=options.unlisted, hidden_labels=options.hidden_labels,
        )  # fmt: skip


def _older(known: pl.DataFrame) -> NDArray[np.int64]:
    """The rows of which there is a newer version; ties go to the later row."""
    double = known.with_row_index("row").filter(pl.col("key").is_duplicated())
    newest = double.sort("version", "row").group_by("key").agg(pl.col("row").last())
    older: NDArray[np.int64] = double.filter(~pl.col("row").is_in(newest["row"].implode()))["row"].sort().to_numpy().astype(np.int64)
    return older


def not_consented(permits: Permits) -> pl.Expr:
    """Whether a post's author, or its deletion, keeps all copies of it out too."""
    gone = pl.col("account").is_in(permits.withdrawn.implode()) | pl.col("key").is_in(permits.deleted.implode())
    if permits.opt_in:
        gone = gone | ~pl.col("account").is_in(pl.Series(sorted(permits.allowed), dtype=pl.String).implode())
    return gone


def permitted(batch: pl.DataFrame, permits: Permits, start: int) -> Batch:
    """Only what may be trained on; `start` is the number of the batch's first row. Of what is dropped no text is kept."""
    older = np.zeros(batch.height, dtype=bool)
    older[permits.older_in(start, batch.height)] = True
    visible = ["public", "unlisted"] if permits.unlisted else ["public"]
    return drop(
        batch,
        {
            "withdrawn": not_consented(permits),
            "not public": ~pl.col("visibility").is_in(visible),
            "hidden by a label": pl.col("labels").list.set_intersection(list(permits.hidden_labels)).list.len() > 0,
            "a newer version exists": pl.lit(pl.Series(older)),
        },
        shown=False,
    )


def withdrawn_marks(texts: pl.Series) -> Hashes:
    """Hashes by which copies and quotations of these (cleaned) texts are known: of every eight words in a row, or of a shorter text whole."""
    return np.unique(_marks(texts)[1])


def copies(batch: pl.DataFrame, marks: Hashes) -> Batch:
    """Without what says the same as a withdrawn post, or quotes it."""
    if not len(marks):
        return drop(batch, {"a copy of a withdrawn post": pl.lit(False)}, shown=False)
    rows, hashes = _marks(batch["text"])
    quoting = np.zeros(batch.height, dtype=bool)
    place = np.minimum(np.searchsorted(marks, hashes), len(marks) - 1)
    quoting[rows[marks[place] == hashes]] = True
    return drop(batch, {"a copy of a withdrawn post": pl.lit(pl.Series(quoting))}, shown=False)


def _marks(texts: pl.Series) -> tuple[NDArray[np.int64], Hashes]:
    """(row, hash) pairs: a polynomial over the hashes of a window's words, mod 2^64."""
    plain = texts.str.replace_all(_NOT_WORDS, " ").str.to_lowercase()
    words = pl.DataFrame({"row": np.arange(len(texts)), "word": plain.str.extract_all(r"[\p{L}\p{M}\p{N}]+")}).explode("word").drop_nulls()
    rows, hashes = words["row"].to_numpy(), words["word"].hash(0).to_numpy()
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    left = np.searchsorted(rows, rows, side="right") - np.arange(len(rows))  # words of the text from here on
    total, power = np.zeros(len(rows), dtype=np.uint64), np.uint64(1)
    padded = np.concatenate([hashes, np.zeros(QUOTED_WORDS, dtype=np.uint64)])
    for step in range(QUOTED_WORDS):
        within = left > step
        total += np.where(within, padded[step : step + len(rows)] * power, np.uint64(0))
        power = power * np.uint64(0x9E3779B97F4A7C15) if power < 2**63 else power
    whole = (left >= QUOTED_WORDS) | (place == 0)
    return rows[whole], total[whole]
