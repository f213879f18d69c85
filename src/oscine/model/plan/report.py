"""The whole plan: layout, memory, time, network, checkpoints, failures, energy, cost; as plain values, and as lines for a person.

Prices are the reader's: none is assumed. Assumptions that are made stand in the plan with their sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from oscine.errors import InputError
from oscine.model.plan import reliability, search
from oscine.model.plan.gpus import GPU
from oscine.model.plan.search import ENGINES, Choice
from oscine.model.plan.shapes import Shape

PUE = 1.54  # of the average data centre: Uptime Institute, Global Data Center Survey 2025
HOUR, DAY = 3600.0, 86_400.0


@dataclass(frozen=True)
class Wanted:
    """What is asked. `tokens` of the whole run, `batch` of a step; `network` and `storage` in bytes a second, nought for what is usual.

    `price` is for a GPU and hour, `kwh` for a kilowatt hour, None where nobody has said.
    """

    shape: Shape
    gpus: int
    gpu: GPU
    tokens: float
    length: int
    batch: float
    engine: str = "auto"
    network: float = 0.0
    storage: float = 0.0
    failures: float = reliability.FAILURES_A_GPU_HOUR
    pue: float = PUE
    price: float | None = None
    kwh: float | None = None


def plan(wanted: Wanted) -> dict[str, Any]:
    """The plan of the fastest layout that fits. Raises `InputError`."""
    choice = chosen(wanted)
    layout, step = choice.layout, choice.step
    tokens = layout.rows * wanted.length
    moments = (4 if choice.recipe.optimizer == "muon" else 8) * (wanted.shape.parameters - wanted.shape.tables) + 8 * wanted.shape.tables
    saved = 4 * wanted.shape.parameters + moments
    failing = reliability.reliability(wanted.gpus, saved, wanted.failures, wanted.storage)
    speed = tokens / step.total
    seconds = wanted.tokens / speed / (1 - failing.lost)
    mwh = wanted.gpus * wanted.gpu.computer * wanted.pue * seconds / HOUR / 1e6
    return {
        "model": {"parameters": wanted.shape.parameters, **asdict(wanted.shape)},
        "machines": {"gpus": wanted.gpus, "gpu": wanted.gpu.name, "network": wanted.network or wanted.gpu.network},
        "engine": choice.engine.name,
        "why": "no layout of oscine's own fits" if wanted.engine == "auto" and choice.engine.name != "oscine" else "",
        "layout": {**asdict(layout), "recompute": choice.recipe.recompute, "optimizer": choice.recipe.optimizer},
        "length": wanted.length,
        "tokens_a_step": tokens,
        "memory": {**asdict(choice.memory), "total": choice.memory.total, "of": wanted.gpu.memory},
        "step": {"compute": step.compute, "exposed": step.exposed, "bubble": step.bubble, "optimizer": step.optimizer, "total": step.total},
        "tokens_per_second": speed,
        "mfu": wanted.shape.flops(wanted.length) * speed / (wanted.gpus * wanted.gpu.peak),
        "network": {"inside": step.inside / step.total, "across": step.across / step.total},
        "checkpoint": {"bytes": saved, **asdict(failing)},
        "tokens": wanted.tokens,
        "days": seconds / DAY,
        "gpu_hours": wanted.gpus * seconds / HOUR,
        "mwh": mwh,
        "cost": cost(wanted, wanted.gpus * seconds / HOUR, mwh),
        "assumed": assumed(wanted),
    }


def chosen(wanted: Wanted) -> Choice:
    """The layout: of our own training where one fits, else of torchtitan, unless an engine is named. Raises `InputError`."""
    if wanted.engine not in ("auto", *ENGINES):
        raise InputError(f"There is no engine {wanted.engine!r}.", f"Take auto, {' or '.join(ENGINES)}.")
    rows = max(1, round(wanted.batch / wanted.length))
    names = list(ENGINES) if wanted.engine == "auto" else [wanted.engine]
    for name in names:
        try:
            return search.best(wanted.shape, wanted.gpus, wanted.gpu, wanted.length, rows, ENGINES[name], wanted.network)
        except InputError:
            if name == names[-1]:
                raise
    raise AssertionError("unreachable")


def cost(wanted: Wanted, gpu_hours: float, mwh: float) -> dict[str, float]:
    """By the prices that were given, and no others."""
    found = {}
    if wanted.price is not None:
        found["gpus"] = gpu_hours * wanted.price
    if wanted.kwh is not None:
        found["energy"] = mwh * 1000 * wanted.kwh
    return found


def assumed(wanted: Wanted) -> list[str]:
    """What the plan takes for granted, with sources."""
    network, storage = wanted.network or wanted.gpu.network, wanted.storage or reliability.STORAGE_A_GPU * wanted.gpus
    return [
        f"{wanted.gpu.computer:.0f} W a GPU with its share of the computer, the most that the maker names; PUE {wanted.pue:g}"
        + (" (average of the Uptime Institute's survey of 2025)" if wanted.pue == PUE else ""),
        f"{network / 1e9:.0f} GB/s a GPU to other computers, one way",
        f"{wanted.failures * 1e6:.1f} failures a million GPU-hours"
        + (" (Llama 3: 466 in 54 days on 16,384)" if wanted.failures == reliability.FAILURES_A_GPU_HOUR else ""),
        f"{storage / 1e9:,.0f} GB/s of storage" + ("" if wanted.storage else " (Llama 3's 2 TB/s for 16,384 GPUs, in proportion)"),
        f"{reliability.RESTART_SECONDS / 60:.0f} minutes to find a failure and start again (MegaScale)",
        "step times by a model that published runs judge: docs/guides/plan.md",
    ]


def lines(plan: dict[str, Any]) -> Iterator[str]:
    """The plan for a person."""
    model, layout, held, step = plan["model"], plan["layout"], plan["memory"], plan["step"]
    machines = f"{plan['machines']['gpus']:,} {plan['machines']['gpu']}"
    yield f"{model['parameters'] / 1e9:.2f}b parameters, {model['layers']} layers of {model['width']:,}, on {machines}"
    yield f"engine     {plan['engine']}" + (f" ({plan['why']})" if plan["why"] else "")
    yield (
        f"layout     {layout['replicas']:,} replicas × {layout['shards']:,} shards × {layout['tensor']} tensor × {layout['pipeline']} pipeline"
        f" × {layout['context']} context" + (f", {layout['virtual']} pieces a stage" if layout["virtual"] > 1 else "")
    )
    yield (
        f"step       {plan['tokens_a_step'] / 1e6:,.2f}m tokens: {layout['micro']} rows of {plan['length']:,} at a time, {layout['accumulation']} times;"
        f" recompute {layout['recompute']}, {layout['optimizer']}"
    )
    parts = ", ".join(
        f"{name} {held[name] / 1e9:.1f}" for name in ("weights", "gradients", "optimizer", "activations", "logits", "buffers")
    )
    yield f"memory     {held['total'] / 1e9:.1f} of {held['of'] / 1e9:.0f} GB: {parts}"
    shares = ", ".join(f"{name} {step[name] / step['total']:.0%}" for name in ("compute", "exposed", "bubble", "optimizer"))
    yield f"time       {step['total']:.2f} s a step: {shares}"
    yield f"speed      {plan['tokens_per_second']:,.0f} tokens/s, MFU {plan['mfu']:.1%}"
    yield f"network    {plan['network']['inside'] / 1e9:.1f} GB/s a GPU inside computers, {plan['network']['across'] / 1e9:.1f} between them, on average"
    yield from _run(plan)


def _run(plan: dict[str, Any]) -> Iterator[str]:
    saved = plan["checkpoint"]
    yield (
        f"checkpoint {saved['bytes'] / 1e9:,.0f} GB in {saved['save']:.1f} s, every {saved['interval'] / 60:.1f} minutes; a failure every"
        f" {saved['between_failures'] / HOUR:.1f} h; {saved['lost']:.1%} of all time is lost to both"
    )
    yield f"run        {plan['tokens'] / 1e12:g}t tokens in {plan['days']:,.1f} days, {plan['gpu_hours']:,.0f} GPU-hours, {plan['mwh']:,.0f} MWh"
    told = ", ".join(f"{name} {amount:,.0f}" for name, amount in plan["cost"].items())
    yield f"cost       {told or 'give --price for a GPU and hour, --kwh for a kilowatt hour'}"
    yield from (f"assumed    {line}" for line in plan["assumed"])
