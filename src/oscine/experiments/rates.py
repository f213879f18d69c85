"""Rewards by action, cross-fitted: the model that the direct and the doubly robust estimators lean on.

It knows actions and nothing else: neither who was asked nor when. A better model may be given in its place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oscine.errors import InputError
from oscine.experiments.rounds import Floats

STRENGTH = 100.0  # rounds that the mean of all actions counts for


def crossfitted(
    rewards: Floats, actions: NDArray[np.integer], count: int, rng: np.random.Generator, folds: int = 5, strength: float = STRENGTH
) -> Floats:
    """(n, `count`) the mean reward of each action for each round, from the folds that the round is not in, drawn to the mean of all.

    Cross-fitting as in Chernozhukov et al. 2018, arXiv:1608.00060: a model that has seen a round's reward would hide its own error there.
    """
    if not 2 <= folds <= len(rewards):
        raise InputError(f"{len(rewards)} rounds cannot be in {folds} folds.", "Give at least two folds, and a round for each.")
    fold = rng.permutation(len(rewards)) % folds
    means = np.stack([_shrunk(rewards[fold != out], actions[fold != out], count, strength) for out in range(folds)])
    found: Floats = means[fold]
    return found


def _shrunk(rewards: Floats, actions: NDArray[np.integer], count: int, strength: float) -> Floats:
    sums, sizes = np.bincount(actions, rewards, count), np.bincount(actions, minlength=count)
    found: Floats = (sums + strength * rewards.mean()) / (sizes + strength)
    return found
