"""A model in Hugging Face's folder as one GGUF file for llama.cpp: F16, Q8_0, or Q4_K_M by llama.cpp's own recipe.

It takes models of the Qwen3 family whose tokenizer splits text as Llama 3's or Qwen2's does, and refuses every other: what llama.cpp would
run differently from transformers is not written. It knows neither where files are kept nor who made them.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from math import prod
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from oscine.errors import InputError, SetupError
from oscine.model import gguf_header, quantise
from oscine.model.tokenizer import SPLIT

Kind = Literal["f16", "q8_0", "q4_k_m"]
KINDS: tuple[Kind, ...] = ("f16", "q8_0", "q4_k_m")
FORM = "oscine.form"  # the key under which a file says whether its model continues posts or answers messages
SPLITS = {SPLIT: "llama-bpe", SPLIT.replace(r"\p{N}{1,3}", r"\p{N}"): "qwen2"}  # to llama.cpp's names
_LARGE = 2**24  # more than any model has of a thing, and few enough to be counted
SIZES = dict.fromkeys(
    ("vocab_size", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim", "max_position_embeddings"),
    _LARGE,
) | {"num_hidden_layers": 1024}
_FALLBACK = {"Q4_K": "Q5_0", "Q6_K": "Q8_0"}  # llama.cpp's, for rows that are no multiple of 256


class Folder(NamedTuple):
    """A model's folder, read but for its weights."""

    path: Path
    config: dict[str, Any]
    tokenizer: dict[str, Any]
    roles: dict[str, Any]  # tokenizer_config.json
    template: str
    form: str

    @property
    def depth(self) -> int:
        """How many layers."""
        return int(self.config["num_hidden_layers"])


def read(path: Path) -> Folder:
    """What a folder says of its model. Raises `InputError` for one that llama.cpp would not run as transformers does."""
    config, roles = _json(path / "config.json"), _json(path / "tokenizer_config.json")
    if config.get("architectures") != ["Qwen3ForCausalLM"]:
        raise InputError(f"{path} is not a model of the Qwen3 family.", "Bring a .gguf file instead.")
    if _rope(config).get("rope_type", "default") != "default" or config.get("use_sliding_window") or config.get("attention_bias"):
        raise InputError(f"{path} is a variety of Qwen3 that is not written here.", "Bring a .gguf file made by llama.cpp's own converter.")
    _checked(path, config)
    file, made = path / "chat_template.jinja", path / "oscine.json"
    template = file.read_text(encoding="utf8") if file.is_file() else str(roles.get("chat_template") or "")
    form = str(_json(made).get("form", "post")) if made.is_file() else ("chat" if template else "post")
    return Folder(path, config, _json(path / "tokenizer.json"), roles, template, form)


def export(path: Path, out: Path, kind: Kind = "f16") -> None:
    """Write the model in the folder `path` to the file `out`, one tensor at a time.

    Raises `InputError` for a folder that cannot be written, `SetupError` where `gguf` is not installed.
    """
    gguf = package("gguf")
    try:
        _write(gguf, read(path), out, kind)
    except (OSError, InputError):
        raise
    except Exception as error:  # what a stranger's files can lack or be has no end
        raise InputError(
            f"{path} is no model as transformers saves it ({type(error).__name__}: {error}).", "Get the folder again."
        ) from None


def _write(gguf: Any, folder: Folder, out: Path, kind: Kind) -> None:
    """Write the file, once everything that it needs was read."""
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, folder.depth)
    writer = gguf.GGUFWriter(out, "qwen3")
    _describe(writer, gguf, folder, kind)
    _tell_tokens(writer, gguf, folder)
    with ExitStack() as stack:
        stack.callback(writer.close)
        tensors = {name: part for name, part in _tensors(folder, stack) if not (name == "lm_head.weight" and _tied(folder))}
        _fit(folder, {name: part.get_slice(name).get_shape() for name, part in tensors.items()})
        types = {name: _type(name, part.get_slice(name).get_shape(), kind, folder) for name, part in tensors.items()}
        for name, part in tensors.items():
            shape, stored = part.get_slice(name).get_shape(), gguf.GGMLQuantizationType[types[name]]
            block, size = gguf.GGML_QUANT_SIZES[stored]
            told = names.get_name(name, (".weight",))
            writer.add_tensor_info(told, shape, np.dtype(np.float32), prod(shape) // block * size, stored)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for name, part in tensors.items():
            writer.write_tensor_data(_quantised(part.get_tensor(name).float().numpy(), types[name]))


def package(name: str) -> Any:
    """A library of the extra `train`. Raises `SetupError` where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise SetupError(f"{name} is not installed.", "Run `pip install 'oscine[train]'`.") from None


class About(NamedTuple):
    """What a file says of its model: what it was taught, how many tokens it can look back on, its family, its heads of queries and of keys."""

    form: Literal["chat", "answers", "post"]
    context: int
    architecture: str
    heads: int
    kv_heads: int


def about(path: Path) -> About:
    """What a GGUF file says; by its chat template what it was taught, where it does not say that. Raises `InputError`."""
    try:
        told = gguf_header.read(path)
        family = told["general.architecture"]
        context, heads = int(told[f"{family}.context_length"]), told[f"{family}.attention.head_count"]
        kv_heads = told.get(f"{family}.attention.head_count_kv", heads)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path} is not a model in a GGUF file ({error}).", "Name a .gguf file or a Hugging Face folder.") from None
    form = told.get(FORM, "chat" if "tokenizer.chat_template" in told else "post")
    return About(form if form in ("chat", "answers") else "post", context, family, heads, kv_heads)


def kind(named: str) -> Kind:
    """The kind of that name. Raises `InputError`."""
    for known in KINDS:
        if known == named:
            return known
    raise InputError(f"There is no kind {named!r}.", f"Take one of {', '.join(KINDS)}.")


def _checked(path: Path, config: dict[str, Any]) -> None:
    """Raise `InputError` for sizes that no model has, before anything is made as large."""
    for name, most in SIZES.items():
        size = config.get(name)
        if type(size) is not int or not 0 < size <= most:
            raise InputError(f"{path / 'config.json'} has {str(size)[:40]} for {name}.", f"It takes a whole number up to {most}.")


def _fit(folder: Folder, held: dict[str, list[int]]) -> None:
    """Raise `InputError` where the weights are not those that the config tells of."""
    expected = dict(_shapes(folder))
    if other := sorted(held.keys() - expected.keys()):
        raise InputError(f"{folder.path} holds {other[0]}, which Qwen3 has not.", "Save the model again without it.")
    for name, shape in expected.items():
        if held.get(name) != shape:
            raise InputError(f"{folder.path} has {held.get(name)} for {name}, and its config.json says {shape}.", "Get the folder again.")


def _shapes(folder: Folder) -> Iterator[tuple[str, list[int]]]:
    """Each tensor of Qwen3 with its shape, by the config."""
    config = folder.config
    width, hidden, head = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    queries, keys = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    ends = {"model.embed_tokens": [config["vocab_size"], width], "model.norm": [width]}
    ends |= {} if _tied(folder) else {"lm_head": [config["vocab_size"], width]}
    layer = {
        "input_layernorm": [width], "post_attention_layernorm": [width], "self_attn.q_norm": [head], "self_attn.k_norm": [head],
        "self_attn.q_proj": [queries, width], "self_attn.k_proj": [keys, width], "self_attn.v_proj": [keys, width],
        "self_attn.o_proj": [width, queries], "mlp.gate_proj": [hidden, width], "mlp.up_proj": [hidden, width],
        "mlp.down_proj": [width, hidden],
    }  # fmt: skip
    yield from ((f"{name}.weight", shape) for name, shape in ends.items())
    for number in range(folder.depth):
        yield from ((f"model.layers.{number}.{name}.weight", shape) for name, shape in layer.items())


def _describe(writer: Any, gguf: Any, folder: Folder, kind: Kind) -> None:
    """The shape of the model, in llama.cpp's keys."""
    config = folder.config
    writer.add_type("model")
    writer.add_name(folder.path.name)
    writer.add_string(FORM, folder.form)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(folder.depth)
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(_rope(config)["rope_theta"])
    writer.add_file_type(gguf.LlamaFileType["MOSTLY_" + kind.upper()])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _tell_tokens(writer: Any, gguf: Any, folder: Folder) -> None:
    """The tokenizer: its tokens and what they are, its merges, and which begin, end and fill."""
    model, size = folder.tokenizer["model"], folder.config["vocab_size"]
    added = {token["id"]: token for token in folder.tokenizer["added_tokens"]}
    tokens = {number: token for token, number in model["vocab"].items()} | {number: token["content"] for number, token in added.items()}
    kinds = gguf.TokenType
    types = [
        (kinds.CONTROL if added[number]["special"] else kinds.USER_DEFINED) if number in added
        else kinds.NORMAL if number in tokens else kinds.UNUSED
        for number in range(size)
    ]  # fmt: skip
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(_split(folder))
    writer.add_token_list([tokens.get(number, f"[UNUSED{number}]") for number in range(size)])
    writer.add_token_types(types)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]])
    numbers = {token: number for number, token in tokens.items()}
    for role in ("bos", "eos", "pad"):
        named = folder.roles.get(f"{role}_token")
        content = named["content"] if isinstance(named, dict) else named
        if content in numbers:
            getattr(writer, f"add_{role}_token_id")(numbers[content])
    # As the folder's own tokenizer does, so that nobody's prompt begins twice.
    writer.add_add_bos_token("TemplateProcessing" in json.dumps(folder.tokenizer.get("post_processor")))
    if folder.template:
        writer.add_chat_template(folder.template)


def _split(folder: Folder) -> str:
    """llama.cpp's name for how the tokenizer splits text. Raises `InputError` where it has none that is known here."""
    before = folder.tokenizer.get("pre_tokenizer") or {}
    patterns = [step["pattern"].get("Regex") for step in before.get("pretokenizers", [before]) if step.get("type") == "Split"]
    if folder.tokenizer["model"].get("type") != "BPE" or len(patterns) != 1 or patterns[0] not in SPLITS:
        raise InputError(f"{folder.path} splits text in a way that llama.cpp has no name for here.", "Bring a .gguf file instead.")
    return SPLITS[patterns[0]]


def _tensors(folder: Folder, stack: ExitStack) -> Iterator[tuple[str, Any]]:
    """Each tensor's name, with the open file that holds it."""
    safetensors = package("safetensors")
    for file in sorted(folder.path.glob("*.safetensors")):
        part = stack.enter_context(safetensors.safe_open(file, framework="pt"))
        yield from ((name, part) for name in part.keys())  # noqa: SIM118 - no mapping


def _type(name: str, shape: list[int], kind: Kind, folder: Folder) -> str:
    """How a tensor is stored: vectors in F32, the rest as its kind says."""
    if len(shape) == 1:
        return "F32"
    wanted = {"f16": "F16", "q8_0": "Q8_0"}.get(kind) or ("Q6_K" if _fine(name, folder) else "Q4_K")
    if shape[-1] % quantise.SUPER:
        wanted = _FALLBACK.get(wanted, wanted)
    return "F16" if shape[-1] % 32 else wanted


def _fine(name: str, folder: Folder) -> bool:
    """Whether Q4_K_M gives a tensor six bits (llama.cpp's `llama_tensor_get_type`): the head, and values and down projections of half the layers."""
    if name == ("model.embed_tokens.weight" if _tied(folder) else "lm_head.weight"):
        return True
    if not name.endswith(("v_proj.weight", "down_proj.weight")):
        return False
    layer, eighth = int(name.split(".")[2]), folder.depth // 8
    return layer < eighth or layer >= 7 * folder.depth // 8 or (layer - eighth) % 3 == 2


def _quantised(weights: Any, stored: str) -> Any:
    gguf = package("gguf")
    ours = {"Q4_K": quantise.q4_k, "Q6_K": quantise.q6_k}.get(stored)
    return ours(weights) if ours else gguf.quantize(weights, gguf.GGMLQuantizationType[stored])


def _tied(folder: Folder) -> bool:
    return bool(folder.config.get("tie_word_embeddings"))


def _rope(config: dict[str, Any]) -> dict[str, Any]:
    """transformers 5 keeps these together, 4 apart."""
    return config.get("rope_parameters") or {"rope_theta": config.get("rope_theta", 10_000.0), **(config.get("rope_scaling") or {})}


def _json(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{file} cannot be read ({error}).", "Name a folder as transformers saves it.") from None
