"""Writes a trained ranker as three ONNX graphs that need no torch: what a person will do to posts, and the two towers.

A graph answers for one person at one moment; how many acts and posts there are is free. What goes in is named and shaped as `engines.ranker` gives it.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from oscine.model.ranker import Acts, Moments, Posts, Ranker

ACTS = ("act_vectors", "act_authors", "act_kinds", "act_ages", "act_lags", "act_forms", "act_known")
POSTS = ("vectors", "authors", "ages", "acts", "forms", "followed")


class _Foretell(nn.Module):
    """(n, 9) probabilities."""

    def __init__(self, network: Ranker) -> None:
        super().__init__()
        self.network = network

    def forward(self, *columns: Tensor) -> Tensor:
        acts, moments = _acts(*columns[: len(ACTS)])
        logits: Tensor = self.network(acts, _posts(*columns[len(ACTS) :]), moments).logits[0, 0]
        return (logits + self.network.level).sigmoid()


class _Taste(nn.Module):
    """(k,) the tower of people."""

    def __init__(self, network: Ranker) -> None:
        super().__init__()
        self.network = network

    def forward(self, *columns: Tensor) -> Tensor:
        return self.network.tasted(*_acts(*columns))[0, 0]


class _Places(nn.Module):
    """(n, k) the tower of posts."""

    def __init__(self, network: Ranker) -> None:
        super().__init__()
        self.network = network

    def forward(self, *columns: Tensor) -> Tensor:
        return self.network.placed(_posts(*columns))[0, 0]


def _acts(
    vectors: Tensor, authors: Tensor, kinds: Tensor, ages: Tensor, lags: Tensor, forms: Tensor, known: Tensor
) -> tuple[Acts, Moments]:
    """h acts as one row; `ages` (h,) are float64 seconds before the moment asked about, `known` (h,) false where a row is but filled up."""
    acts = Acts(*(column[None] for column in (vectors, authors, kinds, -ages, lags, forms)))
    return acts, Moments(torch.zeros((1, 1), dtype=torch.float64), known[None, None])


def _posts(*columns: Tensor) -> Posts:
    """n posts as the candidates of one moment."""
    return Posts(*(column[None, None] for column in columns))


def write(network: Ranker, folder: Path) -> None:
    """`foretell.onnx`, `taste.onnx`, `places.onnx` in a folder that is there."""
    network.eval()
    acts, posts = _examples(network)
    _write(_Foretell(network), {**acts, **posts}, folder / "foretell.onnx")
    _write(_Taste(network), acts, folder / "taste.onnx")
    _write(_Places(network), posts, folder / "places.onnx")


def _examples(network: Ranker, h: int = 3, n: int = 5) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Something of the right shapes and types."""
    shape = network.shape
    whole = torch.arange(h)
    acts = (torch.ones(h, shape.dimensions), whole, whole, whole.double(), torch.ones(h), torch.ones(h, shape.forms), whole < h)
    posts = (torch.ones(n, shape.dimensions), torch.arange(n), torch.ones(n), torch.ones(n, 4), torch.ones(n, shape.forms), torch.ones(n))
    return dict(zip(ACTS, acts, strict=True)), dict(zip(POSTS, posts, strict=True))


def _write(module: nn.Module, given: dict[str, Tensor], path: Path) -> None:
    """By tracing: torch's newer exporter takes a hundred times as long for the same graph."""
    free = {name: {0: "acts" if name in ACTS else "posts"} for name in given}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, tuple(given.values()), str(path), input_names=list(given), output_names=["out"], dynamic_axes=free,
                          opset_version=17, dynamo=False)  # fmt: skip
