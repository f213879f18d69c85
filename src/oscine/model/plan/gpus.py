"""GPUs as a plan sees them: what they can do at most, and what they have been measured to do. Every figure has its source.

`peak`, `memory`, `bandwidth` and `link` are the makers' data sheets (bfloat16 without sparsity; NVLink or Infinity Fabric one
way). `computer` is a GPU's eighth of the most that a computer takes: DGX A100 6.5 kW, DGX H100 and H200 10.2 kW, DGX B200 14.3 kW,
by NVIDIA's user guides; the board's power where none is named. `reached` is the fastest product of large matrices that was measured, in Stas
Bekman's "Machine Learning Engineering" (compute/accelerator, maximum achievable matmul FLOPS, https://github.com/stas00/ml-engineering at 744d01e).
"""

from __future__ import annotations

from dataclasses import dataclass

from oscine.errors import InputError


@dataclass(frozen=True)
class GPU:
    """One kind. FLOP/s, bytes, bytes a second, watts; `network` is what a GPU usually has to other computers, one way."""

    name: str
    peak: float
    reached: float
    memory: float
    bandwidth: float
    link: float
    network: float
    computer: float


KINDS = {
    gpu.name: gpu
    for gpu in (
        GPU("a100-40", 312e12, 271.2e12, 40e9, 1.555e12, 300e9, 25e9, 812.5),
        GPU("a100-80", 312e12, 271.2e12, 80e9, 2.039e12, 300e9, 25e9, 812.5),
        GPU("h100-80", 989e12, 794.5e12, 80e9, 3.35e12, 450e9, 50e9, 1275),
        GPU("h200", 989e12, 794.5e12, 141e9, 4.8e12, 450e9, 50e9, 1275),
        GPU("b200", 2250e12, 1745e12, 180e9, 8e12, 900e9, 50e9, 1787.5),
        GPU("mi300x", 1307e12, 668.4e12, 192e9, 5.3e12, 448e9, 50e9, 750),
    )
}
USUAL = {"a100": "a100-80", "h100": "h100-80"}


def kind(name: str) -> GPU:
    """The GPU of a name. Raises `InputError`."""
    low = name.lower()
    try:
        return KINDS[USUAL.get(low, low)]
    except KeyError:
        raise InputError(f"There is no GPU {name!r} in the table.", f"Take one of {', '.join(sorted({*KINDS, *USUAL}))}.") from None
