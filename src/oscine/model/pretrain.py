"""Pretraining: rows in, steps, checkpoints, a Hugging Face folder out; one process, or as many as torchrun starts.

A run goes on exactly where it was killed: data, weights, optimizers and randomness are all in its last checkpoint.
Weights are kept in float32 and computed with in bfloat16. It knows nothing of how a corpus or a plan came about.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import functional_call

from oscine.errors import InputError, TrainingDiverged
from oscine.model import checkpoint, export, parallel
from oscine.model.gpt import GPT, GPTConfig
from oscine.model.journal import Journal, Work, peak
from oscine.model.kernels import IGNORED
from oscine.model.optim import Optimizers, Rates
from oscine.model.parallel import Layout
from oscine.model.shards import Batch, Place, Stream
from oscine.model.watch import Advice, Watch, stragglers

Log = Callable[[str], None]
LONGEST_GRADIENT = 1.0


@dataclass(frozen=True)
class TrainConfig:
    """All that a run depends on, and with it its weights. `rows` are those of all machines in a step, `micro` those of one at a time."""

    model: GPTConfig
    rates: Rates
    length: int
    rows: int
    steps: int
    seed: int = 0
    micro: int = 0
    half: bool = True
    layout: Layout = field(default_factory=Layout)
    begin_with: str = ""
    checkpoint_every: int = 500
    keep: int = 2
    bytes_a_token: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> TrainConfig:
        """What `to_json` gave."""
        inner = {"model": GPTConfig(**told["model"]), "rates": Rates(**told["rates"]), "layout": Layout(**told["layout"])}
        return cls(**{**told, **inner})


class Taken(NamedTuple):
    """What a step was: its mean loss in nats, the norm of its gradients, its tokens, and what was thought of it."""

    loss: float
    norm: float
    tokens: int
    advice: Advice


class Training:
    """A run in its folder, where `tokens/` is; with others where torchrun started them. Goes on from the run's last checkpoint."""

    def __init__(self, run: Path, config: TrainConfig, log: Log) -> None:
        self.run, self.config = run, config
        self.mesh = parallel.begin(config.layout)
        self.rank, self.world = parallel.data_rank(self.mesh), parallel.data_world(self.mesh)
        if config.rows % self.world:
            raise InputError(f"A step of {config.rows} rows cannot be shared by {self.world} machines.", "Take a multiple of them.")
        self.device = device()
        self.apart = config.layout.shards * config.layout.tensor > 1  # weights in pieces, which then are halved where they meet
        self.half = config.half and not self.apart
        torch.manual_seed(config.seed)
        self.model = self._model()
        self.optimizers = Optimizers(self.model, config.rates, parallel.circle(self.mesh))
        self.stream = Stream(run / "tokens", config.length, config.seed, Place(), self.rank, self.world)
        self.watch, self.step, self.seconds = Watch(), 0, 0.0
        self.log = log
        self.journal: Journal | None = None
        if found := checkpoint.latest(run):
            self._load(found)

    def _model(self) -> GPT:
        model: GPT = export.read(Path(self.config.begin_with)) if self.config.begin_with else GPT(self.config.model)
        model.grow(self.config.model.vocabulary)
        model = model.to(self.device)
        if self.device.type == "cuda":
            for block in model.model.layers:
                block.compile()
        if self.mesh is not None and self.apart:
            return parallel.spread(model, self.mesh, torch.bfloat16 if self.config.half else torch.float32)
        return model

    def _work(self) -> Work:
        config, name = self.config, torch.cuda.get_device_name() if self.device.type == "cuda" else "CPU"
        flops = config.model.flops(config.length)
        return Work(config.steps, flops, config.bytes_a_token, config.layout.machines, peak(name))

    def save(self) -> None:
        """Write a checkpoint of this step; all machines do."""
        state = {"place": list(self.stream.place), "seconds": self.seconds, "watch": self.watch.state(), "random": torch.get_rng_state()}
        checkpoint.save(self.run, self.step, self.model, self.optimizers.all, state, keep=self.config.keep)

    def _load(self, path: Path) -> None:
        self.step, state = checkpoint.load(path, self.model, self.optimizers.all)
        self.stream.place, self.seconds = Place(*state["place"]), state["seconds"]
        self.watch.restore(state["watch"])
        torch.set_rng_state(state["random"])

    def go(self, each: Callable[[Training], None] | None = None) -> None:
        """Train to the end; `each` is called after every step. Raises `TrainingDiverged` where the loss cannot be held."""
        self.journal = Journal(self.run, self.log, self._work(), self.step) if parallel.first() else None
        while self.step < self.config.steps:
            began = time.monotonic()
            taken = self.once()
            self.seconds += time.monotonic() - began
            self._tell(taken)
            if self.step % self.config.checkpoint_every == 0 or self.step == self.config.steps:
                self._look_around()
                self.save()
            if each:
                each(self)
        if self.journal:
            self.journal.close()

    def once(self) -> Taken:
        """One step: gradients, a look at them, new weights."""
        loss, tokens = self.gradients()
        if not self.apart:
            parallel.average(self.model.parameters(), self.mesh)
        norm = parallel.clip(self.model.parameters(), LONGEST_GRADIENT)
        advice = self.watch.look(self.step, loss, norm)
        if advice.what == "go":
            self.optimizers.step(self.step, self.config.steps)
            self.step += 1
        else:
            self._heed(advice)
        return Taken(loss, norm, tokens, advice)

    def _tell(self, taken: Taken) -> None:
        if not self.journal:
            return
        if taken.advice.what == "go":
            rate = self.config.rates.matrix * self.config.rates.at(self.step, self.config.steps)
            self.journal.step(self.step, loss=taken.loss, norm=taken.norm, tokens=taken.tokens, seconds=self.seconds, rate=rate)
        else:
            self.journal.note(self.step, taken.advice.why)

    def _heed(self, advice: Advice) -> None:
        """Leave a step out; or go back to the last checkpoint, with the rows since then behind us; or stop."""
        self.optimizers.forget()
        if advice.what == "skip":
            self.step += 1
        elif advice.what == "stop":
            raise TrainingDiverged(advice.why, f"The last good weights are in {self.run / 'checkpoints'}.")
        elif found := checkpoint.latest(self.run):
            place, watch = self.stream.place, self.watch.state()
            self._load(found)
            self.stream.place = place
            self.watch.restore(watch)

    def _look_around(self) -> None:
        """Say which machine keeps the others waiting."""
        told = stragglers(parallel.gathered(parallel.probe(self.device), self.mesh))
        if told and self.journal:
            self.journal.note(self.step, told)

    def gradients(self) -> tuple[float, int]:
        """Gradients of the next batch; its mean loss in nats a token, and its tokens, both of all machines."""
        batch = self.stream.take(self.config.rows)
        tokens = parallel.total(torch.tensor(float((batch.targets != IGNORED).sum()), device=self.device), self.mesh)
        count, micro = tokens / self.world, self.config.micro or len(batch.tokens)
        summed = torch.zeros((), device=self.device)
        for begin in range(0, len(batch.tokens), micro):
            if self.apart:  # pieces of gradients are exchanged once, with the last rows
                self.model.set_requires_gradient_sync(begin + micro >= len(batch.tokens))
            part = Batch(*(column[begin : begin + micro] for column in batch))
            found = loss(self.model, part, self.device, count, self.half)
            found.backward()
            summed += found.detach().float()
        return float(parallel.total(summed, self.mesh) / self.world), int(tokens)

    def weights(self) -> dict[str, Tensor]:
        """The whole weights, on the first machine; nothing on others."""
        return parallel.whole(self.model)


def device() -> torch.device:
    """Where this process computes: its own GPU, if there is one."""
    return torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")


def memory() -> float:
    """Bytes of this process's GPU; nought where it has none."""
    return float(torch.cuda.get_device_properties(device()).total_memory) if torch.cuda.is_available() else 0.0


def loss(model: GPT, batch: Batch, device: torch.device, count: Tensor | None = None, half: bool = True) -> Tensor:
    """The loss of some rows, over `count` targets or as many as they have; `half` computes in bfloat16 with weights that are float32."""
    tokens, documents, targets = (torch.from_numpy(part).to(device) for part in batch)
    if not half:
        return model(tokens, documents, targets, count)
    halved = {name: parameter.bfloat16() for name, parameter in model.named_parameters()}
    return functional_call(model, halved, (tokens, documents, targets, count))
