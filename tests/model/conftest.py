"""Models to train and to convert, made here, their weights by chance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tiny import chat_model


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
