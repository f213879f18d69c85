"""A small run of a small model, step by step, on however many ranks: what pretraining does, on tokens by chance."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, optim

from oscine.model import checkpoint, parallel
from oscine.model.gpt import GPT, GPTConfig
from oscine.model.muon import Muon
from oscine.model.optim import grouped
from oscine.model.parallel import Layout

CONFIG = GPTConfig(vocabulary=300, depth=2, width=64, heads=4, kv_heads=2, hidden=96, head_dim=16)
ROWS, LENGTH = 8, 48


def batch(step: int) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, documents and targets[ROWS, LENGTH]; the share of targets differs from row to row."""
    dice = torch.Generator().manual_seed(step)
    chances = torch.arange(1, 301).float().reciprocal()
    tokens = torch.multinomial(chances, ROWS * (LENGTH + 1), replacement=True, generator=dice).view(ROWS, LENGTH + 1)
    targets = tokens[:, 1:].clone()
    targets[torch.rand(targets.shape, generator=dice) < torch.linspace(0, 0.8, ROWS)[:, None]] = -100
    return tokens[:, :-1], (torch.arange(LENGTH) // 18).expand(ROWS, -1), targets


class Steps:
    """A run in its beginning, or where the last checkpoint in its folder left it."""

    def __init__(self, layout: Layout, compute: torch.dtype = torch.float32) -> None:
        torch.manual_seed(5)
        self.mesh = parallel.begin(layout)
        self.apart = layout.shards * layout.tensor > 1
        self.model = parallel.spread(GPT(CONFIG), self.mesh, compute) if self.mesh and self.apart else GPT(CONFIG)
        groups = grouped(self.model.named_parameters())
        self.optimizers = [
            Muon(groups["matrix"], parallel.circle(self.mesh), lr=0.005),
            optim.AdamW(groups["table"] + groups["scalar"], lr=0.003, betas=(0.9, 0.95)),
        ]
        self.step, self.norm = 0, 0.0

    def resume(self, run: Path) -> Steps:
        path = checkpoint.latest(run)
        if path is not None:
            self.step, state = checkpoint.load(path, self.model, self.optimizers)
            torch.set_rng_state(state["random"])
        return self

    def gradients(self) -> float:
        rank, world = parallel.data_rank(self.mesh), parallel.data_world(self.mesh)
        tokens, documents, targets = (part[rank::world] for part in batch(self.step))
        count = parallel.total((targets != -100).sum().float(), self.mesh)
        loss = self.model(tokens, documents, targets, count / world)
        loss.backward()
        if not self.apart:
            parallel.average(self.model.parameters(), self.mesh)
        return float(parallel.total(loss.detach(), self.mesh) / world)

    def take(self) -> float:
        """One step; its loss."""
        loss = self.gradients()
        self.norm = parallel.clip(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.step += 1
        return loss

    def save(self, run: Path, keep: int = 2, multiples: int = 0) -> None:
        checkpoint.save(run, self.step, self.model, self.optimizers, {"random": torch.get_rng_state()}, keep, multiples)


def curve(layout: Layout, steps: int) -> tuple[list[float], list[float], dict[str, Tensor]]:
    """Losses and gradient norms of a run, and the weights that it ends with."""
    run = Steps(layout)
    told = [(run.take(), run.norm) for _ in range(steps)]
    return [loss for loss, _ in told], [norm for _, norm in told], parallel.whole(run.model)


def go_on(run: Path, layout: Layout, until: int, every: int = 2, accident: Callable[[Steps], None] | None = None) -> Any:
    """Take up a run and take it to a step, with a checkpoint now and then; losses by step, and the weights."""
    steps, losses = Steps(layout).resume(run), {}
    while steps.step < until:
        if accident:
            accident(steps)
        loss = steps.take()
        losses[steps.step - 1] = loss
        if steps.step % every == 0:
            steps.save(run)
    return losses, parallel.whole(steps.model)


def die() -> None:
    """As by `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)
