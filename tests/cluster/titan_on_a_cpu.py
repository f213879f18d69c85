"""torchtitan's own trainer where there is no GPU: `torchrun --nproc-per-node N titan_on_a_cpu.py OPTION…`.

This stands in: what asks a GPU about itself is answered, FlexAttention (which has no backward pass on a CPU) is PyTorch's plain attention under
the same mask, and the barrier of NCCL is left out. Ranks exchange by gloo, which sums gradients after they are divided, not while.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from inspect import signature
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.attention.flex_attention import create_block_mask, create_mask

ANSWERS = {
    "get_device_name": lambda _=None: "CPU", "get_device_properties": lambda _=None: SimpleNamespace(total_memory=1 << 34),
    "memory_stats": lambda _=None: defaultdict(int), "reset_peak_memory_stats": lambda _=None: None, "empty_cache": lambda: None,
}  # fmt: skip


def attention(q: Tensor, k: Tensor, v: Tensor, *, block_mask: Any, scale: float | None, enable_gqa: bool, **_: Any) -> tuple[Tensor, Any]:
    """What FlexAttention gives."""
    seen = create_mask(block_mask.mask_mod, q.shape[0], None, q.shape[2], k.shape[2], device="cpu")
    return functional.scaled_dot_product_attention(q, k, v, seen, scale=scale, enable_gqa=enable_gqa), SimpleNamespace(lse=None)


def divided(factors: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """What gradients are divided by, before and after they are summed."""
    bound = signature(factors).bind(*given, **named)
    bound.arguments["force_sum_reduction_for_comms"] = True
    return factors(*bound.args, **bound.kwargs)


def main() -> None:
    """Build the trainer, and train."""
    torch._utils._get_available_device_type = lambda: "cpu"
    for name, answer in ANSWERS.items():
        setattr(torch.cpu, name, answer)
    import torch.distributed.fsdp._fully_shard._fsdp_collectives as fsdp
    import torchtitan.distributed.utils
    import torchtitan.models.common.attention as theirs
    from torchtitan.config import ConfigManager
    from torchtitan.tools.logging import init_logger

    theirs.FlexAttention._compiled_flex_attn = staticmethod(attention)
    theirs._compiled_create_block_mask = create_block_mask
    torchtitan.distributed.utils.set_pg_timeouts = lambda **_: None
    fsdp._get_gradient_divide_factors = partial(divided, fsdp._get_gradient_divide_factors)
    init_logger()
    trainer = ConfigManager().parse_args(["--module", "oscine.model.titan", "--config", "run", *sys.argv[1:]]).build()
    trainer.train()
    trainer.close()


if __name__ == "__main__":
    main()
