"""A trained model as a Hugging Face folder, which transformers and vLLM load as it is, and `gguf.py` turns into GGUF.

It knows nothing of training: a state dict, a shape and a tokenizer in, files out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from oscine.errors import InputError
from oscine.model import tokenizer as posts
from oscine.model.gpt import GPT, GPTConfig


def write(folder: Path, config: GPTConfig, weights: Mapping[str, Tensor], tokenizer: posts.Tokenizer, made: Mapping[str, Any]) -> Path:
    """Write the folder; `made` tells what made it, and goes into `oscine.json`."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: weight.detach().cpu().contiguous() for name, weight in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    tokenizer.save(folder / "tokenizer.json")
    written = {
        "config.json": described(config, tokenizer),
        "generation_config.json": {
            "bos_token_id": tokenizer.ids[posts.POST],
            "eos_token_id": tokenizer.end,
            "pad_token_id": tokenizer.ids[posts.PAD],
            "do_sample": True,
            "temperature": 0.8,
        },
        "oscine.json": dict(made),
    }
    for name, told in written.items():
        (folder / name).write_text(json.dumps(told, indent=2))
    (folder / "tokenizer_config.json").write_text(posts.settings(config.context))
    return folder


def described(config: GPTConfig, tokenizer: posts.Tokenizer) -> dict[str, Any]:
    """`config.json` of transformers' `Qwen3ForCausalLM`."""
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": config.vocabulary,
        "hidden_size": config.width,
        "num_hidden_layers": config.depth,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_dim,
        "intermediate_size": config.hidden,
        "hidden_act": "silu",
        "max_position_embeddings": config.context,
        "rms_norm_eps": config.norm_eps,
        "rope_theta": config.rope_base,
        "rope_parameters": {"rope_type": "default", "rope_theta": config.rope_base},
        "tie_word_embeddings": config.tied,
        "attention_bias": False,
        "use_sliding_window": False,
        "bos_token_id": tokenizer.ids[posts.POST],
        "eos_token_id": tokenizer.end,
        "pad_token_id": tokenizer.ids[posts.PAD],
        "torch_dtype": "float32",
    }


def shape(folder: Path) -> GPTConfig:
    """The shape of a Hugging Face folder of the Qwen3 family. Raises `InputError` for another family."""
    try:
        told = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{folder} is no model's folder ({error}).", "Name a folder with config.json and model.safetensors.") from None
    if told.get("model_type") != "qwen3":
        raise InputError(
            f"{folder} holds a model of the family {told.get('model_type')!r}.", "Training goes on from the Qwen3 family only."
        )
    rope = told.get("rope_parameters") or {}
    return GPTConfig(
        vocabulary=told["vocab_size"],
        depth=told["num_hidden_layers"],
        width=told["hidden_size"],
        heads=told["num_attention_heads"],
        kv_heads=told["num_key_value_heads"],
        hidden=told["intermediate_size"],
        head_dim=told.get("head_dim", told["hidden_size"] // told["num_attention_heads"]),
        context=told["max_position_embeddings"],
        rope_base=rope.get("rope_theta", told.get("rope_theta", 10_000.0)),
        norm_eps=told["rms_norm_eps"],
        tied=told["tie_word_embeddings"],
    )


def read(folder: Path) -> GPT:
    """The model of a Hugging Face folder, of one or several safetensors files. Raises `InputError`."""
    from safetensors.torch import load_file

    model = GPT(shape(folder))
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise InputError(f"{folder} holds no weights.", "Name a folder with model.safetensors.")
    weights = {name: weight for file in files for name, weight in load_file(file).items()}
    if model.lm_head is None:
        weights.pop("lm_head.weight", None)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise InputError(f"{folder} holds other weights than its config.json says ({error}).", "Get the folder again.") from None
    return model
