"""GPT-2 (transformers' own, Radford et al. 2019) trained by nanoGPT's published recipe, for comparison at equal tokens and parameters.

nanoGPT (Karpathy 2022), `train.py` with the rates of its small configuration: AdamW β .9/.95, decay .1 on matrices only, rate 1e-3, a rise over 100
steps, a cosine to a tenth, gradients cut at 1, dropout 0, bfloat16; rows are cut at random places from one stream of all documents, in which they
see each other. The shape is that of the network beside it: as deep and as wide, gates of four widths, learned positions, LayerNorm, GELU.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

RATE, LEAST_RATE, WARMUP = 1e-3, 1e-4, 100
BETAS, DECAY, CLIP = (0.9, 0.95), 0.1, 1.0
TOLD_EVERY = 200  # steps


def model(vocabulary: int, depth: int, width: int, heads: int, length: int) -> Any:
    """An untrained GPT-2 without dropout."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=vocabulary, n_layer=depth, n_embd=width, n_head=heads, n_positions=length, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
        bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return GPT2LMHeadModel(config)


def train(network: Any, stream: NDArray[np.int64], rows: int, length: int, steps: int, seed: int, log: Callable[[str], None]) -> float:
    """Train in place on `steps` batches of [rows, length]; the seconds that it took."""
    torch.manual_seed(seed)
    optimizer, dice, began = _optimizer(network), np.random.default_rng(seed), time.monotonic()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps)
        begins = dice.integers(0, len(stream) - length, rows)
        tokens = torch.from_numpy(np.stack([stream[begin : begin + length + 1] for begin in begins]))
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(input_ids=tokens[:, :-1]).logits
        loss = nn.functional.cross_entropy(logits.float().flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % TOLD_EVERY == 0:
            log(f"GPT-2, step {step:,} of {steps:,}: loss {loss.item():.3f}, {time.monotonic() - began:.0f} s")
    return time.monotonic() - began


def rate(step: int, steps: int) -> float:
    """nanoGPT's: a line up, then a cosine to a tenth."""
    warmup = min(WARMUP, max(1, steps // 10))
    if step < warmup:
        return RATE * (step + 1) / (warmup + 1)
    done = (step - warmup) / max(1, steps - warmup)
    return LEAST_RATE + 0.5 * (1 + math.cos(math.pi * done)) * (RATE - LEAST_RATE)


def _optimizer(network: nn.Module) -> torch.optim.AdamW:
    given = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [each for each in given if each.ndim >= 2], "weight_decay": DECAY},
        {"params": [each for each in given if each.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=RATE, betas=BETAS)
