"""The training loop: AdamW (Loshchilov and Hutter 2019), rates that rise for a few steps and then fall in a line to nothing, clipped gradients.

It knows neither the network nor the data: batches come from an iterator, the loss from a function.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor, nn, optim

Batch = TypeVar("Batch")
Log = Callable[[str], None]
LONGEST_GRADIENT = 1.0
WEIGHT_DECAY = 0.01
TOLD_EVERY = 20  # steps


@dataclass(frozen=True)
class Schedule:
    """How long: `minutes` by the clock, or, where given, so many `steps`; `rise` is the steps in which the rates rise."""

    minutes: float
    rise: int
    steps: int = 0
    betas: tuple[float, float] = (0.9, 0.999)

    def done(self, steps: int, seconds: float) -> float:
        """The share of the training that lies behind, 1 at its end."""
        return min(1.0, steps / self.steps if self.steps else seconds / (60 * self.minutes))


def fit(rates: Sequence[tuple[Sequence[nn.Parameter], float]], batches: Iterator[Batch], loss: Callable[[Batch], Tensor],
        schedule: Schedule, log: Log) -> list[float]:  # fmt: skip
    """Train parameters, each group at its own highest rate; the loss of every step."""
    optimizer = optim.AdamW([{"params": group, "lr": rate} for group, rate in rates], weight_decay=WEIGHT_DECAY, betas=schedule.betas)
    began, losses = time.monotonic(), list[float]()
    while (done := schedule.done(len(losses), time.monotonic() - began)) < 1:
        for group, (_, rate) in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, (len(losses) + 1) / schedule.rise) * (1 - done)
        losses.append(_step(optimizer, loss(next(batches))))
        if len(losses) % TOLD_EVERY == 0:
            log(f"step {len(losses)}, {time.monotonic() - began:.0f} s: loss {sum(losses[-TOLD_EVERY:]) / TOLD_EVERY:.3f}")
    return losses


def _step(optimizer: optim.AdamW, loss: Tensor) -> float:
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_([each for group in optimizer.param_groups for each in group["params"]], LONGEST_GRADIENT)
    optimizer.step()
    return float(loss.detach())
