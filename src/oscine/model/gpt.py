"""The network's language model: a decoder of the Qwen3 family (Qwen Team 2025), in plain PyTorch.

RMSNorm (Zhang and Sennrich 2019), rotary positions (Su et al. 2021), SwiGLU (Shazeer 2020), grouped-query attention (Ainslie et al. 2023),
norms on queries and keys (Dehghani et al. 2023), no biases. Parameters are named as in transformers' `Qwen3ForCausalLM`, so that a state
dict of this model is one of that. It knows tokens, not text, and neither optimizer nor data.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

from oscine.model.kernels import cross_entropy, rms_norm

Mask: TypeAlias = "Tensor | BlockMask"


@dataclass(frozen=True)
class GPTConfig:
    """The shape of a model; widths in numbers, `context` in tokens."""

    vocabulary: int
    depth: int
    width: int
    heads: int
    kv_heads: int
    hidden: int
    head_dim: int = 64
    context: int = 1024
    rope_base: float = 10_000.0
    norm_eps: float = 1e-6
    tied: bool = True

    @property
    def parameters(self) -> int:
        """How many, each counted once."""
        attention = self.width * self.head_dim * 2 * (self.heads + self.kv_heads) + 2 * self.head_dim
        layer = attention + 3 * self.width * self.hidden + 2 * self.width
        return self.vocabulary * self.width * (1 if self.tied else 2) + self.depth * layer + self.width

    @property
    def matrices(self) -> int:
        """Parameters that every token is multiplied with: all but the table of tokens, which counts once, as the head."""
        return self.parameters - (0 if self.tied else self.vocabulary * self.width)

    def flops(self, length: int) -> float:
        """Floating point operations to train on one token of a row of `length` tokens: six a matrix entry, and causal attention (Chowdhery et al. 2022)."""
        return 6 * self.matrices + 6 * self.depth * self.heads * self.head_dim * length

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


class RMSNorm(nn.Module):
    """A norm with a weight for each number."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """x[…, width] to the same shape."""
        return rms_norm(x, self.weight, self.epsilon)


class Attention(nn.Module):
    """Grouped-query attention with norms on queries and keys."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.head_dim = config.head_dim
        self.q_proj = nn.Linear(config.width, config.heads * config.head_dim, bias=False)
        self.k_proj = nn.Linear(config.width, config.kv_heads * config.head_dim, bias=False)
        self.v_proj = nn.Linear(config.width, config.kv_heads * config.head_dim, bias=False)
        self.o_proj = nn.Linear(config.heads * config.head_dim, config.width, bias=False)
        self.q_norm = RMSNorm(config.head_dim, config.norm_eps)
        self.k_norm = RMSNorm(config.head_dim, config.norm_eps)

    def forward(self, x: Tensor, rope: tuple[Tensor, Tensor], mask: Mask | None) -> Tensor:
        """x[B, T, width], the rotations of T positions, and who sees whom; without a mask, each what came before."""
        split = (*x.shape[:2], -1, self.head_dim)  # heads as they are here: under tensor parallelism, this rank's
        q = rotate(self.q_norm(self.q_proj(x).view(split)), rope).transpose(1, 2)
        k = rotate(self.k_norm(self.k_proj(x).view(split)), rope).transpose(1, 2)
        v = self.v_proj(x).view(split).transpose(1, 2)
        y = attend(q, k, v, mask)
        return self.o_proj(y.transpose(1, 2).flatten(2))


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Mask | None) -> Tensor:
    """Softmax attention: q[B, H, T, D], k and v[B, G, T, D] with G dividing H, to [B, H, T, D].

    PyTorch's own kernels, but for gradients on a CPU: their backward pass is several times slower there than plain products.
    """
    if isinstance(mask, BlockMask):
        return _flex()(q, k, v, block_mask=mask, enable_gqa=True)
    if q.device.type != "cpu" or not torch.is_grad_enabled():
        return functional.scaled_dot_product_attention(q, k, v, mask, is_causal=mask is None, enable_gqa=True)
    batch, heads, length, width = q.shape
    groups = k.shape[1]
    mask = causal(length, q.device, q.dtype) if mask is None else mask
    scores = (q * width**-0.5).reshape(batch, groups, -1, width) @ k.transpose(-1, -2)
    chances = (scores.view(batch, heads, length, length) + mask).softmax(-1)
    return (chances.view(batch, groups, -1, length) @ v).view(batch, heads, length, width)


@cache
def _flex() -> Callable[..., Tensor]:
    compiled: Callable[..., Tensor] = torch.compile(flex_attention)
    return compiled


class SwiGLU(nn.Module):
    """The gated layer."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.width, config.hidden, bias=False)
        self.up_proj = nn.Linear(config.width, config.hidden, bias=False)
        self.down_proj = nn.Linear(config.hidden, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """x[B, T, width] to the same shape."""
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    """Attention, then the gated layer, each on what is normed and added to what was."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(config.width, config.norm_eps)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = RMSNorm(config.width, config.norm_eps)
        self.mlp = SwiGLU(config)

    def forward(self, x: Tensor, rope: tuple[Tensor, Tensor], mask: Mask | None) -> Tensor:
        """x[B, T, width] to the same shape."""
        x = x + self.self_attn(self.input_layernorm(x), rope, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    """The table of tokens, the blocks, the last norm."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.norm = RMSNorm(config.width, config.norm_eps)

    def forward(self, tokens: Tensor, documents: Tensor | None = None) -> Tensor:
        """tokens[B, T] to hidden states[B, T, width]; `documents`[B, T] numbers the documents of a row, which do not see each other."""
        x = self.embed_tokens(tokens)
        rope = rotations(tokens.shape[1], self.config, x.device, x.dtype)
        mask = None if documents is None else apart(documents, x.dtype)
        for layer in self.layers:
            x = layer(x, rope, mask)
        return self.norm(x)


class GPT(nn.Module):
    """The whole model. The head is the table of tokens where the shape says so."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        self.lm_head = None if config.tied else nn.Linear(config.width, config.vocabulary, bias=False)
        self.initialise()

    def forward(
        self, tokens: Tensor, documents: Tensor | None = None, targets: Tensor | None = None, count: Tensor | None = None
    ) -> Tensor:
        """Logits[B, T, vocabulary]; or, with targets[B, T], the loss in nats: their sum over `count`, else their mean. −100 is no target."""
        hidden = self.model(tokens, documents)
        head = self.model.embed_tokens.weight if self.lm_head is None else self.lm_head.weight
        if targets is None:
            return functional.linear(hidden, head)
        return cross_entropy(hidden.flatten(0, 1), head, targets.flatten(), count)

    def grow(self, vocabulary: int) -> None:
        """Room for more tokens; each new one begins as the mean of those there are, which changes what the model says least (Hewitt 2021)."""
        more = vocabulary - self.config.vocabulary
        if more <= 0:
            return
        for table in (self.model.embed_tokens, self.lm_head):
            if table is not None:
                mean = table.weight.detach().mean(0, keepdim=True)
                table.weight = nn.Parameter(torch.cat([table.weight.detach(), mean.expand(more, -1)]))
        self.config = self.model.config = replace(self.config, vocabulary=vocabulary)

    def initialise(self) -> None:
        """Matrices uniform with variance 1/inputs, those that write into the stream at nought, the table of tokens normal (.02); norms one.

        So every block begins as the identity, as in nanochat (Karpathy 2025).
        """
        for name, parameter in self.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.zeros_(parameter)
            elif parameter.ndim == 2 and "layers" in name:
                bound = (3 / parameter.shape[1]) ** 0.5
                nn.init.uniform_(parameter, -bound, bound)
            elif parameter.ndim == 2:
                nn.init.normal_(parameter, 0, 0.02)
            else:
                nn.init.ones_(parameter)


def apart(documents: Tensor, dtype: torch.dtype) -> Mask:
    """Who sees whom, of documents[B, T]: each token its own document, up to itself. Added to scores on a CPU; blocks that are skipped on a GPU."""
    if documents.device.type != "cpu":
        return blocks(documents)
    same = documents[:, None, :, None] == documents[:, None, None, :]
    return causal(documents.shape[1], documents.device, dtype).masked_fill(~same, -math.inf)


def blocks(documents: Tensor) -> BlockMask:
    """The same for FlexAttention (Dong et al. 2024), which leaves out what nobody sees."""
    batch, length = documents.shape

    def seen(row: Tensor, _: Tensor, reader: Tensor, read: Tensor) -> Tensor:
        return (documents[row, reader] == documents[row, read]) & (reader >= read)

    return create_block_mask(seen, batch, None, length, length, documents.device)


def causal(length: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """What is added to scores[T, T] so that nobody looks ahead."""
    return torch.full((length, length), -math.inf, device=device, dtype=dtype).triu(1)


def rotations(length: int, config: GPTConfig, device: torch.device, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Cosines and sines[T, 1, head_dim / 2] of the positions 0 … T-1."""
    frequencies = config.rope_base ** -(torch.arange(0, config.head_dim, 2, device=device, dtype=torch.float32) / config.head_dim)
    angles = torch.outer(torch.arange(length, device=device, dtype=torch.float32), frequencies)[:, None]
    return angles.cos().to(dtype), angles.sin().to(dtype)


def rotate(x: Tensor, rope: tuple[Tensor, Tensor]) -> Tensor:
    """Turn x[B, T, H, D] by its position: halves are paired, as in Llama and Qwen."""
    cos, sin = rope
    first, second = x.unflatten(-1, (2, -1)).unbind(-2)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)
