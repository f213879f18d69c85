"""Spikes are skipped, broken weights are left behind, hopeless runs stop; what is usual is never touched."""

from __future__ import annotations

import json
import math
import random

import pytest

from oscine.model.watch import Advice, Limits, Watch, stragglers


def used(steps: int = 200, limits: Limits = Limits()) -> Watch:  # noqa: B008
    """A watch that has seen a run go well: the loss falls with noise, now and then a norm is twice its usual."""
    watch, dice = Watch(limits), random.Random(3)
    for step in range(steps):
        loss = 3 + 4 * math.exp(-step / 20) + dice.gauss(0, 0.05)
        assert watch.look(step, loss, dice.lognormvariate(0, 0.3) * (2 if step % 40 == 0 else 1)) == Advice("go"), step
    return watch


def test_a_usual_run_is_left_alone() -> None:
    used(2000)


@pytest.mark.parametrize("loss", [4.2, math.nan, math.inf])
@pytest.mark.parametrize("norm", [1.0, 1e4, math.nan])
def test_a_spike_is_skipped_and_named(loss: float, norm: float) -> None:
    watch = used()
    what, why = watch.look(200, loss, norm)
    assert what == "skip"
    assert why.startswith("Step 200 is skipped: ")
    assert watch.look(201, 3.0, 1.0).what == "go"
    assert watch.skipped == 1


def test_the_gradient_alone_can_be_the_spike() -> None:
    watch = used()
    assert "a gradient of 500 where 1" in watch.look(200, 3.0, 500.0).why.replace("0.9", "1")
    assert watch.look(201, 3.0, math.inf) == Advice("skip", "Step 201 is skipped: the gradient is not a number.")


def test_what_lies_below_is_no_spike() -> None:
    assert used().look(200, 0.5, 1e-3).what == "go"


def test_a_spike_does_not_become_usual() -> None:
    watch = used(limits=Limits(skips=1000))
    assert {watch.look(step, 6.0, 1.0).what for step in range(500)} == {"skip"}


def test_the_first_steps_are_not_judged_but_must_be_numbers() -> None:
    watch = Watch()
    assert [watch.look(step, loss, 1.0).what for step, loss in enumerate([9.0, 2.0, 50.0, math.nan])] == ["go", "go", "go", "skip"]


def test_skips_in_a_row_go_back_and_going_back_in_vain_stops() -> None:
    watch = used(limits=Limits(skips=3, returns=2))
    kept = watch.state()
    told = []
    for step in range(9):
        told.append(watch.look(step, math.nan, 1.0))
        if told[-1].what == "back":
            watch.restore(kept)  # the checkpoint's, which knows of no return
    assert [advice.what for advice in told] == ["skip", "skip", "back"] * 2 + ["skip", "skip", "stop"]
    assert "3 steps in a row" in told[2].why
    assert "went back 2 times already" in told[-1].why


def test_one_good_step_breaks_the_row() -> None:
    watch = used()
    assert [watch.look(step, loss, 1.0).what for step, loss in enumerate([9.0, 9.0, 3.0, 9.0, 9.0])] == [
        "skip",
        "skip",
        "go",
        "skip",
        "skip",
    ]


def test_what_it_knows_goes_through_a_checkpoint() -> None:
    watch, other = used(), Watch()
    watch.look(200, 9.0, 1.0)
    other.restore(json.loads(json.dumps(watch.state())))
    for step, loss in enumerate([3.0, 3.3, 9.0, 9.0, 9.0, 3.1], 201):
        assert other.look(step, loss, 1.0) == watch.look(step, loss, 1.0)
    assert other.state() == watch.state()


def test_slow_ranks_are_named() -> None:
    assert stragglers([1.0, 1.1, 3.0, 0.9, 1.49]) == "Slower than the others: rank 2 (2.7 times)."
    assert stragglers([1.0, 1.1, 1.2]) == ""
    assert stragglers([5.0]) == ""
