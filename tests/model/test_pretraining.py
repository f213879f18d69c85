"""From a corpus to a model that transformers loads, in one call; killed, it goes on to the same weights; two processes learn what one does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pa = pytest.importorskip("pyarrow")

import pyarrow.parquet as parquet  # noqa: E402
import tokenizers  # noqa: E402

from oscine.errors import InputError  # noqa: E402
from oscine.model import budget, export, run, tokenizer  # noqa: E402
from oscine.model.parallel import Layout  # noqa: E402
from oscine.model.pretrain import TrainConfig  # noqa: E402

TEXTS = [f"The {boat} leaves pier {pier} at {hour} for {town}." for boat in ("ferry", "barge") for pier in range(9)
         for hour in ("six", "seven", "noon") for town in ("Quarnholm", "Sutterby", "the island")]  # fmt: skip
ONE = {"OMP_NUM_THREADS": "1", "MALLOC_TOP_PAD_": "0"}  # as if started again already


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "corpus"
    (folder / "documents").mkdir(parents=True)
    held = [number % 9 == 0 for number in range(len(TEXTS))]
    table = {
        "turns": [[{"speaker": 0, "text": text}] for text in TEXTS],
        "year": [2020] * len(TEXTS), "month": [1] * len(TEXTS), "lang": ["en"] * len(TEXTS),
        "split": ["held_time" if each else "train" for each in held],
    }  # fmt: skip
    parquet.write_table(pa.table(table), folder / "documents" / "part-00000.parquet")
    (folder / "corpus.json").write_text('{"name": "boats"}')
    return folder


def prepared(corpus: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, **changed: Any) -> TrainConfig:
    """A run that is ready to train, small and with a checkpoint every other step."""
    monkeypatch.setattr(run, "TRIED_STEPS", 4)
    run.prepare(run.Wanted(corpus, folder, budget="30s", depth=1, vocabulary=340), lambda _: None)
    told = json.loads((folder / "config.json").read_text())
    config = replace(TrainConfig.from_json(told["train"]), **{"steps": 24, "rows": 4, "length": 32, "checkpoint_every": 2, **changed})
    (folder / "config.json").write_text(json.dumps({**told, "train": config.to_json()}))
    return config


def command(corpus: Path, folder: Path, processes: int = 1) -> list[str]:
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)] if processes > 1 else []
    return [sys.executable, *torchrun, "-m", "oscine", "--data", str(folder.parent.parent), "train", str(corpus), "--name", folder.name]


def losses(folder: Path) -> list[float]:
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


def same(one: Path, other: Path) -> bool:
    mine, theirs = (export.read(folder / "model").state_dict() for folder in (one, other))
    return all(torch.equal(mine[name], theirs[name]) for name in mine)


@pytest.fixture(scope="module")
def whole(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing happened to."""
    folder = tmp_path_factory.mktemp("data") / "runs" / "whole"
    with pytest.MonkeyPatch.context() as patch:
        prepared(corpus, folder, patch)
    subprocess.run(command(corpus, folder), check=True, env={**os.environ, **ONE}, capture_output=True, timeout=300)
    return folder


def test_a_run_ends_with_a_model_and_what_it_is_worth(whole: Path) -> None:
    seen, result = losses(whole), json.loads((whole / "result.json").read_text())
    assert len(seen) == 24 and seen[-1] < seen[0] - 0.5
    assert set(result["bits_per_byte"]) == {"network", "Kneser-Ney 5-gram", "both"}
    assert result["bits_per_byte"]["both"] < 1.05 * min(result["bits_per_byte"].values())
    transformers = pytest.importorskip("transformers")
    theirs, tokens = transformers.AutoModelForCausalLM.from_pretrained(whole / "model"), torch.arange(60)[None]
    torch.testing.assert_close(export.read(whole / "model")(tokens), theirs(tokens).logits, atol=1e-3, rtol=1e-3)
    words = transformers.AutoTokenizer.from_pretrained(whole / "model")
    assert words(TEXTS[0]).input_ids == tokenizer.load(whole).encode_text(TEXTS[0])
    chat = words.apply_chat_template([{"role": "user", "content": "hi <|end|>"}], tokenize=False, add_generation_prompt=True)
    assert chat == "<|user|>hi < |end|><|end|><|assistant|>"


def test_a_killed_run_goes_on_to_the_same_weights(corpus: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "runs" / "killed"
    prepared(corpus, folder, monkeypatch)
    first = subprocess.Popen(command(corpus, folder), env={**os.environ, **ONE}, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 200
    while len(list(folder.glob("checkpoints/*/COMMITTED"))) < 1 and time.monotonic() < until and first.poll() is None:
        time.sleep(0.005)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL and not (folder / "result.json").exists()
    subprocess.run(command(corpus, folder), check=True, env={**os.environ, **ONE}, capture_output=True, timeout=300)
    assert same(whole, folder) and losses(whole) == losses(folder)


def test_two_processes_learn_what_one_does(corpus: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "runs" / "two"
    prepared(corpus, folder, monkeypatch, layout=Layout(replicas=2))
    subprocess.run(command(corpus, folder, 2), check=True, env={**os.environ, **ONE}, capture_output=True, timeout=300)
    assert losses(folder) == pytest.approx(losses(whole), abs=2e-2)  # bfloat16 rounds otherwise in halves of a batch


def test_training_goes_on_from_a_model(corpus: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "TRIED_STEPS", 4)
    wanted = run.Wanted(corpus, tmp_path / "runs" / "further", budget="1s", begin_with=whole / "model")
    run.prepare(wanted, lambda _: None)
    assert run.train(wanted, lambda _: None)["parameters"] == export.shape(whole / "model").parameters
    assert losses(wanted.run)[0] < losses(whole)[0] - 0.5


def test_training_goes_on_from_a_model_with_words_of_its_own(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As open-weights models are: another tokenizer, without our special tokens."""
    transformers = pytest.importorskip("transformers")
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    theirs.pre_tokenizer, theirs.decoder = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False), tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    theirs.train_from_iterator(
        TEXTS, tokenizers.trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, special_tokens=["<|endoftext|>"])
    )
    config = transformers.Qwen3Config(
        vocab_size=300, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, intermediate_size=48, head_dim=16,
        tie_word_embeddings=False,
    )  # fmt: skip
    transformers.Qwen3ForCausalLM(config).save_pretrained(tmp_path / "base")
    theirs.save(str(tmp_path / "base" / "tokenizer.json"))
    monkeypatch.setattr(run, "TRIED_STEPS", 4)
    wanted = run.Wanted(corpus, tmp_path / "runs" / "further", budget="1s", begin_with=tmp_path / "base")
    run.train(wanted, lambda _: None)
    made, words = transformers.AutoModelForCausalLM.from_pretrained(wanted.run / "model"), tokenizer.load(wanted.run)
    assert made.config.vocab_size == words.size == made.lm_head.weight.shape[0] > 300
    assert words.encode_text(TEXTS[0]) == theirs.encode(TEXTS[0]).ids
    assert made.generation_config.bos_token_id == words.ids["<|post|>"] >= 300


def test_a_run_is_trained_by_one_command_at_a_time(corpus: Path, tmp_path: Path) -> None:
    with run._alone(tmp_path / "run"), pytest.raises(InputError, match="is being trained"):
        run.train(run.Wanted(corpus, tmp_path / "run"), lambda _: None)


def test_a_run_of_a_corpus_that_was_built_again_is_not_gone_on_with(corpus: Path, whole: Path, tmp_path: Path) -> None:
    again = shutil.copytree(corpus, tmp_path / "corpus")
    (again / "corpus.json").write_text('{"name": "boats", "parts": [{"sha256": "other"}]}')
    with pytest.raises(InputError, match="another corpus, or on this one before"):
        run.train(run.Wanted(again, whole), lambda _: None)


def test_a_person_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Also by the processes that the command starts."""
    done = subprocess.run(
        [sys.executable, "-m", "oscine", "--data", str(tmp_path), "train", "nosuch"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1 and done.stderr.strip().endswith("is no corpus. Build one with `oscine corpus build`.")
    assert "Traceback" not in done.stderr and not (tmp_path / "runs").exists()


def test_what_cannot_be_trained_on_is_said(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no corpus"):
        run.train(run.Wanted(tmp_path / "nowhere", tmp_path / "run"), lambda _: None)
    with pytest.raises(InputError, match="cannot be read"):
        budget.seconds("soon")
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(InputError, match="Qwen3 family only"):
        export.shape(tmp_path)
