"""A run's diary says what happened, goes on where a killed run is taken up, and is drawn."""

from __future__ import annotations

import json
import math
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from oscine.model import journal
from oscine.model.journal import Journal, Work, peak, read, resume

WORK = Work(steps=20, flops=1e6, bytes_a_token=4.0, machines=2, peak=1e9)


@pytest.fixture(autouse=True)
def _no_board(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorBoard takes seconds to load: one test has it."""
    if "tensorboard" not in request.node.name:
        monkeypatch.setattr(journal, "_board", lambda *_: None)


def write(run: Path, steps: range, after: int = 0, work: Work = WORK) -> list[str]:
    told: list[str] = []
    diary = Journal(run, told.append, work, after)
    for step in steps:
        diary.step(step, loss=8 - step / 10, norm=1.5, tokens=1000, seconds=2.0 * step, rate=0.02)
    diary.close()
    return told


def test_a_line_holds_what_the_step_was(tmp_path: Path) -> None:
    write(tmp_path, range(1, 11))
    lines = read(tmp_path / "log.jsonl")
    assert [line["step"] for line in lines] == list(range(1, 11))
    assert lines[-1] == {
        "step": 10, "tokens": 10_000, "loss": 7.0, "bits_per_byte": pytest.approx(7 / math.log(2) / 4), "rate": 0.02, "gradient_norm": 1.5,
        "tokens_per_second": 500.0, "mfu": pytest.approx(0.25), "seconds": 20.0, "left_seconds": 20.0,
    }  # fmt: skip


def test_what_is_not_known_is_none(tmp_path: Path) -> None:
    told: list[str] = []
    diary = Journal(tmp_path, told.append, Work(steps=1))
    diary.step(1, loss=math.nan, norm=math.inf, tokens=0, seconds=0.0, rate=0.0)
    (line,) = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {name for name, value in line.items() if value is None} == {"loss", "gradient_norm", "mfu", "bits_per_byte"}
    assert told == ["step 1 of 1, loss nan, 0 tokens/s, 0 s left"]


def test_a_person_is_told_now_and_then(tmp_path: Path) -> None:
    told = write(tmp_path, range(1, 21))
    assert told[0] == "step 1 of 20, loss 7.900, 2.849 bits per byte, 500 tokens/s, MFU 25.0%, 38 s left"
    assert told[-1].startswith("step 20 of 20") and len(told) < 20


def test_going_on_appends_and_drops_what_was_past_the_checkpoint(tmp_path: Path) -> None:
    write(tmp_path, range(1, 11))
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"step": 11, "tok')
    write(tmp_path, range(7, 13), after=6)
    lines = read(tmp_path / "log.jsonl")
    assert [line["step"] for line in lines] == list(range(1, 13))
    assert [line["tokens"] for line in lines] == [1000 * line["step"] for line in lines]
    assert {line["tokens_per_second"] for line in lines} == {500.0}


def test_a_note_stands_among_the_steps(tmp_path: Path) -> None:
    told: list[str] = []
    diary = Journal(tmp_path, told.append, WORK)
    diary.note(4, "Step 4 is skipped.")
    diary.close()
    assert told == ["Step 4 is skipped."]
    assert resume(tmp_path / "log.jsonl", 4) == [{"step": 4, "tokens": 0, "seconds": 0.0, "note": "Step 4 is skipped."}]
    assert resume(tmp_path / "log.jsonl", 3) == []


def endless(run: Path) -> None:
    journal._board = lambda *_: None
    diary = Journal(run, print, Work(steps=10**9))
    for step in range(1, 10**9):
        diary.step(step, loss=1.0, norm=1.0, tokens=1, seconds=float(step), rate=0.1)


def test_a_killed_run_leaves_whole_lines(tmp_path: Path) -> None:
    process = get_context("spawn").Process(target=endless, args=(tmp_path,))
    process.start()
    while not (tmp_path / "log.jsonl").exists() or (tmp_path / "log.jsonl").stat().st_size < 20_000:
        assert process.is_alive()
        time.sleep(0.01)
    process.kill()
    process.join()
    lines = (tmp_path / "log.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["step"] for line in lines[:-1]] == list(range(1, len(lines)))
    assert [line["step"] for line in resume(tmp_path / "log.jsonl", 40)] == list(range(1, 41))


def test_a_run_is_drawn_and_has_a_tensorboard(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    write(tmp_path, range(1, 21))
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in ("loss.png", "speed.png"))
    board = event_accumulator.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, round(event.value, 3)) for event in board.Scalars("loss")][-1] == (20, 6.0)


def test_a_device_is_known_by_its_name() -> None:
    assert peak("NVIDIA H100 80GB HBM3") == 989e12
    assert peak("NVIDIA H100 PCIe") == 756e12
    assert peak("NVIDIA L40S") == 362e12
    assert peak("NVIDIA L4") == 121e12
    assert peak("cpu") is None
