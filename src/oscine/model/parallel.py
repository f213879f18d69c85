"""Training by many processes that torchrun starts: who does what, the model spread over them, numbers that all of them share.

Layers of a `Layout`, outermost first: `replicas` hold the same weights, `shards` share each weight (FSDP2, Zhao et al. 2023; with replicas
HSDP), `tensor` ranks share each product (Shoeybi et al. 2019). Without torchrun there is no mesh, and every function here does nothing.
It knows the names of the model's parts, and neither data nor what a step is for.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor, distributed, nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, Partial, Replicate, distribute_tensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

from oscine.errors import InputError, SetupError
from oscine.model.gpt import GPT, GPTConfig, RMSNorm
from oscine.model.kernels import rms_norm

Mesh: TypeAlias = DeviceMesh
DATA = ("replicate", "shard")  # ranks that differ here read different rows
PROBE = 1024  # rows and columns of what is multiplied to see how fast a rank is


@dataclass(frozen=True)
class Layout:
    """How many machines share the work, and how. A machine is one process: a GPU, or some cores."""

    replicas: int = 1
    shards: int = 1
    tensor: int = 1

    def __post_init__(self) -> None:
        for name, count in vars(self).items():
            if count < 1:
                raise InputError(f"A layout with {name} {count} is not possible.", "Take 1 or more.")

    @property
    def machines(self) -> int:
        """Processes in all."""
        return self.replicas * self.shards * self.tensor


def started(shards: int = 0, tensor: int = 1) -> Layout:
    """The layout of the processes that torchrun has started, `shards` × `tensor` of them sharing a copy; 0 is all on GPUs, none on a CPU."""
    world = int(os.environ.get("WORLD_SIZE", 1))
    shards = shards or (max(1, world // tensor) if torch.cuda.is_available() else 1)
    return Layout(max(1, world // (shards * tensor)), shards, tensor)


def begin(layout: Layout) -> Mesh | None:
    """Join the others, by torchrun's environment; None where this process is alone. Raises `InputError` where the layout is for another number."""
    world = int(os.environ.get("WORLD_SIZE", 1))
    if world != layout.machines:
        told = f"{layout.replicas} replicas × {layout.shards} shards × {layout.tensor} tensor"
        start = f"Start it by `torchrun --nproc-per-node {layout.machines}`, or change the layout."
        raise InputError(f"The layout ({told}) is for {layout.machines} processes, and there are {world}.", start)
    if "RANK" not in os.environ:
        return None
    device = "cpu"
    if torch.cuda.is_available():
        device, local = "cuda", int(os.environ.get("LOCAL_RANK", 0))
        if local >= torch.cuda.device_count():
            raise SetupError(f"Process {local} of this computer has no GPU.", f"Start {torch.cuda.device_count()} processes on it.")
        torch.cuda.set_device(local)
    if not distributed.is_initialized():
        distributed.init_process_group("cpu:gloo,cuda:nccl" if device == "cuda" else "gloo")
    return init_device_mesh(device, (layout.replicas, layout.shards, layout.tensor), mesh_dim_names=(*DATA, "tensor"))


def end() -> None:
    """Leave the others."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def first() -> bool:
    """Whether this is the process that writes what is written once; known before `begin`."""
    return int(os.environ.get("RANK", 0)) == 0


def wait_for(path: Path, seconds: float = 86_400.0) -> None:
    """Wait until the first process has written a file. Raises `SetupError` after `seconds`."""
    until = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > until:
            raise SetupError(f"{path} has not come in {seconds:.0f} s.", "Keep runs on a file system that all machines share.")
        time.sleep(0.2)


def spread(model: GPT, mesh: Mesh, compute: torch.dtype = torch.bfloat16) -> GPT:
    """The model, of which each rank now holds its piece; computed with in `compute`, kept and summed in float32.

    The table of tokens and the norms are whole on every tensor rank. Raises `InputError` where heads or gates cannot be shared.
    """
    if mesh["tensor"].size() > 1:
        _split_products(model, mesh["tensor"])
    policy = MixedPrecisionPolicy(
        param_dtype=compute, reduce_dtype=torch.float32, cast_forward_inputs=False
    )  # inputs are tokens and a count
    data = mesh[DATA] if mesh["replicate"].size() > 1 else mesh["shard"]
    for block in model.model.layers:
        fully_shard(block, mesh=data, mp_policy=policy)
    fully_shard(model, mesh=data, mp_policy=policy)
    return model


def circle(mesh: Mesh | None) -> distributed.ProcessGroup | None:
    """The ranks that share one copy of the weights, shards and tensor ranks together; None where each process has all of them."""
    if mesh is None or mesh["shard"].size() * mesh["tensor"].size() == 1:
        return None
    if 1 in (mesh["shard"].size(), mesh["tensor"].size()):
        return mesh.get_group("shard" if mesh["tensor"].size() == 1 else "tensor")
    return mesh["shard", "tensor"]._flatten("circle").get_group()


@torch.no_grad()  # type: ignore[untyped-decorator]
def average(parameters: Iterable[nn.Parameter], mesh: Mesh | None) -> None:
    """The mean of all replicas' gradients, in one exchange: for models that are not spread, each process holding all of it."""
    if mesh is None or mesh["replicate"].size() == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    joined = torch.cat([gradient.flatten() for gradient in gradients]).div_(mesh["replicate"].size())
    distributed.all_reduce(joined, group=mesh.get_group("replicate"))
    for gradient, piece in zip(gradients, joined.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(piece.view_as(gradient))


def _split_products(model: GPT, mesh: DeviceMesh) -> None:
    """Each tensor rank takes some of the heads and some of the gates of every block."""
    _check(model.config, mesh.size())
    logging.getLogger("torch.distributed.tensor._redistribute").setLevel(
        logging.ERROR
    )  # or every rank says that a matrix in pieces twice over meets in two exchanges
    columns, rows = ColwiseParallel(), RowwiseParallel()
    into = dict.fromkeys(("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.gate_proj", "mlp.up_proj"), columns)
    for block in model.model.layers:
        parallelize_module(block, mesh, {**into, "self_attn.o_proj": rows, "mlp.down_proj": rows})
        block.self_attn.q_norm = _HeadNorm(block.self_attn.q_norm, mesh)
        block.self_attn.k_norm = _HeadNorm(block.self_attn.k_norm, mesh)


def _check(config: GPTConfig, ranks: int) -> None:
    for name in ("heads", "kv_heads", "hidden"):
        if getattr(config, name) % ranks:
            raise InputError(f"{name} {getattr(config, name)} cannot be shared by {ranks} tensor ranks.", "Take fewer, a divisor of it.")


class _HeadNorm(RMSNorm):
    """A norm that each tensor rank uses on its own heads: the gradient of its weight is the sum of theirs."""

    def __init__(self, norm: RMSNorm, mesh: DeviceMesh) -> None:
        super().__init__(norm.weight.shape[0], norm.epsilon)
        self.weight = nn.Parameter(distribute_tensor(norm.weight.detach(), mesh, [Replicate()]))

    def forward(self, x: Tensor) -> Tensor:
        """x[…, width] to the same shape."""
        weight: Any = self.weight
        return rms_norm(x, weight.to_local(grad_placements=[Partial()]), self.epsilon)


def data_rank(mesh: Mesh | None) -> int:
    """Which share of a batch this process reads."""
    return 0 if mesh is None else mesh.get_local_rank("replicate") * mesh["shard"].size() + mesh.get_local_rank("shard")


def data_world(mesh: Mesh | None) -> int:
    """How many shares a batch has."""
    return 1 if mesh is None else mesh["replicate"].size() * mesh["shard"].size()


def total(number: Tensor, mesh: Mesh | None) -> Tensor:
    """The sum over all shares of the data, the same bits on every rank, so that all decide alike."""
    if mesh is None:
        return number
    summed = number.clone()
    for name in DATA:
        distributed.all_reduce(summed, group=mesh.get_group(name))
    distributed.all_reduce(summed, distributed.ReduceOp.MAX, mesh.get_group("tensor"))  # which may differ in the last bit
    return summed


@torch.no_grad()  # type: ignore[untyped-decorator]
def clip(parameters: Iterable[nn.Parameter], longest: float) -> float:
    """Shorten all gradients together to a norm of at most `longest` (Pascanu et al. 2013); the norm that they had, of the whole model."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        return 0.0
    pieces = [gradient.to_local() if isinstance(gradient, DTensor) else gradient for gradient in gradients]
    squares = torch.stack([torch.linalg.vector_norm(piece, dtype=torch.float32).square() for piece in pieces])
    summed = (squares / squares.new_tensor([_copies(gradient) for gradient in gradients])).sum()
    if distributed.is_initialized():
        distributed.all_reduce(summed)
    norm = summed.sqrt()
    shorter = (longest / (norm + 1e-6)).clamp(max=1.0)
    for piece in pieces:
        piece.mul_(shorter)
    return float(norm)


def _copies(gradient: Tensor) -> float:
    """How many ranks hold the same piece."""
    if not isinstance(gradient, DTensor):
        return distributed.get_world_size() if distributed.is_initialized() else 1
    apart = [size for size, placement in zip(gradient.device_mesh.shape, gradient.placements, strict=True) if hasattr(placement, "dim")]
    return float(distributed.get_world_size() / math.prod(apart))


def gathered(number: float, mesh: Mesh | None) -> list[float]:
    """A number of every rank, by rank."""
    if mesh is None:
        return [number]
    mine = torch.tensor([number], dtype=torch.float64, device=mesh.device_type)
    theirs = [torch.empty_like(mine) for _ in range(distributed.get_world_size())]
    distributed.all_gather(theirs, mine)
    return [float(each) for each in theirs]


def probe(device: torch.device) -> float:
    """Seconds that a fixed product takes here. Steps do not tell a slow rank, since all wait for it; this waits for nobody."""
    x = torch.ones(PROBE, PROBE, device=device)
    x @ x
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    began = time.monotonic()
    float((x @ x)[0, 0])
    return time.monotonic() - began


def whole(model: nn.Module) -> dict[str, Tensor]:
    """The weights, put together on the CPU of the first process; nothing on others."""
    weights: dict[str, Tensor] = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    return weights
