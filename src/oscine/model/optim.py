"""How weights are changed: Muon (Jordan et al. 2024) for the matrices of the blocks, AdamW (Loshchilov and Hutter 2019) for the rest; rates by schedule.

It knows names and shapes of parameters, not what they are for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn, optim
from torch.distributed import ProcessGroup

from oscine.model.muon import Muon


@dataclass(frozen=True)
class Rates:
    """Highest rates and their course: a rise over `warmup` steps, then level, then a line to nothing over the last `decay` of all steps.

    `decay` 1 is a line from the top (Bergsma et al. 2025); below it, warmup-stable-decay (Hu et al. 2024), which a longer run can go on from.
    """

    matrix: float = 0.04
    table: float = 6e-3
    scalar: float = 6e-3
    weight_decay: float = 0.01
    warmup: int = 20
    decay: float = 1.0

    def at(self, step: int, steps: int) -> float:
        """The share of the highest rates in effect at a step, counted from nought."""
        rise = min(1.0, (step + 1) / self.warmup)
        return rise * min(1.0, (steps - step) / max(1.0, self.decay * steps))


class Optimizers:
    """Both, with their rates. Muon sees whole matrices; a norm's weights and the table are AdamW's, undecayed.

    `circle` are the ranks that share a copy of the weights, as `parallel.circle` tells.
    """

    def __init__(self, model: nn.Module, rates: Rates, circle: ProcessGroup | None = None) -> None:
        groups = grouped(model.named_parameters())
        self.rates = rates
        self.all: list[optim.Optimizer] = [
            Muon(groups["matrix"], circle, lr=rates.matrix, weight_decay=rates.weight_decay),
            optim.AdamW(
                [{"params": groups["table"], "lr": rates.table}, {"params": groups["scalar"], "lr": rates.scalar}],
                betas=(0.9, 0.95), eps=1e-10, weight_decay=0.0,
            ),
        ]  # fmt: skip
        self._highest = [[group["lr"] for group in optimizer.param_groups] for optimizer in self.all]

    def step(self, step: int, steps: int) -> None:
        """Change the weights by their gradients, and forget these."""
        share = self.rates.at(step, steps)
        for optimizer, highest in zip(self.all, self._highest, strict=True):
            for group, rate in zip(optimizer.param_groups, highest, strict=True):
                group["lr"] = rate * share
            optimizer.step()
            optimizer.zero_grad()

    def forget(self) -> None:
        """Drop the gradients."""
        for optimizer in self.all:
            optimizer.zero_grad()


def grouped(named: Iterable[tuple[str, nn.Parameter]]) -> dict[str, list[nn.Parameter]]:
    """Parameters as `matrix` (of the blocks), `table` (of tokens) and `scalar` (of the norms)."""
    groups: dict[str, list[nn.Parameter]] = {"matrix": [], "table": [], "scalar": []}
    for name, parameter in named:
        kind = "scalar" if parameter.ndim < 2 else "matrix" if ".layers." in name else "table"
        groups[kind].append(parameter)
    return groups
