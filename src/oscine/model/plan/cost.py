"""How long a step takes: products, passes over memory, exchanges that are not hidden, the pipeline's bubble, the optimizer.

All is counted from shape and layout. Three constants are fitted on published runs (`Fitted`); other shares name where they come from.
It knows neither prices nor what fits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from oscine.model.plan.exchange import NODE, Exchange, Wires
from oscine.model.plan.gpus import GPU
from oscine.model.plan.shapes import Shape

FLASH = 0.6  # of the products' rate that FlashAttention reaches (Dao 2023: 50 to 73% of the peak of an A100)
SPLIT = 24 / 34  # of a layer's activations that tensor ranks share without sequence parallelism (Korthikanti et al. 2022, equation 2)
SCORE_BYTES, SCORE_AGAIN = 30, 11  # through memory for a score, all passes and the forward one, where attention writes them out: counted
ADAM_BYTES = 30  # through memory for a parameter: gradient, weight, two moments read; weight, its half, two moments written
MUON_BYTES = 20  # the same with one moment
MUON_STEPS, MUON_TURN = 5, 1 << 28  # Newton-Schulz steps, and numbers that are whole on a rank at a time (model/muon.py)
AGAIN = {"none": 0.0, "selective": 0.0, "half": 0.5, "full": 1.0}  # of the forward products that are made a second time


@dataclass(frozen=True)
class Fitted:
    """The constants that published runs decide: `python -m benchmarks.plan`."""

    products: float = 0.804  # of the fastest product measured on a GPU, what a layer's products reach
    passes: float = 198.5  # times that a layer's width goes through memory for a token, forward and backward
    unhidden: float = 0.582  # of an exchange that runs beside products, what is paid all the same


@dataclass(frozen=True)
class Layout:
    """Who shares what, outermost first. `virtual` is how many pieces of the model a pipeline's stage has (Narayanan et al. 2021)."""

    replicas: int = 1
    shards: int = 1
    pipeline: int = 1
    context: int = 1
    tensor: int = 1
    virtual: int = 1
    micro: int = 1
    accumulation: int = 1

    @property
    def data(self) -> int:
        """Ranks with rows of their own."""
        return self.replicas * self.shards

    @property
    def gpus(self) -> int:
        """In all."""
        return self.data * self.pipeline * self.context * self.tensor

    @property
    def rows(self) -> int:
        """Of a step."""
        return self.data * self.micro * self.accumulation


@dataclass(frozen=True)
class Recipe:
    """How it is trained. `sharding` is what `shards` share: gradients and optimizer, or the weights too; `reduce_bytes` are a gradient's on the wire.

    `whole_head` is a table of tokens that tensor ranks do not share, as ours.
    """

    length: int
    recompute: Literal["none", "selective", "half", "full"] = "none"
    attention: Literal["flash", "plain"] = "flash"
    sharding: Literal["nothing", "gradients", "weights"] = "weights"
    reduce_bytes: int = 4
    sequence_parallel: bool = False
    overlap: bool = True
    whole_head: bool = False
    optimizer: Literal["adamw", "muon"] = "adamw"


@dataclass(frozen=True)
class Step:
    """Seconds of a step, and bytes that a GPU receives in it."""

    compute: float
    exposed: float
    bubble: float
    optimizer: float
    inside: float
    across: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.compute + self.exposed + self.bubble + self.optimizer


@dataclass(frozen=True)
class Clock:
    """Times the parts of a step."""

    shape: Shape
    layout: Layout
    recipe: Recipe
    gpu: GPU
    wires: Wires
    fitted: Fitted

    @property
    def tokens(self) -> float:
        """Of a micro-batch, on a GPU."""
        return self.layout.micro * self.recipe.length / self.layout.context

    @property
    def rate(self) -> float:
        """FLOP/s of products."""
        return self.fitted.products * self.gpu.reached

    @property
    def stage_layers(self) -> int:
        """Of the longest stage."""
        return -(-self.shape.layers // self.layout.pipeline)

    @property
    def own(self) -> float:
        """Parameters of a stage, on a tensor rank."""
        tables = self.shape.tables if self.layout.pipeline == 1 else self.shape.table
        return self.stage_layers * self.shape.layer / self.layout.tensor + tables / (1 if self.recipe.whole_head else self.layout.tensor)

    @property
    def near(self) -> int:
        """Data ranks of a computer."""
        return max(1, NODE // (self.layout.tensor * self.layout.context))

    def layer(self) -> float:
        """Seconds of a layer, forward and backward, for a micro-batch."""
        again, tensor = AGAIN[self.recipe.recompute], self.layout.tensor
        products = self.tokens * self.shape.layer / tensor * (6 + 2 * again) / self.rate
        attention, through = self._attention(again)
        whole = 1 / tensor if self.recipe.sequence_parallel else 1.0
        width = self.shape.width * (SPLIT / tensor + (1 - SPLIT) * whole)
        through += self.tokens * 2 * self.fitted.passes * width * (1 + again / 3)
        return products + attention + through / self.gpu.bandwidth

    def _attention(self, again: float) -> tuple[float, float]:
        """Seconds of its products, and bytes through memory."""
        scores = self.tokens * self.recipe.length * self.shape.heads / self.layout.tensor
        if self.recipe.attention == "flash":  # half of the scores are never made, and the backward pass makes them again
            return scores * self.shape.head_dim * (2 * 3.5 + 2 * again) / (self.rate * FLASH), 0.0
        again = float(self.recipe.recompute in ("selective", "full"))
        return scores * self.shape.head_dim * (12 + 4 * again) / self.rate, scores * (SCORE_BYTES + SCORE_AGAIN * again)

    def compute(self) -> float:
        """Seconds of the longest stage for a micro-batch."""
        shared = 1 if self.recipe.whole_head else self.layout.tensor
        head = self.tokens * self.shape.table / shared * 6 / self.rate
        last = self.shape.layers - (self.layout.pipeline - 1) * self.stage_layers
        return max(self.stage_layers * self.layer(), last * self.layer() + head)

    def inner(self) -> Exchange:
        """Sums of tensor ranks, which nothing hides, for a micro-batch."""
        if self.layout.tensor == 1:
            return Exchange()
        times = self.stage_layers * (4 + 2 * AGAIN[self.recipe.recompute])
        return self.wires.sum(self.tokens * self.shape.width * 2, self.layout.tensor, NODE) * times

    def keys(self) -> Exchange:
        """Keys and values that context ranks send each other, forward and twice backward, for a micro-batch."""
        if self.layout.context == 1:
            return Exchange()
        size = self.tokens * self.layout.context * 2 * self.shape.kv_heads / self.layout.tensor * self.shape.head_dim * 2
        return self.wires.gather(size, self.layout.context, NODE // self.layout.tensor) * (3 * self.stage_layers)

    def hops(self) -> Exchange:
        """From stage to stage and back, for a micro-batch."""
        if self.layout.pipeline == 1:
            return Exchange()
        return self.wires.hop(self.tokens * self.shape.width * 2 / self.layout.tensor) * (2 * self.layout.virtual)

    def outer(self) -> tuple[Exchange, Exchange]:
        """Weights gathered for a micro-batch; gradients summed, and what else is exchanged once a step."""
        layout, recipe, size = self.layout, self.recipe, self.own
        if layout.data == 1:
            return Exchange(), Exchange()
        if recipe.sharding == "nothing":
            return Exchange(), self.wires.sum(recipe.reduce_bytes * size, layout.data, self.near)
        pieces = self.stage_layers + 1  # each layer on its own, and the tables
        gather = self.wires.gather(2 * size / pieces, layout.shards, self.near) * pieces
        summed = self.wires.gather(recipe.reduce_bytes * size / pieces, layout.shards, self.near) * pieces
        if layout.replicas > 1:
            near = max(1, self.near // layout.shards)
            summed = summed + self.wires.sum(recipe.reduce_bytes * size / layout.shards / pieces, layout.replicas, near) * pieces
        return (Exchange(), gather + summed) if recipe.sharding == "gradients" else (gather * 2, summed)

    def paid(self, exchange: Exchange, beside: float) -> float:
        """Seconds of an exchange that runs beside so many seconds of products."""
        return max(exchange.seconds - beside, self.fitted.unhidden * exchange.seconds) if self.recipe.overlap else exchange.seconds

    def optimizer(self) -> tuple[float, Exchange]:
        """Seconds of new weights, all told, and what of them is exchanges."""
        held = self.own / (1 if self.recipe.sharding == "nothing" else self.layout.shards)
        if self.recipe.optimizer == "adamw":
            return held * ADAM_BYTES / self.gpu.bandwidth, Exchange()
        exchange = self.muon_exchange()
        return held * MUON_BYTES / self.gpu.bandwidth + self.orthogonal() + exchange.seconds, exchange

    def muon_exchange(self) -> Exchange:
        """Moments put together, directions told to all, a matrix at a time, in bfloat16 (model/muon.py)."""
        layout, total = self.layout, Exchange()
        for rows, columns in self.shape.products:
            size, near = 2.0 * rows * columns, NODE
            total = total + self.wires.gather(size, layout.shards * layout.tensor, near) + self.wires.gather(size, layout.shards * layout.tensor, near)
        return total * self.stage_layers

    def orthogonal(self) -> float:
        """Seconds of Newton-Schulz steps, of which each rank makes a turn's share (Liu et al. 2025)."""
        flops = [MUON_STEPS * (4 * min(m) ** 2 * max(m) + 2 * min(m) ** 3) for m in self.shape.products]
        matrices = len(flops) * self.stage_layers
        turns = max(1, math.ceil(self.stage_layers * self.shape.layer / MUON_TURN))
        a_turn = math.ceil(matrices / turns / (self.layout.shards * self.layout.tensor))
        return turns * a_turn * max(flops) / self.rate


def step(shape: Shape, layout: Layout, recipe: Recipe, gpu: GPU, network: float = 0.0, fitted: Fitted | None = None) -> Step:
    """The time of a step; `network` in bytes a second for each GPU, one way, by default what its kind usually has."""
    clock = Clock(shape, layout, recipe, gpu, Wires(gpu.link, network or gpu.network), fitted or Fitted())
    times, compute = layout.accumulation, clock.compute()
    inner, keys, hops = clock.inner(), clock.keys(), clock.hops()
    gathered, summed = clock.outer()
    a_micro = inner.seconds + clock.paid(keys, compute) + clock.paid(hops, compute)
    data = clock.paid(gathered + summed, compute) + (times - 1) * clock.paid(gathered, compute)  # the last micro-batch's is longer
    optimizer, moments = clock.optimizer()
    sent = (inner + keys + hops + gathered) * times + summed + moments
    bubble = (compute + a_micro) * (layout.pipeline - 1) / layout.virtual
    return Step(times * compute, times * a_micro + data, bubble, optimizer, sent.inside, sent.across)
