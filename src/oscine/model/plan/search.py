"""The fastest layout that fits: all that an engine can run are timed, and those that a GPU cannot hold are left out.

It knows no prices; what an engine can do stands in `ENGINES`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from oscine.errors import InputError
from oscine.model.plan.cost import Layout, Recipe, Step, step
from oscine.model.plan.exchange import NODE
from oscine.model.plan.gpus import GPU
from oscine.model.plan.memory import USABLE, Memory, memory
from oscine.model.plan.shapes import Shape

POWERS = (1, 2, 4, 8, 16, 32)
MOST_MICRO = 64
UNJUDGED = 8192  # tokens a row up to which there are no context ranks: no published run tells what they cost
Recompute = Literal["none", "half", "full"]


@dataclass(frozen=True)
class Engine:
    """What can be laid out: whether a pipeline and context ranks, what can be made again in the backward pass, and how it trains otherwise."""

    name: str
    pipelines: bool
    recompute: tuple[Recompute, ...]
    recipe: Recipe


ENGINES = {
    engine.name: engine
    for engine in (
        Engine("oscine", False, ("none",), Recipe(0, whole_head=True, optimizer="muon")),
        Engine("torchtitan", True, ("none", "half", "full"), Recipe(0, sequence_parallel=True)),
    )
}


@dataclass(frozen=True)
class Choice:
    """A layout, how it trains, what it takes."""

    engine: Engine
    layout: Layout
    recipe: Recipe
    step: Step
    memory: Memory

    @property
    def seconds_a_token(self) -> float:
        """What is made least."""
        return self.step.total / (self.layout.rows * self.recipe.length)


def best(shape: Shape, gpus: int, gpu: GPU, length: int, rows: int, engine: Engine, network: float = 0.0) -> Choice:
    """The fastest layout for about `rows` rows a step, at least one for each data rank. Raises `InputError` where nothing fits."""
    found: Choice | None = None
    least: Memory | None = None
    for layout, recompute in layouts(shape, gpus, length, rows, engine):
        sharding: Literal["gradients", "weights"] = "gradients" if layout.pipeline > 1 else "weights"  # a pipeline gathers once a step
        recipe = replace(engine.recipe, length=length, recompute=recompute, sharding=sharding)
        held = memory(shape, layout, recipe)
        least = held if least is None or held.total < least.total else least
        if held.total > USABLE * gpu.memory:
            continue
        choice = Choice(engine, layout, recipe, step(shape, layout, recipe, gpu, network), held)
        found = choice if found is None or choice.seconds_a_token < found.seconds_a_token else found
    if found is None:
        told = f" ({least.total / 1e9:.0f} GB at the least, {USABLE * gpu.memory / 1e9:.0f} GB usable)" if least else ""
        raise InputError(
            f"No layout of {engine.name} fits {shape.parameters / 1e9:.1f}b on {gpus:,} {gpu.name}{told}.",
            "Take more GPUs or shorter rows" + (", or --engine torchtitan." if engine.name == "oscine" else "."),
        )
    return found


def layouts(shape: Shape, gpus: int, length: int, rows: int, engine: Engine) -> Iterator[tuple[Layout, Recompute]]:
    """All that an engine can run on so many GPUs."""
    pipelines = [p for p in POWERS if p <= shape.layers] if engine.pipelines else [1]
    contexts = POWERS[:4] if engine.pipelines and length > UNJUDGED else (1,)
    for tensor, pipeline, context in itertools.product(POWERS[:4], pipelines, contexts):
        inner = tensor * pipeline * context
        if gpus % inner or not _shareable(shape, tensor):
            continue
        data = gpus // inner
        for shards, (micro, accumulation) in itertools.product(_shards(data), _batches(rows, data, pipeline)):
            for recompute in engine.recompute:
                yield (
                    Layout(data // shards, shards, pipeline, context, tensor, _virtual(shape.layers, pipeline), micro, accumulation),
                    recompute,
                )


def _shareable(shape: Shape, tensor: int) -> bool:
    return not any(size % tensor for size in (shape.heads, shape.kv_heads, shape.hidden))


def _shards(data: int) -> list[int]:
    """Divisors; a copy is within a computer or on whole computers."""
    return [d for d in range(1, data + 1) if data % d == 0 and (d % NODE == 0 or NODE % d == 0 or d == data)]


def _batches(rows: int, data: int, pipeline: int) -> list[tuple[int, int]]:
    """Rows at a time and times, that come to about as many rows: a pipeline wants as many times as it has stages, at least."""
    share = max(1, round(rows / data), pipeline if pipeline > 1 else 1)
    micros = [m for m in POWERS if m <= min(share, MOST_MICRO)]
    return [(micro, max(1, round(share / micro))) for micro in micros]


def _virtual(layers: int, pipeline: int) -> int:
    """Pieces a stage: as many as it has layers, up to eight."""
    return min(8, layers // pipeline) if pipeline > 1 else 1
