"""What to do after the gradients of a step are known, before weights change: go on, skip it, go back to a checkpoint, or stop.

A step is a spike where its loss or the norm of its gradient lies far above those of the last hundred: it is skipped. Skipped steps in a row
mean that the weights, not a batch, are at fault: the run goes back to its last checkpoint and on with the rows that come next, not those
that led there (Chowdhery et al. 2022, PaLM; Zhang et al. 2022, OPT's logbook). It is pure: it knows numbers only, and no clock.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, NamedTuple

SLOW = 1.5  # times the median


class Advice(NamedTuple):
    """What to do, and why if it is not `go`."""

    what: Literal["go", "skip", "back", "stop"]
    why: str = ""


@dataclass(frozen=True)
class Limits:
    """How far is too far: `deviations` of the last `window` steps, once there are `least`; `skips` in a row are too many, and so are `returns` in a run.

    A deviation is 1.4826 × the median distance from the median, what a standard deviation would be without outliers; never below the `floor`s,
    of the loss in nats and of the norm as a ratio.
    """

    deviations: float = 8.0
    window: int = 100
    least: int = 50
    skips: int = 3
    returns: int = 5
    loss_floor: float = 0.02
    norm_floor: float = 0.2


class Watch:
    """Looks at every step of a run."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self.skipped = self.returned = 0  # steps, times
        self._in_a_row = 0
        self._losses: deque[float] = deque(maxlen=limits.window)
        self._norms: deque[float] = deque(maxlen=limits.window)  # their logarithms

    def look(self, step: int, loss: float, norm: float) -> Advice:
        """What to do with a step, by its loss in nats and the norm of its gradient before clipping."""
        fault = self._fault(loss, norm)
        if not fault:
            self._in_a_row = 0
            self._losses.append(loss)
            self._norms.append(math.log(max(norm, 1e-12)))
            return Advice("go")
        self.skipped, self._in_a_row = self.skipped + 1, self._in_a_row + 1
        if self._in_a_row < self.limits.skips:
            return Advice("skip", f"Step {step} is skipped: {fault}.")
        self._in_a_row, self.returned = 0, self.returned + 1
        if self.returned > self.limits.returns:
            return Advice(
                "stop",
                f"Step {step}: {fault}; the run went back {self.limits.returns} times already. Lower the rates, or look at the posts.",
            )
        return Advice(
            "back", f"Step {step}: {fault}, {self.limits.skips} steps in a row; back to the last checkpoint, and past these rows."
        )

    def _fault(self, loss: float, norm: float) -> str:
        if not math.isfinite(loss) or not math.isfinite(norm):
            return f"the {'gradient' if math.isfinite(loss) else 'loss'} is not a number"
        if len(self._losses) < self.limits.least:
            return ""
        if _far(loss, self._losses, self.limits.loss_floor) > self.limits.deviations:
            return f"a loss of {loss:.3f} where {median(self._losses):.3f} is usual"
        if _far(math.log(max(norm, 1e-12)), self._norms, self.limits.norm_floor) > self.limits.deviations:
            return f"a gradient of {norm:.3g} where {math.exp(median(self._norms)):.3g} is usual"
        return ""

    def state(self) -> dict[str, Any]:
        """As plain values, for a checkpoint."""
        return {
            "losses": list(self._losses),
            "norms": list(self._norms),
            "in_a_row": self._in_a_row,
            "skipped": self.skipped,
            "returned": self.returned,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `state` gave; how often the run was skipped or sent back is never forgotten by going back."""
        self._losses = deque(state["losses"], self.limits.window)
        self._norms = deque(state["norms"], self.limits.window)
        self._in_a_row = state["in_a_row"]
        self.skipped, self.returned = max(self.skipped, state["skipped"]), max(self.returned, state["returned"])


def _far(value: float, usual: Iterable[float], floor: float) -> float:
    """How many deviations a value lies above the usual ones; below them, less than nought."""
    values = list(usual)
    middle = median(values)
    return (value - middle) / max(floor, 1.4826 * median(abs(each - middle) for each in values))


def stragglers(seconds: Sequence[float]) -> str:
    """A sentence naming the ranks that take longer than 1.5 times the median for the same work; empty where none does."""
    usual = median(seconds)
    slow = [f"rank {rank} ({taken / usual:.1f} times)" for rank, taken in enumerate(seconds) if taken > SLOW * usual > 0]
    return f"Slower than the others: {', '.join(slow)}." if slow else ""
