"""One dial: from a budget of time, or a depth, to the whole plan of a training run.

The rules and where each comes from stand in docs/guides/train.md; those marked measured are measured there, the others are published ones.
It knows how fast the machine is because it is told.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from oscine.errors import InputError
from oscine.model.gpt import GPTConfig
from oscine.model.optim import Rates
from oscine.model.tokenizer import LEAST

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "gpu-days": 86_400.0, "gpu-hours": 3600.0}
HEAD = 64  # width of a head, and of a model for each of its layers
EPOCHS = 4  # passes over the same posts that are worth nearly as much as new ones (Muennighoff et al. 2023)
TOKENS_A_PARAMETER = 2.0  # at the smallest budgets, measured; a longer run may have more and is never made shallower for it
DEEPEST = 64


@dataclass(frozen=True)
class Plan:
    """What a run is: the model, tokens a row, rows a step, steps, rates."""

    model: GPTConfig
    length: int
    rows: int
    steps: int
    rates: Rates

    @property
    def tokens(self) -> int:
        """Places for tokens in the whole run."""
        return self.length * self.rows * self.steps


def seconds(budget: str, machines: int = 1) -> float:
    """`20m`, `36h`, `3d` of time; `8gpu-days`, shared by so many `machines`. Raises `InputError`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|gpu-days|gpu-hours)", budget.strip())
    if not found or float(found[1]) <= 0:
        raise InputError(f"The budget {budget!r} cannot be read.", "Write a time such as 20m, 36h or 3d, or 8gpu-days.")
    return float(found[1]) * UNITS[found[2]] / (machines if "gpu" in found[2] else 1)


def vocabulary(text_bytes: int) -> int:
    """Tokens for a corpus: 4,096 at 13 MB (measured), twice as many for four times the text, up to 65,536."""
    power = 12 + round(math.log2(max(1, text_bytes) / 13e6) / 2)
    return 1 << min(16, max(math.ceil(math.log2(LEAST)), power))


def shape(depth: int, size: int, length: int) -> GPTConfig:
    """The model of a depth: as wide as 64 a layer, two query heads to a key's, three widths between the gates."""
    if not 1 <= depth <= DEEPEST:
        raise InputError(f"A depth of {depth} is not possible.", f"Take 1 to {DEEPEST}.")
    width = HEAD * depth
    kv_heads = depth // 2 if depth % 2 == 0 else depth  # heads must be a multiple of the keys'
    return GPTConfig(size, depth, width, heads=depth, kv_heads=kv_heads, hidden=3 * width, head_dim=HEAD, context=length)


def plan(speed: float, time: float, size: int, corpus_tokens: int, depth: int | None = None, machines: int = 1) -> Plan:
    """The plan for `time` seconds at `speed` FLOP/s (of all machines), a vocabulary of `size`, and a corpus of so many tokens.

    The deepest model that still sees `TOKENS_A_PARAMETER` tokens for each of its parameters, of no more than `EPOCHS` passes over the corpus.
    """
    length = 128 if speed * time < 1e17 else 1024 if speed * time < 1e20 else 2048

    def seen(config: GPTConfig) -> float:
        return min(speed * time / config.flops(length), EPOCHS * corpus_tokens)

    depths = [depth] if depth else range(2, DEEPEST + 1)
    fitting = [config for d in depths if seen(config := shape(d, size, length)) >= TOKENS_A_PARAMETER * config.parameters]
    config = fitting[-1] if fitting else shape(depth or 2, size, length)
    tokens = max(1.0, seen(config))
    rows = batch(tokens, length, machines)
    steps = max(1, round(tokens / (rows * length)))
    return Plan(config, length, rows, steps, Rates(warmup=max(1, min(100, steps // 50))))


def batch(tokens: float, length: int, machines: int = 1) -> int:
    """Rows a step, a multiple of `machines`: 3,072 tokens for a run of 8 million (measured), 524,288 for one of 8.8 billion (nanochat)."""
    rows: float = 3072 * (tokens / 8e6) ** 0.73 / length
    return max(machines, round(rows / machines) * machines)


def micro(model: GPTConfig, length: int, memory: float) -> int:
    """Rows at a time that fit half of `memory` bytes beside the weights: about 70 bytes a token for each layer and its width, without recomputing."""
    return max(1, int(memory / 2 / (70 * model.depth * model.width * length)))


def going_on(plan: Plan, model: GPTConfig) -> Plan:
    """The same for a model that is trained already: its shape, and rates a tenth as high, so that it keeps what it knows."""
    rates = replace(plan.rates, matrix=plan.rates.matrix / 10, table=plan.rates.table / 10, scalar=plan.rates.scalar / 10)
    return replace(plan, model=model, rates=rates)
