"""ONNX models that are made once and kept: opened where they lie, made again where they are missing or damaged.

Several processes may do so at once: each makes its own beside, and a folder that is there is whole. It knows no model.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import onnxruntime

ABANDONED_SECONDS = 3600
FILE = "encoder.onnx"


def session(folder: Path, build: Callable[[], Any], threads: int, log: Callable[[str], None]) -> Any:
    """The model in `folder` as an onnxruntime session, made by `build` first where it is not there."""
    if folder.exists():
        try:
            return _open(folder, threads)
        except Exception as error:  # onnxruntime has no one error class for a damaged file
            log(f"The prepared model in {folder} cannot be read ({type(error).__name__}); it is made again.")
            _discard(folder)
    log(f"Preparing {folder.name}, once.")
    _build(folder, build)
    return _open(folder, threads)


def _open(folder: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The graph is fused as it should be; the next level would add a fused norm that is ten times slower than the plain.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.enable_mem_pattern = False  # it keeps a plan for every shape it has seen
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(folder / FILE), options, providers=["CPUExecutionProvider"])


def _build(folder: Path, build: Callable[[], Any]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{folder.name}.*"):
        if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        onnx.save(build(), str(made / FILE))
        made.rename(folder)
    except OSError:
        # Another process may have finished first: its folder is as good.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _discard(folder: Path) -> None:
    """Rename before deleting, so that nobody opens what is half gone."""
    aside = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    with contextlib.suppress(OSError):  # somebody else set it aside
        folder.rename(aside / "damaged")
    shutil.rmtree(aside, ignore_errors=True)
