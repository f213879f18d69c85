"""Thompson sampling of arms that succeed or not, with the chance of each arm computed: a log of it can be evaluated off-policy.

Draw the arm from these chances, not from posteriors: then the logged propensity is the chance it was drawn with, to the last digit. It keeps
no counts and forgets nothing: for tastes that drift, the caller fades the counts.
"""

from __future__ import annotations

from math import lgamma
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from oscine.errors import InputError
from oscine.experiments.rounds import Floats

POINTS = 33  # an arm, where integration begins; the step is halved until it is exact enough
MOST = 1 << 16  # points together
TINY = 1e-300  # no distribution is below it, so that it has a logarithm
REACH = 38.0  # deviations from a posterior's centre; the tails of a logit fall as an exponential at least, so nothing lies beyond


class Chances(NamedTuple):
    """The probability of each arm, and the most by which one changed when the integration's step was halved."""

    values: Floats
    error: float


def chances(
    successes: ArrayLike, failures: ArrayLike, prior: tuple[float, float] = (1.0, 1.0), explore: float = 0.0, error: float = 1e-5
) -> Chances:
    """How probable it is that each of k arms has the highest rate, under Beta posteriors: what Thompson 1933 chooses by.

    Integrated over the logit of the rate, where every Beta density is smooth. `explore` of the choices are uniform, so that no chance is below explore / k and
    no weight of another policy above k / explore. Counts need not be whole.
    """
    alphas, betas = _posterior(successes, prior[0]), _posterior(failures, prior[1])
    if alphas.shape != betas.shape:
        raise InputError(f"There are successes of {alphas.size} arms and failures of {betas.size}.", "Give one of each for every arm.")
    if not 0 <= explore <= 1:
        raise InputError(f"An exploration of {explore} is no share.", "Give a number from 0 to 1.")
    best, off = _integrated(alphas, betas, error)
    return Chances((1 - explore) * best + explore / len(best), (1 - explore) * off)


def choose(found: Chances, rng: np.random.Generator) -> tuple[int, float]:
    """An arm, drawn, and its propensity: log both."""
    ends = found.values.cumsum()
    arm = int(ends.searchsorted(rng.random() * ends[-1], side="right"))  # as rng.choice draws, without its checks
    return arm, float(found.values[arm])


def _posterior(counts: ArrayLike, prior: float) -> Floats:
    found = np.asarray(counts, dtype=np.float64) + prior
    if found.ndim != 1 or not found.size or not (np.isfinite(found) & (found > 0)).all():
        raise InputError("The counts of the arms are no row of numbers from 0.", "Give one for every arm, and a prior above 0.")
    return found


def _integrated(alphas: Floats, betas: Floats, error: float) -> tuple[Floats, float]:
    """Halves the step until no chance changes by more than `error`; between two steps, Richardson's extrapolation takes off what falls with its square."""
    grid = _grid(alphas, betas)
    rough, found, off = _best(grid, alphas, betas), np.zeros_like(alphas), np.inf
    while off > error and grid.size < MOST:
        grid = np.interp(np.arange(2 * grid.size - 1) / 2, np.arange(grid.size), grid)
        finer, before = _best(grid, alphas, betas), found
        rough, found = finer, np.maximum((4 * finer - rough) / 3, 0.0)
        off = float(abs(found - before).max())
    return found / found.sum(), off


def _best(grid: Floats, alphas: Floats, betas: Floats) -> Floats:
    """Of each arm, the integral of its density times the others' distributions.

    A cell gives an arm what its distribution gains there, times what the others have reached in the middle of the cell.
    """
    density = np.exp(_log_density(grid, alphas, betas))
    gains = (density[:, 1:] + density[:, :-1]) / 2 * np.diff(grid)
    ends = np.cumsum(gains, axis=1)
    middles = np.log(np.maximum((ends - gains / 2) / ends[:, -1:], TINY))
    found: Floats = (gains / ends[:, -1:] * np.exp(middles.sum(0) - middles)).sum(1)
    return found


def _grid(alphas: Floats, betas: Floats) -> Floats:
    """Logits, close together around the centre of each posterior."""
    centres, widths = np.log(alphas / betas), np.sqrt(1 / alphas + 1 / betas)
    spread = np.sinh(np.linspace(-1, 1, POINTS) * np.arcsinh(REACH))
    found: Floats = np.unique(centres[:, None] + widths[:, None] * spread)
    return found


def _log_density(grid: Floats, alphas: Floats, betas: Floats) -> Floats:
    """(k, points) of the logits' densities: x^a (1 - x)^b / B(a, b)."""
    constants = np.array([lgamma(a + b) - lgamma(a) - lgamma(b) for a, b in zip(alphas, betas, strict=True)])
    up, down = -np.logaddexp(0, -grid), -np.logaddexp(0, grid)
    found: Floats = alphas[:, None] * up + betas[:, None] * down + constants[:, None]
    return found
