"""An adapter of the Llama family in llama.cpp: the same greedy text as in transformers, from an F16 file; over SmolLM2's Q4_1, nearly."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from oscine.engines import registry
from oscine.engines.llamacpp import LocalLanguageModel
from oscine.errors import InputError
from oscine.model import base, gguf, lora_gguf
from tiny import adapted

pytest.importorskip("xllamacpp")
pytest.importorskip("gguf")
PROMPTS = ["The night ferry", "Who", "12 of 34, and", "É così: "]


def in_transformers(model: Any, tokens: list[int], count: int) -> list[int]:
    with torch.no_grad():
        found = model.generate(torch.tensor([tokens]), max_new_tokens=count, do_sample=False, eos_token_id=-1, use_cache=True)
    told: list[int] = found[0, len(tokens) :].tolist()
    return told


def in_llama(model: LocalLanguageModel, tokens: list[int], count: int) -> list[int]:
    body = {"prompt": tokens, "n_predict": count, "temperature": 0, "ignore_eos": True, "return_tokens": True, "cache_prompt": False}
    told: list[int] = model._client.post(f"{model._address}/completion", body).json()["tokens"]
    return told


@pytest.fixture(scope="module")
def folder(llama: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An adapter over it, as PEFT saves it; the model is left under the adapter."""
    yield base.save_adapter(adapted(llama, 0.15), tmp_path_factory.mktemp("adapter"))


@pytest.mark.parametrize("half", [False, True])
def test_llama_cpp_writes_the_same_text(llama: Any, llama_file: Path, folder: Path, tmp_path: Path, half: bool) -> None:
    lora_gguf.export(folder, tmp_path / "a.gguf", gguf.about(llama_file), half)
    plain, under = (
        LocalLanguageModel("l", llama_file, form="post"),
        LocalLanguageModel("a", llama_file, form="post", adapters=[(tmp_path / "a.gguf", 1)]),
    )
    try:
        for prompt in PROMPTS:
            tokens = under.tokens([prompt])
            assert in_llama(under, tokens, 24) == in_transformers(llama, tokens, 24) != in_llama(plain, tokens, 24)
    finally:
        plain.close()
        under.close()


def test_halves_are_half(llama_file: Path, folder: Path, tmp_path: Path) -> None:
    for half in (False, True):
        lora_gguf.export(folder, tmp_path / f"{half}.gguf", gguf.about(llama_file), half)
    assert 0.45 < (tmp_path / "True.gguf").stat().st_size / (tmp_path / "False.gguf").stat().st_size < 0.6


def test_another_family_is_refused(llama_file: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="family 'gemma3'"):
        lora_gguf.export(folder, tmp_path / "a.gguf", gguf.about(llama_file)._replace(architecture="gemma3"))


def test_an_adapter_over_smollm2_in_llama_cpp(tmp_path: Path) -> None:
    """llama.cpp rounds activations to 8 bits under Q4_1 weights, so texts part where two tokens are about as likely: the likelihoods are near."""
    model = registry.MODELS["smollm2-135m"]
    if not importlib.util.find_spec(model.package):
        pytest.skip(f"{model.package} is not installed")
    opened = base.open_base(registry.find(model), full=True)
    assert opened.form == "chat"
    tokens = opened.tokenizer.apply_chat_template([{"role": "user", "content": "Name 3 birds."}], add_generation_prompt=True)["input_ids"]
    plain, under = likelihoods(opened.model, tokens), adapted(opened.model, 0.08)
    lora_gguf.export(base.save_adapter(under, tmp_path / "a"), tmp_path / "a.gguf", gguf.about(registry.find(model)), half=True)
    running = LocalLanguageModel("s", registry.find(model), adapters=[(tmp_path / "a.gguf", 1)])
    read = ["café 12345, I'll   3 \n\n日本語 👩‍👩‍👧", "WE'LL  see: 10.5%"]
    try:
        assert [running.tokens([text]) for text in read] == [opened.tokenizer.encode(text, add_special_tokens=False) for text in read]
        told = running._client.post(f"{running._address}/completion", {"prompt": tokens, "n_predict": 1, "n_probs": 64, "temperature": 0})
    finally:
        running.close()
    found = {each["id"]: each["logprob"] for each in told.json()["completion_probabilities"][0]["top_logprobs"]}
    off = {name: np.abs([row[token] - found[token] for token in found]).mean() for name, row in
           {"with": likelihoods(under, tokens), "without": plain}.items()}  # fmt: skip
    assert off["with"] < 0.3 < 1 < off["without"], off


def likelihoods(model: Any, tokens: list[int]) -> Any:
    """The natural logarithm of each token's probability to be next."""
    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0, -1].log_softmax(-1).numpy()
