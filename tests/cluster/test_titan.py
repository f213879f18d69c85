"""torchtitan is given our run and gives back our model: its own parser and its own trainer, on a CPU with stand-ins for what needs a GPU."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torchtitan.trainer", reason="torchtitan is not installed: pip install torchtitan==0.3.0")
import torch
from packaging.version import Version
from safetensors.torch import load_file
from torch.nn.attention.flex_attention import create_block_mask, flex_attention
from torchtitan.config import ConfigManager
from torchtitan.models.common.attention import FlexAttention
from torchtitan.models.qwen3.state_dict_adapter import Qwen3StateDictAdapter

from oscine.errors import InputError
from oscine.model import export, shards
from oscine.model.gpt import GPT, GPTConfig
from oscine.model.shards import Stream
from oscine.model.titan import __main__ as titan
from oscine.model.titan.config_registry import model_config
from oscine.model.titan.dataloader import Posts, positions

TITAN = ["--module", "oscine.model.titan", "--config", "run"]
SHAPE = GPTConfig(vocabulary=300, depth=2, width=64, heads=4, kv_heads=2, hidden=96, head_dim=16, context=64)
UNTIED = GPTConfig(vocabulary=300, depth=2, width=64, heads=4, kv_heads=2, hidden=96, head_dim=16, context=64, tied=False)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of two hundred posts, as `oscine corpus build` leaves one."""
    import polars as pl

    folder = tmp_path_factory.mktemp("corpus")
    turns = [[{"speaker": 0, "text": f"The {n}th ferry leaves at night, number {n * n}."}] for n in range(200)]
    kinds = {"turns": pl.List(pl.Struct({"speaker": pl.Int8, "text": pl.String}))}
    documents = pl.DataFrame({"turns": turns}, schema=kinds).with_columns(
        year=pl.lit(2026, pl.Int16),
        month=pl.lit(1, pl.Int8),
        lang=pl.lit("en"),
        split=pl.when(pl.int_range(200) % 20 == 0).then(pl.lit("held_time")).otherwise(pl.lit("train")),
    )
    (folder / "documents").mkdir()
    documents.write_parquet(folder / "documents" / "part-00000.parquet")
    (folder / "corpus.json").write_text(json.dumps({"name": "ferries", "bytes": 9_000, "parts": []}))
    return folder


@pytest.fixture
def run(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "ferries"
    options = "--depth 2 --untied --vocabulary 300 --length 64 --rows 4 --steps 100 --rate 1e-3 --seed 3"
    titan.main(["prepare", str(corpus), str(folder), *options.split()])
    monkeypatch.setenv("OSCINE_RUN", str(folder))
    return folder


def told(*options: str) -> Any:
    """What torchtitan's own parser makes of our configuration and its options."""
    return ConfigManager().parse_args([*TITAN, *options])


def test_torchtitan_reads_the_run(run: Path) -> None:
    config = told(
        "--parallelism.pipeline_parallel_degree", "2", "--parallelism.context_parallel_degree", "2", "--training.local_batch_size", "4"
    )
    assert (config.training.seq_len, config.training.global_batch_size, config.training.steps) == (64, 4, 100)
    assert config.optimizer.param_groups[0].optimizer_kwargs["lr"] == 1e-3 and config.lr_scheduler.warmup_steps == 2
    assert config.checkpoint.enable and config.checkpoint.last_save_in_hf
    config.model_spec.model.update_from_config(config=config)  # raises for what these degrees cannot share
    assert config.model_spec.model.layers[0].attention.rope.max_seq_len == 64
    assert config.tokenizer.build(tokenizer_path=config.hf_assets_path).eos_id == 1


def test_what_torchtitan_cannot_do_it_says(run: Path) -> None:
    config = told("--parallelism.tensor_parallel_degree", "4")
    with pytest.raises(ValueError, match="n_heads"):
        config.model_spec.model.update_from_config(config=config)


@pytest.mark.parametrize("shape", [SHAPE, UNTIED], ids=["tied", "untied"])
def test_its_weights_are_ours_by_name_and_shape(shape: GPTConfig) -> None:
    with torch.device("meta"):
        theirs = model_config(shape).build()
        ours = GPT(shape)
    exported = Qwen3StateDictAdapter(model_config(shape), None).to_hf(theirs.state_dict())
    assert {name: weight.shape for name, weight in exported.items()} == {name: weight.shape for name, weight in ours.state_dict().items()}


@pytest.mark.parametrize("shape", [SHAPE, UNTIED], ids=["tied", "untied"])
def test_it_computes_what_ours_computes(shape: GPTConfig, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FlexAttention, "_compiled_flex_attn", staticmethod(flex_attention))  # the same, not compiled for minutes
    monkeypatch.setattr("torchtitan.models.common.attention._compiled_create_block_mask", create_block_mask)
    torch.manual_seed(2)
    ours = GPT(shape)
    with torch.no_grad():
        for name, weight in ours.named_parameters():
            weight.add_(torch.randn_like(weight) * (0.02 if "embed" in name else 0.1))
    theirs = model_config(shape).build()
    theirs.init_states()
    missing, unexpected = theirs.load_state_dict(
        Qwen3StateDictAdapter(model_config(shape), None).from_hf(dict(ours.state_dict())), strict=False
    )
    assert not unexpected and not [name for name in missing if "rope" not in name]
    batch = Stream(run / "tokens", 64, 3).take(4)
    assert batch.documents.max() > 1  # rows of several documents, which do not see each other
    tokens, documents, targets = map(torch.from_numpy, batch)
    places = torch.from_numpy(positions(batch.documents))
    with torch.no_grad():
        mine = ours(tokens, documents)
        its = theirs(tokens, places, theirs.get_attention_masks(positions=places))
        together = torch.arange(64).expand(4, -1)
        joined = theirs(tokens, together, theirs.get_attention_masks(positions=together))
    counted = targets != shards.IGNORED
    assert torch.allclose(mine[counted], its[counted], atol=2e-5, rtol=1e-4)
    assert not torch.allclose(mine[counted], joined[counted], atol=1e-2)


def test_its_rows_are_ours_on_any_number_of_ranks(run: Path) -> None:
    def loader(rank: int, world: int, rows: int) -> Posts:
        config = told().dataloader
        assert isinstance(config, Posts.Config)
        made: Posts = config.build(
            dp_world_size=world, dp_rank=rank, tokenizer=None, seq_len=64, local_batch_size=rows, snapshot_every_n_steps=1
        )
        return made

    stream = Stream(run / "tokens", 64, 3)
    pair = [loader(rank, 2, 4) for rank in range(2)]
    rows = [iter(each) for each in pair]
    for _ in range(3):
        whole, halves = stream.take(8), [next(each) for each in rows]
        for rank, (given, targets) in enumerate(halves):
            assert np.array_equal(given["input"], whole.tokens[rank::2]) and np.array_equal(targets, whole.targets[rank::2])
    alone = loader(0, 1, 8)
    alone.load_state_dict(pair[1].state_dict())
    given, _ = next(iter(alone))
    assert np.array_equal(given["input"], stream.take(8).tokens)


def test_positions_begin_anew_with_each_document() -> None:
    found = positions(np.array([[1, 1, 2, 2, 2, 0, 0], [1, 2, 3, 3, 0, 0, 0]]))
    assert found.tolist() == [[0, 1, 0, 1, 2, 0, 1], [0, 0, 0, 1, 0, 1, 2]]


def on_a_cpu(run: Path, ranks: int, *options: str) -> list[tuple[float, float]]:
    """The loss of each step of torchtitan's trainer, and the norm of its gradients."""
    if Version(torch.__version__) < Version("2.15"):
        pytest.skip(f"torchtitan 0.3.0's trainer needs PyTorch 2.15, and this is {torch.__version__}: it refuses its own models")
    job = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc-per-node",
        str(ranks),
        str(Path(__file__).with_name("titan_on_a_cpu.py")),
    ]
    done = subprocess.run(
        [*job, "--metrics.log_freq", "1", *options],
        env={**os.environ, "OSCINE_RUN": str(run)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = re.findall(r"loss: +\S*?(\d+\.\d+).*?grad_norm: +(\d+\.\d+)", done.stdout + done.stderr)
    return [(float(loss), float(norm)) for loss, norm in found if loss != "1.00000"]  # −1 is said by ranks that see no loss


def test_what_torchtitan_trains_is_a_run_s_model(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="holds no finished run"):
        titan.main(["export", str(run)])
    losses = [loss for loss, _ in on_a_cpu(run, 1, "--training.steps", "4")]
    assert len(losses) == 4 and losses[-1] < losses[0]
    titan.main(["export", str(run)])
    assert "bits per byte" in capsys.readouterr().out and (run / "result.json").exists()
    made = export.read(run / "model")
    [left] = (run / "titan" / "checkpoint" / "step-4").glob("*.safetensors")
    weights = load_file(left)
    assert weights.keys() == made.state_dict().keys()
    assert all(torch.equal(weight, weights[name]) for name, weight in made.state_dict().items())


@pytest.mark.parametrize("layout", [
    ["--parallelism.context_parallel_degree", "2"], ["--parallelism.pipeline_parallel_degree", "2", "--training.local_batch_size", "4"],
], ids=["context", "pipeline"])  # fmt: skip
def test_its_first_step_is_ours_in_any_layout(layout: list[str], run: Path, corpus: Path, tmp_path: Path) -> None:
    shape = replace(UNTIED, context=256)
    torch.manual_seed(4)
    ours = GPT(shape)
    with torch.no_grad():
        for weight in ours.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    export.write(tmp_path / "begun", shape, ours.state_dict(), titan.posts.load(run), {})
    options = f"--begin-with {tmp_path}/begun --length 256 --rows 4 --steps 1 --seed 3"
    titan.main(["prepare", str(corpus), str(tmp_path / "goes-on"), *options.split()])
    stream = Stream(tmp_path / "goes-on" / "tokens", 256, 3)
    loss = ours(*map(torch.from_numpy, stream.take(4)))
    loss.backward()
    norm = torch.stack([weight.grad.norm() for weight in ours.parameters() if weight.grad is not None]).norm()
    [(its_loss, its_norm)] = set(on_a_cpu(tmp_path / "goes-on", 2, "--training.mixed_precision_param", "float32", *layout))
    assert its_loss == pytest.approx(float(loss), rel=1e-4) and its_norm == pytest.approx(float(norm), rel=1e-3)


def test_what_cannot_be_prepared_is_said(run: Path, corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="is a run already"):
        titan.main(["prepare", str(corpus), str(run), "--depth", "2", "--rows", "8", "--steps", "1"])
    with pytest.raises(SystemExit, match="how deep"):
        titan.main(["prepare", str(corpus), str(tmp_path / "new"), "--rows", "8", "--steps", "1"])
    with pytest.raises(InputError, match="no room for our special tokens"):
        export.write(tmp_path / "small", SHAPE, GPT(SHAPE).state_dict(), titan.posts.load(run), {})
        titan.shape(
            titan._options().parse_args(["prepare", "-", "-", "--begin-with", str(tmp_path / "small"), "--rows", "1", "--steps", "1"]), 400
        )
