"""A step of the real, sharded model on ranks that are not there: PyTorch's fake process group and fake tensors, in one process.

What runs is `model.gpt`, `model.parallel`, `model.optim` themselves, as rank 0 of as many as asked; only numbers and wires are missing. So
PyTorch checks every shape and placement of a layout before anyone rents it. It knows no time, and no memory but what it can count: weights,
gradients and optimizer. Forward passes are a CPU's, whose attention keeps more than a GPU's.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import distributed, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor
from torch.testing._internal.distributed.fake_pg import FakeStore
from torch.utils._python_dispatch import TorchDispatchMode

from oscine.errors import InputError
from oscine.model import parallel
from oscine.model.gpt import GPT, GPTConfig
from oscine.model.optim import Optimizers, Rates
from oscine.model.plan import search
from oscine.model.plan.cost import Layout
from oscine.model.plan.memory import memory
from oscine.model.plan.shapes import Shape

MOST = 10_240  # ranks that were tried
NAMES = {"_allgather_base_": "all_gather", "all_gather_into_tensor": "all_gather", "_reduce_scatter_base_": "reduce_scatter",
         "reduce_scatter_tensor": "reduce_scatter", "allreduce_": "all_reduce", "broadcast_": "broadcast"}  # fmt: skip


def dry_run(shape: Shape, gpus: int, shards: int, tensor: int, length: int, micro: int, log: Callable[[str], None]) -> dict[str, Any]:
    """Forward, backward and optimizer on rank 0 of `gpus`; pieces by part, bytes beside the plan's, exchanges by kind, seconds.

    Raises `InputError` where the ranks do not divide, or heads and gates cannot be shared.
    """
    if gpus > MOST:
        raise InputError(f"A dry run of {gpus:,} ranks is too large.", f"Take up to {MOST:,}.")
    if gpus % (shards * tensor):
        raise InputError(f"{gpus:,} ranks cannot be shared out as {shards} shards × {tensor} tensor.", "Take a multiple of their product.")
    layout, exchanges, seconds = parallel.Layout(gpus // (shards * tensor), shards, tensor), Counter[str](), dict[str, float]()
    with _pretended(layout) as mesh:
        circle = parallel.circle(mesh)
        fake = FakeTensorMode(allow_non_fake_inputs=True)
        with fake:
            model = GPT(_config(shape, length))
        with _timed("shard", seconds, log):
            model = parallel.spread(model, mesh)
        with fake, _Counting(exchanges):
            optimizers = Optimizers(model, Rates(), circle)
            tokens = torch.zeros(micro, length, dtype=torch.long)
            with _timed("forward", seconds, log):
                loss = model(tokens, None, tokens, torch.tensor(float(tokens.numel())))
            with _timed("backward", seconds, log):
                loss.backward()
            held = {"weights": _bytes(model.parameters()), "gradients": _bytes(p.grad for p in model.parameters() if p.grad is not None)}
            with _timed("optimizer", seconds, log):
                for optimizer in optimizers.all:
                    optimizer.step()
            held["optimizer"] = _bytes(state for each in optimizers.all for kept in each.state.values() for state in kept.values())
        pieces = {name: _piece(parameter) for name, parameter in model.named_parameters() if ".layers." not in name or ".layers.0." in name}
    return {
        "layout": {"replicas": layout.replicas, "shards": shards, "tensor": tensor, "gpus": gpus},
        "parameters": shape.parameters, "pieces": pieces, "held": held, "planned": _planned(shape, layout, length, micro),
        "exchanges": dict(exchanges), "seconds": seconds,
    }  # fmt: skip


def _config(shape: Shape, length: int) -> GPTConfig:
    return GPTConfig(
        shape.vocabulary, shape.layers, shape.width, shape.heads, shape.kv_heads, shape.hidden, shape.head_dim, length, tied=shape.tied
    )


def _planned(shape: Shape, layout: parallel.Layout, length: int, micro: int) -> dict[str, float]:
    """What the plan says that a rank keeps between steps: without what is gathered for a while."""
    pieces = Layout(layout.replicas, layout.shards, tensor=layout.tensor, micro=micro)
    own = shape.layers * shape.layer / layout.tensor + shape.tables
    kept = 4 * own / layout.shards
    recipe = search.ENGINES["oscine"].recipe
    return {"weights": kept, "gradients": kept, "optimizer": memory(shape, pieces, recipe).optimizer}


@contextmanager
def _pretended(layout: parallel.Layout) -> Iterator[parallel.Mesh]:
    """A mesh of ranks of which only this one is there."""
    distributed.init_process_group("fake", rank=0, world_size=layout.machines, store=FakeStore())
    try:
        yield init_device_mesh("cpu", (layout.replicas, layout.shards, layout.tensor), mesh_dim_names=(*parallel.DATA, "tensor"))
    finally:
        distributed.destroy_process_group()


@contextmanager
def _timed(what: str, seconds: dict[str, float], log: Callable[[str], None]) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[what] = time.monotonic() - began
    log(f"{what}: {seconds[what]:.1f} s")


class _Counting(TorchDispatchMode):
    """Counts exchanges by kind."""

    def __init__(self, found: Counter[str]) -> None:
        super().__init__()
        self.found = found

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func._schema.name.rpartition("::")[2]
        if func.namespace in ("c10d", "_c10d_functional") and name != "wait_tensor":
            self.found[NAMES.get(name, name)] += 1
        return func(*args, **(kwargs or {}))


def _local(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def _bytes(tensors: Any) -> float:
    """Of this rank's pieces."""
    return float(sum(_local(tensor).nbytes for tensor in tensors if isinstance(tensor, torch.Tensor) and tensor.ndim))


def _piece(parameter: nn.Parameter) -> dict[str, Any]:
    return {"whole": list(parameter.shape), "piece": list(_local(parameter).shape)}


def lines(found: dict[str, Any]) -> Iterator[str]:
    """What came of it, for a person."""
    layout = found["layout"]
    shared = f"{layout['replicas']} replicas × {layout['shards']} shards × {layout['tensor']} tensor"
    yield f"{found['parameters'] / 1e9:.2f}b parameters on {layout['gpus']:,} ranks: {shared}"
    for name, piece in found["pieces"].items():
        yield f"  {name:<45} {' × '.join(map(str, piece['whole'])):>15}   a rank's {' × '.join(map(str, piece['piece']))}"
    for name, held in found["held"].items():
        yield f"{name:<11}{held / 1e6:>10,.1f} MB on rank 0, {found['planned'][name] / 1e6:,.1f} by the plan"
    yield "exchanges  " + ", ".join(f"{count:,} {name}" for name, count in sorted(found["exchanges"].items()))
    yield "time       " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in found["seconds"].items())
