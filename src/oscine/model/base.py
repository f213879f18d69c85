"""A language model that training begins with, opened from a Hugging Face folder or a GGUF file; and what training leaves: an adapter or a model.

Models are read from disk and never fetched; code in a folder is never run. A GGUF file's weights come dequantised. It knows nothing of training.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch

from oscine.errors import InputError, SetupError
from oscine.model import gguf, gguf_header, gguf_words

Form = Literal["chat", "answers", "post"]


class Base(NamedTuple):
    """A causal model of transformers with its tokenizer, whether it answers messages or continues posts, and what it is called."""

    model: Any
    tokenizer: Any
    form: Form
    name: str


def open_base(path: Path, full: bool = False) -> Base:
    """A model ready to be trained: frozen in bfloat16 for an adapter over it, or with `full` in float32 and all of it to learn.

    Raises `SetupError` where transformers is not installed, `InputError` where there is no such model.
    """
    with reading(path):
        model = weights(path).to(torch.float32 if full else torch.bfloat16)
    model.requires_grad_(full)
    model.config.use_cache = False  # else each pass in training keeps keys and values for a next one
    return Base(model, words(path, model.config), form(path), path.parent.name if path.name == "model" else path.stem)


def words(path: Path, config: Any) -> Any:
    """The tokenizer of a model, which pads with its end where it has nothing to pad with. Raises `SetupError`, `InputError`."""
    with reading(path):
        from transformers import AutoTokenizer

        tokenizer = gguf_words.tokenizer(gguf_header.read(path)) if path.suffix == ".gguf" else None
        tokenizer = tokenizer or AutoTokenizer.from_pretrained(**source(path), local_files_only=True)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    tokenizer.model_max_length = config.max_position_embeddings
    return tokenizer


def form(path: Path) -> Form:
    """What a model was taught: what it says itself, else by whether it has a chat template."""
    if path.is_file():
        return gguf.about(path).form
    made, roles = path / "oscine.json", path / "tokenizer_config.json"
    told = json.loads(made.read_text(encoding="utf8")).get("form") if made.is_file() else None
    template = (path / "chat_template.jinja").is_file() or (
        roles.is_file() and json.loads(roles.read_text(encoding="utf8")).get("chat_template")
    )
    if told == "answers":
        return "answers"
    return "chat" if told == "chat" or (told is None and template) else "post"


def save_adapter(model: Any, out: Path, base: str = "") -> Path:
    """Write the adapter of a PEFT model as PEFT's folder; of its base it keeps the name `base` and no path of this machine."""
    model.save_pretrained(out, save_embedding_layers=False)
    (out / "README.md").unlink(missing_ok=True)  # PEFT's form of a card, with nothing filled in
    file = out / "adapter_config.json"
    told = json.loads(file.read_text(encoding="utf8")) | {"base_model_name_or_path": base}
    file.write_text(json.dumps(told, indent=2, sort_keys=True), encoding="utf8")
    return out


def merged(model: Any, tokenizer: Any, out: Path) -> Path:
    """Write a trained model as a Hugging Face folder, in float32; the adapter of a PEFT model is merged into its weights, here too."""
    model = model.to(torch.float32)
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    model.config._name_or_path = ""
    model.config.use_cache = True
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return out


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Trouble in reading a model, in our words."""
    try:
        yield
    except ImportError as error:
        raise SetupError(f"{error.name or 'transformers or gguf'} is not installed.", "Run `pip install 'oscine[train]'`.") from None
    except (OSError, ValueError, KeyError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path} is no language model ({why}).", "Name a Hugging Face folder or a GGUF file.") from None


def weights(path: Path) -> Any:
    """The model of transformers, in float32 from a GGUF file and as stored from a folder. Raises what transformers does."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    return _from_gguf(path) if path.suffix == ".gguf" else _from_folder(path)


def source(path: Path) -> dict[str, str]:
    """Where a model lies, as transformers wants to be told."""
    if path.suffix == ".gguf":
        return {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
    return {"pretrained_model_name_or_path": str(path)}


def _from_folder(path: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(str(path), local_files_only=True)


def _from_gguf(path: Path) -> Any:
    """As transformers reads it, without its other way there, which needs accelerate."""
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

    config = AutoConfig.from_pretrained(**source(path), local_files_only=True)
    with torch.device("meta"):
        names = AutoModelForCausalLM.from_config(config)
    tensors = load_gguf_checkpoint(str(path), return_tensors=True, model_to_load=names)["tensors"]
    keys = tensors.get("model.layers.0.self_attn.k_proj.weight")
    if keys is not None:
        config.head_dim = len(keys) // config.num_key_value_heads  # which transformers does not read for every family
    model = AutoModelForCausalLM.from_config(config)
    missing, _ = model.load_state_dict(tensors, strict=False)
    tied = {"lm_head.weight"} if model.config.tie_word_embeddings else set()
    if set(missing) - tied:
        raise ValueError(f"it lacks {', '.join(sorted(set(missing) - tied)[:3])}")
    model.tie_weights()
    return model
