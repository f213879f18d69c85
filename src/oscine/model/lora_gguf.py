"""A LoRA adapter (Hu et al. 2021) in PEFT's folder as a GGUF file that llama.cpp lays over a model of the Qwen3 family.

It takes plain LoRA on the layers' projections. It does not know the model that the adapter belongs to: llama.cpp refuses one of another shape.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from oscine.errors import InputError
from oscine.model.gguf import package

_NAME = re.compile(r"base_model\.model\.(?P<tensor>model\.layers\.(?P<layer>\d+)\.\w+\.\w+)\.lora_(?P<half>[AB])\.weight")
_PLAIN: dict[str, Any] = {
    "peft_type": "LORA",
    "use_dora": False,
    "bias": "none",
    "rank_pattern": {},
    "alpha_pattern": {},
    "modules_to_save": None,
}


def export(path: Path, out: Path) -> None:
    """Write the adapter in the folder `path` to the file `out`; its scale is alpha / rank, or alpha / √rank where it says so.

    Raises `InputError` for another kind of adapter, `SetupError` where `gguf` is not installed.
    """
    gguf, safetensors = package("gguf"), package("safetensors.numpy")
    try:
        config = json.loads((path / "adapter_config.json").read_text(encoding="utf8"))
        tensors = safetensors.load_file(path / "adapter_model.safetensors")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not an adapter ({error}).", "Name a folder as PEFT saves it.") from None
    for key, plain in _PLAIN.items():
        if config.get(key, plain) != plain:
            raise InputError(f"{path} is no plain LoRA: {key} is {config[key]!r}.", "Merge it into its model and add that.")
    writer = gguf.GGUFWriter(out, "qwen3")
    writer.add_type("adapter")
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    rank, alpha = config["r"], config["lora_alpha"]
    writer.add_float32(
        gguf.Keys.Adapter.LORA_ALPHA, alpha * rank**0.5 if config.get("use_rslora") else alpha
    )  # llama.cpp divides by the rank
    for name, weights in sorted(tensors.items()):
        writer.add_tensor(_told(name, path, gguf), weights.astype("float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _told(name: str, path: Path, gguf: Any) -> str:
    """llama.cpp's name for half of an adapted projection."""
    found = _NAME.fullmatch(name)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, int(found["layer"]) + 1) if found else None
    told = names.get_name(found["tensor"]) if names and found else None
    if told is None or found is None:
        raise InputError(f"{path} adapts {name}, which is no projection of a layer.", "Merge it into its model and add that.")
    return f"{told}.weight.lora_{found['half'].lower()}"
