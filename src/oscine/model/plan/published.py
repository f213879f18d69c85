"""The published runs that ship with the package (`published.toml`), each as the cost model takes it, with the seconds that a step took.

It knows where figures come from and how seconds follow from them, and nothing of how well they are met.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oscine.model.plan.cost import Layout, Recipe
from oscine.model.plan.gpus import GPU, kind
from oscine.model.plan.shapes import Shape

FILE = Path(__file__).parents[1] / "published.toml"
RECIPE = ("recompute", "attention", "sharding", "reduce_bytes", "sequence_parallel", "overlap")


@dataclass(frozen=True)
class Run:
    """A row of a published table."""

    table: str
    model: str
    shape: Shape
    layout: Layout
    recipe: Recipe
    gpu: GPU
    network: float
    seconds: float


def runs() -> list[Run]:
    """All of them, in the file's order."""
    told = tomllib.loads(FILE.read_text(encoding="utf8"))
    models = {name: Shape(**model) for name, model in told["models"].items()}
    return [_run({**table, **row}, models[row["model"]]) for table in told["tables"] for row in _rows(table)]


def _rows(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in table["rows"]:
        yield dict(zip(table["columns"], row, strict=True))


def _run(told: dict[str, Any], shape: Shape) -> Run:
    tensor, pipeline, micro = told.get("tensor", 1), told.get("pipeline", 1), told["micro"]
    data = told["gpus"] // (tensor * pipeline)
    replicas, shards = (data, 1) if told["sharding"] == "nothing" else (1, data)
    times = max(1, round(told["batch"] / (data * micro)))
    layout = Layout(replicas, shards, pipeline, 1, tensor, told.get("virtual", 1), micro, times)
    recipe = Recipe(told["sequence"], **{name: told[name] for name in RECIPE if name in told})
    seconds = _seconds(told, shape)
    return Run(told["name"], told["model"], shape, layout, recipe, kind(told["gpu"]), told["network"] * 1e9, seconds)


def _seconds(told: dict[str, Any], shape: Shape) -> float:
    """Of a step, by what the table tells."""
    tokens, value, gpus = told["batch"] * told["sequence"], told["value"], told["gpus"]
    if told["measured"] == "seconds":
        return float(value)
    if told["measured"] == "tokens":
        return float(tokens / (gpus * value))
    if told["measured"] == "model":
        return float(tokens * shape.flops(told["sequence"]) / (gpus * value * 1e12))
    length, layers, width = told["sequence"], shape.layers, shape.width
    work = 96 * tokens * layers * width**2 * (1 + length / (6 * width) + shape.vocabulary / (16 * layers * width))
    return float(work / (gpus * value * 1e12))
