"""Ranks that share a batch, a weight or a product do what one process does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

torch = pytest.importorskip("torch")

from torch.distributed.tensor import DTensor  # noqa: E402

from oscine.errors import InputError, SetupError  # noqa: E402
from oscine.model import muon, parallel  # noqa: E402
from oscine.model.gpt import GPTConfig  # noqa: E402
from oscine.model.muon import Muon  # noqa: E402
from oscine.model.parallel import Layout  # noqa: E402
from ranks import start  # noqa: E402
from steps import CONFIG, Steps, curve  # noqa: E402

STEPS = 8
LAYOUTS = [Layout(replicas=2), Layout(shards=2), Layout(tensor=2), Layout(shards=2, tensor=2), Layout(replicas=2, shards=2)]
Weights = dict[str, torch.Tensor]


class Seen(NamedTuple):
    """What a rank has seen of a run: `norm` and `gradients` are of a model of other weights, clipped to half."""

    losses: list[float]
    norms: list[float]
    weights: Weights
    norm: float
    gradients: Weights
    share: int
    summed: float
    gathered: list[float]
    halved: list[float]


def see(layout: Layout) -> Seen:
    losses, norms, weights = curve(layout, STEPS)
    mesh, rank = parallel.begin(layout), int(os.environ.get("RANK", 0))
    summed = float(parallel.total(torch.tensor(10.0**rank), mesh))
    return Seen(
        losses, norms, weights, *gradients(layout), parallel.data_rank(mesh), summed, parallel.gathered(rank / 4, mesh), halved(layout)
    )


def halved(layout: Layout) -> list[float]:
    """Losses of a run that computes in bfloat16 where it is spread; what it keeps is float32 all the same."""
    run = Steps(layout, torch.bfloat16)
    losses = [run.take() for _ in range(3)]
    kept = [*run.model.parameters(), *(state["momentum_buffer"] for state in run.optimizers[0].state.values())]
    assert {tensor.dtype for tensor in kept} == {torch.float32}
    return losses


def gradients(layout: Layout) -> tuple[float, Weights]:
    run = Steps(layout)
    with torch.no_grad():  # no weight at nought or one, where a mistake would hide
        for name, parameter in run.model.named_parameters():
            torch.manual_seed(len(name) + ("layers.1" in name))
            weight = torch.randn(parameter.shape) * 0.1 + (parameter.ndim == 1)
            place(weight, parameter)
    run.gradients()
    norm = parallel.clip(run.model.parameters(), 0.5)
    found = {name: parameter.grad for name, parameter in run.model.named_parameters()}
    return norm, {name: gradient.full_tensor() if isinstance(gradient, DTensor) else gradient for name, gradient in found.items()}


def place(weight: torch.Tensor, parameter: torch.nn.Parameter) -> None:
    piece = muon._own(weight, parameter)
    (parameter.to_local() if isinstance(parameter, DTensor) else parameter).copy_(piece)


@pytest.fixture(scope="module")
def alone() -> Seen:
    return see(Layout())


@pytest.mark.parametrize("layout", LAYOUTS, ids=repr)
def test_a_run_is_the_same_on_any_layout(layout: Layout, alone: Seen) -> None:
    ranks = start(layout.machines, see, layout)
    first, *others = ranks
    assert alone.losses[0] - alone.losses[-1] > 0.3, "nothing was learned: nothing would be compared"
    assert first.losses == pytest.approx(alone.losses, abs=1e-3)
    assert first.halved == pytest.approx(alone.losses[:3], abs=0.02)
    assert first.norms == pytest.approx(alone.norms, rel=1e-2)
    assert all((rank.losses, rank.norms) == (first.losses, first.norms) for rank in others), (
        "ranks that see different numbers decide differently"
    )
    same_weights(first.weights, alone.weights)
    assert all(rank.weights == {} for rank in others)
    same_gradients(ranks, alone)
    shares_are_counted(ranks, layout)


def same_weights(found: Weights, expected: Weights) -> None:
    begun = Steps(Layout()).model.state_dict()
    assert found.keys() == expected.keys()
    for name, weight in expected.items():
        assert (found[name] - weight).norm() < 0.1 * (weight - begun[name]).norm(), name


def same_gradients(ranks: list[Seen], alone: Seen) -> None:
    assert sum(gradient.square().sum() for gradient in alone.gradients.values()).sqrt() == pytest.approx(0.5, rel=1e-4)
    for rank in ranks:
        assert rank.norm == pytest.approx(alone.norm, rel=1e-5)
        for name, gradient in alone.gradients.items():
            assert (rank.gradients[name] - gradient).norm() < 1e-4 * gradient.norm(), name


def shares_are_counted(ranks: list[Seen], layout: Layout) -> None:
    world = layout.replicas * layout.shards
    assert [rank.share for rank in ranks] == [number // layout.tensor for number in range(layout.machines)]
    assert {rank.summed for rank in ranks} == {
        max(sum(10.0 ** (share * layout.tensor + t) for share in range(world)) for t in range(layout.tensor))
    }
    assert [rank.gathered for rank in ranks] == [[number / 4 for number in range(layout.machines)]] * layout.machines


def test_muon_without_ranks_is_pytorchs() -> None:
    matrices = [torch.nn.Parameter(torch.ones(6, 4)), torch.nn.Parameter(torch.ones(6, 4))]
    for kind, matrix in zip((Muon, torch.optim.Muon), matrices, strict=True):
        matrix.grad = torch.arange(24.0).view(6, 4) ** 2
        kind([matrix], lr=0.1).step()
    assert torch.equal(*matrices)


def test_without_torchrun_there_is_no_mesh() -> None:
    mesh = parallel.begin(Layout())
    number = torch.tensor(3.0)
    assert mesh is None
    assert (parallel.data_rank(mesh), parallel.data_world(mesh), parallel.first()) == (0, 1, True)
    assert parallel.total(number, mesh) is number
    assert parallel.gathered(2.5, mesh) == [2.5]
    assert parallel.probe(torch.device("cpu")) > 0


def test_a_layout_for_another_number_of_processes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"2 replicas × 1 shards × 2 tensor.*4 processes.*there are 1.*torchrun"):
        parallel.begin(Layout(replicas=2, tensor=2))
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(InputError, match=r"for 2 processes, and there are 4"):
        parallel.begin(Layout(shards=2))
    with pytest.raises(InputError, match="shards 0"):
        Layout(shards=0)


def test_replicas_are_as_many_as_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parallel.started() == Layout()
    monkeypatch.setenv("WORLD_SIZE", "12")
    assert parallel.started(shards=3, tensor=2) == Layout(replicas=2, shards=3, tensor=2)
    with pytest.raises(InputError, match=r"2 replicas × 5 shards × 1 tensor.*there are 12"):
        parallel.begin(parallel.started(shards=5))


@pytest.mark.parametrize(
    ("what", "config"), [("kv_heads", {}), ("heads", {"heads": 3}), ("hidden", {"heads": 8, "kv_heads": 4, "hidden": 90})]
)
def test_what_cannot_be_shared_by_tensor_ranks_is_named(what: str, config: dict[str, int]) -> None:
    shape = GPTConfig(**{**CONFIG.to_json(), **config})
    with pytest.raises(InputError, match=f"^{what} .* 4 tensor ranks"):
        parallel._check(shape, 4)


def test_a_file_that_never_comes_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"config.json has not come"):
        parallel.wait_for(tmp_path / "config.json", 0.0)
