"""What GPUs send each other: how long it takes, and how many bytes go inside a computer and between computers.

Ring exchanges, with the latencies of NCCL's own model of itself (src/graph/tuning.cc at 5067397, protocol Simple): a step takes 3.4 µs over
NVLink and 14 µs over the network. It knows sizes, not what they are of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

NODE = 8  # GPUs of a computer, with a fast link between all of them
REACHED = 0.8  # of a link's data sheet (Bekman, "Machine Learning Engineering", network: about 80% of one direction)
NEAR_STEP, FAR_STEP = 3.4e-6, 14e-6


@dataclass(frozen=True)
class Exchange:
    """Seconds, and bytes that a GPU receives from its own computer and, its share of the computer's, from others."""

    seconds: float = 0.0
    inside: float = 0.0
    across: float = 0.0

    def __add__(self, other: Exchange) -> Exchange:
        return Exchange(self.seconds + other.seconds, self.inside + other.inside, self.across + other.across)

    def __mul__(self, times: float) -> Exchange:
        return Exchange(self.seconds * times, self.inside * times, self.across * times)


@dataclass(frozen=True)
class Wires:
    """The links of a GPU, bytes a second one way: to its own computer's, and to others'."""

    link: float
    network: float

    def gather(self, size: float, ranks: int, near: int) -> Exchange:
        """`size` bytes put together from so many ranks (all-gather), or summed and dealt out (reduce-scatter); `near` of them are in a computer."""
        near = max(1, min(near, ranks))
        nodes = math.ceil(ranks / near)
        inside = size * (near - 1) / near
        across = size * (nodes - 1) / nodes / near
        latency = (ranks - nodes) * NEAR_STEP + (nodes - 1) * FAR_STEP
        return Exchange(max(inside / self.link, across / self.network) / REACHED + latency, inside, across)

    def sum(self, size: float, ranks: int, near: int) -> Exchange:
        """`size` bytes summed over ranks, for all of them (all-reduce): as a tree between computers."""
        near = max(1, min(near, ranks))
        nodes = math.ceil(ranks / near)
        inside, across = 2 * size * (near - 1) / near, 2 * size * (nodes - 1) / nodes / near
        latency = 2 * ((near - 1) * NEAR_STEP + math.log2(nodes) * FAR_STEP)
        return Exchange(max(inside / self.link, across / self.network) / REACHED + latency, inside, across)

    def hop(self, size: float) -> Exchange:
        """`size` bytes to a GPU of another computer."""
        return Exchange(size / self.network / REACHED + FAR_STEP, 0.0, size)
