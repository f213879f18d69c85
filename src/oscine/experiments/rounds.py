"""A log of choices, beside another policy: checked once, and reduced to what off-policy estimators need.

It cannot tell whether propensities are what the logging policy really used, and of support it sees only what the log shows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from oscine.errors import InputError

Floats = NDArray[np.float64]
SUMS_TO_ONE = 1e-5  # how far a policy's probabilities may be from 1 together
FEW = 20  # rounds with a reward, below which a normal interval is too short
DEVIATIONS = 3.0  # a mean weight this many standard errors below 1 is no chance


class Rounds(NamedTuple):
    """One entry a round. `predicted` is the model's reward of the logged action, `expected` its mean under the other policy; None without a model.

    `unseen` is the share of the other policy's choices that are actions which the log never took.
    """

    rewards: Floats
    weights: Floats
    predicted: Floats | None
    expected: Floats | None
    unseen: float

    def taken(self, index: NDArray[np.intp]) -> Rounds:
        """These rounds, as often as each is named: a resample."""
        predicted, expected = (None if part is None else part[index] for part in (self.predicted, self.expected))
        return Rounds(self.rewards[index], self.weights[index], predicted, expected, self.unseen)


def rounds(
    rewards: ArrayLike,
    actions: ArrayLike,
    propensities: ArrayLike,
    policy: ArrayLike,
    *,
    positions: ArrayLike | None = None,
    estimated: ArrayLike | None = None,
) -> Rounds:
    """A log of n rounds beside another `policy` over k actions.

    `rewards`, `actions` (0 to k - 1) and `propensities` (the chance that the logging policy gave to the logged action) are (n,). `policy`, the other
    policy's probabilities, and `estimated`, a model's rewards, are (n, k), or (k,) where they are the same in each round; with `positions` (n,), they
    have one axis more, last, of positions.

    Raises `InputError` where shapes do not agree, a propensity is 0, or a policy is none.
    """
    gained, chances = _vector("rewards", rewards), _vector("propensities", propensities)
    count = len(gained)
    chosen = _indices("actions", actions, count)
    places = None if positions is None else _indices("positions", positions, count)
    if count < 2:
        raise InputError(f"The log has {count} rounds.", "Give at least two: an interval needs them.")
    if len(chances) != count:
        raise InputError(f"There are {len(chances)} propensities for {count} rewards.", "Give one for each round.")
    if not ((chances > 0) & (chances <= 1)).all():
        raise InputError("A propensity is not above 0 and at most 1.", "Log the chance that the policy gave to the action it took.")
    others = _by_round("policy", policy, count, places)
    _check_policy(others, chosen)
    weights = others[np.arange(count), chosen] / chances
    if not weights.any():
        raise InputError("The other policy takes none of the logged actions.", "Evaluate a policy that the log overlaps.")
    return Rounds(gained, weights, *_model(estimated, others, chosen, places), _unseen(others, chosen))


def warnings(found: Rounds) -> tuple[str, ...]:
    """What the log cannot say about the other policy: a sentence each."""
    told = []
    if found.unseen > 0:
        told.append(f"{found.unseen:.1%} of the other policy's choices are actions that the log never took: nothing is known of them.")
    mean = float(found.weights.mean())
    missing, error = 1.0 - mean, float(found.weights.std(ddof=1)) / len(found.weights) ** 0.5
    if missing > 0.01 and missing > DEVIATIONS * error:
        told.append(f"Weights are {mean:.2f} on average, not 1: the log lacks support for the other policy, or its propensities are wrong.")
    carried = np.count_nonzero(found.rewards * found.weights)
    if carried < FEW:
        told.append(f"Only {carried} of the rounds that the other policy might choose have a reward: the interval is too short.")
    return tuple(told)


def _numbers(name: str, values: ArrayLike) -> Floats:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"The {name}: not numbers in rows of one length.", "Give an array of numbers.") from None
    if not np.isfinite(found).all():
        raise InputError(f"The {name}: a number is not finite.", "Leave out rounds, or give a number, where one is missing.")
    return found


def _vector(name: str, values: ArrayLike) -> Floats:
    found = _numbers(name, values)
    if found.ndim != 1:
        raise InputError(f"The {name} have the shape {found.shape}.", "Give one number for each round.")
    return found


def _indices(name: str, values: ArrayLike, count: int) -> NDArray[np.intp]:
    found: NDArray[Any] = np.asarray(values)
    if found.shape != (count,) or not np.issubdtype(found.dtype, np.integer) or (found < 0).any():
        raise InputError(f"The {name} are not {count} whole numbers from 0.", "Give one for each round.")
    return found.astype(np.intp)


def _by_round(name: str, values: ArrayLike, count: int, places: NDArray[np.intp] | None) -> Floats:
    """(n, k), whatever of the round and the position `values` leaves out."""
    found = _numbers(name, values)
    axes = 1 if places is None else 2
    if found.ndim not in (axes, axes + 1) or (found.ndim > axes and len(found) != count):
        raise InputError(
            f"The {name} has the shape {found.shape}, for {count} rounds.",
            "Its axes are rounds (if they differ), actions, positions (if given).",
        )
    if places is None:
        return np.broadcast_to(found, (count, found.shape[-1]))
    if places.max() >= found.shape[-1]:
        raise InputError(
            f"The {name} has {found.shape[-1]} positions, the log {places.max() + 1}.", "Number positions from 0, in both alike."
        )
    return found.T[places] if found.ndim == axes else found[np.arange(count), :, places]


def _check_policy(others: Floats, chosen: NDArray[np.intp]) -> None:
    if chosen.max() >= others.shape[1]:
        raise InputError(f"The policy has {others.shape[1]} actions, the log {chosen.max() + 1}.", "Number actions from 0, in both alike.")
    if (others < 0).any() or (abs(others.sum(1) - 1) > SUMS_TO_ONE).any():
        raise InputError("The policy's probabilities are not 1 together.", "Give, for each round, the chance of every action.")


def _model(
    estimated: ArrayLike | None, others: Floats, chosen: NDArray[np.intp], places: NDArray[np.intp] | None
) -> tuple[Floats | None, Floats | None]:
    if estimated is None:
        return None, None
    found = _by_round("estimated rewards", estimated, len(chosen), places)
    if found.shape != others.shape:
        raise InputError(
            f"The estimated rewards are of {found.shape[1]} actions, the policy of {others.shape[1]}.", "Give one for each action."
        )
    return found[np.arange(len(chosen)), chosen], np.einsum("na,na->n", found, others)


def _unseen(others: Floats, chosen: NDArray[np.intp]) -> float:
    never = np.setdiff1d(np.arange(others.shape[1]), chosen)
    return float(others[:, never].sum(1).mean())
