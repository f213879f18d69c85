"""What transformers and peft do slowly on a CPU, done quickly: attention, norms, and LoRA's products, in the model's own modules.

On a CPU bfloat16 products run on matrix units, and casts to float32 and back, not products, are what training waits for (docs/LOG.md has the
figures). Each gives what it replaces, up to rounding; tests hold it to that. Rows are padded on the right. It knows nothing of training.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from oscine.model.kernels import rms_norm

NAME = "oscine_quick"


def quicken(model: Any) -> Any:
    """The same model, its modules' forward functions replaced; on a GPU it is left as it is."""
    if next(model.parameters()).device.type != "cpu":
        return model
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, attention)
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    inner.config._attn_implementation = NAME
    for module in model.modules():
        if type(module).__name__.endswith("RMSNorm") and hasattr(module, "variance_epsilon"):
            module.forward = partial(_norm, module)
        elif hasattr(module, "lora_A") and hasattr(module, "base_layer") and set(module.lora_A) == {"default"}:
            module.forward = partial(_lora, module, module.forward)
    return model


def attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scaling: float = 1.0, **_: Any
) -> tuple[Tensor, None]:
    """Causal attention of query[B, H, T, D] on key and value[B, K, T, D], H a multiple of K, to [B, T, H, D].

    Two products of matrices for all heads at once: PyTorch's flash attention has a backward pass several times slower on short rows.
    """
    batch, heads, length, width = query.shape
    together = query.dtype if query.dtype != torch.float32 else value.dtype
    queries = query.to(together).reshape(batch * key.shape[1], -1, width)
    keys, values = (each.to(together).reshape(batch * key.shape[1], length, width) for each in (key, value))
    with torch.autocast(query.device.type, enabled=False):
        scores = torch.bmm(queries, keys.transpose(1, 2)).view(batch, heads, length, length).float() * scaling
        later = torch.full((length, length), float("-inf"), device=query.device).triu(1)
        chances = (scores + later).softmax(-1).to(together).view(queries.shape[0], -1, length)
        attended = torch.bmm(chances, values).view(batch, heads, length, width)
    return attended.transpose(1, 2).contiguous(), None


def _norm(module: Any, x: Tensor) -> Tensor:
    return rms_norm(x, module.weight, module.variance_epsilon)


def _lora(module: Any, plain: Any, x: Tensor, *rest: Any, **more: Any) -> Tensor:
    """A projection with its adapter, in the type of the projection's weights; as peft does it where the adapter is off."""
    if module.disable_adapters or module.merged:
        return plain(x, *rest, **more)
    weight = module.base_layer.weight
    rows = x.to(weight.dtype).flatten(0, -2)
    down, up = module.lora_A["default"].weight, module.lora_B["default"].weight * module.scaling["default"]
    with torch.autocast(x.device.type, enabled=False):
        told = functional.linear(rows, weight, module.base_layer.bias)
        told = torch.addmm(told, rows @ down.to(weight.dtype).t(), up.to(weight.dtype).t())
    return told.view(*x.shape[:-1], -1)
