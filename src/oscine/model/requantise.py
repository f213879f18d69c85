"""A GGUF file written anew, LoRA adapters merged into it and its matrices as Q8_0, for a runtime that takes neither adapters nor every kind.

The rest, tokenizer and chat template among it, is copied as it stands. It knows no tensor by name and asks nothing of the model's family.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oscine.errors import InputError
from oscine.model.gguf import package

_OWN = ("GGUF.", "general.file_type", "general.architecture")  # the writer's to say

Weights = NDArray[np.float32]


def write(base: Path, out: Path, adapters: Sequence[tuple[Path, float]] = ()) -> None:
    """Write `base` with each adapter, at its scale, added to its weights. Vectors stay as they are. It holds the whole file in memory.

    Raises `InputError` where a file cannot be read or an adapter belongs to another model, `SetupError` where `gguf` is not installed.
    """
    gguf = package("gguf")
    told = _read(gguf, base)
    added = [_Adapter(gguf, file, scale) for file, scale in adapters]
    writer = gguf.GGUFWriter(out, told.fields["general.architecture"].contents())
    try:
        _copy(gguf, told, writer)
        writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
        for tensor in told.tensors:
            _add(gguf, writer, tensor, added)
        for adapter in added:
            adapter.check()
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _read(gguf: Any, path: Path) -> Any:
    try:
        return gguf.GGUFReader(path)
    except (OSError, ValueError, IndexError) as error:
        raise InputError(f"{path} cannot be read as GGUF ({error}).", "Get the file again.") from None


def _copy(gguf: Any, told: Any, writer: Any) -> None:
    """What the file says of its model and its words."""
    for field in told.fields.values():
        if not field.name.startswith(_OWN):
            inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), field.types[0], inner)


def _add(gguf: Any, writer: Any, tensor: Any, adapters: Sequence[_Adapter]) -> None:
    """One tensor: a matrix anew, a vector as it was."""
    if len(tensor.shape) == 1:
        writer.add_tensor(tensor.name, np.array(tensor.data), raw_dtype=tensor.tensor_type)
        return
    kind = gguf.GGMLQuantizationType.Q8_0
    try:
        weights = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        for adapter in adapters:
            weights = weights + adapter.taken(tensor.name, weights.shape)
        writer.add_tensor(tensor.name, gguf.quantize(weights, kind), raw_dtype=kind)
    except (NotImplementedError, gguf.quants.QuantError) as error:
        raise InputError(f"{tensor.name} cannot be written as Q8_0 ({error}).", "Use the file as it is.") from None


class _Adapter:
    """What a LoRA (Hu et al. 2021) adds to each matrix: scale · alpha / rank · B A."""

    def __init__(self, gguf: Any, path: Path, scale: float) -> None:
        self._path = path
        told = _read(gguf, path)
        self._halves = {tensor.name: gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32) for tensor in told.tensors}
        self._strength = scale * float(told.fields[gguf.Keys.Adapter.LORA_ALPHA].contents())

    def taken(self, name: str, shape: tuple[int, ...]) -> Weights | float:
        """What is added to the matrix of that name; each is taken once."""
        down, up = self._halves.pop(f"{name}.lora_a", None), self._halves.pop(f"{name}.lora_b", None)
        if down is None or up is None:
            return 0.0
        if (len(up), down.shape[-1]) != shape:
            raise InputError(f"{self._path} belongs to another model.", "Name the model that it was made for.")
        added: Weights = (self._strength / len(down)) * (up @ down)
        return added

    def check(self) -> None:
        """Raise where something of it was not for this model."""
        if self._halves:
            raise InputError(f"{self._path} belongs to another model: it has {min(self._halves)}.", "Name the model that it was made for.")
