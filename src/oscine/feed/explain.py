"""Why a post stands where it stands in a feed, or why it was left out: the parts of its score, which add up to it exactly, what diversity took, what found it.

It speaks of a ranking that was made, not of the model behind it; and only of posts that the reader may see: of others there is nothing in a ranking.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from oscine.errors import NotFound
from oscine.feed.pipeline import Ranked
from oscine.recommendation import Part


class Explanation(NamedTuple):
    """`parts` add up to `points`; `moved` is what was lost for being like posts above. `position` counts from 1; 0 is below what was asked for, or, where there
    is a `dropped`, left out for that reason."""

    points: int = 0
    parts: tuple[Part, ...] = ()
    position: int = 0
    moved: int = 0
    sources: tuple[str, ...] = ()
    dropped: str = ""


def explain(ranked: Ranked, number: int) -> Explanation:
    """Of the post with this number of the store. Raises `NotFound` for one that was not found for this reader."""
    if number in ranked.dropped:
        return Explanation(dropped=ranked.dropped[number])
    place = int(np.searchsorted(ranked.candidates.numbers, number))
    if place >= len(ranked.candidates.numbers) or ranked.candidates.numbers[place] != number:
        raise NotFound("This post was not found for this feed.", "It may be too old, or nothing leads to it; open it by its address.")
    position = next((at for at, pick in enumerate(ranked.picks, 1) if pick.place == place), 0)
    moved = ranked.picks[position - 1].moved if position else 0
    return Explanation(int(ranked.points[place]), tuple(ranked.parts(place)), position, moved, ranked.found_by(place))
