"""A folder for texts while a corpus is built, beside its output. It goes at the end; one that a killed build left goes when the next begins."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = ".oscine-corpus-"


@contextlib.contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A new folder in `parent` for this process alone; those in it that no living process holds are removed."""
    parent.mkdir(parents=True, exist_ok=True)
    with locked(parent):  # one build at a time looks around
        for left in parent.glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError), locked(left, wait=False):
                shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        held = contextlib.ExitStack()
        held.enter_context(locked(folder))
    with held:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def locked(folder: Path, wait: bool = True) -> Iterator[None]:
    """Hold a folder's lock, which ends with the process. Raises `OSError` where another holds it and this is not to wait."""
    file = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(file)
