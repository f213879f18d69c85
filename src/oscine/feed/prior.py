"""Foretells what a person will do with a post before anything was learned: sound guesses (`prior.toml`) from counts, age, and what the person did before.

It is a prior, not a measurement. Each post is foretold by itself, whatever others are asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.feed.acts import HOUR, Floats
from oscine.feed.pipeline import Ask, Candidates
from oscine.feed.taste import Close
from oscine.feed.weights import table
from oscine.recommendation import ACTIONS

UNWANTED = ("hide", "report")
TABLE = table("prior")
MANY, SOME = np.log1p(10_000.0), np.log1p(1_000.0)


class Prior(NamedTuple):
    """For one reader: how close they are to authors, and how near posts are to what they like (n,), as `nearness` tells."""

    close: Close

    def foretell(self, ask: Ask, candidates: Candidates, near: NDArray[np.float64]) -> Floats:
        """(n, 9) probabilities, in the order of `ACTIONS`."""
        features = {
            "noticed": np.log1p(np.maximum(candidates.counts @ [1.0, 2.0, 1.0, 2.0], candidates.acts[:, 2])) / MANY,
            "rising": np.log1p(candidates.acts[:, 0] * 24 + candidates.acts[:, 1]) / SOME,
            "author": np.log1p(candidates.author_acts) / SOME,
            "close": self.close.to(candidates.authors),
            "followed": ask.reader.following(candidates.authors).astype(np.float64),
            "near": near,
            "age": np.log1p(np.maximum(ask.now.timestamp() - candidates.created, 0.0) / (HOUR / 2)),
        }
        wanted, unwanted = _sum(TABLE["wanted"], features), _sum(TABLE["unwanted"], features)
        odds = [_logit(TABLE["rates"][action]) + (unwanted if action in UNWANTED else wanted) for action in ACTIONS]
        return np.stack([1 / (1 + np.exp(-each)) for each in odds], axis=1)


def _sum(weights: Mapping[str, float], features: Mapping[str, Floats]) -> Floats:
    return np.asarray(sum(weight * features[name] for name, weight in weights.items()), np.float64)


def _logit(rate: float) -> float:
    return float(np.log(rate / (1 - rate)))
