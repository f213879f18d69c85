"""What a person asked never to see, kept out of what is not ranked too: of posts that meet a condition, those that their rules let through.

It rests on the same filters as the feed, and gives no reasons: nobody asks why a line of news is not there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from psycopg.sql import SQL, Composable, Literal

from oscine.feed.hydrate import FromView
from oscine.feed.pipeline import Ask, Filter
from oscine.feed.pool import Posts
from oscine.search.retrieve import conjunction
from oscine.view import View

MOST = 5_000  # posts that are looked at, the newest


class Wanted:
    """One viewer's rules, as `filters`."""

    def __init__(self, view: View, posts: Posts, filters: Sequence[Filter], ask: Ask) -> None:
        self._view, self._hydrate, self._filters, self._ask = view, FromView(view, posts), filters, ask

    def __call__(self, where: Composable) -> Composable:
        """The condition, less the posts that a rule keeps out."""
        if not self._filters:
            return where
        rows = self._view.select(SQL("p.id"), where, MOST, order=SQL("p.created_at DESC, p.id DESC"))
        numbers = np.array(sorted(row["id"] for row in rows), np.int64)
        candidates = self._hydrate(self._ask, numbers, np.zeros((len(numbers), 0), bool))
        out = np.zeros(len(candidates.numbers), bool)
        for each in self._filters:
            out |= ~each(self._ask, candidates)
        kept_out = candidates.numbers[out].tolist()
        return conjunction([where, SQL("p.id <> ALL ({}::bigint[])").format(Literal(kept_out))])


def everything(where: Composable) -> Composable:
    """Of whoever has no rules."""
    return where
