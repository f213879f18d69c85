"""The shape of a decoder, as far as time and memory depend on it: ours, and those that others have published.

It knows no weights, and counts matrices only: norms and biases are a ten-thousandth of the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from oscine.errors import InputError

UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}


@dataclass(frozen=True)
class Shape:
    """Layers, widths in numbers. `gated` layers have three matrices (SwiGLU), others two; a `tied` head is the table of tokens."""

    layers: int
    width: int
    heads: int
    vocabulary: int
    kv_heads: int = 0
    hidden: int = 0
    gated: bool = False
    tied: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "kv_heads", self.kv_heads or self.heads)
        object.__setattr__(self, "hidden", self.hidden or 4 * self.width)

    @property
    def head_dim(self) -> int:
        """Width of a head."""
        return self.width // self.heads

    @property
    def products(self) -> tuple[tuple[int, int], ...]:
        """The matrices of a layer, rows and columns."""
        keys = (self.kv_heads * self.head_dim, self.width)
        gates = ((self.hidden, self.width),) * (2 if self.gated else 1)
        return ((self.width, self.width), keys, keys, (self.width, self.width), *gates, (self.width, self.hidden))

    @property
    def layer(self) -> int:
        """Parameters of a layer."""
        return sum(rows * columns for rows, columns in self.products)

    @property
    def table(self) -> int:
        """Parameters of the table of tokens."""
        return self.vocabulary * self.width

    @property
    def tables(self) -> int:
        """Those of the table and of a head of its own."""
        return self.table * (1 if self.tied else 2)

    @property
    def parameters(self) -> int:
        """All, each counted once."""
        return self.layers * self.layer + self.tables

    def flops(self, length: int) -> float:
        """FLOP to train on a token of a row of `length`: six a matrix entry, and causal attention (Chowdhery et al. 2022)."""
        return 6 * (self.layers * self.layer + self.table) + 6 * self.layers * self.heads * self.head_dim * length


LLAMA = {  # Llama Team 2024, table 3; its vocabulary is 128,256 tokens, of which 128,000 are text
    "8b": Shape(32, 4096, 32, 128_256, 8, 14_336, gated=True, tied=False),
    "70b": Shape(80, 8192, 64, 128_256, 8, 28_672, gated=True, tied=False),
    "405b": Shape(126, 16_384, 128, 128_256, 8, 53_248, gated=True, tied=False),
}


def number(told: str) -> float:
    """`15t`, `200m`, `1e9` as a number. Raises `InputError`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?(?:e\d+)?)([kmbt]?)", told.strip().lower())
    if not found or float(found[1]) <= 0:
        raise InputError(f"{told!r} is no number.", "Write 8b, 350m or 15t.")
    return float(found[1]) * UNITS[found[2]]


def of_depth(depth: int, vocabulary: int) -> Shape:
    """Our model of a depth, by the rule of the training dial. Raises `InputError`, and `ImportError` without the extra `train`."""
    from oscine.model import budget  # which brings torch

    model = budget.shape(depth, vocabulary, 1)
    return Shape(depth, model.width, model.heads, vocabulary, model.kv_heads, model.hidden, gated=True, tied=model.tied)


def named(size: str, vocabulary: int) -> Shape:
    """`8b`, `70b`, `405b` are Llama 3's; of other sizes, our model nearest to it. Raises as `of_depth`, and `InputError` for one too large."""
    if size.lower() in LLAMA:
        return LLAMA[size.lower()]
    from oscine.model import budget

    wanted = number(size)
    ours = [of_depth(depth, vocabulary) for depth in range(2, budget.DEEPEST + 1)]
    if wanted > 1.1 * ours[-1].parameters:
        raise InputError(f"Our models end at {ours[-1].parameters / 1e9:.0f}b.", f"Take less, or one of {', '.join(LLAMA)}.")
    return min(ours, key=lambda shape: abs(shape.parameters - wanted))
