"""A run that is killed ends as if it had not been: bit for bit on as many ranks, nearly so on others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch.distributed.checkpoint import FileSystemWriter  # noqa: E402

from oscine.errors import InputError, SetupError  # noqa: E402
from oscine.model import checkpoint  # noqa: E402
from oscine.model.gpt import GPT, GPTConfig  # noqa: E402
from oscine.model.parallel import Layout  # noqa: E402
from ranks import start  # noqa: E402
from steps import CONFIG, Steps, die, go_on  # noqa: E402

TWO, END = Layout(shards=2), 6


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[int, float], dict[str, torch.Tensor]]:
    """A run of two ranks that nobody disturbs."""
    return start(2, go_on, tmp_path_factory.mktemp("whole"), TWO, END)[0]


def killed_before_a_step(steps: Steps) -> None:
    if steps.step == 5 and torch.distributed.get_rank() == 1:
        die()


def killed_while_saving(steps: Steps) -> None:
    if steps.step == 3 and torch.distributed.get_rank() == 1:
        write = FileSystemWriter.write_data

        def half(self: FileSystemWriter, plan: Any, planner: Any) -> Any:
            write(self, replace(plan, items=plan.items[: len(plan.items) // 2]), planner)
            die()

        FileSystemWriter.write_data = half


def killed_before_the_marker(steps: Steps) -> None:
    if steps.step == 3 and torch.distributed.get_rank() == 0:
        checkpoint._commit = lambda *_: die()


@pytest.mark.parametrize(("accident", "left", "finished"), [
    (killed_before_a_step, {2, 4}, 4), (killed_while_saving, {2, 4}, 2), (killed_before_the_marker, {2, 4}, 2),
])  # fmt: skip
def test_a_killed_run_ends_with_the_same_weights(tmp_path: Path, whole: Any, accident: Any, left: set[int], finished: int) -> None:
    with pytest.raises(ChildProcessError, match="-9"):
        start(2, go_on, tmp_path, TWO, END, 2, accident)
    assert {int(path.name[5:]) for path in (tmp_path / "checkpoints").iterdir()} == left
    assert checkpoint.latest(tmp_path) == tmp_path / "checkpoints" / f"step-{finished:08}"
    losses, weights = start(2, go_on, tmp_path, TWO, END)[0]
    assert min(losses) == finished
    assert all(whole[0][step] == loss for step, loss in losses.items())
    assert all(torch.equal(weights[name], weight) for name, weight in whole[1].items())
    assert len(weights) == len(whole[1])
    assert all((path / "COMMITTED").exists() for path in (tmp_path / "checkpoints").iterdir())


@pytest.fixture(scope="module")
def of_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with its checkpoint of step 4, by two ranks."""
    run = tmp_path_factory.mktemp("two")
    start(2, go_on, run, TWO, 4, 4)
    return run


@pytest.mark.parametrize("layout", [Layout(), Layout(shards=4), Layout(shards=2, tensor=2)], ids=repr)
def test_a_checkpoint_of_two_ranks_goes_on_on_others(of_two: Path, tmp_path: Path, whole: Any, layout: Layout) -> None:
    (tmp_path / "checkpoints").symlink_to(of_two / "checkpoints")
    if layout.machines == 1:
        losses, weights = go_on(tmp_path, layout, END, every=100)
    else:
        losses, weights = start(layout.machines, go_on, tmp_path, layout, END, 100)[0]
    assert sorted(losses) == [4, 5]
    assert losses == pytest.approx({step: loss for step, loss in whole[0].items() if step >= 4}, abs=1e-3)
    for name, weight in whole[1].items():
        torch.testing.assert_close(weights[name], weight, atol=5e-3, rtol=0)


def test_the_marker_says_what_was_saved(tmp_path: Path, of_two: Path) -> None:
    marker = checkpoint.read_marker(of_two / "checkpoints" / "step-00000004")
    assert (marker["step"], marker["world"], len(marker["config"])) == (4, 2, 64)
    (tmp_path / "step-00000001").mkdir()
    with pytest.raises(InputError, match="not a finished checkpoint"):
        checkpoint.load(tmp_path / "step-00000001", GPT(CONFIG))


def test_a_checkpoint_of_another_shape_is_refused(of_two: Path) -> None:
    other = GPT(GPTConfig(**{**CONFIG.to_json(), "depth": 3}))
    with pytest.raises(InputError, match="another shape"):
        checkpoint.load(of_two / "checkpoints" / "step-00000004", other)


def test_weights_are_read_without_optimizers(of_two: Path, whole: Any) -> None:
    model = GPT(CONFIG)
    checkpoint.load(of_two / "checkpoints" / "step-00000004", model)
    steps = Steps(Layout())
    steps.model.load_state_dict(model.state_dict())
    steps.step = 4
    assert steps.gradients() == pytest.approx(whole[0][4], abs=1e-4)


@pytest.fixture
def steps() -> Iterator[Steps]:
    yield Steps(Layout())


def names(run: Path) -> list[int]:
    return sorted(int(path.name[5:]) for path in (run / "checkpoints").iterdir())


def test_new_ones_stay_and_those_at_multiples(tmp_path: Path, steps: Steps) -> None:
    assert checkpoint.latest(tmp_path) is None
    (tmp_path / "checkpoints" / "step-00000090").mkdir(parents=True)  # never finished
    for step in range(1, 9):
        steps.step = step
        steps.save(tmp_path, keep=2, multiples=3)
    assert names(tmp_path) == [3, 6, 7, 8]
    steps.step = 7
    steps.save(tmp_path, keep=9)
    assert names(tmp_path) == [3, 6, 7, 8], "a step is written anew after going back to it"


def test_dice_go_on_where_they_were(tmp_path: Path, steps: Steps) -> None:
    torch.manual_seed(11)
    steps.save(tmp_path)
    expected = torch.rand(3)
    torch.manual_seed(12)
    steps.resume(tmp_path)
    assert torch.equal(torch.rand(3), expected)


def test_one_in_the_background_is_of_the_moment_it_was_asked_for(tmp_path: Path, steps: Steps) -> None:
    background = checkpoint.Background()
    steps.take()
    expected = {name: weight.clone() for name, weight in steps.model.state_dict().items()}
    momentum = steps.optimizers[0].state_dict()["state"][0]["momentum_buffer"].clone()
    background.save(tmp_path, steps.step, steps.model, steps.optimizers, {"random": torch.get_rng_state()})
    steps.take()  # while it is written
    background.finish()
    steps.resume(tmp_path)
    assert steps.step == 1
    assert all(torch.equal(steps.model.state_dict()[name], weight) for name, weight in expected.items())
    assert torch.equal(steps.optimizers[0].state_dict()["state"][0]["momentum_buffer"], momentum)


def test_what_goes_wrong_in_the_background_is_raised(tmp_path: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemWriter, "write_data", full)
    background = checkpoint.Background()
    background.save(tmp_path, 1, steps.model, steps.optimizers, {})
    with pytest.raises(SetupError, match=r"rank 0: .*No space left"):
        background.finish()
    assert checkpoint.latest(tmp_path) is None


def in_background(run: Path) -> dict[str, Any]:
    steps, background = Steps(TWO), checkpoint.Background()
    for _ in range(3):
        steps.take()
        background.save(run, steps.step, steps.model, steps.optimizers, {"random": torch.get_rng_state()}, keep=9)
    background.finish()
    return json.loads((checkpoint.latest(run) / "COMMITTED").read_text())


def test_ranks_save_in_the_background_while_they_train(tmp_path: Path) -> None:
    assert [marker["step"] for marker in start(2, in_background, tmp_path)] == [3, 3]
    assert names(tmp_path) == [1, 2, 3]
