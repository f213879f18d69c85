"""A step on ranks that are not there: shapes, bytes beside the plan's, exchanges."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from oscine.cli import cli
from oscine.errors import InputError
from oscine.model.dry_run import dry_run
from oscine.model.plan import shapes

ONE = shapes.Shape(2, 2048, 16, 32_768, 8, 6144, gated=True)


def silent(_: str) -> None:
    pass


def test_a_rank_holds_what_the_plan_says() -> None:
    found = dry_run(ONE, 256, 32, 1, 1024, 1, silent)
    for part, planned in found["planned"].items():
        assert found["held"][part] == pytest.approx(planned, rel=0.01), part
    assert found["pieces"]["model.layers.0.mlp.gate_proj.weight"] == {"whole": [6144, 2048], "piece": [192, 2048]}
    assert found["exchanges"]["reduce_scatter"] == ONE.layers + 1  # each layer once, and the rest
    assert found["exchanges"]["broadcast"] == 7 * ONE.layers  # each matrix of Muon's


def test_tensor_ranks_share_products() -> None:
    found = dry_run(ONE, 64, 8, 4, 512, 1, silent)
    assert found["layout"]["replicas"] == 2
    assert found["pieces"]["model.layers.0.mlp.down_proj.weight"]["piece"] == [2048 // 8, 6144 // 4]
    for part, planned in found["planned"].items():
        assert found["held"][part] == pytest.approx(planned, rel=0.01), part


def test_the_verb_tells_it() -> None:
    told = CliRunner().invoke(cli, ["train", "dry-run", "--gpus", "16", "--shards", "8", "--depth", "2", "--length", "128", "--json"])
    assert told.exit_code == 0
    assert json.loads(told.stdout)["layout"]["replicas"] == 2


@pytest.mark.parametrize(("gpus", "shards", "tensor"), [(100, 64, 1), (20_480, 64, 1), (48, 1, 3)])
def test_what_cannot_be_laid_out_is_refused(gpus: int, shards: int, tensor: int) -> None:
    with pytest.raises(InputError):
        dry_run(ONE, gpus, shards, tensor, 128, 1, silent)
