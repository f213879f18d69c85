"""A file written anew in Q8_0 with an adapter merged: what it says, and that llama.cpp computes from it what it computes from the two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oscine.engines.llamacpp import LocalLanguageModel
from oscine.errors import InputError
from oscine.model import base, gguf, gguf_header, lora_gguf, requantise
from tiny import adapted

pytest.importorskip("xllamacpp")
pytest.importorskip("gguf")
TOKENS = [5, 60, 7, 800, 9, 10]


@pytest.fixture
def adapter(llama: Any, llama_file: Path, tmp_path: Path) -> Path:
    """An adapter by chance, in GGUF."""
    folder = base.save_adapter(adapted(llama, 0.15), tmp_path / "adapter")
    lora_gguf.export(folder, tmp_path / "a.gguf", gguf.about(llama_file))
    return tmp_path / "a.gguf"


def likelihoods(file: Path, *adapters: tuple[Path, float]) -> Any:
    """The next token's log-probabilities, by llama.cpp, for all tokens."""
    model = LocalLanguageModel("m", file, form="post", adapters=adapters)
    try:
        told = model._client.post(f"{model._address}/completion", {"prompt": TOKENS, "n_predict": 1, "n_probs": 1000, "temperature": 0})
    finally:
        model.close()
    found = {each["id"]: each["logprob"] for each in told.json()["completion_probabilities"][0]["top_logprobs"]}
    return np.array([found[token] for token in sorted(found)])


def test_an_adapter_is_merged_and_the_rest_is_copied(llama_file: Path, adapter: Path, tmp_path: Path) -> None:
    requantise.write(llama_file, tmp_path / "merged.gguf", [(adapter, 1.0)])
    under, merged, plain = likelihoods(llama_file, (adapter, 1.0)), likelihoods(tmp_path / "merged.gguf"), likelihoods(llama_file)
    off, far = np.abs(merged - under).mean(), np.abs(plain - under).mean()
    assert off < 0.1 * far, (off, far)
    before, after = gguf_header.read(llama_file), gguf_header.read(tmp_path / "merged.gguf")
    assert after.pop("general.file_type") == 7 and before.pop("general.file_type") != 7
    assert before == after


def test_another_models_adapter_is_refused(llama_file: Path, adapter: Path, small_model: Path, tmp_path: Path) -> None:
    gguf.export(small_model, tmp_path / "other.gguf")
    with pytest.raises(InputError, match="belongs to another model"):
        requantise.write(tmp_path / "other.gguf", tmp_path / "out.gguf", [(adapter, 1.0)])
    with pytest.raises(InputError, match="cannot be read as GGUF"):
        requantise.write(small_model / "config.json", tmp_path / "out.gguf")
