"""GGUF files: llama.cpp reads the same tokens, computes the same logits and writes the same text as transformers does from the folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oscine.engines.language import Special
from oscine.engines.llamacpp import LocalLanguageModel
from oscine.errors import InputError
from oscine.model import export, gguf, gpt, lora_gguf, tokenizer

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")
pytest.importorskip("xllamacpp")

TOKENS = 1000
Load = Callable[..., LocalLanguageModel]


@pytest.fixture(scope="module")
def load(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """llama.cpp with the small model in a kind, each loaded once, under adapters where they are named."""
    folder, loaded = tmp_path_factory.mktemp("gguf"), {}

    def loading(kind: gguf.Kind = "f16", *adapters: tuple[Path, float]) -> LocalLanguageModel:
        file = folder / f"{kind}.gguf"
        if not file.exists():
            gguf.export(small_model, file, kind)
        if (kind, adapters) not in loaded:
            loaded[kind, adapters] = LocalLanguageModel(kind, file, form="post", adapters=adapters)
        return loaded[kind, adapters]

    yield loading
    for model in loaded.values():
        model.close()


@pytest.fixture(scope="module")
def tokens(small_model: Path, sample_texts: list[str]) -> list[int]:
    """Real posts, a document each, as tokens."""
    read = tokenizer.load(small_model)
    documents = [read.document([tokenizer.Turn(0, text)], [read.encode_text(text)]) for text in sample_texts[:200]]
    return [token for document in documents for token in document][:TOKENS]


@pytest.fixture(scope="module")
def expected(small_model: Path, tokens: list[int]) -> Any:
    """Log-probabilities by transformers in fp32 [tokens, vocabulary]."""
    return log_probabilities(transformers.AutoModelForCausalLM.from_pretrained(small_model, dtype=torch.float32), tokens)


def log_probabilities(model: Any, tokens: list[int]) -> Any:
    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0].log_softmax(-1).numpy()


def test_transformers_computes_what_our_own_model_does(small_model: Path, tokens: list[int], expected: Any) -> None:
    ours = gpt.GPT(export.shape(small_model))
    ours.load_state_dict(safetensors.load_file(small_model / "model.safetensors"))
    with torch.no_grad():
        found = ours(torch.tensor([tokens]))[0].log_softmax(-1).numpy()
    assert np.abs(found - expected).max() < 1e-3


def by_llama(model: LocalLanguageModel, tokens: list[int], likeliest: int = 64) -> Iterator[tuple[list[int], list[float]]]:
    """After each token the likeliest next ones and their log-probabilities, by llama.cpp's server, which tells them for one position at a time."""
    body = {"n_predict": 1, "n_probs": likeliest, "logit_bias": [["a", 1000]]}  # it is silent where a byte alone is drawn; drawn is "a"
    for position in range(len(tokens)):
        told = model._client.post(f"{model._address}/completion", body | {"prompt": tokens[: position + 1]}).json()
        entries = told["completion_probabilities"][0]["top_logprobs"]
        yield [entry["id"] for entry in entries], [entry["logprob"] for entry in entries]


def errors(told: Iterator[tuple[list[int], list[float]]], expected: Any) -> list[float]:
    """At each position the largest error of a log-probability, relative to the largest of them."""
    rows = zip(told, expected, strict=True)
    return [np.abs(np.array(found) - row[ids]).max() / np.abs(row[ids]).max() for (ids, found), row in rows]


def test_llama_cpp_computes_the_same_logits(load: Load, tokens: list[int], expected: Any) -> None:
    assert max(errors(by_llama(load(), tokens), expected)) < 1e-2


def test_llama_cpp_reads_the_same_tokens(load: Load, small_model: Path, sample_texts: list[str]) -> None:
    read = tokenizer.load(small_model)
    texts = [*sample_texts[:300], "<|end|> is not the end, ‹email› is one token", "Grüße, 你好 12345 👍🏽", " two  spaces\n\nlines\t"]
    assert [load().tokens([text]) for text in texts] == [read.encode_text(text) for text in texts]
    assert load().tokens([Special("<|post|>"), "a", Special("<|reply|>")]) == [0, *read.encode_text("a"), 3]


def test_llama_cpp_writes_the_same_text(load: Load, small_model: Path) -> None:
    assert greedy(load(), "The night ferry") == by_transformers(small_model, "The night ferry")


def test_fewer_bits_are_fewer_bytes_and_nearly_the_same_model(load: Load, tokens: list[int], expected: Any) -> None:
    sizes = [load(kind).path.stat().st_size for kind in gguf.KINDS]
    off = [np.mean(errors(by_llama(load(kind), tokens[:100]), expected[:100])) for kind in gguf.KINDS]
    assert sizes[0] > sizes[1] > sizes[2]
    assert off[0] < 0.003 and off[1] < 0.03 and off[2] < 0.25, off  # of random weights, which have less to spare than learned ones


def test_an_adapter_in_llama_cpp_is_the_merged_model(load: Load, small_model: Path, tmp_path: Path) -> None:
    adapter(small_model, tmp_path)
    lora_gguf.export(tmp_path, tmp_path / "adapter.gguf", gguf.about(load().path))
    merged = transformers.AutoModelForCausalLM.from_pretrained(small_model, dtype=torch.float32)
    merge(merged, tmp_path)
    text = greedy(load("f16", (tmp_path / "adapter.gguf", 1.0)), "The night ferry")
    assert text == by_transformers(small_model, "The night ferry", merged) != greedy(load(), "The night ferry")


def adapter(model: Path, folder: Path, rank: int = 4, alpha: int = 8) -> None:
    """A LoRA of random weights, as PEFT saves it, on queries, values and down projections."""
    torch.manual_seed(1)
    config = json.loads((model / "config.json").read_text())
    widths = {"self_attn.q_proj": (256, 256), "self_attn.v_proj": (256, 128), "mlp.down_proj": (512, 256)}  # in, out
    tensors = {}
    for layer in range(config["num_hidden_layers"]):
        for name, (into, out) in widths.items():
            whole = f"base_model.model.model.layers.{layer}.{name}"
            tensors[f"{whole}.lora_A.weight"] = torch.randn(rank, into) * 0.1
            tensors[f"{whole}.lora_B.weight"] = torch.randn(out, rank) * 0.1
    safetensors.save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": rank, "lora_alpha": alpha, "bias": "none"}))


def merge(model: Any, folder: Path) -> None:
    """Add an adapter to its model's weights."""
    config, tensors = json.loads((folder / "adapter_config.json").read_text()), safetensors.load_file(folder / "adapter_model.safetensors")
    for name, first in tensors.items():
        if "lora_A" in name:
            second = tensors[name.replace("lora_A", "lora_B")]
            weights = model.get_parameter(name.removeprefix("base_model.model.").replace("lora_A.", ""))
            weights.data += config["lora_alpha"] / config["r"] * second @ first


def test_what_llama_cpp_would_run_differently_is_refused(small_model: Path, tmp_path: Path) -> None:
    other = changed(small_model, tmp_path / "a", "config.json", architectures=["GPT2LMHeadModel"])
    with pytest.raises(InputError, match="not a model of the Qwen3 family"):
        gguf.read(other)
    other = changed(small_model, tmp_path / "b", "config.json", rope_parameters={"rope_type": "yarn", "rope_theta": 1e4})
    with pytest.raises(InputError, match="variety of Qwen3"):
        gguf.read(other)
    other = changed(small_model, tmp_path / "c", "tokenizer.json", pre_tokenizer={"type": "Whitespace"})
    with pytest.raises(InputError, match="splits text"):
        gguf.export(other, tmp_path / "c.gguf")
    adapter(small_model, tmp_path)
    with pytest.raises(InputError, match="no plain LoRA"):
        lora_gguf.export(changed(tmp_path, tmp_path / "d", "adapter_config.json", use_dora=True), tmp_path / "d.gguf", gguf.About("post", 1024, "qwen3", 4, 2))


def changed(folder: Path, to: Path, file: str, **values: Any) -> Path:
    """A copy of a folder, some values of one file changed."""
    to.mkdir()
    for found in folder.iterdir():
        if found.is_file():
            shutil.copy(found, to)
    (to / file).write_text(json.dumps(json.loads((to / file).read_text()) | values))
    return to


@pytest.mark.parametrize(
    ("file", "changed", "said"),
    [
        ("config.json", {"num_hidden_layers": 10**30}, "for num_hidden_layers"),
        ("config.json", {"vocab_size": 10**9}, "for vocab_size"),
        ("config.json", {"head_dim": None}, "for head_dim"),
        ("config.json", {"hidden_size": "x"}, "for hidden_size"),
        ("config.json", {"intermediate_size": 3}, "its config.json says"),
        ("config.json", {"num_hidden_layers": 5}, "has None for model.layers.4"),
        ("config.json", {"rms_norm_eps": "x"}, "no model as transformers saves it"),
        ("tokenizer.json", {"added_tokens": None}, "no model as transformers saves it"),
        ("tokenizer.json", {"pre_tokenizer": [1]}, "no model as transformers saves it"),
        ("tokenizer_config.json", {"bos_token": ["x"]}, "no model as transformers saves it"),
    ],
)
def test_a_folder_that_lies_about_itself_is_refused(
    small_model: Path, tmp_path: Path, file: str, changed: dict[str, Any], said: str
) -> None:
    folder = Path(shutil.copytree(small_model, tmp_path / "folder"))
    told = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps(told | changed))
    with pytest.raises(InputError, match=said):
        gguf.export(folder, tmp_path / "out.gguf")


def test_weights_that_are_cut_off_are_refused(small_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_model, tmp_path / "folder"))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(InputError, match="no model as transformers saves it"):
        gguf.export(folder, tmp_path / "out.gguf")


@pytest.mark.parametrize(("depth", "fine"), [(4, {2, 3}), (28, {0, 1, 2, 5, 8, 11, 14, 17, 20, 23, 24, 25, 26, 27})])
def test_q4_k_m_gives_six_bits_to_the_layers_that_llama_cpp_does(small_model: Path, depth: int, fine: set[int]) -> None:
    folder = gguf.read(small_model)
    deep, shape = folder._replace(config=folder.config | {"num_hidden_layers": depth}), [256, 512]
    assert {n for n in range(depth) if gguf._type(f"model.layers.{n}.mlp.down_proj.weight", shape, "q4_k_m", deep) == "Q6_K"} == fine
    assert gguf._type("model.embed_tokens.weight", shape, "q4_k_m", deep) == "Q6_K"
    assert gguf._type("model.layers.2.mlp.down_proj.weight", [256, 160], "q4_k_m", deep) == "Q8_0"
    assert gguf._type("model.layers.0.mlp.up_proj.weight", [256, 160], "q4_k_m", deep) == "Q5_0"
    assert gguf._type("model.layers.0.mlp.up_proj.weight", [256, 50], "q4_k_m", deep) == "F16"


def test_a_file_says_its_form(load: Load, small_model: Path, tmp_path: Path) -> None:
    assert gguf.about(load().path) == ("post", 1024, "qwen3", 4, 2)
    gguf.export(changed(small_model, tmp_path / "chat", "oscine.json", form="chat"), tmp_path / "chat.gguf", "q8_0")
    assert gguf.about(tmp_path / "chat.gguf").form == "chat"
    (tmp_path / "none.gguf").write_text("no model")
    with pytest.raises(InputError, match="not a model in a GGUF file"):
        gguf.about(tmp_path / "none.gguf")


def greedy(model: LocalLanguageModel, text: str) -> str:
    return "".join(model.complete([Special("<|post|>"), text], max_tokens=40, temperature=0))


def by_transformers(folder: Path, text: str, model: Any = None) -> str:
    read = tokenizer.load(folder)
    model = model or transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    start = [0, *read.encode_text(text)]
    written = model.generate(torch.tensor([start]), max_new_tokens=40, do_sample=False)[0, len(start) :].tolist()
    return read.decode(written[: next((n for n, token in enumerate(written) if token in (1, 3)), None)])
