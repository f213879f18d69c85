"""Q4_K and Q6_K: the bytes of llama.cpp's own reference, and read back by `gguf` as near as their bits allow."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from oscine.model import quantise

gguf = pytest.importorskip("gguf")
KINDS = {"Q4_K": (quantise.q4_k, 144, 0.09), "Q6_K": (quantise.q6_k, 210, 0.025)}


def weights(rows: int = 64, columns: int = 512) -> Any:
    """Normal weights with outliers, a row of zeros and a row of one value."""
    drawn = np.random.default_rng(0).standard_t(4, (rows, columns)).astype(np.float32) * 0.05
    drawn[3], drawn[4] = 0, 0.25
    return drawn


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_back_is_near(kind: str) -> None:
    quantised, _, most = KINDS[kind]
    given = weights()
    back = gguf.dequantize(quantised(given), gguf.GGMLQuantizationType[kind])
    assert np.sqrt(((back - given) ** 2).mean() / (given**2).mean()) < most
    assert not back[3].any()


@pytest.mark.parametrize("kind", KINDS)
def test_the_bytes_are_those_of_the_reference(kind: str, reference: Callable[[str, Any, int], Any]) -> None:
    quantised, size, _ = KINDS[kind]
    given = weights()
    ours, theirs = quantised(given).reshape(-1, size), reference(kind, given, size)
    # Sums are added up in another order, so that where two scales are as good as each other the other may be taken.
    assert (ours == theirs).all(axis=1).mean() > 0.9
    read = [gguf.dequantize(found.reshape(len(given), -1), gguf.GGMLQuantizationType[kind]) for found in (ours, theirs)]
    errors = [((back - given) ** 2).sum() for back in read]
    assert errors[0] == pytest.approx(errors[1], rel=0.01)


@pytest.fixture
def reference() -> Callable[[str, Any, int], Any]:
    """llama.cpp's own functions, which its Python package happens to export."""
    xllamacpp = pytest.importorskip("xllamacpp.xllamacpp")
    library = ctypes.CDLL(xllamacpp.__file__)

    def quantised(kind: str, given: Any, size: int) -> Any:
        made = np.zeros((given.size // 256, size), np.uint8)
        pointers = given.ctypes.data_as(ctypes.c_void_p), made.ctypes.data_as(ctypes.c_void_p)
        library[f"quantize_row_{kind.lower().replace('k', 'K')}_ref"](*pointers, ctypes.c_int64(given.size))
        return made

    return quantised
