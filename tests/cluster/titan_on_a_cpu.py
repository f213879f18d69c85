"""torchtitan's own trainer where there is no GPU: `python titan_on_a_cpu.py PROCESSES OPTION…`.

Three things stand in: what asks a GPU about itself is answered, FlexAttention (which has no backward pass on a CPU) is PyTorch's plain attention under
the same mask, and the barrier of NCCL is left out. With one process it trains to the end; with more it takes one step as the first of so many, the others
being PyTorch's fake backend.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
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


def main(processes: int, options: list[str]) -> None:
    """Build the trainer, and train."""
    os.environ.update(NGPU=str(processes), LOCAL_RANK="0", RANK="0", WORLD_SIZE=str(processes), MASTER_ADDR="127.0.0.1", MASTER_PORT="0")
    torch._utils._get_available_device_type = lambda: "cpu"
    for name, answer in ANSWERS.items():
        setattr(torch.cpu, name, answer)
    import torchtitan.distributed.utils
    import torchtitan.models.common.attention as theirs
    from torchtitan.config import ConfigManager
    from torchtitan.tools.logging import init_logger

    theirs.FlexAttention._compiled_flex_attn = staticmethod(attention)
    theirs._compiled_create_block_mask = create_block_mask
    torchtitan.distributed.utils.set_pg_timeouts = lambda **_: None
    init_logger()
    alone = (
        ["--comm.mode", "default"] if processes == 1 else ["--comm.mode", "fake_backend", "--checkpoint.load_only", "--training.steps", "1"]
    )
    trainer = ConfigManager().parse_args(["--module", "oscine.model.titan", "--config", "run", *alone, *options]).build()
    trainer.train()
    trainer.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
