"""Checkpoints of a run: one directory a step, written by all ranks together, loaded by any number of them.

`checkpoints/step-00000100/` holds what PyTorch's distributed checkpoint writes (weights and optimizers, in pieces), `state.pt` (what else the
run needs to go on), and last `COMMITTED`: a directory without that marker was never finished, is not seen, and goes at the next save.
The directory must be one that all machines see. It knows neither the data nor when to save.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import distributed, nn, optim
from torch.distributed import checkpoint as dcp
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

from oscine.errors import InputError, SetupError

MARKER = "COMMITTED"
Optimizers = Sequence[optim.Optimizer]
warnings.filterwarnings("ignore", "torch.distributed is disabled", UserWarning)  # said at every checkpoint of a process that is alone


def save(run: Path, step: int, model: nn.Module, optimizers: Optimizers, state: dict[str, Any], keep: int = 2, multiples: int = 0) -> None:
    """Write the checkpoint of a step; all ranks call it. `state` is of plain values and tensors, the same on every rank.

    The newest `keep` stay, and those at `multiples` of steps where that is set.
    """
    folder = _begin(run, step, state)
    with _naming(folder):
        dcp.save(_tensors(model, optimizers), checkpoint_id=folder, no_dist=not distributed.is_initialized())
    _commit(folder, model, keep, multiples)
    _wait()


class Background:
    """`save` while training goes on: weights are copied to the CPU at once and written by a thread. For GPUs; on a CPU it takes their cores."""

    def __init__(self) -> None:
        self._group = (
            distributed.new_group(backend="gloo") if distributed.is_initialized() else None
        )  # the thread's own: no exchange of training meets it
        self._thread = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    def save(
        self, run: Path, step: int, model: nn.Module, optimizers: Optimizers, state: dict[str, Any], keep: int = 2, multiples: int = 0
    ) -> None:
        """As `save`; waits for the one before."""
        self.finish()
        folder = _begin(run, step, state)
        written = dcp.async_save(_tensors(model, optimizers), checkpoint_id=folder, process_group=self._group, no_dist=self._group is None)
        self._pending = self._thread.submit(self._when_written, folder, written, partial(_commit, folder, model, keep, multiples))

    def _when_written(self, folder: Path, written: Future[Any], commit: partial[None]) -> None:
        with _naming(folder):
            written.result()
        commit()
        if self._group is not None:
            distributed.barrier(self._group)

    def finish(self) -> None:
        """Wait until what is being written is; before `latest`, and at the end. Raises what went wrong."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.result()


def latest(run: Path) -> Path | None:
    """The newest finished checkpoint, as the first rank sees it."""
    found: list[Path | None] = [max(_finished(run), default=None)]
    if distributed.is_initialized():
        distributed.broadcast_object_list(found)
    return found[0]


def load(path: Path, model: nn.Module, optimizers: Optimizers = ()) -> tuple[int, dict[str, Any]]:
    """Fill a model, and its optimizers where given, on however many ranks there are now; the step, and the `state` that was saved with it.

    Raises `InputError` where the checkpoint is not finished, or of another model.
    """
    marker = read_marker(path)
    if marker["config"] != _hash(model):
        raise InputError(f"{path} is a checkpoint of a model of another shape.", "Go on with the run's own settings, or start a new run.")
    tensors = _tensors(model, optimizers)
    with _naming(path):
        dcp.load(tensors, checkpoint_id=path, no_dist=not distributed.is_initialized())
    set_state_dict(model, optimizers, model_state_dict=tensors["model"], optim_state_dict=tensors.get("optimizers", {}))
    state: dict[str, Any] = torch.load(path / "state.pt", weights_only=True, map_location="cpu")
    return marker["step"], state


def read_marker(path: Path) -> dict[str, Any]:
    """What `COMMITTED` says: step, world, hash of the model's shape. Raises `InputError` where there is none."""
    try:
        marker: dict[str, Any] = json.loads((path / MARKER).read_text())
    except (OSError, ValueError):
        raise InputError(f"{path} is not a finished checkpoint.", "Take one that holds a file COMMITTED.") from None
    return marker


@contextmanager
def _naming(folder: Path) -> Iterator[None]:
    """PyTorch's error, which is no `Exception`, as one of ours."""
    try:
        yield
    except CheckpointException as error:
        why = "; ".join(f"rank {rank}: {failure}" for rank, (failure, _) in error.failures.items())
        raise SetupError(
            f"The checkpoint {folder} cannot be written or read ({why}).", "See to the disk; the run goes on from the one before."
        ) from None


def _tensors(model: nn.Module, optimizers: Optimizers) -> dict[str, Any]:
    weights, states = get_state_dict(model, optimizers)
    return {"model": weights, "optimizers": states} if optimizers else {"model": weights}


def _begin(run: Path, step: int, state: dict[str, Any]) -> Path:
    """A new directory, once what was never finished is gone."""
    folder = run / "checkpoints" / f"step-{step:08}"
    if _first():
        (run / "checkpoints").mkdir(parents=True, exist_ok=True)
        for other in (run / "checkpoints").glob("step-*"):
            if other == folder or not (other / MARKER).exists():
                _remove(other)
        folder.mkdir()
        with (folder / "state.pt").open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
    _wait()
    return folder


def _commit(folder: Path, model: nn.Module, keep: int, multiples: int) -> None:
    """Mark a directory as finished, then let go of old ones. PyTorch returns to the first rank once every rank has written and synced its files."""
    if not _first():
        return
    world = distributed.get_world_size() if distributed.is_initialized() else 1
    told = {"step": _step(folder), "world": world, "config": _hash(model)}
    part = folder / f"{MARKER}.part"
    with part.open("w") as file:
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / MARKER)
    _sync(folder)
    _sync(folder.parent)
    for old in sorted(_finished(folder.parent.parent))[: -max(1, keep)]:
        if not multiples or _step(old) % multiples:
            _remove(old)


def _finished(run: Path) -> list[Path]:
    return [marker.parent for marker in (run / "checkpoints").glob(f"step-*/{MARKER}")]


def _remove(folder: Path) -> None:
    (folder / MARKER).unlink(missing_ok=True)  # first: half a directory must not look whole
    shutil.rmtree(folder)


def _step(folder: Path) -> int:
    return int(folder.name.removeprefix("step-"))


def _hash(model: Any) -> str:
    return hashlib.sha256(json.dumps(model.config.to_json(), sort_keys=True).encode()).hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _first() -> bool:
    return not distributed.is_initialized() or distributed.get_rank() == 0


def _wait() -> None:
    if distributed.is_initialized():
        distributed.barrier()
