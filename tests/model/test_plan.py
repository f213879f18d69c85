"""The plan's arithmetic, by hand and by what autograd and the published tables say; its verdict on published runs stands as the docs print it."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from oscine.app import App
from oscine.cli import cli
from oscine.errors import InputError
from oscine.model import gpt
from oscine.model.budget import shape as by_depth
from oscine.model.plan import gpus, memory, published, reliability, report, search, shapes
from oscine.model.plan.cost import Fitted, Layout, Recipe, step
from oscine.model.plan.exchange import Wires

ROOT = Path(__file__).parents[2]
H100 = gpus.kind("h100")
LLAMA_8B = shapes.LLAMA["8b"]


@pytest.mark.parametrize(("size", "billions"), [("8b", 8.03), ("70b", 70.55), ("405b", 405.85)])
def test_llama_has_as_many_parameters_as_published(size: str, billions: float) -> None:
    assert shapes.LLAMA[size].parameters / 1e9 == pytest.approx(billions, abs=0.01)


def test_our_shape_counts_as_the_model_does() -> None:
    model = by_depth(20, 65_536, 8192)
    ours = shapes.of_depth(20, 65_536)
    assert ours.parameters == pytest.approx(model.parameters, rel=1e-3)
    assert ours.flops(2048) == pytest.approx(model.flops(2048), rel=1e-3)


@pytest.mark.parametrize(
    ("model", "millions"), [("mpt-1b", 1_316), ("mpt-7b", 6_659), ("mpt-70b", 64_862), ("gpt-18B", 18_400), ("gpt-530B", 529_600)]
)
def test_published_shapes_have_the_parameters_of_their_tables(model: str, millions: float) -> None:
    shape = next(run.shape for run in published.runs() if run.model == model)
    assert shape.parameters / 1e6 == pytest.approx(millions, rel=0.01)


def test_published_layouts_use_all_gpus_and_rows() -> None:
    for run in published.runs():
        assert run.layout.gpus >= 8 and run.seconds > 0
        assert run.shape.layers > (run.layout.pipeline - 1) * run.layout.virtual


def test_a_published_step_follows_from_flops_as_its_source_counts_them() -> None:
    run = next(run for run in published.runs() if run.model == "gpt-1T")
    assert run.seconds == pytest.approx(84 * 86_400 / (450e9 / (3072 * 2048)), rel=0.02)  # 84 days for 450 billion tokens, section 5.1


def test_twice_the_rows_at_a_time_take_twice_the_products() -> None:
    one = step(LLAMA_8B, Layout(micro=1), Recipe(4096), H100)
    two = step(LLAMA_8B, Layout(micro=2), Recipe(4096), H100)
    assert two.compute == pytest.approx(2 * one.compute)
    assert one.exposed == one.bubble == one.inside == one.across == 0


def test_the_bubble_is_that_of_its_schedule() -> None:
    one = step(LLAMA_8B, Layout(pipeline=4, accumulation=8), Recipe(4096), H100)
    four = step(LLAMA_8B, Layout(pipeline=4, accumulation=8, virtual=4), Recipe(4096), H100)
    assert one.bubble == pytest.approx((one.compute + one.exposed) * 3 / 8)
    assert four.bubble < one.bubble / 3


def test_making_activations_again_costs_a_third_and_saves_memory() -> None:
    layout, recipe = Layout(shards=8), Recipe(4096)
    again = replace(recipe, recompute="full")
    assert 1.3 < step(LLAMA_8B, layout, again, H100).compute / step(LLAMA_8B, layout, recipe, H100).compute < 1.35
    assert memory.activations(LLAMA_8B, layout, again) < memory.activations(LLAMA_8B, layout, recipe) / 10


def test_slower_wires_never_make_a_step_faster() -> None:
    layout, recipe = Layout(replicas=4, shards=16, tensor=2), Recipe(4096, whole_head=True, optimizer="muon")
    times = [step(LLAMA_8B, layout, recipe, H100, network).total for network in (50e9, 25e9, 5e9, 1e9)]
    assert times == sorted(times)


def test_a_gather_takes_its_bytes_over_the_slowest_wire_and_its_steps() -> None:
    found = Wires(450e9, 50e9).gather(8e9, 16, 8)
    assert (found.inside, found.across) == (7e9, 0.5e9)
    assert found.seconds == pytest.approx(7e9 / 450e9 / 0.8 + 14 * 3.4e-6 + 14e-6)
    assert Wires(450e9, 50e9).gather(8e9, 1, 8).seconds == 0


class FusedNorm(torch.autograd.Function):
    """Keeps what a GPU's kernel keeps: its input, and a number a row."""

    @staticmethod
    def forward(context: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        scale = (x.square().mean(-1, keepdim=True) + epsilon).rsqrt()
        context.save_for_backward(x, weight, scale)
        return x * scale * weight

    @staticmethod
    def backward(context: Any, *_: Tensor) -> tuple[None, None, None]:
        return None, None, None


def test_activations_are_what_autograd_keeps_of_a_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    config, length = by_depth(8, 512, 64), 64
    monkeypatch.setattr(
        gpt, "attend", lambda q, k, v, _: torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    )
    monkeypatch.setattr(gpt, "rms_norm", FusedNorm.apply)
    layer, x = gpt.Block(config), torch.randn(1, length, config.width, requires_grad=True)
    weights, kept = {parameter.data_ptr() for parameter in layer.parameters()}, dict[int, int]()

    def keep(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage().data_ptr() not in weights:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        y = layer(x, gpt.rotations(length, config, x.device, x.dtype), None)
    shape = shapes.of_depth(8, 512)
    in_half = sum(kept.values()) / length / 2  # float32 here
    assert memory.layer_bytes(shape) == pytest.approx(in_half, rel=0.03)
    assert y.shape == x.shape


def test_young_and_daly_by_hand() -> None:
    assert reliability.young(60, 10_800) == pytest.approx(math.sqrt(2 * 60 * 10_800))
    assert reliability.daly(60, 10_800) == pytest.approx(
        reliability.young(60, 10_800) - 60 + 20, abs=1
    )  # the second term is a third of a save
    assert reliability.daly(100, 40) == 40
    assert pytest.approx(54 * 86_400 / 466) == 3600 / (reliability.FAILURES_A_GPU_HOUR * 16_384)


def test_no_other_interval_loses_less() -> None:
    best = reliability.daly(60, 10_800)
    lost = [reliability.lost(best * share, 60, 10_800, 600) for share in (0.5, 0.8, 1.0, 1.25, 2.0)]
    assert min(lost) == lost[2]
    assert 0 < lost[2] < 0.2


def test_more_gpus_fail_more_often() -> None:
    few, many = reliability.reliability(1024, 1e12), reliability.reliability(16_384, 1e12)
    assert many.between_failures == pytest.approx(few.between_failures / 16)
    assert many.interval < few.interval and many.lost > few.lost * 0.5


def wanted(**others: object) -> report.Wanted:
    return replace(report.Wanted(LLAMA_8B, 64, H100, 1e12, 8192, 4e6), **others)  # type: ignore[arg-type]


def test_a_plan_fits_and_adds_up() -> None:
    plan = report.plan(wanted(price=2.0, kwh=0.1))
    layout = plan["layout"]
    assert plan["engine"] == "oscine" and layout["pipeline"] == 1
    assert layout["replicas"] * layout["shards"] * layout["tensor"] == 64
    assert plan["memory"]["total"] <= memory.USABLE * H100.memory
    assert plan["tokens_a_step"] == layout["replicas"] * layout["shards"] * layout["micro"] * layout["accumulation"] * 8192
    assert plan["tokens_per_second"] == pytest.approx(plan["tokens_a_step"] / plan["step"]["total"])
    assert plan["days"] == pytest.approx(1e12 / plan["tokens_per_second"] / 86_400 / (1 - plan["checkpoint"]["lost"]))
    assert plan["cost"] == {"gpus": pytest.approx(2 * plan["gpu_hours"]), "energy": pytest.approx(100 * plan["mwh"])}
    assert plan["mwh"] == pytest.approx(plan["gpu_hours"] * H100.computer * report.PUE / 1e6)


def test_nobody_has_said_a_price() -> None:
    assert report.plan(wanted())["cost"] == {}


def test_what_ours_cannot_hold_is_for_torchtitan() -> None:
    large = wanted(shape=shapes.LLAMA["405b"], gpus=4096)
    assert report.plan(large)["engine"] == "torchtitan"
    with pytest.raises(InputError, match="No layout of oscine fits"):
        report.plan(replace(large, engine="oscine"))


def test_the_fastest_layout_is_chosen() -> None:
    best = report.chosen(wanted(engine="torchtitan"))
    recipe = replace(best.recipe, recompute="none")
    for layout, _ in search.layouts(LLAMA_8B, 64, 8192, 488, search.ENGINES["oscine"]):
        if memory.memory(LLAMA_8B, layout, recipe).total <= memory.USABLE * H100.memory:
            other = step(LLAMA_8B, layout, recipe, H100)
            assert best.seconds_a_token <= other.total / (layout.rows * 8192) * 1.0001


def test_the_verb_prints_it() -> None:
    told = CliRunner().invoke(cli, ["train", "plan", "--gpus", "1024", "--tokens", "2t", "--batch", "8m", "--json"])
    assert told.exit_code == 0
    assert json.loads(told.stdout)["tokens"] == 2e12
    told = CliRunner().invoke(cli, ["train", "plan", "--gpus", "8", "--model", "350m", "--length", "2048"])
    assert told.exit_code == 0 and "give --price" in told.stdout


@pytest.mark.parametrize("told", ["nine", "9x", "0b", "-1b"])
def test_what_is_no_size_is_refused(told: str) -> None:
    with pytest.raises(InputError, match="is no number"):
        shapes.number(told)


def test_a_word_that_is_no_verb_is_a_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(App, "train", lambda self, corpus, *_, **__: seen.append(corpus))
    for arguments in (["tiny"], ["--budget", "1s", "tiny"], ["run", "plan"]):
        assert CliRunner().invoke(cli, ["train", *arguments]).exit_code == 0
    assert seen == ["tiny", "tiny", "plan"]


def test_the_guide_prints_what_the_benchmark_finds() -> None:
    told = subprocess.run([sys.executable, "-m", "benchmarks.plan"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    table, fitted = told.strip().split("\n\n")
    assert table in (ROOT / "docs" / "guides" / "plan.md").read_text(encoding="utf8")
    assert [float(number) for number in re.findall(r"[\d.]+", fitted)] == [*vars(Fitted()).values()]
