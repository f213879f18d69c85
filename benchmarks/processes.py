"""What processes use, as Linux counts it: seconds of CPU, and memory with each shared page divided among those who share it (PSS)."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """Of a process and of the database's processes, until now."""

    reader_seconds: float
    database_seconds: float
    reader_bytes: int
    database_bytes: int


def used(pid: int, folder: Path) -> Usage:
    """What a process has used, and the embedded PostgreSQL in `folder` with it."""
    postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
    database = _tree(postmaster)
    return Usage(_seconds({pid}), _seconds(database), _bytes({pid}), _bytes(database))


def _tree(root: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(entry.parent.name)] = int(_fields(int(entry.parent.name))[1])
    tree = {root}
    while more := {child for child, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return tree


def _fields(pid: int) -> list[str]:
    """Of `/proc/PID/stat`, from the state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _seconds(pids: set[int]) -> float:
    """Of processes, with those of their children that have ended."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += sum(map(int, _fields(pid)[11:15]))
    return total / TICKS


def _bytes(pids: set[int]) -> int:
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total
