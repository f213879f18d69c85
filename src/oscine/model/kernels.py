"""What PyTorch does in many passes, in few: the norm and the loss, each with its own gradient.

On a CPU the passes over memory, not the products, are what a small model spends its time on. Each function gives what PyTorch's own
gives, up to rounding; tests hold them to it. They know nothing of layers.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional

IGNORED = -100  # a target that is not counted
CHUNK = 1 << 13  # tokens of logits at a time: on a GPU all of them would fill it


class _RMSNorm(Function):
    @staticmethod
    def forward(context: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        squares = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32).square_()
        scale = squares.div_(x.shape[-1]).add_(epsilon).rsqrt_().to(x.dtype)
        normed = x * scale
        context.save_for_backward(normed, scale, weight)
        return normed * weight

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        normed, scale, weight = context.saved_tensors
        gradient, width = gradients[0], weight.shape[0]
        along = (gradient * normed).reshape(-1, width)
        of_weight = along.t() @ along.new_ones(len(along))
        shared = (along @ (weight / -width)).view(scale.shape)
        return torch.addcmul(gradient * weight, normed, shared).mul_(scale), of_weight, None


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    """x[…, width] over its root mean square, times weight[width] (Zhang and Sennrich 2019)."""
    if x.device.type != "cpu":  # where a compiler fuses it with what is around
        return functional.rms_norm(x, weight.shape, weight.to(x.dtype), epsilon)
    normed: Tensor = _RMSNorm.apply(x, weight, epsilon)
    return normed


class _CrossEntropy(Function):
    """Gradients are made with the loss, so that no piece of logits outlives its turn (as in Liger Kernel, Hsu et al. 2024)."""

    @staticmethod
    def forward(context: Any, hidden: Tensor, head: Tensor, targets: Tensor, count: Tensor) -> Tensor:
        wanted = any(context.needs_input_grad[:2])
        of_hidden = torch.empty_like(hidden) if wanted else None
        of_head = torch.zeros(head.shape, dtype=torch.float32, device=head.device) if wanted else None
        total = torch.zeros((), device=hidden.device)
        for begin in range(0, len(hidden), CHUNK):
            piece = slice(begin, begin + CHUNK)
            counted = targets[piece] != IGNORED
            chosen = targets[piece].clamp(min=0)[:, None]
            chances = torch.softmax(hidden[piece] @ head.t(), -1, dtype=torch.float32)
            right = chances.gather(1, chosen)
            total -= (right[:, 0].clamp(min=1e-38).log() * counted).sum()
            if of_hidden is not None and of_head is not None:
                slope = (chances.scatter_(1, chosen, right - 1) * (counted / count)[:, None]).to(hidden.dtype)
                of_hidden[piece] = slope @ head
                of_head += slope.t() @ hidden[piece]
        context.save_for_backward(of_hidden, of_head)
        return total / count

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        of_hidden, of_head = context.saved_tensors
        return of_hidden * gradients[0], (of_head * gradients[0]).to(of_hidden.dtype), None, None


def cross_entropy(hidden: Tensor, head: Tensor, targets: Tensor, count: Tensor | None = None) -> Tensor:
    """The loss in nats of hidden[N, width] times head[V, width] against targets[N], summed over those that are not `IGNORED`, over `count`.

    `count` is how many they are, unless given: where several machines share a batch, each divides by the same.
    """
    if count is None:
        count = (targets != IGNORED).sum().clamp(min=1)
    loss: Tensor = _CrossEntropy.apply(hidden, head, targets, count)
    return loss
