"""OpenVINO beside llama.cpp on one file: the same tokens, probabilities as near as rounding lets them, one protocol; else llama.cpp runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oscine.engines import local, openvino
from oscine.engines.language import Message
from oscine.engines.llamacpp import LocalLanguageModel
from oscine.engines.openvino import OpenVinoLanguageModel
from oscine.errors import EngineUnavailable
from oscine.model import requantise

pytest.importorskip("gguf")
pytest.importorskip("xllamacpp")
MESSAGES: list[Message] = [{"role": "user", "content": "The night ferry runs again, 12 of 34: é così."}]
fast = pytest.mark.skipif(
    not (openvino.installed() and local.gains("chat")), reason="needs the extra `fast` and a processor that gains by it"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where models are prepared."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def quick(llama_file: Path, data: Path) -> Iterator[OpenVinoLanguageModel]:
    """The model, prepared and loaded as the library loads it."""
    made = local.load("quick", llama_file, 1, 200, "chat", [], data)
    assert isinstance(made, OpenVinoLanguageModel)
    yield made
    made.close()


@pytest.fixture(scope="module")
def plain(llama_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLanguageModel]:
    """llama.cpp on the same eight bits."""
    file = tmp_path_factory.mktemp("merged") / "plain.gguf"
    requantise.write(llama_file, file)
    made = LocalLanguageModel("plain", file, context=256)
    yield made
    made.close()


@fast
def test_it_reads_the_same_tokens_(quick: OpenVinoLanguageModel, plain: LocalLanguageModel) -> None:
    told = plain._client.post(f"{plain._address}/apply-template", {"messages": MESSAGES}).json()["prompt"]
    assert quick._tokens(MESSAGES).data[0].tolist() == plain._tokenized(told, parse_special=True)


def by_openvino(folder: Path, tokens: list[int]) -> Any:
    """The logarithm of each token's probability to be next, after the last of `tokens`, by the prepared model itself."""
    import openvino as runtime

    model = runtime.Core().compile_model(str(folder / openvino.FILE), "CPU", {"INFERENCE_NUM_THREADS": 1})
    count = len(tokens)
    told = {"input_ids": np.array([tokens]), "attention_mask": np.ones((1, count), int), "position_ids": np.arange(count)[None]}
    logits = model.create_infer_request().infer({**told, "beam_idx": np.zeros(1, np.int32)})["logits"][0, -1].astype(float)
    return logits - np.log(np.exp(logits - logits.max()).sum()) - logits.max()


def by_llama(model: LocalLanguageModel, tokens: list[int]) -> Any:
    """The same by llama.cpp."""
    body = {"prompt": tokens, "n_predict": 1, "n_probs": 1000, "logit_bias": [["a", 1000]]}  # it is silent where half a letter is drawn
    told = model._client.post(f"{model._address}/completion", body).json()["completion_probabilities"][0]["top_logprobs"]
    return np.array([each["logprob"] for each in sorted(told, key=lambda each: each["id"])])


@fast
def test_it_computes_what_llama_cpp_computes(quick: OpenVinoLanguageModel, plain: LocalLanguageModel, data: Path) -> None:
    """As near as 8-bit activations let them be: errors are small beside what differs from one token to the next."""
    (folder,) = (data / "openvino" / "quick").iterdir()
    for count in (1, 7, 16):
        tokens = quick._tokens(MESSAGES).data[0].tolist()[:count]
        one, other = by_openvino(folder, tokens), by_llama(plain, tokens)
        assert len(one) == len(other) and np.abs(one - other).mean() < 0.1 * other.std()
        assert np.corrcoef(one, other)[0, 1] > 0.99


@fast
def test_whoever_stops_reading_stops_it(quick: OpenVinoLanguageModel) -> None:
    """And the next text is whole."""
    whole = list(quick.write(MESSAGES, 60))
    written = quick.write(MESSAGES, 60)
    next(written)
    written.close()
    assert not quick._writing.locked()
    assert list(quick.write(MESSAGES, 60)) == whole and len(whole) > 5


@fast
def test_what_it_cannot_do_is_said(quick: OpenVinoLanguageModel) -> None:
    with pytest.raises(EngineUnavailable, match="looks back on 200 tokens"):
        next(quick.write([{"role": "user", "content": "ferry " * 300}]))
    with pytest.raises(EngineUnavailable, match="does not continue posts"):
        quick.complete(["The night"])
    assert "openvino_telemetry" not in {name for name, module in sys.modules.items() if module}


@fast
def test_it_is_prepared_once_and_anew_for_another_file(quick: OpenVinoLanguageModel, llama_file: Path, data: Path, tmp_path: Path) -> None:
    (kept,) = (data / "openvino" / "quick").iterdir()
    made = (kept / openvino.FILE).stat().st_mtime_ns
    assert openvino.prepare("quick", llama_file, [], data) == kept and (kept / openvino.FILE).stat().st_mtime_ns == made
    assert not list(kept.glob("*.gguf"))
    requantise.write(llama_file, tmp_path / "other.gguf")
    other = openvino.prepare("quick", tmp_path / "other.gguf", [], data)
    assert list((data / "openvino" / "quick").iterdir()) == [other] != [kept]


@fast
def test_where_marks_would_be_read_as_text_llama_cpp_runs_it(llama_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marked = tmp_path / "marked.gguf"
    marked.write_bytes(llama_file.read_bytes().replace(b" says: ", b"<|end|>"))
    model = local.load("marked", marked, 1, 200, "chat", [], tmp_path)
    model.close()
    assert isinstance(model, LocalLanguageModel) and "does not read <|end|> of marked" in capsys.readouterr().err
    assert not list((tmp_path / "openvino" / "marked").iterdir())


@pytest.mark.parametrize(
    ("form", "processor", "gains"),
    [("chat", "sse2 avx512_bf16 amx_int8", True), ("post", "avx512_bf16", False), ("answers", "avx2 avx512f", False)],
)
def test_it_is_taken_where_it_was_measured_to_gain(
    form: str, processor: str, gains: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "PROCESSOR", tmp_path / "cpuinfo")
    assert not local.gains(form), "no such list"
    (tmp_path / "cpuinfo").write_text(f"flags\t\t: {processor}\n")
    assert local.gains(form) == gains


def test_without_a_place_to_prepare_it_llama_cpp_runs_a_file(llama_file: Path) -> None:
    model = local.load("plain", llama_file, 1, 200, "chat", [])
    model.close()
    assert isinstance(model, LocalLanguageModel)
