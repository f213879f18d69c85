"""A tiny language model as a run leaves one: a Hugging Face folder with weights by chance and a tokenizer of a few posts."""

from __future__ import annotations

from pathlib import Path

import torch

from oscine.model import tokenizer

TEXTS = [f"{who} {what} {where}, number {n}" for n, who in enumerate(("the cat", "a dog", "my neighbour", "she")) for what in ("sat on", "saw")
         for where in ("the mat", "a river", "Lisbon at night", "nothing 😀 at all")]  # fmt: skip


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
