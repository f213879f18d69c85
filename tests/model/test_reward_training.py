"""The reward's mixed model finds what wording brings, however much tests and images bring, and knows how sure it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from oscine.errors import InputError
from oscine.model.reward import Arms, Config, calibrate, fit

TRUE = np.array([0.6, -0.4, 0.0, 0.2])
CONFIG = Config(head=0.25, wording=0.01, draws=200)


def dealt(chooser: np.random.Generator, tests: int, shown: int = 4_000, head: np.ndarray = TRUE) -> Arms:
    """Four wordings a test under two images, whose clicks chance makes of the head, the test and the image."""
    numbers = np.repeat(np.arange(tests), 4)
    images = numbers * 2 + np.tile([0, 0, 1, 1], tests)
    features = chooser.standard_normal((len(numbers), len(head))) / math.sqrt(len(head))
    level = -4 + chooser.normal(0, 0.7, tests)[numbers] + chooser.normal(0, 0.25, 2 * tests)[images]
    odds = level + features @ head + chooser.normal(0, 0.1, len(numbers))
    return Arms(
        features, numbers, images, np.full(len(numbers), shown, float), chooser.binomial(shown, 1 / (1 + np.exp(-odds))).astype(float)
    )


def test_it_finds_what_wording_brings_and_how_sure_that_is() -> None:
    found = fit(dealt(np.random.default_rng(1), 400), CONFIG)
    spread = found[1:].std(axis=0)
    assert found.shape == (201, 4)
    assert spread.max() < 0.06
    assert (np.abs(found[0] - TRUE) < 3.5 * spread).all()
    assert np.abs(found[1:].mean(axis=0) - found[0]).max() < 0.02, "the draws lie about the best"


def test_the_draws_are_as_wide_as_the_error_is() -> None:
    errors, spreads = list[float](), list[float]()
    for seed in range(30):
        found = fit(dealt(np.random.default_rng(seed), 25, head=np.random.default_rng(seed).normal(0, 0.5, 4)), CONFIG)
        errors += ((found[0] - np.random.default_rng(seed).normal(0, 0.5, 4)) ** 2).tolist()
        spreads += found[1:].var(axis=0).tolist()
    assert 0.7 < np.mean(errors) / np.mean(spreads) < 1.4


def test_both_forms_of_ridge_regression_are_equal() -> None:
    arms = dealt(np.random.default_rng(2), 30)
    wide = arms._replace(features=np.hstack([arms.features, np.zeros((120, 200))]))
    assert np.allclose(fit(wide, CONFIG)[0, :4], fit(arms, CONFIG)[0])


def test_what_is_alike_in_a_test_teaches_nothing() -> None:
    arms = dealt(np.random.default_rng(3), 50)
    same = arms._replace(features=np.repeat(arms.features[::4], 4, axis=0))
    strict = Config(test=1e6, draws=2)
    assert np.abs(fit(same, strict)[0]).max() < 1e-3 < np.abs(fit(arms, strict)[0]).max()


def test_a_few_arms_move_a_prior_a_little_and_many_move_it_far() -> None:
    prior = np.tile(-TRUE, (5, 1))
    moved = [np.linalg.norm(fit(dealt(np.random.default_rng(4), tests), CONFIG, prior)[0] + TRUE) for tests in (1, 10, 300)]
    assert moved[0] < moved[1] < moved[2]
    assert moved[2] == pytest.approx(2 * np.linalg.norm(TRUE), rel=0.1)


def test_rows_that_disagree_come_nearer() -> None:
    prior = np.random.default_rng(5).normal(0, 1, (40, 4))
    after = fit(dealt(np.random.default_rng(5), 60), CONFIG, prior)
    assert (after.std(axis=0) < prior.std(axis=0) / 4).all()


@pytest.mark.parametrize(("impressions", "clicks"), [(0.0, 0.0), (10.0, 11.0), (10.0, -1.0)])
def test_what_cannot_have_been_measured_is_refused(impressions: float, clicks: float) -> None:
    arms = Arms(np.ones((1, 2)), *[np.zeros(1, int)] * 2, np.array([impressions]), np.array([clicks]))
    with pytest.raises(InputError, match="shown"):
        fit(arms, CONFIG)


def test_nothing_to_learn_from_is_said() -> None:
    nothing = np.zeros(0)
    with pytest.raises(InputError, match="nothing to learn"):
        fit(Arms(np.zeros((0, 2)), *[nothing.astype(int)] * 2, nothing, nothing), CONFIG)


def test_calibration_finds_how_far_off_differences_are() -> None:
    chooser = np.random.default_rng(6)
    true, chance = chooser.normal(0, 0.5, 20_000), np.full(20_000, 0.04)
    measured = true + chooser.normal(0, 0.2, 20_000)
    foretold = (true + chooser.normal(0, math.sqrt(2) * 0.2, 20_000)) / 2
    found = calibrate(foretold, np.zeros(20_000), measured, chance)
    assert found.gain == pytest.approx(2 * 0.25 / (0.25 + 0.08), rel=0.05), "regression to the mean"
    assert found.rest == pytest.approx(math.sqrt(0.08 * 0.25 / (0.25 + 0.08) / 2), abs=0.03)
