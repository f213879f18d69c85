"""A LoRA adapter (Hu et al. 2021) in PEFT's folder as a GGUF file that llama.cpp lays over a model of the Qwen3 or Llama family.

It takes plain LoRA on the layers' projections. Of the model that the adapter belongs to it knows the family and the heads only: llama.cpp
refuses an adapter of another shape.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oscine.errors import InputError
from oscine.model.gguf import About, package

_NAME = re.compile(r"base_model\.model\.(?P<tensor>model\.layers\.(?P<layer>\d+)\.\w+\.\w+)\.lora_(?P<half>[AB])\.weight")
_PLAIN: dict[str, Any] = {
    "peft_type": "LORA",
    "use_dora": False,
    "bias": "none",
    "rank_pattern": {},
    "alpha_pattern": {},
    "modules_to_save": None,
}


_FAMILIES = ("qwen3", "llama")

Weights = NDArray[np.float32]


def export(path: Path, out: Path, base: About, half: bool = False) -> None:
    """Write the adapter in the folder `path` over the model `base` to the file `out`, with `half` in F16; its scale is as its config says.

    Raises `InputError` for another kind of adapter or of base, `SetupError` where `gguf` is not installed.
    """
    gguf = package("gguf")
    if base.architecture not in _FAMILIES:
        raise InputError(f"An adapter over a model of the family {base.architecture!r} is not written here.", "Merge it and add that.")
    config, tensors = _read(path)
    writer = gguf.GGUFWriter(out, base.architecture)
    writer.add_type("adapter")
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    rank, alpha = config["r"], config["lora_alpha"]
    writer.add_float32(
        gguf.Keys.Adapter.LORA_ALPHA, alpha * rank**0.5 if config.get("use_rslora") else alpha
    )  # llama.cpp divides by the rank
    for name, weights in sorted(tensors.items()):
        told = _told(name, path, gguf)
        writer.add_tensor(told, _turned(told, weights, base).astype(np.float16 if half else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Weights]]:
    """An adapter's config and its tensors, in float32. Raises `InputError` for one that is no plain LoRA."""
    torch_files = package("safetensors.torch")  # numpy has no bfloat16
    try:
        config = json.loads((path / "adapter_config.json").read_text(encoding="utf8"))
        tensors = torch_files.load_file(path / "adapter_model.safetensors")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not an adapter ({error}).", "Name a folder as PEFT saves it.") from None
    for key, plain in _PLAIN.items():
        if config.get(key, plain) != plain:
            raise InputError(f"{path} is no plain LoRA: {key} is {config[key]!r}.", "Merge it into its model and add that.")
    return config, {name: weights.float().numpy() for name, weights in tensors.items()}


def _turned(name: str, weights: Weights, base: About) -> Weights:
    """Rows of queries and keys in llama.cpp's order: for Llama, each head's two halves are interleaved for rotation by neighbours."""
    heads = {"attn_q.weight.lora_b": base.heads, "attn_k.weight.lora_b": base.kv_heads}.get(name.split(".", 2)[-1])
    if base.architecture != "llama" or heads is None:
        return weights
    rows, rank = weights.shape
    return weights.reshape(heads, 2, rows // heads // 2, rank).swapaxes(1, 2).reshape(rows, rank)


def _told(name: str, path: Path, gguf: Any) -> str:
    """llama.cpp's name for half of an adapted projection; both families have the same."""
    found = _NAME.fullmatch(name)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, int(found["layer"]) + 1) if found else None
    told = names.get_name(found["tensor"]) if names and found else None
    if told is None or found is None:
        raise InputError(f"{path} adapts {name}, which is no projection of a layer.", "Merge it into its model and add that.")
    return f"{told}.weight.lora_{found['half'].lower()}"
