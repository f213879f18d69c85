"""One dial gives the whole plan; more of it never gives less."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from oscine.errors import InputError
from oscine.model import budget
from oscine.model.optim import Rates

H100 = 4e14


@pytest.mark.parametrize(("said", "machines", "meant"), [("20m", 1, 1200), ("1.5h", 4, 5400), ("8gpu-days", 4, 172_800), ("30 s", 1, 30)])
def test_budgets_are_read(said: str, machines: int, meant: float) -> None:
    assert budget.seconds(said, machines) == meant


@pytest.mark.parametrize("said", ["", "20", "0m", "-3h", "20 parsecs", "1e3m", "20m; rm"])
def test_what_is_no_budget_is_said(said: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        budget.seconds(said)


def test_more_time_never_makes_a_smaller_model() -> None:
    plans = [budget.plan(H100, 60.0 * 4**power, 32_768, 10**11) for power in range(8)]
    sizes, tokens = [plan.model.parameters for plan in plans], [plan.tokens for plan in plans]
    assert sizes == sorted(sizes) and sizes[-1] > 10 * sizes[0] and tokens == sorted(tokens)


def test_a_plan_keeps_to_its_time_and_its_posts() -> None:
    speed, time = 2e11, 1200.0
    plan = budget.plan(speed, time, 4096, 4_000_000)
    assert plan.tokens * plan.model.flops(plan.length) <= speed * time * 1.05
    small = budget.plan(H100, 36_000.0, 4096, 4_000_000)
    assert small.tokens <= budget.EPOCHS * 4_000_000 * 1.05
    assert small.model.parameters * budget.TOKENS_A_PARAMETER <= budget.EPOCHS * 4_000_000


def test_a_depth_is_kept_and_rows_are_shared() -> None:
    plan = budget.plan(H100, 3600.0, 32_768, 10**9, depth=7, machines=8)
    assert plan.model.depth == 7 and plan.model.width == 448 and plan.rows % 8 == 0
    with pytest.raises(InputError, match="not possible"):
        budget.plan(H100, 3600.0, 32_768, 10**9, depth=1000)


def test_every_shape_can_be_built() -> None:
    for depth in range(1, budget.DEEPEST + 1):
        shape = budget.shape(depth, 4096, 128)
        assert shape.heads % shape.kv_heads == 0 and shape.width == depth * 64


def test_vocabularies_grow_with_the_corpus() -> None:
    assert budget.vocabulary(13_000_000) == 4096
    assert [budget.vocabulary(size) for size in (0, 52_000_000, 10**13)] == [512, 8192, 65_536]


def test_rates_rise_stay_and_fall() -> None:
    line, stable = Rates(warmup=10), Rates(warmup=10, decay=0.2)
    assert [round(line.at(step, 100), 2) for step in (0, 9, 50, 99)] == [0.1, 0.91, 0.5, 0.01]
    assert [round(stable.at(step, 100), 2) for step in (0, 9, 50, 79, 90, 99)] == [0.1, 1, 1, 1, 0.5, 0.05]
