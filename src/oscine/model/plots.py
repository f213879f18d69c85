"""Pictures of a run from its `log.jsonl`: how its loss fell and how fast it was. Without matplotlib there are none. It knows no run that is going on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

POINTS = 400  # a line


def draw(run: Path) -> list[Path]:
    """`loss.png` and `speed.png` in a run's folder; those that were drawn."""
    if find_spec("matplotlib") is None:
        return []
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    lines = [line for line in lines if line.get("loss") is not None]
    if not lines:
        return []
    steps = [line["step"] for line in lines]
    _plot(run / "loss.png", steps, [line["loss"] for line in lines], "loss, nats a token")
    _plot(run / "speed.png", steps, [line["tokens_per_second"] for line in lines], "tokens a second")
    return [run / "loss.png", run / "speed.png"]


def _plot(path: Path, steps: Sequence[int], values: Sequence[float], label: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.add_subplot()
    axes.plot(*means(steps, values))
    axes.set(xlabel="step", ylabel=label)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


def means(steps: Sequence[int], values: Sequence[float]) -> tuple[list[float], list[float]]:
    """At most `POINTS` points, each the mean of its neighbours."""
    size = -(-len(steps) // POINTS)
    pieces = [slice(begin, begin + size) for begin in range(0, len(steps), size)]
    return [sum(steps[p]) / len(steps[p]) for p in pieces], [sum(values[p]) / len(values[p]) for p in pieces]
