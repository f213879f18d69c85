"""The encoder that adapters are trained on: BERT (post-norm), frozen, with low-rank layers beside its matrices.

`W x + up (down x)`, where only the thin `up` and `down` learn: LoRA (Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models"), its
scale alpha / r being 1. The arrays have the names that the serving side knows. It knows neither where they come from nor what is learned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from oscine.errors import InputError

Adapter = dict[str, NDArray[np.float16]]
MATRICES = ("qkv", "ao", "fi", "fo")  # query, key and value in one; attention's output; the feed-forward's two
NORMS = ("aln", "oln")  # after attention, after the feed-forward


@dataclass(frozen=True)
class Pretrained:
    """An encoder as arrays: for layer 0 `l0.qkv.w` (3 width, width), `l0.qkv.b`, …, `l0.aln.w`; `emb.pos` (positions, width); `emb.ln.w`, `emb.ln.b`.

    `embed` gives the word vectors (…, width) of token ids (…): the table is large, and may stay packed.
    """

    arrays: Mapping[str, NDArray[np.float32]]
    embed: Callable[[NDArray[np.int64]], NDArray[np.float32]]
    layers: int
    heads: int
    epsilon: float
    start: int
    end: int
    padding: int

    @property
    def width(self) -> int:
        """Components of a token's vector."""
        return len(self.arrays["emb.ln.w"])


def padded(tokens: Sequence[Sequence[int]], padding: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Token ids as one array (b, t), and which of it are tokens."""
    ids = np.full((len(tokens), max(map(len, tokens))), padding, np.int64)
    mask = np.zeros(ids.shape, bool)
    for row, of_text in enumerate(tokens):
        ids[row, : len(of_text)] = of_text
        mask[row, : len(of_text)] = True
    return ids, mask


class LowRank(nn.Module):
    """A frozen matrix and the thin ones beside it; `up` begins as zeros, so that at first nothing is changed."""

    def __init__(self, weight: NDArray[np.float32], bias: NDArray[np.float32], rank: int, kind: Any) -> None:
        super().__init__()
        outputs, inputs = weight.shape
        self.weight, self.bias = torch.from_numpy(weight).to(kind), torch.from_numpy(bias).to(kind)
        self.down = nn.Parameter(torch.randn(rank, inputs) / math.sqrt(inputs))
        self.up = nn.Parameter(torch.zeros(outputs, rank))

    def forward(self, x: Tensor) -> Tensor:
        """(…, inputs) to (…, outputs)."""
        change = functional.linear(functional.linear(x, self.down.to(x.dtype)), self.up.to(x.dtype))
        return functional.linear(x, self.weight, self.bias) + change


class Norm(nn.Module):
    """Layer normalisation, its gain and bias kept in float32."""

    def __init__(self, gain: NDArray[np.float32], bias: NDArray[np.float32], epsilon: float, trained: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(gain.copy()), requires_grad=trained)
        self.bias = nn.Parameter(torch.from_numpy(bias.copy()), requires_grad=trained)
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Of the same shape."""
        return functional.layer_norm(x, self.weight.shape, self.weight.to(x.dtype), self.bias.to(x.dtype), self.epsilon)


class Layer(nn.Module):
    """Attention, then a feed-forward network, each added to what came in and normalised."""

    def __init__(self, given: Pretrained, name: str, rank: int, norms: bool, kind: Any) -> None:
        super().__init__()
        arrays, self.heads = given.arrays, given.heads
        for part in MATRICES:
            setattr(self, part, LowRank(arrays[f"{name}.{part}.w"], arrays[f"{name}.{part}.b"], rank, kind))
        for part in NORMS:
            setattr(self, part, Norm(arrays[f"{name}.{part}.w"], arrays[f"{name}.{part}.b"], given.epsilon, norms))

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """x (b, t, width); `seen` (b, 1, 1, t), which tokens may be looked at."""
        b, t, width = x.shape
        query, key, value = self.qkv(x).view(b, t, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        x = self.aln(x + self.ao(mixed.transpose(1, 2).reshape(b, t, width)))
        return self.oln(x + self.fo(functional.gelu(self.fi(x))))


class Encoder(nn.Module):
    """The encoder with an adapter to be trained: low-rank layers, and, with `norms`, the norms."""

    def __init__(self, given: Pretrained, rank: int, norms: bool = False, precision: str = "bfloat16") -> None:
        """`precision` is a float type of torch; raises `InputError` for another."""
        super().__init__()
        self.kind = getattr(torch, precision, None)
        if not isinstance(self.kind, torch.dtype) or not self.kind.is_floating_point:
            raise InputError(f"The precision {precision!r} is none.", "It takes bfloat16 or float32.")
        self.given = given
        self.positions = torch.from_numpy(given.arrays["emb.pos"]).to(self.kind)
        self.norm = Norm(given.arrays["emb.ln.w"], given.arrays["emb.ln.b"], given.epsilon, norms)
        self.layers = nn.ModuleList(Layer(given, f"l{number}", rank, norms, self.kind) for number in range(given.layers))

    def forward(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Tensor:
        """Token ids (b, t), and which of them are tokens, to float32 vectors (b, t, width)."""
        words = torch.from_numpy(self.given.embed(ids)).to(self.kind)
        x, seen = self.norm(words + self.positions[: ids.shape[1]]), torch.from_numpy(mask)[:, None, None]
        for layer in self.layers:
            x = layer(x, seen)
        return x.float()

    def vectors(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Unit vectors (n, width) of whole texts: the mean of their tokens."""
        ids, mask = padded(tokens, self.given.padding)
        # A sum differs from the mean only in length, which the unit vector drops.
        return functional.normalize((self(ids, mask) * torch.from_numpy(mask)[..., None]).sum(1), dim=-1)

    def thin(self) -> list[nn.Parameter]:
        """The parameters of the low-rank layers."""
        return [matrix for layer in self.layers for part in MATRICES for matrix in (getattr(layer, part).down, getattr(layer, part).up)]

    def adapter(self) -> Adapter:
        """What was learned, by name: `l0.qkv.down` (rank, inputs), `l0.qkv.up` (outputs, rank), …, and the norms if they were trained."""
        found: Adapter = {}
        for number, layer in enumerate(self.layers):
            for part in MATRICES:
                found |= {f"l{number}.{part}.{which}": half(getattr(getattr(layer, part), which)) for which in ("down", "up")}
        norms = {"emb.ln": self.norm} | {
            f"l{number}.{part}": getattr(layer, part) for number, layer in enumerate(self.layers) for part in NORMS
        }
        trained = {name: norm for name, norm in norms.items() if norm.weight.requires_grad}
        found |= {
            f"{name}.{short}": half(values) for name, norm in trained.items() for short, values in (("w", norm.weight), ("b", norm.bias))
        }
        return found


def half(values: Tensor) -> NDArray[np.float16]:
    """As it is kept."""
    kept: NDArray[np.float16] = values.detach().float().numpy().astype(np.float16)
    return kept
