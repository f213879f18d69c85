"""What another policy would have had: near the truth where it is known, refused where the log cannot tell."""

from __future__ import annotations

import numpy as np
import pytest

from oscine.ads.measure.whatif import ESTIMATORS, whatif
from oscine.errors import InputError
from oscine.store.outcomes import Log

RATES = np.array([0.02, 0.05, 0.1])


def logged(count: int = 20_000, chances: tuple[float, ...] = (0.2, 0.2, 0.6), seed: int = 3) -> Log:
    """Impressions of ten days, drawn with the same chances throughout."""
    rng = np.random.default_rng(seed)
    actions = rng.choice(3, count, p=chances)
    clicked = rng.random(count) < RATES[actions]
    return Log(
        (7, 8, 9),
        np.zeros(3, bool),
        actions,
        np.array(chances)[actions],
        np.tile(chances, (count, 1)),
        clicked,
        np.arange(count) * 10 // count,
        True,
    )


@pytest.mark.parametrize(
    ("policy", "truth", "sentence"), [("even", 1000 * RATES.mean(), "fewer"), ("only:9", 100.0, "more"), ("only:7", 20.0, "fewer")]
)
def test_near_the_truth(policy: str, truth: float, sentence: str) -> None:
    found = whatif(1, logged(), policy)
    assert found.estimates.keys() == ESTIMATORS.keys()
    assert all(estimate.low <= truth <= estimate.high for estimate in found.estimates.values())
    assert abs(found.actual.value - 74) < 8 and found.difference.low <= truth - 74 <= found.difference.high
    assert f"would have had {sentence} clicks" in found.sentence and found.sentence.startswith(f"`{policy}`")


def test_the_best_so_far_knows_nothing_of_today() -> None:
    """Evenly on the first day, then always the best: a tenth of the truth is 56.7, nine tenths 100."""
    found = whatif(1, logged(), "best")
    truth = 0.1 * 1000 * RATES.mean() + 0.9 * 100
    assert found.estimates["dr"].low <= truth <= found.estimates["dr"].high


def test_a_policy_like_the_one_that_ran_makes_no_difference() -> None:
    found = whatif(1, logged(chances=(1 / 3, 1 / 3, 1 / 3)), "even")
    assert found.difference.low <= 0 <= found.difference.high and "could be chance" in found.sentence
    assert found.effective == pytest.approx(20_000) and found.largest == pytest.approx(1)


def test_the_same_log_gives_the_same_answer() -> None:
    assert whatif(1, logged(), "even") == whatif(1, logged(), "even")


def test_only_what_was_to_be_had_is_chosen() -> None:
    """Creative 9 came in the second half: `only:9` is asked of that half, `even` shares what there was."""
    log = logged(chances=(0.5, 0.5, 0.0))
    later = logged(chances=(0.2, 0.2, 0.6), seed=1)
    both = Log(*log[:2], *(np.concatenate(pair) for pair in zip(log[2:7], later[2:7], strict=True)), True)  # type: ignore[arg-type]
    assert whatif(1, both, "only:9").impressions == 20_000
    even = whatif(1, both, "even").estimates["dr"]
    assert even.low <= (35 + 1000 * RATES.mean()) / 2 <= even.high


@pytest.mark.parametrize("policy", ["", "thompson", "only:", "only:x", "only:-1", "only:²", "best:7", "even; DROP TABLE served"])
def test_policies_that_are_none(policy: str) -> None:
    with pytest.raises(InputError, match="There is no policy"):
        whatif(1, logged(500), policy)


def test_what_the_log_cannot_tell() -> None:
    with pytest.raises(InputError, match="has 99 impressions"):
        whatif(1, logged(99), "even")
    with pytest.raises(InputError, match="has 0 impressions"):
        whatif(1, logged(), "only:12345678901234567890")
    with pytest.raises(InputError, match="says too little of `only:7`: 0 clicks"):
        whatif(1, logged(200, (0.01, 0.09, 0.9)), "only:7")


def test_a_log_that_was_cut_says_so() -> None:
    assert whatif(1, logged()._replace(whole=False), "even").warnings == ("Only the newest 20,000 impressions were read.",)
