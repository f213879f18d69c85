"""Start this process again as training on a CPU wants it: a process a core, and glibc told to keep its memory.

Two processes of one thread each train a small model nearly twice as fast as one of two threads (docs/LOG.md); glibc gives large blocks back
to the system and asks for them again at each step, and reads its settings only when a process starts. It knows nothing of what is trained.
As a program it is torchrun, but for what torchrun says when a process ends: that process has told the person why.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

import torch

MALLOC = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "4294967296", "MALLOC_TOP_PAD_": "268435456"}
MOST = 8  # processes on one computer


def again(module: str, arguments: Sequence[str], most: int = MOST) -> None:
    """Become `python -m MODULE ARGUMENTS` on all cores, by `most` processes at most.

    Returns where there is a GPU, or where this was started so already, or by torchrun."""
    if sys.platform != "linux" or torch.cuda.is_available() or "RANK" in os.environ or MALLOC.keys() & os.environ.keys():
        return
    cores = len(os.sched_getaffinity(0))
    processes = min(cores, most)
    torchrun = ["-m", "oscine.model.launch", "--standalone", "--nproc-per-node", str(processes)] if processes > 1 else []
    environment = {"OMP_NUM_THREADS": str(cores // processes), **os.environ, **MALLOC}
    os.execve(sys.executable, [sys.executable, *torchrun, "-m", module, *arguments], environment)  # noqa: S606 - ourselves


def main() -> None:
    """As torchrun; ends with 1 where one of its processes failed or it was told to stop."""
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import main as torchrun

    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    try:
        torchrun()
    except (ChildFailedError, SignalException, KeyboardInterrupt):
        sys.exit(1)


if __name__ == "__main__":
    main()
