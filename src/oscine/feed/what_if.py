"""What a feed would be, had something not been done, or been asked otherwise: it is ranked again for the reader that would then be.

What is undone is undone everywhere: in what the reader did and saw, in what counts for the post and its author, in who is like the reader
(`Reader.undone`). So the answer is what would be ranked had it never been in the store. What others would have done otherwise, nobody knows.
"""

from __future__ import annotations

from typing import NamedTuple

from oscine.errors import NotFound
from oscine.feed.explain import Explanation, explain
from oscine.feed.for_you import ForYou
from oscine.feed.pipeline import Ask, Ranked
from oscine.recommendation import Act, Steering, Weights

NOWHERE = Explanation()


class WhatIf(NamedTuple):
    """A post as it stands, and as it would."""

    before: Explanation
    after: Explanation


def what_if(feed: ForYou, ask: Ask, weights: Weights, post: int, *, without: Act | None = None, steering: Steering | None = None,
            table: Weights | None = None) -> WhatIf:  # fmt: skip
    """Where a post stands in a feed, and where it would without an act, with another steering, by another table; or with several of them together."""
    before = feed.rank(ask, weights)
    after = feed.rank(otherwise(feed, ask, without, steering), table or weights)
    return WhatIf(_of(before, post), _of(after, post))


def otherwise(feed: ForYou, ask: Ask, without: Act | None = None, steering: Steering | None = None) -> Ask:
    """The same ask, of the reader that would be. Nothing is left to chance in either."""
    reader = ask.reader
    asked = reader.steering if steering is None else steering
    return feed.ask(reader.viewer, asked, ask.limit, now=ask.now, without=without)


def _of(ranked: Ranked, post: int) -> Explanation:
    try:
        return explain(ranked, post)
    except NotFound:
        return NOWHERE
