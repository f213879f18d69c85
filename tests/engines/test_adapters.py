"""The adapters that ship are those that their cards tell of."""

from __future__ import annotations

import hashlib
import re
from importlib import resources

import numpy as np
import pytest

from oscine.engines import adapters, e5, e5_graph
from oscine.errors import EngineUnavailable

FOLDER = resources.files("oscine.engines")
RANKS = {"reader": 24, "query": 16}


@pytest.mark.parametrize("name", RANKS)
def test_a_card_names_the_file_beside_it(name: str) -> None:
    digest = hashlib.sha256(FOLDER.joinpath(f"{name}.npz").read_bytes()).hexdigest()
    card = FOLDER.joinpath(f"{name}.md").read_text(encoding="utf8")
    assert re.findall(r"\b[0-9a-f]{64}\b", card) == [digest]
    assert digest.startswith(adapters.load(name).digest)


@pytest.mark.parametrize("name", RANKS)
def test_an_adapter_fits_every_matrix_of_the_encoder(name: str) -> None:
    weights, arrays = e5_graph.Weights(e5.find_weights()), adapters.load(name).arrays
    shapes = {"qkv": (3 * weights.width, weights.width), "ao": (weights.width,) * 2,
              "fi": (weights.inner, weights.width), "fo": (weights.width, weights.inner)}  # fmt: skip
    for layer in range(weights.layers):
        for part, (outputs, inputs) in shapes.items():
            assert arrays[f"l{layer}.{part}.up"].shape == (outputs, RANKS[name])
            assert arrays[f"l{layer}.{part}.down"].shape == (RANKS[name], inputs)
            assert arrays[f"l{layer}.{part}.up"].any(), "never trained"
    assert all(np.isfinite(values).all() for values in arrays.values())


def test_an_adapter_that_is_not_there_says_so() -> None:
    with pytest.raises(EngineUnavailable, match="nosuch"):
        adapters.load("nosuch")
