"""The diary of a run: a JSON line a step in `log.jsonl`, a short line now and then for a person, TensorBoard and plots where they are installed.

A process killed at any time leaves at most its last line torn; going on drops that line and those past the step gone on from.
It knows no model: what a token costs and what text it stands for are told to it.
"""

from __future__ import annotations

import json
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from oscine.model import plots

Log = Callable[[str], None]
TOLD_EVERY = 10.0  # seconds between lines for a person
WINDOW = 50  # steps that the speed is the mean of

# Dense bfloat16 with sums in float32, FLOP/s, as the makers' data sheets have it; the first name that the device's name holds counts.
PEAKS = {
    "GB200": 2.5e15,
    "B200": 2.25e15,
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "GH200": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L40": 181e12,
    "L4": 121e12,
    "A10G": 70e12,
    "A10": 125e12,
    "RTX 4090": 165e12,
    "RTX 3090": 71e12,
    "MI325X": 1307e12,
    "MI300X": 1307e12,
    "MI250X": 383e12,
}


def peak(device: str) -> float | None:
    """The most FLOP/s of a device, by its name; None where that is not known, as of a CPU."""
    return next((flops for name, flops in PEAKS.items() if name.lower() in device.lower()), None)


@dataclass(frozen=True)
class Work:
    """What a journal reckons with: steps of the whole run, FLOP to train on a token, bytes of text a token, and how many machines with what peak each."""

    steps: int
    flops: float = 0.0
    bytes_a_token: float = 0.0
    machines: int = 1
    peak: float | None = None


@dataclass(frozen=True)
class Report:
    """One line. `tokens` and `seconds` are those of the run so far; `rate` is that of the matrices; None is not known."""

    step: int
    tokens: int
    loss: float
    bits_per_byte: float | None
    rate: float
    gradient_norm: float
    tokens_per_second: float
    mfu: float | None
    seconds: float
    left_seconds: float


class Journal:
    """Written by one process of a run. `after` is the step that the run goes on from."""

    def __init__(self, run: Path, log: Log, work: Work, after: int = 0) -> None:
        self._log, self._work, self._run = log, work, run
        kept = resume(run / "log.jsonl", after)
        self._tokens = kept[-1]["tokens"] if kept else 0
        self._told, self._window = 0.0, deque[tuple[int, float]](maxlen=WINDOW)  # tokens and seconds of the latest steps
        self._seconds = kept[-1]["seconds"] if kept else 0.0
        self._file = (run / "log.jsonl").open("ab", buffering=0)  # a line is one write
        self._board = _board(run / "tensorboard", after)

    def step(self, step: int, *, loss: float, norm: float, tokens: int, seconds: float, rate: float) -> Report:
        """Write down a step: its mean loss in nats, gradient norm, tokens and rate; `seconds` are those of the run so far."""
        self._tokens += tokens
        self._window.append((tokens, seconds - self._seconds))
        self._seconds = seconds
        report = self._report(step, loss, norm, rate)
        self._file.write((json.dumps(_plain(asdict(report))) + "\n").encode())
        if time.monotonic() - self._told >= TOLD_EVERY or step == self._work.steps:
            self._told = time.monotonic()
            self._tell(report)
        return report

    def note(self, step: int, what: str) -> None:
        """Write down what happened at a step, such as a skip, and tell it."""
        self._file.write((json.dumps({"step": step, "tokens": self._tokens, "seconds": self._seconds, "note": what}) + "\n").encode())
        self._log(what)

    def close(self) -> None:
        """Finish: `loss.png` and `speed.png` where matplotlib is installed."""
        self._file.close()
        if self._board:
            self._board.close()
        plots.draw(self._run)

    def _report(self, step: int, loss: float, norm: float, rate: float) -> Report:
        work, tokens, seconds = self._work, sum(each for each, _ in self._window), sum(each for _, each in self._window)
        speed = tokens / seconds if seconds > 0 else 0.0
        return Report(
            step=step,
            tokens=self._tokens,
            loss=loss,
            bits_per_byte=loss / math.log(2) / work.bytes_a_token if work.bytes_a_token else None,
            rate=rate,
            gradient_norm=norm,
            tokens_per_second=speed,
            mfu=speed * work.flops / (work.peak * work.machines) if work.peak and work.flops else None,
            seconds=self._seconds,
            left_seconds=(work.steps - step) * seconds / len(self._window),
        )

    def _tell(self, report: Report) -> None:
        told = [f"step {report.step:,} of {self._work.steps:,}", f"loss {report.loss:.3f}"]
        told += [f"{report.bits_per_byte:.3f} bits per byte"] if report.bits_per_byte is not None else []
        told += [f"{report.tokens_per_second:,.0f} tokens/s"]
        told += [f"MFU {report.mfu:.1%}"] if report.mfu is not None else []
        self._log(", ".join([*told, f"{_time(report.left_seconds)} left"]))
        for name, value in asdict(report).items():
            if self._board and name != "step" and value is not None:
                self._board.add_scalar(name, value, report.step)


def resume(path: Path, after: int) -> list[dict[str, Any]]:
    """Drop the torn line of a log, if it has one, and those past a step; the lines that stay."""
    kept = [line for line in read(path) if line["step"] <= after]
    if path.exists():
        part = path.with_suffix(".part")
        part.write_text("".join(json.dumps(line) + "\n" for line in kept))
        part.replace(path)
    return kept


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a log; a torn one is left out."""
    if not path.exists():
        return []
    lines = []
    for line in path.read_bytes().splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict) and isinstance(told.get("step"), int):
            lines.append(told)
    return lines


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """A loss that is no number is none in JSON."""
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in told.items()}


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 90 else f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _board(folder: Path, after: int) -> Any:
    if find_spec("tensorboard") is None:
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=after + 1)
