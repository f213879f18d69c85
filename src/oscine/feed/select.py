"""Puts the best in order: maximal marginal relevance (Carbonell and Goldstein 1998) over vectors and authors, and, where something is left to chance,
draws from a Plackett–Luce model with the chance of every draw.

Only what a post scores above 0 is lost by it for being like those above: what scores less stays where it is. It does not know what a score is made of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.feed.pipeline import Ask, Bools, Candidates, Floats, Pick
from oscine.feed.reader import Ints
from oscine.feed.taste import centred
from oscine.recommendation import POINTS

DRAWN = 10  # places at the top that may be left to chance
SHORTLIST = 4  # times the posts that are asked for: the best of all, among which the order is made

Choose = Callable[
    [int, Ints, Bools], tuple[int, float]
]  # of how many stand above, the points (n,) and which are left: the place of the next, its chance


class Diverse(NamedTuple):
    """`diversity`, from 0 to 1, is the part of its points that a post loses for being just like one above it, `author` for each above by the same author.
    `middle` (d,) is what all vectors have in common."""

    diversity: float
    author: float
    middle: NDArray[np.float32]

    def __call__(self, ask: Ask, candidates: Candidates, points: Ints, rng: np.random.Generator) -> list[Pick]:
        """From the top; among equal ones, the newer number first."""

        def choose(above: int, points: Ints, left: Bools) -> tuple[int, float]:
            return drawn(points, left, ask.temperature if above < DRAWN else 0.0, rng)

        short = shortlist(candidates.numbers, points, ask.limit)
        picks = self.ordered(candidates.authors[short], candidates.vectors[short], points[short], ask.limit, choose)
        return [pick._replace(place=int(short[pick.place])) for pick in picks]

    def ordered(self, authors: Ints, vectors: NDArray[np.float32], points: Ints, limit: int, choose: Choose) -> list[Pick]:
        """Posts one after the other, as `choose` takes them, each losing for those above it."""
        like, kept = centred(vectors, self.middle), np.ones(len(points))
        nearest, left, picks = np.zeros(len(points)), np.ones(len(points), bool), list[Pick]()
        while left.any() and len(picks) < limit:
            lost = np.rint(np.maximum(points, 0) * (1 - kept * (1 - self.diversity * nearest))).astype(np.int64)
            place, chance = choose(len(picks), points - lost, left)
            picks.append(Pick(place, -int(lost[place]), chance))
            left[place] = False
            kept = np.where(authors == authors[place], kept * (1 - self.author), kept)
            nearest = np.maximum(nearest, np.clip(like @ like[place], 0, 1))
        return picks


def shortlist(numbers: Ints, points: Ints, limit: int) -> Ints:
    """Places of the candidates with most points, among which an order of `limit` is made; the best first."""
    return np.lexsort((-numbers, -points))[: SHORTLIST * limit]


def drawn(points: Ints, left: Bools, temperature: float, rng: np.random.Generator) -> tuple[int, float]:
    """Which of those that are left comes next, and the chance that it did.

    Without a temperature, or with one of less than a point, the first with most points; else, by the Gumbel-max trick, each by the softmax of its score over
    the temperature.
    """
    open_ = np.flatnonzero(left)
    if temperature * POINTS < 1:
        return int(open_[np.argmax(points[open_])]), 1.0
    chances = softmax(points[open_] / (POINTS * temperature))
    place = int(np.argmax(np.log(np.maximum(chances, 1e-300)) + rng.gumbel(size=len(open_))))
    return int(open_[place]), float(chances[place])


def softmax(scores: Floats) -> Floats:
    """Chances (n,) that add up to 1."""
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())
