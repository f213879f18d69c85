"""A tiny language model as a run leaves one, with weights by chance and a tokenizer of a few posts; one that answers messages; an adapter by chance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from oscine.model import tokenizer

TEXTS = [f"{who} {what} {where}, number {n}" for n, who in enumerate(("the cat", "a dog", "my neighbour", "she")) for what in ("sat on", "saw")
         for where in ("the mat", "a river", "Lisbon at night", "nothing 😀 at all")]  # fmt: skip
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def tiny_model(folder: Path, context: int = 32, seed: int = 0) -> Path:
    """Qwen3 of two layers, saved by transformers, with weights large enough that its predictions differ."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    words = tokenizer.train(TEXTS, tokenizer.LEAST + 60)
    config = Qwen3Config(
        vocab_size=words.size, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, head_dim=16,
        intermediate_size=48, max_position_embeddings=context, tie_word_embeddings=True,
    )  # fmt: skip
    torch.manual_seed(seed)
    model = Qwen3ForCausalLM(config)
    with torch.no_grad():
        model.model.embed_tokens.weight.mul_(8)
    model.save_pretrained(folder)
    words.save(folder / "tokenizer.json")
    (folder / "tokenizer_config.json").write_text(tokenizer.settings(context))
    return folder


def chat_model(folder: Path, context: int = 128) -> Path:
    """The same, said to answer messages."""
    tiny_model(folder, context)
    (folder / "oscine.json").write_text(json.dumps({"form": "chat"}))
    return folder


def adapted(model: Any, size: float) -> Any:
    """A model under a LoRA by chance on all its projections."""
    import peft

    made = peft.get_peft_model(model, peft.LoraConfig(r=4, lora_alpha=8, target_modules=PROJECTIONS))
    chance = torch.Generator().manual_seed(3)
    for name, weights in made.named_parameters():
        if "lora_" in name:
            weights.data = torch.randn(weights.shape, generator=chance) * size
    return made
