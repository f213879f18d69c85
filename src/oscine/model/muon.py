"""Muon (Jordan et al. 2024) for matrices that are spread over ranks: `torch.optim.Muon`, each matrix put together once a step.

On spread matrices PyTorch's own gives the same result with some fifteen exchanges a matrix, and rounds otherwise than one process does. Here
pieces meet once, ranks take turns to make a matrix orthogonal (Liu et al. 2025), and each takes its piece of what came out. Ranks that share a
copy of the weights do so among themselves: with thousands of copies, telling all would take longer than the step. It knows matrices, not what
they are for. Without other ranks it is `torch.optim.Muon` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import torch
from torch import Tensor, distributed, nn, optim
from torch.distributed.tensor import DTensor

MOST = 1 << 28  # numbers of whole matrices on a rank at a time


class Muon(optim.Muon):
    """`torch.optim.Muon`, also of matrices in pieces. `circle` are the ranks that share a copy of them; None is all."""

    def __init__(self, parameters: Any, circle: distributed.ProcessGroup | None = None, **rates: float) -> None:
        super().__init__(parameters, **rates)
        self._circle = circle

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Change the weights by their gradients."""
        if not distributed.is_initialized():
            return cast("float | None", super().step(closure))
        loss = closure() if closure else None
        for group in self.param_groups:
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            for turn in _turns(parameters):
                moments = list(self._moments(turn, group))
                for parameter, direction in zip(turn, _directions(moments, self._circle), strict=True):
                    tall = max(1.0, parameter.shape[0] / parameter.shape[1]) ** 0.5
                    weight = parameter.to_local() if isinstance(parameter, DTensor) else parameter
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    weight.add_(_own(direction, parameter), alpha=-group["lr"] * tall)
        return loss

    def _moments(self, parameters: list[nn.Parameter], group: dict[str, Any]) -> Iterator[Tensor]:
        """The averaged gradients, a whole matrix at a time."""
        for parameter in parameters:
            gradient, state = cast(Tensor, parameter.grad), self.state[parameter]
            average = state.setdefault("momentum_buffer", torch.zeros_like(gradient))
            average.lerp_(gradient, 1 - group["momentum"])
            moment = (gradient.lerp(average, group["momentum"]) if group["nesterov"] else average).bfloat16()
            yield moment.full_tensor() if isinstance(moment, DTensor) else moment


def _turns(parameters: list[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    """Matrices that are put together at a time, about `MOST` numbers."""
    turn = list[nn.Parameter]()
    for parameter in parameters:
        turn.append(parameter)
        if sum(each.numel() for each in turn) >= MOST:
            yield turn
            turn = []
    if turn:
        yield turn


def _directions(moments: list[Tensor], circle: distributed.ProcessGroup | None) -> list[Tensor]:
    """The matrices made orthogonal: each by one rank of the circle, which tells the others all of its own at once."""
    world, rank = distributed.get_world_size(circle), distributed.get_rank(circle)
    mine = [_orthogonal(moment).flatten() for moment in moments[rank::world]]
    directions = list(moments)
    for owner in range(min(world, len(moments))):
        sizes = [moment.numel() for moment in moments[owner::world]]
        told = torch.cat(mine) if owner == rank else torch.empty(sum(sizes), dtype=torch.bfloat16, device=moments[0].device)
        distributed.broadcast(told, group=circle, group_src=owner)
        directions[owner::world] = [
            piece.view(moment.shape) for piece, moment in zip(told.split(sizes), moments[owner::world], strict=True)
        ]
    return directions


def _orthogonal(matrix: Tensor) -> Tensor:
    """The matrix with all its singular values near one, as `torch.optim.Muon` does it: its step on a weight of nought."""
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.t()
    weight = nn.Parameter(torch.zeros_like(wide))
    weight.grad = wide
    optim.Muon([weight], lr=1.0, weight_decay=0.0, momentum=0.0, nesterov=False).step()
    return (-weight.detach() if wide is matrix else -weight.detach().t()).contiguous()


def _own(matrix: Tensor, parameter: nn.Parameter) -> Tensor:
    """This rank's piece: split by tensor ranks first, then by shards."""
    if not isinstance(parameter, DTensor):
        return matrix
    mesh = parameter.device_mesh
    for axis, placement in reversed(list(enumerate(parameter.placements))):
        if hasattr(placement, "dim"):
            size, place = mesh.size(axis), mesh.get_local_rank(axis)
            pieces = matrix.chunk(size, placement.dim)
            matrix = pieces[place] if place < len(pieces) else matrix.narrow(placement.dim, 0, 0)
    return matrix
