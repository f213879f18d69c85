"""Learns which wording wins clicks from tests in which chance dealt each reader one of several: a linear mixed model, solved exactly.

The log-odds of a click on an arm are the head's product with the text's features, plus what its test, its image and its wording bring beside that,
three normal effects of given variances, plus chance. Generalised least squares for the head, normal too (Henderson 1975, "Best linear unbiased
estimation and prediction under a selection model"); draws from its posterior tell how sure it is. It knows arrays, not texts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """Variances, in squared log-odds: of what the head tells of a text whose features have length 1, and of what a test, an image and a wording bring
    beside it."""

    head: float = 1 / 50
    test: float = 0.45
    image: float = 0.05
    wording: float = 0.05
    draws: int = 16
    seed: int = 0


class Arms(NamedTuple):
    """What was measured, a place an arm: its text's features (n, width), the numbers of its test and image, how often it was shown and clicked."""

    features: NDArray[Any]
    tests: NDArray[np.int64]
    images: NDArray[np.int64]
    impressions: Floats
    clicks: Floats


def odds(impressions: Floats, clicks: Floats) -> tuple[Floats, Floats]:
    """The logarithms of odds of a click, and their variances by chance (half a click is added to each side: Haldane 1956, Anscombe 1956)."""
    clicked, passed = clicks + 0.5, impressions - clicks + 0.5
    return np.log(clicked / passed), 1 / clicked + 1 / passed


def fit(arms: Arms, config: Config, prior: Floats | None = None) -> Floats:
    """A head and draws from its posterior: (1 + draws, width), the best first.

    Each row of the prior (by default nothing, and draws from the head's variance) learns from arms disturbed by chance what it did not know, the best
    from the arms as they are: posterior draws, exactly so for a prior of that variance (Papandreou and Yuille 2010, "Gaussian sampling by local
    perturbations"). Raises `InputError` for arms that cannot have been measured.
    """
    _check(arms)
    rows, measured = _whitened(arms, config)
    chance = np.random.default_rng(config.seed)
    if prior is None:
        prior = chance.standard_normal((1 + config.draws, rows.shape[1])) * math.sqrt(config.head)
        prior[0] = 0
    noise = chance.standard_normal((len(rows), len(prior)))
    noise[:, 0] = 0
    return prior + _ridge(rows, measured[:, None] + noise - rows @ prior.T, 1 / config.head).T


def _ridge(rows: Floats, missing: Floats, strength: float) -> Floats:
    """Ridge regression (Hoerl and Kennard 1970), by whichever of its two equal forms is the smaller."""
    held = strength * np.eye(min(rows.shape))
    if rows.shape[1] > len(rows):
        return np.asarray(rows.T @ np.linalg.solve(rows @ rows.T + held, missing), np.float64)
    return np.asarray(np.linalg.solve(rows.T @ rows + held, rows.T @ missing), np.float64)


def _check(arms: Arms) -> None:
    if not len(arms.clicks):
        raise InputError("There is nothing to learn from.", "Give arms that were shown.")
    if not ((arms.impressions > 0) & (arms.clicks >= 0) & (arms.clicks <= arms.impressions)).all():
        raise InputError(
            "An arm was never shown, or clicked more often than it was shown.", "Give arms with impressions and at most as many clicks."
        )


def _whitened(arms: Arms, config: Config) -> tuple[Floats, Floats]:
    """Features and log-odds, test by test such that what is left unexplained has variance 1 and no correlation; their mean is taken out."""
    measured, chance = odds(arms.impressions, arms.clicks)
    rows, found = np.empty(arms.features.shape), np.empty(len(measured))
    level = np.empty(len(measured))
    for test in _places(arms.tests):
        alike = arms.images[test][:, None] == arms.images[test]
        variance = np.diag(chance[test] + config.wording) + config.image * alike + config.test
        lower = np.linalg.cholesky(variance)
        rows[test], found[test] = np.linalg.solve(lower, arms.features[test]), np.linalg.solve(lower, measured[test])
        level[test] = np.linalg.solve(lower, np.ones(len(test)))
    level /= np.linalg.norm(level)
    return rows - np.outer(level, level @ rows), found - level * (level @ found)


def _places(numbers: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Where each number stands."""
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)


class Calibration(NamedTuple):
    """Of differences that were foretold: `gain` times the mean, and a spread of `rest`² + `draws` times the posterior's variance for each side."""

    gain: float
    rest: float
    draws: float


def calibrate(foretold: Floats, spread: Floats, measured: Floats, chance: Floats) -> Calibration:
    """What makes differences of pairs that were not learned from likeliest, among a grid of spreads; all (n,), `spread` and `chance` being variances.

    `foretold` are differences of means, `spread` the sum of both posteriors' variances, `measured` differences of log-odds and `chance` their variances.
    """
    best, likeliest = Calibration(1.0, 0.0, 0.0), -math.inf
    for rest in np.linspace(0.02, 0.5, 25):
        for draws in (0.0, 0.25, 0.5, 1.0):
            variance = 2 * rest**2 + draws * spread + chance
            gain = float((foretold * measured / variance).sum() / (foretold**2 / variance).sum())
            likelihood = float(-(np.log(variance) + (measured - gain * foretold) ** 2 / variance).sum())
            if likelihood > likeliest:
                best, likeliest = Calibration(gain, float(rest), draws), likelihood
    return best
