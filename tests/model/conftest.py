"""Models to train and to convert, made here, their weights by chance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tiny import chat_model

TEMPLATE = "{% for message in messages %}{{ message['role'] + ' says: ' + message['content'] }}{% endfor %}"


@pytest.fixture(scope="module")
def llama(small_model: Path) -> Any:
    """A small model of the Llama family, more heads of queries than of keys, with the small model's tokens."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    from oscine.model import gguf

    config = transformers.LlamaConfig(
        vocab_size=gguf.read(small_model).config["vocab_size"], hidden_size=128, intermediate_size=256, num_hidden_layers=3, head_dim=32,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256, tie_word_embeddings=True, initializer_range=0.15,
    )  # fmt: skip
    torch.manual_seed(0)
    return transformers.LlamaForCausalLM(config)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny model that answers messages."""
    pytest.importorskip("transformers")
    return chat_model(tmp_path_factory.mktemp("run") / "model")


@pytest.fixture(scope="module")
def llama_file(llama: Any, small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Llama model as llama.cpp's converter writes it (its `permute` of queries and keys), in F16, with the small model's tokens."""
    package = pytest.importorskip("gguf")
    from oscine.model import gguf

    out, names = tmp_path_factory.mktemp("llama") / "llama.gguf", package.get_tensor_name_map(package.MODEL_ARCH.LLAMA, 3)
    rope = {"rope_theta": llama.config.rope_parameters["rope_theta"]}
    config = {**llama.config.to_dict(), **rope, "rope_parameters": None}
    folder = gguf.read(small_model)._replace(config=config, template=TEMPLATE)
    writer = package.GGUFWriter(out, "llama")
    gguf._describe(writer, package, folder, "f16")
    gguf._tell_tokens(writer, package, folder)
    for name, weights in llama.state_dict().items():
        heads = {"q_proj": 4, "k_proj": 2}.get(name.split(".")[-2])
        if heads:
            weights = weights.view(heads, 2, len(weights) // heads // 2, -1).transpose(1, 2).reshape(weights.shape)
        if name != "lm_head.weight":
            writer.add_tensor(names.get_name(name, (".weight",)), weights.numpy().astype("f4" if weights.dim() == 1 else "f2"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return out
